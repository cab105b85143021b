"""Templates on a line and in space: potentials of known symmetry, as fields of two levels.

The families, dial and labels of the pictures' (sources/templates.py), and broad families beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field, cell_centres
from symscope.groups import SPATIAL, Element, Symmetry
from symscope.synth.acceptance_nd import acceptable
from symscope.synth.constructions import Construction
from symscope.synth.constructions_nd import CONSTRUCT
from symscope.synth.families_nd import BROAD, SPATIAL_FAMILIES
from symscope.synth.templates import ATTEMPTS, MAX_FLIPS, broken, cut

SIDES = {1: 256, 3: 32}
"""Points along an axis, by dimension."""

SHARES = {False: (0.3, 0.6), True: (0.12, 0.6)}
"""Least and most of the points on the upper level, for the usual families and for broad ones, whose
bodies may fill a small part of a volume."""

STREAMS = {1: 11, 3: 13}
"""Word of the templates' seeds that tells the dimensions apart."""


@dataclass(frozen=True)
class SpatialTemplate:
    """One labelled field.

    Attributes
    ----------
    levels : ndarray of shape (side,) or (side, side, side), int8, 0 or 1
    label, family, construction, breaking, kept : as of a picture's Template
    """

    levels: NDArray[np.int8]
    label: Symmetry
    family: str
    construction: Construction
    breaking: float
    kept: float = 1.0

    @property
    def elements(self) -> tuple[Element, ...]:
        """The exact group elements of the unbroken potential."""
        return self.construction.elements

    @property
    def field(self) -> Field:
        """What a decoy network sees."""
        return Field.on_grid(self.levels)


def draw(
    label: Symmetry, family: str, rng: Generator, *, dimension: int, breaking: float = 0.0
) -> SpatialTemplate:
    """Draw one template.

    Parameters
    ----------
    label : one of SPATIAL[dimension]
    family : one of SPATIAL_FAMILIES
    rng : the same state gives the same template for every ``breaking``
    dimension : 1 or 3
    breaking : share of the related pairs of points that are broken, 0 … 1

    Raises
    ------
    UsageError
        For an unknown class, family or dimension, or a breaking out of range.
    """
    if dimension not in SPATIAL or label not in SPATIAL[dimension]:
        raise UsageError(
            f"found class {str(label)!r} and dimension {dimension}: expected "
            + "; ".join(f"{d}: {', '.join(c)}" for d, c in SPATIAL.items())
        )
    _check_family(family)
    if not 0 <= breaking <= 1:
        raise UsageError(f"found breaking {breaking}: expected a number from 0 (exact) to 1")
    side, broad = SIDES[dimension], family in BROAD
    points = cell_centres((side,) * dimension).astype(np.float64)

    def drawn(label: Symmetry) -> tuple[Construction, NDArray[np.float64]]:
        for _ in range(ATTEMPTS):
            construction = CONSTRUCT[label](rng, SPATIAL_FAMILIES[family], dimension)
            share, thin = rng.uniform(*SHARES[broad]), rng.random() < 0.2
            signed = cut(construction.potential(points), share, thin)
            levels = (signed > 0).reshape((side,) * dimension).astype(np.int8)
            if acceptable(levels, label, construction, broad):
                return construction, signed
        raise UsageError(f"no acceptable {label} template of family {family} in {ATTEMPTS} draws")

    construction, signed = drawn(label)
    noise = rng.random(len(points)) < rng.uniform(0, MAX_FLIPS) * (rng.random() < 0.5)
    colours, kept = signed > 0, 1.0
    if breaking > 0:
        colours, _, kept = broken(signed, drawn(Symmetry.NONE)[1], breaking)
    levels = (colours ^ noise).reshape((side,) * dimension).astype(np.int8)
    return SpatialTemplate(levels, label, family, construction, float(breaking), kept)


def spatial_templates(
    count: int = 1,
    *,
    dimension: int,
    classes: Sequence[Symmetry | str] | None = None,
    families: Sequence[str] | None = None,
    seed: int | Sequence[int] = 0,
    first: int = 0,
    breaking: float = 0.0,
) -> list[SpatialTemplate]:
    """Draw templates number ``first`` … ``first + count - 1`` of every class and family.

    ``families`` are all by default, but for the broad ones on a line, where a hill is a palindrome.
    Each has a random stream of its own, fixed by seed, dimension, class, family and number.

    >>> spatial_templates(dimension=1, classes=["Z_2"], families=["wells"])[0].levels.shape
    (256,)
    """
    if dimension not in SPATIAL:
        raise UsageError(f"found dimension {dimension}: expected 1 or 3; 2 is that of pictures")
    known = SPATIAL[dimension]
    usual = [f for f in SPATIAL_FAMILIES if dimension > 1 or f not in BROAD]
    chosen = usual if families is None else families
    result = []
    for label in known if classes is None else classes:
        if label not in known:
            expected = ", ".join(known)
            raise UsageError(f"found class {str(label)!r}: expected one of {expected}")
        place = known.index(Symmetry(label))
        for family in chosen:
            _check_family(family)
            for number in range(first, first + count):
                words = STREAMS[dimension], place, list(SPATIAL_FAMILIES).index(family), number
                rng = np.random.default_rng([*np.atleast_1d(seed), *words])
                result.append(
                    draw(Symmetry(label), family, rng, dimension=dimension, breaking=breaking)
                )
    return result


def _check_family(family: str) -> None:
    if family not in SPATIAL_FAMILIES:
        expected = ", ".join(SPATIAL_FAMILIES)
        raise UsageError(f"found family {family!r}: expected one of {expected}")
