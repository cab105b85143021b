"""From what a route found to the Algebra: judged, named, checked at finite times.

The routes of ``discover`` differ in how they find fields; here they meet.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.lie.algebra import Algebra, Verdict, homogeneous, tidy
from symscope.lie.discrete import Discrete, about, discrete_elements
from symscope.lie.fields import basis
from symscope.lie.moves import Known, finite_check
from symscope.lie.naming import Naming, name_algebra
from symscope.lie.search import Found, Frame
from symscope.lie.verdict import Witness, apart, confirm, judge

Floats = NDArray[np.float64]

UNEVEN = 3.0
"""Ratio of the coordinates' extents above which they are brought to one extent before naming."""

STILL = 0.1
"""Share of the fields' shifts that may remain at a common fixed point."""

NEAR_ORIGIN = 0.05
"""Share of the points' extent within which the middle of a domain is taken for the origin."""

LEAST_FORM = 0.05
"""Share of an invariant form's largest value above which an axis has a length in it."""


def concluded(
    witness: Witness | None,
    check: Witness | None,
    known: Known,
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
    algebra = put_together(found, verdict, message, known, kind, settings)
    searched = algebra.verdict in (Verdict.SYMMETRIC, Verdict.NONE) and known.values is not None
    return replace(
        algebra,
        discrete=_discrete(known, tolerance, algebra.naming, settings["seed"]) if searched else (),
        skill=witness.skill,
        agreement_deg=apart(found, check.found) if check else None,
    )


def put_together(
    found: Found,
    verdict: Verdict,
    message: str,
    known: Known,
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
    known: Known, tolerance: float, naming: Naming | None, seed: int
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


def _one_mirror(known: Known, tolerance: float, naming: Naming) -> tuple[Discrete, ...]:
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
