"""Sounds from strangers: decoded in a process of their own, with limits of time and memory."""

import json
import math
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any, BinaryIO

import numpy as np

from symscope.errors import InputError, Unreadable
from symscope.io.sandbox import (
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
from symscope.io.sounds import (
    LAST,
    MOST_RATE,
    Broken,
    Part,
    SoundWindow,
    Stretch,
    listen,
)

SECONDS = 30.0
"""For one window: MP3, the slowest, takes a second for ten minutes."""

ROOM = 512 << 20
"""Bytes a process may take: one window of ten minutes at 96,000 samples a second, twice."""

BOOT = boot_of("symscope.io.sound_worker")


def listen_apart(source: Any, window: float) -> Iterator[SoundWindow | Broken]:
    """Read a sound as ``listen`` does, decoding it in another process."""
    return listen(source, window, decode=decoded_apart)


def decoded_apart(file: BinaryIO, part: Part) -> Iterator[Stretch]:
    """Decode a sound as ``sounds.decoded`` does, in a process that may fail.

    A file that crashes the decoder or takes too long becomes Unreadable. The process ends with the
    last window, or when the iterator is closed.

    Raises
    ------
    InputError
    SymscopeError
        The process cannot be started.
    """
    arguments = [json.dumps(asdict(part)), str(ROOM), repr(SECONDS + STOP_SECONDS)]
    try:
        process = started(BOOT, arguments, stdin=file)
    except OSError as error:
        raise cannot_start("decodes sounds", error) from error
    try:
        yield from _stretches(process, part)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _stretches(process: "subprocess.Popen[bytes]", part: Part) -> Iterator[Stretch]:
    assert process.stdout is not None
    seconds = START_SECONDS
    while True:
        try:
            with killed_after(process, seconds):
                found = _received(process.stdout, part)
        except (ValueError, OSError, EOFError):
            raise _given_up(process, seconds) from None
        seconds = SECONDS
        if found is None:
            return
        if isinstance(found, Stretch):
            yield found


def _received(stream: IO[bytes], part: Part) -> Stretch | bool | None:
    """Take one message: a stretch, True for the first one, None for the last.

    Raises
    ------
    InputError
        The process refuses the file.
    ValueError, EOFError, OSError
        What came cannot be believed, or nothing came.
    """
    header = receive_header(stream)
    if header is None:
        raise EOFError
    if "error" in header:
        raise refusal(header)
    if header in ({"ready": 1}, {"end": 1}):
        return True if "ready" in header else None
    start, rate, count = header.get("start"), header.get("rate"), header.get("samples")
    if type(rate) is not int or type(count) is not int or not isinstance(start, int | float):
        raise ValueError("a stretch of no size")
    most = math.ceil((1 + LAST) * part.window * rate) + 1
    if not (0 < rate <= MOST_RATE and 0 < count <= most and 0 <= start < math.inf):
        raise ValueError("a stretch that is too long")
    samples = np.empty(count, np.float32)
    read_into(stream, samples.data.cast("B"))
    if not np.isfinite(samples).all():
        raise ValueError("samples that are not finite")
    return Stretch(float(start), rate, samples)


def _given_up(process: "subprocess.Popen[bytes]", seconds: float) -> InputError:
    with suppress(OSError):
        how = ending(process)
        if how in ("SIGALRM", "SIGKILL"):
            return Unreadable(
                f"found a sound that takes longer than {seconds:g} seconds to decode, or too much "
                "memory, expected less; save it again as WAV"
            )
        return Unreadable(
            f"found a sound on which its decoder ends with {how}, expected a whole one; "
            "save or download it again"
        )
    return Unreadable("found a sound on which its decoder fails; save it again")
