"""One input of any dimension, read: a picture, a sound's window, a grid, samples, a function."""

import hashlib
import math
import os
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symscope.errors import (
    Constant,
    InputError,
    MissingFile,
    NotFinite,
    TooLarge,
    TooSmall,
    Unreadable,
    UsageError,
)
from symscope.field import Field, pixel_centres
from symscope.io.containers import stored_array
from symscope.io.dicom import dicom
from symscope.io.functions import (
    ELSEWHERE,
    PLANE_SIDE,
    asked,
    dimension_of,
    domain_of,
    grid_of_function,
    ranked,
)
from symscope.io.grids import (
    FINEST,
    SIDES,
    Grid,
    Source,
    file_digest,
    of_array,
    sampled,
    two_levels,
)
from symscope.io.images import (
    Picture,
    believed_notes,
    believed_picture,
    picture_of,
    read_picture,
)
from symscope.io.microscopes import microscopy
from symscope.io.objects import axes_of, kind_of, read_object
from symscope.io.paths import (
    ATOMS,
    CONTAINERS,
    DICOM,
    MESHES,
    MRC,
    NIFTI,
    SPREADSHEET,
    TABLES,
    TIFF,
    is_dicom,
    last_name,
    microscope_of,
    split_array,
    suffix_of,
)
from symscope.io.samples import holds_points, read_samples
from symscope.io.sandbox import Sandbox, Task
from symscope.io.shapes import shape
from symscope.io.signals import read_signal
from symscope.io.sounds import Broken, SoundWindow
from symscope.io.volumes import header_of_npy, named_errors, read_volume
from symscope.options import MOST_DIMENSIONS, Options
from symscope.selection import choose
from symscope.synth.potentials import Potential, potential

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

UNITS = frozenset({"mm", "µm", "nm", "Å", "voxels", "samples", "time", "units"})

READING = Task(
    "symscope.io.sandbox_worker:field",
    "reads signals and volumes",
    "found a file on which its reader {how}, expected a whole one; save or download it again",
    "it takes longer than {seconds:g} seconds to read, or too much memory; cut out a part, or "
    "average over blocks of samples first",
    TooLarge,
)

READING_SECONDS = 120.0
"""For a process to read one file: 10⁹ voxels take some twenty seconds, and as much again where they
are packed."""

READING_ROOM = 2 << 30
"""Bytes a process may take beside the file, which it may map: 10⁹ voxels, slab by slab, and a
signal of twenty million samples, need one gigabyte."""


@dataclass(frozen=True, eq=False)
class Input:
    """What was read of one source: its name, and its arrays as far as it has them.

    Attributes
    ----------
    path : its path or name, as a row says it
    field : points, and the level at each; None of a picture or a sound, which are sketched first
    grid : a signal or volume averaged to the working grid; None for scattered samples
    sha256 : fingerprint of the file's bytes, of an array, or of a function's values
    picture : of two dimensions, unless a Field was given
    window : of a sound, from which its picture is made
    notes : what a person is told of how it was read: of a row, ``provenance.read``
    """

    path: str
    field: Field | None
    grid: Grid | None
    sha256: str
    picture: Picture | None = None
    window: SoundWindow | None = None
    notes: tuple[str, ...] = ()

    @property
    def dimension(self) -> int:
        """The number of coordinates D."""
        return 2 if self.field is None else self.field.dimension


def load(
    source: Any, options: Options | None = None, read: Callable[..., Picture] = read_picture
) -> Input:
    """Read a source of any kind → Input.

    Parameters
    ----------
    source : path, bytes, ``sample:NAME``, ``potential:NAME``, array, function, Field, an object of
        another library (``read_object``), or one of the windows of a sound that ``listen`` gives
    options : of a score: ``dimension``, ``max_megapixels``, ``select``, ``frame`` and ``zoom``, by
        which a signal or volume is averaged, ``domain`` of a function, and ``seed``, which draws
        its points and some of very many samples
    read : how a source becomes a Picture: in this process, or by a ``GuardedReader`` in another

    Raises
    ------
    InputError, UsageError
        If it cannot be read: its class says why.

    >>> load(np.zeros((9, 9))).picture.grey.shape, load(np.arange(99.0)).grid.values.shape
    ((9, 9), (256,))
    """
    options = options or Options()
    if (found := read_object(source, options, read)) is not None:
        path, made = found
        if isinstance(made, Grid):
            _check_dimension(path, options.dimension, made.dimension)
            return _gridded(path, made)
        _check_dimension(path, options.dimension, 2)
        return Input(path, None, None, made.sha256, made, notes=made.notes)
    if isinstance(source, str | os.PathLike) and is_contained(os.fsdecode(source)):
        if microscope_of(os.fsdecode(source)) is None:
            choose(options.select, {})
        return _contained_apart(os.fsdecode(source), options)
    size = dimension_of_input(source, options.dimension)
    if size is not None or isinstance(source, SoundWindow | Field):
        choose(options.select, {})
    if size is not None:
        return read_input(
            source,
            size,
            frame=options.frame,
            zoom=options.zoom,
            domain=options.domain,
            seed=options.seed,
        )
    if isinstance(source, Broken):
        raise source.error
    if isinstance(source, SoundWindow):
        return Input(source.path, None, None, source.sha256, window=source)
    if isinstance(source, Field):
        return Input("field", source, None, source.sha256)
    # A function or potential of the plane is drawn; the rest is read by what reads pictures.
    drawn, name = source, os.fsdecode(source) if isinstance(source, str | os.PathLike) else ""
    if callable(source):
        drawn = _drawn(source, *domain_of(source, 2, FRAME))
    elif name.startswith(POTENTIAL):
        function = _potential(name)
        drawn = _drawn(function, function.low, function.high)
    elif suffix_of(name) == ".npy":
        with named_errors(name):
            shape, fortran, dtype, start = header_of_npy(name)
            order = "F" if fortran else "C"
            drawn = np.asarray(np.memmap(name, dtype, "r", start, shape, order=order))
    picture = read(drawn, max_megapixels=options.max_megapixels, select=options.select)
    path = _name_of(source) if callable(source) else str(source) if name else picture.name
    return Input(path, None, None, picture.sha256, picture, notes=picture.notes)


def dimension_of_input(source: Any, dimension: int | None = None) -> int | None:
    """Tell the dimension of an input that is no picture; None for pictures.

    A file is known by its ending, a TIFF and an array (R, C, 3) only by ``dimension``. What a
    container holds is known when it is read, in another process: until then, 3 is assumed, and of
    a microscope's file 2.

    Raises
    ------
    UsageError
        If ``dimension`` is not what the input has.
    MissingFile
        For a potential that there is not.

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
        name = os.fsdecode(source)
        suffix = suffix_of(name)
        if name.startswith(POTENTIAL):
            size = _potential(name).dimension
        elif suffix in TABLES:
            size = 1
        elif is_contained(name):
            size = dimension or (3 if microscope_of(name) is None else 2)
        elif suffix in (*NIFTI, *MRC) or (suffix in TIFF and dimension == 3):
            size = 3
        elif suffix in (".npy", ".npz"):
            size = _axes(name) or dimension or 3
    elif kind_of(source) is not None:
        size = axes_of(source)
    elif callable(source):
        size = dimension or dimension_of(source)
        if size is None:
            raise UsageError(
                "of how many coordinates is the function? give dimension=D, or write it as "
                "f(x, y, …)"
            )
    path = isinstance(source, str | os.PathLike)
    _check_dimension(os.fsdecode(source) if path else type(source).__name__, dimension, size or 2)
    return None if size == 2 else size


def _potential(name: str, seed: int = 0) -> Potential:
    try:
        return potential(name.removeprefix(POTENTIAL), seed)
    except UsageError as error:
        # One of many inputs: the others are scored.
        raise MissingFile(str(error)) from error


def _check_dimension(shown: str, wanted: int | None, size: int) -> None:
    if wanted is not None and size != wanted:
        raise UsageError(
            f"found --dimension {wanted} for {shown}, which has {size}: leave the option out"
        )


def is_contained(name: str) -> bool:
    """Tell whether a file is read by ``read_apart`` alone, whoever asks for it.

    Its content says if it is a signal, a picture or a volume; or it is a spreadsheet.

    >>> is_contained("run.h5::entry/data"), is_contained("a.npy"), is_contained("a.png")
    (True, False, False)
    """
    suffix = suffix_of(name)
    if suffix == ".npz":
        return split_array(name)[1] is not None or not holds_points(name)
    known = suffix in (*CONTAINERS, *DICOM, *MESHES, *ATOMS, SPREADSHEET)
    return known or is_dicom(name) or microscope_of(name) is not None


def _contained_apart(name: str, options: Options) -> Input:
    """Read what a file contains, in another process."""
    read = read_apart(
        name,
        options.dimension,
        frame=options.frame,
        zoom=options.zoom,
        seed=options.seed,
        max_megapixels=options.max_megapixels,
        select=options.select,
    )
    assert read is not None  # pictures too come with what was read
    _check_dimension(name, options.dimension, read.dimension)
    return read


def _axes(name: str) -> int:
    """Count the axes of a .npy, or the coordinates of a .npz; 0 where it cannot be read."""
    try:
        if suffix_of(name) == ".npz":
            return read_samples(name).points.shape[1]
        with named_errors(name):
            shape = header_of_npy(name)[0]
    except InputError:
        return 0
    # Axes of one sample do not count, except where nothing else would be left of a picture.
    picture = len(shape) == 2 and min(shape) > 1
    return 2 if picture else sum(n != 1 for n in shape)


def _name_of(function: Callable[..., Any]) -> str:
    return f"function:{getattr(function, '__name__', 'function')}"


def _drawn(function: Callable[..., Any], low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    """Draw a function of the plane: the ranks of its values, (PLANE_SIDE, PLANE_SIDE)."""
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
    max_megapixels: float = 50.0,
    select: str | None = None,
) -> Input:
    """Read an input of one, three or more dimensions; parameters are those of ``load``.

    What a container holds, or a DICOM file, may be a picture too, whatever the dimension. Of a
    microscope's stack 3 means all of it, and any other dimension one plane.

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
        return _of_function(source, low, high, _name_of(source), seed)
    name = os.fsdecode(source)
    if name.startswith(POTENTIAL):
        drawn = _potential(name, seed)
        return _of_function(drawn, drawn.low, drawn.high, name, seed)
    if suffix_of(name) in TABLES:
        return _gridded(name, read_signal(name, frame=frame, zoom=zoom))
    if is_contained(name):
        return _contained(name, frame, zoom, max_megapixels, dimension, select)
    if suffix_of(name) == ".npz":
        return _of_samples(name, seed)
    return _gridded(name, read_volume(name, frame=frame, zoom=zoom))


def _contained(
    name: str, frame: str, zoom: float, max_megapixels: float, dimension: int, select: str | None
) -> Input:
    """Read what a container, DICOM, a file of a shape or of a microscope holds."""
    suffix = suffix_of(name)
    opener: Callable[[str], AbstractContextManager[Source]] = dicom
    if microscope_of(name) is not None:
        opener = partial(microscopy, stack=dimension == 3, select=select)
    elif suffix in CONTAINERS:
        opener = stored_array
    elif suffix in (*MESHES, *ATOMS):
        opener = shape
    file = split_array(name)[0]
    with named_errors(name), opener(name) as source:
        if len(source.shape) != 2:
            return _gridded(name, sampled(last_name(name), source, file_digest(file), frame, zoom))
        picture = picture_of(source, last_name(name), max_megapixels, file_digest(file))
        return Input(name, None, None, picture.sha256, picture, notes=picture.notes)


def _gridded(path: str, grid: Grid) -> Input:
    return Input(path, Field.on_grid(grid.levels), grid, grid.sha256, notes=grid.notes)


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
    learned = _field_of_points(coords, values)
    return Input(name, learned, None, file_digest(name), notes=samples.notes)


def read_apart(
    name: str,
    dimension: int | None = None,
    *,
    frame: str = "crop",
    zoom: float = 1.0,
    seed: int = 0,
    seconds: float = READING_SECONDS,
    max_megapixels: float = 50.0,
    select: str | None = None,
) -> Input | None:
    """Read a signal, volume or samples as ``read_input`` does, in a process that may fail.

    Parameters
    ----------
    name : a path, whose ending says what it is
    dimension : 3 for a TIFF of many pages, or a microscope's stack
    frame, zoom, seed : as for ``read_input``
    seconds : most time
    max_megapixels : of a picture
    select : which plane of a microscope's file

    Returns
    -------
    Input or None
        None for what is a picture, such as a .npy of two axes, unless it is in a container.

    Raises
    ------
    InputError
        Whatever the content of the file; one on which the process crashes is Unreadable, one that
        needs too much time or memory is TooLarge.
    SymscopeError
        The process cannot be started.
    """
    wanted = {"name": name, "dimension": dimension, "frame": frame, "zoom": zoom, "seed": seed}
    wanted |= {"max_megapixels": max_megapixels, "select": select}
    room = READING_ROOM
    with suppress(OSError):
        room += os.path.getsize(split_array(name)[0])
    # The process names the file itself where it refuses it.
    sandbox = Sandbox(READING, wanted, room, seconds, subprocess.DEVNULL, about=f"{name}: ")
    try:
        with sandbox.exchange() as header:
            return _believed(name, header, sandbox, max_megapixels)
    finally:
        sandbox.stop()


def _believed(
    name: str, header: dict[str, Any], sandbox: Sandbox, max_megapixels: float
) -> Input | None:
    """Make an Input of an answer; ValueError, TypeError or KeyError if it cannot be one."""
    size, digest = header.get("dimension"), header.get("sha256", "")
    if type(size) is not int or not 1 <= size <= MOST_DIMENSIONS or not isinstance(digest, str):
        raise ValueError("a field of no dimension")
    if size == 2 and "sha256" not in header:
        return None
    notes = believed_notes(header)
    if size == 2:
        grey, rgb = believed_picture(header, sandbox, max_megapixels)
        picture = Picture(last_name(name), grey, rgb, digest, notes)
        return Input(name, None, None, digest, picture, notes=notes)
    if "points" in header:
        count = header["points"]
        if type(count) is not int or not 1 <= count <= MOST_POINTS:
            raise ValueError("too many points")
        coords = sandbox.array((count, size), np.float32)
        levels = sandbox.array((count,), np.int32)
        if np.abs(coords).max() > 1 or not np.isin(levels, (0, 1)).all():
            raise ValueError("points outside the frame")
        return Input(name, Field(coords, levels), None, digest, notes=notes)
    finer, unit = header.get("finer"), header.get("unit")
    if size not in SIDES or header.get("side") != SIDES[size] or unit not in UNITS:
        raise ValueError("a grid of no known kind")
    side = SIDES[size]
    if type(finer) is not int or not side <= finer <= FINEST[size] or finer % side:
        raise ValueError("a grid that is too fine")
    shape, centre = tuple(map(int, header["shape"])), tuple(map(float, header["centre"]))
    half, retained_variance = float(header["half"]), float(header["retained_variance"])
    if not (len(shape) == len(centre) == size and half > 0 and 0 <= retained_variance <= 1):
        raise ValueError("a grid at no place")
    if not all(map(math.isfinite, (*centre, half))):
        raise ValueError("a grid at no place")
    values = sandbox.array((side,) * size, np.float32)
    fine = sandbox.array((finer,) * size, np.float32)
    place = (shape, centre, half, unit, retained_variance, digest)
    grid = Grid(last_name(name), values, fine, *place, notes)
    return _gridded(name, grid)
