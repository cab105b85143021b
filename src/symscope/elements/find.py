"""The search for elements of symmetry, in a picture; signals and volumes are searched by space.py.

Every linear part (mirrors by angle, rotations by order, the identity) is correlated with the
picture for all shifts at once; the highest peaks are refined below the grid; then it is chosen
which of them count as there, and which only follow from others.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from skimage.feature import peak_local_max, structure_tensor

from symscope.elements.element import Element, Elements, strongest
from symscope.elements.lattice import lattice_basis
from symscope.elements.scene import LEAST_OVERLAP, LEAST_REPEATED, Image, Points, Scene
from symscope.elements.space import find_in_space
from symscope.errors import UsageError
from symscope.features.correlation import ROTATION_PARTS, mirror_parts, shift_agreement
from symscope.groups import ORDERS, Isometry, is_upright
from symscope.io.grids import Grid

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
"""The same of upright axes alone."""

ROUGH = 0.2
"""Blur, in how far what is shown spreads across: hands draw two halves alike only so far. Chosen on
hand-drawn letters, where 0.15 to 0.4 rank them as well."""

CIRCLE = (0.5, 1.0, 1.7, 2.3, 2.9)
"""Angles, in radians, that no rotation of order 8 or less comes close to."""

LINE = (0.11, 0.29, 0.47, 0.71, 1.0)
"""Shifts along the stripes, in halves of the shorter side: no lattice has all of them."""

NEAR_BEST = 0.12
"""Peaks whose correlation is that much below the highest are no periods, but near repeats."""

LEAST_PEAK = 0.45
"""Least correlation of a period's peak."""

DIP = 0.15
"""How far the correlation must fall between no shift and a period: a ridge is not a period."""

LONG = 0.4
"""Length, with the picture's longer side 2, from which a period is refined by itself."""

PRESENT = 0.8
"""Agreement from which an element counts as there; see ``symscope evaluate elements``."""

BESIDE = 0.15
"""Elements whose agreement is that much below the strongest one's are chance resemblance."""

LAG = 0.1
"""The same for a whole family, stripes or a circle: where it holds, nothing holds much better."""

NEAR = 0.125
"""Distance up to which two centres are taken for one, in half the searched part's longer side."""


def find_elements(values: NDArray[Any] | Grid, side: float = 2.0) -> Elements:
    """Find the elements of symmetry of a picture, a signal or a volume.

    Parameters
    ----------
    values : a picture, array of shape (R, C), grey or levels, rows from the top, at least 16 × 16,
        or (channels, R, C), in colours; or a signal or volume on its grid. Of a strip more than
        four times as long as wide, the middle is searched
    side : of the square in a picture's middle that is searched; its longer side is 2

    Returns
    -------
    Elements
        Those that count as there, without what follows from something else that is listed.

    Raises
    ------
    UsageError
        For a picture of another shape, or with values that are not finite.
    """
    if isinstance(values, Grid):
        return find_in_space(values)
    shown = np.asarray(values)
    sides = shown.shape[-2:]
    if shown.ndim not in (2, 3) or min(sides) < LEAST_SIDE:
        raise UsageError(
            f"found a picture of shape {shown.shape}: expected at least {LEAST_SIDE} × {LEAST_SIDE}"
        )
    shown = shown.astype(np.float32)
    if not np.isfinite(shown).all():
        raise UsageError("found values that are not finite in a picture: remove them")
    limit = min(side, MOST_DRAWN_OUT * 2.0 * min(sides) / max(sides))
    scene = Scene(shown).part(limit, limit).scaled(MAX_SIDE)
    if float(scene.pixels.std()) < 1e-6:
        return Elements((), strongest((), 0.0))
    stripes, periods = stripes_of(scene.scaled(FINE)), translations_of(scene)

    # About three periods are cut out: in a smaller part, the same pixels show finer detail.
    vectors = np.array([item.vector for item in periods if item.pixels >= PRESENT]).reshape(-1, 2)
    longest = 3 * float(np.hypot(*vectors.T).max(initial=0.0))
    window = scene
    if len(vectors) == 2:
        window = scene.part(longest, longest)
    elif len(vectors) == 1:
        across, along = np.abs(vectors[0])
        if along > 4 * across:
            window = scene.part(scene.columns * scene.step, longest)
        elif across > 4 * along:
            window = scene.part(longest, scene.rows * scene.step)

    coarse, fine = window.scaled(COARSE), window.scaled(FINE)
    rotations, mirrors = rotations_of(coarse, fine)[0], mirrors_of(coarse, fine)
    glides = _glides(coarse, fine, vectors) if len(vectors) else []
    candidates = [*mirrors.axes, *rotations, *periods, *glides, stripes]
    left_right = bilateral(_rough(coarse), _rough(fine))
    return _chosen(candidates, left_right, coarse.step * max(coarse.rows, coarse.columns) / 2)


# Families of moves, by the parameters that are refined


def unit(angle: float) -> Points:
    """Return the unit vector of this angle, in radians."""
    return np.array([np.cos(angle), np.sin(angle)])


def reflection(angle: float, offset: float, along: float = 0.0) -> tuple[Isometry]:
    """Mirror in the axis of this angle and offset, then shift along it."""
    mirror = Isometry.mirror(unit(angle + np.pi / 2), offset)
    return (Isometry(mirror.linear, mirror.shift + along * unit(angle)),)


def rotations_about(turns: Sequence[float], x: float, y: float) -> tuple[Isometry, ...]:
    """Rotate by each of these angles, in radians, about a centre."""
    return tuple(Isometry.rotation(turn, (x, y)) for turn in turns)


def shifts_along(reach: float, angle: float) -> tuple[Isometry, ...]:
    """Shift by each length of LINE, in units of ``reach``, along a direction."""
    return tuple(Isometry.translation(length * reach * unit(angle)) for length in LINE)


def _shift(x: float, y: float) -> tuple[Isometry]:
    return (Isometry.translation((x, y)),)


# Candidates


class Mirrors(NamedTuple):
    """Mirror axes of a picture, strongest first, and what the search saw beside them.

    Attributes
    ----------
    axes : refined
    by_angle : (ANGLES,), coarse agreement of the best axis of each angle
    slid : (slides,), the same of the best mirror that is slid along its axis
    """

    axes: list[Element]
    by_angle: NDArray[np.float64]
    slid: NDArray[np.float64]


def _sampled(surface: Image, shifts: NDArray[np.float64], step: float) -> NDArray[Any]:
    """Read a surface of all shifts at shifts (…, 2), x and y in the picture's units."""
    rows, columns = surface.shape[-2] // 2, surface.shape[-1] // 2
    places = np.stack([rows - shifts[..., 1] / step, columns + shifts[..., 0] / step])
    flat = places.reshape(2, -1)
    return map_coordinates(surface, flat, order=1, cval=-1.0).reshape(shifts.shape[:-1])


def _offsets(coarse: Scene) -> NDArray[np.float64]:
    """List the distances of axes from the middle that are tried, (O,)."""
    reach = 0.9 * min(coarse.rows, coarse.columns) / 2 * coarse.step
    return np.arange(-reach, reach + 1e-9, coarse.step / 2)


def _by_axis(
    coarse: Scene, angles: NDArray[np.float64], least: float, slides: Sequence[float] = (0.0,)
) -> NDArray[np.float64]:
    """Compare with mirrors of all angles and offsets → (slides, angles, O), coarse agreement.

    Parameters
    ----------
    slides : of the mirrors along their axes, in shorter sides; slid, a mirror is no symmetry, but
        as likely to agree by chance
    """
    surfaces = shift_agreement(coarse.smooth, mirror_parts(angles), least)
    along = np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None]
    normals = np.stack([-np.sin(angles), np.cos(angles)], axis=1)[:, None]
    shifts = 2 * _offsets(coarse)[:, None] * normals
    shorter = min(coarse.rows, coarse.columns) * coarse.step
    shifts = shifts + np.array(slides)[:, None, None, None] * shorter * along
    return np.stack(
        [
            np.stack([_sampled(s, v, coarse.step) for s, v in zip(surfaces, of_slide, strict=True)])
            for of_slide in shifts
        ]
    )


def mirrors_of(
    coarse: Scene,
    fine: Scene,
    least: float = LEAST_OVERLAP,
    slides: Sequence[float] = (),
    least_peak: float = 0.25,
    most: int = TRIES,
) -> Mirrors:
    """Find mirror axes, strongest first, and what others reach."""
    angles, offsets = np.pi * np.arange(ANGLES) / ANGLES, _offsets(coarse)
    line, *slid = _by_axis(coarse, angles, least, (0.0, *slides))
    # The highest peaks; half a turn of the axis changes the offset's sign.
    edge = 3
    around = np.concatenate([line[-edge:, ::-1], line, line[:edge, ::-1]])
    peaks = peak_local_max(around, min_distance=2, threshold_abs=least_peak, exclude_border=False)
    peaks = [(row - edge, column) for row, column in peaks if 0 <= row - edge < ANGLES]
    refined = [
        _axis(fine, *_start(coarse, float(angles[row]), float(offsets[column])), least=least)
        for row, column in peaks[:most]
    ]
    axes = sorted(_distinct(refined, coarse.step), key=lambda item: -item.pixels)
    return Mirrors(axes, line.max(axis=1), np.array([surface.max() for surface in slid]))


def _start(
    coarse: Scene, angle: float, offset: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an axis is refined from, (angle, offset) in the picture's frame, and by what steps."""
    normal = np.array([-np.sin(angle), np.cos(angle)])
    place = angle, float(offset + normal @ coarse.origin)
    return place, (float(np.deg2rad(1.5)), 0.7 * coarse.step)


def bilateral(coarse: Scene, fine: Scene) -> float:
    """Say how well left and right agree across the best axis that is nearly vertical, up to 1.

    Of one picture at COARSE, where axes are tried, and at FINE, where they are refined.
    """
    angles, offsets = np.pi * np.arange(ANGLES) / ANGLES, _offsets(coarse)
    angles = angles[[is_upright(float(angle)) for angle in np.rad2deg(angles)]]
    line = _by_axis(coarse, angles, LEAST_OVERLAP)[0]
    peaks = peak_local_max(line, min_distance=2, threshold_abs=0.1, exclude_border=False)
    limits = float(angles[0]), float(angles[-1])
    refined = [
        _axis(fine, *_start(coarse, float(angles[row]), float(offsets[column])), limits).pixels
        for row, column in peaks[:UPRIGHT_TRIES]
    ]
    return max(refined, default=0.0)


def _rough(scene: Scene) -> Scene:
    """Blur a picture by ROUGH of how far what it shows, other than its ground, spreads across."""
    ground = np.median(scene.pixels, axis=(1, 2), keepdims=True)
    shown = ((scene.pixels - ground) ** 2).sum(axis=(0, 1))
    x = np.arange(scene.columns)
    spread = np.sqrt(np.cov(x, aweights=shown, ddof=0)) if shown.any() else 0.0
    blurred = gaussian_filter(scene.pixels, (0, ROUGH * spread, ROUGH * spread), mode="nearest")
    return Scene(blurred, scene.step * max(scene.rows, scene.columns), scene.origin)


def _axis(
    fine: Scene,
    start: Sequence[float],
    steps: Sequence[float],
    limits: tuple[float, float] = (-np.inf, np.inf),
    least: float = LEAST_OVERLAP,
) -> Element:
    """Refine a mirror from (angle, offset), or a glide from (angle, offset, shift along it)."""
    best, pixels, share = fine.refined(
        lambda angle, *rest: reflection(np.clip(angle, *limits), *rest), start, steps, least
    )
    angle = float(np.clip(best[0], *limits))
    # An axis is named by its angle in [0, π): half a turn changes the offset's sign.
    turns = int(np.floor(angle / np.pi))
    named, offset = float(angle - turns * np.pi), float(best[1] * (-1) ** turns)
    where: dict[str, Any] = {"angle_deg": float(np.rad2deg(named)), "offset": offset}
    if len(best) == 2:
        return Element("mirror", reflection(named, offset), pixels, share, **where)
    x, y = best[2] * unit(angle)
    return Element("glide", reflection(*best), pixels, share, **where, vector=(float(x), float(y)))


def _distinct(axes: Sequence[Element], step: float) -> list[Element]:
    """Leave out what is an earlier axis within what the coarse grid can tell."""
    kept: list[Element] = []
    for item in axes:
        for other in kept:
            turn = (item.angle_deg or 0.0) - (other.angle_deg or 0.0)
            sign = -1 if abs(turn) > 90 else 1
            away = abs((item.offset or 0.0) - sign * (other.offset or 0.0))
            if abs((turn + 90) % 180 - 90) < 5 and away < 4 * step:
                break
        else:
            kept.append(item)
    return kept


def rotations_of(
    coarse: Scene, fine: Scene, least: float = LEAST_OVERLAP
) -> tuple[list[Element], NDArray[np.float64]]:
    """Find the best centre of each order and of O(2), the last; and each one's coarse agreement."""
    # Agreement by order and centre: (7, G, G).
    surfaces = shift_agreement(coarse.smooth, ROTATION_PARTS, least)
    width, height = coarse.columns * coarse.step / 2, coarse.rows * coarse.step / 2
    grid = np.meshgrid(
        np.linspace(-0.8 * width, 0.8 * width, 65), np.linspace(-0.8 * height, 0.8 * height, 65)
    )
    centres = np.stack(grid, axis=-1)
    moved = [centres @ (np.eye(2) - part).T for part in ROTATION_PARTS]
    maps = np.stack([_sampled(s, m, coarse.step) for s, m in zip(surfaces, moved, strict=True)])

    # Two peaks of each order are refined; for the circle, the one where all orders agree best.
    tries: list[tuple[str, int | None, Sequence[float], Any]] = []
    for order, surface in zip(ORDERS, maps, strict=True):
        peaks = peak_local_max(
            surface, min_distance=3, threshold_abs=0.25, num_peaks=2, exclude_border=False
        )
        tries.append(("rotation", order, [2 * np.pi / order], peaks))
    whole = maps.min(axis=0)
    tries.append(("round", None, CIRCLE, [np.unravel_index(whole.argmax(), whole.shape)]))
    best_of_each: list[Element] = []
    for kind, order, turns, places in tries:
        make, refined = partial(rotations_about, turns), []
        for row, column in places:
            start = centres[row, column] + coarse.origin
            best, pixels, share = fine.refined(make, start, (coarse.step, coarse.step), least)
            x, y = float(best[0]), float(best[1])
            refined.append(Element(kind, make(x, y), pixels, share, order=order, centre=(x, y)))
        best_of_each += sorted(refined, key=lambda item: -item.pixels)[:1]
    return best_of_each, np.array([*maps.max(axis=(1, 2)), whole.max()], np.float64)


def stripes_of(fine: Scene) -> Element:
    """Refine the direction in which the picture changes least."""
    tensors = [structure_tensor(channel, 1, mode="nearest", order="xy") for channel in fine.smooth]
    xx, xy, yy = (sum(float(a.mean()) for a in of_each) for of_each in zip(*tensors, strict=True))
    # y runs down in the pixels, up in the picture's coordinates.
    vectors = np.linalg.eigh(np.array([[xx, -xy], [-xy, yy]]))[1]
    start = float(np.arctan2(vectors[1, 0], vectors[0, 0]))
    make = partial(shifts_along, min(fine.rows, fine.columns) * fine.step / 2)
    best, pixels, share = fine.refined(make, [start], [np.deg2rad(1.0)], LEAST_REPEATED)
    angle = float(np.rad2deg(best[0]) % 180)
    return Element("stripes", make(best[0]), pixels, share, angle_deg=angle)


def translations_of(scene: Scene) -> list[Element]:
    """Find the shortest basis of the lattice, or the one period of a frieze."""
    surface = shift_agreement(scene.smooth, np.eye(2)[None], LEAST_REPEATED)[0]
    middle = np.array(surface.shape) // 2
    periods: list[tuple[NDArray[np.float64], float]] = []
    for peak in peak_local_max(surface, min_distance=2, threshold_abs=0.3, num_peaks=5000):
        down, right = peak - middle
        if (-down, right) > (0, 0):
            # The agreement must fall between no shift and this one: a ridge is not a period.
            steps = np.linspace(0, 1, 40)[1:-1, None]
            way = map_coordinates(surface, (middle + steps * (peak - middle)).T, order=1)
            value = surface[tuple(peak)]
            if way.min() < value - DIP:
                periods.append((np.array([right, -down], np.float64), float(value)))
    best = max((value for _, value in periods), default=0.0)
    shifts = [shift for shift, value in periods if value >= max(best - NEAR_BEST, LEAST_PEAK)]
    if not shifts:
        return []
    basis: list[Element] = []
    for vector in lattice_basis(surface, np.array(shifts)) * scene.step:
        # A fit to many periods is better than the comparison of neighbours; with few, it is not.
        if np.hypot(*vector) > LONG:
            steps = (0.3 * scene.step, 0.3 * scene.step)
            vector = scene.refined(_shift, vector, steps, LEAST_REPEATED)[0]
        x, y = float(vector[0]), float(vector[1])
        pixels, share = scene.agreement(*_shift(x, y))
        angle = float(np.rad2deg(np.arctan2(y, x)) % 180)
        basis.append(
            Element("translation", _shift(x, y), pixels, share, angle_deg=angle, vector=(x, y))
        )
    return basis


def _glides(coarse: Scene, fine: Scene, vectors: NDArray[np.float64]) -> list[Element]:
    """Find glides of a picture with these periods (1 or 2, 2) whose axis is not a mirror."""
    # Along and across the periods, and along their sums.
    sums = [vectors[0] + vectors[1], vectors[0] - vectors[1]] if len(vectors) == 2 else []
    angles = [float(np.arctan2(v[1], v[0])) for v in [*vectors, *sums]]
    angles = sorted({round(a % np.pi, 3) for b in angles for a in (b, b + np.pi / 2)})
    surfaces = shift_agreement(coarse.smooth, mirror_parts(np.array(angles)), LEAST_OVERLAP)
    glides: list[Element] = []
    lengths = np.hypot(*vectors.T)
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
            steps = (np.deg2rad(1.0), 0.5 * coarse.step, 0.5 * coarse.step)
            glide = _axis(fine, start, steps)
            if fine.agreement(*reflection(angle, glide.offset or 0.0))[0] < PRESENT:
                glides.append(glide)
    # Two directions of nearly the same angle may end at one axis.
    return _distinct(sorted(glides, key=lambda item: -item.pixels), coarse.step)


def _chosen(candidates: Sequence[Element], left_right: float, reach: float) -> Elements:
    """Choose which candidates count as there and do not follow from others.

    Stripes or a circle come alone: mirrors, rotations about the centre and shifts along the stripes
    follow from them.

    Parameters
    ----------
    candidates : all that were refined; ``stripes`` and ``round`` at most once
    left_right : rough agreement of the two, see ``bilateral``
    reach : half of the searched part's longer side
    """
    of_each = strongest(candidates, left_right)
    # Not what left and right reach roughly: that is no agreement of an element.
    best = max((item.pixels for item in candidates), default=0.0)
    families = {item.kind: item for item in candidates if item.kind in ("stripes", "round")}
    stripes, circle = families.get("stripes"), families.get("round")
    if stripes and stripes.pixels >= max(PRESENT, best - LAG):
        # Shifts by one period may hold along the stripes where others do not hold as well.
        periods = [
            item.pixels
            for item in candidates
            if item.kind == "translation"
            and abs(((item.angle_deg or 0.0) - (stripes.angle_deg or 0.0) + 90) % 180 - 90) < 10
        ]
        if max(periods, default=0.0) <= stripes.pixels + LAG / 2:
            return Elements((stripes,), of_each)

    # A rotation follows from one of a multiple of its order about the same centre.
    present = [item for item in candidates if item.pixels >= max(PRESENT, best - BESIDE)]
    turns = [item for item in present if item.kind == "rotation"]
    orders = np.array([item.order for item in turns], int)
    centres = np.array([item.centre for item in turns]).reshape(-1, 2)
    concentric = np.hypot(*(centres[:, None] - centres).T) < NEAR * reach
    multiple = (orders > orders[:, None]) & (orders % orders[:, None] == 0)
    follows = (multiple & concentric).any(axis=1)
    implied = [turn for turn, after in zip(turns, follows, strict=True) if after]
    kept = [
        item
        for item in present
        if item.kind not in families and not any(item is turn for turn in implied)
    ]
    # Only a circle has turns of three orders, none a multiple of another, about one centre.
    many = concentric[~follows][:1, ~follows].sum() > 2
    if circle and (circle.pixels >= max(PRESENT, best - LAG) or many):
        return Elements((circle,), of_each)
    return Elements(tuple(kept), of_each)
