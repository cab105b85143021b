"""The server's side of a worker process: ask it, watch it end, start the next one."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from symscope.errors import SymscopeError

LONGEST_LINE = 64 << 20
"""Bytes of the longest event; a whole result with its images has about a tenth of a megabyte."""

STOP_SECONDS = 2.0

Event = Mapping[str, Any]


class WorkerEndedError(SymscopeError):
    """The process ended before it had answered."""


class RefusedError(SymscopeError):
    """The process answered that it cannot do what was asked; the message says why."""


def worker_command(role: str) -> list[str]:
    """Return the command of a worker; -P keeps the current folder out of Python's path."""
    return [sys.executable, "-P", "-m", "symscope.web.worker", role]


class Process:
    """One worker process; after a crash the next request finds a new one.

    A task that waits for an answer may be cancelled: the process is then killed, as nobody waits
    for what it is busy with.

    Parameters
    ----------
    command : the program and its arguments
    folder : where it runs; paths in requests are relative to it
    on_ready : is told whether the process is ready for a request without delay
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        on_ready: Callable[[bool], None] = lambda ready: None,
    ) -> None:
        self._command, self._folder, self._on_ready = tuple(command), folder, on_ready
        self._one_at_a_time = asyncio.Lock()
        self._running: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._number = 0
        self._closed = False

    async def start(self) -> None:
        """Start the process, if none runs, so that it is warm when the first request comes."""
        async with self._starting:
            if self._closed:
                raise WorkerEndedError("the page is being closed")
            if self._running is not None and self._running.returncode is None:
                return
            await self._reap()
            self._events = asyncio.Queue()
            self._running = await self._spawned()
            self._reading = asyncio.create_task(self._read(self._running, self._events))

    async def _spawned(self) -> asyncio.subprocess.Process:
        quiet = os.environ.get("SYMSCOPE_DEBUG", "0") in ("", "0")
        try:
            return await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL if quiet else None,
                limit=LONGEST_LINE,
                start_new_session=True,  # Ctrl-C is for the server, which then ends this one.
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise WorkerEndedError(
                f"the process that works on pictures cannot be started ({reason}): "
                "see symscope doctor"
            ) from error

    async def ask(self, request: Event, on_event: Callable[[Event], None] | None = None) -> Event:
        """Send one request and wait for its last answer; others wait meanwhile.

        Raises
        ------
        RefusedError
            The process said why it cannot.
        WorkerEndedError
            It crashed.
        """
        async with self._one_at_a_time:
            await self.start()
            self._number += 1
            try:
                await self._write({**request, "id": self._number})
                return await self._answer(self._number, on_event)
            except asyncio.CancelledError:
                await self._end()
                raise

    async def close(self) -> None:
        """End the process for good."""
        self._closed = True
        async with self._starting:
            await self._end()
            await self._reap()

    async def _end(self) -> None:
        if self._running is not None and self._running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._running.kill()
            await self._running.wait()

    async def _write(self, message: Event) -> None:
        assert self._running is not None
        assert self._running.stdin is not None
        # A process that has just ended is noticed by the reader of its answers.
        with contextlib.suppress(ConnectionError):
            self._running.stdin.write(json.dumps(message).encode() + b"\n")
            await self._running.stdin.drain()

    async def _answer(self, number: int, on_event: Callable[[Event], None] | None) -> Event:
        events = self._events
        while True:
            event = await events.get()
            if event is None:
                raise WorkerEndedError(
                    "the process that works on it has ended (it may have run out of memory): "
                    "try again, or use a smaller picture"
                )
            if event.get("id") != number:
                continue  # Of a request whose asker has gone.
            if event["event"] == "done":
                return event
            if event["event"] == "failed":
                raise RefusedError(str(event["message"]))
            if on_event:
                on_event(event)

    async def _read(
        self, running: asyncio.subprocess.Process, events: "asyncio.Queue[Event | None]"
    ) -> None:
        assert running.stdout is not None
        try:
            while line := await running.stdout.readline():
                event = json.loads(line)
                if event.get("event") == "ready":
                    self._on_ready(True)
                else:
                    events.put_nowait(event)
        except ValueError:
            pass  # No JSON, or a line that is too long: nothing more can be believed.
        finally:
            # Its end is told only once it is known, so that nothing is asked of it any more.
            with contextlib.suppress(ProcessLookupError):
                running.kill()
            await running.wait()
            self._on_ready(False)
            events.put_nowait(None)

    async def _reap(self) -> None:
        """Wait for a process that has ended, and close its pipes."""
        running, self._running = self._running, None
        if running is None:
            return
        await running.wait()
        if running.stdin is not None:
            running.stdin.close()
            with contextlib.suppress(ConnectionError):
                await running.stdin.wait_closed()
        if self._reading is not None:
            await self._reading
