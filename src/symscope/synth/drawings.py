"""Drawings as by an unsteady hand, and lattices as under a microscope, computed as pictures.

What is known of them is the symmetry of what was meant: the hand and the noise break it a little.
"""

from collections.abc import Callable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter1d

from symscope.synth.known import Known

Grey = NDArray[np.float64]
Line = NDArray[np.float64]

SIDE, FINER = 384, 3
"""Pixels along a side, and pixels of the drawing along the side of one of them."""

INK_WIDTH = 0.035
"""Half width of a line, of the half side."""

UNSTEADY, SMOOTH = 0.02, 12
"""How far a hand strays from its line (standard deviation), and along how many points it does."""

POINTS = 120
"""Points along a line."""

NOISE = 0.08
"""Standard deviation of a micrograph's grey."""


def _line(*corners: tuple[float, float]) -> Line:
    """Return points (POINTS, 2) evenly spaced along a line with corners."""
    places = np.array(corners, dtype=np.float64)
    far = np.r_[0, np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))]
    at = np.linspace(0, far[-1], POINTS)
    return np.stack([np.interp(at, far, column) for column in places.T], axis=1)


def _round(x: float, y: float, radius: float, start: float = 0.0, turn: float = 360.0) -> Line:
    """Return points (POINTS, 2) along a part of a circle; angles in degrees."""
    angle = np.deg2rad(start + np.linspace(0, turn, POINTS))
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def _rays(count: int, inner: float, outer: float) -> list[Line]:
    angles = np.pi / 2 + 2 * np.pi * np.arange(count) / count
    ends = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [_line(tuple(inner * end), tuple(outer * end)) for end in ends]


def _star(count: int, skip: int) -> Line:
    angles = np.pi / 2 + 2 * np.pi * skip * np.arange(count + 1) / count
    return _line(*zip(0.8 * np.cos(angles), 0.8 * np.sin(angles), strict=True))


LETTERS: dict[str, tuple[list[Line], Known]] = {
    "drawn-a": (
        [
            _line((-0.55, -0.7), (0, 0.75)),
            _line((0, 0.75), (0.55, -0.7)),
            _line((-0.33, -0.12), (0.33, -0.12)),
        ],
        Known.mirror(90),
    ),
    "drawn-h": (
        [_line((x, -0.7), (x, 0.7)) for x in (-0.5, 0.5)] + [_line((-0.5, 0), (0.5, 0))],
        Known.dihedral(2, 0),
    ),
    "drawn-s": (
        [np.concatenate([_round(0, 0.36, 0.36, 20, 250), _round(0, -0.36, 0.36, 90, -250)])],
        Known.cyclic(2),
    ),
    "drawn-f": (
        [
            _line((-0.4, -0.7), (-0.4, 0.7)),
            _line((-0.4, 0.7), (0.5, 0.7)),
            _line((-0.4, 0.08), (0.3, 0.08)),
        ],
        Known.nothing(),
    ),
    "drawn-star": ([_star(5, 2)], Known.dihedral(5, 90)),
    "drawn-sun": ([_round(0, 0, 0.35), *_rays(8, 0.48, 0.85)], Known.dihedral(8, 0)),
    "drawn-face": (
        [
            _round(0, 0, 0.78),
            _round(-0.28, 0.25, 0.09),
            _round(0.28, 0.25, 0.09),
            _round(0, -0.1, 0.4, 205, 130),
        ],
        Known.mirror(90),
    ),
    "drawn-house": (
        [
            _line((-0.5, -0.7), (0.5, -0.7), (0.5, 0.1), (-0.5, 0.1), (-0.5, -0.7)),
            _line((-0.62, 0.08), (0, 0.75), (0.62, 0.08)),
            _line((-0.12, -0.7), (-0.12, -0.25), (0.12, -0.25), (0.12, -0.7)),
        ],
        Known.mirror(90),
    ),
}
"""What a hand draws: the lines it means in [-1, 1]², y up, and their symmetry."""


def drawn(name: str) -> Grey:
    """Draw one of LETTERS by an unsteady hand, always the same for a name."""
    random = np.random.default_rng(crc32(name.encode()))
    size = SIDE * FINER
    image = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(image)
    width = round(INK_WIDTH * size)
    for line in LETTERS[name][0]:
        stray = gaussian_filter1d(random.standard_normal(line.shape), SMOOTH, axis=0)
        stray *= UNSTEADY / stray.std()
        places = line + stray + random.normal(0, UNSTEADY / 2, 2)
        pixels = np.stack([places[:, 0] + 1, 1 - places[:, 1]], axis=1) * size / 2 - 0.5
        pen.line(
            [tuple(pixel) for pixel in pixels[::4].tolist()], fill=0, width=width, joint="curve"
        )
        for x, y in pixels[[0, -1]].tolist():
            half = width / 2
            pen.ellipse((x - half, y - half, x + half, y + half), fill=0)
    fine = np.asarray(image, dtype=np.float64) / 255
    return fine.reshape(SIDE, FINER, SIDE, FINER).mean(axis=(1, 3))


LATTICES: dict[str, tuple[tuple[tuple[float, float], tuple[float, float]], Known]] = {
    "lattice-hexagonal": (((0.3, 0.0), (0.15, 0.15 * 3**0.5)), Known.repeated(6)),
    "lattice-square": (((0.29, 0.0), (0.0, 0.29)), Known.repeated(4)),
    "lattice-oblique": (((0.33, 0.05), (0.09, 0.24)), Known.repeated(2)),
}
"""Two periods of each, in units of the half side, and the order of its rotations."""

ATOM = 0.055
"""Standard deviation of an atom's light, in the same units."""


def micrograph(name: str) -> Grey:
    """Draw the atoms of one of LATTICES as light on dark, with noise, the same for a name."""
    random = np.random.default_rng(crc32(name.encode()))
    periods = np.array(LATTICES[name][0])
    x = (2 * np.arange(SIDE) + 1) / SIDE - 1
    count = np.arange(-12, 13)
    places = np.stack(np.meshgrid(count, count), axis=-1).reshape(-1, 2) @ periods
    # A Gaussian is a product of one of x and one of y.
    across, down = (np.exp(-((x[:, None] - p) ** 2) / (2 * ATOM**2)) for p in places.T)
    light = down[::-1] @ across.T
    return np.clip(0.15 + 0.7 * light / light.max() + random.normal(0, NOISE, light.shape), 0, 1)


DRAWINGS: dict[str, tuple[Callable[[], Grey], Known]] = {
    **{name: (lambda name=name: drawn(name), known) for name, (_, known) in LETTERS.items()},
    **{name: (lambda name=name: micrograph(name), known) for name, (_, known) in LATTICES.items()},
}
"""Each drawing and its symmetry."""
