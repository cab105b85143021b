"""One input of any dimension, read: a picture, a sound's window, a grid, samples, a function."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symscope.errors import (
    Constant,
    InputError,
    MissingFile,
    NotFinite,
    TooSmall,
    Unreadable,
    UsageError,
)
from symscope.field import Field, pixel_centres
from symscope.io.functions import (
    ELSEWHERE,
    PLANE_SIDE,
    asked,
    dimension_of,
    domain_of,
    grid_of_function,
    ranked,
)
from symscope.io.grids import Grid, file_digest, of_array, two_levels
from symscope.io.images import Picture, read_picture
from symscope.io.samples import read_samples
from symscope.io.signals import read_signal
from symscope.io.sounds import Broken, SoundWindow
from symscope.io.suffixes import MRC, NIFTI, TIFF, suffix_of
from symscope.io.volumes import header_of_npy, named_errors, read_volume
from symscope.options import MOST_DIMENSIONS
from symscope.synth.potentials import potential

POTENTIAL = "potential:"
"""How a source begins that is no file."""

MOST_POINTS = 32768
"""Samples of a .npz that are learned; of more, some are drawn."""

LEAST_POINTS = 500
"""Fewest samples of a .npz: the networks learn each part of space from those nearby."""

COLOURS = (3, 4)
"""Length of the last axis by which an array of three axes is taken for a picture."""

FRAME = (-1.0, 1.0)
"""Where a function is looked at unless a domain is given."""


@dataclass(frozen=True, eq=False)
class Input:
    """What was read of one source: its name, and its arrays as far as it has them.

    Attributes
    ----------
    path : its path or name, as a row says it
    sampled : points, and the level at each; None of a picture or a sound, which are sketched first
    grid : a signal or volume averaged to the working grid; None for scattered samples
    sha256 : fingerprint of the file's bytes, of an array, or of a function's values
    picture : of two dimensions, unless a Field was given
    window : of a sound, from which its picture is made
    """

    path: str
    sampled: Field | None
    grid: Grid | None
    sha256: str
    picture: Picture | None = None
    window: SoundWindow | None = None

    @property
    def dimension(self) -> int:
        """The number of coordinates D."""
        return 2 if self.sampled is None else self.sampled.dimension

    @property
    def field(self) -> Field:
        """What the networks learn; ValueError for a picture or a sound, which has none yet."""
        if self.sampled is None:
            raise ValueError(f"{self.path} is to be sketched first")
        return self.sampled


def load(
    source: Any,
    *,
    dimension: int | None = None,
    frame: str = "crop",
    zoom: float = 1.0,
    domain: tuple[ArrayLike, ArrayLike] = FRAME,
    seed: int = 0,
    max_megapixels: float = 50.0,
    read: Callable[..., Picture] = read_picture,
) -> Input:
    """Read a source of any kind → Input.

    Parameters
    ----------
    source : path, bytes, ``sample:NAME``, ``potential:NAME``, array, function, Field, or one of
        the windows of a sound that ``listen`` gives
    dimension : D, where the source does not tell: a TIFF of many pages as a volume, a function that
        takes a whole point
    frame, zoom : which part of a signal or volume is averaged
    domain : (low, high), each a number or (D,): where a function is looked at
    seed : draws the points of a function, and some of very many samples
    max_megapixels : largest picture
    read : how a source becomes a Picture: in this process, or by a ``GuardedReader`` in another

    Raises
    ------
    InputError, UsageError
        If it cannot be read: its class says why.

    >>> load(np.zeros((9, 9))).picture.grey.shape, load(np.arange(99.0)).grid.values.shape
    ((9, 9), (256,))
    """
    size = dimension_of_input(source, dimension)
    if size is not None:
        return read_input(source, size, frame=frame, zoom=zoom, domain=domain, seed=seed)
    if isinstance(source, Broken):
        raise source.error
    if isinstance(source, SoundWindow):
        return Input(source.path, None, None, source.sha256, window=source)
    if isinstance(source, Field):
        return Input("field", source, None, source.sha256)
    plane = plane_array(source)
    picture = read(source if plane is None else plane, max_megapixels=max_megapixels)
    path = picture.name if isinstance(source, bytes | np.ndarray) else path_of(source)
    return Input(path, None, None, picture.sha256, picture)


def path_of(source: Any) -> str:
    """Name a source in a row: its path, or ``function:NAME``."""
    if callable(source):
        return f"function:{getattr(source, '__name__', 'function')}"
    return str(source)


def dimension_of_input(source: Any, dimension: int | None = None) -> int | None:
    """Tell the dimension of an input that is no picture; None for pictures.

    A file is known by its ending, a TIFF and an array (R, C, 3) only by ``dimension``.

    Raises
    ------
    UsageError
        If ``dimension`` is not what the input has.

    >>> dimension_of_input("a.nii.gz"), dimension_of_input("a.png"), dimension_of_input("a.tif", 3)
    (3, None, 3)
    """
    if dimension is not None and not 1 <= dimension <= MOST_DIMENSIONS:
        raise UsageError(f"found dimension {dimension}, expected 1 to {MOST_DIMENSIONS}")
    size: int | None = None
    if isinstance(source, Field):
        size = source.dimension
    elif isinstance(source, np.ndarray):
        coloured = source.ndim == 3 and source.shape[-1] in COLOURS and dimension != 3
        size = source.ndim if source.ndim in (1, 3) and not coloured else None
    elif isinstance(source, str | os.PathLike):
        size = _dimension_of_file(os.fsdecode(source), dimension)
    elif callable(source):
        size = dimension or dimension_of(source)
        if size is None:
            raise UsageError(
                "of how many coordinates is the function? give dimension=D, or write it as "
                "f(x, y, …)"
            )
    if dimension is not None and (size or 2) != dimension:
        path = isinstance(source, str | os.PathLike)
        shown = os.fsdecode(source) if path else type(source).__name__
        raise UsageError(
            f"found --dimension {dimension} for {shown}, which has {size or 2}: leave the option "
            "out"
        )
    return None if size == 2 else size


def _dimension_of_file(name: str, dimension: int | None) -> int | None:
    if name.startswith(POTENTIAL):
        return potential(name.removeprefix(POTENTIAL)).dimension
    suffix = suffix_of(name)
    if suffix in (*NIFTI, *MRC) or (suffix in TIFF and dimension == 3):
        return 3
    if suffix == ".csv":
        return 1
    if suffix not in (".npy", ".npz"):
        return None
    try:
        if suffix == ".npz":
            return read_samples(name).points.shape[1]
        with named_errors(name):
            shape = header_of_npy(name)[0]
        # Axes of one sample do not count, except where nothing else would be left of a picture.
        picture = len(shape) == 2 and min(shape) > 1
        size = 2 if picture else len([n for n in shape if n != 1])
    except InputError:
        size = 0
    return size or dimension or 3


def plane_array(source: Any) -> NDArray[Any] | None:
    """Return the picture that a potential or function of the plane, or a .npy of two axes, is.

    None for every other source.

    Raises
    ------
    InputError, UsageError
        If it cannot be read.
    """
    if callable(source) and not isinstance(source, Field):
        low, high = domain_of(source, 2, FRAME)
        return _plane(source, low, high)
    if not isinstance(source, str | os.PathLike):
        return None
    name = os.fsdecode(source)
    if name.startswith(POTENTIAL):
        drawn = potential(name.removeprefix(POTENTIAL))
        return _plane(drawn, drawn.low, drawn.high)
    if suffix_of(name) != ".npy":
        return None
    with named_errors(name):
        shape, fortran, dtype, start = header_of_npy(name)
        stored = np.memmap(name, dtype, "r", start, shape, order="F" if fortran else "C")
    return np.asarray(stored)


def _plane(function: Callable[..., Any], low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    half = (high - low) / 2
    points = (low + high) / 2 + half * pixel_centres(PLANE_SIDE, PLANE_SIDE).astype(np.float64)
    return ranked(asked(function, points)).reshape(PLANE_SIDE, PLANE_SIDE)


def read_input(
    source: Any,
    dimension: int,
    *,
    frame: str = "crop",
    zoom: float = 1.0,
    domain: tuple[ArrayLike, ArrayLike] = FRAME,
    seed: int = 0,
) -> Input:
    """Read an input of one, three or more dimensions; parameters are those of ``load``.

    Raises
    ------
    InputError, UsageError
        If it cannot be read: its class says why.
    """
    if isinstance(source, Field):
        return Input("field", source, _grid_of_field(source), source.sha256)
    if isinstance(source, np.ndarray):
        try:
            grid = of_array(source, "array", frame, zoom)
        except UsageError as error:
            raise Unreadable(f"array: {error}") from error
        return _gridded("array", grid)
    if not isinstance(source, str | os.PathLike):
        low, high = domain_of(source, dimension, domain)
        return _of_function(source, low, high, path_of(source), seed)
    name = os.fsdecode(source)
    if name.startswith(POTENTIAL):
        drawn = potential(name.removeprefix(POTENTIAL), seed)
        return _of_function(drawn, drawn.low, drawn.high, name, seed)
    if suffix_of(name) == ".npz":
        return _of_samples(name, seed)
    reader = read_signal if suffix_of(name) == ".csv" else read_volume
    return _gridded(name, reader(name, frame=frame, zoom=zoom))


def _gridded(path: str, grid: Grid) -> Input:
    return Input(path, Field.on_grid(grid.levels), grid, grid.sha256)


def _grid_of_field(field: Field) -> Grid | None:
    """Take a Field on a line or a cube of points for what it is sampled on."""
    shape = field.shape
    if shape is None or len(set(shape)) != 1 or len(shape) not in (1, 3):
        return None
    values = field.levels.reshape(shape).astype(np.float32)
    return Grid("field", values, values, shape, (0.0,) * len(shape), 1.0, "", 1.0, field.sha256)


def _of_function(
    function: Callable[..., Any], low: NDArray[Any], high: NDArray[Any], name: str, seed: int
) -> Input:
    if len(low) in (1, 3):
        return _gridded(name, grid_of_function(function, low, high, name))
    unit = np.random.default_rng(seed).uniform(-1, 1, (ELSEWHERE, len(low)))
    values = ranked(asked(function, (low + high) / 2 + (high - low) / 2 * unit))
    digest = hashlib.sha256(unit.tobytes() + values.tobytes()).hexdigest()
    return Input(name, _field_of_points(unit, values), None, digest)


def _field_of_points(coords: NDArray[Any], values: NDArray[Any]) -> Field:
    return Field(coords.astype(np.float32), two_levels(values).astype(np.int32))


def _of_samples(name: str, seed: int) -> Input:
    """Read scattered samples, shift and scale them into the frame, cut their values in two."""
    if not os.path.exists(name):
        raise MissingFile(f"{name}: found no such file; check the path")
    samples = read_samples(name)
    points, values = samples.points, samples.target
    if values is None or np.asarray(values).ndim != 1 or len(values) != len(points):
        raise Unreadable(f"{name}: expected points X (P, D) and values y (P,), one for each point")
    if np.asarray(values).dtype.kind not in "buif":
        raise Unreadable(f"{name}: found values that are no numbers")
    values = np.asarray(values, np.float64)
    if not (np.isfinite(points).all() and np.isfinite(values).all()):
        raise NotFinite(f"{name}: found NaN or infinite values: remove those points")
    if len(points) < LEAST_POINTS:
        raise TooSmall(f"{name}: found {len(points)} points, expected at least {LEAST_POINTS}")
    if len(points) > MOST_POINTS:
        kept = np.random.default_rng(seed).choice(len(points), MOST_POINTS, replace=False)
        points, values = points[kept], values[kept]
    low, high = points.min(axis=0), points.max(axis=0)
    half = float((high - low).max()) / 2
    if half <= 0:
        raise Constant(f"{name}: found all points at one place")
    coords = np.clip((points - (low + high) / 2) / half, -1, 1)
    return Input(name, _field_of_points(coords, values), None, file_digest(name))
