"""Which inputs are no pictures, and how signals, volumes, functions, samples become Fields."""

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
    domain_of,
    ranked,
    sampled_function,
)
from symscope.io.grids import Sampled, file_digest, of_array, two_levels
from symscope.io.samples import read_samples
from symscope.io.signals import read_signal
from symscope.io.suffixes import MRC, NIFTI, TIFF, suffix_of
from symscope.io.volumes import header_of_npy, read_volume, told
from symscope.lie.functions import dimension_of
from symscope.synth.potentials import potential

POTENTIAL = "potential:"
"""How a source begins that is no file."""

MOST_POINTS = 32768
"""Samples of a .npz that are learned; of more, some are drawn."""

LEAST_POINTS = 500
"""Fewest samples of a .npz: the networks learn each part of space from those nearby."""

COLOURS = (3, 4)
"""Length of the last axis by which an array of three axes is taken for a picture."""


@dataclass(frozen=True)
class SpatialInput:
    """An input that is no picture, ready to be learned.

    Attributes
    ----------
    path : its path or name
    field : what the networks see
    sampled : the grid it was taken from; None for samples at scattered points
    sha256 : fingerprint of the file's bytes, of an array, or of a function's values
    """

    path: str
    field: Field
    sampled: Sampled | None
    sha256: str


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
    if dimension is not None and not 1 <= dimension <= 32:
        raise UsageError(f"found dimension {dimension}, expected 1 to 32")
    found = _dimension(source, dimension)
    if dimension is not None and (found or 2) != dimension:
        raise UsageError(
            f"found --dimension {dimension} for {_shown(source)}, which has {found or 2}: leave "
            "the option out"
        )
    return None if found == 2 else found


def _dimension(source: Any, dimension: int | None) -> int | None:
    if isinstance(source, Field):
        return source.dimension
    if isinstance(source, np.ndarray):
        if source.ndim == 3 and source.shape[-1] in COLOURS and dimension != 3:
            return None
        return source.ndim if source.ndim in (1, 3) else None
    if isinstance(source, str | os.PathLike):
        return _dimension_of_file(os.fsdecode(source), dimension)
    if callable(source):
        size = dimension or dimension_of(source)
        if size is None:
            raise UsageError(
                "of how many coordinates is the function? give dimension=D, or write it as "
                "f(x, y, …)"
            )
        return size
    return None


def _dimension_of_file(name: str, dimension: int | None) -> int | None:
    if name.startswith(POTENTIAL):
        return potential(name.removeprefix(POTENTIAL)).dimension
    suffix = suffix_of(name)
    if suffix in (*NIFTI, *MRC) or (suffix in TIFF and dimension == 3):
        return 3
    if suffix == ".csv":
        return 1
    if suffix == ".npy":
        return _axes_of_npy(name) or dimension or 3
    if suffix == ".npz":
        try:
            return read_samples(name).points.shape[1]
        except InputError:
            return dimension or 3
    return None


def _axes_of_npy(name: str) -> int | None:
    """Count the axes of more than one sample; None if the file cannot tell."""
    try:
        with told(name):
            shape = header_of_npy(name)[0]
    except InputError:
        return None
    return 2 if len(shape) == 2 and min(shape) > 1 else len([n for n in shape if n != 1])


def plane_array(source: Any) -> NDArray[Any] | None:
    """Return the picture that a potential or function of the plane, or a .npy of two axes, is.

    None for every other source.

    Raises
    ------
    InputError, UsageError
        If it cannot be read.
    """
    if callable(source) and not isinstance(source, Field):
        low, high = domain_of(source, 2, (-1.0, 1.0))
        return _plane(source, low, high)
    if not isinstance(source, str | os.PathLike):
        return None
    name = os.fsdecode(source)
    if name.startswith(POTENTIAL):
        found = potential(name.removeprefix(POTENTIAL))
        return _plane(found, found.low, found.high)
    if suffix_of(name) != ".npy":
        return None
    with told(name):
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
    domain: tuple[ArrayLike, ArrayLike] = (-1.0, 1.0),
    seed: int = 0,
) -> SpatialInput:
    """Read an input of one, three or more dimensions.

    Raises
    ------
    InputError, UsageError
        If it cannot be read: its class says why.
    """
    if isinstance(source, Field):
        return SpatialInput("field", source, _sampled_field(source), source.sha256)
    if isinstance(source, np.ndarray):
        try:
            found = of_array(source, "array", frame, zoom)
        except UsageError as error:
            raise Unreadable(f"array: {error}") from error
        return _gridded("array", found)
    if isinstance(source, str | os.PathLike):
        return _of_name(os.fsdecode(source), dimension, frame, zoom, seed)
    low, high = domain_of(source, dimension, domain)
    return _of_function(source, low, high, path_of(source), seed)


def _of_name(name: str, dimension: int, frame: str, zoom: float, seed: int) -> SpatialInput:
    if name.startswith(POTENTIAL):
        found = potential(name.removeprefix(POTENTIAL), seed)
        return _of_function(found, found.low, found.high, name, seed)
    if suffix_of(name) == ".csv":
        return _gridded(name, read_signal(name, frame=frame, zoom=zoom))
    if suffix_of(name) == ".npz":
        return _of_samples(name, seed)
    return _gridded(name, read_volume(name, frame=frame, zoom=zoom))


def _gridded(path: str, found: Sampled) -> SpatialInput:
    return SpatialInput(path, Field.on_grid(found.levels), found, found.sha256)


def _sampled_field(field: Field) -> Sampled | None:
    """Take a Field on a cubic grid for what it is sampled on."""
    shape = field.shape
    if shape is None or len(set(shape)) != 1 or len(shape) not in (1, 3):
        return None
    values = field.levels.reshape(shape).astype(np.float32)
    return Sampled(
        *("field", values, values, shape, (0.0,) * len(shape), 1.0, "", 1.0, field.sha256)
    )


def _of_function(
    function: Callable[..., Any], low: NDArray[Any], high: NDArray[Any], name: str, seed: int
) -> SpatialInput:
    if len(low) in (1, 3):
        return _gridded(name, sampled_function(function, low, high, name))
    unit = np.random.default_rng(seed).uniform(-1, 1, (ELSEWHERE, len(low)))
    values = ranked(asked(function, (low + high) / 2 + (high - low) / 2 * unit))
    digest = hashlib.sha256(unit.tobytes() + values.tobytes()).hexdigest()
    return SpatialInput(
        name, Field(unit.astype(np.float32), two_levels(values).astype(np.int32)), None, digest
    )


def _of_samples(name: str, seed: int) -> SpatialInput:
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
    return SpatialInput(
        name,
        Field(coords.astype(np.float32), two_levels(values).astype(np.int32)),
        None,
        file_digest(name),
    )


def _shown(source: Any) -> str:
    return os.fsdecode(source) if isinstance(source, str | os.PathLike) else type(source).__name__


def path_of(source: Any) -> str:
    """Name a source in a row: its path, or ``function:NAME``."""
    if callable(source):
        return f"function:{getattr(source, '__name__', 'function')}"
    return str(source)
