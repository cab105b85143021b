"""The server's side of a worker process: ask it, watch it end, start the next one."""

import asyncio
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from symscope.errors import InputError, SymscopeError
from symscope.io.sandbox import Sandbox, Task, framed

ENDED = (
    "the process that works on it has ended (it may have run out of memory): try again, or use a "
    "smaller picture"
)

WORKING = Task(
    "symscope.web.worker:work",
    "works on pictures",
    ENDED,
    ENDED,
    killed_is_late=False,
    most_header=64 << 20,  # A whole result with its images has about a tenth of a megabyte.
)
"""Ours, not a stranger's: files are decoded in sandboxes of its own, within their limits."""

Answer = Mapping[str, Any]


class Process:
    """One worker process; after a crash the next request finds a new one.

    A task that waits for an answer may be cancelled: the process is then killed, as nobody waits
    for what it is busy with.

    Parameters
    ----------
    desk : what answers in it (``worker.Desk``), as ``module:class``
    folder : where it runs; paths in requests are relative to it
    on_ready : is told whether the process is ready for a request without delay
    """

    def __init__(
        self, desk: str, folder: Path, on_ready: Callable[[bool], None] = lambda ready: None
    ) -> None:
        self._wanted = {"desk": desk, "folder": str(folder)}
        self._on_ready = on_ready
        self._one_at_a_time = asyncio.Lock()
        self._opening: asyncio.Task[None] | None = None
        self._sandbox: Sandbox | None = None
        self._messages: asyncio.Queue[Answer | InputError] = asyncio.Queue()
        self._reading: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Start the process, if none runs, so that it is warm when the first request comes."""
        if self._closed:
            raise SymscopeError("the page is being closed")
        sandbox = self._sandbox
        if self._opening is None or (
            self._opening.done() and (sandbox is None or sandbox.process.poll() is not None)
        ):
            self._opening = asyncio.create_task(self._open())
        await asyncio.shield(self._opening)  # Who waits may go; the process is not lost.

    async def _open(self) -> None:
        if self._reading is not None:
            await self._reading
        self._sandbox = await asyncio.to_thread(Sandbox, WORKING, self._wanted, None, math.inf)
        self._messages = asyncio.Queue()
        self._reading = asyncio.create_task(self._read(self._sandbox, self._messages))

    async def ask(
        self, request: Mapping[str, Any], on_stage: Callable[[Answer], None] | None = None
    ) -> Answer:
        """Send one request and wait for its answer; others wait meanwhile.

        Raises
        ------
        SymscopeError
            The process said why it cannot, or it crashed.
        """
        async with self._one_at_a_time:
            await self.start()
            assert self._sandbox is not None
            assert self._sandbox.process.stdin is not None
            # A process that has just ended is noticed by the reader of its messages.
            with suppress(OSError, ValueError):
                self._sandbox.process.stdin.write(framed(request))
                self._sandbox.process.stdin.flush()
            try:
                while True:
                    message = await self._messages.get()
                    if isinstance(message, InputError):
                        raise message
                    if "done" in message:
                        return message["done"]
                    if on_stage:
                        on_stage(message["stage"])
            except asyncio.CancelledError:
                await self._end()
                raise

    async def close(self) -> None:
        """End the process for good."""
        self._closed = True
        if self._opening is not None:
            await asyncio.wait([self._opening])
            await self._end()

    async def _end(self) -> None:
        if self._sandbox is not None and self._reading is not None:
            self._sandbox.process.kill()
            await asyncio.wait([self._reading])

    async def _read(self, sandbox: Sandbox, messages: "asyncio.Queue[Answer | InputError]") -> None:
        def receive() -> Answer:
            with sandbox.exchange() as message:
                return message

        try:
            while True:
                try:
                    message = await asyncio.to_thread(receive)
                except InputError as error:
                    message = error
                    if not sandbox.idle:
                        break
                if message == {"warm": 1}:
                    self._on_ready(True)
                else:
                    messages.put_nowait(message)
            # Its end is told only once it is known, so that nothing is asked of it any more.
            await asyncio.to_thread(sandbox.stop)
            self._on_ready(False)
            messages.put_nowait(message)
        finally:
            sandbox.process.kill()  # Ends the thread that waits for a message.
