"""Decoy networks: many small networks learn point → level; nobody tells them about symmetry.

The decoy task is that of arXiv:2103.06115: a fully connected network reproduces a two-colour
picture, (x, y) → colour, without overfitting. What matters afterwards is its last hidden layer.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field
from symscope.networks.devices import in_chunks, mesh
from symscope.networks.ensemble import Ensemble
from symscope.networks.objectives import (
    answers_of,
    explained_of,
    loss_of,
    outputs_of,
    right_of,
    split_order,
    target_of,
    training_target,
)
from symscope.networks.settings import SETTINGS, Settings

LEAST_POINTS = 16
"""Points a field must have: fewer leave nothing to hold out."""


class Decoy(eqx.Module):
    """One fully connected network: point → logits of its levels."""

    waves: Float[Array, "D F"]
    weights: tuple[Float[Array, "_ _"], ...]
    biases: tuple[Float[Array, " _"], ...]

    @classmethod
    def initial(cls, key: Array, dimension: int, outputs: int, settings: Settings) -> "Decoy":
        """Draw a network: He initialisation, zero biases."""
        keys = jax.random.split(key, settings.depth + 2)
        entry = dimension + 2 * settings.frequencies
        sizes = [entry, *[settings.width] * settings.depth, outputs]
        pairs = zip(keys[1:], sizes[:-1], sizes[1:], strict=True)
        weights = tuple(jax.random.normal(k, (m, n)) * np.sqrt(2 / m) for k, m, n in pairs)
        waves = jax.random.normal(keys[0], (dimension, settings.frequencies)) * settings.bandwidth
        return cls(waves, weights, tuple(jnp.zeros(n) for n in sizes[1:]))

    def hidden(self, points: Float[Array, "P D"]) -> Float[Array, "P H"]:
        """Return the activations of the last hidden layer."""
        return self.hidden_of(self.encoded(points))

    def encoded(self, points: Float[Array, "P D"]) -> Float[Array, "P E"]:
        """Return what the first layer sees: the point and its plane waves."""
        # The waves are drawn once, never trained.
        phases = points @ jax.lax.stop_gradient(self.waves)
        return jnp.concatenate([points, jnp.cos(phases), jnp.sin(phases)], axis=-1)

    def hidden_of(self, x: Float[Array, "P E"]) -> Float[Array, "P H"]:
        """Return the last hidden layer for encoded points."""
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = jax.nn.leaky_relu(x @ weight + bias)
        return x

    def logits(self, points: Float[Array, "P D"]) -> Float[Array, "P L"]:
        """Return the logits of the levels (one logit, of level 1, where there are two)."""
        return self.logits_of(self.encoded(points))

    def logits_of(self, x: Float[Array, "P E"]) -> Float[Array, "P L"]:
        """Return the logits for encoded points."""
        return self.hidden_of(x) @ self.weights[-1] + self.biases[-1]

    def jacobian(self, points: Float[Array, "P D"]) -> Float[Array, "P H D"]:
        """Return the derivative of the last hidden layer by the point."""
        return jax.vmap(jax.jacfwd(lambda point: self.hidden(point[None])[0]))(points)


class Training(NamedTuple):
    """One network's training: how it starts, what a step does, its answers, how good they are."""

    untrained: Decoy
    optimiser: optax.GradientTransformation
    step: Callable[[Any, Array], tuple[Any, None]]
    drawn: Callable[[Array], Int[Array, "steps batch"]]
    answers: Callable[[Decoy], Float[Array, "P L"]]
    fit: Callable[[Float[Array, "P L"]], Float[Array, " 3"]]


def training_of(
    settings: Settings,
    outputs: int,
    key_data: Array,
    coords: Float[Array, "P D"],
    target: Array,
) -> Training:
    """Set up the training of one network on levels (P,), uint8, or values (P, V), float32."""
    task = settings.kind
    key = jax.random.wrap_key_data(key_data)
    start, order, draws = jax.random.split(key, 3)
    count = coords.shape[0]
    kept = count - max(1, round(settings.held_out * count))
    training, held_out = split_order(task, order, coords, kept)
    wanted = target if task.regression else target.astype(jnp.int32)
    taught, judged = training_target(task, key, wanted)
    schedule = optax.cosine_onecycle_schedule(settings.steps, settings.learning_rate)
    optimiser = optax.adamw(schedule, *settings.betas, weight_decay=settings.weight_decay)
    untrained = Decoy.initial(start, coords.shape[1], outputs, settings)
    loss = loss_of(task)

    # Sines cost as much as a layer: computed once for all points, not at every step.
    encoded = untrained.encoded(coords)

    def step(carry: Any, draw: Array) -> tuple[Any, None]:
        decoy, state = carry
        batch = training[draw]
        gradient = jax.grad(lambda d: loss(d.logits_of(encoded[batch]), taught[batch]))(decoy)
        updates, state = optimiser.update(gradient, state, decoy)
        updates: Any = eqx.tree_at(lambda d: d.waves, updates, jnp.zeros_like(decoy.waves))
        if task.name == "frozen":
            updates = _of_the_last_layer(updates)
        return (optax.apply_updates(decoy, updates), state), None

    def answers(decoy: Decoy) -> Float[Array, "P L"]:
        return decoy.logits_of(encoded)

    def fit(logits: Float[Array, "P L"]) -> Float[Array, " 3"]:
        right, explained = (of(task, logits, judged) for of in (right_of, explained_of))
        return jnp.stack([right(training), right(held_out), explained(held_out)])

    def drawn(rounds: Array) -> Int[Array, "steps batch"]:
        shape = (settings.steps, settings.batch)
        return jax.random.randint(jax.random.fold_in(draws, rounds), shape, 0, kept)

    return Training(untrained, optimiser, step, drawn, answers, fit)


def _of_the_last_layer(updates: Decoy) -> Decoy:
    """Leave the hidden layers as they were drawn."""
    hidden = [*updates.weights[:-1], *updates.biases[:-1]]
    where = lambda d: [*d.weights[:-1], *d.biases[:-1]]  # noqa: E731
    return eqx.tree_at(where, updates, [jnp.zeros_like(layer) for layer in hidden])


def _train_one(
    settings: Settings,
    outputs: int,
    key_data: Array,
    coords: Float[Array, "P D"],
    target: Array,
    wanted: Array,
) -> tuple[Decoy, Decoy, Float[Array, "P A"], Float[Array, " 3"], Array]:
    """Train one network → (network, the network before training, answers, fit, rounds)."""
    training = training_of(settings, outputs, key_data, coords, target)

    def unfinished(carry: Any) -> Array:
        _, _, fit, gain, rounds = carry
        wanting = (fit[0] < settings.learned) & (gain >= settings.least_gain)
        return wanted & (rounds < settings.rounds) & wanting

    def one_round(carry: Any) -> Any:
        decoy, _, before, _, rounds = carry
        begun = decoy, training.optimiser.init(decoy)
        (decoy, _), _ = jax.lax.scan(training.step, begun, training.drawn(rounds))
        logits = training.answers(decoy)
        fit = training.fit(logits)
        return decoy, logits, fit, fit[0] - before[0], rounds + 1

    nothing = jnp.zeros((len(coords), outputs)), jnp.zeros(3), jnp.float32(1), jnp.int32(0)
    start_of_all = (training.untrained, *nothing)
    decoy, logits, fit, _, rounds = jax.lax.while_loop(unfinished, one_round, start_of_all)
    return decoy, training.untrained, answers_of(settings.kind, logits), fit, rounds


@cache
def _trainer(settings: Settings, outputs: int) -> Any:
    """Compile: CHUNK networks, spread over the devices, one after the other on each."""

    def share(keys: Array, coords: Array, target: Array, wanted: Array) -> Any:
        one = partial(_train_one, settings, outputs)
        return jax.lax.map(lambda args: one(*args), (keys, coords, target, wanted))

    spec = PartitionSpec("n")
    return jax.jit(
        jax.shard_map(share, mesh=mesh(), in_specs=(spec,) * 4, out_specs=spec, check_vma=False)
    )


def network_key(field: Field, seed: int, network: int) -> NDArray[np.uint32]:
    """Return the random key of one network: it depends on field, seed and number alone."""
    return named_key(f"{field.sha256}:{seed}:{network}")


def named_key(name: str) -> NDArray[np.uint32]:
    """Return the random key that belongs to a name."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.frombuffer(digest[:8], dtype=np.uint32).copy()


def train(
    fields: Sequence[Field],
    networks: int,
    settings: Settings = SETTINGS["fast"],
    seed: int = 0,
    first: int = 0,
) -> list[Ensemble]:
    """Train decoys number ``first`` … ``first + networks - 1`` on each field.

    Parameters
    ----------
    fields : B Fields with the same number of points, dimension and outputs (levels in use, or
        values)
    networks : N ≥ 1
    settings : Settings
    seed : int
    first : number of the first network, ≥ 0: later ones may be trained by a later call

    Returns
    -------
    list of B Ensembles
        A network depends on its field, the seed and its number, not on what else is trained.

    Raises
    ------
    UsageError
        For N < 1, fields of different shapes, or without the values that the task learns.
    """
    if networks < 1:
        raise UsageError(f"found {networks} networks: expected at least 1")
    if not fields:
        return []
    shapes = {field.coords.shape for field in fields}
    if len(shapes) > 1:
        raise UsageError(f"found fields of shapes {sorted(shapes)}: train them in separate calls")
    if len(fields[0].coords) < LEAST_POINTS:
        raise UsageError(f"found {len(fields[0].coords)} points: expected {LEAST_POINTS} or more")
    task = settings.kind
    outputs = {outputs_of(task, field) for field in fields}
    if len(outputs) > 1:
        raise UsageError(f"found fields with {sorted(outputs)} outputs: train them apart")
    targets = [target_of(task, field) for field in fields]
    run = _trainer(settings, outputs.pop())
    jobs = [(b, n) for b in range(len(fields)) for n in range(networks)]

    def call(numbers: NDArray[np.int64], wanted: NDArray[np.bool_]) -> Any:
        some = [jobs[number] for number in numbers]
        return run(
            np.stack([network_key(fields[b], seed, first + n) for b, n in some]),
            np.stack([fields[b].coords for b, _ in some]),
            np.stack([targets[b] for b, _ in some]),
            wanted,
        )

    decoy, untrained, answers, fit, rounds = in_chunks(call, len(jobs))

    def of(b: int, tree: Any) -> Any:
        return jax.tree.map(lambda leaf: leaf[b * networks : (b + 1) * networks], tree)

    return [
        Ensemble(
            stacks=(of(b, decoy),),
            untrained=(of(b, untrained),),
            answers=of(b, answers),
            training_accuracy=of(b, fit)[:, 0],
            validation_accuracy=of(b, fit)[:, 1],
            explained_variance=of(b, fit)[:, 2],
            steps=np.asarray(settings.steps * of(b, rounds), np.int64),
            settings=settings,
        )
        for b in range(len(fields))
    ]
