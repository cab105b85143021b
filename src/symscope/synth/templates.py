"""Physics templates: potentials whose symmetry is known by construction, as fields of two levels.

Section 2 of arXiv:2103.06115 draws potentials of five classes; here a random potential of any
family (families.py) is made symmetric (constructions.py), thresholded (or cut to a thin band), and
accepted only if the symmetry shows in the frame and no other class's element does (acceptance.py).
Pictures, signals (dimension 1) and volumes (3) differ in the numbers at the top of this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.errors import UsageError, among
from symscope.field import Field, cell_centres, pixel_centres
from symscope.groups import CLASSES, EXTENDED, Isometry, Symmetry
from symscope.synth.acceptance import CHECK_SIDE, acceptable
from symscope.synth.constructions import Construction, construct
from symscope.synth.families import ALL_FAMILIES, BROAD, usual_families

SIDES = {1: 256, 2: 64, 3: 32}
"""Points along an axis, by dimension."""

STREAMS: dict[int, tuple[int, ...]] = {1: (11,), 2: (), 3: (13,)}
"""Words of the templates' seeds that tell the dimensions apart."""

SHARES, BROAD_SHARES = (0.3, 0.6), (0.12, 0.6)
"""Least and most of the points on the upper level; and for broad families, whose bodies may fill a
small part of a volume."""

THIN = {1: 0.2, 2: 0.25, 3: 0.2}
"""How often a potential is cut to a thin band, by dimension."""

MAX_FLIPS = 0.04
"""Largest share of points turned over at random as noise."""

ATTEMPTS = 400
"""Draws before a class and family is declared impossible."""

POOL = ("wells", "fourier", "strings", "leaves", "ridges", "grain")
"""Families of the templates that ``vae:templates`` learns, smooth ones and rough ones."""

POOL_SEED = (9, 0)
"""Of those templates: a stream that nothing else draws from."""


@dataclass(frozen=True)
class Template:
    """One labelled field of two levels.

    Attributes
    ----------
    levels : ndarray of shape (side,) * D, int8, 0 or 1; a picture's rows from the top
    label : Symmetry
    family : name of the family the potential is drawn from
    construction : the symmetric potential and its exact elements
    breaking : float in [0, 1], share of the related pairs of points that are broken; 0 = exact,
        1 = the symmetry is gone
    kept : of the points in which the exact and the wholly broken field differ, the share that is
        still as in the exact one: breaking = 1 - kept², but for rounding
    signed : ndarray like levels, float32: what was cut at 0 to give the levels, broken and with
        noise as they are (a point turned over has the other sign)
    """

    levels: NDArray[np.int8]
    label: Symmetry
    family: str
    construction: Construction
    breaking: float
    kept: float = 1.0
    signed: NDArray[np.float32] | None = None

    @property
    def elements(self) -> tuple[Isometry, ...]:
        """The exact group elements of the unbroken potential."""
        return self.construction.elements

    @property
    def field(self) -> Field:
        """What a decoy network sees."""
        return (Field.from_levels if self.levels.ndim == 2 else Field.on_grid)(self.levels)


def cut(values: NDArray[np.float64], share: float, thin: bool) -> NDArray[np.float64]:
    """Turn potential values into a signed function, positive on about ``share`` of the points."""
    if thin:
        values = -np.abs(values - np.quantile(values, 0.5))
    signed = values - np.quantile(values, 1 - share)
    return signed / (signed.std() + 1e-12)


def draw(
    label: Symmetry,
    family: str,
    rng: Generator,
    *,
    dimension: int = 2,
    breaking: float = 0.0,
    side: int | None = None,
) -> Template:
    """Draw one template of a class, from a family.

    Parameters
    ----------
    label : Symmetry, one of those that its dimension has
    family : one of ALL_FAMILIES
    rng : numpy Generator; the same state gives the same template for every ``breaking``
    dimension : 1 (signals), 2 (pictures) or 3 (volumes)
    breaking : float in [0, 1]
        Share of the related pairs of points that are broken, see ``broken``: 0 exact, 1 gone.
    side : points along an axis, by default SIDES; of a picture a multiple of CHECK_SIDE

    Raises
    ------
    UsageError
        For an unknown class, family or dimension, or a breaking or side out of range.
    """
    _check(dimension, [label], [family])
    if not 0 <= breaking <= 1:
        raise UsageError(f"found breaking {breaking}: expected a number from 0 (exact) to 1")
    side = SIDES[dimension] if side is None else side
    if dimension == 2 and (side < CHECK_SIDE or side % CHECK_SIDE):
        raise UsageError(f"found side {side}: expected a multiple of {CHECK_SIDE}")
    shape = (side,) * dimension
    points = pixel_centres(side, side) if dimension == 2 else cell_centres(shape)
    points = points.astype(np.float64)
    shares = BROAD_SHARES if family in BROAD else SHARES

    def accepted(label: Symmetry) -> tuple[Construction, NDArray[np.float64]]:
        for _ in range(ATTEMPTS):
            construction = construct(label, rng, ALL_FAMILIES[family], dimension)
            share, thin = rng.uniform(*shares), rng.random() < THIN[dimension]
            signed = cut(construction.potential(points), share, thin)
            levels = (signed > 0).reshape(shape).astype(np.int8)
            if acceptable(levels, label, construction, family):
                return construction, signed
        raise UsageError(f"no acceptable {label} template of family {family} in {ATTEMPTS} draws")

    construction, signed = accepted(label)
    noise = rng.random(len(points)) < rng.uniform(0, MAX_FLIPS) * (rng.random() < 0.5)
    upper, kept = signed > 0, 1.0
    if breaking > 0:
        # The dial leads to a field that would pass as ∅.
        upper, signed, kept = broken(signed, accepted(Symmetry.NONE)[1], breaking)
    levels = (upper ^ noise).reshape(shape).astype(np.int8)
    # A point turned over, or rounded to 0, has the sign of its level.
    size = np.maximum(np.abs(signed), np.finfo(np.float32).tiny).astype(np.float32).reshape(shape)
    signed = np.where(levels > 0, size, -size)
    return Template(levels, label, family, construction, float(breaking), kept, signed)


def broken(
    signed: NDArray[np.float64], unsymmetric: NDArray[np.float64], breaking: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64], float]:
    """Turn the dial → (upper level (P,), the mixture that it is cut from, share of points kept).

    The signed potential is mixed, (1 - w) · symmetric + w · unsymmetric: each point in which the
    two differ changes once as w grows. A symmetry relates pairs of points, and a pair is intact if
    both are: when a share ``kept`` of those points is as it was, so are kept² of the pairs. The
    dial counts the pairs, breaking = 1 - kept², so that it means the same for every potential.
    """
    upper = signed > 0
    differing = np.flatnonzero(upper != (unsymmetric > 0))
    changed = round((1 - np.sqrt(1 - breaking)) * len(differing))
    # The point's mixture is 0 at w = s / (s - u).
    turn = signed[differing] / (signed[differing] - unsymmetric[differing])
    order = np.argsort(turn, kind="stable")
    upper[differing[order[:changed]]] ^= True
    weight = float(turn[order[changed - 1]]) if changed else 0.0
    mixed = (1 - weight) * signed + weight * unsymmetric
    return upper, mixed, 1 - changed / max(1, len(differing))


def templates(
    count: int = 1,
    *,
    dimension: int = 2,
    classes: Sequence[Symmetry | str] | None = None,
    families: Sequence[str] | None = None,
    seed: int | Sequence[int] = 0,
    first: int = 0,
    breaking: float = 0.0,
    side: int | None = None,
) -> list[Template]:
    """Draw templates number ``first`` … ``first + count - 1`` of every class and family.

    ``classes`` and ``families`` are by default all of the dimension. Each template has a random
    stream of its own, fixed by seed, dimension, class, family and number: it does not depend on
    which others are drawn.

    >>> [str(t.label) for t in templates(classes=["Z_2"], families=["wells", "waves"])]
    ['Z_2', 'Z_2']
    >>> templates(dimension=1, classes=["Z_2"], families=["wells"])[0].levels.shape
    (256,)
    """
    _check(dimension, classes or (), families or ())
    known = CLASSES[dimension]
    result = []
    for label in map(Symmetry, known if classes is None else classes):
        for family in usual_families(dimension) if families is None else families:
            place = (known.index(label), list(ALL_FAMILIES).index(family))
            for number in range(first, first + count):
                words = [*np.atleast_1d(seed), *STREAMS[dimension], *place, number]
                rng = np.random.default_rng(words)
                result.append(
                    draw(label, family, rng, dimension=dimension, breaking=breaking, side=side)
                )
    return result


def template_pool() -> list[NDArray[np.int8]]:
    """Draw the pictures (64, 64) that networks of the task ``vae:templates`` learn."""
    return [each.levels for each in templates(classes=EXTENDED, families=POOL, seed=POOL_SEED)]


def _check(dimension: int, classes: Sequence[Symmetry | str], families: Sequence[str]) -> None:
    if dimension not in CLASSES:
        raise UsageError(f"found dimension {dimension}: expected 1, 2 or 3")
    for label in classes:
        if label not in CLASSES[dimension]:
            expected = among(label, CLASSES[dimension])
            raise UsageError(f"found class {str(label)!r}: expected {expected}")
    for family in families:
        if family not in ALL_FAMILIES:
            raise UsageError(f"found family {family!r}: expected {among(family, ALL_FAMILIES)}")
