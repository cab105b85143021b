"""Physics templates: potentials whose symmetry is known by construction, as two-level pictures.

Section 2 of arXiv:2103.06115 draws potentials of five classes; here a random potential of any
family (families.py) is made symmetric (constructions.py), thresholded (or cut to a thin band), and
accepted only if the symmetry shows in the frame and no other class's element does (acceptance.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field, pixel_centres
from symscope.groups import EXTENDED, Element, Symmetry
from symscope.synth.acceptance import CHECK_SIDE, UNRESOLVED, acceptable_picture
from symscope.synth.constructions import CONSTRUCT, Construction
from symscope.synth.families import FAMILIES, MANY_SCALES

SIDE = 64
"""Points along a side of a template."""

MAX_FLIPS = 0.04
"""Largest share of pixels turned over at random as noise."""

ATTEMPTS = 400
"""Draws before a class and family is declared impossible."""


@dataclass(frozen=True)
class Template:
    """One labelled picture.

    Attributes
    ----------
    levels : ndarray of shape (S, S), int8, 0 or 1, rows from the top
    label : Symmetry
    family : name of the family the potential is drawn from
    construction : the symmetric potential and its exact elements
    breaking : float in [0, 1], share of the related pairs of pixels that are broken; 0 = exact,
        1 = the symmetry is gone
    kept : of the pixels in which the exact and the wholly broken picture differ, the share that is
        still as in the exact one: breaking = 1 - kept², but for rounding
    signed : ndarray of shape (S, S), float32: what was cut at 0 to give the levels, broken and with
        noise as they are (a pixel turned over has the other sign)
    """

    levels: NDArray[np.int8]
    label: Symmetry
    family: str
    construction: Construction
    breaking: float
    kept: float = 1.0
    signed: NDArray[np.float32] | None = None

    @property
    def elements(self) -> tuple[Element, ...]:
        """The exact group elements of the unbroken potential."""
        return self.construction.elements

    @property
    def field(self) -> Field:
        """What a decoy network sees."""
        return Field.from_levels(self.levels)


def cut(values: NDArray[np.float64], share: float, thin: bool) -> NDArray[np.float64]:
    """Turn potential values into a signed function, positive on about ``share`` of the points."""
    if thin:
        values = -np.abs(values - np.quantile(values, 0.5))
    signed = values - np.quantile(values, 1 - share)
    return signed / (signed.std() + 1e-12)


def draw(
    label: Symmetry, family: str, rng: Generator, *, breaking: float = 0.0, side: int = SIDE
) -> Template:
    """Draw one template.

    Parameters
    ----------
    label : Symmetry
    family : one of FAMILIES
    rng : numpy Generator; the same state gives the same template for every ``breaking``
    breaking : float in [0, 1]
        Share of the related pairs of pixels that are broken, see ``broken``: 0 exact, 1 gone.
    side : int, a multiple of CHECK_SIDE

    Raises
    ------
    UsageError
        For an unknown family, or a breaking or side out of range.
    """
    if family not in FAMILIES:
        raise UsageError(f"found family {family!r}: expected one of {', '.join(FAMILIES)}")
    if not 0 <= breaking <= 1:
        raise UsageError(f"found breaking {breaking}: expected a number from 0 (exact) to 1")
    if side < CHECK_SIDE or side % CHECK_SIDE:
        raise UsageError(f"found side {side}: expected a multiple of {CHECK_SIDE}")
    points = pixel_centres(side, side).astype(np.float64)
    unresolved = UNRESOLVED["many scales" if family in MANY_SCALES else "one scale"]

    def acceptable(label: Symmetry) -> tuple[Construction, NDArray[np.float64]]:
        for _ in range(ATTEMPTS):
            construction = CONSTRUCT[label](rng, FAMILIES[family])
            share, thin = rng.uniform(0.3, 0.6), rng.random() < 0.25
            signed = cut(construction.potential(points), share, thin)
            levels = (signed > 0).reshape(side, side).astype(np.int8)
            if acceptable_picture(levels, label, construction, unresolved):
                return construction, signed
        raise UsageError(f"no acceptable {label} template of family {family} in {ATTEMPTS} draws")

    construction, signed = acceptable(label)
    noise = rng.random(side * side) < rng.uniform(0, MAX_FLIPS) * (rng.random() < 0.5)
    colours, kept = signed > 0, 1.0
    if breaking > 0:
        # The dial leads to a picture that would pass as ∅.
        colours, signed, kept = broken(signed, acceptable(Symmetry.NONE)[1], breaking)
    levels = (colours ^ noise).reshape(side, side).astype(np.int8)
    # A pixel turned over, or rounded to 0, has the sign of its colour.
    size = np.maximum(np.abs(signed), np.finfo(np.float32).tiny).astype(np.float32)
    size = size.reshape(side, side)
    shades = np.where(levels > 0, size, -size)
    return Template(levels, label, family, construction, float(breaking), kept, shades)


def broken(
    signed: NDArray[np.float64], unsymmetric: NDArray[np.float64], breaking: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64], float]:
    """Turn the dial → (colours, the mixture that they are cut from, share of the pixels kept).

    The signed potential is mixed, (1 - w) · symmetric + w · unsymmetric: each pixel in which the
    two differ changes once as w grows. A symmetry relates pairs of pixels, and a pair is intact if
    both are: when a share ``kept`` of those pixels is as it was, so are kept² of the pairs. The
    dial counts the pairs, breaking = 1 - kept², so that it means the same for every potential.
    """
    colours = signed > 0
    differing = np.flatnonzero(colours != (unsymmetric > 0))
    changed = round((1 - np.sqrt(1 - breaking)) * len(differing))
    # The pixel's mixture is 0 at w = s / (s - u).
    turn = signed[differing] / (signed[differing] - unsymmetric[differing])
    order = np.argsort(turn, kind="stable")
    colours[differing[order[:changed]]] ^= True
    weight = float(turn[order[changed - 1]]) if changed else 0.0
    mixed = (1 - weight) * signed + weight * unsymmetric
    return colours, mixed, 1 - changed / max(1, len(differing))


def templates(
    count: int = 1,
    *,
    classes: Sequence[Symmetry | str] = EXTENDED,
    families: Sequence[str] = tuple(FAMILIES),
    seed: int | Sequence[int] = 0,
    first: int = 0,
    breaking: float = 0.0,
    side: int = SIDE,
) -> list[Template]:
    """Draw templates number ``first`` … ``first + count - 1`` of every class and family.

    Each template has a random stream of its own, fixed by seed, class, family and number: it does
    not depend on which others are drawn.

    >>> [str(t.label) for t in templates(classes=["Z_2"], families=["wells", "waves"])]
    ['Z_2', 'Z_2']
    """
    result = []
    unknown = [str(c) for c in classes if c not in tuple(Symmetry)]
    if unknown:
        expected = ", ".join(Symmetry)
        raise UsageError(f"found class {unknown[0]!r}: expected one of {expected}")
    for label in map(Symmetry, classes):
        for family in families:
            if family not in FAMILIES:
                raise UsageError(f"found family {family!r}: expected one of {', '.join(FAMILIES)}")
            place = (EXTENDED.index(label), list(FAMILIES).index(family))
            for number in range(first, first + count):
                rng = np.random.default_rng([*np.atleast_1d(seed), *place, number])
                result.append(draw(label, family, rng, breaking=breaking, side=side))
    return result
