"""The process behind a guarded listener: an open file in, its samples out, within limits.

Its standard input is the sound's file, opened by the parent; it opens no other, writes none, and
cannot lift its own limits. Messages are those of ``worker``: a header, then the bytes that it
announces:

=========  ==================================================  ======================
message    header                                              raw bytes
=========  ==================================================  ======================
ready      ``{"ready": 1}``, once, first
stretch    ``{"start": S, "rate": R, "samples": N}``           N float32
end        ``{"end": 1}``
refusal    ``{"error": "Unreadable", "message": "found ..."}``
=========  ==================================================  ======================
"""

import json
import os
import sys
from typing import IO, Any

from symscope.errors import InputError
from symscope.io.sandbox_worker import alarm, framed, limit
from symscope.io.sounds import Part, decoded


def main() -> None:
    """Send the windows of standard input's sound.

    The arguments of the process are the part as JSON, the bytes it may take, and the seconds after
    which it ends itself while it is busy with one window.
    """
    part, room, seconds = Part(**json.loads(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
    file = os.dup(0)
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    import soundfile  # noqa: F401 - mapped before the limit counts

    limit(room)
    _send(answers, {"ready": 1})
    try:
        alarm(seconds)
        for stretch in decoded(file, part):
            header = {"start": stretch.start, "rate": stretch.rate, "samples": len(stretch.samples)}
            alarm(0)
            _send(answers, header, stretch.samples.data.cast("B"))
            alarm(seconds)
    except InputError as error:
        _send(answers, {"error": type(error).__name__, "message": str(error)})
    except MemoryError:
        message = "found a sound that does not fit into memory; use a shorter --window"
        _send(answers, {"error": "TooLarge", "message": message})
    else:
        _send(answers, {"end": 1})


def _send(stream: IO[bytes], header: dict[str, Any], raw: bytes | memoryview = b"") -> None:
    stream.write(framed(header))
    stream.write(raw)
    stream.flush()
