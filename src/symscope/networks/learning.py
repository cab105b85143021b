"""Watching decoys learn: the networks of ``decoy.train``, stopped every few steps to look.

Nothing of a score depends on it; pages and figures show it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field
from symscope.networks.decoys import Decoy, network_key, training_of
from symscope.networks.objectives import answers_of, outputs_of, shown, target_of
from symscope.networks.settings import SETTINGS, Settings

WATCHED = 4
"""Networks whose learning is watched."""


@dataclass(frozen=True)
class Learning:
    """N networks of one field, while they learn it.

    Attributes
    ----------
    step : optimiser steps so far
    answers : ndarray of shape (N, P), the shade that each network gives at the field's points: the
        probability of the second colour, or the expected grey, 0 … 1
    learned : ndarray of shape (N,), share of the training points reproduced, 0 … 1
    """

    step: int
    answers: NDArray[np.float32]
    training_accuracy: NDArray[np.float32]


@cache
def _stages(settings: Settings, outputs: int, every: int) -> tuple[Any, Any]:
    """Compile the start of a round, and ``every`` steps of it, for a stack of networks."""

    def begin(decoy: Decoy | None, key: Array, coords: Array, target: Array) -> Any:
        training = training_of(settings, outputs, key, coords, target)
        start: Any = training.untrained if decoy is None else decoy
        return start, training.optimiser.init(start)

    def advance(carry: Any, key: Array, coords: Array, target: Array, step: Array) -> Any:
        training = training_of(settings, outputs, key, coords, target)
        within = step % settings.steps
        drawn = jax.lax.dynamic_slice_in_dim(training.drawn(step // settings.steps), within, every)
        carry, _ = jax.lax.scan(training.step, carry, drawn)
        logits = training.answers(carry[0])
        answers = answers_of(settings.kind, logits)
        return carry, shown(settings.kind, answers), training.fit(logits)

    stacked = jax.vmap(begin, (0, 0, None, None)), jax.vmap(advance, (0, 0, None, None, None))
    return jax.jit(stacked[0]), jax.jit(stacked[1])


def learning(
    field: Field,
    networks: int = 4,
    settings: Settings = SETTINGS["fast"],
    seed: int = 0,
    every: int = 10,
) -> Iterator[Learning]:
    """Train the first networks of a field as ``train`` does, and stop every few steps to look.

    The networks, what they are shown and in which order are those of ``train``; only the rounding
    of the arithmetic may differ.

    Parameters
    ----------
    field, networks, settings, seed : as for ``train``
    every : steps between two looks; a divisor of ``settings.steps``

    Yields
    ------
    Learning
        Until all networks have learned, or the most rounds are over. A network that has learned
        stays as it is while the others go on.

    Raises
    ------
    UsageError
        If ``every`` does not divide the steps of a round.
    """
    if every < 1 or settings.steps % every:
        raise UsageError(f"found every={every}: expected a divisor of {settings.steps} steps")
    task = settings.kind
    begin, advance = _stages(settings, outputs_of(task, field), every)
    keys = np.stack([network_key(field, seed, number) for number in range(networks)])
    points = keys, field.coords, target_of(task, field)
    carry, before = begin(None, *points), np.zeros(networks)
    kept: Learning | None = None
    open_ = np.ones(networks, bool)
    for step in range(0, settings.steps * settings.rounds, every):
        if step and step % settings.steps == 0:
            assert kept is not None
            open_ &= (kept.training_accuracy < settings.learned) & (
                kept.training_accuracy - before >= settings.least_gain
            )
            if not open_.any():
                return
            before = kept.training_accuracy
            carry = begin(carry[0], *points)
        carry, answers, fit = advance(carry, *points, np.int32(step))
        moment = Learning(step + every, np.asarray(answers), np.asarray(fit)[:, 0])
        if kept is not None:
            moment = Learning(
                moment.step,
                np.where(open_[:, None], moment.answers, kept.answers),
                np.where(open_, moment.training_accuracy, kept.training_accuracy),
            )
        kept = moment
        yield moment
