"""What a decoy is taught, from which points, and how its answers are judged, by task.

Levels are classes: cross entropy, and the share of points that are right. Values are regressed:
squared error, and the share of their variance that is explained. One number for both: how much of
the variance the answers explain (``explained_of``).
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field
from symscope.tasks import Measure, Task

BLOCKS = 8
"""Blocks along a side of the frame, for inpainting: an eighth is the size of a template's detail,
so that what is left out must be inferred from elsewhere."""

NOISE = 0.15
"""Share of the colours turned over for denoising: far more than the 0.04 of the templates' own
noise, and still less than what makes a minority of any patch."""

CORRUPTION = 3
"""Folded into a network's key for all that a task draws, so that it shares nothing with the start,
the split and the order of the points."""


def probabilities_of(logits: Float[Array, "P L"]) -> Float[Array, "P levels"]:
    """Turn logits into the probability of each level; a single logit is that of level 1."""
    if logits.shape[-1] == 1:
        logits = jnp.concatenate([jnp.zeros_like(logits), logits], axis=-1)
    return jax.nn.softmax(logits, axis=-1)


def answers_of(task: Task, out: Float[Array, "P L"]) -> Float[Array, "P A"]:
    """Turn a network's output into its answer: the probability of each level, or the values."""
    return out if task.regression else probabilities_of(out)


def shown(task: Task, answers: Any) -> Any:
    """Turn answers (…, P, A) into one shade for each point, (…, P), 0 … 1 where they are right."""
    if task.regression:
        return answers.mean(axis=-1).clip(0, 1)
    if task.unsupervised:
        return answers[..., 0]
    highest = answers.shape[-1] - 1
    if highest == 1:
        return answers[..., 1]
    return answers @ (np.arange(highest + 1, dtype=np.float32) / highest)


def constant_guess(task: Task, levels: NDArray[np.integer]) -> float:
    """Return what a constant answer gets right of what the task counts, 0 … 1."""
    if task.measure is Measure.POINTS:
        return float(np.bincount(levels).max() / len(levels))
    return 0.5 if task.measure is Measure.ORDER else 0.0


def target_of(task: Task, field: Field) -> NDArray:
    """Return what a field gives a task to learn: levels (P,), uint8, or values (P, V), float32.

    Raises
    ------
    UsageError
        If the task learns values and the field has none.
    """
    if not task.regression:
        return field.levels.astype(np.uint8)
    if field.values is None:
        raise UsageError(
            f"found a Field without values: the task {task.text} learns values; "
            "give it Field(coords, levels, shape, values)"
        )
    return field.values


def outputs_of(task: Task, field: Field) -> int:
    """Count a network's outputs: one logit for two levels, else one for each; or the values."""
    if task.regression:
        return target_of(task, field).shape[1]
    # Every picture in k levels has k outputs, also one that lacks some of them.
    highest = max(1, task.levels - 1, int(field.levels.max()))
    return 1 if highest == 1 else highest + 1


def split_order(
    task: Task, key: Array, coords: Float[Array, "P D"], kept: int
) -> tuple[Int[Array, " kept"], Int[Array, " held"]]:
    """Choose the points that are learned from, and those that are held out.

    For inpainting whole blocks of the frame are held out (one of them in part, where the numbers
    ask for it).
    """
    count = coords.shape[0]
    drawn = jax.random.uniform(key, (count,))
    if task.name == "inpainting":
        cells = jnp.clip(((coords + 1) / 2 * BLOCKS).astype(jnp.int32), 0, BLOCKS - 1)
        # Blocks come in random order, one after the other.
        number = cells @ (BLOCKS ** jnp.arange(coords.shape[1]))
        drawn = drawn[number % count]
    # A sort of random numbers: jax.random.permutation compiles to several sorts.
    mixed = jnp.argsort(drawn)
    return mixed[:kept], mixed[kept:]


def training_target(task: Task, key: Array, target: Array) -> tuple[Array, Array]:
    """Return the training target of each point, and what the answers are judged by."""
    drawn = jax.random.fold_in(key, CORRUPTION)
    if task.name == "random":
        # The colours of the picture, each at a random place.
        mixed = target[jnp.argsort(jax.random.uniform(drawn, target.shape))]
        return mixed, mixed
    if task.name == "denoising":
        turned = jax.random.bernoulli(drawn, NOISE, target.shape)
        return jnp.where(turned, 1 - jnp.minimum(target, 1), target), target
    return target, target


def loss_of(task: Task) -> Callable[[Array, Array], Array]:
    """Return the loss of outputs (P, L) against levels (P,) or values (P, V)."""
    return _squared_error if task.regression else _cross_entropy


def _squared_error(out: Float[Array, "P V"], values: Float[Array, "P V"]) -> Float[Array, ""]:
    return ((out - values) ** 2).mean()


def _cross_entropy(logits: Float[Array, "P L"], levels: Int[Array, " P"]) -> Float[Array, ""]:
    if logits.shape[-1] == 1:
        return optax.sigmoid_binary_cross_entropy(logits[:, 0], levels).mean()
    return optax.softmax_cross_entropy_with_integer_labels(logits, levels).mean()


def right_of(
    task: Task, out: Float[Array, "P L"], target: Array
) -> Callable[[Array], Float[Array, ""]]:
    """Return how much is right among some points: a share of levels, or of the variance."""
    if task.regression:
        missed = (out - target) ** 2

        def explained(some: Array) -> Float[Array, ""]:
            variance = ((target[some] - target[some].mean(axis=0)) ** 2).mean()
            return 1 - missed[some].mean() / (variance + 1e-12)

        return explained
    found = out[:, 0] > 0 if out.shape[-1] == 1 else out.argmax(axis=-1)
    right = (found == target).astype(jnp.float32)
    return lambda some: right[some].mean()


def explained_of(
    task: Task, out: Float[Array, "P L"], target: Array
) -> Callable[[Array], Float[Array, ""]]:
    """Return how much of the variance the answers explain among some points, at most 1.

    Of levels, it is that of being of each level, explained by its probability: the Brier skill
    score (Murphy, J. Appl. Meteor. 12 (1973) 595). Unlike the share of points that are right, it
    counts what was learned of a colour that is nowhere the likelier one.
    """
    if task.regression:
        return right_of(task, out, target)
    found = probabilities_of(out)
    true = jax.nn.one_hot(target, found.shape[-1])
    missed = ((found - true) ** 2).sum(axis=-1)
    # Of all points: a few that are held out may be of one level.
    variance = true.var(axis=0).sum()
    return lambda some: 1 - missed[some].mean() / (variance + 1e-12)
