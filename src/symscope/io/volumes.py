"""The door for volumes: .npy, NIfTI, MRC and TIFF of many pages, read slab by slab.

What a header states is checked before anything is read; nothing that runs code is ever loaded.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import InputError, MissingFile, TooLarge, TooSmall, Unreadable, UsageError
from symscope.io.formats import quiet
from symscope.io.grids import (
    SLAB,
    Grid,
    Source,
    array_source,
    check_kind,
    check_shape,
    file_digest,
    sampled,
)
from symscope.io.paths import (
    MRC,
    NAME_WIDTH,
    NIFTI,
    TIFF,
    VOLUMES,
    mistaken,
    printable,
    suffix_of,
)

MOST_PAGES = 1 << 16
"""Pages of a TIFF."""

LEAST_PAGES = 8

DAMAGED = "found a damaged file ({reason}), expected a whole one; write it anew"

NIFTI_UNITS = {"micron": "µm", "meter": "m"}
"""Of lengths; others are told in millimetres."""


def read_volume(path: str | os.PathLike[str], *, frame: str = "crop", zoom: float = 1.0) -> Grid:
    """Read a volume (or, from .npy, a signal) and average it to the working grid.

    Parameters
    ----------
    path : .npy of one or three axes, .nii, .nii.gz, .mrc, .map, .rec, .ccp4, or a TIFF of at least
        eight pages of one size in grey
    frame, zoom : see ``sampled``

    Returns
    -------
    Grid
        Axes are in the order of the file's array; places in mm (NIfTI), Å (MRC) or voxels.

    Raises
    ------
    MissingFile, Unreadable, TooLarge, TooSmall, NotFinite
        In one line: what was found, what was expected, what to do. Nothing else is raised for any
        content of a file.
    UsageError
        For a name of another ending.
    """
    name = os.fsdecode(path)
    opener = _OPENERS.get(suffix_of(name))
    if opener is None:
        known = ", ".join((*VOLUMES, *TIFF))
        raise UsageError(
            f"found {printable(name, NAME_WIDTH)}: expected a volume whose name ends in {known}"
        )
    with named_errors(name):
        if not os.path.exists(name):
            raise MissingFile("found no such file, expected a volume; check the path")
        if not os.path.isfile(name):
            raise Unreadable("found a folder, device or pipe, expected a file")
        with opener(name) as source:
            return sampled(os.path.basename(name), source, file_digest(name), frame, zoom)


@contextmanager
def named_errors(name: str, failed: str = DAMAGED) -> Iterator[None]:
    """Turn whatever a library raises for a file's content into an InputError with its name.

    Parameters
    ----------
    failed : what is said of an error that is none of symscope's, with its ``{reason}``
    """
    shown = printable(name, NAME_WIDTH)
    try:
        with quiet():
            yield
    except InputError as error:
        if not isinstance(error, MissingFile) and (other := mistaken(name)):
            raise Unreadable(f"{shown}: {other}") from error
        said = str(error).removeprefix("array: ").removeprefix("bytes: ")
        raise type(error)(f"{shown}: {said}") from error.__cause__
    except UsageError as error:
        raise Unreadable(f"{shown}: {error}") from error
    except MemoryError:
        raise TooLarge(f"{shown}: it does not fit into memory; cut out a part") from None
    except Exception as error:  # damaged bytes raise what they like in four libraries
        reason = printable(" ".join(str(error).split()), NAME_WIDTH)[:120] or type(error).__name__
        said = mistaken(name) or failed.format(reason=reason)
        raise Unreadable(f"{shown}: {said}") from error


def _check_volume(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Drop axes of one sample; refuse what is no volume."""
    kept = tuple(n for n in shape if n != 1)
    if len(kept) != 3:
        remedy = (
            "choose one volume of a series" if len(kept) > 3 else "save a picture as PNG or TIFF"
        )
        raise Unreadable(f"found an array of shape {shape}, expected three axes; {remedy}")
    check_shape(kept)
    return kept


def header_of_npy(name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Read the header of a .npy file → (shape, Fortran order, type, where the values begin).

    Raises
    ------
    Unreadable
        For pickled objects (they could run any code), and a file shorter than it says.
    """
    with open(name, "rb") as file:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read is None:
            raise Unreadable(f"found .npy of version {version}, expected 1 or 2; save it anew")
        shape, fortran, dtype = read(file)
        start = file.tell()
    if dtype.hasobject:
        raise Unreadable(
            "found pickled objects, which can run any code, expected plain numbers; save the "
            "array as floats"
        )
    check_kind(dtype)
    stated = start + dtype.itemsize * int(np.prod([int(n) for n in shape], dtype=object))
    if os.path.getsize(name) < stated:
        raise Unreadable(f"found {os.path.getsize(name)} bytes, expected {stated}; it is cut short")
    return shape, fortran, dtype, start


@contextmanager
def _npy(name: str) -> Iterator[Source]:
    shape, fortran, dtype, start = header_of_npy(name)
    kept = tuple(n for n in shape if n != 1)
    if len(kept) not in (1, 3):
        if not kept:
            raise TooSmall("found one number, expected a signal, a picture or a volume")
        raise Unreadable(
            f"found an array of shape {shape}, expected one axis (a signal), two (a picture) or "
            "three (a volume); save one part of it, such as a[0]"
        )
    check_shape(kept)
    order = "F" if fortran else "C"
    array = np.memmap(name, dtype, "r", start, shape, order=order)
    yield array_source(array.reshape(kept, order=order), "voxels" if len(kept) == 3 else "samples")


def stated_spacing(spacing: Any, count: int) -> tuple[float, ...] | None:
    """Return the distances a header states, or None where it states none that can be."""
    distances = tuple(float(abs(s)) for s in spacing)
    good = len(distances) == count and all(np.isfinite(distances)) and min(distances, default=0) > 0
    return distances if good and max(distances) <= 100 * min(distances) else None


@contextmanager
def _nifti(name: str) -> Iterator[Source]:
    import nibabel as nib

    image: Any = nib.load(name, keep_file_open=True)
    if not isinstance(image, nib.Nifti1Image | nib.Nifti2Image):
        raise Unreadable("found another format, expected NIfTI-1 or NIfTI-2")
    check_kind(np.dtype(image.get_data_dtype()))
    shape = tuple(int(n) for n in image.shape)
    kept = _check_volume(shape)
    if shape[:3] != kept:
        raise Unreadable(f"found an array of shape {shape}, expected three axes")
    spacing = stated_spacing(image.header.get_zooms()[:3], 3)
    ends = (0,) * (len(shape) - 3)

    def slab(start: int, stop: int) -> NDArray[Any]:
        return np.asarray(image.dataobj[(slice(None), slice(None), slice(start, stop), *ends)])

    # A header that names no unit of length means millimetres, as all its readers take it.
    unit = (
        "voxels"
        if spacing is None
        else NIFTI_UNITS.get(str(image.header.get_xyzt_units()[0]), "mm")
    )
    if spacing and unit == "m":
        spacing, unit = tuple(1000 * distance for distance in spacing), "mm"
    yield Source(kept, 2, slab, spacing or (1.0,) * 3, (0.0,) * 3, unit)


@contextmanager
def _mrc(name: str) -> Iterator[Source]:
    import mrcfile

    # The stated shape is checked before the library maps it (MRC2014: three integers come first).
    with open(name, "rb") as stream:
        head = stream.read(1024)
    if len(head) < 1024:
        raise Unreadable(f"found {len(head)} bytes, expected a header of 1024; it is cut short")
    order = ">" if head[212] == 0x11 else "<"
    sizes = np.frombuffer(head[:12], f"{order}i4").astype(int).tolist()
    if min(sizes) < 1:
        raise Unreadable(f"found sizes {sizes} in the header, expected numbers from 1 on")
    _check_volume(tuple(sizes[::-1]))
    with mrcfile.mmap(name, mode="r") as file:
        data: Any = file.data
        if data is None:
            raise Unreadable("found no values")
        check_kind(data.dtype)
        kept = _check_volume(data.shape)
        size: Any = file.voxel_size
        spacing = stated_spacing((size.z, size.y, size.x), 3)
        yield array_source(data.reshape(kept), "Å" if spacing else "voxels", spacing)


@contextmanager
def _tiff(name: str) -> Iterator[Source]:
    import tifffile

    with tifffile.TiffFile(name, is_scanimage=False, is_ndpi=False) as file:
        first: Any = file.pages[0]
        series: Any = file.series[0]
        if first.samplesperpixel != 1:
            raise Unreadable("found colours, expected grey pages; convert them")
        check_kind(np.dtype(first.dtype))
        shape = _check_volume(tuple(int(n) for n in series.shape))
        if max(shape[1] * shape[2] // SLAB, shape[0]) > MOST_PAGES:
            raise TooLarge(f"found {shape[0]} pages, expected at most {MOST_PAGES}")
        if shape[0] < LEAST_PAGES:
            raise Unreadable(f"found {shape[0]} pages, expected at least {LEAST_PAGES}")
        one_by_one = len(series.pages) == shape[0]
        if not one_by_one and series.dataoffset is None:
            raise Unreadable("found pages that are stored in an unknown way; save them one by one")
        dtype = np.dtype(file.byteorder + series.dtype.char)

        def slab(start: int, stop: int) -> NDArray[Any]:
            if not one_by_one:
                stored = np.memmap(file.filehandle.path, dtype, "r", series.dataoffset, shape)
                return stored[start:stop]
            pages = [series.pages[i].asarray() for i in range(start, stop)]
            if any(page.shape != shape[1:] for page in pages):
                raise Unreadable("found pages of different sizes, expected one size")
            return np.stack(pages)

        yield Source(shape, 0, slab, (1.0,) * 3, (0.0,) * 3, "voxels")


_OPENERS: dict[str, Any] = {
    ".npy": _npy,
    **dict.fromkeys(NIFTI, _nifti),
    **dict.fromkeys(MRC, _mrc),
    **dict.fromkeys(TIFF, _tiff),
}
