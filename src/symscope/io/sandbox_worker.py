"""The process in a sandbox: a stranger's file in, its arrays out, within limits.

It writes no file and cannot lift its own limits. Nothing that it answers is trusted: see sandbox.py
for the other end. A message is the length of its header (4 bytes, big end first), the header
(JSON), and the raw bytes that the header announces:

=========  ======================================================  =========================
message    header                                                  raw bytes
=========  ======================================================  =========================
ready      ``{"ready": 1}``, once, first
request    ``{"bytes": N, "select": ...}``                         N bytes of a picture file
picture    ``{"rows": R, "columns": C, "notes": [...]}``           R·C float32, R·C·3 uint8
stretch    ``{"start": S, "rate": R, "samples": N}``, of a sound   N float32
end        ``{"end": 1}``, after the last stretch
plane      ``{"dimension": 2}``: no signal, volume or samples
contained  ``{"dimension": 2, "rows": R, "columns": C, ...}``      as of a picture
grid       ``{"dimension": D, "side": S, "finer": F, ...}``        S^D float32, F^D float32
samples    ``{"dimension": D, "points": P, "sha256": ...}``        P·D float32, P int32
table      ``{"bytes": N}``: a spreadsheet as text                 N uint8
refusal    ``{"error": "TooLarge", "message": "found ..."}``
=========  ======================================================  =========================

What the page asks for, and what it is answered, stands in web/worker.py.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pkgutil import resolve_name
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import InputError, UsageError
from symscope.io.paths import MRC, NIFTI, TIFF, suffix_of
from symscope.io.sandbox import framed, receive_header

SPARE_BYTES = 256 << 20
"""Taken for what is mapped before any file is read, where the system does not say."""

PR_SET_NO_NEW_PRIVS = 38
"""Linux, prctl(2): no program that this process starts can gain rights."""

READERS = {MRC: "mrcfile", NIFTI: "nibabel", TIFF: "tifffile"}
"""Libraries that are mapped before the limit of memory counts, by the ends of names."""

Answer = tuple[dict[str, Any], tuple[NDArray[Any], ...]]

Pipes = tuple[IO[bytes], IO[bytes]]
"""Requests, or a file that is decoded; and answers."""


def main() -> None:
    """Run a task.

    The arguments of the process are its name, what it takes as JSON, the bytes it may take (or
    null), and the seconds after which it ends itself while it is busy with one answer.
    """
    name, wanted, room, seconds = sys.argv[1:5]
    pipes = _private_streams()
    task = resolve_name(name)(pipes, float(seconds), **json.loads(wanted))
    ready = next(task)  # All libraries are mapped before the limit counts.
    if room != "null":
        limit(int(room))
    send(pipes[1], ready)
    for answer in task:
        send(pipes[1], answer)
        del answer  # The next one needs the memory.


def pictures(pipes: Pipes, seconds: float, max_megapixels: float) -> Iterator[Answer]:
    """Decode pictures until no more requests come; no file is opened."""
    from symscope.io.formats import decode
    from symscope.io.pixels import rendered

    def picture() -> Answer:
        raster = decode(data, max_megapixels, select)
        grey, rgb, notes = rendered(raster, max_megapixels)
        return {"rows": grey.shape[0], "columns": grey.shape[1], "notes": notes}, (grey, rgb)

    yield {"ready": 1}, ()
    requests, _ = pipes
    while (header := receive_header(requests)) is not None:
        alarm(seconds)
        data, select = requests.read(header["bytes"]), header.get("select")
        yield _or_refusal(
            picture,
            "found a picture that does not fit into memory, expected one that does; "
            "make it smaller",
        )
        alarm(0)
        data = b""


def sound(pipes: Pipes, seconds: float, **part: Any) -> Iterator[Answer]:
    """Decode the windows of the sound that is standard input, opened by the parent."""
    import soundfile  # noqa: F401

    from symscope.io.sounds import Part, decoded

    windows = decoded(pipes[0].fileno(), Part(**part))

    def window() -> Answer:
        stretch = next(windows, None)
        if stretch is None:
            return {"end": 1}, ()
        samples = stretch.samples
        header = {"start": stretch.start, "rate": stretch.rate, "samples": len(samples)}
        return header, (samples,)

    yield {"ready": 1}, ()
    more = True
    while more:
        alarm(seconds)
        header, arrays = _or_refusal(
            window, "found a sound that does not fit into memory; use a shorter --window"
        )
        alarm(0)
        yield header, arrays
        more = "samples" in header


def field(_: Pipes, seconds: float, name: str, **wanted: Any) -> Iterator[Answer]:
    """Read the signal, volume or samples of one file, by its name."""
    from symscope.io.inputs import dimension_of_input, is_contained, read_input

    # To import them all would take longer than to read most files.
    for suffixes, reader in READERS.items():
        if suffix_of(name) in suffixes:
            import_module(reader)

    def arrays(dimension: int | None, **part: Any) -> Answer:
        size = dimension_of_input(name, dimension)
        if size is None and not is_contained(name):
            return {"dimension": 2}, ()
        read = read_input(name, size or 2, **part)
        header: dict[str, Any] = {"dimension": read.dimension, "sha256": read.sha256}
        grid, points = read.grid, read.field
        header["notes"] = read.notes
        if (picture := read.picture) is not None:
            header |= {"rows": picture.grey.shape[0], "columns": picture.grey.shape[1]}
            return header, (picture.grey, picture.rgb)
        if grid is None:
            assert points is not None  # Only pictures and sounds have neither.
            header["points"] = len(points.levels)
            return header, (points.coords.astype(np.float32), points.levels.astype(np.int32))
        placed = ("shape", "centre", "half", "unit", "retained_variance")
        header |= {"side": len(grid.values), "finer": len(grid.fine)}
        header |= {part: getattr(grid, part) for part in placed}
        return header, (grid.values, grid.fine)

    yield {"ready": 1}, ()
    alarm(seconds)
    yield _or_refusal(
        lambda: arrays(**wanted), f"{name}: it does not fit into memory; cut out a part"
    )


def table(_: Pipes, seconds: float, name: str) -> Iterator[Answer]:
    """Write the first sheet of a spreadsheet as text, by the file's name."""
    from symscope.io.tables import spreadsheet_text

    def text() -> Answer:
        data = np.frombuffer(spreadsheet_text(name), np.uint8)
        return {"bytes": len(data)}, (data,)

    yield {"ready": 1}, ()
    alarm(seconds)
    yield _or_refusal(text, f"{name}: it does not fit into memory; save it as CSV")


def _or_refusal(answer: Callable[[], Answer], too_large: str) -> Answer:
    try:
        return answer()
    except InputError as error:
        return {"error": type(error).__name__, "message": str(error)}, ()
    except UsageError as error:
        return {"error": "Unreadable", "message": str(error)}, ()
    except MemoryError:
        return {"error": "TooLarge", "message": too_large}, ()


def send(stream: IO[bytes], answer: Answer) -> None:
    """Send an answer, whole."""
    header, arrays = answer
    stream.write(framed(header))
    for array in arrays:
        stream.write(np.ascontiguousarray(array).data.cast("B"))
    stream.flush()


def _private_streams() -> Pipes:
    """Keep the two pipes for messages; what prints, prints to standard error: mostly nothing."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def limit(room: int) -> None:
    """Give up memory beyond so many bytes, files, core dumps and new rights, as far as possible."""
    try:
        import resource
    except ImportError:  # Windows: the parent's limit of time is all there is.
        return
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            mapped = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        mapped = SPARE_BYTES
    for name, most in (("RLIMIT_AS", mapped + room), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        # A limit that is already lower stays; one that this system lacks is left out.
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def alarm(seconds: float) -> None:
    """End this process when the time is up, even where its parent is gone; 0 calls it off."""
    if hasattr(signal, "setitimer"):
        # Left at its default: the kernel acts on it, whatever native code is busy with.
        signal.setitimer(signal.ITIMER_REAL, seconds)
