"""The door for objects of other libraries: images, open files, labelled and lazy arrays, tables.

No library is imported to know its objects: each is told by what it offers. What they say of
themselves counts as what a file says does: the turn of an image, its opacity and resolution, the
coordinates and units of an array, the index of a table.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil
from os.path import basename
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from symscope.errors import InputError, TooLarge, Unreadable, UsageError
from symscope.io.formats import orientation_of, quiet, resolution_of
from symscope.io.grids import Grid, Source, array_source, check_kind, check_shape, sampled
from symscope.io.images import Picture, most_bytes
from symscope.io.paths import NAME_WIDTH, printable
from symscope.io.pixels import Raster, check_size, from_pillow, rendered, squared
from symscope.io.samples import Samples, samples_of
from symscope.io.signals import UNEVEN, signal_columns, signal_source
from symscope.io.tables import UNIT_WIDTH, Table, of_columns
from symscope.options import Options
from symscope.selection import choose

PIECE = 1 << 20
"""Bytes that are read of an open file at a time."""

CHANNELS = frozenset("band bands channel channels c rgb rgba color colour".split())  # noqa: SIM905
"""Names of an axis whose three or four samples are the colours of a picture."""

COLOURS = (3, 4)

SIDEWAYS = (5, 6, 7, 8)
"""EXIF turns that exchange rows and columns."""

MOST_UNLIKE = 100
"""Ratio of the spacings of a volume above which they are not believed."""

TASK = re.compile(r".*-[0-9a-f]{32}")
"""What Dask calls the task that makes an array."""


@dataclass(frozen=True)
class Axis:
    """One axis of an array.

    Attributes
    ----------
    name : as the array has it, or empty
    places : (n,), of its samples, rising or falling; None where they are only counted
    unit : of the places, or empty
    """

    name: str = ""
    places: NDArray[np.float64] | None = None
    unit: str = ""


@dataclass(frozen=True)
class Held:
    """Values that take slices as numpy's arrays do, and their axes."""

    values: Any
    axes: tuple[Axis, ...]


def kind_of(source: Any) -> str | None:
    """Tell what an object is; None for what is none of another library, as paths and functions.

    >>> import io
    >>> kind_of(io.BytesIO()), kind_of(Image.new("L", (8, 8))), kind_of("a.png"), kind_of(len)
    ('file', 'image', None, None)
    """
    kind = type(source)
    if isinstance(source, np.ndarray | str | bytes | bytearray | memoryview | type):
        return None
    if isinstance(source, Image.Image):
        return "image"
    # Attributes of the class: those of a table or of an array may be its columns or coordinates.
    if hasattr(kind, "iloc"):
        return "table"
    if hasattr(kind, "data_vars"):
        return "dataset"
    if hasattr(kind, "dims") and hasattr(kind, "coords"):
        return "labelled"
    if hasattr(source, "axes_manager"):
        return "signal"
    if callable(getattr(source, "read", None)):
        return "file"
    return "array" if hasattr(kind, "__array__") else None


def axes_of(source: Any) -> int | None:
    """Count the axes of an object, as far as it tells; None for others, and those of a table: 1."""
    kind = kind_of(source)
    shape = getattr(getattr(source, "data", None) if kind == "signal" else source, "shape", None)
    if kind == "table":
        return 1
    known = kind in ("labelled", "signal", "array") and isinstance(shape, tuple)
    return sum(n != 1 for n in shape) if known and shape is not None else None


def read_object(
    source: Any, options: Options, read: Callable[..., Picture]
) -> tuple[str, Picture | Grid] | None:
    """Read an object of another library → its name, and a picture, or a signal or volume.

    Parameters
    ----------
    source : a PIL image; a file that is open for bytes, read from where it stands; a DataArray of
        xarray or a signal of HyperSpy, with its coordinates; a Series or DataFrame of pandas, read
        as a signal in a file is; any array that numpy takes, also one that is computed or loaded
        only when it is asked for, as those of Dask, h5py and Zarr
    options : ``max_megapixels``, ``select``, ``dimension``, ``frame`` and ``zoom`` of a score
    read : how bytes and arrays become a Picture

    Returns
    -------
    tuple or None
        None for what is no such object.

    Raises
    ------
    InputError, UsageError
        If it cannot be read: its class says why.
    """
    kind = kind_of(source)
    if kind is None:
        return None
    name = name_of(source, kind)
    with _named(name):
        if kind == "image":
            return name, _of_image(source, name, options)
        if kind == "file":
            data, limits = _bytes_of(source, options.max_megapixels), options.max_megapixels
            picture = read(data, max_megapixels=limits, select=options.select)
            return name, replace(picture, name=basename(name))
        if kind == "table":
            choose(options.select, {})
            return name, _of_table(source, name, options)
        if kind == "dataset":
            names = [str(each) for each in source.data_vars]
            if len(names) != 1:
                shown = printable(", ".join(names))[:NAME_WIDTH] or "nothing"
                raise Unreadable(f"found a Dataset of {shown}; expected one array of it: name it")
            source, kind = source[names[0]], "labelled"
        held = {"labelled": _of_labelled, "signal": _of_signal}.get(kind, _of_array)(source)
        return name, _of_held(held, name, options, read)


def name_of(source: Any, kind: str) -> str:
    """Name an object by what it says of itself, else by what it is."""
    usual = {"file": "bytes", "image": "image", "table": "table"}.get(kind, "array")
    stated = getattr(source, "filename" if kind == "image" else "name", None)
    if kind == "signal":
        general = getattr(getattr(source, "metadata", None), "General", None)
        stated = getattr(general, "title", None)
    if kind == "array" or (kind == "table" and hasattr(type(source), "columns")):
        stated = None  # of a table, a column
    if not isinstance(stated, str) or not stated or TASK.fullmatch(stated):
        return usual
    return printable(stated, NAME_WIDTH)


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Turn whatever a library raises into an InputError with the object's name."""
    try:
        with quiet():
            yield
    except InputError as error:
        said = str(error)
        told = said.startswith((f"{name}: ", "array: ", "bytes: "))
        raise error if told else type(error)(f"{name}: {said}") from error.__cause__
    except UsageError as error:
        raise Unreadable(f"{name}: {error}") from error
    except MemoryError:
        raise TooLarge(f"{name}: it does not fit into memory; cut out a part") from None
    except Exception as error:  # whatever the object's own library raises
        reason = printable(" ".join(str(error).split()), NAME_WIDTH)[:120]
        raise Unreadable(
            f"{name}: found a {type(error).__name__} when its values were asked for ({reason}); "
            "give them as a NumPy array"
        ) from error


# Open files and images


def _bytes_of(file: Any, max_megapixels: float) -> bytes:
    """Read a file from where it stands to its end, and put it back there."""
    start = file.tell() if getattr(file, "seekable", bool)() else None
    limit, size, pieces = most_bytes(max_megapixels), 0, []
    while piece := file.read(PIECE):
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise Unreadable("found a file that is open for text; open it with open(path, 'rb')")
        pieces.append(bytes(piece))
        size += len(piece)
        if size > limit:
            raise TooLarge(f"found more than {limit} bytes; make it smaller")
    if start is not None:
        file.seek(start)
    if not size and start:
        raise Unreadable("found a file that stands at its end; call its seek(0) first")
    return b"".join(pieces)


def _of_image(image: Image.Image, name: str, options: Options) -> Picture:
    """Take an image as its file would be: turned upright, over white, with square pixels."""
    check_size(image.height, image.width, options.max_megapixels)
    stated = orientation_of(image)  # Asked for first: Pillow turns a TIFF itself.
    # The second picture of a JPEG is its preview, or the other eye's.
    count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    stands = image.tell() if count > 1 else 0
    select = options.select or (f"t={stands + 1}" if stands else None)
    places, notes = choose(select, {"t": count})
    if places["t"] != stands:
        image.seek(places["t"])
    try:
        check_size(image.height, image.width, options.max_megapixels)
        image.load()
        turn, resolution = orientation_of(image), resolution_of(image)
        if resolution and turn != stated and stated in SIDEWAYS:
            resolution = resolution[::-1]
        if image.mode in ("I", "F"):
            raster = Raster(np.array(image), None, orientation=turn)
        elif image.mode.startswith("I;16"):
            raster = Raster(np.array(image), 65535.0, orientation=turn)
        else:
            raster = from_pillow(image, turn)
        raster = replace(raster, resolution=resolution, notes=notes)
        grey, rgb, notes = rendered(raster, options.max_megapixels)
    finally:
        if places["t"] != stands:
            image.seek(stands)
    digest = hashlib.sha256(f"image {grey.shape}".encode() + grey.tobytes() + rgb.tobytes())
    return Picture(basename(name), grey, rgb, digest.hexdigest(), notes)


# Tables


def table_of(source: Any) -> Table:
    """Take the columns of a DataFrame or Series, as ``tables.read_table`` gives a file's.

    Rows with a missing value are left out, and counted in a note.
    """
    frame = source if hasattr(type(source), "columns") else source.to_frame()
    columns = [frame.iloc[:, number] for number in range(frame.shape[1])]
    return _table([str(name) for name in frame.columns], columns)


def _table(names: list[str], columns: Iterable[Any]) -> Table:
    import pyarrow as pa

    made = [pa.array(_column(column), from_pandas=True) for column in columns]
    table = pa.table(made, names=[str(number) for number in range(len(made))])
    return of_columns(table.replace_schema_metadata({"decimal": "."}), tuple(names))


def _column(column: Any) -> NDArray[Any]:
    """Return a column as floats, with NaN where it has no value, or as words."""
    kind = getattr(column.dtype, "kind", "O")
    if kind == "c":
        raise UsageError("found complex numbers, expected real ones: give real or imaginary part")
    if kind in "mM":
        return seconds(column.to_numpy(f"{'timedelta64' if kind == 'm' else 'datetime64'}[ns]"))
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        missing = np.asarray(column.isna(), dtype=bool)
        words = np.array([str(value) for value in column], dtype=object)
        words[missing] = None
        return words


def seconds(times: NDArray[Any]) -> NDArray[np.float64]:
    """Count times in seconds: moments from the first one, durations as they are.

    >>> seconds(np.array(["2024-01-01T00:00:03", "2024-01-01"], "datetime64[s]")).tolist()
    [3.0, 0.0]
    """
    durations = times
    if times.dtype.kind == "M" and len(known := times[~np.isnat(times)]):
        durations = times - known.min()
    if durations.dtype.kind == "M":
        return np.full(len(times), np.nan)
    return durations / np.timedelta64(1, "s")


def _of_table(source: Any, name: str, options: Options) -> Grid:
    """Read a signal: one column of values, with the index as its places, or two columns."""
    table, index, unit, notes = table_of(source), source.index, None, ()
    frame = source if hasattr(type(source), "columns") else source.to_frame()
    plain = [getattr(index, part, None) for part in ("start", "step")] == [0, 1]
    kind = "O"
    if frame.shape[1] == 1 and not plain:
        kind = getattr(index.dtype, "kind", "O")
        if kind in "iufmM":
            table = _table(["index", *table.names], [index.to_series(), frame.iloc[:, 0]])
            unit = "s" if kind in "mM" else None
        else:
            notes = ("its index holds no numbers: samples are counted",)
    elif frame.shape[1] == 2:
        kind = getattr(frame.dtypes.iloc[0], "kind", "O")
        unit = "s" if kind in "mM" else None
    if unit and kind == "M":
        notes = ("times: in seconds from the first",)
    columns = signal_columns(table)
    digest = hashlib.sha256(f"table {columns.shape}".encode() + columns.tobytes())
    made = signal_source(columns, table.names)
    made = replace(made, unit=unit or made.unit, notes=(*table.notes, *notes))
    return sampled(name, made, digest.hexdigest(), options.frame, options.zoom)


def samples_in(source: Any, target: Any) -> Samples | None:
    """Read points, and what is known of each, of a DataFrame: as of a table in a file.

    Parameters
    ----------
    target : name of a column; None: one of samples.TARGETS

    Returns
    -------
    Samples or None
        None for what is no DataFrame, and where the target is given beside it.

    Raises
    ------
    InputError, UsageError
    """
    whole = kind_of(source) == "table" and hasattr(type(source), "columns")
    if not whole or not (target is None or isinstance(target, str)):
        return None
    with _named("table"):
        return samples_of(table_of(source), target, "table")


# Arrays


def _axis(name: Any, places: Any, unit: Any) -> Axis:
    """Describe an axis; places that do not rise or fall from sample to sample are none."""
    named = printable(str(name))[:UNIT_WIDTH]
    places = np.asarray(places)
    if places.dtype.kind in "mM":
        places, unit = seconds(places), "s"
    said = printable(unit.strip())[:UNIT_WIDTH] if isinstance(unit, str) else ""
    if places.dtype.kind not in "iuf" or places.ndim != 1 or len(places) < 2:
        return Axis(named)
    places = places.astype(np.float64)
    steps = np.diff(places)
    ordered = np.isfinite(places).all() and ((steps > 0).all() or (steps < 0).all())
    return Axis(named, places, said) if ordered else Axis(named)


def _of_labelled(source: Any) -> Held:
    """Take an array of xarray: its coordinates by the names of its dimensions."""
    axes = []
    for dim in source.dims:
        known = source.coords.get(dim)
        places = () if known is None else known.values
        axes.append(_axis(dim, places, known.attrs.get("units") if known is not None else None))
    return Held(source, tuple(axes))


def _of_signal(source: Any) -> Held:
    """Take a signal of HyperSpy: its axes, in the order of its array."""
    manager = source.axes_manager
    every = [*manager.navigation_axes, *manager.signal_axes]
    every.sort(key=lambda axis: axis.index_in_array)
    axes = tuple(_axis(axis.name, axis.axis, axis.units) for axis in every)
    # Without a dimension to navigate in, its data has one of a single sample for it.
    values = source.data
    return Held(values, axes if len(axes) == len(values.shape) else (Axis(),) * len(values.shape))


def _of_array(source: Any) -> Held:
    if not (isinstance(getattr(source, "shape", None), tuple) and hasattr(source, "__getitem__")):
        source = np.asanyarray(source)
    return Held(source, (Axis(),) * len(source.shape))


def _numbers(values: Any) -> NDArray[Any]:
    """Have values computed or loaded; a mask stays, which numpy would take off a lazy array."""
    return np.asanyarray(values.compute() if hasattr(type(values), "compute") else values)


def _of_held(
    held: Held, name: str, options: Options, read: Callable[..., Picture]
) -> Picture | Grid:
    """Read an array by its axes; those of one sample do not count."""
    values, shape = held.values, tuple(held.values.shape)
    if not all(float(n).is_integer() for n in shape):
        raise Unreadable("found an array whose size is not known before it is computed: compute it")
    shape = tuple(int(n) for n in shape)
    if isinstance(getattr(values, "dtype", None), np.dtype):
        check_kind(values.dtype)
    kept = [d for d, n in enumerate(shape) if n != 1]
    channel = next((d for d in kept if held.axes[d].name.lower() in CHANNELS), None)
    if channel is None and len(kept) == 3:
        channel = kept[-1]
    coloured = len(kept) == 3 and shape[channel or 0] in COLOURS and options.dimension != 3
    channel = channel if coloured else None
    places = [d for d in kept if d != channel]
    axes = tuple(held.axes[d] for d in places)
    if len(places) not in (1, 2, 3):
        raise Unreadable(
            f"found an array of shape {shape}, expected one axis (a signal), two (a picture) or "
            "three (a volume); give one part of it, such as a[0]"
        )
    if len(places) == 2:
        rows, columns = (shape[d] for d in places)
        check_size(rows, columns, options.max_megapixels)
        order = [*places, *([] if channel is None else [channel])]
        array = _numbers(values).reshape([shape[d] for d in kept])
        array = array.transpose([kept.index(d) for d in order])
        picture = read(array, max_megapixels=options.max_megapixels, select=options.select)
        spacing, _, _, notes = _spacing(axes)
        across, down = 1 / spacing[1], 1 / spacing[0]
        grey, rgb, told = squared(picture.grey, picture.rgb, (across, down), options.max_megapixels)
        notes = (*picture.notes, *notes, *told)
        return Picture(basename(name), grey, rgb, picture.sha256, notes)
    choose(options.select, {})
    check_shape(tuple(shape[d] for d in places))
    return _averaged(values, shape, places, axes, name, options)


def _averaged(
    values: Any,
    shape: tuple[int, ...],
    places: list[int],
    axes: tuple[Axis, ...],
    name: str,
    options: Options,
) -> Grid:
    """Average a signal or volume part by part; all of it at once only where it lies in memory."""
    axis, part = _parts(values, shape)
    spacing, start, unit, notes = _spacing(axes)
    size = tuple(shape[d] for d in places)
    where = places.index(axis)
    falling = [d for d, a in enumerate(axes) if a.places is not None and a.places[0] > a.places[-1]]
    digest = hashlib.sha256(f"{size}".encode())

    def slab(first: int, last: int) -> NDArray[Any]:
        if where in falling:
            first, last = size[where] - last, size[where] - first
        found = part(first, last)
        check_kind(found.dtype)
        found = found.reshape(*size[:where], last - first, *size[where + 1 :])
        found = np.flip(found, tuple(falling))
        digest.update(f"{found.dtype.str}".encode() + np.ascontiguousarray(found).tobytes())
        return found

    source = Source(size, where, slab, spacing, start, unit, notes)
    along = axes[0].places
    if len(size) == 1 and along is not None and _uneven(along):
        columns = np.stack([np.sort(along), slab(0, size[0]).astype(np.float64)], axis=1)
        made = signal_source(columns)
        source = replace(made, unit=unit, notes=notes)
    grid = sampled(name, source, "", options.frame, options.zoom)
    return replace(grid, sha256=digest.hexdigest())


def _parts(values: Any, shape: tuple[int, ...]) -> tuple[int, Callable[[int, int], NDArray[Any]]]:
    """Part an array where that is cheapest → (axis, (start, stop) → that part of it).

    What has chunks is computed a layer of them at a time, and that layer is kept for the next part.
    """
    if not hasattr(values, "chunks"):
        whole = _numbers(values)
        source = array_source(whole, "voxels")
        axis = source.axis if shape[source.axis] > 1 else int(np.argmax(shape))
        return axis, lambda a, b: whole[(slice(None),) * axis + (slice(a, b),)]
    chunks = values.chunks or (1, *shape[1:])
    ends = [
        np.cumsum(c) if isinstance(c, tuple) else np.minimum(np.arange(1, ceil(n / c) + 1) * c, n)
        for n, c in zip(shape, chunks, strict=True)
    ]
    axis = max(range(len(shape)), key=lambda d: (len(ends[d]), shape[d]))
    begins = [0, *ends[axis].tolist()]

    def between(a: int, b: int) -> NDArray[Any]:
        return _numbers(values[(slice(None),) * axis + (slice(a, b),)])

    if not values.chunks:
        return axis, between
    layer = lru_cache(maxsize=1)(lambda n: between(begins[n], begins[n + 1]))

    def part(a: int, b: int) -> NDArray[Any]:
        first, last = np.searchsorted(begins, (a, b - 1), "right") - 1
        found = []
        for n in range(first, last + 1):
            inside = slice(max(a - begins[n], 0), b - begins[n])
            found.append(layer(n)[(slice(None),) * axis + (inside,)])
        return found[0] if len(found) == 1 else np.ma.concatenate(found, axis=axis)

    return axis, part


def _uneven(places: NDArray[np.float64]) -> bool:
    steps = np.abs(np.diff(places))
    return bool(np.abs(steps - steps.mean()).max() > UNEVEN * steps.mean())


def _spacing(
    axes: tuple[Axis, ...],
) -> tuple[tuple[float, ...], tuple[float, ...], str, tuple[str, ...]]:
    """Say how far apart samples are → spacing and start along each axis, unit, notes.

    Samples are counted where an axis has no places, or where the axes have no unit in common.
    """
    size = len(axes)
    counted = (1.0,) * size, (0.0,) * size, "samples" if size == 1 else "voxels"
    known = [axis for axis in axes if axis.places is not None]
    if len(known) < size:
        lack = ", ".join(axis.name for axis in axes if axis.places is None and axis.name)
        told = (f"no places along {lack}: samples are counted",) if known and lack else ()
        return *counted, told
    units = list(dict.fromkeys(axis.unit for axis in axes))
    if len(units) > 1:
        shown = ", ".join(unit or "none" for unit in units)
        return *counted, (f"axes in different units ({shown}): samples are counted",)
    notes, spacing, start = [], [], []
    for axis in axes:
        assert axis.places is not None
        steps = np.abs(np.diff(axis.places))
        spacing.append(float(steps.mean()))
        start.append(float(axis.places.min()))
        if _uneven(axis.places):
            taken = "brought to even ones" if size == 1 else "taken for even"
            notes.append(
                f"places along {axis.name or 'an axis'} are uneven, {steps.min():.4g} to "
                f"{steps.max():.4g} apart: {taken}"
            )
    if size == 3 and max(spacing) > MOST_UNLIKE * min(spacing):
        return *counted, ("spacings that are too unlike to be believed: samples are counted",)
    if not units[0] and set(spacing) == {1.0} and set(start) == {0.0}:
        return *counted, ()
    return tuple(spacing), tuple(start), units[0] or "units", tuple(notes)
