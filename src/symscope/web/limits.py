"""How much at a time: requests under way, open streams, bytes and number of pictures."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from symscope.errors import SymscopeError

STREAM_PATH = "/api/events"


@dataclass(frozen=True)
class Limits:
    """The limits of one launch.

    Attributes
    ----------
    requests : under way at a time
    streams : tabs that are open
    file_bytes : of one picture's file
    total_bytes : of all pictures that are kept
    pictures : that are kept
    spare_bytes : that must stay free on the disk
    stall_seconds : without a byte of an upload
    max_megapixels : of one picture
    """

    requests: int = 64
    streams: int = 24
    file_bytes: int = (64 << 20) + 16 * 50_000_000
    total_bytes: int = 8 << 30
    pictures: int = 20_000
    spare_bytes: int = 512 << 20
    stall_seconds: float = 30.0
    max_megapixels: float = 50.0


class Busy:
    """Answer 503 at once while too many requests are under way; the others go on.

    Parameters
    ----------
    app : what is behind it
    limits : Limits
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits
        self._requests = self._streams = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"] == STREAM_PATH:
            if self._streams >= self._limits.streams:
                return await _busy(scope, receive, send, "Too many open tabs: close some.\n")
            self._streams += 1
            try:
                return await self._app(scope, receive, send)
            finally:
                self._streams -= 1
        if self._requests >= self._limits.requests:
            return await _busy(scope, receive, send, "Too many requests at once: try again.\n")
        self._requests += 1
        try:
            return await self._app(scope, receive, send)
        finally:
            self._requests -= 1


async def _busy(scope: Scope, receive: Receive, send: Send, text: str) -> None:
    answer = PlainTextResponse(text, 503, headers={"Retry-After": "1"})
    await answer(scope, receive, send)


class TooMuchError(SymscopeError):
    """More than a limit allows; ``status`` is that of the answer."""

    def __init__(self, message: str, status: int = 413) -> None:
        super().__init__(message)
        self.status = status


async def received(
    chunks: AsyncIterator[bytes], path: Path, take: Callable[[int], None], limits: Limits
) -> int:
    """Write what arrives into a file, and count it; nothing is left of what is too much.

    Parameters
    ----------
    chunks : the body of a request
    path : a new file
    take : is told of bytes that are to be kept, before they are written (below 0: given up), and
        raises TooMuchError where there is no room for them

    Returns
    -------
    int
        Bytes of the file.

    Raises
    ------
    TooMuchError
        A limit was reached, or nothing came for too long.
    """
    size, whole = 0, False
    try:
        with open(path, "xb") as file:
            while True:
                try:
                    chunk = await asyncio.wait_for(anext(chunks), limits.stall_seconds)
                except StopAsyncIteration:
                    break
                except TimeoutError:
                    raise TooMuchError("found an upload that stalled: send it again", 408) from None
                check_size(size + len(chunk), limits)
                take(len(chunk))
                size += len(chunk)
                file.write(chunk)
        whole = True
    finally:
        if not whole:
            take(-size)
            path.unlink(missing_ok=True)
    return size


def check_size(size: int, limits: Limits) -> None:
    """Refuse a file that is too large.

    Raises
    ------
    TooMuchError
    """
    if size > limits.file_bytes:
        raise TooMuchError(
            f"found more than {limits.file_bytes / 1e6:.0f} MB, expected a smaller file: "
            f"save the picture again with less than {limits.max_megapixels:g} megapixels"
        )
