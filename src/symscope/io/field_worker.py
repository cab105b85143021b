"""The process behind ``input_guard``: a file's name in, its field out, within limits.

It writes no file and cannot lift its own limits. Messages are those of ``sources.worker``: a
header, then the bytes that it announces; there is one answer, after ``{"ready": 1}``:

=========  =============================================================  =====================
message    header                                                         raw bytes
=========  =============================================================  =====================
picture    ``{"dimension": 2}``: none of signal, volume, samples
gridded    ``{"dimension": D, "side": S, "finer": F, "sha256": …, …}``    S^D float32, F^D float32
samples    ``{"dimension": D, "points": P, "sha256": …}``                 P·D float32, P int32
refusal    ``{"error": "Unreadable", "message": "found …"}``
=========  =============================================================  =====================
"""

import json
import os
import sys
from contextlib import suppress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import InputError, UsageError
from symscope.io.inputs import Input, dimension_of_input, read_input
from symscope.io.sandbox_worker import alarm, framed, limit


def main() -> None:
    """Answer for the one file that the arguments name.

    The arguments of the process are what is wanted as JSON, the bytes it may take beside the file
    itself (which may be mapped), and the seconds after which it ends itself.
    """
    wanted, room, seconds = json.loads(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    import mrcfile  # noqa: F401 - mapped before the limit counts
    import nibabel  # noqa: F401
    import tifffile  # noqa: F401

    with suppress(OSError):
        room += os.path.getsize(wanted["name"])
    limit(room)
    _send(answers, {"ready": 1})
    alarm(seconds)
    try:
        header, arrays = _read(**wanted)
    except InputError as error:
        return _send(answers, {"error": type(error).__name__, "message": str(error)})
    except UsageError as error:
        return _send(answers, {"error": "Unreadable", "message": str(error)})
    except MemoryError:
        message = f"{wanted['name']}: it does not fit into memory; cut out a part"
        return _send(answers, {"error": "TooLarge", "message": message})
    _send(answers, header)
    for array in arrays:
        answers.write(np.ascontiguousarray(array).data.cast("B"))
    answers.flush()
    return None


def _read(
    name: str, dimension: int | None, frame: str, zoom: float, seed: int
) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    size = dimension_of_input(name, dimension)
    if size is None:
        return {"dimension": 2}, []
    found = read_input(name, size, frame=frame, zoom=zoom, seed=seed)
    return _header(found), _arrays(found)


def _header(found: Input) -> dict[str, Any]:
    header: dict[str, Any] = {"dimension": found.field.dimension, "sha256": found.sha256}
    grid = found.grid
    if grid is None:
        return header | {"points": len(found.field.levels)}
    named = ("shape", "centre", "half", "unit", "retained_variance")
    header |= {"side": len(grid.values), "finer": len(grid.fine)}
    return header | {name: getattr(grid, name) for name in named}


def _arrays(found: Input) -> list[NDArray[Any]]:
    if found.grid is not None:
        return [found.grid.values, found.grid.fine]
    return [found.field.coords.astype(np.float32), found.field.levels.astype(np.int32)]


def _send(stream: IO[bytes], header: dict[str, Any]) -> None:
    stream.write(framed(header))
    stream.flush()
