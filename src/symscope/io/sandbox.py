"""A process that decodes strangers' files, seen from outside: started, asked, timed, not believed.

The other end of its pipes is sandbox_worker.py, which imports this module for the messages' form:
nothing heavy may be imported here. What is asked for, and what of the answers is believed, stands
beside the doors: images.py, sounds.py, inputs.py. A file that crashes its decoder, takes too long
or needs too much memory costs that one file. What a fault can cost is limited; code that took the
process over could still read what its user may read. The page's jobs run in such processes too,
without limits: see web/process.py.
"""

import json
import math
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from symscope.errors import (
    Constant,
    InputError,
    MissingFile,
    NotFinite,
    SymscopeError,
    TooLarge,
    TooSmall,
    Unreadable,
)

HEADER = struct.Struct(">I")
MOST_HEADER = 1 << 14
"""Bytes of the longest header that either side reads, unless the task says otherwise."""

START_SECONDS = 60.0
"""For a process to start: half a second from a warm disk, many from a cold network drive."""

STOP_SECONDS = 2.0
"""For a process to end by itself once nothing more can be asked."""

GRACE_SECONDS = 0.5
"""For a process whose answer broke off to be seen as ended."""

REFUSALS: dict[str, type[InputError]] = {
    kind.__name__: kind
    for kind in (Constant, MissingFile, NotFinite, TooLarge, TooSmall, Unreadable)
}
"""The errors that a process may name."""

MESSAGE_WIDTH = 600

BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); "
    "from symscope.io.sandbox_worker import main; main()"
)
"""The program of a process. It starts with the parent's own path: ``-m`` would put the current
folder, which may hold a stranger's ``numpy.py``, in front of it."""


@dataclass(frozen=True)
class Task:
    """What a process is for, and the words in which it is said that it failed.

    Attributes
    ----------
    name : what it runs, as ``module:function``: an iterator of answers, the first of them ``ready``
    does : for the error that it cannot be started
    broken : for a file on which it crashes; ``{how}`` says how
    late : for a file on which it takes more than ``{seconds:g}``, and the class of that error
    killed_is_late : whether the system, which kills where memory ends, means the same
    most_header : bytes of the longest header that it may send
    """

    name: str
    does: str
    broken: str
    late: str
    late_error: type[InputError] = Unreadable
    killed_is_late: bool = True
    most_header: int = MOST_HEADER


class Sandbox:
    """One process: its pipes, its limits, and what can be believed of its answers.

    Parameters
    ----------
    wanted : what the task takes, as JSON
    room : bytes of memory beside what interpreter and libraries have mapped (Linux); None for work
        of our own, which writes files and takes memory and threads as it needs them
    seconds : most time for one exchange; may be infinite
    stdin : a file that is decoded, or a pipe for requests
    about : how a message begins that says how the process failed

    Raises
    ------
    SymscopeError
        The process cannot be started.
    """

    def __init__(
        self,
        task: Task,
        wanted: Mapping[str, Any],
        room: int | None,
        seconds: float,
        stdin: int | IO[bytes] = subprocess.PIPE,
        about: str = "",
    ) -> None:
        self.task, self.seconds, self.about, self.owner = task, seconds, about, os.getpid()
        self.ready = self.idle = self._late = False
        self._watch = threading.Lock()
        path = [folder for folder in sys.path if folder]
        here = str(Path(__file__).parents[2])
        path += [here] * (here not in path)
        limits = [task.name, json.dumps(wanted), json.dumps(room), repr(seconds + STOP_SECONDS)]
        # One thread: each further one of the linear algebra sets address space aside.
        alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        shown = room is None and os.environ.get("SYMSCOPE_DEBUG", "0") not in ("", "0")
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", BOOT, json.dumps(path), *limits],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=None if shown else subprocess.DEVNULL,
                env=os.environ | ({} if room is None else alone),
                # Ctrl-C goes to every process of a terminal's group; this one ends with its parent.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise self.cannot_start(error.strerror or type(error).__name__) from error
        self.answers = cast(BufferedReader, self.process.stdout)
        try:
            with suppress(InputError), self.exchange(seconds=START_SECONDS) as header:
                self.ready = header == {"ready": 1}
        except BaseException:
            self.stop()
            raise

    @contextmanager
    def exchange(
        self, request: bytes = b"", seconds: float | None = None
    ) -> Iterator[dict[str, Any]]:
        """Ask, and take the header of the answer; its arrays are taken within ``with``.

        The process is killed when the time is up, which ends every read and write of its pipes.
        ``idle`` says afterwards whether the exchange came to its end, so that more can be asked.

        Parameters
        ----------
        request : a message
        seconds : most time for all of it; by default, the sandbox's

        Raises
        ------
        InputError
            The process refuses the file, or it crashed, was too slow, or cannot be believed.
        """
        self.idle = False
        if not self.ready and seconds is None:
            raise self._failed(START_SECONDS)
        seconds = self.seconds if seconds is None else seconds
        self._late, running = False, True

        def expire() -> None:
            with self._watch:
                if running:
                    self._late = True
                    self.process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        if seconds < math.inf:
            timer.start()
        try:
            if request:
                assert self.process.stdin is not None
                self.process.stdin.write(request)
                self.process.stdin.flush()
            header = receive_header(self.answers, self.task.most_header)
            if header is None:
                raise EOFError
            if "error" in header:
                kind, message = header["error"], header.get("message")
                if not (isinstance(kind, str) and kind in REFUSALS and isinstance(message, str)):
                    raise ValueError("a refusal of no known kind")
                self.idle = True  # The answer is whole.
                message = "".join(c if c.isprintable() else "?" for c in message[:MESSAGE_WIDTH])
                raise REFUSALS[kind](message)
            yield header
            self.idle = True
        except (ValueError, TypeError, KeyError):
            raise self._broken("answers with nonsense") from None
        except (OSError, EOFError):
            raise self._failed(seconds) from None
        finally:
            timer.cancel()
            with self._watch:
                running = False
            self.idle = self.idle and not self._late

    def array(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Take an array of finite numbers; ValueError, EOFError or OSError for anything else."""
        array = np.empty(shape, dtype)
        if self.answers.readinto(array.data.cast("B")) != array.nbytes:
            raise EOFError
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError("values that are not finite")
        return array

    def ending(self) -> str:
        """Say how the process ended: a signal's name, or its code."""
        try:
            code = self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "half an answer"
        if code < 0:
            with suppress(ValueError):
                return signal.Signals(-code).name
        return f"code {code}"

    def cannot_start(self, reason: str) -> SymscopeError:
        """Return the error that says why the process could not be started."""
        return SymscopeError(
            f"the process that {self.task.does} cannot be started: {reason}; see `symscope doctor`"
        )

    def stop(self) -> None:
        """End the process, by force if it is busy; a fork closes only its own ends of the pipes."""
        idle, self.idle = self.idle, False
        if self.owner != os.getpid():
            self.process.returncode = 0  # Not ours to wait for.
        elif not idle or self.process.stdin is None:
            self.process.kill()
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.answers.close()

    def _failed(self, seconds: float) -> InputError:
        how = self.ending()
        late = self._late or how == "SIGALRM" or (how == "SIGKILL" and self.task.killed_is_late)
        if late:
            return self.task.late_error(self.about + self.task.late.format(seconds=seconds))
        return self._broken(f"ends with {how}")

    def _broken(self, how: str) -> InputError:
        return Unreadable(self.about + self.task.broken.format(how=how))


def framed(header: Mapping[str, Any]) -> bytes:
    """Return a header as it is sent: its length in four bytes, big end first, and its JSON.

    >>> framed({"ready": 1})
    b'\\x00\\x00\\x00\\x0c{"ready": 1}'
    """
    content = json.dumps(header, allow_nan=False).encode()
    return HEADER.pack(len(content)) + content


def receive_header(stream: IO[bytes], most: int = MOST_HEADER) -> dict[str, Any] | None:
    """Read one header of at most so many bytes from a buffered stream, or None where it ends.

    Raises
    ------
    ValueError
        What came is no header.
    """
    start = stream.read(HEADER.size)
    if len(start) < HEADER.size:
        return None
    (size,) = HEADER.unpack(start)
    if size > most:
        raise ValueError("a header that is too long")
    content = stream.read(size)
    if len(content) < size:
        return None
    try:
        header = json.loads(content)
    except RecursionError:
        raise ValueError("a header that is nested too deeply") from None
    if not isinstance(header, dict):
        raise ValueError("a header that is no object")
    return header
