"""The adversarial route: fields that move data so that a discriminator cannot tell.

LieGAN (Yang, Walters, Dehmamy and Yu, arXiv:2302.00236): the generator moves data by exp(Σ w_i
A_i), with matrices A_i that it learns and coefficients w that are drawn; the discriminator learns
to tell moved data from data. If it cannot, the A_i generate symmetries of the data's distribution.
SymmetryGAN (Desai, Nachman and Thaler, arXiv:2112.05722) came before, with one transformation
instead of its generators. Here

- the fields are orthonormal by their length on the data and w has a fixed spread, so that the
  generator cannot win by standing still;
- where there are values or labels y, only p(y | x) is asked to be unchanged: moved points are
  compared with the data nearest to them, and what is moved to where there are none does not count;
- for 1, 2, … generators at once the game is played on LANES bootstrap samples, and new
  discriminators are asked, on points that were in none of it, whether they can tell. Their
  *advantage* (2 AUC - 1) takes the place of the defect: 0 if data and moved data cannot be
  discriminated apart, 1 if always. The control are random fields of the same class and length.

Distributions are asked here, not orbits: whatever leaves a cloud of finite extent unchanged keeps
its mean and its covariance, and is a rotation in coordinates where that is 1; a cloud without a
target has no other symmetry, and no more than D(D - 1)/2 generators.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float
from numpy.typing import NDArray
from scipy.spatial import KDTree

from symscope.errors import UsageError
from symscope.lie.algebra import Verdict
from symscope.lie.data import Data, Target
from symscope.lie.defects import TOLERANCE, Candidates, Frame, basis, span_angle
from symscope.lie.finite import KnownFunction
from symscope.lie.verdict import LARGEST_ANGLE
from symscope.networks.devices import cores, mesh

Floats = NDArray[np.float64]

SERIES = 5
PARTS = 4
"""exp(F) is a Taylor series of SERIES terms, PARTS times in a row: good to 1e-4 for ‖F‖ = 2, the
reach, and to 1e-3 for ‖F‖ = 3."""

FAR = 1.5
"""Where values are known, a moved point counts if a datum is nearer than this many times their
usual distance to the next."""

LEAST_LENGTH = 1e-4
"""Of a field on the data, against the longest of the class, below which it counts as none."""


@dataclass(frozen=True)
class GameSettings:
    """How the game is played. Chosen in development trials on circles, spheres and squares.

    Attributes
    ----------
    steps, batch : of generator and discriminator, one step each in turn
    width : neurons in each of the discriminator's two hidden layers
    reach : largest |w|: how far the points are moved at most, as a root mean square, in units of
        their spread
    rate, generator_rate : learning rates, the discriminator's at its peak
    decay : the discriminator's weight decay
    """

    steps: int = 1200
    batch: int = 256
    width: int = 32
    reach: float = 2.0
    rate: float = 3e-3
    generator_rate: float = 5e-3
    decay: float = 1e-3


@dataclass(frozen=True)
class GameData:
    """What the game is played on.

    Attributes
    ----------
    frame : coordinates in which the points have unit spread
    points : ndarray of shape (P, D), in the frame
    seen : ndarray of shape (P, M), what is known at the points, M = 0 for a cloud
    fields : ndarray of shape (K, D, D + 1), of unit length on the points and orthogonal
    usual : median distance of a point to the next
    """

    frame: Frame
    points: Floats
    seen: Floats
    fields: Floats
    usual: float

    @classmethod
    def of(cls, points: Floats, seen: Floats, kind: str) -> "GameData":
        """Set it up for points (P, D) with values or indicators (P, M), and a class of fields."""
        frame = Frame.of(points, kind)
        inside, fields = frame.inward(points), basis(kind, points.shape[1])
        moved = np.einsum("kde,pe->kpd", fields, np.c_[inside, np.ones(len(inside))])
        flat = moved.reshape(len(fields), -1)
        # The mean squared length of a field is then that of the points: 1 for each coordinate.
        lengths, vectors = np.linalg.eigh(flat @ flat.T / len(inside) / inside.shape[1])
        kept = lengths > LEAST_LENGTH**2 * lengths[-1]
        root = (vectors[:, kept] / np.sqrt(lengths[kept])).T
        usual = float(np.median(KDTree(inside).query(inside, 2)[0][:, 1]))
        return cls(frame, inside, seen, np.einsum("kl,lde->kde", root, fields), usual)


def _filled(values: Floats) -> NDArray[np.float32]:
    """Fill up to a power of two: one compiled program serves many numbers of points."""
    size = 1 << (len(values) - 1).bit_length()
    rest = np.zeros((size - len(values), *values.shape[1:]))
    return np.concatenate([values, rest]).astype(np.float32)


def moved_by(
    fields: Float[Array, "n D E"], x: Float[Array, "B D"], w: Float[Array, "B n"]
) -> Float[Array, "B D"]:
    """Return exp(Σ w_i A_i) x for each point with its own w, shifts included."""
    whole = jnp.einsum("bn,nde->bde", w, fields) / PARTS
    for _ in range(PARTS):
        term = jnp.concatenate([x, jnp.ones((len(x), 1))], axis=1)
        for order in range(1, SERIES + 1):
            step = jnp.einsum("bde,be->bd", whole, term) / order
            x = x + step
            term = jnp.concatenate([step, jnp.zeros((len(x), 1))], axis=1)
    return x


def drawn(key: Array, count: int, number: int, reach: float) -> Float[Array, "B n"]:
    """Draw w: of a uniform direction, and a length uniform up to the reach."""
    direction, length = jax.random.split(key)
    w = jax.random.normal(direction, (count, number))
    w = w / jnp.linalg.norm(w, axis=1, keepdims=True)
    return reach * w * jax.random.uniform(length, (count, 1))


def orthonormal(u: Float[Array, "n K"]) -> Float[Array, "n K"]:
    """Return orthonormal rows of the same span: the generator cannot shrink to the identity."""
    return jnp.linalg.qr(u.T)[0].T


def matched(
    moved: Float[Array, "B D"], x: Float[Array, "P D"], among: Float[Array, " P"], far: Array
) -> tuple[Array, Array]:
    """Find the nearest of some points for each moved one → (index, 1 or 0 if it is far away)."""
    # The moved points run along the last axis and the index is found by equality: this is an eighth
    # of the time that argmin takes.
    apart = [(x[:, i, None] - moved[:, i]) ** 2 for i in range(x.shape[1])]
    distance = sum(apart, jnp.where(among > 0, 0.0, jnp.inf)[:, None])
    least = distance.min(axis=0)
    numbers = jnp.arange(len(x), dtype=jnp.int32)[:, None]
    nearest = jnp.where(distance == least, numbers, 0).max(axis=0)
    return nearest, (least <= far**2).astype(jnp.float32)


def _drawn_points(key: Array, bag: Array, count: Array, batch: int) -> Array:
    return bag[jax.random.randint(key, (batch,), 0, count)]


def _in_bag(bag: Array, count: Array) -> tuple[Array, Array]:
    """Mark the points (P,) that are in a bootstrap sample, and those that are not."""
    numbers = jnp.arange(len(bag))
    used = jnp.zeros(len(bag)).at[bag].add(jnp.where(numbers < count, 1.0, 0.0)) > 0
    return used.astype(jnp.float32), ((numbers < count) & ~used).astype(jnp.float32)


@dataclass(frozen=True)
class Sample:
    """The data of one lane, with its bootstrap sample, and the batches that are drawn from it."""

    x: Array
    y: Array
    count: Array
    far: Array
    bag: Array
    used: Array
    out: Array

    @classmethod
    def of(cls, key: Array, x: Array, y: Array, count: Array, far: Array) -> "Sample":
        bag = jax.random.randint(key, (len(x),), 0, count)
        return cls(x, y, count, far, bag, *_in_bag(bag, count))

    def batch(self, key: Array, settings: GameSettings, number: int) -> tuple[Array, Array, Array]:
        """Draw which are data, which are moved, and by how much (w)."""
        one, other, last = jax.random.split(key, 3)
        real, which = (_drawn_points(k, self.bag, self.count, settings.batch) for k in (one, other))
        return real, which, drawn(last, settings.batch, number, settings.reach)

    def shown(self, moved: Array, real: Array) -> tuple[tuple[Array, Array], Array]:
        """Return data (x, y) to compare moved points with, and what each pair counts."""
        if not self.y.shape[1]:
            return (self.x[real], self.y[real]), jnp.ones(len(real))
        nearest, counts = matched(moved, self.x, self.used, self.far)
        return (self.x[nearest], self.y[nearest]), counts


def shared_data(game_data: GameData) -> tuple[Any, ...]:
    """Return what all lanes share: points, values, their count, how far is far, the fields."""
    return (
        _filled(game_data.points),
        _filled(game_data.seen),
        np.int32(len(game_data.points)),
        np.float32(FAR * game_data.usual),
        game_data.fields.astype(np.float32),
    )


SHARED = 5
"""Arguments of a program that all lanes share: ``shared_data``."""

COPIES = 8
"""Moved copies of each point that a new discriminator is asked about: only the points' own number
is then left as noise."""

TINY = 1e-9
"""Added to a sum of weights that may be zero."""

GAIN = 1.5
"""Variance of a layer's first weights, in units of 1 / inputs: between that of linear layers (1)
and of ReLU (2), since silu bends less."""

BETAS = (0.5, 0.95)
"""Adam's memories, short as is usual where two networks learn from each other."""

Layers = list[tuple[Array, Array]]


def _start(key: Array, sizes: tuple[int, ...]) -> Layers:
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        (jax.random.normal(k, (m, n)) * np.sqrt(GAIN / m), jnp.zeros(n))
        for k, m, n in zip(keys, sizes[:-1], sizes[1:], strict=True)
    ]


def _logit(layers: Layers, x: Float[Array, "B D"], y: Float[Array, "B M"]) -> Float[Array, " B"]:
    """Return the discriminator's logit of "a datum"; products of coordinates are among its inputs,
    which makes thin shells easy to see."""
    i, j = np.triu_indices(x.shape[1])
    out = jnp.concatenate([x, x[:, i] * x[:, j] - (i == j), y], axis=1)
    for weight, bias in layers[:-1]:
        out = jax.nn.silu(out @ weight + bias)
    return (out @ layers[-1][0] + layers[-1][1])[:, 0]


class _Discriminator:
    """The discriminator of one lane: how it learns, and what it is shown."""

    def __init__(self, settings: GameSettings, dimension: int, known: int) -> None:
        inputs = dimension + dimension * (dimension + 1) // 2 + known
        self.sizes = (inputs, settings.width, settings.width, 1)
        schedule = optax.cosine_onecycle_schedule(settings.steps, settings.rate, pct_start=0.1)
        self.optimiser = optax.adamw(schedule, *BETAS, weight_decay=settings.decay)

    def start(self, key: Array) -> tuple[Layers, Any]:
        """Return a new network and the optimiser's state."""
        layers = _start(key, self.sizes)
        return layers, self.optimiser.init(layers)

    def learn(self, layers: Layers, state: Any, real: Any, moved: Any, counts: Array) -> Any:
        """Take one step on real and moved points, each (x, y)."""

        def loss(layers: Layers) -> Array:
            each = jax.nn.softplus(-_logit(layers, *real)) + jax.nn.softplus(_logit(layers, *moved))
            return (counts * each).sum() / (counts.sum() + TINY)

        updates, state = self.optimiser.update(jax.grad(loss)(layers), state, layers)
        return optax.apply_updates(layers, updates), state


def _shared(lane: Callable[..., Any], own: int) -> Any:
    """Compile a program for many lanes, one after the other on each core; its first ``own``
    arguments are the lanes', the others are shared."""

    def share(*arguments: Any) -> Any:
        return jax.lax.map(lambda mine: lane(*mine, *arguments[own:]), arguments[:own])

    each, every = PartitionSpec("n"), PartitionSpec()
    specs = (*[each] * own, *[every] * SHARED)
    return jax.jit(
        jax.shard_map(share, mesh=mesh(), in_specs=specs, out_specs=each, check_vma=False)
    )


@cache
def _game(settings: GameSettings, number: int) -> Any:
    """Compile the game for a number of generators: lanes of bootstrap samples side by side."""

    def lane(key_data: Array, *data: Any) -> tuple[Array, Array]:
        starts, first, bag, draws = jax.random.split(jax.random.wrap_key_data(key_data), 4)
        *known, fields = data
        sample = Sample.of(bag, *known)
        discriminator = _Discriminator(settings, sample.x.shape[1], sample.y.shape[1])
        layers, state = discriminator.start(starts)
        u = orthonormal(jax.random.normal(first, (number, len(fields))))
        schedule = optax.cosine_decay_schedule(settings.generator_rate, settings.steps)
        optimiser = optax.adam(schedule, *BETAS)

        def step(carry: Any, i: Array) -> tuple[Any, Array]:
            layers, state, u, state_u = carry
            real, which, w = sample.batch(jax.random.fold_in(draws, i), settings, number)

            def moved(u: Array) -> tuple[Array, Array]:
                chosen = jnp.einsum("nk,kde->nde", orthonormal(u), fields)
                return moved_by(chosen, sample.x[which], w), sample.y[which]

            fake = moved(u)
            shown, counts = sample.shown(fake[0], real)
            layers, state = discriminator.learn(layers, state, shown, fake, counts)

            def loss(u: Array) -> Array:
                each = counts * jax.nn.softplus(-_logit(layers, *moved(u)))
                return each.sum() / (counts.sum() + TINY)

            lost, slope = jax.value_and_grad(loss)(u)
            updates, state_u = optimiser.update(slope, state_u)
            u = orthonormal(jnp.asarray(optax.apply_updates(u, updates)))
            return (layers, state, u, state_u), lost

        carry = (layers, state, u, optimiser.init(u))
        (_, _, u, _), lost = jax.lax.scan(step, carry, jnp.arange(settings.steps))
        return u, lost[-settings.steps // 4 :].mean()

    return _shared(lane, 1)


@cache
def _trial(settings: GameSettings, number: int) -> Any:
    """Compile the judgement: a new discriminator for each lane's generators, asked about the points
    out of its bag."""

    def lane(key_data: Array, u: Array, *data: Any) -> tuple[Array, Array]:
        starts, bag, draws, last = jax.random.split(jax.random.wrap_key_data(key_data), 4)
        *known, fields = data
        sample = Sample.of(bag, *known)
        discriminator = _Discriminator(settings, sample.x.shape[1], sample.y.shape[1])
        chosen = jnp.einsum("nk,kde->nde", u, fields)

        def step(carry: Any, i: Array) -> tuple[Any, None]:
            real, which, w = sample.batch(jax.random.fold_in(draws, i), settings, number)
            fake = moved_by(chosen, sample.x[which], w), sample.y[which]
            shown, counts = sample.shown(fake[0], real)
            layers, state = carry
            return discriminator.learn(layers, state, shown, fake, counts), None

        (layers, _), _ = jax.lax.scan(step, discriminator.start(starts), jnp.arange(settings.steps))
        x, y, out = sample.x, sample.y, sample.out
        xs, ys, outs = (jnp.tile(a, (COPIES, *[1] * (a.ndim - 1))) for a in (x, y, out))
        fake = moved_by(chosen, xs, drawn(last, len(xs), number, settings.reach)), ys
        scores = _logit(layers, x, y), _logit(layers, *fake)
        if not y.shape[1]:
            return _advantage(*scores, out, outs), jnp.ones(())
        sparser = (out.sum() / sample.count) ** (-1 / x.shape[1])
        nearest, counts = jax.lax.map(
            lambda moved: matched(moved, x, out, sample.far * sparser),
            fake[0].reshape(COPIES, *x.shape),
        )
        nearest, counts = nearest.ravel(), counts.ravel() * outs
        shown = jnp.zeros(len(x)).at[nearest].add(counts)
        return _advantage(*scores, shown, counts), counts.sum() / outs.sum()

    return _shared(lane, 2)


def _advantage(real: Array, fake: Array, weight: Array, other: Array) -> Array:
    """Return 2 AUC - 1: how much oftener a datum is ranked above a moved point than below it."""
    order = jnp.argsort(jnp.concatenate([fake, real]))
    ours = jnp.concatenate([jnp.zeros_like(other), weight])[order]
    theirs = jnp.concatenate([other, jnp.zeros_like(weight)])[order]
    below = jnp.cumsum(theirs)
    return 2 * (ours @ below) / (ours.sum() * theirs.sum() + 1e-30) - 1


def _keys(seed: int, lanes: int) -> NDArray[Any]:
    return np.asarray(jax.random.key_data(jax.random.split(jax.random.key(seed), lanes)))


def _even(lanes: int) -> int:
    """Return as many lanes as the cores share evenly."""
    return -(-lanes // cores()) * cores()


def play(
    game_data: GameData, number: int, lanes: int, seed: int, settings: GameSettings
) -> tuple[Floats, Floats]:
    """Let so many generators be learned, on as many bootstrap samples as there are lanes.

    Returns
    -------
    coefficients : ndarray of shape (lanes, n, K), of the game_data's fields, orthonormal
    lost : ndarray of shape (lanes,), the generator's loss at the end: log 2 where it deceives
    """
    mesh()  # JAX would keep to a single device if anything else used it first
    keys = _keys(seed, _even(lanes))
    played = _game(settings, number)(keys, *shared_data(game_data))
    coefficients, lost = (np.asarray(one, dtype=np.float64)[:lanes] for one in played)
    return coefficients, lost


def discriminated(
    game_data: GameData, tried: Floats, seed: int, settings: GameSettings
) -> tuple[Floats, Floats]:
    """Measure how well new discriminators tell data from what generators make of it.

    Parameters
    ----------
    tried : array of shape (lanes, n, K), orthonormal coefficients of the game_data's fields

    Returns
    -------
    advantage : ndarray of shape (lanes,): 2 AUC - 1 on points that were not learned from, 0 if
        they are not discriminated apart at all
    stay : ndarray of shape (lanes,), share of the moved points that count
    """
    mesh()
    keys = _keys(seed, _even(len(tried)))
    filled = np.resize(tried, (len(keys), *tried.shape[1:])).astype(np.float32)
    found = _trial(settings, tried.shape[1])(keys, filled, *shared_data(game_data))
    advantage, stay = (np.asarray(one, dtype=np.float64)[: len(tried)] for one in found)
    return advantage, stay


GAME, TRIAL = GameSettings(), GameSettings(steps=600, decay=1.0)
"""A trial is short and its weights decay: discriminators that learn their sample by heart make the
advantage vary (by 0.035 instead of 0.011 between circles; that of squares is 0.14 with both)."""

LANES, KEPT = 8, 4
"""Bootstrap samples on which the game is played, and judged, with as many random generators; and
the games that count: those with the least loss. Others may have ended in a corner."""

MOST_POINTS = 2000
"""Points that are used, drawn at random where there are more: time grows with their number."""

MOST_DIMENSIONS = 4
"""Coordinates that this route takes: with more, a discriminator needs more points than people have
(development trials)."""

FLOOR = 0.02
"""An advantage that is never discriminated apart from none: new discriminators look closer than the
generator was trained to a fraction of a degree."""

LEAST_RANDOM = 2 * TOLERANCE
"""Advantage against random fields below which discriminators see too little to say anything."""

LEAST_STAY = 0.2
"""Share of the moved points that must have data near them, where values are compared."""

HELD_OUT = float(np.exp(-1))
"""Share of the points that a bootstrap sample leaves out."""

SIGMAS = 1.96


@dataclass(frozen=True)
class Outcome:
    """How well so many generators fool, and what random ones do.

    Attributes
    ----------
    coefficients : ndarray of shape (n, K), the span nearest to those of the kept games
    games : ndarray of shape (KEPT, n, K), what these ended with
    advantage, error : mean of the new discriminators' advantage, and its standard error
    random : median advantage over random generators
    stay : share of the moved points that could be compared
    """

    coefficients: Floats
    games: Floats
    advantage: float
    error: float
    random: float
    stay: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, from 0 on."""
        low, high = self.advantage - SIGMAS * self.error, self.advantage + SIGMAS * self.error
        return max(low, 0.0), max(high, 0.0)

    @property
    def deceives(self) -> bool:
        """Whether the advantage is small and not told from none, that of random fields is
        not, and there was enough to compare."""
        low, high = self.interval
        known = self.random >= LEAST_RANDOM and self.stay >= LEAST_STAY
        return known and high <= TOLERANCE and low <= FLOOR


@dataclass(frozen=True)
class Conclusion:
    """What the route found, with the verdict on it and why."""

    found: Candidates
    verdict: Verdict
    message: str


def by_adversary(data: Data, kind: str, seed: int) -> Conclusion:
    """Play the game for more and more generators until they no longer fool.

    Raises
    ------
    UsageError
        For more than MOST_DIMENSIONS coordinates.
    """
    size = data.points.shape[1]
    if size > MOST_DIMENSIONS:
        raise UsageError(
            f"found {size} coordinates, expected at most {MOST_DIMENSIONS} for route adversarial: "
            "take the route gradient or pairs"
        )
    chosen = np.random.default_rng(seed).permutation(len(data.points))[:MOST_POINTS]
    game_data = GameData.of(data.points[chosen], _target_columns(data)[chosen], kind)
    cloud = data.target is Target.NONE
    most = size * (size - 1) // 2 if cloud else size * (size + 1) // 2
    outcomes: list[Outcome] = []
    for number in range(1, min(most, len(game_data.fields)) + 1):
        outcomes.append(_outcome(game_data, number, seed))
        if not outcomes[-1].deceives:
            break
    return _judged(game_data, outcomes, cloud)


def _target_columns(data: Data) -> Floats:
    """Return what a discriminator sees beside points: nothing, normalised values, indicators."""
    if data.target is Target.NONE:
        return np.zeros((len(data.points), 0))
    if data.target is Target.LABELS:
        marks = np.eye(int(data.values.max()) + 1)[data.values]
        return (marks - marks.mean(axis=0)) / marks.std(axis=0)
    from symscope.lie.gradients import normalised

    return normalised(data.values)


def _outcome(game_data: GameData, number: int, seed: int) -> Outcome:
    """Play for so many generators, and have what came of it judged beside random ones."""
    played, lost = play(game_data, number, LANES, seed, GAME)
    games = played[np.argsort(lost)[:KEPT]]
    span = _mean_span(games)
    random = np.random.default_rng([seed, number]).standard_normal(played.shape)
    drawn = np.linalg.qr(random.transpose(0, 2, 1))[0].transpose(0, 2, 1)
    tried = np.concatenate([np.repeat(span[None], LANES, axis=0), drawn])
    advantage, stay = discriminated(game_data, tried, seed + 1, TRIAL)
    ours = advantage[:LANES]
    # Delete-d jackknife (Shao and Wu 1989): each estimate is from the points left out.
    error = np.sqrt(HELD_OUT / (1 - HELD_OUT)) * ours.std()
    return Outcome(
        span,
        games,
        float(ours.mean()),
        float(error),
        float(np.median(advantage[LANES:])),
        float(stay[:LANES].mean()),
    )


def _mean_span(coefficients: Floats) -> Floats:
    """Return the n-dimensional span (n, K) that is nearest to those of all lanes (R, n, K)."""
    summed = np.einsum("rnk,rnl->kl", coefficients, coefficients)
    return np.linalg.eigh(summed)[1][:, ::-1][:, : coefficients.shape[1]].T


def _judged(game_data: GameData, outcomes: list[Outcome], cloud: bool) -> Conclusion:
    number = len(outcomes) - (not outcomes[-1].deceives)
    taken = outcomes[max(number, 1) - 1]

    def fields(coefficients: Floats) -> Floats:
        return game_data.frame.outward(np.einsum("nk,kde->nde", coefficients, game_data.fields))

    spans = [fields(taken.coefficients), *map(fields, taken.games)]
    last = outcomes[-1]
    found = Candidates(
        fields=spans[0][:number],
        ignored=0,
        defects=np.array([max(o.advantage, 0.0) for o in outcomes[:number]]),
        intervals=np.array([o.interval for o in outcomes[:number]]).reshape(number, 2),
        spectrum=np.array([max(o.advantage, 0.0) for o in outcomes]),
        approximate=0,
        next_interval=(np.nan, np.nan) if last.deceives else last.interval,
        noise=taken.error,
        null=taken.random,
        angle_deg=span_angle(spans[0], spans[1:]),
    )
    return Conclusion(found, *_verdict(found, taken, cloud))


def _verdict(found: Candidates, outcome: Outcome, cloud: bool) -> tuple[Verdict, str]:
    low, high = outcome.interval
    said = f"{outcome.advantage:.2f} [{low:.2f}, {high:.2f}]"
    against = f"that of random fields {outcome.random:.2f}"
    if outcome.stay < LEAST_STAY:
        return Verdict.UNDECIDED, (
            f"only {outcome.stay:.0%} of the moved points come near others, expected "
            f"{LEAST_STAY:.0%}: give points that fill a region, or take another route"
        )
    if outcome.random < LEAST_RANDOM:
        return Verdict.UNDECIDED, (
            f"discriminators do not tell data from data moved by random fields either (advantage "
            f"{outcome.random:.2f}): the target does not depend on the points, or they are too few"
        )
    if not found.dimension:
        what = "the values" if not cloud else "where the points are"
        if low > TOLERANCE:
            return Verdict.NONE, (
                f"no field of the class leaves {what} unchanged: discriminators tell data from "
                f"moved data with an advantage of {said} at least, {against}"
            )
        return Verdict.UNDECIDED, (
            f"discriminators tell data from moved data with an advantage of {said}, neither zero "
            f"nor clearly above {TOLERANCE}: give more points"
        )
    if found.angle_deg > LARGEST_ANGLE:
        return Verdict.NOT_IDENTIFIABLE, (
            f"the games on resampled points end with fields that differ by "
            f"{found.angle_deg:.0f}°: cover more, give more points, or take a smaller class"
        )
    count = found.dimension
    return Verdict.SYMMETRIC, (
        f"{count} generator{'s' if count > 1 else ''}: new discriminators tell data from moved "
        f"data with an advantage of {said}, {against}"
    )


def known_by_neighbours(data: Data) -> KnownFunction:
    """Know data at other places by what is known at the nearest point."""
    if data.target is Target.NONE:
        return KnownFunction.cloud(data.points)
    tree, seen = KDTree(data.points), _target_columns(data)
    return KnownFunction.near(data.points, lambda x: seen[tree.query(x)[1]])
