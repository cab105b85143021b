"""How well a picture agrees with moved copies of itself, for all places of the element at once.

A picture of the plane is compared with its mirrored, rotated and shifted copies by normalised
cross-correlation over the part of the frame that both cover (masked by the frame, local means
removed). Every linear part (a mirror's angle, a rotation's order, the identity) gives, by FFT,
the agreement for all shifts; the shifts are then re-indexed by what they mean:

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
from scipy.fft import irfft2, next_fast_len, rfft2
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


def _spectrum(images: NDArray[Any], size: int) -> NDArray[Any]:
    """Transform the last two axes, padded with zeros to size × size."""
    return np.asarray(rfft2(images, (size, size)))


def _shifted_sums(left: NDArray[Any], right: NDArray[Any], size: int) -> NDArray[Any]:
    """Correlate by spectra: for each shift s, the sum over x of left(x) · right(x - s)."""
    return np.asarray(irfft2(left * np.conj(right), (size, size)))


@dataclass(frozen=True)
class ElementMaps:
    """Agreement in [-1, 1] by element; leading axes are the picture's groups of channels.

    Attributes
    ----------
    mirror : array of shape (groups, MIRROR_ANGLES, T): axis angle (steps of π/36 from 0,
        counter-clockwise) × offset of the axis along its normal (-REACH … REACH)
    rotation : array of shape (groups, 7, G, G): order n = 2 … 8 × centre (rows from the top)
    translation : array of shape (groups, S+1, S+1): shift (rows from the top, zero in the
        middle) up to half the frame
    """

    mirror: Any
    rotation: Any
    translation: Any


@dataclass(frozen=True)
class _Sampler:
    """Bilinear sampling of a stack of (rows, columns) arrays at fixed places."""

    matrix: sparse.csr_array  # (number of places, parts · rows · columns)
    places: tuple[int, ...]

    @classmethod
    def at(
        cls,
        rows: NDArray[np.float64],
        columns: NDArray[np.float64],
        shape: tuple[int, int],
        *,
        part: NDArray[np.int64] | int = 0,
        parts: int = 1,
        share: NDArray[np.bool_] | bool = True,
    ) -> "_Sampler":
        """Sample array ``part`` at fractional rows and columns; 0 outside it, or without share."""
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
                weight.append(np.where(inside, weight_r * weight_c, 0.0).ravel())
        place = np.tile(np.arange(rows.size), 4)
        values = np.concatenate(weight).astype(np.float32)
        entries = (values, (place, np.concatenate(index).astype(np.int64)))
        matrix = sparse.csr_array(entries, (rows.size, parts * shape[0] * shape[1]))
        return cls(matrix, rows.shape)

    def __call__(self, flat: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sample stacks of shape (n, parts · rows · columns) → (n, *places)."""
        return np.ascontiguousarray((self.matrix @ flat.T).T).reshape(-1, *self.places)


@dataclass(frozen=True)
class _Plan:
    """All that depends on the side of the picture alone."""

    side: int
    size: int  # of the FFT: the frame and the largest shift, half a frame
    move: _Sampler  # (linear parts, S·S): the copy of the picture under each linear part
    mask: NDArray[np.float32]  # (linear parts, S, S)
    frame: NDArray[np.complex64]  # spectrum of the frame
    masks: NDArray[np.complex64]  # spectra of the masks
    overlap: NDArray[np.float32]  # (linear parts, size, size): points in common, by shift
    mirror: _Sampler
    rotation: _Sampler
    translation: _Sampler


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


@cache
def _plan(side: int) -> _Plan:
    parts = _linear_parts()
    offsets = np.arange(side) - (side - 1) / 2
    rows, columns = np.meshgrid(offsets, offsets, indexing="ij")
    # Points as (x, y) with y up, in grid steps; the copy at x shows the original at L^-1 x.
    points = np.stack([columns.ravel(), -rows.ravel()], axis=-1)
    origin = np.einsum("lij,pj->lpi", np.linalg.inv(parts), points)
    middle = (side - 1) / 2
    move = _Sampler.at(middle - origin[..., 1], middle + origin[..., 0], (side, side))
    inside = (np.abs(origin) <= middle + 1e-9).all(axis=-1)
    mask = inside.reshape(-1, side, side).astype(np.float32)
    size = 3 * side // 2
    spectrum = _spectrum(np.ones((side, side)), size)
    masks = _spectrum(mask, size)
    overlap = _shifted_sums(spectrum, masks, size)

    def shifts(x: NDArray[np.float64], y: NDArray[np.float64], **which: Any) -> _Sampler:
        """Sample the surface of a linear part at shifts in grid steps, x right, y up."""
        whole = (size + 1, size + 1)
        return _Sampler.at((-y) % size, x % size, whole, parts=len(parts), **which)

    reach = REACH * side / 2
    along = np.linspace(-reach, reach, side + 1)
    angle = np.pi * np.arange(MIRROR_ANGLES)[:, None] / MIRROR_ANGLES
    mirror = shifts(
        2 * along * -np.sin(angle),
        2 * along * np.cos(angle),
        part=np.arange(MIRROR_ANGLES)[:, None],
    )
    coarse = np.linspace(-reach, reach, side // 2 + 1)
    centre_y, centre_x = np.meshgrid(-coarse, coarse, indexing="ij")
    # Centres outside the disc of radius REACH need shifts that this FFT does not hold.
    disc = centre_x**2 + centre_y**2 <= reach**2 + 1e-9
    turns = np.arange(MIRROR_ANGLES, MIRROR_ANGLES + len(ORDERS))
    back = np.eye(2) - parts[turns]
    moved = np.einsum("lij,jrc->ilrc", back, np.stack([centre_x, centre_y]))
    rotation = shifts(moved[0], moved[1], part=turns[:, None, None], share=disc)
    half = np.arange(-(side // 2), side // 2 + 1, dtype=np.float64)
    shift_y, shift_x = np.meshgrid(-half, half, indexing="ij")
    return _Plan(
        side,
        size,
        move,
        mask,
        spectrum.astype(np.complex64),
        masks.astype(np.complex64),
        np.maximum(overlap, 0).astype(np.float32),
        mirror,
        rotation,
        shifts(shift_x, shift_y, part=len(parts) - 1),
    )


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


def _agreement(picture: Any, groups: tuple[tuple[int, ...], ...], plan: _Plan) -> Any:
    """Correlate a centred picture with its copies → (groups, linear parts, size, size)."""
    side, size = plan.side, plan.size
    channels = picture.shape[0]
    flat = picture.reshape(channels, side * side)
    copies = plan.move(flat).reshape(channels, -1, side, side) * plan.mask

    frame, masks = plan.frame, plan.masks
    f, g = _spectrum(picture, size)[:, None], _spectrum(copies, size)
    count = np.maximum(plan.overlap, 1.0)
    # Sums over the overlap, by shift; a group's energies and products add before the inverse FFT.
    sum_f, sum_g = _shifted_sums(f, masks, size), _shifted_sums(frame, g, size)
    result = []
    for group in groups:
        members = np.array(group)
        energy_f = _shifted_sums(_spectrum((picture[members] ** 2).sum(axis=0), size), masks, size)
        energy_g = _shifted_sums(frame, _spectrum((copies[members] ** 2).sum(axis=0), size), size)
        product = np.asarray(irfft2((f[members] * np.conj(g[members])).sum(axis=0), (size, size)))
        variance = (picture[members] ** 2).mean(axis=(1, 2)).sum()
        sums = sum_f[members], sum_g[members]
        result.append(_normalised(product, sums, (energy_f, energy_g), count, variance))
    enough = plan.overlap >= MINIMUM_OVERLAP * side * side
    return np.where(enough, np.stack(result), 0.0)


def element_maps(picture: Any, groups: tuple[tuple[int, ...], ...]) -> ElementMaps:
    """Measure a picture's agreement with all its mirrored, rotated and shifted copies.

    Parameters
    ----------
    picture : array of shape (channels, S, S), rows from the top
    groups : tuple of tuples of channel indices
        Channels of one group are compared together, as the components of one vector.

    Returns
    -------
    ElementMaps
        Agreements in [-1, 1]; 0 where copy and original share less than MINIMUM_OVERLAP of the
        frame.
    """
    side = picture.shape[-1]
    plan = _plan(side)
    centred = picture - picture.mean(axis=(1, 2), keepdims=True)
    agreement = _agreement(centred, groups, plan)
    # One more row and column, so that bilinear sampling can go round the edge of the FFT.
    wrapped = np.pad(agreement, ((0, 0), (0, 0), (0, 1), (0, 1)), mode="wrap")
    flat = wrapped.reshape(len(groups), -1)
    return ElementMaps(plan.mirror(flat), plan.rotation(flat), plan.translation(flat))


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
        place = np.stack([(rows - 1) / 2 - origin[:, 1], (columns - 1) / 2 + origin[:, 0]])
        inside = (np.abs(origin) <= np.array([columns, rows]) / 2).all(axis=1)
        mask = inside.reshape(rows, columns).astype(np.float32)
        copy = map_coordinates(values, place, order=1, mode="nearest").reshape(rows, columns) * mask
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
