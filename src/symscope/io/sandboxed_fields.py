"""Signals, volumes and samples from strangers: read in a process of their own, within limits."""

import json
import math
import os
import subprocess
from contextlib import suppress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import Constant, InputError, MissingFile, TooLarge, Unreadable
from symscope.field import Field
from symscope.io.grids import FINEST, SIDES, Grid
from symscope.io.inputs import MOST_POINTS, Input
from symscope.io.sandbox import (
    REFUSALS,
    START_SECONDS,
    STOP_SECONDS,
    boot_of,
    cannot_start,
    ending,
    killed_after,
    read_into,
    refusal,
    started,
)
from symscope.io.sandbox_worker import receive_header

SECONDS = 120.0
"""For one file: 10⁹ voxels take some twenty seconds, and as much again where they are packed."""

ROOM = 2 << 30
"""Bytes a process may take beside the file, which it may map: 10⁹ voxels, slab by slab, and a
signal of twenty million samples, need one gigabyte."""

UNITS = frozenset({"mm", "Å", "voxels", "samples", "time"})

_REFUSALS = REFUSALS | {"Constant": Constant, "MissingFile": MissingFile}

BOOT = boot_of("symscope.io.field_worker")


def read_apart(
    name: str,
    dimension: int | None = None,
    *,
    frame: str = "crop",
    zoom: float = 1.0,
    seed: int = 0,
    seconds: float = SECONDS,
) -> Input | None:
    """Read a signal, volume or samples as ``read_input`` does, in a process that may fail.

    Parameters
    ----------
    name : a path, whose ending says what it is
    dimension : 3 for a TIFF of many pages
    frame, zoom, seed : as for ``read_input``
    seconds : most time

    Returns
    -------
    Input or None
        None for what is a picture, such as an array of two axes.

    Raises
    ------
    InputError
        Whatever the content of the file; one on which the process crashes or takes too long is
        Unreadable, one that needs too much memory is TooLarge.
    SymscopeError
        The process cannot be started.
    """
    wanted = {"name": name, "dimension": dimension, "frame": frame, "zoom": zoom, "seed": seed}
    arguments = [json.dumps(wanted), str(ROOM), repr(seconds + STOP_SECONDS)]
    try:
        process = started(BOOT, arguments, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise cannot_start("reads volumes", error) from error
    assert process.stdout is not None
    try:
        with killed_after(process, START_SECONDS):
            if _header(process.stdout) != {"ready": 1}:
                raise _given_up(process, name, seconds)
        with killed_after(process, seconds):
            return _believed(name, _header(process.stdout), process.stdout)
    except (ValueError, TypeError, KeyError, OSError, EOFError):
        raise _given_up(process, name, seconds) from None
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _header(stream: IO[bytes]) -> dict[str, Any]:
    """Take a header, which may be a refusal."""
    header = receive_header(stream)
    if header is None:
        raise EOFError
    if "error" in header:
        raise refusal(header, _REFUSALS)
    return header


def _believed(name: str, header: dict[str, Any], stream: IO[bytes]) -> Input | None:
    """Check an answer in every respect, and take its arrays.

    Raises
    ------
    ValueError, EOFError, OSError
    """
    size, digest = header.get("dimension"), header.get("sha256", "")
    if type(size) is not int or not 1 <= size <= 32 or not isinstance(digest, str):
        raise ValueError("a field of no dimension")
    if size == 2 and "sha256" not in header:
        return None
    if "points" not in header:
        return _gridded(name, size, digest, header, stream)
    count = header["points"]
    if type(count) is not int or not 1 <= count <= MOST_POINTS:
        raise ValueError("too many points")
    coords = _array(stream, (count, size), np.float32)
    levels = _array(stream, (count,), np.int32)
    if np.abs(coords).max() > 1 or not np.isin(levels, (0, 1)).all():
        raise ValueError("points outside the frame")
    return Input(name, Field(coords, levels), None, digest)


def _gridded(name: str, size: int, digest: str, header: dict[str, Any], stream: IO[bytes]) -> Input:
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
    values = _array(stream, (side,) * size, np.float32)
    fine = _array(stream, (finer,) * size, np.float32)
    grid = Grid(
        *(
            os.path.basename(name),
            values,
            fine,
            shape,
            centre,
            half,
            unit,
            retained_variance,
            digest,
        )
    )
    return Input(name, Field.on_grid(grid.levels), grid, digest)


def _array(stream: IO[bytes], shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    found = np.empty(shape, dtype)
    read_into(stream, found.data.cast("B"))
    if not np.isfinite(found).all():
        raise ValueError("values that are not finite")
    return found


def _given_up(process: "subprocess.Popen[bytes]", name: str, seconds: float) -> InputError:
    with suppress(OSError):
        how = ending(process)
        if how in ("SIGALRM", "SIGKILL"):
            return TooLarge(
                f"{name}: it takes longer than {seconds:g} seconds to read, or too much memory; "
                "cut out a part, or average over blocks of samples first"
            )
        return Unreadable(
            f"{name}: found a file on which its reader ends with {how}, expected a whole one; "
            "save or download it again"
        )
    return Unreadable(f"{name}: found a file on which its reader fails; save it again")
