"""The adversarial game: a generator of transformations against a discriminator.

LieGAN (Yang, Walters, Dehmamy and Yu, arXiv:2302.00236) plays it so: the generator moves data by
exp(Σ w_i A_i), with matrices A_i that it learns and coefficients w that are drawn; the
discriminator learns to tell moved data from data. If it cannot, the A_i generate symmetries of the
data's distribution. Here

- the fields are orthonormal by their length on the data and w has a fixed spread, so that the
  generator cannot win by standing still;
- where there are values or labels y, only p(y | x) is asked to be unchanged: moved points are
  compared with the data nearest to them, and what is moved to where there are none does not count;
- the game is played on several bootstrap samples at once, and what came of it is judged by
  discriminators that start anew and are asked about points that were in none of it.
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

from symscope.engine import cores, mesh
from symscope.lie.fields import basis
from symscope.lie.search import Frame

Floats = NDArray[np.float64]

SERIES = 5
PARTS = 4
"""exp(F) is a Taylor series of SERIES terms, PARTS times in a row: good to 1e-4 for ‖F‖ = 4."""

SHARED = 5
"""Arguments of a program that all lanes share: ``_data``."""

COPIES = 8
"""Moved copies of each point that a new discriminator is asked about: only the points' own number
is then left as noise."""

FAR = 1.5
"""Where values are known, a moved point counts if a datum is nearer than this many times their
usual distance to the next."""

TINY = 1e-9

LEAST_LENGTH = 1e-4
"""Of a field on the data, against the longest of the class, below which it counts as none."""


@dataclass(frozen=True)
class Rules:
    """How the game is played. Chosen in development trials on circles, spheres and squares.

    Attributes
    ----------
    reach : how far a point is moved at most, in units of the points' spread
    """

    steps: int = 1200
    batch: int = 256
    width: int = 32
    reach: float = 2.0
    rate: float = 3e-3
    generator_rate: float = 5e-3
    decay: float = 1e-3


Layers = list[tuple[Array, Array]]


@dataclass(frozen=True)
class Board:
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
    def of(cls, points: Floats, seen: Floats, kind: str) -> "Board":
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


def _start(key: Array, sizes: tuple[int, ...]) -> Layers:
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        (jax.random.normal(k, (m, n)) * np.sqrt(1.5 / m), jnp.zeros(n))
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


def _moved(
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


def _drawn(key: Array, count: int, number: int, reach: float) -> Float[Array, "B n"]:
    """Draw w: of a uniform direction, and a length uniform up to the reach."""
    direction, length = jax.random.split(key)
    w = jax.random.normal(direction, (count, number))
    w = w / jnp.linalg.norm(w, axis=1, keepdims=True)
    return reach * w * jax.random.uniform(length, (count, 1))


def _orthonormal(u: Float[Array, "n K"]) -> Float[Array, "n K"]:
    """Return orthonormal rows of the same span: the generator cannot shrink to the identity."""
    return jnp.linalg.qr(u.T)[0].T


class _Referee:
    """The discriminator of one lane: how it learns, and what it is shown."""

    def __init__(self, rules: Rules, dimension: int, known: int) -> None:
        inputs = dimension + dimension * (dimension + 1) // 2 + known
        self.sizes, self.known = (inputs, rules.width, rules.width, 1), known
        schedule = optax.cosine_onecycle_schedule(rules.steps, rules.rate, pct_start=0.1)
        self.optimiser = optax.adamw(schedule, b1=0.5, b2=0.95, weight_decay=rules.decay)

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


def _matched(
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
class _Table:
    """The data of one lane, with its bootstrap sample, and the batches that are drawn from it."""

    x: Array
    y: Array
    count: Array
    far: Array
    bag: Array
    used: Array
    out: Array

    @classmethod
    def of(cls, key: Array, x: Array, y: Array, count: Array, far: Array) -> "_Table":
        bag = jax.random.randint(key, (len(x),), 0, count)
        return cls(x, y, count, far, bag, *_in_bag(bag, count))

    def batch(self, key: Array, rules: Rules, number: int) -> tuple[Array, Array, Array]:
        """Draw which are data, which are moved, and by how much (w)."""
        one, other, last = jax.random.split(key, 3)
        real, which = (_drawn_points(k, self.bag, self.count, rules.batch) for k in (one, other))
        return real, which, _drawn(last, rules.batch, number, rules.reach)

    def shown(self, moved: Array, real: Array) -> tuple[tuple[Array, Array], Array]:
        """Return data (x, y) to compare moved points with, and what each pair counts."""
        if not self.y.shape[1]:
            return (self.x[real], self.y[real]), jnp.ones(len(real))
        nearest, counts = _matched(moved, self.x, self.used, self.far)
        return (self.x[nearest], self.y[nearest]), counts


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
def _game(rules: Rules, number: int) -> Any:
    """Compile the game for a number of generators: lanes of bootstrap samples side by side."""

    def lane(key_data: Array, *data: Any) -> tuple[Array, Array]:
        starts, first, bag, draws = jax.random.split(jax.random.wrap_key_data(key_data), 4)
        *known, fields = data
        table = _Table.of(bag, *known)
        referee = _Referee(rules, table.x.shape[1], table.y.shape[1])
        layers, state = referee.start(starts)
        u = _orthonormal(jax.random.normal(first, (number, len(fields))))
        schedule = optax.cosine_decay_schedule(rules.generator_rate, rules.steps)
        optimiser = optax.adam(schedule, b1=0.5, b2=0.95)

        def step(carry: Any, i: Array) -> tuple[Any, Array]:
            layers, state, u, state_u = carry
            real, which, w = table.batch(jax.random.fold_in(draws, i), rules, number)

            def moved(u: Array) -> tuple[Array, Array]:
                chosen = jnp.einsum("nk,kde->nde", _orthonormal(u), fields)
                return _moved(chosen, table.x[which], w), table.y[which]

            fake = moved(u)
            shown, counts = table.shown(fake[0], real)
            layers, state = referee.learn(layers, state, shown, fake, counts)

            def loss(u: Array) -> Array:
                each = counts * jax.nn.softplus(-_logit(layers, *moved(u)))
                return each.sum() / (counts.sum() + TINY)

            lost, slope = jax.value_and_grad(loss)(u)
            updates, state_u = optimiser.update(slope, state_u)
            u = _orthonormal(jnp.asarray(optax.apply_updates(u, updates)))
            return (layers, state, u, state_u), lost

        carry = (layers, state, u, optimiser.init(u))
        (_, _, u, _), lost = jax.lax.scan(step, carry, jnp.arange(rules.steps))
        return u, lost[-rules.steps // 4 :].mean()

    return _shared(lane, 1)


@cache
def _trial(rules: Rules, number: int) -> Any:
    """Compile the judgement: a new discriminator for each lane's generators, asked about the points
    out of its bag."""

    def lane(key_data: Array, u: Array, *data: Any) -> tuple[Array, Array]:
        starts, bag, draws, last = jax.random.split(jax.random.wrap_key_data(key_data), 4)
        *known, fields = data
        table = _Table.of(bag, *known)
        referee = _Referee(rules, table.x.shape[1], table.y.shape[1])
        chosen = jnp.einsum("nk,kde->nde", u, fields)

        def step(carry: Any, i: Array) -> tuple[Any, None]:
            real, which, w = table.batch(jax.random.fold_in(draws, i), rules, number)
            fake = _moved(chosen, table.x[which], w), table.y[which]
            shown, counts = table.shown(fake[0], real)
            layers, state = carry
            return referee.learn(layers, state, shown, fake, counts), None

        (layers, _), _ = jax.lax.scan(step, referee.start(starts), jnp.arange(rules.steps))
        x, y, out = table.x, table.y, table.out
        xs, ys, outs = (jnp.tile(a, (COPIES, *[1] * (a.ndim - 1))) for a in (x, y, out))
        fake = _moved(chosen, xs, _drawn(last, len(xs), number, rules.reach)), ys
        scores = _logit(layers, x, y), _logit(layers, *fake)
        if not y.shape[1]:
            return _advantage(*scores, out, outs), jnp.ones(())
        sparser = (out.sum() / table.count) ** (-1 / x.shape[1])
        nearest, counts = jax.lax.map(
            lambda moved: _matched(moved, x, out, table.far * sparser),
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


def _data(board: Board) -> tuple[Any, ...]:
    return (
        _filled(board.points),
        _filled(board.seen),
        np.int32(len(board.points)),
        np.float32(FAR * board.usual),
        board.fields.astype(np.float32),
    )


def play(board: Board, number: int, lanes: int, seed: int, rules: Rules) -> tuple[Floats, Floats]:
    """Let so many generators be learned, on as many bootstrap samples as there are lanes.

    Returns
    -------
    coefficients : ndarray of shape (lanes, n, K), of the board's fields, orthonormal
    lost : ndarray of shape (lanes,), the generator's loss at the end: log 2 where it fools
    """
    mesh()  # JAX would keep to a single device if anything else used it first
    keys = _keys(seed, _even(lanes))
    played = _game(rules, number)(keys, *_data(board))
    coefficients, lost = (np.asarray(one, dtype=np.float64)[:lanes] for one in played)
    return coefficients, lost


def told(board: Board, tried: Floats, seed: int, rules: Rules) -> tuple[Floats, Floats]:
    """Measure how well new discriminators tell data from what generators make of it.

    Parameters
    ----------
    tried : array of shape (lanes, n, K), orthonormal coefficients of the board's fields

    Returns
    -------
    advantage : ndarray of shape (lanes,): 2 AUC - 1 on points that were not learned from, 0 if
        they are not told apart at all
    stay : ndarray of shape (lanes,), share of the moved points that count
    """
    mesh()
    keys = _keys(seed, _even(len(tried)))
    filled = np.resize(tried, (len(keys), *tried.shape[1:])).astype(np.float32)
    found = _trial(rules, tried.shape[1])(keys, filled, *_data(board))
    advantage, stay = (np.asarray(one, dtype=np.float64)[: len(tried)] for one in found)
    return advantage, stay
