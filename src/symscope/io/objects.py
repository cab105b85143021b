"""The door for objects of other libraries: images, open files, labelled and lazy arrays, tables.

No library is imported to know its objects: each is told by what it offers. What they say of
themselves counts as what a file says does: the turn of an image, its opacity and resolution, the
coordinates and units of an array, the index of a table.
"""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from os.path import basename
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from symscope.errors import Unreadable
from symscope.io.formats import frame_of
from symscope.io.grids import Grid, Source, check_kind, sampled
from symscope.io.images import Picture, most_bytes, picture_of
from symscope.io.paths import NAME_WIDTH, printable
from symscope.io.pixels import from_pillow, rendered
from symscope.io.signals import UNEVEN, signal_columns, signal_source
from symscope.io.standard_input import pieces
from symscope.io.tables import UNIT_WIDTH, seconds, table_of
from symscope.io.volumes import named_errors, stated_spacing
from symscope.options import Options
from symscope.selection import choose

CHANNELS = frozenset("band bands channel channels c rgb rgba color colour".split())  # noqa: SIM905
"""Names of an axis whose three or four samples are the colours of a picture."""

COLOURS = (3, 4)

TASK = re.compile(r".*-[0-9a-f]{32}")
"""What Dask calls the task that makes an array."""

FAILED = "found values that cannot be had ({reason}); give them as a NumPy array"


@dataclass(frozen=True)
class Axis:
    """An axis of an array: its name, the places (n,) of its samples if known, and their unit."""

    name: str = ""
    places: NDArray[np.float64] | None = None
    unit: str = ""


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
    if kind == "table":
        return 1
    shape = getattr(source.data if kind == "signal" else source, "shape", None)
    if kind not in ("labelled", "signal", "array") or not isinstance(shape, tuple):
        return None
    return sum(n != 1 for n in shape)


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
    read : how bytes become a Picture

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
    name, most = name_of(source, kind), options.max_megapixels
    with named_errors(name, FAILED):
        if kind == "image":
            return name, _of_image(source, name, options)
        if kind == "file":
            picture = read(_bytes_of(source, most), max_megapixels=most, select=options.select)
            return name, replace(picture, name=basename(name))
        choose(options.select, {})
        made = _of_table(source) if kind == "table" else _of_array(source, kind, options)
        if len(made.shape) == 2:
            return name, picture_of(made, basename(name), most)
        placed = made.shape, made.spacing, made.start, made.unit
        digest = hashlib.sha256(f"{placed}".encode())

        def slab(start: int, stop: int) -> NDArray[Any]:
            part = made.slab(start, stop)
            digest.update(f"{part.dtype.str}".encode() + np.ascontiguousarray(part).tobytes())
            return part

        grid = sampled(name, replace(made, slab=slab), "", options.frame, options.zoom)
        return name, replace(grid, sha256=digest.hexdigest())


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


def _bytes_of(file: Any, max_megapixels: float) -> bytes:
    """Read a file from where it stands to its end, and put it back there."""
    start = file.tell() if getattr(file, "seekable", bool)() else None
    data = pieces(file, most_bytes(max_megapixels))
    if start is not None:
        file.seek(start)
    if not data and start:
        raise Unreadable("found a file that stands at its end; call its seek(0) first")
    return data


def _of_image(image: Image.Image, name: str, options: Options) -> Picture:
    """Take an image as its file would be, and the frame that it shows unless another is chosen."""
    # The second picture of a JPEG is its preview, or the other eye's.
    count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    stands = image.tell() if count > 1 else 0
    select = options.select or (f"t={stands + 1}" if stands else None)
    try:
        turn, resolution, notes = frame_of(image, count, options.max_megapixels, select)
        raster = replace(from_pillow(image, turn), resolution=resolution, notes=notes)
        grey, rgb, notes = rendered(raster, options.max_megapixels)
    finally:
        if count > 1:
            image.seek(stands)
    digest = hashlib.sha256(f"image {grey.shape}".encode() + grey.tobytes() + rgb.tobytes())
    return Picture(basename(name), grey, rgb, digest.hexdigest(), notes)


def _of_table(source: Any) -> Source:
    """Take a signal: one column of values, with the index as its places, or two columns."""
    frame = source if hasattr(type(source), "columns") else source.to_frame()
    index, notes = source.index, ()
    if frame.shape[1] == 1 and [getattr(index, a, None) for a in ("start", "step")] != [0, 1]:
        if getattr(index.dtype, "kind", "O") in "iufmM":
            frame = frame.reset_index(names="index", allow_duplicates=True)
        else:
            notes = ("its index holds no numbers: samples are counted",)
    table = table_of(frame)
    made = signal_source(signal_columns(table), table.names)
    kind = getattr(frame.dtypes.iloc[0], "kind", "O")
    timed = frame.shape[1] == 2 and kind in "mM"
    notes += ("times: in seconds from the first",) if timed and kind == "M" else ()
    return replace(made, unit="s" if timed else made.unit, notes=(*table.notes, *notes))


# Arrays


def _axis(name: Any, places: Any = (), unit: Any = None) -> Axis:
    """Describe an axis; places that do not rise or fall from sample to sample are none."""
    named = printable(str(name))[:UNIT_WIDTH]
    places = np.asarray(places)
    if places.dtype.kind in "mM":
        places, unit = seconds(places), "s"
    if places.dtype.kind not in "iuf" or places.ndim != 1 or len(places) < 2:
        return Axis(named)
    steps = np.diff(places := places.astype(np.float64))
    ordered = np.isfinite(places).all() and ((steps > 0).all() or (steps < 0).all())
    said = printable(unit.strip())[:UNIT_WIDTH] if isinstance(unit, str) else ""
    return Axis(named, places, said) if ordered else Axis(named)


def _axes(source: Any, kind: str) -> tuple[Any, list[Axis]]:
    """Return values that take slices as numpy's arrays do, and their axes."""
    if kind == "dataset":
        names = [str(each) for each in source.data_vars]
        if len(names) != 1:
            shown = printable(", ".join(names))[:NAME_WIDTH] or "nothing"
            raise Unreadable(f"found a Dataset of {shown}; expected one array of it: name it")
        return _axes(source[names[0]], "labelled")
    if kind == "labelled":
        known = [(dim, source.coords.get(dim)) for dim in source.dims]
        return source, [
            _axis(dim) if c is None else _axis(dim, c.values, c.attrs.get("units"))
            for dim, c in known
        ]
    axes = []
    if kind == "signal":
        manager, source = source.axes_manager, source.data
        every = [*manager.navigation_axes, *manager.signal_axes]
        every.sort(key=lambda axis: axis.index_in_array)
        axes = [_axis(axis.name, axis.axis, axis.units) for axis in every]
    elif not (isinstance(getattr(source, "shape", None), tuple) and hasattr(source, "__getitem__")):
        source = np.asanyarray(source)
    # A signal without a dimension to navigate in has one of a single sample for it in its data.
    return source, axes if len(axes) == len(source.shape) else [Axis()] * len(source.shape)


def _of_array(source: Any, kind: str, options: Options) -> Source:
    """Take an array by its axes; those of one sample do not count, colours come last."""
    values, known = _axes(source, kind)
    if not all(float(n).is_integer() for n in values.shape):
        raise Unreadable("found an array whose size is not known before it is computed: compute it")
    shape = [int(n) for n in values.shape]
    if isinstance(getattr(values, "dtype", None), np.dtype):
        check_kind(values.dtype)
    kept = [d for d, n in enumerate(shape) if n != 1]
    channel = next((d for d in kept if known[d].name.lower() in CHANNELS), kept[-1] if kept else 0)
    coloured = len(kept) == 3 and shape[channel] in COLOURS and options.dimension != 3
    places = [d for d in kept if not (coloured and d == channel)]
    if len(places) not in (1, 2, 3):
        raise Unreadable(
            f"found an array of shape {tuple(shape)}, expected one axis (a signal), two (a "
            "picture) or three (a volume); give one part of it, such as a[0]"
        )
    axes, size = [known[d] for d in places], tuple(shape[d] for d in places)
    # The row 0 of a picture is its top.
    falling = [len(size) != 2 and a.places is not None and a.places[0] > a.places[-1] for a in axes]
    axis, part = _parts(values, shape, places)
    where = places.index(axis)

    def slab(start: int, stop: int) -> NDArray[Any]:
        if falling[where]:
            start, stop = size[where] - stop, size[where] - start
        found = part(start, stop)
        check_kind(found.dtype)
        found = found.reshape([stop - start if d == axis else shape[d] for d in kept])
        found = np.moveaxis(found, kept.index(channel), -1) if coloured else found
        return np.flip(found, tuple(d for d, falls in enumerate(falling) if falls))

    spacing, start, unit, notes = _spacing(axes)
    if len(size) == 1 and (along := axes[0].places) is not None:
        values = np.ma.filled(slab(0, size[0]).astype(np.float64), np.nan)
        made = signal_source(np.stack([np.sort(along), values], axis=1))
        return replace(made, unit=unit, notes=notes)
    return Source(size, where, slab, spacing, start, unit, notes)


def _parts(
    values: Any, shape: Sequence[int], axes: Sequence[int]
) -> tuple[int, Callable[[int, int], NDArray[Any]]]:
    """Part an array along one of some axes, which is cheapest → (axis, (start, stop) → that part).

    What has chunks is computed a layer of them at a time, and that layer is kept for the next part.
    """
    chunks = getattr(values, "chunks", None) or (1, *shape[1:])
    begins = [
        [0, *np.cumsum(c).tolist()] if isinstance(c, tuple) else [*range(0, n, c), n]
        for n, c in zip(shape, chunks, strict=True)
    ]
    axis = max(axes, key=lambda d: (len(begins[d]), shape[d]))
    begin, before = begins[axis], (slice(None),) * axis

    def between(start: int, stop: int) -> NDArray[Any]:
        part = values[(*before, slice(start, stop))]
        # A mask stays, which numpy would take off a lazy array.
        return np.asanyarray(part.compute() if hasattr(type(part), "compute") else part)

    if not getattr(values, "chunks", None):
        return axis, between
    layer = lru_cache(maxsize=1)(lambda n: between(begin[n], begin[n + 1]))

    def part(start: int, stop: int) -> NDArray[Any]:
        layers = range(bisect_right(begin, start) - 1, bisect_left(begin, stop))
        inside = [slice(max(start - begin[n], 0), stop - begin[n]) for n in layers]
        found = [layer(n)[(*before, cut)] for n, cut in zip(layers, inside, strict=True)]
        return found[0] if len(found) == 1 else np.ma.concatenate(found, axis=axis)

    return axis, part


def _spacing(
    axes: Sequence[Axis],
) -> tuple[tuple[float, ...], tuple[float, ...], str, tuple[str, ...]]:
    """Say how far apart samples are → spacing and start along each axis, unit, notes.

    Samples are counted where an axis has no places, or where the axes have no unit in common.
    """
    size, units = len(axes), list(dict.fromkeys(axis.unit for axis in axes))
    counted = (1.0,) * size, (0.0,) * size, "samples" if size == 1 else "voxels"
    placed = [axis.places for axis in axes if axis.places is not None]
    lack = ", ".join(axis.name for axis in axes if axis.places is None and axis.name)
    if len(placed) < size:
        told = (f"no places along {lack}: samples are counted",) if placed and lack else ()
        return *counted, told
    if len(units) > 1:
        shown = ", ".join(unit or "none" for unit in units)
        return *counted, (f"axes in different units ({shown}): samples are counted",)
    steps = [np.abs(np.diff(places)) for places in placed]
    spacing = stated_spacing([step.mean() for step in steps], size)
    if spacing is None:
        return *counted, ("spacings that are too unlike to be believed: samples are counted",)
    taken = "brought to even ones" if size == 1 else "taken for even"
    notes = tuple(
        f"places along {axis.name or 'an axis'} are uneven, {step.min():.4g} to {step.max():.4g} "
        f"apart: {taken}"
        for axis, step in zip(axes, steps, strict=True)
        if np.abs(step - step.mean()).max() > UNEVEN * step.mean()
    )
    start = tuple(float(places.min()) for places in placed)
    if not units[0] and (spacing, start) == counted[:2]:
        return *counted, notes
    return spacing, start, units[0] or "units", notes
