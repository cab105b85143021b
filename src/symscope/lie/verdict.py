"""When a field that was found counts, and what is said when it does not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import subspace_angles

from symscope.lie.algebra import Verdict
from symscope.lie.moves import FiniteCheck
from symscope.lie.naming import NO_ALGEBRA, Naming
from symscope.lie.search import TOLERANCE, TOO_NOISY, Found

Floats = NDArray[np.float64]

LEAST_SKILL = 0.8
"""Share of what a constant guess gets wrong that the networks must get right on held-out points for
a generator found from them to count. In development trials noise is learned to 0.1 at most."""

LEAST_SKILL_OF_LABELS = 0.35
"""The same for labels, where it counts bits: levels as bands of a potential, of which a few hundred
points each are known, are learned to 0.5."""

LARGEST_ANGLE = 10.0
"""Degrees by which the generators' span may vary between resamples; beyond it nothing is known."""

SHORT = 0.2
"""Extent of the points along a direction on which nothing seems to depend, against their largest
one: below it a rotation about a distant centre would do as well as a shift."""

DISTINCT, DISTINCT_IF_SHORT = 4.0, 10.0
"""How many times worse other quadrics must fit, and where the points are SHORT in some direction.
In development trials circles and spheres with 5 % of noise have 10 to 13; arcs of 60° with 1 % have
7 and a generator 13° wrong."""

MISFIT = 2.0
"""How much farther than among neighbours the points may be from their quadrics. In development
trials circles and spheres with 5 % of noise have 0.7 to 1.0, a curve 4 % off an ellipse 3."""

CONTRADICTED_LATER = 0.5
"""Error at finite times, against that of random fields, that contradicts a symmetry; those of data
have 0.01 to 0.1."""

CONTRADICTED = 0.25
"""Defect on the normals of the orbits at which the pair route contradicts the gradient route."""


@dataclass(frozen=True)
class Witness:
    """What one route has seen.

    Attributes
    ----------
    rows : ndarray of shape (N, P, M, D)
    points : ndarray of shape (P, D)
    found : Found
    skill : how well networks learned the data; None where there are none
    labels : whether they learned labels
    orbit : dimension of the orbits, where a cloud of points near them is all there is
    distinct : how many times worse than the fitted quadrics others are, where they were fitted
    moved_deg : angle between the fields of the quadrics and those of the neighbours
    misfit : distance of the points from their quadrics, against their spread among neighbours
    """

    rows: Floats
    points: Floats
    found: Found
    skill: float | None = None
    labels: bool = False
    orbit: int | None = None
    distinct: float | None = None
    moved_deg: float = 0.0
    misfit: float = 0.0

    @property
    def least_skill(self) -> float:
        """The skill below which nothing is concluded."""
        return LEAST_SKILL_OF_LABELS if self.labels else LEAST_SKILL

    @property
    def learned(self) -> bool:
        """Whether there was nothing to learn, or it was learned."""
        return self.skill is None or self.skill >= self.least_skill


def judge(witness: Witness, naming: Naming | None, check: Witness | None) -> tuple[Verdict, str]:
    """Return the verdict on what was found, and the reason.

    Parameters
    ----------
    naming : of what was found; None if there is nothing
    check : what the other route has seen, if it was asked
    """
    found = witness.found
    if not witness.learned:
        return Verdict.UNDECIDED, (
            f"the networks learned {max(witness.skill or 0, 0):.2f} of what a constant guess gets "
            f"wrong, expected {witness.least_skill}: give more points or less noise"
        )
    if not found.dimension:
        return _nothing_found(witness)
    doubt = _not_identifiable(witness, naming)
    if doubt:
        return Verdict.NOT_IDENTIFIABLE, doubt
    if found.defects[found.ignored :].max(initial=0.0) > found.null / 2:
        return Verdict.UNDECIDED, (
            f"permuted derivatives have a defect as small as {found.null:.2f}: give more points"
        )
    if witness.misfit > MISFIT:
        return Verdict.UNDECIDED, (
            f"the points are {witness.misfit:.1f} times farther from the best quadric than their "
            "neighbours from each other: this is no orbit of a rotation or its like"
        )
    if check is not None and (defect := _defect_on(check, found)) > CONTRADICTED:
        return Verdict.UNDECIDED, (
            f"the routes contradict each other: the generators of the networks have a defect of "
            f"{defect:.2f} on the orbits of the points; give more points, or name one --route"
        )
    return Verdict.SYMMETRIC, (
        f"{found.dimension} generator{'s' if found.dimension > 1 else ''}, defect "
        f"{found.defects.max():.1g} at most, against {found.null:.2f} for permuted derivatives"
    )


def confirm(finite: FiniteCheck, message: str) -> tuple[Verdict, str]:
    """Let fields that hold infinitesimally be contradicted by finite times.

    A function with steps has no derivative along them, and jumps all the same.
    """
    known = np.isfinite(finite.error) & np.isfinite(finite.random)
    for error, where in zip(finite.error, known, strict=True):
        if where.any() and np.median(error[where] / finite.random[where]) > CONTRADICTED_LATER:
            return Verdict.UNDECIDED, (
                "the fields hold for small times but not for finite ones: the error after moving "
                f"the points is {np.median(error[where]):.2f}, for random fields "
                f"{np.median(finite.random[where]):.2f}; does the function jump?"
            )
    return Verdict.SYMMETRIC, message


def _nothing_found(witness: Witness) -> tuple[Verdict, str]:
    found, (low, high) = witness.found, witness.found.next_interval
    if low > TOLERANCE:
        return Verdict.NONE, (
            f"no field of the class is a symmetry: the least defect is {found.spectrum[0]:.2f} "
            f"[{low:.2f}, {high:.2f}], that of permuted derivatives {found.null:.2f}"
        )
    if found.approximate and witness.skill is None and witness.orbit is None:
        return Verdict.NONE, (
            f"no exact symmetry: the least defect is {found.spectrum[0]:.3g}; "
            f"{found.approximate} below {TOLERANCE} may count as approximate symmetries"
        )
    if found.noise > TOO_NOISY:
        return Verdict.UNDECIDED, (
            f"networks, or halves of the neighbours, do not agree (noise {found.noise:.2f}, "
            f"expected {TOO_NOISY} at most): give more points, or points that lie less in heaps"
        )
    return Verdict.UNDECIDED, (
        f"the least defect is {found.spectrum[0]:.2f} [{low:.2f}, {high:.2f}], neither zero nor "
        f"clearly above {TOLERANCE}: give more points or less noise"
    )


def _not_identifiable(witness: Witness, naming: Naming | None) -> str | None:
    """Say why the points cannot tell which fields are the symmetries, if so."""
    found = witness.found
    if found.angle_deg > LARGEST_ANGLE:
        return (
            f"fields with a small defect differ by {found.angle_deg:.0f}° between resamples of the "
            "points, which cover too little (a short arc?): cover more, or take a smaller class "
            "(isometry)"
        )
    if witness.distinct is not None and _is_vague(witness):
        return (
            f"other quadrics fit the points nearly as well ({witness.distinct:.3g} times worse), "
            f"or their neighbours say otherwise (by {witness.moved_deg:.0f}°): cover more, or take "
            "a smaller class (isometry)"
        )
    # No group moves an orbit in more independent ways than a sphere's rotations.
    motions = witness.orbit * (witness.orbit + 1) // 2 if witness.orbit else found.dimension
    if naming is not None and (naming.name == NO_ALGEBRA or found.dimension > motions):
        return (
            f"{found.dimension} fields have a small defect but are no group that moves its orbits: "
            "the points cover too little (a short arc?) to tell them apart; cover more, or take a "
            "smaller class (isometry)"
        )
    if found.ignored and witness.skill is not None and _is_short(witness.points, found):
        return (
            "nothing depends on a direction along which the points reach less than "
            f"{SHORT:.0%} of their largest extent: a rotation about a distant centre would do as "
            "well; cover more, or scale the coordinates to like ranges"
        )
    return None


def _is_vague(witness: Witness) -> bool:
    """Tell whether the fitted quadrics are not to be relied on."""
    extents = witness.points.std(axis=0)
    short = extents.min() < SHORT * extents.max()
    needed = DISTINCT_IF_SHORT if short else DISTINCT
    return (witness.distinct or 0.0) < needed or witness.moved_deg > LARGEST_ANGLE


def _is_short(points: Floats, found: Found) -> bool:
    """Tell whether the points reach less than SHORT along a direction that is ignored."""
    directions = found.fields[: found.ignored, :, -1]
    extents = points.std(axis=0)
    along = np.abs(directions) @ extents / np.linalg.norm(directions, axis=1)
    return bool(along.min() < SHORT * extents.max())


def _defect_on(check: Witness, found: Found) -> float:
    """Return the largest defect of the fields on the pair route's normals."""
    ones = np.c_[check.points, np.ones(len(check.points))]
    vectors = np.einsum("nde,pe->npd", found.fields, ones)
    first, second = (np.einsum("pcd,npd->npc", rows, vectors) for rows in check.rows)
    # What both halves say, in both: without their noise.
    across = (first * second).sum(axis=(1, 2))
    size = (check.rows[0] * check.rows[1]).sum(axis=(1, 2)) @ (vectors**2).sum(axis=2).T
    return float(np.sqrt(np.clip(across / size, 0, None)).max())


def apart(found: Found, other: Found) -> float | None:
    """Return the largest principal angle between two spans of equal dimension, in degrees."""
    if not found.dimension or found.dimension != other.dimension:
        return None
    one, two = (fields.reshape(len(fields), -1).T for fields in (found.fields, other.fields))
    return float(np.rad2deg(subspace_angles(one, two).max()))
