"""The door for files of many arrays: HDF5, Zarr, MAT and NPZ → one array, read slab by slab.

Nothing is followed out of a file: no external link, no virtual dataset, no symbolic link of a
store. Nothing is loaded that could run code: no objects, no filter from outside the libraries.
"""

import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from symscope.errors import InputError, MissingFile, TooLarge, TooSmall, Unreadable, among
from symscope.io.extras import library
from symscope.io.grids import Source, check_kind, check_shape
from symscope.io.paths import HDF5, printable, split_array, suffix_of

MOST_LISTED = 10
"""Arrays that an error lists; their names are cut to LISTED_WIDTH characters."""

LISTED_WIDTH = 30

MOST_OBJECTS = 10_000
"""Groups and arrays of a file that are looked at."""

MOST_DEPTH = 32
"""Groups in groups, and links to links."""

MOST_CHUNK = 256 << 20
"""Bytes of a chunk, which is unpacked whole."""

MOST_DESCRIPTION = 1 << 20
"""Bytes of what a Zarr store says of one of its arrays."""

MOST_WHOLE = 1 << 30
"""Bytes of an array that can only be read whole: one of MAT before 7.3."""

FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})
"""Deflate, shuffle, Fletcher-32, szip, n-bit, scale-offset and LZF: they come with h5py."""

CODECS = frozenset(
    {
        *("bytes", "transpose", "sharding_indexed", "crc32c", "delta", "shuffle", "quantize"),
        *("fixedscaleoffset", "bitround", "gzip", "zlib", "bz2", "lzma", "zstd", "blosc", "lz4"),
    }
)
"""Of a Zarr array: coders of numbers. Others unpickle, or bring their own code."""


@dataclass(frozen=True)
class Stored:
    """An array of numbers in a file.

    Attributes
    ----------
    name : in the file
    shape : of all its axes
    dtype : of its values
    opened : () → (axis along which parts are cheapest, (start, stop) → that part, all axes kept)
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    opened: Callable[[], tuple[int, Callable[[int, int], NDArray[Any]]]]

    @property
    def kept(self) -> tuple[int, ...]:
        """Its shape without axes of one sample."""
        return tuple(n for n in self.shape if n != 1)

    @property
    def counts(self) -> bool:
        """Whether it is what is looked for: numbers, on one to three axes."""
        return self.dtype.kind in "buif" and 1 <= len(self.kept) <= 3 and 0 not in self.shape


Contents = tuple[Callable[[str], "Stored | None"], Callable[[], tuple[list["Stored"], bool]]]
"""Of an opened file: the array of a name; and all arrays, with whether these are really all."""


@contextmanager
def stored_array(path: str) -> Iterator[Source]:
    """Open one array of a file: a signal, picture or volume by its axes; those of one sample go.

    Parameters
    ----------
    path : of one of paths.CONTAINERS, and after ``::`` the array's name, which may be left out
        where only one array has one to three axes

    Raises
    ------
    MissingFile, Unreadable, TooLarge, TooSmall
        And whatever the libraries raise for a damaged file.
    """
    file, name = split_array(path)
    suffix = suffix_of(file)
    if not os.path.exists(file):
        raise MissingFile("found no such file, expected one with arrays; check the path")
    expected = "a folder" if suffix == ".zarr" else "a file"
    if not (os.path.isdir(file) if suffix == ".zarr" else os.path.isfile(file)):
        raise Unreadable(f"found something else, expected {expected} with arrays")
    with _OPENERS[suffix](file) as contents:
        array = _chosen(os.path.basename(file), name, contents)
        kept, size = array.kept, len(array.kept)
        if size != 2:  # Of a picture, whoever renders it knows the limits.
            check_shape(kept)
        axis, part = array.opened()
        where = sum(n != 1 for n in array.shape[:axis])

        def slab(start: int, stop: int) -> NDArray[Any]:
            values = np.asarray(part(start, stop))
            return values.reshape(*kept[:where], stop - start, *kept[where + 1 :])

        unit = "samples" if size == 1 else "voxels"
        notes = () if name else (f"its only array, {printable(array.name, LISTED_WIDTH)}",)
        yield Source(kept, where, slab, (1.0,) * size, (0.0,) * size, unit, notes)


def _chosen(file: str, name: str | None, contents: Contents) -> Stored:
    """Return the one array that is meant, or say which there are."""
    named, listed = contents
    if name is not None and (array := named(name)) is not None:
        check_kind(array.dtype)
        if not array.kept:
            raise TooSmall("found one number, expected a signal, a picture or a volume")
        if not array.counts:
            raise Unreadable(
                f"found an array of shape {array.shape}, expected one axis (a signal), two (a "
                "picture) or three (a volume); save one part of it"
            )
        return array
    found, whole = listed()
    usable = [array for array in found if array.counts]
    if len(usable) == 1 and name is None and whole:
        return usable[0]
    if not usable:
        raise Unreadable("found no array of numbers with one to three axes, expected one")
    shown = ", ".join(
        f"{printable(a.name, LISTED_WIDTH)} ({' × '.join(map(str, a.shape))})"
        for a in usable[:MOST_LISTED]
    )
    more = f" and {len(usable) - MOST_LISTED} more" if len(usable) > MOST_LISTED else ""
    if name is not None:
        names = (printable(array.name, LISTED_WIDTH) for array in usable)
        raise MissingFile(
            f"found no array of that name, expected {among(name, names, shown + more)}"
        )
    raise Unreadable(
        f"found {len(usable)} arrays, {shown}{more}; expected one: name it, as in "
        f"{printable(file, LISTED_WIDTH)}::{printable(usable[0].name, LISTED_WIDTH)}"
    )


def _cheapest(shape: tuple[int, ...], chunks: tuple[int, ...]) -> int:
    """Choose the axis along which the fewest chunks are opened for a part."""
    counts = [(-(-n // max(c, 1)), n > 1) for n, c in zip(shape, chunks, strict=True)]
    return max(range(len(shape)), key=lambda d: counts[d])


def _parts(array: Any, chunks: tuple[int, ...] | None) -> tuple[int, Callable[..., NDArray[Any]]]:
    """Read parts of what takes slices as numpy's arrays do."""
    shape = tuple(array.shape)
    axis = _cheapest(shape, chunks or (1, *shape[1:]))
    if chunks and math.prod(chunks) * array.dtype.itemsize > MOST_CHUNK:
        raise TooLarge(
            f"found chunks of shape {chunks}, expected at most {MOST_CHUNK} bytes in each; save it "
            "again with smaller ones"
        )
    return axis, lambda start, stop: array[(slice(None),) * axis + (slice(start, stop),)]


# HDF5, and MAT from 7.3 on


@contextmanager
def _hdf5(file: str) -> Iterator[Contents]:
    h5py: Any = library("h5py", "arrays", "an HDF5 file")
    turned = suffix_of(file) == ".mat"

    def named(name: str) -> Stored | None:
        item = _reached(h5py, opened, name)
        if item is not None and not isinstance(item, h5py.Dataset):
            raise Unreadable("found a group of arrays, expected the name of one of them")
        if item is not None and (refused := _refusal(item)):
            raise Unreadable(refused)
        return None if item is None else _dataset(item, name, turned)

    def listed() -> tuple[list[Stored], bool]:
        items, whole = _datasets(h5py, opened)
        numbers = [(path, item) for path, item in items if _refusal(item) is None]
        return [
            _dataset(item, path, turned)
            for path, item in numbers
            if not (turned and _class_of(item) in ("char", "cell", "struct"))
        ], whole

    # A chunk that a slab ends in is not unpacked again for the next one.
    with h5py.File(file, "r", rdcc_nbytes=MOST_CHUNK) as opened:
        yield named, listed


def _reached(h5py: Any, start: Any, path: str, hops: int = 0) -> Any:
    """Follow a path link by link, as far as it stays within the file; None where it ends."""
    if hops > MOST_DEPTH:
        raise Unreadable("found links that lead to each other, expected an array")
    item = start.file["/"] if path.startswith("/") else start
    steps = [step for step in path.split("/") if step not in ("", ".")]
    for step in steps:
        link = item.get(step, getlink=True) if isinstance(item, h5py.Group) else None
        if link is None:
            return None
        if isinstance(link, h5py.SoftLink):
            item = _reached(h5py, item, link.path, hops + 1)
        elif isinstance(link, h5py.HardLink):
            item = item[step]
        else:
            raise Unreadable(
                "found a link to another file, which is not followed; name the array in that file"
            )
        if item is None:
            return None
    return item


def _datasets(h5py: Any, top: Any) -> tuple[list[tuple[str, Any]], bool]:
    """List the datasets that hard links lead to, each one once, and whether these are all."""
    found, seen, waiting = [], set(), [("", top)]
    while waiting and len(seen) < MOST_OBJECTS:
        prefix, group = waiting.pop(0)
        for key in group:
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                continue
            item, path = group[key], f"{prefix}{key}"
            address = h5py.h5o.get_info(item.id).addr
            if address in seen or len(seen) >= MOST_OBJECTS:
                continue
            seen.add(address)
            if isinstance(item, h5py.Dataset):
                found.append((path, item))
            elif isinstance(item, h5py.Group) and path.count("/") < MOST_DEPTH:
                waiting.append((f"{path}/", item))
    return found, len(seen) < MOST_OBJECTS


def check_inside(file: str) -> None:
    """Refuse an HDF5 file, for a library that would follow it, one of whose links leads out of it.

    Raises
    ------
    Unreadable, TooLarge
        And whatever h5py raises for a damaged file.
    """
    h5py: Any = library("h5py", "arrays", "an HDF5 file")
    count = 0

    # What is raised in here, h5py would not pass on.
    def wrong(name: str, link: Any) -> InputError | None:
        nonlocal count
        count += 1
        if count > MOST_OBJECTS:
            return TooLarge(f"found more than {MOST_OBJECTS} parts, expected fewer in one file")
        if isinstance(link, h5py.ExternalLink):
            return Unreadable("found a link to another file, which is not followed; copy it inside")
        item: Any = opened.get(name) if isinstance(link, h5py.HardLink) else None
        if isinstance(item, h5py.Dataset) and (
            item.is_virtual or item.id.get_create_plist().get_external_count()
        ):
            return Unreadable("found values that are in another file, expected its own")
        return None

    with h5py.File(file, "r") as opened:
        error = opened.visititems_links(wrong)
    if error is not None:
        raise error


def _refusal(item: Any) -> str | None:
    """Say why a dataset is not read, before its shape or a value of it is asked for."""
    made = item.id.get_create_plist()
    if item.is_virtual:
        return "found a virtual dataset, whose values are in other files, expected its own"
    if made.get_external_count():
        return "found a dataset whose values are in another file, expected its own"
    codes = [made.get_filter(i)[0] for i in range(made.get_nfilters())]
    strange = [code for code in codes if code not in FILTERS]
    if strange:
        return (
            f"found values packed by filter {strange[0]}, which needs a plugin; save them again "
            "with gzip"
        )
    if item.dtype.kind not in "buifc" or item.shape is None:
        kind = "text" if item.dtype.kind in "SU" else "objects, records or nothing"
        return f"found {kind}, expected an array of plain numbers"
    return None


def _class_of(item: Any) -> str:
    """Return what MATLAB takes an array for; text is stored as numbers."""
    value = item.attrs.get("MATLAB_class", b"")
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _dataset(item: Any, name: str, turned: bool) -> Stored:
    def opened() -> tuple[int, Callable[[int, int], NDArray[Any]]]:
        axis, part = _parts(item, item.chunks)
        # MATLAB's first axis runs fastest, and so is the last one here.
        last = len(item.shape) - 1
        return (last - axis, lambda a, b: part(a, b).T) if turned else (axis, part)

    shape = item.shape[::-1] if turned else item.shape
    return Stored(name, tuple(shape), item.dtype, opened)


# MAT before 7.3


MAT_TYPES = {"double": "f8", "single": "f4", "logical": "b1"} | {
    f"{sign}int{8 * size}": f"{sign or 'i'}{size}" for sign in ("", "u") for size in (1, 2, 4, 8)
}


@contextmanager
def _mat(file: str) -> Iterator[Contents]:
    from scipy.io import loadmat, matlab, whosmat

    with open(file, "rb") as stream:
        major = matlab.matfile_version(stream)[0]
    if major == 2:
        with _hdf5(file) as contents:
            yield contents
        return
    kinds = {key: (tuple(shape), kind) for key, shape, kind in whosmat(file)}

    def stored(key: str) -> Stored:
        shape, kind = kinds[key]
        return Stored(key, shape, np.dtype(MAT_TYPES[kind]), partial(opened, key))

    def opened(key: str) -> tuple[int, Callable[[int, int], NDArray[Any]]]:
        size = math.prod(kinds[key][0]) * np.dtype(MAT_TYPES[kinds[key][1]]).itemsize
        if size > MOST_WHOLE:
            raise TooLarge(
                f"found an array of {size} bytes, expected at most {MOST_WHOLE}; save it with -v7.3"
            )
        array = np.asarray(loadmat(file, variable_names=[key])[key])
        check_kind(array.dtype)  # What is complex is listed as its real part is.
        return _parts(array, None)

    def named(name: str) -> Stored | None:
        if name not in kinds:
            return None
        if kinds[name][1] not in MAT_TYPES:
            raise Unreadable(f"found a {kinds[name][1]}, expected an array of plain numbers")
        return stored(name)

    yield named, lambda: ([stored(key) for key in kinds if kinds[key][1] in MAT_TYPES], True)


# NPZ


@contextmanager
def _npz(file: str) -> Iterator[Contents]:
    with ZipFile(file) as archive:
        members = {m.removesuffix(".npy"): m for m in archive.namelist() if m.endswith(".npy")}

        def named(name: str) -> Stored | None:
            return _member(archive, members[name], name) if name in members else None

        def listed() -> tuple[list[Stored], bool]:
            first = list(members.items())[:MOST_OBJECTS]
            return [_member(archive, m, key) for key, m in first], len(first) == len(members)

        yield named, listed


def _member(archive: ZipFile, member: str, key: str) -> Stored:
    with archive.open(member) as stream:
        shape, fortran, dtype = _npy_header(stream)
        begins = stream.tell()
    count = math.prod(int(n) for n in shape)
    if archive.getinfo(member).file_size < begins + count * dtype.itemsize:
        raise Unreadable(f"found an array {printable(key)} that is shorter than it says")
    order = shape[::-1] if fortran else shape

    def opened() -> tuple[int, Callable[[int, int], NDArray[Any]]]:
        axis = next((d for d, n in enumerate(order) if n > 1), 0)
        step = math.prod(order[axis + 1 :]) * dtype.itemsize
        stream = archive.open(member)

        def part(start: int, stop: int) -> NDArray[Any]:
            stream.seek(begins + start * step)
            data = stream.read((stop - start) * step)
            values = np.frombuffer(data, dtype).reshape(*order[:axis], -1, *order[axis + 1 :])
            return values.T if fortran else values

        return (len(order) - 1 - axis if fortran else axis), part

    return Stored(key, tuple(shape), dtype, opened)


def _npy_header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the header of an array; one of objects is told by its type, and never unpickled."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise Unreadable(f"found .npy of version {version}, expected 1 or 2; save it anew")


# Zarr


@contextmanager
def _zarr(folder: str) -> Iterator[Contents]:
    zarr: Any = library("zarr", "arrays", "a Zarr store")
    described, whole = _described(folder)

    def named(name: str) -> Stored | None:
        key = name.strip("/")
        if key not in described:
            return None
        unknown = _codecs(described[key]) - CODECS
        if unknown:
            raise Unreadable(
                f"found values packed by {printable(min(unknown), LISTED_WIDTH)}, which is not "
                "read; save them again with zstd"
            )
        # A folder by its path: no address of a network is ever taken for a store.
        store = zarr.storage.LocalStore(os.path.join(folder, key), read_only=True)
        array = zarr.open_array(store, mode="r")
        packed = tuple(getattr(array, "shards", None) or array.chunks)
        dtype = np.dtype(array.dtype)
        return Stored(key, tuple(array.shape), dtype, partial(_parts, array, packed))

    def listed() -> tuple[list[Stored], bool]:
        known = [key for key in sorted(described) if not _codecs(described[key]) - CODECS]
        return [array for key in known if (array := named(key)) is not None], whole

    yield named, listed


def _described(folder: str) -> tuple[dict[str, dict[str, Any]], bool]:
    """Read what a store says of each of its arrays, and whether these are all; no link is taken."""
    found: dict[str, dict[str, Any]] = {}
    count = 0
    for parent, folders, files in os.walk(folder):
        folders.sort()
        if any(os.path.islink(os.path.join(parent, entry)) for entry in (*folders, *files)):
            raise Unreadable("found a symbolic link in the store, which is not followed")
        known = next((name for name in ("zarr.json", ".zarray") if name in files), None)
        if known is None:
            continue
        count += 1
        path = os.path.join(parent, known)
        if count > MOST_OBJECTS or os.path.getsize(path) > MOST_DESCRIPTION:
            return found, False
        with open(path, encoding="utf-8") as file:
            described = json.load(file)
        if known == ".zarray" or described.get("node_type") == "array":
            found[os.path.relpath(parent, folder).replace(os.sep, "/")] = described
            # What else lies there are chunks, in files or in folders.
    return found, True


def _codecs(described: Any) -> set[str]:
    """Collect the names of all that a description says to unpack values with, of either version."""
    names = set()
    for part in (*(described.get("codecs") or ()), *(described.get("filters") or ())):
        name = part if isinstance(part, str) else str(part.get("name", part.get("id")))
        names.add(name.removeprefix("numcodecs."))
        if not isinstance(part, str) and isinstance(inner := part.get("configuration"), dict):
            names |= _codecs({"codecs": inner.get("codecs")})
            names |= _codecs({"codecs": inner.get("index_codecs")})
    packer = described.get("compressor")
    return names | ({str(packer.get("id"))} if packer else set())


_OPENERS: dict[str, Any] = {
    **dict.fromkeys(HDF5, _hdf5),
    ".mat": _mat,
    ".npz": _npz,
    ".zarr": _zarr,
}
