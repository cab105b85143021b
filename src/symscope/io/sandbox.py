"""A process that decodes strangers' files, seen from outside: started, asked, timed, not believed.

The other end of its pipes is sandbox_worker.py; what it decodes is asked for in sandboxed.py. A
file that crashes its decoder, takes too long or needs too much memory costs that one file. What a
fault can cost is limited; code that took the process over could still read what its user may read.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

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
from symscope.io.sandbox_worker import framed, receive_header

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
    name : which of ``sandbox_worker.TASKS`` it runs
    does : for the error that it cannot be started
    broken : for a file on which it crashes; ``{how}`` says how
    late : for a file on which it takes more than ``{seconds:g}``, and the class of that error
    killed_is_late : whether the system, which kills where memory ends, means the same
    """

    name: str
    does: str
    broken: str
    late: str
    late_error: type[InputError] = Unreadable
    killed_is_late: bool = True


class Sandbox:
    """One process: its pipes, its limits, and what can be believed of its answers.

    Parameters
    ----------
    wanted : what the task takes, as JSON
    room : bytes of memory beside what interpreter and libraries have mapped (Linux)
    seconds : most time for one exchange
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
        room: int,
        seconds: float,
        stdin: int | IO[bytes] = subprocess.PIPE,
        about: str = "",
    ) -> None:
        self.task, self.seconds, self.about, self.owner = task, seconds, about, os.getpid()
        self.idle = self._late = False
        self._watch, self._exchange = threading.Lock(), 0
        path = [folder for folder in sys.path if folder]
        here = str(Path(__file__).parents[2])
        path += [here] * (here not in path)
        limits = [task.name, json.dumps(wanted), str(room), repr(seconds + STOP_SECONDS)]
        # One thread: each further one of the linear algebra sets address space aside.
        alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", BOOT, json.dumps(path), *limits],
                bufsize=0,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | alone,
                # Ctrl-C goes to every process of a terminal's group; this one ends with its parent.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise self.cannot_start(error.strerror or type(error).__name__) from error
        try:
            with self._at_most(START_SECONDS):
                self.ready = receive_header(self._answers) == {"ready": 1}
        except (OSError, ValueError):
            self.ready = False
        except BaseException:
            self.stop()
            raise

    @property
    def _answers(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    @contextmanager
    def exchange(self) -> Iterator[None]:
        """Ask and take the answer, in time; ``idle`` is False afterwards if no more can be asked.

        Raises
        ------
        InputError
            The process refuses the file, or it crashed, was too slow, or cannot be believed.
        """
        if not self.ready:
            raise self._failed(START_SECONDS)
        try:
            with self._at_most(self.seconds):
                yield
        except (ValueError, TypeError, KeyError):
            raise self._broken("answers with nonsense") from None
        except (OSError, EOFError):
            raise self._failed(self.seconds) from None

    def send(self, data: bytes) -> None:
        """Write one request."""
        assert self.process.stdin is not None
        view = memoryview(framed({"bytes": len(data)}) + data)
        while view:
            view = view[self.process.stdin.write(view) :]

    def header(self) -> dict[str, Any]:
        """Take the header of an answer.

        Raises
        ------
        InputError
            It is a refusal.
        ValueError, EOFError, OSError
            It cannot be believed, or nothing came.
        """
        header = receive_header(self._answers)
        if header is None:
            raise EOFError
        if "error" not in header:
            return header
        kind, message = header["error"], header.get("message")
        if not isinstance(kind, str) or kind not in REFUSALS or not isinstance(message, str):
            raise ValueError("a refusal of no known kind")
        message = "".join(c if c.isprintable() else "?" for c in message[:MESSAGE_WIDTH])
        raise REFUSALS[kind](message)

    def array(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Take an array of finite numbers; ValueError, EOFError or OSError for anything else."""
        array = np.empty(shape, dtype)
        read_into(self._answers, array.data.cast("B"))
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
        self._answers.close()

    def _failed(self, seconds: float) -> InputError:
        how = self.ending()
        late = self._late or how == "SIGALRM" or (how == "SIGKILL" and self.task.killed_is_late)
        if late:
            return self.task.late_error(self.about + self.task.late.format(seconds=seconds))
        return self._broken(f"ends with {how}")

    def _broken(self, how: str) -> InputError:
        return Unreadable(self.about + self.task.broken.format(how=how))

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        """Kill the process when the time is up, which ends every read and write of its pipes.

        ``idle`` says afterwards whether the exchange came to its end in time.
        """
        self.idle, self._late = False, False
        exchange = self._exchange

        def expire() -> None:
            with self._watch:
                if self._exchange == exchange:
                    self._late = True
                    self.process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except InputError:
            self.idle = True  # The answer was a refusal, and whole.
            raise
        else:
            self.idle = True
        finally:
            timer.cancel()
            with self._watch:
                self._exchange += 1
            self.idle = self.idle and not self._late


def read_into(stream: IO[bytes], view: memoryview) -> None:
    """Fill memory from a stream; EOFError where it ends before."""
    while view:
        count = stream.readinto(view)  # pyright: ignore[reportAttributeAccessIssue]
        if not count:
            raise EOFError
        view = view[count:]
