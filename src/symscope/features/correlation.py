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
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.fft import fft, ifft, irfft, next_fast_len, rfft, rfft2

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


def mirror_parts(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear parts of the mirrors in axes of these angles (A,), radians → (A, 2, 2)."""
    twice = 2 * angles
    parts = np.array([[np.cos(twice), np.sin(twice)], [np.sin(twice), -np.cos(twice)]])
    return parts.transpose(2, 0, 1)


_TURNS = 2 * np.pi / np.array(ORDERS)
ROTATION_PARTS = np.array(
    [[np.cos(_TURNS), -np.sin(_TURNS)], [np.sin(_TURNS), np.cos(_TURNS)]]
).transpose(2, 0, 1)
"""Linear parts of the rotations by 2π/n, one for each of ORDERS: (7, 2, 2)."""


# What depends on the side alone


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


def _element_shifts(side: int, parts: NDArray[np.float64]) -> list[tuple[Any, Any, Any, Any]]:
    """Shifts of the copies that the elements of ElementMaps stand for.

    Returns
    -------
    (x, y, part, share) of the mirrors, the rotations, the translations
        x right and y up, in steps of the grid; the number of the linear part; false for what is
        left out.
    """
    reach = REACH * side / 2
    along = np.linspace(-reach, reach, side + 1)
    mirrors = np.arange(MIRROR_ANGLES)[:, None]
    angle = np.pi * mirrors / MIRROR_ANGLES

    coarse = np.linspace(-reach, reach, side // 2 + 1)
    centre_y, centre_x = np.meshgrid(-coarse, coarse, indexing="ij")
    # Centres outside the disc of radius REACH need shifts that the FFT does not hold.
    disc = centre_x**2 + centre_y**2 <= reach**2 + 1e-9
    turns = np.arange(MIRROR_ANGLES, MIRROR_ANGLES + len(ORDERS))
    back = np.eye(2) - parts[turns]
    moved = np.einsum("lij,jrc->ilrc", back, np.stack([centre_x, centre_y]))

    half = np.arange(-(side // 2), side // 2 + 1, dtype=np.float64)
    shift_y, shift_x = np.meshgrid(-half, half, indexing="ij")
    return [
        (2 * along * -np.sin(angle), 2 * along * np.cos(angle), mirrors, True),
        (moved[0], moved[1], turns[:, None, None], disc),
        (shift_x, shift_y, len(parts) - 1, True),
    ]


@dataclass(frozen=True)
class Plan:
    """All that depends on the side of the picture alone.

    A *position* is a linear part with a shift, by whole steps of the grid; only the positions that
    some element lies at or between are looked at, M of all. A copy of the picture under a part that
    is quarter turns after another's is that one's copy, turned; b copies, the bases, are made.
    """

    far: int  # largest shift
    size: int  # side of the FFT: of the frame and the largest shift
    move: sparse.csr_array  # (b·S·S, S·S): the copy of the picture under each base
    base: NDArray[np.int64]  # (L,), number of the base
    quarters: NDArray[np.int64]  # (L,), quarter turns after it
    inside: sparse.csr_array  # (M, S·S): sum of what overlaps, from sums along the rows so far
    corners: NDArray[np.int64]  # (4, M): of the overlap in sums of the copies so far
    product: NDArray[np.int64]  # (M,), position in the surfaces (L, 2 far + 1, size)
    count: NDArray[np.float32]  # (M, 1), points in common
    sample: sparse.csr_array  # (mirrors + rotations + translations, M)
    ends: tuple[int, int]  # where the rotations and the translations begin


@cache
def plan(side: int) -> Plan:
    """Work out the positions of a picture's elements, for all pictures of one side, in points."""
    mirrors = mirror_parts(np.pi * np.arange(MIRROR_ANGLES) / MIRROR_ANGLES)
    parts = np.concatenate([mirrors, ROTATION_PARTS, np.eye(2)[None]])

    # Points as (x, y) with y up, in grid steps; the copy at x shows the original at L^-1 x.
    middle = (side - 1) / 2
    rows, columns = np.meshgrid(*[np.arange(side) - middle] * 2, indexing="ij")
    points = np.stack([columns.ravel(), -rows.ravel()], axis=-1)
    origin = np.einsum("lij,pj->lpi", np.linalg.inv(parts), points)
    mask = (np.abs(origin) <= middle + 1e-9).all(axis=-1)

    # Every part is written as quarter turns after one of a few, the bases, whose copies are made.
    turned_by = [np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), k) for k in range(4)]
    bases: list[int] = []
    pairs: list[tuple[int, int]] = []
    for number, part in enumerate(parts):
        known = (
            (i, k)
            for i, base in enumerate(bases)
            for k in range(4)
            if np.allclose(turned_by[k] @ parts[base], part)
        )
        pairs.append(next(known, (len(bases), 0)))
        if pairs[-1][0] == len(bases):
            bases.append(number)
    base, quarters = np.array(pairs).T
    x, y = origin[bases, :, 0], origin[bases, :, 1]
    move = _bilinear(middle - y, middle + x, (side, side), share=mask[bases])

    # The elements lie between positions, whole shifts of a part: these are all that is looked at.
    far = -(-side // 2)
    width, size = 2 * far + 1, side + far
    samplers = [
        _bilinear(far - y, far + x, (width, width), part=part, parts=len(parts), share=share)
        for x, y, part, share in _element_shifts(side, parts)
    ]
    sample = sparse.csr_array(sparse.vstack(samplers))
    positions = np.unique(sample.indices)
    part, *where = np.unravel_index(positions, (len(parts), width, width))
    shift = np.stack(where, axis=1) - far
    overlap = np.zeros((len(positions), side, side), np.int8)
    masks = mask.reshape(-1, side, side)
    for number, (down, right) in enumerate(shift):
        to_rows, to_columns = (slice(max(n, 0), side + min(n, 0)) for n in (down, right))
        of_rows, of_columns = (slice(max(-n, 0), side - max(n, 0)) for n in (down, right))
        overlap[number, to_rows, to_columns] = masks[part[number], of_rows, of_columns]
    count = overlap.sum(axis=(1, 2), dtype=np.int64)
    # What is left out here is 0 in the end: too little is in common.
    enough = count >= MINIMUM_OVERLAP * side * side
    kept, part, shift, overlap = positions[enough], part[enough], shift[enough], overlap[enough]

    # What the overlap shows of the original: along a row, the sum up to where the overlap ends,
    # less the sum up to where it begins.
    inside = overlap.copy()
    inside[..., :-1] -= overlap[..., 1:]
    # And of the copy. Seen from the base, the picture is turned back, and the shift with it; what
    # lies in the frame is a rectangle, the sums so far at two corners less those at the others.
    back = np.stack([turned_by[-turns % 4] for turns in range(4)])
    turned = np.einsum("mij,mj->mi", back[quarters[part]], shift)
    low, high = np.maximum(0, -turned), np.minimum(side, side - turned)
    corners = [
        (base[part] * (side + 1) + r[:, 0]) * (side + 1) + c[:, 1]
        for r, c in ((high, high), (low, high), (high, low), (low, low))
    ]
    # The spectra are multiplied so that shifts come out with the other sign.
    product = (part * width + far - turned[:, 0]) * size + -turned[:, 1] % size
    ends = np.cumsum([len(sampler.indptr) - 1 for sampler in samplers])
    return Plan(
        far=far,
        size=size,
        move=move,
        base=base,
        quarters=quarters,
        inside=sparse.csr_array(inside.reshape(len(inside), -1).astype(np.float32)),
        corners=np.stack(corners),
        product=product,
        count=count[enough].astype(np.float32)[:, None],
        sample=sparse.csr_array(sample[:, kept]),
        ends=(int(ends[0]), int(ends[1])),
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


def element_maps(picture: Any, groups: tuple[tuple[int, ...], ...]) -> ElementMaps:
    """Measure pictures' agreement with all their mirrored, rotated and shifted copies.

    Every operation treats each picture by itself, in the same order whatever their number.

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
    at = plan(side)
    pictures = np.asarray(picture, np.float32).reshape(-1, channels, side, side)
    count = len(pictures)
    centred = pictures - pictures.mean(axis=(2, 3), keepdims=True)
    variance = (centred**2).mean(axis=(2, 3))
    lanes = np.ascontiguousarray(centred.transpose(1, 2, 3, 0))  # (channels, S, S, N)
    agreements = []
    for group in map(list, groups):
        # Products at all shifts: the spectra of the picture, turned, times those of its b copies.
        spectra = np.empty((len(at.base), at.size, at.size // 2 + 1, count), np.complex64)
        copies = []
        for number, original in enumerate(lanes[group]):
            turned = np.stack([np.rot90(original, -quarter) for quarter in range(4)])
            copy = (at.move @ original.reshape(side * side, -1)).reshape(-1, *original.shape)
            copies.append(copy)
            left, right = (
                np.asarray(fft(rfft(images, at.size, axis=2), at.size, axis=1, overwrite_x=True))
                for images in (turned, copy)
            )
            left = np.conj(left)
            for part, (quarter, base) in enumerate(zip(at.quarters, at.base, strict=True)):
                if number:
                    spectra[part] += left[quarter] * right[base]
                else:
                    np.multiply(left[quarter], right[base], out=spectra[part])
        shifts = np.arange(-at.far, at.far + 1)
        surfaces = np.asarray(ifft(spectra, axis=1, overwrite_x=True))[:, shifts]
        products = np.asarray(irfft(surfaces, at.size, axis=2)).reshape(-1, count)

        # Sums of what overlaps, by channel and of the squares: of the picture along its rows …
        energy = (lanes[group] ** 2).sum(axis=0, keepdims=True)
        rows = np.concatenate([lanes[group], energy]).cumsum(axis=2)
        rows = np.ascontiguousarray(rows.transpose(1, 2, 0, 3)).reshape(side * side, -1)
        of_picture = (at.inside @ rows).reshape(len(at.count), -1, count)  # (M, channels + 1, N)
        # … and of the copies over all rows above and columns to the left. Slice by slice: a
        # cumulative sum of NumPy takes several times as long.
        images = np.concatenate([*copies, sum(copy**2 for copy in copies)], axis=-1)
        so_far = np.zeros((len(images), side + 1, side + 1, images.shape[-1]), np.float32)
        inner = so_far[:, 1:, 1:]
        inner[...] = images
        for i in range(1, side):
            inner[:, i] += inner[:, i - 1]
        for i in range(1, side):
            inner[:, :, i] += inner[:, :, i - 1]
        both, above, before, neither = so_far.reshape(-1, images.shape[-1])[at.corners]
        of_copy = (both - above - before + neither).reshape(of_picture.shape)

        agreement = _normalised(
            products[at.product],
            (of_picture[:, :-1].transpose(1, 0, 2), of_copy[:, :-1].transpose(1, 0, 2).copy()),
            (of_picture[:, -1], of_copy[:, -1]),
            at.count,
            variance[:, group].sum(axis=1),
        )
        agreements.append((at.sample @ agreement).T)
    mirror, rotation, translation = np.split(np.stack(agreements, axis=1), at.ends, axis=-1)
    leading = (*many, len(groups))
    return ElementMaps(
        mirror.reshape(*leading, MIRROR_ANGLES, side + 1),
        rotation.reshape(*leading, len(ORDERS), side // 2 + 1, side // 2 + 1),
        translation.reshape(*leading, 2 * (side // 2) + 1, 2 * (side // 2) + 1),
    )


@dataclass(frozen=True)
class Shifted:
    """All shifts of a picture's copies: what depends on its shape and the linear parts alone."""

    far: tuple[int, int]  # largest shift down and to the right
    size: tuple[int, int]  # of the FFT: of the frame and the largest shift
    frame: NDArray[np.complex64]  # spectrum of all of the picture's points
    move: tuple[sparse.csr_array, ...]  # (R·C, R·C): the copy under each part
    masks: NDArray[np.complex64]  # (L, …): conjugate spectrum of what each copy covers
    count: NDArray[np.float32]  # (L, 2R', 2C'): points in common, at least 1
    enough: NDArray[np.bool_]  # where these are enough


@lru_cache(maxsize=8)
def _all_shifts(rows: int, columns: int, parts: bytes, least: float) -> Shifted:
    """Work out the copies of all pictures of one shape, under parts (L, 2, 2) of 64 bits."""
    half = (rows - 1) / 2, (columns - 1) / 2
    r, c = np.meshgrid(np.arange(rows) - half[0], np.arange(columns) - half[1], indexing="ij")
    points = np.stack([c.ravel(), -r.ravel()], axis=-1)
    # Farther, too little is in common; some more, since a peak is looked at with its neighbours.
    down, right = (int(np.ceil(n * (1 - least))) + 5 for n in (rows, columns))
    size = _fast(rows + down), _fast(columns + right)
    frame = np.asarray(rfft2(np.ones((rows, columns), np.float32), size))
    move, masks, count = [], [], []
    for part in np.frombuffer(parts).reshape(-1, 2, 2):
        origin = points @ np.linalg.inv(part).T
        inside = np.asarray((np.abs(origin) <= np.array([columns, rows]) / 2).all(axis=1))
        places = (
            (half[0] - origin[:, 1]).clip(0, rows - 1),
            (half[1] + origin[:, 0]).clip(0, columns - 1),
        )
        move.append(_bilinear(*places, (rows, columns), share=inside))
        mask = np.asarray(rfft2(inside.reshape(rows, columns).astype(np.float32), size))
        masks.append(np.conj(mask))
        count.append(_at_shifts(frame * masks[-1], size, (down, right)))
    points_in_common = np.maximum(np.rint(np.stack(count)), 1.0)
    enough = points_in_common / (rows * columns) >= least
    return Shifted(
        (down, right), size, frame, tuple(move), np.stack(masks), points_in_common, enough
    )


def _fast(side: int) -> int:
    return next_fast_len(side, real=True) or side


def _at_shifts(spectra: Any, size: tuple[int, int], far: tuple[int, int]) -> NDArray[np.float32]:
    """Turn spectra (…, rows, columns) into values at shifts up to far, zero in the middle."""
    down, right = (np.arange(-n, n) for n in far)
    surfaces = np.asarray(ifft(spectra, axis=-2))[..., down, :]
    return np.asarray(irfft(surfaces, size[1], axis=-1))[..., right]


def shift_agreement(
    picture: NDArray[Any], parts: NDArray[np.float64], least: float
) -> NDArray[np.float32]:
    """Correlate a picture with its copies under linear parts, for every shift.

    Parameters
    ----------
    picture : array of shape (channels, R, C), rows from the top; channels are compared together,
        as the components of one vector
    parts : array of shape (L, 2, 2), linear maps of the plane (y up) about the picture's middle
    least : share of the picture that must be compared

    Returns
    -------
    array of shape (L, 2R', 2C'), R' > (1 - least) R and C' > (1 - least) C
        Normalised correlation of f(L x + s) with f(x), -1 where too little is compared; the shift s
        is zero in the middle [:, R', C'], in pixels, rows from the top.
    """
    channels, rows, columns = picture.shape
    at = _all_shifts(rows, columns, np.ascontiguousarray(parts, np.float64).tobytes(), least)
    values = picture.astype(np.float32)
    values -= picture.mean(axis=(1, 2), dtype=np.float32, keepdims=True)
    variance = (values**2).mean(axis=(1, 2)).sum()
    flat = np.ascontiguousarray(values.reshape(channels, -1).T)
    f, f2 = (np.asarray(rfft2(a, at.size)) for a in (values, (values**2).sum(axis=0)))
    agreement = np.empty(at.count.shape, np.float32)
    for i, (move, mask) in enumerate(zip(at.move, at.masks, strict=True)):
        copy = np.ascontiguousarray((move @ flat).T).reshape(values.shape)
        g, g2 = (np.conj(np.asarray(rfft2(a, at.size))) for a in (copy, (copy**2).sum(axis=0)))
        # Sums over what overlaps: of the products, both pictures, and their squares.
        spectra = (
            (f * g).sum(axis=0)[None],
            f * mask,
            at.frame * g,
            (f2 * mask)[None],
            (at.frame * g2)[None],
        )
        sums = _at_shifts(np.concatenate(spectra), at.size, at.far)
        product, of_f, of_g, energy_f, energy_g = np.split(
            sums, np.cumsum([1, channels, channels, 1])
        )
        agreement[i] = _normalised(
            product[0], (of_f, of_g), (energy_f[0], energy_g[0]), at.count[i], variance
        )
    return np.where(at.enough, agreement, np.float32(-1.0))
