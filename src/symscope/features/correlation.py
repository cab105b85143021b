"""Normalised correlation of a picture with its moved copies, for all positions of the element.

A picture of the plane is compared with its mirrored, rotated and shifted copies by normalised
cross-correlation over the part of the frame that both cover (masked by the frame, local means
removed). Every *linear part* (a mirror's angle, a rotation's order, the identity) gives the
correlation at those shifts that mean something, the products by FFT, the sums over what overlaps
from cumulative sums. Which shifts those are depends on the side of the picture alone and is worked
out once (``plan``). The shifts are then re-indexed by what they mean; an axis' offset, a rotation's
centre, a period lie between the steps of the grid and are read by bilinear sampling:

- mirrors: angle of the axis × offset of the axis from the frame's centre,
- rotations: order n × position of the centre,
- translations: the shift vector.

Templates are checked and pictures are read by the same arithmetic. Fast masked correlation:
Padfield, IEEE Trans. Image Processing 21 (2012) 2706.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.fft import fft, ifft, irfft, irfft2, next_fast_len, rfft, rfft2
from scipy.ndimage import map_coordinates

from symscope.groups import ORDERS

MIRROR_ANGLES = 36
"""Axis angles tried; 5° apart, so that a copy is misturned by at most 5° (1.4 points at the rim
of a 32-point picture)."""

REACH = 0.5
"""Offsets and centres up to this distance from the frame's centre (the frame is [-1, 1])."""

MINIMUM_OVERLAP = 0.3
"""Least share of the frame in which copy and original must both lie."""

VARIANCE_FLOOR = 0.1
"""Share of the picture's variance added to that of each overlap, so that blank parts agree with
nothing."""


@dataclass(frozen=True)
class ElementMaps:
    """Agreement in [-1, 1] by element; leading axes are the pictures, then groups of channels.

    Attributes
    ----------
    mirror : array of shape (…, groups, MIRROR_ANGLES, T): axis angle (steps of π/36 from 0,
        counter-clockwise) × offset of the axis along its normal (-REACH … REACH)
    rotation : array of shape (…, groups, 7, G, G): order n = 2 … 8 × centre (rows from the top)
    translation : array of shape (…, groups, S+1, S+1): shift (rows from the top, zero in the
        middle) up to half the frame
    """

    mirror: Any
    rotation: Any
    translation: Any


# What depends on the side alone


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
    pairs = []
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
        pairs.append(pair)
    base, quarters = np.array(pairs).T
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
    csr_array of shape (positions, parts · rows · columns)
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
    position = np.tile(np.arange(rows.size), 4)
    values = np.concatenate(weight).astype(np.float32)
    entries = (values, (position, np.concatenate(index).astype(np.int64)))
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
        Positions of the sums to be added (first and last) and to be taken away (the two between).
    """
    low, high = np.maximum(0, -shift), np.minimum(side, side - shift)
    pairs = ((high, high), (low, high), (high, low), (low, low))
    return np.stack([(base * (side + 1) + r[:, 0]) * (side + 1) + c[:, 1] for r, c in pairs])


@dataclass(frozen=True)
class Plan:
    """All that depends on the side of the picture alone.

    A *position* is a linear part with a shift, by whole steps of the grid; only the positions that
    some element lies at or between are looked at, M of all. A copy of the picture under a part that
    is quarter turns after another's is that one's copy, turned; b copies, the bases, are made.
    """

    side: int
    far: int  # largest shift
    move: sparse.csr_array  # (b·S·S, S·S): the copy of the picture under each base
    base: NDArray[np.int64]  # (L,), number of the base
    quarters: NDArray[np.int64]  # (L,), quarter turns after it
    inside: sparse.csr_array  # (M, S·S): sum of what overlaps, from sums along the rows so far
    corners: NDArray[np.int64]  # (4, M): of the overlap in sums of the copies so far
    product: NDArray[np.int64]  # (M,), position in the surfaces (L, 2 far + 1, size)
    count: NDArray[np.float32]  # (M, 1), points in common
    sample: sparse.csr_array  # (mirrors + rotations + translations, M)
    ends: tuple[int, int]  # where the rotations and the translations begin

    @property
    def size(self) -> int:
        """Side of the FFT: of the frame and the largest shift."""
        return self.side + self.far


@cache
def plan(side: int) -> Plan:
    """Work out the positions of a picture's elements, for all pictures of one side, in points."""
    parts = _linear_parts()
    offsets = np.arange(side) - (side - 1) / 2
    rows, columns = np.meshgrid(offsets, offsets, indexing="ij")
    # Points as (x, y) with y up, in grid steps; the copy at x shows the original at L^-1 x.
    points = np.stack([columns.ravel(), -rows.ravel()], axis=-1)
    origin = np.einsum("lij,pj->lpi", np.linalg.inv(parts), points)
    middle = (side - 1) / 2
    mask = (np.abs(origin) <= middle + 1e-9).all(axis=-1)
    bases, base, quarters = _turned_copies(parts)
    source = origin[bases]
    move = _bilinear(
        middle - source[..., 1], middle + source[..., 0], (side, side), share=mask[bases]
    )

    far = -(-side // 2)
    surfaces = (len(parts), 2 * far + 1, 2 * far + 1)
    samplers = _samplers(side, far, parts)
    sample = sparse.csr_array(sparse.vstack(samplers))
    positions = np.unique(sample.indices)
    part, *where = np.unravel_index(positions, surfaces)
    shift = np.stack(where, axis=1) - far
    overlap = _overlaps(mask.reshape(-1, side, side), part, shift)
    count = overlap.sum(axis=(1, 2), dtype=np.int64)
    # What is left out here is 0 in the end: too little is in common.
    enough = count >= MINIMUM_OVERLAP * side * side
    kept, part, shift, overlap = positions[enough], part[enough], shift[enough], overlap[enough]
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


# The correlation


def _normalised(
    product: Any, sums: tuple[Any, Any], energies: tuple[Any, Any], count: Any, variance: Any
) -> Any:
    """Turn sums over the overlap, by shift, into normalised correlations.

    ``sums`` of the one picture and of the other have a leading axis of channels, which are compared
    as one vector; ``variance`` is that of the whole picture, for the floor.
    """
    left, right = sums
    covariance = product - (left * right).sum(axis=0) / count
    variance_f = energies[0] - (left**2).sum(axis=0) / count
    variance_g = energies[1] - (right**2).sum(axis=0) / count
    floor = VARIANCE_FLOOR * variance * count + 1e-9
    scale = (np.maximum(variance_f, 0) + floor) * (np.maximum(variance_g, 0) + floor)
    return covariance / np.sqrt(scale)


def _sums_so_far(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum images (b, S, S, N) over all rows above and columns to the left: (b, S+1, S+1, N)."""
    count, side, _, pictures = images.shape
    result = np.zeros((count, side + 1, side + 1, pictures), np.float32)
    inner = result[:, 1:, 1:]
    inner[...] = images
    # Slice by slice: a cumulative sum of NumPy takes several times as long.
    for i in range(1, side):
        inner[:, i] += inner[:, i - 1]
    for i in range(1, side):
        inner[:, :, i] += inner[:, :, i - 1]
    return result


def _at_corners(images: NDArray[np.float32], plan: Plan) -> NDArray[np.float32]:
    """Sum copies (b, S, S, N) over what lies in the frame, at each position → (M, N)."""
    sums = _sums_so_far(images).reshape(-1, images.shape[-1])
    both, above, left, neither = plan.corners
    return sums[both] - sums[above] - sums[left] + sums[neither]


def _spectra(images: NDArray[np.float32], size: int) -> NDArray[np.complex64]:
    """Transform images (b, S, S, N), padded with zeros → (b, size, size // 2 + 1, N)."""
    return np.asarray(fft(rfft(images, size, axis=2), size, axis=1, overwrite_x=True))


def _multiply(
    result: NDArray[np.complex64], picture: Any, copies: Any, plan: Plan, add: bool
) -> None:
    """Correlate the spectra of a picture (S, S, N), in four positions, with those of its copies."""
    turned = np.stack([np.rot90(picture, -quarter) for quarter in range(4)])
    left = np.conj(_spectra(turned, plan.size))
    right = _spectra(copies, plan.size)
    for part, (quarter, base) in enumerate(zip(plan.quarters, plan.base, strict=True)):
        if add:
            result[part] += left[quarter] * right[base]
        else:
            np.multiply(left[quarter], right[base], out=result[part])


def _agreement(
    channels: NDArray[np.float32], variance: NDArray[np.float32], plan: Plan
) -> NDArray[np.float32]:
    """Correlate centred channels, together, with their copies, at all positions.

    Every operation treats each picture by itself, in the same order whatever their number.

    Parameters
    ----------
    channels : array of shape (c, S, S, N), of N pictures
    variance : (N,), that of the whole picture

    Returns
    -------
    array of shape (M, N)
    """
    side, size, pictures = plan.side, plan.size, channels.shape[-1]
    spectra = np.empty((len(plan.base), size, size // 2 + 1, pictures), np.complex64)
    energy = np.zeros((int(plan.base.max()) + 1, side, side, pictures), np.float32)
    sums_g = []
    for number, picture in enumerate(channels):
        copies = (plan.move @ picture.reshape(side * side, -1)).reshape(-1, *picture.shape)
        sums_g.append(_at_corners(copies, plan))
        _multiply(spectra, picture, copies, plan, add=number > 0)
        energy += copies**2
    rows = np.concatenate([channels, (channels**2).sum(axis=0, keepdims=True)]).cumsum(axis=2)
    lanes = np.ascontiguousarray(rows.transpose(1, 2, 0, 3)).reshape(side * side, -1)
    sums_f = (plan.inside @ lanes).reshape(len(plan.count), -1, pictures)
    shifts = np.arange(-plan.far, plan.far + 1)
    some = np.asarray(ifft(spectra, axis=1, overwrite_x=True))[:, shifts]
    products = np.asarray(irfft(some, size, axis=2)).reshape(-1, pictures)
    return _normalised(
        products[plan.product],
        (sums_f[:, :-1].transpose(1, 0, 2), np.stack(sums_g)),
        (sums_f[:, -1], _at_corners(energy, plan)),
        plan.count,
        variance,
    )


def element_maps(picture: Any, groups: tuple[tuple[int, ...], ...]) -> ElementMaps:
    """Measure pictures' agreement with all their mirrored, rotated and shifted copies.

    Parameters
    ----------
    picture : array of shape (…, channels, S, S), rows from the top
        Many pictures cost less together than one after the other; eight at a time is best.
    groups : tuple of tuples of channel indices
        Channels of one group are compared together, as the components of one vector.

    Returns
    -------
    ElementMaps
        Agreements in [-1, 1]; 0 where copy and original share less than MINIMUM_OVERLAP of the
        frame. The leading axes are those of the pictures, then the groups.
    """
    *many, channels, side, _ = picture.shape
    layout = plan(side)
    pictures = np.asarray(picture, np.float32).reshape(-1, channels, side, side)
    centred = pictures - pictures.mean(axis=(2, 3), keepdims=True)
    variance = (centred**2).mean(axis=(2, 3))
    lanes = np.ascontiguousarray(centred.transpose(1, 2, 3, 0))
    agreements = []
    for group in groups:
        members = list(group)
        agreement = _agreement(lanes[members], variance[:, members].sum(axis=1), layout)
        agreements.append((layout.sample @ agreement).T)
    mirror, rotation, translation = np.split(np.stack(agreements, axis=1), layout.ends, axis=-1)
    leading = (*many, len(groups))
    return ElementMaps(
        mirror.reshape(*leading, MIRROR_ANGLES, side + 1),
        rotation.reshape(*leading, len(ORDERS), side // 2 + 1, side // 2 + 1),
        translation.reshape(*leading, 2 * (side // 2) + 1, 2 * (side // 2) + 1),
    )


def shift_agreement(
    picture: NDArray[Any], parts: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Correlate a picture with its copies under linear parts, for every shift.

    Parameters
    ----------
    picture : array of shape (R, C), rows from the top
    parts : array of shape (L, 2, 2), linear maps of the plane (y up) about the picture's middle

    Returns
    -------
    agreement, overlap : arrays of shape (L, 2R', 2C'), R' ≥ R and C' ≥ C
        Normalised correlation of f(L x + s) with f(x), and the share of the picture compared; the
        shift s is zero in the middle [:, R', C'], in pixels, rows from the top.
    """
    values = picture.astype(np.float32) - picture.mean(dtype=np.float32)
    rows, columns = values.shape
    # Even sizes, so that no shift lies in the middle.
    size = tuple(2 * int(next_fast_len(n, real=True) or n) for n in (rows, columns))
    r, c = np.meshgrid(
        np.arange(rows) - (rows - 1) / 2, np.arange(columns) - (columns - 1) / 2, indexing="ij"
    )
    points = np.stack([c.ravel(), -r.ravel()], axis=-1)

    def spectrum(image: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(rfft2(image, size))

    def sums(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(irfft2(left * np.conj(right), size))

    frame, f, f2 = (spectrum(a) for a in (np.ones_like(values), values, values**2))
    agreement = np.empty((len(parts), *size), np.float32)
    overlap = np.empty_like(agreement)
    for i, part in enumerate(parts):
        origin = points @ np.linalg.inv(part).T
        position = np.stack([(rows - 1) / 2 - origin[:, 1], (columns - 1) / 2 + origin[:, 0]])
        inside = (np.abs(origin) <= np.array([columns, rows]) / 2).all(axis=1)
        mask = inside.reshape(rows, columns).astype(np.float32)
        copy = (
            map_coordinates(values, position, order=1, mode="nearest").reshape(rows, columns) * mask
        )
        m, g, g2 = (spectrum(a) for a in (mask, copy, copy**2))
        count = np.maximum(sums(frame, m), 1.0)
        agreement[i] = _normalised(
            sums(f, g),
            (sums(f, m)[None], sums(frame, g)[None]),
            (sums(f2, m), sums(frame, g2)),
            count,
            (values**2).mean(),
        )
        overlap[i] = count / values.size
    middle = (-2, -1)
    return np.fft.fftshift(agreement, middle), np.fft.fftshift(overlap, middle)
