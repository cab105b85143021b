"""The door for what microscopes write: one plane, a stack as a volume, or a spectrum as a signal.

A library reads each kind, and none is let follow a path out of the file. What a file states may
be wrong all the same: ``read_apart`` opens it in a process whose memory and time are limited.
"""

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from symscope.errors import MissingFile, Unreadable
from symscope.io.containers import check_inside
from symscope.io.extras import library
from symscope.io.grids import Source, check_kind, check_shape
from symscope.io.paths import microscope_of, printable
from symscope.io.volumes import stated_spacing
from symscope.selection import choose, parse_selection

EXTRA = "microscopy"

METRES = {"mm": 1e-3, "µm": 1e-6, "nm": 1e-9, "Å": 1e-10, "m": 1.0, "pm": 1e-12}
"""Lengths that are understood; places are told in the first four."""

SPELLINGS = {"um": "µm", "μm": "µm", "micron": "µm", "microns": "µm", "A": "Å", "meters": "m"}

NEAREST = {"m": "µm", "pm": "nm"}
"""What is told instead of a unit that no microscope's picture is measured in."""

COLOUR_CHANNELS = ["R", "G", "B"]


@dataclass(frozen=True)
class Stack:
    """One image of a file, with any number of axes.

    Attributes
    ----------
    shape : axis → steps along it; axes are x, y, z, c, t, or what the file calls them
    plane : the two axes of a picture, down and across, or the one of a signal
    values : place along each other axis → numbers (R, C), (R, C, 3) in colours, or (P,)
    spacing : axis → distance of its steps, and the unit of that, as far as they are stated
    start : place of the first sample of a signal
    """

    shape: Mapping[str, int]
    plane: tuple[str, ...]
    values: Callable[[Mapping[str, int]], NDArray[Any]]
    spacing: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    start: float = 0.0


@contextmanager
def microscopy(path: str, stack: bool = False, select: str | None = None) -> Iterator[Source]:
    """Open a file of one of paths.MICROSCOPES.

    Parameters
    ----------
    stack : whether all planes are wanted, as a volume; otherwise one is
    select : which series, channel, moment and so on; the first where none is named

    Returns
    -------
    Source
        A picture (R, C), whose parts may be (R, C, 3) in colours, a volume or a signal. Of more
        than eight bits, a picture's own darkest and brightest values become 0 and 1.

    Raises
    ------
    MissingFile, Unreadable, TooLarge, TooSmall
        And whatever the libraries raise for a damaged file.
    """
    if not os.path.exists(path):
        raise MissingFile("found no such file, expected one of a microscope; check the path")
    kind = microscope_of(path)
    if kind is None or not os.path.isfile(path):
        raise Unreadable("found something else, expected a file of a microscope")
    with _READERS[kind](path) as stacks:
        if not stacks:
            raise Unreadable("found no image of real numbers, expected at least one")
        series = parse_selection(select).get("s", 1) if select else 1
        image = stacks[min(series, len(stacks)) - 1]
        depth = _depth(image) if stack else None
        within = (*image.plane, depth)
        counts = {"s": len(stacks)} if len(stacks) > 1 else {}
        counts |= {axis: n for axis, n in image.shape.items() if axis not in within and n > 1}
        chosen, notes = choose(select, counts)
        others = [axis for axis in image.shape if axis not in within]
        places = {axis: chosen.get(axis, 0) for axis in others}
        yield _source(image, places, depth, notes)


def _depth(image: Stack) -> str:
    """Return the axis along which planes are a volume: of space, or one without a name."""
    among = [axis for axis in ("z", "y", "x", "page") if image.shape.get(axis, 1) > 1]
    found = next((axis for axis in among if axis not in image.plane), None)
    if found is None or len(image.plane) != 2:
        there = ", ".join(f"{axis} ({n})" for axis, n in image.shape.items() if n > 1)
        raise Unreadable(
            f"found the axes {printable(there, 100)}, expected z for --dimension 3; leave it out"
        )
    return found


def _source(
    image: Stack, places: Mapping[str, int], depth: str | None, notes: tuple[str, ...]
) -> Source:
    axes = image.plane if depth is None else (depth, *image.plane)
    shape = tuple(image.shape[axis] for axis in axes)
    if len(axes) == 1:
        distance, unit = image.spacing.get(axes[0], (1.0, ""))
        sound = math.isfinite(distance) and math.isfinite(image.start) and distance > 0
        place = ((distance,), (image.start,)) if sound else ((1.0,), (0.0,))
        notes = (*notes, f"places are in {printable(unit, 20)}") if sound and unit else notes
        unit = "units" if sound and unit else "samples"
        yield_ = lambda a, b: _numbers(image.values(places), shape)[a:b]  # noqa: E731
        return Source(shape, 0, yield_, *place, unit, notes)
    spacing, unit = _in_one_unit(image, axes)
    start = (0.0,) * len(axes)
    if depth is None:
        return Source(
            shape, 0, lambda a, b: _stretched(_numbers(image.values(places), shape))[a:b],
            spacing, start, unit, notes,
        )  # fmt: skip
    check_shape(shape)

    def slab(begin: int, end: int) -> NDArray[Any]:
        planes = [image.values({**places, depth: i}) for i in range(begin, end)]
        return np.stack([_numbers(plane, shape[1:], colours=False) for plane in planes])

    return Source(shape, 0, slab, spacing, start, unit, notes)


def _numbers(values: Any, shape: tuple[int, ...], colours: bool = True) -> NDArray[Any]:
    """Check what a library gave: real numbers, as many as it had stated."""
    array = np.asarray(values)
    check_kind(array.dtype)
    if array.shape not in (shape, *([(*shape, 3)] if colours else [])):
        wanted = "the ones that are stated" if colours else "grey ones"
        raise Unreadable(f"found values of shape {array.shape}, expected {shape}: {wanted}")
    return array


def _stretched(values: NDArray[Any]) -> NDArray[Any]:
    """Bring numbers of more than eight bits to 0..1; most cameras use only some of theirs."""
    if values.dtype in (np.uint8, np.bool_):
        return values
    values = values.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if 0 < high - low < math.inf else values


def _in_one_unit(image: Stack, axes: Sequence[str]) -> tuple[tuple[float, ...], str]:
    """Return the distances along axes of space in one unit; ones where they are not stated."""
    stated = [image.spacing.get(axis, (0.0, "")) for axis in axes]
    units = [SPELLINGS.get(unit.strip(), unit.strip()) for _, unit in stated]
    unit = NEAREST.get(units[-1], units[-1])
    if all(u in METRES for u in units):
        metres = [d * METRES[u] / METRES[unit] for (d, _), u in zip(stated, units, strict=True)]
        if spacing := stated_spacing(metres, len(axes)):
            return spacing, unit
    return (1.0,) * len(axes), "voxels"


# Zeiss, Nikon and Leica


@contextmanager
def _czi(path: str) -> Iterator[list[Stack]]:
    czi: Any = library("pylibCZIrw.czi", EXTRA, "a CZI file")
    with czi.open_czi(path) as file:
        box = file.total_bounding_box_no_pyramid
        counts = {a.lower(): stop - start for a, (start, stop) in box.items() if a not in "XY"}
        whole = {None: file.total_bounding_rectangle_no_pyramid}
        scenes = file.scenes_bounding_rectangle_no_pyramid or whole
        spacing = _czi_spacing(file.raw_metadata)

        def values(scene: int | None, frame: Any, places: Mapping[str, int]) -> NDArray[Any]:
            plane = {axis.upper(): place for axis, place in places.items()}
            pixels = file.read(roi=frame, plane=plane, scene=scene)
            return pixels[..., 0] if pixels.shape[2] == 1 else pixels[..., ::-1]  # from BGR

        yield [
            Stack(
                {**counts, "y": frame.h, "x": frame.w},
                ("y", "x"),
                partial(values, scene, frame),
                spacing,
            )
            for scene, frame in sorted(scenes.items())
        ]


def _czi_spacing(text: str) -> dict[str, tuple[float, str]]:
    spacing = {}
    with suppress(ElementTree.ParseError):
        for item in ElementTree.fromstring(text).iterfind(".//Scaling/Items/Distance"):
            with suppress(ValueError):
                spacing[item.get("Id", "").lower()] = float(item.findtext("Value") or "0"), "m"
    return spacing


@contextmanager
def _nd2(path: str) -> Iterator[list[Stack]]:
    nd2: Any = library("nd2", EXTRA, "an ND2 file")
    with nd2.ND2File(path) as file:
        sizes = {axis.lower(): int(n) for axis, n in file.sizes.items()}
        colours = sizes.pop("s", 0)
        loops = [axis for axis in sizes if axis not in "cyx"]
        frame = [sizes.get(axis, 1) for axis in "cyx"]

        def values(places: Mapping[str, int]) -> NDArray[Any]:
            where, counts = [places[a] for a in loops], [sizes[a] for a in loops]
            index = int(np.ravel_multi_index(where, counts)) if loops else 0
            pixels = file.read_frame(index).reshape(*frame, *([colours] if colours else []))
            return pixels[places.get("c", 0)]

        spacing = {}
        with suppress(Exception):  # Whatever is wrong with its words, the pictures are there.
            stated = file.voxel_size()
            if set(stated) != {1.0}:  # What the library gives where none is stated.
                spacing = {a: (float(getattr(stated, a)), "µm") for a in "xyz"}
        yield [Stack(sizes, ("y", "x"), values, spacing)]


LEICA_AXES = {"λ": "emission", "Λ": "excitation"}


@contextmanager
def _lif(path: str) -> Iterator[list[Stack]]:
    liffile: Any = library("liffile", EXTRA, "a LIF file")
    with liffile.LifFile(path) as file:
        # The other files of this family name files in which their pixels are.
        if file.type != liffile.LifFileType.LIF:
            raise Unreadable(f"found a {file.type.name} file, expected LIF; export it as one")
        yield [_lif_stack(image) for image in file.images if not image.is_flim]


def _lif_stack(image: Any) -> Stack:
    counts: dict[str, int] = image.sizes
    sizes = {LEICA_AXES.get(axis, axis.lower()): int(n) for axis, n in counts.items()}
    colours = sizes.pop("s", 0)
    plane = tuple(sizes)[-2:]
    spacing = {
        axis.lower(): (float(places[1] - places[0]), "m")
        for axis, places in image.coords.items()
        if axis in "XYZ"
    }

    def values(places: Mapping[str, int]) -> NDArray[Any]:
        # A map of the file, which cannot be longer than it; colours are put in order in a copy.
        pixels = image.asarray(mode="c", out="memmap")
        pixels = pixels[tuple(slice(None) if a in plane else places[a] for a in sizes)]
        return pixels[..., :3] if colours else pixels

    return Stack(sizes, plane, values, spacing)


# Electron microscopes, by RosettaSciIO


@contextmanager
def _rosetta(plugin: str, path: str, **options: Any) -> Iterator[list[Stack]]:
    reader: Any = library(f"rsciio.{plugin}", EXTRA, "a file of an electron microscope")
    images = reader.file_reader(path, **options)
    stacks = [_rosetta_stack(np.asarray(image["data"]), image["axes"]) for image in images]
    yield [stack for stack in stacks if stack is not None]


def _rosetta_stack(data: NDArray[Any], stated: Sequence[Mapping[str, Any]]) -> Stack | None:
    """Name the axes of an array; None for numbers that are not real, or no more than one."""
    if data.dtype.names and set(COLOUR_CHANNELS) <= set(data.dtype.names):
        colours = np.stack([data[name] for name in COLOUR_CHANNELS], axis=-1)
    elif data.dtype.kind in "buif":
        colours = None
    else:
        return None
    kept = [i for i, n in enumerate(data.shape) if n > 1]
    data, stated = data.squeeze(), [stated[i] for i in kept]
    names: list[str] = []
    for axis in reversed(stated):
        name = re.sub("[^a-z]", "", str(axis.get("name") or "").lower().removeprefix("r_"))
        name = name or ("yx"[len(names) == 0] if len(names) < 2 else "page")
        while name in names:
            name = f"n{name}"  # of the navigation, where the picture's is called so too
        names.insert(0, name)
    if not names:
        return None
    of_place = [n for n, a in zip(names, stated, strict=True) if a.get("navigate")]
    plane = tuple(names[-2:])
    if len(names) - len(of_place) == 1:
        # A spectrum at each place of a plane is a picture of the places; along a line, a signal.
        plane = tuple(of_place[-2:] if len(of_place) > 1 else names[-1:])
    spacing = {
        name: (abs(float(axis.get("scale") or 0)), str(axis.get("units") or ""))
        for name, axis in zip(names, stated, strict=True)
    }

    def values(places: Mapping[str, int]) -> NDArray[Any]:
        where = tuple(slice(None) if name in plane else places[name] for name in names)
        return data[where] if colours is None else colours.squeeze()[where]

    shape = dict(zip(names, data.shape, strict=True))
    return Stack(shape, plane, values, spacing, float(stated[-1].get("offset") or 0))


@contextmanager
def _emd(path: str) -> Iterator[list[Stack]]:
    check_inside(path)
    with _rosetta("emd", path, select_type="images") as images:
        if images:
            yield images
            return
    with _rosetta("emd", path, select_type="single_spectrum") as spectra:
        yield spectra


@contextmanager
def _mib(path: str) -> Iterator[list[Stack]]:
    reader: Any = library("rsciio.quantumdetector", EXTRA, "a MIB file")
    # The frames alone: what stands beside the file, in a .hdr, is not opened.
    frames = reader.load_mib_data(path, lazy=True, return_mmap=True)
    shape = dict(zip("tyx", frames.shape, strict=True))
    yield [Stack(shape, ("y", "x"), lambda places: frames[places["t"], ::-1])]


_READERS: dict[str, Callable[[str], AbstractContextManager[list[Stack]]]] = {
    ".czi": _czi,
    ".nd2": _nd2,
    ".lif": _lif,
    ".dm3": partial(_rosetta, "digitalmicrograph"),
    ".dm4": partial(_rosetta, "digitalmicrograph"),
    ".ser": partial(_rosetta, "tia"),
    ".emd": _emd,
    ".mib": _mib,
    ".blo": partial(_rosetta, "blockfile"),
    ".msa": partial(_rosetta, "msa"),
}
