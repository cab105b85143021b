"""The door for shapes: meshes as filled voxels, and atoms as a density of one Gaussian for each.

Files are read as streams: what they name (materials, textures, other files) is never opened.
"""

import io
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symscope.errors import MissingFile, NotFinite, TooLarge, TooSmall, Unreadable
from symscope.io.extras import library
from symscope.io.grids import FINEST, Source, array_source
from symscope.io.paths import MESHES, suffix_of

SIDE = FINEST[3]
"""Voxels along a side of the cube that a shape is laid into: the finest grid that is searched."""

FILLED = 0.8
"""Share of that side which the shape's longest extent takes; the rest is empty."""

MOST_BYTES = 256 << 20

MOST_FACES = 2_000_000

MOST_PIECES = 1 << 18
"""Pieces of faces that are laid into voxels at one time, some 300 bytes each."""

MOST_ATOMS = 100_000

WIDTH = 0.5
"""Standard deviation of an atom's Gaussian, in covalent radii: bonded atoms, a sum of two radii
apart, stay apart, and so a bent molecule is no ball."""

LEAST_WIDTH = 2.0
"""Least standard deviation of it, in voxels: one cell of the grid that the networks see is four."""

REACH = 4.0
"""Standard deviations up to which a Gaussian is added."""

CELLS = 2.0
"""A crystal fills a cube of so many of its longest edges: then its periods show."""

MORE_EXACT = "a point group is more exact on the coordinates themselves"


@contextmanager
def shape(path: str) -> Iterator[Source]:
    """Open a mesh (.stl, .ply, .obj) or atoms (.xyz, .pdb, .cif) as a volume.

    Returns
    -------
    Source
        SIDE³ voxels: a mesh is 1 inside and on its surface, in the units of the file; atoms are a
        density, in Å.

    Raises
    ------
    MissingFile, Unreadable, TooLarge, TooSmall, NotFinite
        And whatever the libraries raise for a damaged file.
    """
    if not os.path.exists(path):
        raise MissingFile("found no such file, expected a mesh or atoms; check the path")
    if not os.path.isfile(path):
        raise Unreadable("found a folder, device or pipe, expected a file")
    if os.path.getsize(path) > MOST_BYTES:
        raise TooLarge(f"found {os.path.getsize(path)} bytes, expected at most {MOST_BYTES}")
    suffix = suffix_of(path)
    values, pitch, centre, unit, notes = (_mesh if suffix in MESHES else _atoms)(path, suffix)
    made = array_source(values, unit, (pitch,) * 3)
    start = tuple(float(c) - (SIDE - 1) / 2 * pitch for c in centre)
    yield Source(made.shape, made.axis, made.slab, made.spacing, start, unit, notes)


Made = tuple[NDArray[Any], float, NDArray[np.float64], str, tuple[str, ...]]
"""Values (SIDE, SIDE, SIDE), the distance of voxels, the middle of the cube, unit and notes."""


def _checked(points: NDArray[Any], what: str) -> tuple[NDArray[np.float64], float]:
    """Return the middle of points (P, 3), and the longest side of their box."""
    if not np.isfinite(points).all():
        raise NotFinite(f"found {what} at NaN or infinite coordinates: remove them")
    low, high = points.min(axis=0), points.max(axis=0)
    if not math.isfinite(extent := float((high - low).max())):
        raise NotFinite(f"found {what} too far apart, expected coordinates of common size")
    return (low + high) / 2, extent


def _mesh(path: str, suffix: str) -> Made:
    trimesh: Any = library("trimesh", "shapes", f"a mesh ({suffix})")
    _check_stated_faces(path, suffix)
    with open(path, "rb") as file:
        mesh = trimesh.load_mesh(
            file, file_type=suffix[1:], resolver=None, skip_materials=True, process=False
        )
    faces = np.asarray(mesh.faces)
    if len(faces) > MOST_FACES:
        raise TooLarge(f"found {len(faces)} faces, expected at most {MOST_FACES}; simplify it")
    if not len(faces):
        raise TooSmall("found no faces, expected a mesh of a body")
    centre, extent = _checked(np.asarray(mesh.vertices)[faces.ravel()], "corners")
    if extent <= 0:
        raise TooSmall("found all corners at one place, expected a mesh of a body")
    pitch = extent / (FILLED * SIDE)
    # In voxels, whose middles are whole numbers there: mirror images fall on mirror images.
    mesh.merge_vertices()
    mesh.update_faces(mesh.unique_faces())
    mesh.apply_translation(-centre)
    mesh.apply_scale(1 / pitch)
    mesh.apply_translation((-0.5,) * 3)
    values = _filled(mesh).astype(np.float32)
    open_ = "" if mesh.is_watertight else "; its surface is not closed, holes may have stayed empty"
    note = f"{len(faces)} faces as filled voxels of {pitch:.3g} units of the file{open_}"
    return values, pitch, centre, "units", (note, MORE_EXACT)


def _filled(mesh: Any) -> NDArray[np.bool_]:
    """Fill a mesh, in voxels from the cube's middle → (SIDE, SIDE, SIDE), a few faces at a time.

    A face is cut into pieces of half a voxel at most, which need memory: thousands of faces, each
    as long as the body, more than there is.
    """
    trimesh: Any = library("trimesh", "shapes", "a mesh")
    longest = np.linalg.norm(np.diff(mesh.triangles[:, [0, 1, 2, 0]], axis=1), axis=2).max(axis=1)
    pieces = np.cumsum(4.0 ** np.ceil(np.log2(np.maximum(2 * longest, 1))))
    surface = np.zeros((SIDE,) * 3, bool)
    for faces in np.split(mesh.faces, np.flatnonzero(np.diff(pieces // MOST_PIECES)) + 1):
        part = trimesh.Trimesh(mesh.vertices, faces, process=False).voxelized(1.0)
        surface[tuple(np.rint(part.points + SIDE / 2).astype(int).clip(0, SIDE - 1).T)] = True
    return np.asarray(ndimage.binary_fill_holes(surface), bool)


def _check_stated_faces(path: str, suffix: str) -> None:
    """Compare what a header states with the file's size, before anything is set aside for it."""
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    size, stated, each = os.path.getsize(path), 0, 1
    if suffix == ".ply":
        counts = re.findall(
            rb"(?m)^element\s+\S+\s+(\d{1,20})\s*$", head.partition(b"end_header")[0]
        )
        stated = sum(map(int, counts))
    elif suffix == ".stl" and not head.lstrip().startswith(b"solid"):
        stated, each = int.from_bytes(head[80:84], "little"), 50
    if stated * each > size:
        raise Unreadable(
            f"found {stated} parts stated and {size} bytes, expected more; it is cut short"
        )


def _atoms(path: str, suffix: str) -> Made:
    ase_io: Any = library("ase.io", "shapes", f"coordinates of atoms ({suffix})")
    from ase.data import covalent_radii

    kind = {".xyz": "extxyz", ".pdb": "proteindatabank", ".cif": "cif"}[suffix]
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    more = False
    if suffix == ".xyz":
        # One structure after the other, each with its count, which is not believed.
        lines = text.splitlines()
        count = int(lines[0]) if lines else 0
        if count > len(lines) - 2:
            raise Unreadable(f"found {count} atoms stated in {len(lines)} lines; it is cut short")
        # Of the columns too: room for all that are stated would be set aside.
        columns = sum(map(int, re.findall(r":[A-Z]:(\d{1,20})", "".join(lines[1:2]))))
        if columns > max((len(line) for line in lines[2 : count + 2]), default=0):
            raise Unreadable(f"found {columns} columns stated, in shorter lines; it is cut short")
        text, rest = "\n".join(lines[: count + 2]) + "\n", lines[count + 2 :]
        more = any(line.strip() for line in rest)
    images = ase_io.read(io.StringIO(text), index=":", format=kind)
    if not images or not len(images[0]):
        raise TooSmall("found no atoms, expected at least one")
    atoms = images[0]
    notes = ("the first of several structures counts",) if more or len(images) > 1 else ()
    points, numbers = np.asarray(atoms.positions, np.float64), np.asarray(atoms.numbers)
    if len(points) > MOST_ATOMS:
        raise TooLarge(f"found {len(points)} atoms, expected at most {MOST_ATOMS}")
    centre, extent = _checked(points, "atoms")
    widths = WIDTH * covalent_radii[numbers]
    side = (extent + REACH * float(widths.max())) / FILLED
    shown = f"{len(points)} atoms"
    if suffix != ".pdb" and atoms.pbc.all() and atoms.cell.rank == 3:
        points, numbers, centre, side = _repeated(points, numbers, np.asarray(atoms.cell))
        widths = WIDTH * covalent_radii[numbers]
        shown = f"{len(atoms)} atoms of a cell, repeated to fill a cube of {side:.3g} Å,"
    pitch = side / SIDE
    note = (
        f"{shown} as Gaussians of equal weight, half as wide as the covalent radius, on voxels "
        f"of {pitch:.3g} Å"
    )
    values = _density((points - centre) / pitch, np.maximum(widths / pitch, LEAST_WIDTH))
    return values, pitch, centre, "Å", (*notes, note, MORE_EXACT)


def _repeated(
    points: NDArray[np.float64], numbers: NDArray[Any], cell: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.float64], float]:
    """Fill a cube about the middle of a cell → atoms, their numbers, the middle, its side."""
    side = CELLS * float(np.linalg.norm(cell, axis=1).max())
    centre = cell.sum(axis=0) / 2
    # How many cells lie across half the cube, and its atoms' reach, along each edge.
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    far = np.ceil((math.sqrt(3) * side / 2 + 2 * REACH) / heights + 1).astype(int)
    if not math.isfinite(side) or len(points) * np.prod(2.0 * far + 1) > 40 * MOST_ATOMS:
        raise TooLarge("found a cell with too many atoms in its neighbourhood; save a smaller one")
    shifts = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in far), indexing="ij"), axis=-1)
    every = (points[:, None] + shifts.reshape(-1, 3) @ cell).reshape(-1, 3)
    kinds = np.repeat(numbers, shifts.size // 3)
    near = (np.abs(every - centre) < side / 2 + 2 * REACH).all(axis=1)
    if near.sum() > MOST_ATOMS:
        raise TooLarge(f"found {near.sum()} atoms in the cube, expected at most {MOST_ATOMS}")
    return every[near], kinds[near], centre, side


def _density(points: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add a Gaussian of height one at each of points (P, 3), in voxels from the middle."""
    values = np.zeros((SIDE,) * 3)
    middles = np.arange(SIDE) - (SIDE - 1) / 2
    for point, width in zip(points, widths, strict=True):
        low = np.searchsorted(middles, point - REACH * width)
        high = np.searchsorted(middles, point + REACH * width)
        waves = [
            np.exp(-(((middles[a:b] - x) / width) ** 2) / 2)
            for a, b, x in zip(low, high, point, strict=True)
        ]
        part = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        values[part] += waves[0][:, None, None] * waves[1][:, None] * waves[2]
    return values
