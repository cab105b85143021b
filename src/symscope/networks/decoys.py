"""Decoy networks: many small networks learn point → level; nobody tells them about symmetry.

The decoy task is that of arXiv:2103.06115: a fully connected network reproduces a two-colour
picture, (x, y) → colour, without overfitting. What matters afterwards is its last hidden layer.
Other tasks (tasks.py) differ in what is taught, at which points, and in how answers are judged:
levels are classes, with cross entropy and the share of points that are right; values are regressed,
with squared error and the share of their variance that is explained.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Bool, Float, Int
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field
from symscope.networks.devices import in_chunks, mesh
from symscope.networks.ensemble import Ensemble, answers_of
from symscope.networks.settings import SETTINGS, PatchSettings, Settings
from symscope.tasks import Task, parse_task

LEAST_POINTS = 16
"""Points a field must have: fewer leave nothing to hold out."""

BLOCKS = 8
"""Blocks along a side of the frame, for inpainting: an eighth is the size of a template's detail,
so that what is left out must be inferred from elsewhere."""

NOISE = 0.15
"""Share of the colours turned over for denoising: far more than the 0.04 of the templates' own
noise, and still less than what makes a minority of any patch."""

CORRUPTION = 3
"""Folded into a network's key for all that a task draws, so that it shares nothing with the start,
the split and the order of the points."""

Job = tuple[Array, Float[Array, "P D"], Array, Bool[Array, ""]]
"""A network's key, its field's points and target, and whether the place is wanted."""


class Decoy(eqx.Module):
    """One fully connected network: point → logits of its levels, or values."""

    waves: Float[Array, "D F"]
    weights: tuple[Float[Array, "_ _"], ...]
    biases: tuple[Float[Array, " _"], ...]

    def encoded(self, points: Float[Array, "P D"]) -> Float[Array, "P E"]:
        """Return what the first layer is given: the point and its plane waves."""
        phases = points @ self.waves
        return jnp.concatenate([points, jnp.cos(phases), jnp.sin(phases)], axis=-1)

    def __call__(self, x: Float[Array, "P E"]) -> tuple[Float[Array, "P H"], Float[Array, "P L"]]:
        """Return the last hidden layer and the outputs for encoded points.

        The outputs are the logits of the levels (one, of level 1, where there are two), or values.
        """
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = jax.nn.leaky_relu(x @ weight + bias)
        return x, x @ self.weights[-1] + self.biases[-1]


class Progress(NamedTuple):
    """A network in training.

    ``outputs`` and ``fit`` (share right of what it learns from and of what is held out, explained
    variance held out) are of now, ``before`` is the first of these at the end of the round before.
    """

    decoy: Decoy
    moments: Any
    outputs: Float[Array, "P L"]
    fit: Float[Array, " 3"]
    before: Float[Array, ""]
    steps: Int[Array, ""]
    unfinished: Bool[Array, ""]


def target_of(task: Task, field: Field) -> tuple[NDArray, int]:
    """Return what a field gives a task to learn, and the outputs that a network has for it.

    Returns
    -------
    levels (P,), uint8, with one logit for two levels, else one for each; or values (P, V), float32

    Raises
    ------
    UsageError
        If the task learns values and the field has none.
    """
    if task.regression:
        if field.values is None:
            raise UsageError(
                f"found a Field without values: the task {task.text} learns values; "
                "give it Field(coords, levels, shape, values)"
            )
        return field.values, field.values.shape[1]
    # Every picture in k levels has k outputs, also one that lacks some of them.
    highest = max(1, task.levels - 1, int(field.levels.max()))
    return field.levels.astype(np.uint8), 1 if highest == 1 else highest + 1


def training_data(
    settings: Settings, order: Array, noise: Array, coords: Float[Array, "P D"], target: Array
) -> tuple[Int[Array, " kept"], Int[Array, " held"], Array, Array]:
    """Draw, from two keys, the points that are learned from, and what is taught there.

    Returns
    -------
    numbers of the points that are learned from and of those that are held out; the training target
    of each point, and what its answer is judged by
    """
    task, count = parse_task(settings.task), len(coords)
    rank = jax.random.uniform(order, (count,))
    if task.name == "inpainting":
        # Whole blocks of the frame are held out (one of them in part, where the numbers ask for
        # it): blocks come in random order, one after the other.
        cells = jnp.clip(((coords + 1) / 2 * BLOCKS).astype(jnp.int32), 0, BLOCKS - 1)
        number = cells @ (BLOCKS ** jnp.arange(coords.shape[1]))
        rank = rank[number % count]
    # A sort of random numbers: jax.random.permutation compiles to several sorts.
    mixed = jnp.argsort(rank)
    kept = count - max(1, round(settings.held_out * count))
    taught = judged = target if task.regression else target.astype(jnp.int32)
    if task.name == "random":
        # The colours of the picture, each at a random place.
        taught = judged = judged[jnp.argsort(jax.random.uniform(noise, judged.shape))]
    if task.name == "denoising":
        turned = jax.random.bernoulli(noise, NOISE, judged.shape)
        taught = jnp.where(turned, 1 - jnp.minimum(judged, 1), judged)
    return mixed[:kept], mixed[kept:], taught, judged


def fit_of(
    task: Task, outputs: Float[Array, "P L"], truth: Array, training: Array, held_out: Array
) -> Float[Array, " 3"]:
    """Judge a network's outputs.

    Returns
    -------
    how much is right of what was learned from and of what was held out, a share of levels or of the
    variance of values; and how much of the latter's variance is explained, at most 1
        Of levels, it is the variance of being of each, explained by its probability: the Brier
        skill score (Murphy, J. Appl. Meteor. 12 (1973) 595). Unlike the share of points that are
        right, it counts what was learned of a colour that is nowhere the likelier one.
    """
    if task.regression:
        missed, explained = (outputs - truth) ** 2, []
        for part in (training, held_out):
            variance = ((truth[part] - truth[part].mean(axis=0)) ** 2).mean()
            explained.append(1 - missed[part].mean() / (variance + 1e-12))
        return jnp.stack([*explained, explained[1]])
    likeliest = outputs[:, 0] > 0 if outputs.shape[-1] == 1 else outputs.argmax(axis=-1)
    right = (likeliest == truth).astype(jnp.float32)
    probabilities = answers_of(task, outputs)
    true = jax.nn.one_hot(truth, probabilities.shape[-1])
    missed = ((probabilities - true) ** 2).sum(axis=-1)
    # Of all points: a few that are held out may be of one level.
    variance = true.var(axis=0).sum()
    explained = 1 - missed[held_out].mean() / (variance + 1e-12)
    return jnp.stack([right[training].mean(), right[held_out].mean(), explained])


def training_of(
    settings: Settings, outputs: int, every: int, job: Job
) -> tuple[Progress, Callable[[Progress], Progress]]:
    """Set up the training of one network → its start, and ``every`` steps of it.

    Steps divide a round's. Places that nobody wants are finished before they start.
    """
    key_data, coords, target, wanted = job
    task, key = parse_task(settings.task), jax.random.wrap_key_data(key_data)
    start, order, draws = jax.random.split(key, 3)
    noise = jax.random.fold_in(key, CORRUPTION)
    training, held_out, taught, truth = training_data(settings, order, noise, coords, target)
    schedule = optax.cosine_onecycle_schedule(settings.steps, settings.learning_rate)
    # He initialisation, zero biases; the waves are drawn once and never trained. Values are guessed
    # to be their mean, so that a picture and its negative are learned alike.
    keys, inputs = jax.random.split(start, settings.depth + 2), coords.shape[1]
    sizes = [inputs + 2 * settings.frequencies, *[settings.width] * settings.depth, outputs]
    pairs = zip(keys[1:], sizes[:-1], sizes[1:], strict=True)
    guess = taught.mean(axis=0) if task.regression else jnp.zeros(outputs)
    untrained = Decoy(
        jax.random.normal(keys[0], (inputs, settings.frequencies)) * settings.bandwidth,
        tuple(jax.random.normal(k, (m, n)) * np.sqrt(2 / m) for k, m, n in pairs),
        (*(jnp.zeros(n) for n in sizes[1:-1]), guess),
    )
    # A guess that decays would have to be made good by the hidden layers, the more the brighter.
    decays = None
    if task.regression:
        all_of_it = jax.tree.map(lambda _: True, untrained)
        decays = eqx.tree_at(lambda d: d.biases[-1], all_of_it, replace=False)
    optimiser: Any = optax.adamw(
        schedule, *settings.betas, weight_decay=settings.weight_decay, mask=decays
    )
    # Sines cost as much as a layer: computed once for all points, not at every step.
    encoded = untrained.encoded(coords)

    def loss(decoy: Decoy, batch: Array) -> Float[Array, ""]:
        _, answered = decoy(encoded[batch])
        if task.regression:
            return ((answered - taught[batch]) ** 2).mean()
        if outputs == 1:
            return optax.sigmoid_binary_cross_entropy(answered[:, 0], taught[batch]).mean()
        return optax.softmax_cross_entropy_with_integer_labels(answered, taught[batch]).mean()

    def step(carry: Any, draw: Array) -> tuple[Any, None]:
        decoy, moments = carry
        gradient = jax.grad(loss)(decoy, training[draw])
        updates, moments = optimiser.update(gradient, moments, decoy)
        # The waves stay as they were drawn; so do all hidden layers, for a control.
        last = -1 if task.name == "frozen" else 0
        updates: Any = eqx.tree_at(
            lambda d: [d.waves, *d.weights[:last], *d.biases[:last]],
            updates,
            replace_fn=jnp.zeros_like,
        )
        return (optax.apply_updates(decoy, updates), moments), None

    def advance(now: Progress) -> Progress:
        # A round is one cycle of the learning rate, from fresh moments.
        rounds, within = now.steps // settings.steps, now.steps % settings.steps
        fresh = optimiser.init(now.decoy)
        moments = jax.tree.map(partial(jnp.where, within == 0), fresh, now.moments)
        shape = (settings.steps, settings.batch)
        drawn = jax.random.randint(jax.random.fold_in(draws, rounds), shape, 0, len(training))
        drawn = jax.lax.dynamic_slice_in_dim(drawn, within, every)
        (decoy, moments), _ = jax.lax.scan(step, (now.decoy, moments), drawn)
        _, answered = decoy(encoded)
        fit = fit_of(task, answered, truth, training, held_out)
        # A network that has learned, or gained little in a round, stops.
        steps = now.steps + every
        ended = steps % settings.steps == 0
        wanting = (fit[0] < settings.learned) & (fit[0] - now.before >= settings.least_gain)
        unfinished = ~ended | (wanting & (steps < settings.rounds * settings.steps))
        before = jnp.where(ended, fit[0], now.before)
        return Progress(decoy, moments, answered, fit, before, steps, unfinished)

    nothing = jnp.zeros((len(coords), outputs)), jnp.zeros(3), jnp.float32(0), jnp.int32(0)
    begun = Progress(untrained, optimiser.init(untrained), *nothing, unfinished=wanted)
    return begun, advance


@partial(jax.jit, static_argnums=(0, 1))
def _train_chunk(settings: Settings, outputs: int, jobs: tuple[Array, ...]) -> Any:
    """Train CHUNK networks, spread over the devices, one after the other on each."""

    def train_one(job: Job) -> Any:
        begun, advance = training_of(settings, outputs, settings.steps, job)
        end = jax.lax.while_loop(lambda now: now.unfinished, advance, begun)
        answers = answers_of(parse_task(settings.task), end.outputs)
        return end.decoy, begun.decoy, answers, end.fit, end.steps

    spec = PartitionSpec("n")
    each = partial(jax.lax.map, train_one)
    return jax.shard_map(each, mesh=mesh(), in_specs=spec, out_specs=spec, check_vma=False)(jobs)


def network_key(name: str, seed: int, network: int) -> NDArray[np.uint32]:
    """Return a network's random key: it depends on the name of what it learns, seed and number.

    A field's name is its ``sha256``.
    """
    digest = hashlib.sha256(f"{name}:{seed}:{network}".encode()).digest()
    return np.frombuffer(digest[:8], dtype=np.uint32).copy()


def train(
    fields: Sequence[Field],
    networks: int,
    settings: Settings | PatchSettings = SETTINGS["fast"],
    seed: int = 0,
    first: int = 0,
    pool: Any = None,
) -> list[Ensemble]:
    """Train networks number ``first`` … ``first + networks - 1`` on each field.

    Parameters
    ----------
    fields : B Fields with the same number of points, dimension and outputs (levels in use, or
        values)
    networks : N ≥ 1
    settings : Settings of decoys, or PatchSettings of networks of patches
    seed : int
    first : number of the first network, ≥ 0: later ones may be trained by a later call
    pool : gives the pictures that ``vae:templates`` learns

    Returns
    -------
    list of B Ensembles
        A network depends on its field, the seed and its number, not on what else is trained.

    Raises
    ------
    UsageError
        For N < 1, fields of different shapes, or without the values that the task learns.
    """
    if isinstance(settings, PatchSettings):
        from symscope.networks import patches

        return patches.train(fields, networks, settings, seed, first, pool)
    if networks < 1:
        raise UsageError(f"found {networks} networks: expected at least 1")
    if not fields:
        return []
    shapes = {field.coords.shape for field in fields}
    if len(shapes) > 1:
        raise UsageError(f"found fields of shapes {sorted(shapes)}: train them in separate calls")
    if len(fields[0].coords) < LEAST_POINTS:
        raise UsageError(f"found {len(fields[0].coords)} points: expected {LEAST_POINTS} or more")
    targets = [target_of(parse_task(settings.task), field) for field in fields]
    outputs = {count for _, count in targets}
    if len(outputs) > 1:
        raise UsageError(f"found fields with {sorted(outputs)} outputs: train them apart")
    jobs = [
        (network_key(field.sha256, seed, first + network), field.coords, target)
        for field, (target, _) in zip(fields, targets, strict=True)
        for network in range(networks)
    ]
    trained = in_chunks(partial(_train_chunk, settings, outputs.pop()), jobs)
    ensembles = []
    for begin in range(0, len(jobs), networks):
        of_field = itemgetter(slice(begin, begin + networks))
        decoy, untrained, answers, fit, steps = jax.tree.map(of_field, trained)
        ensembles.append(
            Ensemble(
                stacks=(decoy,),
                untrained=(untrained,),
                answers=answers,
                training_accuracy=fit[:, 0],
                validation_accuracy=fit[:, 1],
                explained_variance=fit[:, 2],
                steps=np.asarray(steps, np.int64),
                settings=settings,
            )
        )
    return ensembles
