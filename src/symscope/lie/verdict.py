"""From the fields that a route found to the Algebra: judged, named, checked at finite times."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import subspace_angles

from symscope.lie.algebra import Algebra, Verdict, homogeneous, tidy
from symscope.lie.defects import TOLERANCE, TOO_NOISY, Candidates, Frame, basis
from symscope.lie.discrete import Discrete, about, discrete_elements
from symscope.lie.finite import FiniteCheck, KnownFunction, finite_check
from symscope.lie.naming import NO_ALGEBRA, Naming, name_algebra

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
    found : Candidates
    skill : how well networks learned the data; None where there are none
    labels : whether they learned labels
    orbit : dimension of the orbits, where a cloud of points near them is all there is
    distinct : how many times worse than the fitted quadrics others are, where they were fitted
    moved_deg : angle between the fields of the quadrics and those of the neighbours
    misfit : distance of the points from their quadrics, against their spread among neighbours
    """

    rows: Floats
    points: Floats
    found: Candidates
    skill: float | None = None
    labels: bool = False
    orbit: int | None = None
    distinct: float | None = None
    moved_deg: float = 0.0
    misfit: float = 0.0

    @property
    def least_skill(self) -> float:
        """The skill below which nothing is conclude."""
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


def _is_short(points: Floats, found: Candidates) -> bool:
    """Tell whether the points reach less than SHORT along a direction that is ignored."""
    directions = found.fields[: found.ignored, :, -1]
    extents = points.std(axis=0)
    along = np.abs(directions) @ extents / np.linalg.norm(directions, axis=1)
    return bool(along.min() < SHORT * extents.max())


def _defect_on(check: Witness, found: Candidates) -> float:
    """Return the largest defect of the fields on the pair route's normals."""
    ones = np.c_[check.points, np.ones(len(check.points))]
    vectors = np.einsum("nde,pe->npd", found.fields, ones)
    first, second = (np.einsum("pcd,npd->npc", rows, vectors) for rows in check.rows)
    # What both halves say, in both: without their noise.
    across = (first * second).sum(axis=(1, 2))
    size = (check.rows[0] * check.rows[1]).sum(axis=(1, 2)) @ (vectors**2).sum(axis=2).T
    return float(np.sqrt(np.clip(across / size, 0, None)).max())


def apart(found: Candidates, other: Candidates) -> float | None:
    """Return the largest principal angle between two spans of equal dimension, in degrees."""
    if not found.dimension or found.dimension != other.dimension:
        return None
    one, two = (fields.reshape(len(fields), -1).T for fields in (found.fields, other.fields))
    return float(np.rad2deg(subspace_angles(one, two).max()))


UNEVEN = 3.0
"""Ratio of the coordinates' extents above which they are brought to one extent before naming."""

STILL = 0.1
"""Share of the fields' shifts that may remain at a common fixed point."""

NEAR_ORIGIN = 0.05
"""Share of the points' extent within which the middle of a domain is taken for the origin."""

LEAST_FORM = 0.05
"""Share of an invariant form's largest value above which an axis has a length in it."""


def conclude(
    witness: Witness | None,
    check: Witness | None,
    known: KnownFunction,
    size: int,
    kind: str,
    settings: dict[str, Any],
    tolerance: float = 0.01,
) -> Algebra:
    """Judge what a route found and put the Algebra together.

    Parameters
    ----------
    witness : what the route found; None if the points show no orbits
    check : what another route found, if one was asked
    known : what is known of the function at other places
    size : D
    kind : class of the fields
    settings : the Algebra's provenance, with the seed
    tolerance : largest error of a discrete element
    """
    if witness is None:
        message = (
            "the points fill their space and show no orbits: give more points, thinner levels, or "
            "a target and the gradient route"
        )
        return Algebra(Verdict.UNDECIDED, message, size, kind, provenance=settings)
    found = witness.found
    naming = _named(found.fields, known.points) if found.dimension else None
    verdict, message = judge(witness, naming, check)
    algebra = assemble(found, verdict, message, known, kind, settings)
    searched = algebra.verdict in (Verdict.SYMMETRIC, Verdict.NONE) and known.values is not None
    return replace(
        algebra,
        discrete=_discrete(known, tolerance, algebra.naming, settings["seed"]) if searched else (),
        skill=witness.skill,
        agreement_deg=apart(found, check.found) if check else None,
    )


def assemble(
    found: Candidates,
    verdict: Verdict,
    message: str,
    known: KnownFunction,
    kind: str,
    settings: dict[str, Any],
) -> Algebra:
    """Check fields at finite times, name them, and put the Algebra together."""
    size, finite = known.points.shape[1], None
    if verdict is Verdict.SYMMETRIC:
        finite = finite_check(known, found.fields, basis(kind, size), settings["seed"])
        if known.values is not None:  # the ends of a cloud leave it with every shift
            verdict, message = confirm(finite, message)
    fields, naming = found.fields[:0], None
    if verdict is Verdict.SYMMETRIC:
        shifts, rest = found.fields[: found.ignored], found.fields[found.ignored :]
        fields = np.concatenate([tidy(shifts), tidy(rest)])
        naming = _named(fields, known.points)
    return Algebra(
        verdict,
        message,
        size,
        kind,
        name=naming.name if naming else "none",
        generators=fields[:, :, :-1],
        shifts=fields[:, :, -1],
        defects=found.defects[: len(fields)],
        intervals=found.intervals[: len(fields)],
        angle_deg=found.angle_deg if len(fields) else None,
        ignored=found.ignored if len(fields) else 0,
        spectrum=found.spectrum,
        approximate=found.approximate,
        null=found.null,
        naming=naming,
        finite=finite if len(fields) else None,
        provenance=settings,
    )


def _named(fields: Floats, points: Floats) -> Naming:
    """Name the algebra, in coordinates in which the points are neither far away nor large.

    One factor for all coordinates keeps circles round; where their units are too different for
    that, each has its own, and the form is taken back out of them.
    """
    each = Frame.of(points, "affine")
    uneven = each.spread.max() > UNEVEN * each.spread.min()
    frame = each if uneven else Frame.of(points, "isometry")
    frame = replace(frame, middle=frame.middle + frame.spread * _fixed(frame.inward_fields(fields)))
    naming = name_algebra(homogeneous(frame.inward_fields(fields)))
    if uneven and naming.signature is not None:
        forms = naming.forms / np.outer(frame.spread, frame.spread)
        forms /= np.sqrt((forms**2).sum(axis=(1, 2), keepdims=True))
        definite = min(naming.signature[:2]) == 0 and max(naming.signature[:2]) > 1
        naming = replace(naming, forms=forms, elliptic=definite)
    if naming.centre is None:
        return naming
    return replace(naming, centre=frame.back(naming.centre))


def _fixed(fields: Floats) -> Floats:
    """Return the point (D,) that fields (n, D, D + 1) move least; 0 if shifts remain."""
    linear, shift = fields[:, :, :-1].reshape(-1, fields.shape[1]), fields[:, :, -1].ravel()
    # What turns less than a tenth as fast as the rest is noise: it would put the point far away.
    place = np.asarray(np.linalg.lstsq(linear, -shift, rcond=STILL)[0], dtype=np.float64)
    remains = np.linalg.norm(linear @ place + shift)
    return place if remains < STILL * np.linalg.norm(shift) else np.zeros_like(place)


def _discrete(
    known: KnownFunction, tolerance: float, naming: Naming | None, seed: int
) -> tuple[Discrete, ...]:
    """Search for discrete elements: all of them, or a mirror where there are generators."""
    middle = (known.points.min(axis=0) + known.points.max(axis=0)) / 2
    if naming is None:
        # A round origin is what a formula has, if it lies near the middle.
        near = np.abs(middle) < NEAR_ORIGIN * np.ptp(known.points, axis=0)
        return discrete_elements(known, tolerance, np.where(near, 0.0, middle), seed)
    if naming.centre is None or not naming.name.startswith("SO(") or not len(naming.forms):
        return ()
    return _one_mirror(known, tolerance, naming)


def _one_mirror(known: KnownFunction, tolerance: float, naming: Naming) -> tuple[Discrete, ...]:
    """Try the mirrors of the invariant form: x → x - 2 (uᵀHx / uᵀHu) u for its axes u."""
    form, centre = naming.forms[0], naming.centre
    assert centre is not None
    # Along the coordinates if the form allows it: a reader knows them.
    lengths = np.abs(np.diag(form))
    axes = np.eye(len(form))[lengths > LEAST_FORM * np.abs(form).max()]
    if not len(axes):
        values, vectors = np.linalg.eigh(form)
        axes = vectors.T[np.abs(values) > LEAST_FORM * np.abs(values).max()]
    found = []
    for axis in axes:
        linear = np.eye(len(form)) - 2 * np.outer(axis, form @ axis) / (axis @ form @ axis)
        matrix = about(linear, centre)
        error = known.error(known.points @ matrix[:, :-1].T + matrix[:, -1], known.points)
        if error <= tolerance:
            words = f"mirror along ({', '.join(f'{v:.2g}' for v in axis)}) through the centre"
            found.append(Discrete("mirror", matrix, error, 2, words))
    return tuple(found)
