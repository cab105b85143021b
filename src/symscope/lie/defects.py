"""Affine vector fields that a function does not change along, by their defect.

A function f is unchanged by the flow of ξ(x) = A x + b exactly if its Jacobian J sends ξ to zero
everywhere (LieGG, arXiv:2210.04345, section 4). For rows J(x) of any kind (a function's derivative,
a network's, the normals of an orbit) the *defect*

    ρ(ξ)² = Σ |J ξ|² / Σ |J|² |ξ|²

lies in [0, 1], has no unit, and is 0 for a symmetry; 1/√D is what an unrelated field has. Both sums
are quadratic forms on a class of fields, so that those of stationary defect solve a generalised
eigenproblem.

Networks, or halves of the neighbours, err independently: products of different ones tell the defect
without their noise, and their disagreement tells the noise. A field is a symmetry if its defect is
small *and* not told apart from that noise; a defect that is small but well above it is a symmetry
that is only approximate, like so(5) ⊕ so(5) in the O(5) regression of LieGG (defect 0.03).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, subspace_angles

from symscope.errors import UsageError, among

Floats = NDArray[np.float64]

CLASSES = ("affine", "linear", "isometry")
"""Which fields are searched: A and b free; b = 0; A antisymmetric."""

GROUPS = 16
"""Blocks of points that are resampled as wholes for the intervals."""

RIDGE = 1e-13
"""Of the lengths' trace: keeps the eigenproblem solvable where fields vanish on all points."""


def basis(kind: str, dimension: int) -> Floats:
    """Return a basis of a class, shape (K, D, D + 1): the matrices (A | b).

    >>> [len(basis(kind, 3)) for kind in CLASSES]
    [12, 9, 6]
    """
    if kind not in CLASSES:
        raise UsageError(f"found class {kind!r} of generators: expected {among(kind, CLASSES)}")
    units = np.eye(dimension * (dimension + 1)).reshape(-1, dimension, dimension + 1)
    if kind == "affine":
        return units
    if kind == "linear":
        return units[~units[:, :, -1].any(axis=1)]
    square = units.reshape(dimension, dimension + 1, dimension, dimension + 1)
    turns = [(square[i, j] - square[j, i]) / np.sqrt(2) for i in range(dimension) for j in range(i)]
    return np.array([*turns, *square[np.arange(dimension), -1]])


@dataclass(frozen=True)
class Sums:
    """What the eigenproblem needs of N witnesses (networks, or halves of the neighbours).

    Attributes
    ----------
    change : ndarray of shape (G, N, N, K, K)
        Σ (J_n v_i)·(J_m v_j) over the points of each of G groups
    length : ndarray of shape (G, K, K)
        Σ |J|² v_i·v_j, with J the mean of the witnesses
    weights : ndarray of shape (N,)
        How often each witness counts: once, but in a resample
    """

    change: Floats
    length: Floats
    weights: Floats

    @classmethod
    def of(cls, rows: NDArray[np.floating], points: Floats, fields: Floats) -> "Sums":
        """Sum up rows (N, P, M, D) at points (P, D) for the fields (K, D, D + 1)."""
        witnesses, count = rows.shape[:2]
        # Every witness counts alike, whatever its scale.
        scale = np.sqrt((rows.astype(np.float64) ** 2).sum(axis=(2, 3)).mean(axis=1))
        scaled = rows / (scale[:, None, None, None] + 1e-300)
        ones = np.c_[points, np.ones(count)]
        flat = fields.reshape(len(fields), -1)
        change, length = [], []
        for group in np.array_split(np.arange(count), min(GROUPS, count)):
            # Rows times (x, 1) are what a matrix (A | b) is contracted with.
            outer = np.einsum("npmd,pe->npmde", scaled[:, group], ones[group])
            along = outer.reshape(witnesses, -1, flat.shape[1]) @ flat.T
            joined = along.transpose(1, 0, 2).reshape(along.shape[1], -1)
            shape = (witnesses, len(fields), witnesses, len(fields))
            change.append((joined.T @ joined).reshape(shape).transpose(0, 2, 1, 3))
            size = (scaled[:, group].mean(axis=0) ** 2).sum(axis=(1, 2))
            moments = np.einsum("p,pi,pj->ij", size, ones[group], ones[group])
            length.append((fields @ moments).reshape(len(fields), -1) @ flat.T)
        return cls(np.array(change), np.array(length), np.ones(witnesses))

    @property
    def witnesses(self) -> int:
        """The number N."""
        return self.change.shape[1]

    def drawn(self, seed: int) -> "Sums":
        """Draw groups of points, and witnesses if there are several, with replacement."""
        random = np.random.default_rng(seed)
        groups, count = self.change.shape[:2]
        some = np.bincount(random.integers(0, groups, groups), minlength=groups)
        who = np.bincount(random.integers(0, count, count), minlength=count)
        if count > 1 and np.count_nonzero(who) == 1:
            who = np.ones(count)  # one witness alone has no noise to be told from
        # One group holds the sum of all that were drawn.
        change = np.einsum("g,gnmkl->nmkl", some, self.change)
        length = np.einsum("g,gkl->kl", some, self.length)
        return Sums(change[None], length[None], who.astype(np.float64))

    def solve(self) -> tuple[Floats, Floats]:
        """Return the defects (K,), ascending, and their fields (K, K), as columns."""
        share = self.weights / self.weights.sum()
        change = np.einsum("n,m,gnmkl->kl", share, share, self.change, optimize=True)
        length = self.length.sum(axis=0)
        ridge = RIDGE * np.trace(length) * np.eye(len(length))
        values, vectors = eigh(change, length + ridge)
        return np.sqrt(np.clip(values, 0, None)), vectors

    def quotients(self, vectors: Floats) -> tuple[Floats, Floats, Floats]:
        """Return ρ of the mean, ρ² without the noise, and the noise, for columns (K, n).

        The second is the mean of products of *different* witnesses, whose errors do not go
        together: it may be negative. The third is the ρ that one witness's error alone makes.
        With one witness there is no noise to know of: it is 0.
        """
        each = np.einsum("ki,nmkl,li->nmi", vectors, self.change.sum(0), vectors, optimize=True)
        length = np.einsum("ki,kl,li->i", vectors, self.length.sum(0), vectors) + 1e-300
        pairs = np.outer(self.weights, self.weights)
        whole = np.einsum("nm,nmi->i", pairs, each) / pairs.sum() / length
        if self.witnesses == 1:
            return np.sqrt(np.clip(whole, 0, None)), whole, np.zeros_like(whole)
        own = np.einsum("n,nni->i", self.weights, each) / self.weights.sum() / length
        different = pairs - np.diag(np.diag(pairs))
        crossed = np.einsum("nm,nmi->i", different, each) / different.sum() / length
        noise = np.sqrt(np.clip(own - crossed, 0, None))
        return np.sqrt(np.clip(whole, 0, None)), crossed, noise


TOLERANCE = 0.1
"""Largest defect of a symmetry of data. Potentials without symmetry have 0.15 to 0.5 in development
trials (two and three dimensions), those with one 0.001 to 0.06."""

EXACT = 1e-5
"""Largest defect of a symmetry of an exact function: derivatives are good to 1e-8 or better."""

ABOVE_NOISE = 2.5
"""A defect of more than this many times the noise of one witness is told apart from it. In
development trials symmetries have 0 to 2 times, the approximate ones of the O(5) regression 3.3."""

ABOVE_NOISE_OF_HALVES = 1.5
"""The same for the halves of neighbours, which share nothing, as networks do that learn the same
noisy values. In development trials circles and spheres have 0.5 at most, noisy helices 1.1, nearly
elliptic curves 2.4."""

FLOOR = 0.003
"""A defect of data that is never told apart: witnesses share what the data lack."""

TOO_NOISY = 0.25
"""Noise of one witness, as a defect, above which nothing is said of a field. Networks that have
learned noise have 0.3 to 0.9."""

RIVAL = 3.0
"""A shift counts only if no field of the class has a defect so many times smaller, by intervals."""

RESIDUAL = 0.01
"""Largest defect of fields on the quadrics that are fitted in their place."""

DRAWS = 40
"""Resamples for the intervals."""

MANY_FIELDS = 60
"""From here on the eigenproblem is solved for a fifth of the resamples only: each costs more."""

LEVEL = (2.5, 97.5)
"""Percentiles of the resamples: a 95 % interval."""


@dataclass(frozen=True)
class Frame:
    """Coordinates z = (x - middle) / spread in which a search is run, so that no unit counts."""

    middle: Floats
    spread: Floats

    @classmethod
    def of(cls, points: Floats, kind: str) -> "Frame":
        """Choose them for points (P, D) and a class of fields, which they must not leave."""
        middle = points.mean(axis=0) if kind != "linear" else np.zeros(points.shape[1])
        spread = np.sqrt(((points - middle) ** 2).mean(axis=0)) + 1e-300
        if kind == "isometry":
            spread = np.full_like(spread, np.sqrt((spread**2).mean()))
        return cls(middle, spread)

    def inward(self, points: Floats) -> Floats:
        """Take points into the frame."""
        return (points - self.middle) / self.spread

    def back(self, points: Floats) -> Floats:
        """Take points out of the frame."""
        return points * self.spread + self.middle

    def inward_fields(self, fields: Floats) -> Floats:
        """Take fields (n, D, D + 1) into the frame."""
        shift = (fields[:, :, -1] + fields[:, :, :-1] @ self.middle) / self.spread
        linear = fields[:, :, :-1] * self.spread / self.spread[:, None]
        return np.concatenate([linear, shift[:, :, None]], axis=2)

    def outward(self, fields: Floats) -> Floats:
        """Take fields (n, D, D + 1) out of the frame: dx/dt = s (A (x - c)/s + b)."""
        linear = self.spread[:, None] * fields[:, :, :-1] / self.spread
        shift = self.spread * fields[:, :, -1] - linear @ self.middle
        return np.concatenate([linear, shift[:, :, None]], axis=2)


@dataclass(frozen=True)
class Candidates:
    """The symmetries of one set of rows.

    Attributes
    ----------
    fields : ndarray of shape (n, D, D + 1), the fields (A | b) that are symmetries; first those
        that shift along directions on which nothing depends
    ignored : number of those directions
    defects : ndarray of shape (n,), without the witnesses' noise
    intervals : ndarray of shape (n, 2), of 95 %
    spectrum : ndarray of shape (S,), defects of all stationary fields beyond the ignored directions
    approximate : how many further fields have a defect below TOLERANCE that is told apart from 0
    next_interval : interval of the least defect that is no symmetry, NaN if there is none
    noise : of one witness, for the field of least defect
    null : least defect when the rows are permuted among the points
    angle_deg : principal angle between the span of the fields' linear parts A (of their shifts, if
        there are no others) and that of resamples, its 95th percentile; NaN without symmetry
    """

    fields: Floats
    ignored: int
    defects: Floats
    intervals: Floats
    spectrum: Floats
    approximate: int
    next_interval: tuple[float, float]
    noise: float
    null: float
    angle_deg: float

    @property
    def dimension(self) -> int:
        """The number of independent symmetries."""
        return len(self.fields)


def search(
    rows: Floats, points: Floats, kind: str, seed: int, *, exact: bool = False, halves: bool = False
) -> Candidates:
    """Search a class for the fields that rows (N, P, M, D) at points (P, D) send to zero.

    ``exact`` rows are those of a formula; ``halves`` those of two halves of the neighbours.
    """
    limits = (EXACT, 0.0, EXACT) if exact else (TOLERANCE, ABOVE_NOISE, FLOOR)
    if halves:
        limits = (TOLERANCE, ABOVE_NOISE_OF_HALVES, FLOOR)
    frame = Frame.of(points, kind)
    inside, scaled = frame.inward(points), rows * frame.spread
    dimension = points.shape[1]
    along = _solved(scaled, inside, _shifts(np.eye(dimension)), limits, seed, dimension - 1)
    if along.number and not exact:
        along = _rivalled(along, _solved(scaled, inside, basis(kind, dimension), limits, seed, 1))
    ignored, kept = along.vectors[:, : along.number], along.vectors[:, along.number :]
    # The shifts' metric makes their directions orthonormal only up to a factor.
    ignored = np.linalg.qr(ignored)[0]
    kept = np.linalg.svd(np.eye(dimension) - ignored @ ignored.T)[0][:, : kept.shape[1]]
    lesser = kept.shape[1]
    fields = basis(kind, lesser)
    reduced, at = scaled @ kept, inside @ kept
    rest = _solved(reduced, at, fields, limits, seed, len(fields))

    def lifted(vectors: Floats) -> Floats:
        """Return the fields of columns (K, n) in all dimensions, out of the frame."""
        found = np.einsum("kn,kde->nde", vectors, fields)
        linear, shift = kept @ found[:, :, :-1] @ kept.T, found[:, :, -1] @ kept.T
        return frame.outward(np.concatenate([linear, shift[:, :, None]], axis=2))

    found = lifted(rest.vectors[:, : rest.number])
    shifted = frame.outward(_shifts(ignored))
    if rest.number:
        angle = span_angle(found, [lifted(other) for other in rest.resampled])
    else:
        others = [frame.outward(_shifts(other)) for other in along.resampled]
        angle = span_angle(shifted, others)
    mixed = np.random.default_rng(seed).permutation(len(points))
    null = Sums.of(reduced[:, mixed], at, fields).solve()[0].min()
    number = rest.number
    return Candidates(
        fields=np.concatenate([shifted, found]),
        ignored=along.number,
        defects=np.r_[along.defects[: along.number], rest.defects[:number]],
        intervals=np.concatenate([along.intervals[: along.number], rest.intervals[:number]]),
        spectrum=rest.defects,
        approximate=rest.approximate,
        next_interval=tuple(rest.intervals[number]) if number < len(fields) else (np.nan, np.nan),
        noise=float(rest.noise[0]),
        null=float(null),
        angle_deg=angle,
    )


def _rivalled(shifts: "_Solved", whole: "_Solved") -> "_Solved":
    """Give up shifts along which little changes where another field changes much less.

    On a short arc a shift along it is nearly as good as the rotation: the points bend away by the
    arc's half angle at most.
    """
    surely = float(shifts.intervals[: shifts.number, 0].max())
    other = float(whole.intervals[0, 1])
    return replace(shifts, number=0) if surely > max(FLOOR, RIVAL * other) else shifts


def _shifts(directions: Floats) -> Floats:
    """Return the fields (k, D, D + 1) that shift along the columns of directions (D, k)."""
    dimension, number = directions.shape
    fields = np.zeros((number, dimension, dimension + 1))
    fields[:, :, -1] = directions.T
    return fields


def span_angle(fields: Floats, others: list[Floats]) -> float:
    """Return the 95th percentile of the angle between fields (n, D, D + 1) and resampled ones."""
    if not len(fields):
        return float("nan")
    part = slice(None, -1) if np.abs(fields[:, :, :-1]).max() > 0 else slice(-1, None)
    flat = [one[:, :, part].reshape(len(one), -1).T for one in (fields, *others)]
    angles = [subspace_angles(flat[0], other).max() for other in flat[1:]]
    return float(np.rad2deg(np.percentile(angles, LEVEL[1])))


@dataclass(frozen=True)
class _Solved:
    """The stationary fields of one eigenproblem, ascending, and how many are symmetries.

    ``resampled`` are the columns of as many stationary fields, from resamples.
    """

    vectors: Floats
    number: int
    approximate: int
    defects: Floats
    noise: Floats
    intervals: Floats
    resampled: list[Floats]


def _solved(
    rows: Floats,
    points: Floats,
    fields: Floats,
    limits: tuple[float, float, float],
    seed: int,
    most: int,
) -> _Solved:
    sums = Sums.of(rows, points, fields)
    _, vectors = sums.solve()
    _, crossed, noise = sums.quotients(vectors)
    defects = np.sqrt(np.clip(crossed, 0, None))
    tolerance, above_noise, floor = limits
    told_apart = defects > np.maximum(floor, above_noise * noise)
    number = _leading((defects <= tolerance) & ~told_apart & (noise <= TOO_NOISY))
    number = min(number, most)
    approximate = _leading((defects <= TOLERANCE)[number:])
    drawn = [sums.drawn(seed + i) for i in range(DRAWS)]
    # Only the symmetries and the next few are ever shown with an interval.
    few = vectors[:, : number + 1]
    samples = np.sqrt(np.clip([d.quotients(few)[1] for d in drawn], 0, None))
    intervals = np.percentile(samples, LEVEL, axis=0).T
    again = drawn[: DRAWS if len(fields) < MANY_FIELDS else DRAWS // 5] if number else []
    resampled = [one.solve()[1][:, :number] for one in again]
    return _Solved(vectors, number, approximate, defects, noise, intervals, resampled)


def _leading(true: NDArray[np.bool_]) -> int:
    """Count the entries before the first that is false."""
    return int(np.argmin(np.r_[true, False]))


def sharpened(
    found: Candidates, rows: Floats, points: Floats, kind: str
) -> tuple[Candidates, float] | None:
    """Take the same number of fields from better rows, (1 + R, P, 1, D), of fits and R refits.

    Returns
    -------
    found : Candidates, with the better fields
    moved : angle between them and those of before, in degrees
        None in place of both where those rows have no such symmetries.
    """
    frame = Frame.of(points, kind)
    inside, fields = frame.inward(points), basis(kind, points.shape[1])
    spans = []
    for one in rows * frame.spread:
        defects, vectors = Sums.of(one[None], inside, fields).solve()
        if not spans and defects[found.dimension - 1] > RESIDUAL:
            return None
        span = np.einsum("kn,kde->nde", vectors[:, : found.dimension], fields)
        spans.append(frame.outward(span))
    better = replace(found, fields=spans[0], angle_deg=span_angle(spans[0], spans[1:]))
    return better, span_angle(spans[0], [found.fields])
