"""The process behind a GuardedReader: a file's bytes in, its pixels out, within limits.

It writes no file, opens none that it is sent, and cannot lift its own limits. Nothing that it
answers is trusted: see decoder.py for the other end.

A message is the length of its header (4 bytes, big end first), the header (JSON), and the raw
bytes that the header announces. There is one answer to every request:

=========  ======================================================  =========================
message    header                                                  raw bytes
=========  ======================================================  =========================
ready      ``{"ready": 1}``, once, before the first request
request    ``{"bytes": N}``                                        N bytes of a picture file
answer     ``{"rows": R, "columns": C}``                           R·C float32, R·C·3 uint8
refusal    ``{"error": "TooLarge", "message": "found ..."}``
=========  ======================================================  =========================
"""

import json
import os
import signal
import struct
import sys
from contextlib import suppress
from typing import IO, Any

from symscope.errors import InputError
from symscope.io.formats import decode
from symscope.io.pixels import rendered

HEADER = struct.Struct(">I")
MOST_HEADER = 1 << 14
"""Bytes of the longest header that either side reads."""

BYTES_PER_PIXEL = 64
"""Memory for each pixel of the limit. Measured at ten megapixels: 20 to 32 bytes for eight and
sixteen bits a channel with opacity and a colour profile, 52 for four channels of 64 bits."""

SPARE_BYTES = 256 << 20
"""Memory beside the pixels: strips that inflate to more than they should, tables, profiles."""

PR_SET_NO_NEW_PRIVS = 38
"""Linux, prctl(2): no program that this process starts can gain rights."""


def main() -> None:
    """Answer requests until their stream ends.

    The arguments of the process are the most megapixels, and the seconds after which it ends
    itself while it is busy with one picture.
    """
    max_megapixels, seconds = float(sys.argv[1]), float(sys.argv[2])
    requests, answers = _private_streams()
    limit(SPARE_BYTES + int(BYTES_PER_PIXEL * max_megapixels * 1e6))
    _send(answers, {"ready": 1})
    while (header := receive_header(requests)) is not None:
        alarm(seconds)
        _answer(requests.read(header["bytes"]), answers, max_megapixels)
        alarm(0)


def receive_header(stream: IO[bytes]) -> dict[str, Any] | None:
    """Read one header, or None where the stream ends.

    Raises
    ------
    ValueError
        What came is no header.
    """
    start = _exactly(stream, HEADER.size)
    if start is None:
        return None
    (size,) = HEADER.unpack(start)
    if size > MOST_HEADER:
        raise ValueError("a header that is too long")
    content = _exactly(stream, size)
    if content is None:
        return None
    try:
        header = json.loads(content)
    except RecursionError:
        raise ValueError("a header that is nested too deeply") from None
    if not isinstance(header, dict):
        raise ValueError("a header that is no object")
    return header


def _exactly(stream: IO[bytes], size: int) -> bytes | None:
    content = b""
    while len(content) < size:
        part = stream.read(size - len(content))
        if not part:
            return None
        content += part
    return content


def framed(header: dict[str, Any]) -> bytes:
    """Return a header as it is sent.

    >>> framed({"ready": 1})
    b'\\x00\\x00\\x00\\x0c{"ready": 1}'
    """
    content = json.dumps(header).encode()
    return HEADER.pack(len(content)) + content


def _send(stream: IO[bytes], header: dict[str, Any]) -> None:
    stream.write(framed(header))
    stream.flush()


def _answer(data: bytes, answers: IO[bytes], max_megapixels: float) -> None:
    try:
        grey, rgb = rendered(decode(data, max_megapixels))
    except InputError as error:
        return _send(answers, {"error": type(error).__name__, "message": str(error)})
    except MemoryError:
        message = (
            "found a picture that does not fit into memory, expected one that does; make it smaller"
        )
        return _send(answers, {"error": "TooLarge", "message": message})
    _send(answers, {"rows": grey.shape[0], "columns": grey.shape[1]})
    for array in (grey, rgb):
        answers.write(array.data.cast("B"))
    answers.flush()


def _private_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the two pipes for messages; native code that prints, prints into nothing."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    return requests, answers


def limit(spare: int) -> None:
    """Give up memory beyond so many bytes, files, core dumps and new rights, as far as possible."""
    try:
        import resource
    except ImportError:  # Windows: the parent's limit of time is all there is.
        return
    room = _address_space() + spare
    for name, most in (("RLIMIT_AS", room), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        # A limit that is already lower stays; one that this system lacks is left out.
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _address_space() -> int:
    """Return the bytes that the interpreter and its libraries have mapped before any picture."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return SPARE_BYTES


def alarm(seconds: float) -> None:
    """End this process when the time is up, even where its parent is gone; 0 calls it off."""
    if hasattr(signal, "setitimer"):
        # Left at its default: the kernel acts on it, whatever native code is busy with.
        signal.setitimer(signal.ITIMER_REAL, seconds)
