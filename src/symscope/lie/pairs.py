"""The pair route: from points that lie near orbits to the fields that move along them.

Krippendorf and Syvaeri (arXiv:2003.13679, section 4) regress near pairs x' ≈ x + θ A x of one
orbit. Which of the two comes first, and how far apart they are, is not known: here only the *line*
of x' - x counts, and for orbits of any dimension the plane of many such lines, as
LiePCA has it (Cahill, Mixon and Parshall, arXiv:2008.04278): a principal component analysis of a
point's neighbours tells the directions normal to its orbit, and a generator has no part along
them. The neighbours are halved at random: what one half says of the normals and the other does not
is noise, and the defect is estimated without it (``Sums.quotients``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from sklearn.cluster import DBSCAN

from symscope.errors import TooSmall

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

LEAST_POINTS = 24
"""Points of an orbit below which its normals say nothing."""

MOST_ASKED = 2000
"""Points at which the normals are asked for, drawn at random; all points are neighbours."""

MOST_NEIGHBOURS = 240
GROWTH = 1.5
"""Neighbourhoods grow by this factor until they are flat enough, or at most this large."""

FLAT = 0.03
"""Variance across an orbit against that along it, at which a neighbourhood is wide enough."""

THICK = 0.12
"""The same ratio above which no orbit can be told from a cloud. In development trials clouds
without any orbit have 0.19 or more, circles and spheres with 5 % of noise 0.02 to 0.06."""

SLOPE_NEIGHBOURS = 2
"""Neighbours of each half for every unknown of a slope."""

LINKED = 3.0
"""Two clusters are apart if no points come nearer than this many times the distance to the fifth
neighbour that 95 % of the points have."""

NEAREST = 5


@dataclass(frozen=True)
class Orbits:
    """What the neighbours say of the orbits through Q of the points.

    Attributes
    ----------
    points : ndarray of shape (Q, D)
    rows : ndarray of shape (2, Q, D, D)
        Projectors on the normals, as each half of the neighbours has them.
    dimension : most frequent dimension of the orbits, weighted by their points
    ratio : variance across the orbits against that along them
    thickness : standard deviation across an orbit, among neighbours
    orbit : ndarray of shape (Q,), which orbit each point is of
    """

    points: Floats
    rows: Floats
    dimension: int
    ratio: float
    thickness: float
    orbit: Labels


def clusters(points: Floats, labels: Labels) -> Labels:
    """Number the connected parts of each label's points (P, D): the candidates for orbits.

    Points that belong to none, or to one of fewer than five points, get -1.

    >>> angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    >>> circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> len(set(clusters(np.concatenate([circle, 2 * circle]), np.zeros(400, int)).tolist()))
    2
    """
    found = np.full(len(points), -1)
    for label in np.unique(labels):
        here = np.flatnonzero(labels == label)
        if len(here) <= NEAREST:
            continue
        different = np.unique(points[here], axis=0)
        if len(different) <= NEAREST:
            continue
        far = KDTree(different).query(different, NEAREST + 1)[0][:, -1]
        reach = LINKED * float(np.quantile(far, 0.95))
        part = DBSCAN(eps=max(reach, 1e-12), min_samples=NEAREST).fit_predict(points[here])
        if np.bincount(part + 1)[1:].max(initial=0) < LEAST_POINTS:
            part[:] = 0  # points in small heaps, as a clock leaves them on an orbit
        found[here] = np.where(part >= 0, part + found.max() + 1, -1)
    return found


def orbits(points: Floats, orbit: Labels, seed: int) -> Orbits:
    """Ask the neighbours on one orbit for the normals.

    Parameters
    ----------
    points : array of shape (P, D)
    orbit : array of shape (P,), which orbit a point is of; -1 leaves it out

    Raises
    ------
    TooSmall
        If no orbit has LEAST_POINTS points.
    """
    random = np.random.default_rng(seed)
    names, counts = np.unique(orbit[orbit >= 0], return_counts=True)
    large = names[counts >= max(LEAST_POINTS, 4 * points.shape[1])]
    if not len(large):
        raise TooSmall(
            f"found at most {counts.max(initial=0)} points on one orbit, expected at least "
            f"{max(LEAST_POINTS, 4 * points.shape[1])}: give more points, or fewer levels"
        )
    total = int(np.isin(orbit, large).sum())
    parts = []
    for name in large:
        here = points[orbit == name]
        asked = -(-MOST_ASKED * len(here) // max(total, MOST_ASKED))
        which = random.permutation(len(here))[:asked]
        parts.append((*_normals(here, here[which], random), here[which]))
    sizes = np.array([len(asked) for *_, asked in parts])
    dimensions = np.array([dimension for _, dimension, *_ in parts])
    return Orbits(
        np.concatenate([asked for *_, asked in parts]),
        np.concatenate([rows for rows, *_ in parts], axis=1),
        int(np.bincount(dimensions, weights=sizes).argmax()),
        float(np.average([ratio for _, _, ratio, *_ in parts], weights=sizes)),
        float(np.average([thickness for *_, thickness, _ in parts], weights=sizes)),
        np.repeat(large, sizes),
    )


def slopes(points: Floats, values: Floats, seed: int) -> Orbits:
    """Regress the differences of values on those of the points, among neighbours.

    Where values are known, and not only levels, near pairs need not lie on one orbit: the slope
    through a point's neighbours is the normal of its level set.

    Parameters
    ----------
    points, values : arrays of shape (P, D) and (P, M)
    """
    random = np.random.default_rng(seed)
    dimension = points.shape[1]
    asked = random.permutation(len(points))[:MOST_ASKED]
    number = min(2 * SLOPE_NEIGHBOURS * (dimension + 1), len(points))
    _, near = KDTree(points).query(points[asked], number)
    rows = []
    for half in np.array_split(random.permuted(near, axis=1), 2, axis=1):
        away = points[half] - points[half].mean(axis=1, keepdims=True)
        rise = values[half] - values[half].mean(axis=1, keepdims=True)
        slope = np.linalg.pinv(away) @ rise  # (Q, D, M)
        rows.append(slope.transpose(0, 2, 1))
    nowhere = np.zeros(len(asked), int)
    return Orbits(points[asked], np.array(rows), dimension - 1, 0.0, 0.0, nowhere)


def _normals(
    points: Floats, asked: Floats, random: np.random.Generator
) -> tuple[Floats, int, float, float]:
    """Widen the neighbourhoods until they are flat → (projectors, dimension, ratio, thickness)."""
    dimension = points.shape[1]
    tree, most = KDTree(points), min(max(len(points) // 4, 4 * dimension), MOST_NEIGHBOURS)
    number, best = 4 * dimension, (np.inf, np.zeros((2, 0, 0, 0)), 0, 0.0)
    while True:
        _, near = tree.query(asked, number)
        mixed = random.permuted(near, axis=1)
        halves = [_spectrum(points[half]) for half in np.array_split(mixed, 2, axis=1)]
        variances = np.median(np.mean([v for v, _ in halves], axis=0), axis=0)[::-1]
        ratios = variances[1:] / np.maximum(variances[:-1], 1e-300)
        # The first clear gap: an exact curve bends less out of its plane than within it.
        first = int(np.argmax(ratios < FLAT)) if (ratios < FLAT).any() else int(ratios.argmin())
        along, ratio = first + 1, float(ratios[first])
        # A wider one must be clearly flatter: it bends more.
        if ratio < 0.9 * best[0]:
            across = np.stack([vectors[:, :, : dimension - along] for _, vectors in halves])
            thickness = float(np.sqrt(variances[along:].mean()))
            best = (ratio, np.einsum("npic,npjc->npij", across, across), along, thickness)
        if best[0] < FLAT or number >= most:
            return best[1], best[2], best[0], best[3]
        number = min(int(GROWTH * number) + 1, most)


def _spectrum(neighbours: Floats) -> tuple[Floats, Floats]:
    """Return variances, ascending, (Q, D) and directions (Q, D, D) of neighbours (Q, k, D)."""
    centred = neighbours - neighbours.mean(axis=1, keepdims=True)
    return np.linalg.eigh(np.einsum("qki,qkj->qij", centred, centred) / centred.shape[1])
