"""Drawings as by an unsteady hand, and lattices as under a microscope, computed as pictures.

What is known of them is the symmetry of what was meant: the hand and the noise break it a little.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter1d

from symscope.groups import Symmetry
from symscope.synth.known import Known

Grey = NDArray[np.float64]

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


Corners = Sequence[tuple[float, float]]
"""A line by its corners, in [-1, 1]², y up."""


class Arc(NamedTuple):
    """A part of a circle; angles in degrees, counter-clockwise from the right."""

    x: float
    y: float
    radius: float
    start: float = 0.0
    turn: float = 360.0


Line = tuple[Corners | Arc, ...]
"""What is drawn without lifting the pen: its parts, one after the other."""

_TIPS = np.pi / 2 + 4 * np.pi * np.arange(6) / 5
STAR = list(zip(0.8 * np.cos(_TIPS), 0.8 * np.sin(_TIPS), strict=True))
"""Five tips, the next but one after each."""

_ANGLES = np.pi / 2 + 2 * np.pi * np.arange(8) / 8
_ENDS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
RAYS = [[tuple(0.48 * end), tuple(0.85 * end)] for end in _ENDS]

LETTERS: dict[str, tuple[list[Line], Known]] = {
    "drawn-a": (
        [
            ([(-0.55, -0.7), (0, 0.75)],),
            ([(0, 0.75), (0.55, -0.7)],),
            ([(-0.33, -0.12), (0.33, -0.12)],),
        ],
        Known(Symmetry.MIRROR, 1, 90),
    ),
    "drawn-h": (
        [
            ([(-0.5, -0.7), (-0.5, 0.7)],),
            ([(0.5, -0.7), (0.5, 0.7)],),
            ([(-0.5, 0), (0.5, 0)],),
        ],
        Known(Symmetry.DIHEDRAL, 2, 0),
    ),
    "drawn-s": (
        [(Arc(0, 0.36, 0.36, 20, 250), Arc(0, -0.36, 0.36, 90, -250))],
        Known(Symmetry.CYCLIC, 2),
    ),
    "drawn-f": (
        [
            ([(-0.4, -0.7), (-0.4, 0.7)],),
            ([(-0.4, 0.7), (0.5, 0.7)],),
            ([(-0.4, 0.08), (0.3, 0.08)],),
        ],
        Known(Symmetry.NONE),
    ),
    "drawn-star": ([(STAR,)], Known(Symmetry.DIHEDRAL, 5, 90)),
    "drawn-sun": (
        [(Arc(0, 0, 0.35),), *((ray,) for ray in RAYS)],
        Known(Symmetry.DIHEDRAL, 8, 0),
    ),
    "drawn-face": (
        [
            (Arc(0, 0, 0.78),),
            (Arc(-0.28, 0.25, 0.09),),
            (Arc(0.28, 0.25, 0.09),),
            (Arc(0, -0.1, 0.4, 205, 130),),
        ],
        Known(Symmetry.MIRROR, 1, 90),
    ),
    "drawn-house": (
        [
            ([(-0.5, -0.7), (0.5, -0.7), (0.5, 0.1), (-0.5, 0.1), (-0.5, -0.7)],),
            ([(-0.62, 0.08), (0, 0.75), (0.62, 0.08)],),
            ([(-0.12, -0.7), (-0.12, -0.25), (0.12, -0.25), (0.12, -0.7)],),
        ],
        Known(Symmetry.MIRROR, 1, 90),
    ),
}
"""What a hand draws: the lines it means, and their symmetry."""


def _points(part: Corners | Arc) -> NDArray[np.float64]:
    """Return POINTS points (POINTS, 2) along a line, or a part of a circle."""
    if isinstance(part, Arc):
        angle = np.deg2rad(part.start + np.linspace(0, part.turn, POINTS))
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return np.array([part.x, part.y]) + part.radius * circle
    corners = np.array(part, dtype=np.float64)
    far = np.r_[0, np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))]
    at = np.linspace(0, far[-1], POINTS)
    return np.stack([np.interp(at, far, column) for column in corners.T], axis=1)


def drawn(name: str) -> Grey:
    """Draw one of LETTERS by an unsteady hand, always the same for a name."""
    random = np.random.default_rng(crc32(name.encode()))
    size = SIDE * FINER
    image = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(image)
    width = round(INK_WIDTH * size)
    for parts in LETTERS[name][0]:
        line = np.concatenate([_points(part) for part in parts])
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
    "lattice-hexagonal": (((0.3, 0.0), (0.15, 0.15 * 3**0.5)), Known(Symmetry.REPEATED, 6)),
    "lattice-square": (((0.29, 0.0), (0.0, 0.29)), Known(Symmetry.REPEATED, 4)),
    "lattice-oblique": (((0.33, 0.05), (0.09, 0.24)), Known(Symmetry.REPEATED, 2)),
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
    **{name: (partial(drawn, name), known) for name, (_, known) in LETTERS.items()},
    **{name: (partial(micrograph, name), known) for name, (_, known) in LATTICES.items()},
}
"""Each drawing and its symmetry."""
