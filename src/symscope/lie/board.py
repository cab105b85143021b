"""What the adversarial game is played on: data, fields of one length, moves, bootstrap samples.

Fields are orthonormal by their length on the data, so that no generator wins by standing still;
where there are values or labels, a moved point is compared with the datum nearest to it.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray
from scipy.spatial import KDTree

from symscope.lie.fields import basis
from symscope.lie.search import Frame

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
class Rules:
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
class Table:
    """The data of one lane, with its bootstrap sample, and the batches that are drawn from it."""

    x: Array
    y: Array
    count: Array
    far: Array
    bag: Array
    used: Array
    out: Array

    @classmethod
    def of(cls, key: Array, x: Array, y: Array, count: Array, far: Array) -> "Table":
        bag = jax.random.randint(key, (len(x),), 0, count)
        return cls(x, y, count, far, bag, *_in_bag(bag, count))

    def batch(self, key: Array, rules: Rules, number: int) -> tuple[Array, Array, Array]:
        """Draw which are data, which are moved, and by how much (w)."""
        one, other, last = jax.random.split(key, 3)
        real, which = (_drawn_points(k, self.bag, self.count, rules.batch) for k in (one, other))
        return real, which, drawn(last, rules.batch, number, rules.reach)

    def shown(self, moved: Array, real: Array) -> tuple[tuple[Array, Array], Array]:
        """Return data (x, y) to compare moved points with, and what each pair counts."""
        if not self.y.shape[1]:
            return (self.x[real], self.y[real]), jnp.ones(len(real))
        nearest, counts = matched(moved, self.x, self.used, self.far)
        return (self.x[nearest], self.y[nearest]), counts


def shared_data(board: Board) -> tuple[Any, ...]:
    """Return what all lanes share: points, values, their count, how far is far, the fields."""
    return (
        _filled(board.points),
        _filled(board.seen),
        np.int32(len(board.points)),
        np.float32(FAR * board.usual),
        board.fields.astype(np.float32),
    )
