"""Where ``-`` becomes bytes: the picture that is piped into a command."""

import sys
from typing import Any, BinaryIO

from symscope.errors import TooLarge, Unreadable, UsageError

STANDARD_INPUT = "-"
"""How a path says that the picture comes through standard input; a file of that name is ``./-``."""

PIECE = 1 << 20
"""Bytes read at a time: room for the whole limit would be set aside before the first byte."""


def check_standard_input() -> None:
    """Refuse to wait for a picture that somebody would have to type.

    Raises
    ------
    UsageError
        If standard input is a terminal.
    """
    stream = _stream()
    if stream is not None and stream.isatty():
        raise UsageError(
            "found - and a terminal as standard input, expected a picture piped into it: "
            "symscope score - < picture.png"
        )


def read_standard_input(limit: int) -> bytes:
    """Read all of standard input.

    Parameters
    ----------
    limit : bytes; no more than one piece beyond it is ever read

    Raises
    ------
    Unreadable
        If there is nothing, or the system cannot read it.
    TooLarge
        If there is more than ``limit``.
    UsageError
        If standard input is a terminal.
    """
    check_standard_input()
    stream = _stream()
    try:
        data = pieces(stream, limit) if stream is not None else b""
    except (OSError, ValueError) as error:
        raise Unreadable(f"the system cannot read standard input ({error}); name a file") from error
    if not data:
        raise Unreadable("found nothing on standard input, expected the bytes of one picture")
    return data


def pieces(stream: Any, limit: int) -> bytes:
    """Read a stream piece by piece to its end; no more than one piece beyond the limit.

    Raises
    ------
    Unreadable, TooLarge
    """
    data = bytearray()
    while piece := stream.read(PIECE):
        if isinstance(piece, str):
            raise Unreadable("found a file that is open for text; open it with open(path, 'rb')")
        data += piece
        if len(data) > limit:
            raise TooLarge(
                f"found more than {limit} bytes, expected at most {limit}; make the picture "
                "smaller or raise --max-megapixels"
            )
    return bytes(data)


def _stream() -> BinaryIO | None:
    """Give standard input as bytes; None where it was closed before the program began."""
    stream = sys.stdin
    return None if stream is None or stream.closed else stream.buffer
