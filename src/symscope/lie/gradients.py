"""Networks that learn data, point → value or label, and their derivative.

As in Krippendorf and Syvaeri (arXiv:2003.13679, section 2) the task says nothing of symmetry. Here
the networks are smooth, since it is their derivative that is looked at; there are several, each
with points of its own held out, since what they do not agree on is noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float
from numpy.typing import NDArray
from sklearn.preprocessing import PowerTransformer

from symscope.networks.devices import cores, mesh

Floats = NDArray[np.float64]

NETWORKS = 4
"""Networks of an ensemble: with fewer their disagreement says little."""

HELD_OUT = 0.1
"""Share of the points that each network does not learn from: they choose when it stops."""

MANY_POINTS = 4000
"""From here on networks are twice as wide and learn three times as long."""

SCATTER = 1024
"""Points in one call of the Jacobian's program: bounds its memory."""


@dataclass(frozen=True)
class Task:
    """How a network is built and trained. Chosen in development trials on the O(5) regression of
    LieGG (arXiv:2210.04345, section 5) and on potentials in two to four dimensions."""

    sizes: tuple[int, ...]
    labels: bool
    steps: int
    batch: int = 256
    learning_rate: float = 4e-3
    checks: int = 20


Layers = list[tuple[Array, Array]]


def _outputs(layers: Layers, x: Float[Array, "*B D"]) -> Float[Array, "*B M"]:
    """Return the values, or the logits less their mean.

    A constant that is added to all logits changes no probability; a softmax would have no
    derivative left where it is certain.
    """
    for weight, bias in layers[:-1]:
        x = jax.nn.silu(x @ weight + bias)
    out = x @ layers[-1][0] + layers[-1][1]
    return out - out.mean(axis=-1, keepdims=True) if out.shape[-1] > 1 else out


def _train_one(
    task: Task, key_data: Array, points: Array, target: Array, count: Array
) -> tuple[Layers, Array]:
    """Train one network on the first ``count`` points → (it as it was when it did best, its loss
    on its held-out points)."""
    start, order, draws = jax.random.split(jax.random.wrap_key_data(key_data), 3)
    pairs = zip(
        jax.random.split(start, len(task.sizes) - 1), task.sizes[:-1], task.sizes[1:], strict=True
    )
    layers = [(jax.random.normal(k, (m, n)) * np.sqrt(1.5 / m), jnp.zeros(n)) for k, m, n in pairs]
    real = jnp.arange(len(points)) < count
    # The points that only fill up the program's shape come last.
    mixed = jnp.argsort(jnp.where(real, jax.random.uniform(order, (len(points),)), 2.0))
    held = jnp.maximum(1, (HELD_OUT * count).astype(jnp.int32))
    held_out = mixed[: max(1, int(HELD_OUT * len(points)))]
    counted = (jnp.arange(len(held_out)) < held) / held
    schedule = optax.cosine_onecycle_schedule(
        task.steps, task.learning_rate, pct_start=0.1, final_div_factor=1e4
    )
    optimiser = optax.adam(schedule)

    def losses(layers: Layers, which: Array) -> Array:
        out = _outputs(layers, points[which])
        if task.labels:
            return optax.softmax_cross_entropy_with_integer_labels(out, target[which])
        return ((out - target[which]) ** 2).mean(axis=1)

    def step(carry: Any, number: Array) -> tuple[Any, None]:
        layers, state = carry
        drawn = jax.random.randint(jax.random.fold_in(draws, number), (task.batch,), held, count)
        gradient = jax.grad(lambda layers: losses(layers, mixed[drawn]).mean())(layers)
        updates, state = optimiser.update(gradient, state)
        return (optax.apply_updates(layers, updates), state), None

    def check(carry: Any, numbers: Array) -> tuple[Any, None]:
        layers, state, best, least = carry
        (layers, state), _ = jax.lax.scan(step, (layers, state), numbers)
        now = losses(layers, held_out) @ counted
        best = jax.tree.map(lambda new, old: jnp.where(now < least, new, old), layers, best)
        return (layers, state, best, jnp.minimum(now, least)), None

    numbers = jnp.arange(task.steps).reshape(task.checks, -1)
    carry = (layers, optimiser.init(layers), layers, jnp.float32(jnp.inf))
    (_, _, best, least), _ = jax.lax.scan(check, carry, numbers)
    return best, least


@cache
def _trainer(task: Task) -> Any:
    """Compile: networks one after the other on each core."""

    def share(keys: Array, points: Array, target: Array, count: Array) -> Any:
        return jax.lax.map(lambda key: _train_one(task, key, points, target, count), keys)

    one, every = PartitionSpec("n"), PartitionSpec()
    return jax.jit(
        jax.shard_map(
            share, mesh=mesh(), in_specs=(one, *[every] * 3), out_specs=one, check_vma=False
        )
    )


@jax.jit
def _values(networks: Layers, points: Array) -> Array:
    return jax.lax.map(lambda layers: _outputs(layers, points), networks)


@jax.jit
def _jacobians(networks: Layers, points: Array) -> Array:
    def one(layers: Layers) -> Array:
        return jax.vmap(jax.jacfwd(partial(_outputs, layers)))(points)

    return jax.lax.map(one, networks)


def _in_parts(program: Callable[..., Array], networks: Layers, points: Floats) -> Floats:
    """Run a program on SCATTER points at a time, the last part filled up: one shape for all."""
    parts = []
    for first in range(0, len(points), SCATTER):
        part = points[first : first + SCATTER].astype(np.float32)
        filled = np.concatenate([part, np.zeros((SCATTER - len(part), part.shape[1]), np.float32)])
        parts.append(np.asarray(program(networks, filled))[:, : len(part)])
    return np.concatenate(parts, axis=1).astype(np.float64)


@dataclass(frozen=True)
class Learned:
    """N networks that have learned the same data.

    Attributes
    ----------
    skill : share of what a constant guess gets wrong that is right on held-out points, mean over
        the networks: R² for values, from counts for labels
    """

    networks: Layers
    middle: Floats
    spread: Floats
    skill: float

    def values(self, points: Floats) -> Floats:
        """Return what the networks say on average at points (P, D), shape (P, M)."""
        return _in_parts(_values, self.networks, (points - self.middle) / self.spread).mean(axis=0)

    def rows(self, points: Floats) -> Floats:
        """Return the derivative of each network at points (P, D), shape (N, P, M, D)."""
        scaled = (points - self.middle) / self.spread
        return _in_parts(_jacobians, self.networks, scaled) / self.spread


def normalised(values: Floats) -> Floats:
    """Bend values (P, M) monotonically to near a normal distribution, each column by itself.

    The level sets stay what they are, and only they count; but a heavy tail no longer hides
    what happens in the bulk.
    """
    return np.asarray(PowerTransformer().fit_transform(values))


def _filled(values: NDArray[Any]) -> NDArray[Any]:
    """Fill up to a power of two: one compiled program serves many numbers of points."""
    size = 1 << (len(values) - 1).bit_length()
    return np.concatenate([values, np.zeros((size - len(values), *values.shape[1:]), values.dtype)])


def learn(points: Floats, target: NDArray[Any], seed: int, labels: bool, networks: int) -> Learned:
    """Train networks on points (P, D) with values (P, M), or with labels (P,) from 0 on."""
    mesh()  # JAX would keep to a single device if anything else used it first
    middle, spread = points.mean(axis=0), points.std(axis=0) + 1e-300
    outputs = int(target.max()) + 1 if labels else target.shape[1]
    width = 64 if len(points) < MANY_POINTS else 128
    steps = 3000 if len(points) < MANY_POINTS else 10000
    task = Task((points.shape[1], width, width, width, outputs), labels, steps)
    count = -(-networks // cores()) * cores()  # as many as the devices share evenly
    keys = np.asarray(jax.random.key_data(jax.random.split(jax.random.key(seed), count)))
    aim = target.astype(np.int32) if labels else normalised(target).astype(np.float32)
    scaled = ((points - middle) / spread).astype(np.float32)
    trained, loss = _trainer(task)(keys, _filled(scaled), _filled(aim), np.int32(len(points)))
    if labels:
        share = np.bincount(target) / len(target)
        guess = -np.log(share[share > 0]) @ share[share > 0]
    else:
        guess = 1.0
    chosen = jax.tree.map(lambda a: a[:networks], trained)
    return Learned(chosen, middle, spread, float(1 - np.mean(np.asarray(loss)[:networks]) / guess))
