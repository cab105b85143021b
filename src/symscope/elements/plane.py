"""The search: all mirrors, rotations and glides by correlation, refined below the grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from skimage.feature import peak_local_max, structure_tensor

from symscope.elements.choice import BESIDE, PRESENT, chosen
from symscope.elements.element import Element, Elements, strongest
from symscope.elements.lattice import translations
from symscope.elements.scene import LEAST_OVERLAP, LEAST_REPEATED, Image, Points, Scene, refined
from symscope.errors import UsageError
from symscope.features.correlation import mirror_parts, rotation_parts, shift_agreement
from symscope.groups import ORDERS, Isometry, is_upright

LEAST_SIDE = 16
"""Least side of a picture, in pixels."""

MOST_DRAWN_OUT = 4
"""Largest ratio of the sides that is searched."""

MAX_SIDE = 256
"""Longest side, in pixels, at which a picture is searched."""

COARSE = 64
"""Longest side at which all mirrors and rotations are tried."""

FINE = 128
"""Longest side at which they are refined."""

ANGLES = 60
"""Axis angles tried, 3° apart."""

TRIES = 12
"""Axes refined, best first."""

UPRIGHT_TRIES = 3
"""Upright axes refined for their own sake, best first."""

CIRCLE = (0.5, 1.0, 1.7, 2.3, 2.9)
"""Angles, in radians, that no rotation of order 8 or less comes close to."""

LINE = (0.11, 0.29, 0.47, 0.71, 1.0)
"""Shifts along the stripes, in halves of the shorter side: no lattice has all of them."""


def unit(angle: float) -> Points:
    """Return the unit vector of this angle, in radians."""
    return np.array([np.cos(angle), np.sin(angle)])


def reflection(angle: float, offset: float, along: float = 0.0) -> Isometry:
    """Mirror in the axis of this angle and offset, then shift along it."""
    mirror = Isometry.mirror(unit(angle + np.pi / 2), offset)
    return Isometry.translation(along * unit(angle)) @ mirror


def _window(scene: Scene, periods: Sequence[Element]) -> Scene:
    """Cut out about three periods: in a smaller part, the same pixels show finer detail."""
    if not periods:
        return scene
    vectors = np.array([item.vector for item in periods])
    longest = float(np.hypot(*vectors.T).max())
    if len(vectors) == 2:
        return scene.part((3 * longest, 3 * longest))
    across, along = np.abs(vectors[0])
    if along > 4 * across:
        return scene.part((scene.columns * scene.step, 3 * longest))
    if across > 4 * along:
        return scene.part((3 * longest, scene.rows * scene.step))
    return scene


def _sampled(surface: Image, shifts: NDArray[np.float64], step: float) -> NDArray[Any]:
    """Read a surface at shifts (…, 2), x and y in the picture's units."""
    rows, columns = surface.shape[-2] // 2, surface.shape[-1] // 2
    places = np.stack([rows - shifts[..., 1] / step, columns + shifts[..., 0] / step])
    flat = places.reshape(2, -1)
    return map_coordinates(surface, flat, order=1, cval=-1.0).reshape(shifts.shape[:-1])


def _mirrors(coarse: Scene, fine: Scene) -> tuple[list[Element], float]:
    """Find mirror axes, strongest first, and the best agreement of an upright one."""
    angles = np.pi * np.arange(ANGLES) / ANGLES
    surfaces, overlaps = shift_agreement(coarse.smooth, mirror_parts(angles))
    surfaces = np.where(overlaps >= LEAST_OVERLAP, surfaces, -1.0)
    reach = 0.9 * min(coarse.rows, coarse.columns) / 2 * coarse.step
    offsets = np.arange(-reach, reach + 1e-9, coarse.step / 2)
    normal = np.stack([-np.sin(angles), np.cos(angles)], axis=1)
    shifts = 2 * offsets[None, :, None] * normal[:, None]
    line = np.stack([_sampled(s, v, coarse.step) for s, v in zip(surfaces, shifts, strict=True)])
    # Half a turn of the axis changes the offset's sign.
    edge = 3
    around = np.concatenate([line[-edge:, ::-1], line, line[:edge, ::-1]])
    peaks = peak_local_max(around, min_distance=2, threshold_abs=0.25, exclude_border=False)
    peaks -= [edge, 0]

    def axis(row: int, column: int, limits: tuple[float, float]) -> Element:
        offset = float(offsets[column] + normal[row] @ coarse.origin)
        start, steps = (float(angles[row]), offset), (np.deg2rad(1.5), 0.7 * coarse.step)
        best, pixels, share = refined(
            fine, lambda a, d: [reflection(np.clip(a, *limits), d)], start, steps
        )
        a, d = _half_turned(float(np.clip(best[0], *limits)), best[1])
        mirror = (reflection(a, d),)
        return Element("mirror", mirror, pixels, share, angle_deg=float(np.rad2deg(a)), offset=d)

    found: list[Element] = []
    for row, column in [peak for peak in peaks if 0 <= peak[0] < ANGLES][:TRIES]:
        item = axis(row, column, (-np.inf, np.inf))
        if not any(_same_axis(item, other, coarse.step) for other in found):
            found.append(item)
    band = np.flatnonzero([is_upright(float(angle)) for angle in np.rad2deg(angles)])
    peaks = peak_local_max(line[band], min_distance=2, threshold_abs=0.1, exclude_border=False)
    limits = float(angles[band[0]]), float(angles[band[-1]])
    upright = [axis(int(band[row]), column, limits) for row, column in peaks[:UPRIGHT_TRIES]]
    return (
        sorted(found, key=lambda item: -item.pixels),
        max((item.pixels for item in upright), default=0.0),
    )


def _half_turned(angle: float, offset: float) -> tuple[float, float]:
    """Name an axis by its angle in [0, π): half a turn of the angle changes the offset's sign."""
    turns = int(np.floor(angle / np.pi))
    return float(angle - turns * np.pi), float(offset * (-1) ** turns)


def _same_axis(one: Element, other: Element, step: float) -> bool:
    """Whether two axes are the same within what the coarse grid can tell."""
    first, second = one.angle_deg or 0.0, other.angle_deg or 0.0
    away = abs((first - second + 90) % 180 - 90)
    sign = -1 if abs(first - second) > 90 else 1
    return away < 5 and abs((one.offset or 0.0) - sign * (other.offset or 0.0)) < 4 * step


def _centre_maps(coarse: Scene) -> tuple[NDArray[Any], Points]:
    """Agreement by order and centre: (7, G, G) and the centres (G, G, 2), from the middle."""
    parts = rotation_parts()
    surfaces, overlaps = shift_agreement(coarse.smooth, parts)
    surfaces = np.where(overlaps >= LEAST_OVERLAP, surfaces, -1.0)
    width, height = coarse.columns * coarse.step / 2, coarse.rows * coarse.step / 2
    grid = np.meshgrid(
        np.linspace(-0.8 * width, 0.8 * width, 65), np.linspace(-0.8 * height, 0.8 * height, 65)
    )
    centres = np.stack(grid, axis=-1)
    moved = [centres @ (np.eye(2) - part).T for part in parts]
    maps = [_sampled(s, m, coarse.step) for s, m in zip(surfaces, moved, strict=True)]
    return np.stack(maps), centres


def _rotations(coarse: Scene, fine: Scene) -> tuple[list[Element], Element]:
    """Find the best rotation centre of each order, and the best centre of O(2)."""
    maps, centres = _centre_maps(coarse)
    found: list[Element] = []
    for order, surface in zip(ORDERS, maps, strict=True):
        peaks = peak_local_max(
            surface, min_distance=3, threshold_abs=0.25, num_peaks=2, exclude_border=False
        )
        tries = [
            _about(
                *(fine, "rotation", [2 * np.pi / order]),
                *(centres[row, column] + coarse.origin, coarse.step, order),
            )
            for row, column in peaks
        ]
        found += sorted(tries, key=lambda item: -item.pixels)[:1]
    whole = maps.min(axis=0)
    row, column = np.unravel_index(whole.argmax(), whole.shape)
    middle = centres[row, column] + coarse.origin
    return found, _about(fine, "round", CIRCLE, middle, coarse.step, None)


def _about(
    fine: Scene, kind: str, turns: Sequence[float], start: Points, step: float, order: int | None
) -> Element:
    """Refine the centre of rotations by these angles, in radians."""

    def make(x: float, y: float) -> list[Isometry]:
        return [Isometry.rotation(angle, (x, y)) for angle in turns]

    best, pixels, share = refined(fine, make, start, (step, step))
    place = (float(best[0]), float(best[1]))
    return Element(kind, tuple(make(*place)), pixels, share, order=order, centre=place)


def _stripes(fine: Scene) -> Element:
    xx, xy, yy = (float(a.mean()) for a in structure_tensor(fine.smooth, 1, order="xy"))
    # y runs down in the pixels, up in the picture's coordinates.
    vectors = np.linalg.eigh(np.array([[xx, -xy], [-xy, yy]]))[1]
    start = float(np.arctan2(vectors[1, 0], vectors[0, 0]))
    half = min(fine.rows, fine.columns) * fine.step / 2

    def make(angle: float) -> list[Isometry]:
        return [Isometry.translation(length * half * unit(angle)) for length in LINE]

    best, pixels, share = refined(fine, make, [start], [np.deg2rad(1.0)], LEAST_REPEATED)
    angle = float(np.rad2deg(best[0]) % 180)
    return Element("stripes", tuple(make(best[0])), pixels, share, angle_deg=angle)


def _glides(coarse: Scene, fine: Scene, periods: Sequence[Element]) -> list[Element]:
    """Find glides whose axis is not a mirror; only a repeating picture can have them."""
    vectors = [np.array(item.vector) for item in periods]
    if not vectors:
        return []
    sums = [vectors[0] + vectors[1], vectors[0] - vectors[1]] if len(vectors) == 2 else []
    lines = [*vectors, *sums]
    angles = [float(np.arctan2(v[1], v[0])) for v in lines]
    angles = sorted({round(a % np.pi, 3) for b in angles for a in (b, b + np.pi / 2)})
    surfaces, overlaps = shift_agreement(coarse.smooth, mirror_parts(np.array(angles)))
    surfaces = np.where(overlaps >= LEAST_OVERLAP, surfaces, -1.0)
    found: list[Element] = []
    lengths = np.hypot(*np.array(vectors).T)
    for angle, surface in zip(angles, surfaces, strict=True):
        along, normal = unit(angle), unit(angle + np.pi / 2)
        middle = np.array(surface.shape) // 2
        peaks = peak_local_max(surface, min_distance=2, threshold_abs=0.5, num_peaks=200)
        shifts = (peaks - middle)[:, ::-1] * [coarse.step, -coarse.step]
        slides, rises = shifts @ along, shifts @ normal
        # Without the slide it would be a mirror.
        alone = _sampled(surface, rises[:, None] * normal, coarse.step)
        fits = (slides > 0.2 * lengths.min()) & (slides < 1.2 * lengths.max())
        fits &= alone < surface[tuple(peaks.T)] - BESIDE
        for slide, rise in zip(slides[fits][:2], rises[fits][:2], strict=True):
            start = (angle, rise / 2 + float(normal @ coarse.origin), slide)
            glide = _glide(fine, start, coarse.step)
            if fine.agreement(reflection(start[0], glide.offset or 0.0))[0] < PRESENT:
                found.append(glide)
    # Two directions of nearly the same angle may end at one axis.
    distinct: list[Element] = []
    for glide in sorted(found, key=lambda item: -item.pixels):
        if not any(_same_axis(glide, other, coarse.step) for other in distinct):
            distinct.append(glide)
    return distinct


def _glide(fine: Scene, start: tuple[float, float, float], step: float) -> Element:
    def make(angle: float, offset: float, slide: float) -> list[Isometry]:
        return [reflection(angle, offset, slide)]

    best, pixels, share = refined(fine, make, start, (np.deg2rad(1.0), 0.5 * step, 0.5 * step))
    vector = best[2] * unit(best[0])
    angle, offset = _half_turned(best[0], best[1])
    return Element(
        "glide",
        tuple(make(*best)),
        pixels,
        share,
        angle_deg=float(np.rad2deg(angle)),
        offset=offset,
        vector=(float(vector[0]), float(vector[1])),
    )


def find_in_plane(picture: NDArray[Any]) -> Elements:
    """Find the elements of a picture.

    Parameters
    ----------
    picture : array of shape (R, C), grey or levels, rows from the top; at least 16 × 16;
        of a strip more than four times as long as wide, the middle is searched

    Returns
    -------
    Elements
        Only what reaches PRESENT, without what follows from something else that is listed
        (``choice.chosen``).

    Raises
    ------
    UsageError
        For another shape, or values that are not finite.
    """
    grey = np.asarray(picture)
    if grey.ndim != 2 or min(grey.shape) < LEAST_SIDE:
        raise UsageError(
            f"found a picture of shape {grey.shape}: expected at least {LEAST_SIDE} × {LEAST_SIDE}"
        )
    grey = grey.astype(np.float32)
    if not np.isfinite(grey).all():
        raise UsageError("found values that are not finite in a picture: remove them")
    if float(grey.std()) < 1e-6:
        return Elements((), strongest((), 0.0))
    limit = MOST_DRAWN_OUT * 2.0 * min(grey.shape) / max(grey.shape)
    scene = Scene(grey).part((limit, limit)).scaled(MAX_SIDE)
    stripes, periods = _stripes(scene.scaled(FINE)), translations(scene)
    repeats = [item for item in periods if item.pixels >= PRESENT]
    window = _window(scene, repeats)
    coarse, fine = window.scaled(COARSE), window.scaled(FINE)
    rotations, circle = _rotations(coarse, fine)
    mirrors, upright = _mirrors(coarse, fine)
    candidates = [
        *(*mirrors, *rotations, *periods, *_glides(coarse, fine, repeats)),
        *(stripes, circle),
    ]
    return chosen(candidates, upright, coarse.step * max(coarse.rows, coarse.columns) / 2)
