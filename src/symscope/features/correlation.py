"""How well a picture agrees with moved copies of itself, for all places of the element at once.

A picture of the plane is compared with its mirrored, rotated and shifted copies by normalised
cross-correlation over the part of the frame that both cover (masked by the frame, local means
removed). Every linear part (a mirror's angle, a rotation's order, the identity) gives the agreement
at those shifts that mean something (shifts.py), the products by FFT, the sums over what overlaps
from cumulative sums. The shifts are then re-indexed by what they mean:

- mirrors: angle of the axis × offset of the axis from the frame's centre,
- rotations: order n × position of the centre,
- translations: the shift vector.

Templates are checked and pictures are read by the same arithmetic. Fast masked correlation:
Padfield, IEEE Trans. Image Processing 21 (2012) 2706.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft, ifft, irfft, irfft2, next_fast_len, rfft, rfft2
from scipy.ndimage import map_coordinates

from symscope.features import shifts as places
from symscope.features.shifts import (
    MINIMUM_OVERLAP,
    MIRROR_ANGLES,
    REACH,
    Plan,
    mirror_parts,
    rotation_parts,
)
from symscope.groups import ORDERS

__all__ = [
    "MINIMUM_OVERLAP",
    "MIRROR_ANGLES",
    "REACH",
    "VARIANCE_FLOOR",
    "ElementMaps",
    "element_maps",
    "mirror_parts",
    "rotation_parts",
    "shift_agreement",
]

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
    """Sum copies (b, S, S, N) over what lies in the frame, at each place → (M, N)."""
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
    """Correlate centred channels, together, with their copies, at all places.

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
    plan = places.plan(side)
    pictures = np.asarray(picture, np.float32).reshape(-1, channels, side, side)
    centred = pictures - pictures.mean(axis=(2, 3), keepdims=True)
    variance = (centred**2).mean(axis=(2, 3))
    lanes = np.ascontiguousarray(centred.transpose(1, 2, 3, 0))
    found = []
    for group in groups:
        members = list(group)
        agreement = _agreement(lanes[members], variance[:, members].sum(axis=1), plan)
        found.append((plan.sample @ agreement).T)
    mirror, rotation, translation = np.split(np.stack(found, axis=1), plan.ends, axis=-1)
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
