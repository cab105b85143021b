"""Watching decoys learn: the networks of ``decoys.train``, stopped every few steps to look.

Nothing of a score depends on it; pages and figures show it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field
from symscope.networks.decoys import Progress, network_key, target_of, training_of
from symscope.networks.ensemble import Ensemble, answers_of
from symscope.networks.settings import SETTINGS, Settings
from symscope.tasks import parse_task

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
    training_accuracy : ndarray of shape (N,), share of the training points reproduced, 0 … 1
    """

    step: int
    answers: NDArray[np.float32]
    training_accuracy: NDArray[np.float32]


@cache
def _stages(settings: Settings, outputs: int, every: int) -> tuple[Any, Any]:
    """Compile the start, and ``every`` steps, for a stack of networks of one field."""

    def begin(key: Array, coords: Array, target: Array) -> Progress:
        return training_of(settings, outputs, every, (key, coords, target, jnp.bool_(True)))[0]

    def advance(now: Progress, key: Array, coords: Array, target: Array) -> tuple[Progress, Array]:
        job = key, coords, target, jnp.bool_(True)
        # A network that has learned stays as it is while the others go on.
        later = training_of(settings, outputs, every, job)[1](now)
        now = jax.tree.map(partial(jnp.where, now.unfinished), later, now)
        return now, answers_of(parse_task(settings.task), now.outputs)

    stacked = jax.vmap(begin, (0, None, None)), jax.vmap(advance, (0, 0, None, None))
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
    target, outputs = target_of(parse_task(settings.task), field)
    keys = np.stack([network_key(field.sha256, seed, number) for number in range(networks)])
    begin, advance = _stages(settings, outputs, every)
    now = begin(keys, field.coords, target)
    while now.unfinished.any():
        now, answers = advance(now, keys, field.coords, target)
        right, held_out, explained = np.asarray(now.fit).T
        steps = np.asarray(now.steps, np.int64)
        ensemble = Ensemble(
            (now.decoy,), (), np.asarray(answers), right, held_out, explained, steps, settings
        )
        greys = ensemble.preview((len(target),))
        yield Learning(int(steps.max()), greys, ensemble.training_accuracy)
