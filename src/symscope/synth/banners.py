"""Banners: bands, crosses and quarters, with a charge or without, as flags are.

Their class is what the picture has about its middle: which flips and turns leave its pixels as they
are is counted before it is spoilt.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from symscope.groups import Symmetry
from symscope.synth.scenes import (
    CLEAN_DRAWINGS,
    LEAST_ODD,
    SIDE,
    Scene,
    frame,
    in_body,
    orbit_of,
    quarter,
    spoilt,
)
from symscope.synth.textures import Image2D, bands, flat_shape, in_range, looked_up, texture

Found = tuple[Symmetry, int, float | None]
"""A class, n of C_n and D_n, and an axis in degrees: of a mirror, or the direction of stripes."""

EQUAL, CHARGES, CANTON, LAID = 0.7, (0.25, 0.5, 0.25), 0.4, 0.35
"""Of banners: share of bands that are as wide as each other; shares without a charge, with one in
the middle, and elsewhere; share of these that are a quarter; and of all that lie on a ground."""

OF_CHARGE = (0.2, 0.4, 0.4)
"""Shares of charges without symmetry, with a mirror, with several."""

UNSEEN = 3
"""Pixels that may differ where a banner is symmetric."""


def banner(_: Symmetry, rng: Generator, on_ground: float = LAID) -> Scene:
    """Draw bands, a cross or quarters, many with a charge, as flags are; some lie on a ground.

    Its class is what the picture, or what lies on the ground, has about its middle.
    """
    rows, columns = SIDE, SIDE
    if rng.random() < 0.75:
        shorter = int(SIDE * rng.uniform(0.5, 0.9)) // 2 * 2
        rows, columns = (SIDE, shorter) if rng.random() < 0.1 else (shorter, SIDE)
    half = np.array([columns, rows]) / SIDE
    x, y = frame(rows, columns)
    across, up = x / half[0], y / half[1]
    laid = rng.random() < on_ground
    while True:
        striped, field = _field(rng, across, up, half)
        made_as = _about_middle(field) if laid or not striped else striped
        values = field.copy()
        charge = rng.choice(["none", "middle", "elsewhere"], p=CHARGES)
        if charge == "elsewhere" and rng.random() < CANTON:
            values[quarter(rng, across, up)] = rng.uniform()
        elif charge != "none":
            place = rng.uniform(-0.7, 0.7, 2) * half * (charge == "elsewhere")
            size = rng.uniform(0.2, 0.7) * half.min()
            _charged(values, rng, (x - place[0]) / size, (y - place[1]) / size)
        changed = int((np.abs(values - field) >= 0.1).sum())
        found = made_as if changed <= UNSEEN else _about_middle(values)
        if made_as and found and not UNSEEN < changed < LEAST_ODD and np.ptp(values) >= 0.1:
            break
    label, order, axis_deg = found
    centre, angle = np.zeros(2), 0.0
    if laid:
        values, centre, angle = _laid(values, half, rng)
    grey = gaussian_filter(values, 0.5) if rng.random() < 0.6 else values
    clean = rng.random() < CLEAN_DRAWINGS
    grey = in_range(grey).astype(np.float32) if clean else spoilt(grey, rng)
    if axis_deg is not None:
        axis_deg = (axis_deg + float(np.rad2deg(angle))) % 180
    return Scene(grey, label, order, axis_deg, (float(centre[0]), float(centre[1])), made_as[0])


def _laid(
    values: Image2D, half: NDArray[np.float64], rng: Generator
) -> tuple[Image2D, NDArray[np.float64], float]:
    """Lay a banner, often with round corners, on a ground → picture, its centre and its angle."""
    size, angle = rng.uniform(0.3, 0.75), rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else 0.0
    centre = rng.uniform(-1, 1, 2) * (1 - size) * (rng.random() < 0.6)
    frame_x, frame_y = frame(SIDE, SIDE)
    x, y = in_body(frame_x - centre[0], frame_y - centre[1], angle, size)
    rows, columns = values.shape
    places = np.stack([(rows - 1) / 2 - y * SIDE / 2, (columns - 1) / 2 + x * SIDE / 2])
    body = map_coordinates(values, places, order=1, mode="nearest")
    corner = rng.choice([0.02, rng.uniform(0.02, 0.3)]) * half.min()
    beyond = [np.maximum(np.abs(a) - (h - corner), 0) for a, h in zip((x, y), half, strict=True)]
    ground = np.full(x.shape, rng.uniform())
    if rng.random() < 0.4:
        ground = looked_up(texture(rng), frame_x, frame_y) * rng.uniform(0.3, 1)
    return np.where(np.hypot(*beyond) < corner, body, ground), centre, angle


def _field(
    rng: Generator, across: Image2D, up: Image2D, half: NDArray[np.float64]
) -> tuple[Found | None, Image2D]:
    """Draw what a banner's charge lies on, in a frame whose sides lie at ±1; stripes say so."""
    kind = rng.choice(
        ["bands", "cross", "saltire", "quarters", "hoist"], p=[0.6, 0.1, 0.05, 0.1, 0.15]
    )
    if kind == "bands":
        angle = rng.choice([0, np.pi / 2, np.pi / 4, -np.pi / 4], p=[0.35, 0.5, 0.075, 0.075])
        along = across * np.cos(angle) + up * np.sin(angle)
        direction = np.rad2deg(np.arctan2(np.sin(angle) / half[1], np.cos(angle) / half[0])) + 90
        return (Symmetry.STRIPED, 1, float(direction % 180)), _banded(rng, along)
    if kind == "cross":
        arms = np.minimum(np.abs(across * half[0]), np.abs(up * half[1])) / half.min()
        return None, bands(rng, arms)
    if kind == "saltire":
        return None, bands(rng, np.minimum(np.abs(across - up), np.abs(across + up)))
    if kind == "quarters":
        right, above = (across > 0).astype(int), (up > 0).astype(int)
        number = right ^ above if rng.random() < 0.5 else 2 * right + above
        return None, rng.uniform(size=4)[number]
    inside = across < rng.uniform(-0.7, 0.3) - np.abs(up) * rng.choice([0.0, rng.uniform(0.3, 1)])
    return None, np.where(inside, rng.uniform(), _banded(rng, up))


def _banded(rng: Generator, along: Image2D) -> Image2D:
    """Draw bands across a coordinate in -1 … 1: as wide as each other, or of any width."""
    if rng.random() >= EQUAL:
        return bands(rng, np.abs(along) if rng.random() < 0.5 else along)
    count = int(rng.choice([2, 3, 3, 3, 3, 4, 5, 7, 9, 11, 13]))
    number = np.floor((along + 1) / 2 * count).clip(0, count - 1).astype(int)
    levels = rng.uniform(size=count)
    if rng.random() < 0.5:
        number = np.minimum(number, count - 1 - number)
    elif count > 4:
        number %= 2
    return levels[number]


def _charged(values: Image2D, rng: Generator, x: Image2D, y: Image2D) -> None:
    """Lay a few flat shapes that share a symmetry on a banner, where x and y are in ±1."""
    label = (Symmetry.NONE, Symmetry.MIRROR, Symmetry.DIHEDRAL)[rng.choice(3, p=OF_CHARGE)]
    orbit = orbit_of(label, int(rng.choice([2, 4, 5, 6, 8])), rng, 0.0)[0]
    within = np.hypot(x, y) < 1
    if rng.random() < 0.5:
        values[within] = rng.uniform()
    for _ in range(int(rng.integers(1, 6))):
        shape, level = flat_shape(rng)
        values[np.any([shape(*at) for at in orbit(x, y)], axis=0) & within] = level


def _about_middle(values: Image2D) -> Found | None:
    """Say which mirrors and turns about its middle a picture has; None: it nearly has one."""
    images = {90.0: values[:, ::-1], 0.0: values[::-1], "half": values[::-1, ::-1]}
    if values.shape[0] == values.shape[1]:
        images |= {135.0: values.T, 45.0: values[::-1, ::-1].T, "quarter": np.rot90(values)}
    differ = {name: int((np.abs(values - other) >= 0.1).sum()) for name, other in images.items()}
    if any(UNSEEN < count < LEAST_ODD for count in differ.values()):
        return None
    kept = [name for name, count in differ.items() if count <= UNSEEN]
    order = 4 if "quarter" in kept else 2 if "half" in kept else 1
    axes = [name for name in kept if isinstance(name, float)]
    if axes:
        return (Symmetry.DIHEDRAL, order, axes[0]) if order > 1 else (Symmetry.MIRROR, 1, axes[0])
    return (Symmetry.CYCLIC, order, None) if order > 1 else (Symmetry.NONE, 1, None)
