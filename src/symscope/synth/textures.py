"""Textures without symmetry: noise with a power-law spectrum, dead leaves, cells, strokes, blobs.

Dead leaves: Lee, Mumford, Huang, Int. J. Computer Vision 41 (2001) 35.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial import KDTree

from symscope.synth.families import ALL_FAMILIES

Image2D = NDArray[np.floating]

TEXTURE_SIDE, TEXTURE_REACH = 256, 1.7
"""Pixels of a texture's side, and half its width in half widths of a scene: bodies are turned."""

POTENTIALS = tuple(name for name in ALL_FAMILIES if name not in ("cells", "collage"))
"""Families that give textures: without those that measure what generalises."""


def _grid(side: int = TEXTURE_SIDE) -> tuple[Image2D, Image2D]:
    along = ((np.arange(side) + 0.5) / side * 2 - 1) * TEXTURE_REACH
    x, y = np.meshgrid(along, -along)
    return x, y


def _power_law_noise(rng: Generator) -> Image2D:
    exponent = rng.uniform(0.7, 1.9)
    frequency = np.hypot(np.fft.fftfreq(TEXTURE_SIDE)[:, None], np.fft.rfftfreq(TEXTURE_SIDE)[None])
    frequency[0, 0] = 1
    spectrum = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    spectrum = spectrum / frequency**exponent
    spectrum[0, 0] = 0
    lowest = rng.choice([0, 2 / TEXTURE_SIDE, 4 / TEXTURE_SIDE])
    spectrum = np.where(frequency < lowest, 0, spectrum)
    return np.fft.irfft2(spectrum, (TEXTURE_SIDE, TEXTURE_SIDE))


def _dead_leaves(rng: Generator) -> Image2D:
    grid = _grid()
    values = np.zeros(grid[0].shape)
    count = int(rng.integers(40, 400))
    least, most = rng.uniform(0.03, 0.12), rng.uniform(0.25, 0.8)
    shape, shading = rng.choice(3), rng.uniform(0, 0.5)
    for _ in range(count):
        centre_x, centre_y = rng.uniform(-TEXTURE_REACH, TEXTURE_REACH, 2)
        radius = 1 / np.sqrt(rng.uniform(1 / most**2, 1 / least**2))
        angle = rng.uniform(0, np.pi)
        aspect = rng.uniform(0.3, 1) if shape else 1
        about = _within(centre_x, centre_y, 1.5 * radius)
        x, y = (along[about] for along in grid)
        u = (x - centre_x) * np.cos(angle) + (y - centre_y) * np.sin(angle)
        v = (-(x - centre_x) * np.sin(angle) + (y - centre_y) * np.cos(angle)) / aspect
        inside = u * u + v * v < radius * radius
        if shape == 2:
            inside = np.maximum(abs(u), abs(v)) < radius
        values[about][inside] = rng.uniform() + shading * (u[inside] / radius) * rng.uniform(-1, 1)
    return values


def _within(x: float, y: float, reach: float) -> tuple[slice, slice]:
    """Name the rows and columns of a texture that lie within reach of a point."""
    step = 2 * TEXTURE_REACH / TEXTURE_SIDE
    middle = np.array([[TEXTURE_REACH - y], [TEXTURE_REACH + x]])
    ends = (middle + np.array([-reach, reach])) / step
    (top, bottom), (left, right) = ends.clip(0, TEXTURE_SIDE).astype(int)
    return slice(top, bottom + 1), slice(left, right + 1)


def _tiles(rng: Generator) -> Image2D:
    x, y = _grid()
    count = int(rng.integers(10, 150))
    sites = rng.uniform(-TEXTURE_REACH, TEXTURE_REACH, (count, 2))
    level = rng.uniform(size=count)
    distance, nearest = map(np.asarray, KDTree(sites).query(np.c_[x.ravel(), y.ravel()], k=2))
    values = level[nearest[:, 0]]
    if rng.random() < 0.4:
        values = np.where(distance[:, 1] - distance[:, 0] < 0.04, rng.uniform(), values)
    return values.reshape(x.shape)


def _strokes(rng: Generator) -> Image2D:
    grid = _grid()
    values = np.full(grid[0].shape, rng.uniform())
    count = int(rng.integers(6, 200))
    grain, spread = rng.uniform(0, np.pi), rng.uniform(0.1, 3)
    flat = rng.random() < 0.4
    for _ in range(count):
        centre_x, centre_y = rng.uniform(-TEXTURE_REACH, TEXTURE_REACH, 2)
        angle = grain + rng.normal() * spread
        length, width = rng.uniform(0.1, 0.7), rng.uniform(0.01, 0.07)
        bend = rng.normal() * 0.5
        about = _within(centre_x, centre_y, length + width + abs(bend) * length**2)
        x, y = (along[about] for along in grid)
        u = (x - centre_x) * np.cos(angle) + (y - centre_y) * np.sin(angle)
        v = -(x - centre_x) * np.sin(angle) + (y - centre_y) * np.cos(angle) + bend * (u * u)
        inside = (abs(u) < length) & (abs(v) < width)
        values[about][inside] = 1.0 if flat else rng.uniform()
    return values


def _potential(rng: Generator) -> Image2D:
    x, y = _grid(96)
    draw = ALL_FAMILIES[POTENTIALS[int(rng.integers(len(POTENTIALS)))]](rng, 2)
    points = np.c_[x.ravel(), y.ravel()] * rng.uniform(0.6, 1.6)
    values = np.asarray(draw(points)).reshape(x.shape)
    along = np.linspace(0, 95, TEXTURE_SIDE)
    return map_coordinates(values, np.stack(np.meshgrid(along, along, indexing="ij")), order=1)


def _blobs(rng: Generator) -> Image2D:
    x, y = _grid()
    values = np.zeros(x.shape)
    for _ in range(int(rng.integers(2, 9))):
        centre_x, centre_y = rng.uniform(-1, 1, 2)
        width = rng.uniform(0.05, 0.2)
        height = rng.choice([1, 1, -1]) * rng.uniform(0.4, 1)
        squared = (x - centre_x) ** 2 + (y - centre_y) ** 2
        values += height * np.exp(-squared / 2 / width / width)
    return values


def flat_shape(rng: Generator) -> tuple[Callable[[Image2D, Image2D], NDArray[np.bool_]], float]:
    """Draw a disc, ring, bar, rectangle or polygon → whether points lie in it, and its level."""
    centre_x, centre_y = rng.uniform(-1, 1, 2)
    turn = rng.choice([0, np.pi / 4, rng.uniform(0, np.pi)])
    radius, corners = rng.uniform(0.1, 0.7), int(rng.integers(3, 7))
    ring, bar, aspect = rng.uniform(0.03, 0.15), rng.uniform(0.03, 0.3), rng.uniform(0.1, 1)
    level, kind = float(rng.uniform()), int(rng.integers(5))

    def inside(x: Image2D, y: Image2D) -> NDArray[np.bool_]:
        u = (x - centre_x) * np.cos(turn) + (y - centre_y) * np.sin(turn)
        v = (y - centre_y) * np.cos(turn) - (x - centre_x) * np.sin(turn)
        away = np.hypot(u, v)
        if kind == 0:
            return away < radius
        if kind == 1:
            return np.abs(away - radius) < ring
        if kind == 2:
            return np.abs(u) < bar
        if kind == 3:
            return (np.abs(u) < radius) & (np.abs(v) < radius * aspect)
        sector = (np.arctan2(v, u) + np.pi / corners) % (2 * np.pi / corners) - np.pi / corners
        return away * np.cos(sector) < radius * np.cos(np.pi / corners)

    return inside, level


def _flat_shapes(rng: Generator) -> Image2D:
    """A few large flat shapes, as on emblems."""
    x, y = _grid()
    values = np.full(x.shape, rng.uniform())
    for _ in range(int(rng.integers(2, 12))):
        inside, level = flat_shape(rng)
        values[inside(x, y)] = level
    return values


_TEXTURES = (
    *(_power_law_noise, _dead_leaves, _dead_leaves, _tiles, _strokes),
    *(_potential, _potential, _blobs, _flat_shapes, _flat_shapes),
)


def bands(rng: Generator, along: Image2D) -> Image2D:
    """Colour bands across a coordinate: of one width or of any, in turn or as they come."""
    count = int(rng.integers(2, 14))
    edges = np.sort(rng.uniform(-1.5, 1.5, count)) if rng.random() < 0.4 else None
    width, start = 2 / count * rng.uniform(0.6, 2), rng.uniform(0, 1)
    number = np.floor(along / width + start) if edges is None else np.searchsorted(edges, along)
    levels = rng.uniform(size=2 if rng.random() < 0.6 else 16)
    return levels[np.asarray(number, int) % len(levels)]


def texture(rng: Generator, levels: int | None = None) -> Image2D:
    """Draw a texture in 0 … 1, of so many grey levels; 0: continuous, None: as it comes."""
    values = _TEXTURES[int(rng.integers(len(_TEXTURES)))](rng).astype(np.float64)
    low, high = np.quantile(values, (0.01, 0.99))
    values = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    count = int(rng.choice([0, 0, 2, 3, 4, 5])) if levels is None else levels
    if count:
        cuts = np.quantile(values, np.sort(rng.uniform(0.1, 0.9, count - 1)))
        if count > 2:
            values = rng.permutation(np.linspace(0, 1, count))[np.searchsorted(cuts, values)]
        else:
            values = (values > cuts[0]).astype(float)
    return values


def looked_up(drawn: Image2D, x: Image2D, y: Image2D) -> Image2D:
    """Read a texture at points, in half widths of a scene."""
    column = (x / TEXTURE_REACH + 1) / 2 * TEXTURE_SIDE - 0.5
    row = (1 - y / TEXTURE_REACH) / 2 * TEXTURE_SIDE - 0.5
    return map_coordinates(drawn, np.stack([row, column]), order=1, mode="mirror")


def in_range(values: Image2D) -> Image2D:
    """Scale values to 0 … 1; a constant to 0."""
    values = values - values.min()
    return values / max(float(values.max()), 1e-9)


def in_colours(grey: Image2D, rng: Generator) -> Image2D:
    """Give every grey, 0 … 1, a colour of its own → (R, C, 3): what moves alike moves alike."""
    colours = rng.uniform(size=(int(rng.integers(3, 9)), 3))
    at = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(grey, at, channel) for channel in colours.T], axis=-1)


def with_random_phases(picture: Image2D, rng: Generator) -> Image2D:
    """Keep a picture's amplitudes and draw its phases anew; scaled to 0 … 1."""
    amplitude = np.abs(np.fft.fft2(picture - picture.mean()))
    phase = np.angle(np.fft.fft2(rng.normal(size=picture.shape)))
    return in_range(np.fft.ifft2(amplitude * np.exp(1j * phase)).real)
