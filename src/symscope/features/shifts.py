"""Where the elements of a picture lie among the shifts of its copies, worked out once for a side.

A picture of the plane is compared with copies under a few *linear parts* (a mirror's angle, a
rotation's order, the identity), each shifted. An axis' offset, a rotation's centre, a period are
shifts too, between the steps of the grid; they are read by bilinear sampling of the places around.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symscope.groups import ORDERS

MIRROR_ANGLES = 36
"""Axis angles tried; 5° apart, so that a copy is misturned by at most 5° (1.4 points at the rim
of a 32-point picture)."""

REACH = 0.5
"""Offsets and centres up to this distance from the frame's centre (the frame is [-1, 1])."""

MINIMUM_OVERLAP = 0.3
"""Least share of the frame in which copy and original must both lie."""


def mirror_parts(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear parts of the mirrors in axes of these angles (A,), radians → (A, 2, 2)."""
    twice = 2 * angles
    parts = np.array([[np.cos(twice), np.sin(twice)], [np.sin(twice), -np.cos(twice)]])
    return parts.transpose(2, 0, 1)


def rotation_parts() -> NDArray[np.float64]:
    """Linear parts of the rotations by 2π/n, one for each of ORDERS: (7, 2, 2)."""
    turns = 2 * np.pi / np.array(ORDERS)
    parts = np.array([[np.cos(turns), -np.sin(turns)], [np.sin(turns), np.cos(turns)]])
    return parts.transpose(2, 0, 1)


def _linear_parts() -> NDArray[np.float64]:
    """Mirrors by axis angle, rotations by order, the identity: (MIRROR_ANGLES + 8, 2, 2)."""
    mirrors = mirror_parts(np.pi * np.arange(MIRROR_ANGLES) / MIRROR_ANGLES)
    return np.concatenate([mirrors, rotation_parts(), np.eye(2)[None]])


def _quarter(turns: int) -> NDArray[np.int64]:
    """Rotate by quarter turns: (2, 2)."""
    return np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), turns % 4)


def _turned_copies(
    parts: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Write every linear part as a quarter turn after one of a few of them.

    Returns
    -------
    bases (b,), base (L,), quarters (L,)
        Part l is ``quarters[l]`` quarter turns after part ``bases[base[l]]``.
    """
    bases: list[int] = []
    found = []
    for number, part in enumerate(parts):
        known = (
            (i, k)
            for i, base in enumerate(bases)
            for k in range(4)
            if np.allclose(_quarter(k) @ parts[base], part)
        )
        pair = next(known, None)
        if pair is None:
            bases.append(number)
            pair = len(bases) - 1, 0
        found.append(pair)
    base, quarters = np.array(found).T
    return np.array(bases), base, quarters


def _bilinear(
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    shape: tuple[int, int],
    *,
    part: NDArray[np.int64] | int = 0,
    parts: int = 1,
    share: NDArray[np.bool_] | bool = True,
) -> sparse.csr_array:
    """Sample array ``part`` of a stack at fractional rows and columns.

    Returns
    -------
    csr_array of shape (places, parts · rows · columns)
        Without weights outside the array, or where ``share`` is false.
    """
    rows, columns, part, share = np.broadcast_arrays(rows, columns, part, share)
    low_r, low_c = np.floor(rows), np.floor(columns)
    part_r, part_c = rows - low_r, columns - low_c
    index, weight = [], []
    for step_r, weight_r in ((0, 1 - part_r), (1, part_r)):
        for step_c, weight_c in ((0, 1 - part_c), (1, part_c)):
            r, c = low_r + step_r, low_c + step_c
            inside = (r >= 0) & (r < shape[0]) & (c >= 0) & (c < shape[1]) & share
            where = (part * shape[0] + r) * shape[1] + c
            index.append(np.where(inside, where, 0).ravel())
            # What rounding leaves beside a point that lies on the grid is no weight.
            weight.append(np.where(inside, (weight_r * weight_c).round(6), 0.0).ravel())
    place = np.tile(np.arange(rows.size), 4)
    values = np.concatenate(weight).astype(np.float32)
    entries = (values, (place, np.concatenate(index).astype(np.int64)))
    matrix = sparse.csr_array(entries, (rows.size, parts * shape[0] * shape[1]))
    matrix.eliminate_zeros()
    return matrix


def _samplers(side: int, far: int, parts: NDArray[np.float64]) -> list[sparse.csr_array]:
    """Sample surfaces of all shifts up to ``far``, (L, 2 far + 1, 2 far + 1), as ElementMaps does.

    One matrix for each of the mirrors, the rotations, the translations.
    """
    reach = REACH * side / 2
    width = 2 * far + 1

    def shifts(x: NDArray[np.float64], y: NDArray[np.float64], **which: Any) -> sparse.csr_array:
        """Sample the surface of a linear part at shifts in grid steps, x right, y up."""
        return _bilinear(far - y, far + x, (width, width), parts=len(parts), **which)

    along = np.linspace(-reach, reach, side + 1)
    mirrors = np.arange(MIRROR_ANGLES)[:, None]
    angle = np.pi * mirrors / MIRROR_ANGLES
    mirror = shifts(2 * along * -np.sin(angle), 2 * along * np.cos(angle), part=mirrors)
    coarse = np.linspace(-reach, reach, side // 2 + 1)
    centre_y, centre_x = np.meshgrid(-coarse, coarse, indexing="ij")
    # Centres outside the disc of radius REACH need shifts that the FFT does not hold.
    disc = centre_x**2 + centre_y**2 <= reach**2 + 1e-9
    turns = np.arange(MIRROR_ANGLES, MIRROR_ANGLES + len(ORDERS))
    back = np.eye(2) - parts[turns]
    moved = np.einsum("lij,jrc->ilrc", back, np.stack([centre_x, centre_y]))
    rotation = shifts(moved[0], moved[1], part=turns[:, None, None], share=disc)
    half = np.arange(-(side // 2), side // 2 + 1, dtype=np.float64)
    shift_y, shift_x = np.meshgrid(-half, half, indexing="ij")
    return [mirror, rotation, shifts(shift_x, shift_y, part=len(parts) - 1)]


def _overlaps(
    mask: NDArray[np.bool_], part: NDArray[np.int64], shift: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Cover the frame by masks (L, S, S) of these parts, shifted (M, 2) → (M, S, S)."""
    side = mask.shape[-1]
    result = np.zeros((len(part), side, side), np.int8)
    for number, (down, right) in enumerate(shift):
        onto, of = [], []
        for step in (down, right):
            onto.append(slice(max(step, 0), side + min(step, 0)))
            of.append(slice(max(-step, 0), side - max(step, 0)))
        result[number, *onto] = mask[part[number], *of]
    return result


def _corners(base: NDArray[np.int64], shift: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """Find what of copies (b, S, S), shifted (M, 2), lies in the frame, in sums (b, S+1, S+1).

    Returns
    -------
    array of shape (4, M)
        Places of the sums to be added (first and last) and to be taken away (the two between).
    """
    low, high = np.maximum(0, -shift), np.minimum(side, side - shift)
    pairs = ((high, high), (low, high), (high, low), (low, low))
    return np.stack([(base * (side + 1) + r[:, 0]) * (side + 1) + c[:, 1] for r, c in pairs])


@dataclass(frozen=True)
class Plan:
    """All that depends on the side of the picture alone.

    A *place* is a linear part with a shift, by whole steps of the grid; only the places that some
    element lies at or between are looked at, M of all. A copy of the picture under a part that
    is quarter turns after another's is that one's copy, turned; b copies, the bases, are made.
    """

    side: int
    far: int  # largest shift
    move: sparse.csr_array  # (b·S·S, S·S): the copy of the picture under each base
    base: NDArray[np.int64]  # (L,), number of the base
    quarters: NDArray[np.int64]  # (L,), quarter turns after it
    inside: sparse.csr_array  # (M, S·S): sum of what overlaps, from sums along the rows so far
    corners: NDArray[np.int64]  # (4, M): of the overlap in sums of the copies so far
    product: NDArray[np.int64]  # (M,), place in the surfaces (L, 2 far + 1, size)
    count: NDArray[np.float32]  # (M, 1), points in common
    sample: sparse.csr_array  # (mirrors + rotations + translations, M)
    ends: tuple[int, int]  # where the rotations and the translations begin

    @property
    def size(self) -> int:
        """Side of the FFT: of the frame and the largest shift."""
        return self.side + self.far


@cache
def plan(side: int) -> Plan:
    """Work out the places of a picture's elements, for all pictures of one side, in points."""
    parts = _linear_parts()
    offsets = np.arange(side) - (side - 1) / 2
    rows, columns = np.meshgrid(offsets, offsets, indexing="ij")
    # Points as (x, y) with y up, in grid steps; the copy at x shows the original at L^-1 x.
    points = np.stack([columns.ravel(), -rows.ravel()], axis=-1)
    origin = np.einsum("lij,pj->lpi", np.linalg.inv(parts), points)
    middle = (side - 1) / 2
    mask = (np.abs(origin) <= middle + 1e-9).all(axis=-1)
    bases, base, quarters = _turned_copies(parts)
    found = origin[bases]
    move = _bilinear(
        middle - found[..., 1], middle + found[..., 0], (side, side), share=mask[bases]
    )

    far = -(-side // 2)
    surfaces = (len(parts), 2 * far + 1, 2 * far + 1)
    samplers = _samplers(side, far, parts)
    sample = sparse.csr_array(sparse.vstack(samplers))
    places = np.unique(sample.indices)
    part, *where = np.unravel_index(places, surfaces)
    shift = np.stack(where, axis=1) - far
    overlap = _overlaps(mask.reshape(-1, side, side), part, shift)
    count = overlap.sum(axis=(1, 2), dtype=np.int64)
    # What is left out here is 0 in the end: too little is in common.
    enough = count >= MINIMUM_OVERLAP * side * side
    kept, part, shift, overlap = places[enough], part[enough], shift[enough], overlap[enough]
    # Along a row: the sum up to where the overlap ends, less the sum up to where it begins.
    ends = overlap.copy()
    ends[..., :-1] -= overlap[..., 1:]
    # Seen from the base, the picture is turned back, and the shift with it.
    back = np.stack([_quarter(-turns) for turns in range(4)])
    turned = np.einsum("mij,mj->mi", back[quarters[part]], shift)
    # The spectra are multiplied so that shifts come out with the other sign.
    surface_row, surface_column = far - turned[:, 0], -turned[:, 1] % (side + far)
    counts = np.cumsum([len(sampler.indptr) - 1 for sampler in samplers])
    return Plan(
        side=side,
        far=far,
        move=move,
        base=base,
        quarters=quarters,
        inside=sparse.csr_array(ends.reshape(len(ends), -1).astype(np.float32)),
        corners=_corners(base[part], turned, side),
        product=(part * (2 * far + 1) + surface_row) * (side + far) + surface_column,
        count=count[enough].astype(np.float32)[:, None],
        sample=sparse.csr_array(sample[:, kept]),
        ends=(int(counts[0]), int(counts[1])),
    )
