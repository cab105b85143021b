"""One decoding process seen from outside: started, asked, timed, and never believed.

The other end of its pipes is worker.py.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import InputError, NotFinite, SymscopeError, TooLarge, TooSmall, Unreadable
from symscope.io.pixels import MIN_SIDE
from symscope.io.sandbox_worker import framed, receive_header

START_SECONDS = 60.0
"""For a worker to start: half a second from a warm disk, many from a cold network drive."""

STOP_SECONDS = 2.0
"""For a worker to end by itself once nothing more can be asked."""

GRACE_SECONDS = 0.5
"""For a worker whose answer broke off to be seen as ended."""

REFUSALS: dict[str, type[InputError]] = {
    kind.__name__: kind for kind in (NotFinite, TooLarge, TooSmall, Unreadable)
}
"""The errors that a worker may name."""

MESSAGE_WIDTH = 600


def boot_of(module: str) -> str:
    """Return the program of a process that runs ``main`` of a module.

    It starts with the parent's own path: ``-m`` would put the current folder, which may hold a
    stranger's ``numpy.py``, in front of it.
    """
    path = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); "
    return f"{path}from {module} import main; main()"


BOOT = boot_of("symscope.io.sandbox_worker")


class Decoder:
    """One worker process: its pipes, its limits, and what can be believed of its answers."""

    def __init__(self, max_megapixels: float, seconds: float) -> None:
        self.max_megapixels = max_megapixels
        self.seconds = seconds
        self.owner = os.getpid()
        self.idle = self._late = False
        self._watch = threading.Lock()
        self._request = 0
        try:
            self.process = started(BOOT, [repr(max_megapixels), repr(seconds + STOP_SECONDS)])
        except OSError as error:
            raise cannot_start("decodes pictures", error) from error
        try:
            with self._at_most(START_SECONDS):
                ready = receive_header(self._answers)
        except (OSError, ValueError):
            ready = None
        except BaseException:
            self.stop()
            raise
        if ready != {"ready": 1}:
            self.stop()
            ended = f"it ended with {ending(self.process)}"
            raise cannot_start("decodes pictures", ended)

    @property
    def _requests(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def _answers(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def serves(self, max_megapixels: float) -> bool:
        """Tell whether this process can be asked: it lives, is ours, and has the same limits."""
        return (
            self.owner == os.getpid()
            and self.max_megapixels == max_megapixels
            and self.process.poll() is None
        )

    def decoded(self, data: bytes) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Ask for one picture; ``idle`` is False afterwards if nothing more can be asked.

        Raises
        ------
        InputError
        """
        try:
            with self._at_most(self.seconds):
                return self._exchange(data)
        except ValueError:
            raise _given_up("answers with nonsense") from None
        except (OSError, EOFError):
            if self._late or ending(self.process) == "SIGALRM":
                raise Unreadable(
                    f"found a file that takes longer than {self.seconds:g} seconds to decode, "
                    f"expected less; save it again as PNG"
                ) from None
            raise _given_up(f"ends with {ending(self.process)}") from None

    def stop(self) -> None:
        """End the process, by force if it is busy; a fork closes only its own ends of the pipes."""
        idle, self.idle = self.idle, False
        if self.owner != os.getpid():
            self.process.returncode = 0  # Not ours to wait for.
        elif not idle:
            self.process.kill()
        with suppress(OSError):
            self._requests.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._answers.close()

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        """Kill the process when the time is up, which ends every read and write of its pipes.

        ``idle`` says afterwards whether the exchange came to its end in time.
        """
        self.idle, self._late = False, False
        request = self._request

        def expire() -> None:
            with self._watch:
                if self._request == request:
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
                self._request += 1
            self.idle = self.idle and not self._late

    def _exchange(self, data: bytes) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        _write(self._requests, framed({"bytes": len(data)}))
        _write(self._requests, data)
        header = receive_header(self._answers)
        if header is None:
            raise EOFError
        if "error" in header:
            raise refusal(header)
        rows, columns = _checked_size(header, self.max_megapixels)
        grey = np.empty((rows, columns), np.float32)
        rgb = np.empty((rows, columns, 3), np.uint8)
        for array in (grey, rgb):
            read_into(self._answers, array.data.cast("B"))
        if not (grey.min() >= 0 and grey.max() <= 1):
            raise ValueError("grey outside 0..1")
        return grey, rgb


def started(
    boot: str, arguments: list[str], stdin: int | IO[bytes] = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """Start a process that decodes: ``boot`` is its program, after which come its arguments."""
    path = [folder for folder in sys.path if folder]
    here = str(Path(__file__).parents[2])
    path += [here] * (here not in path)
    # One thread: each further one of the linear algebra sets address space aside.
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", boot, json.dumps(path), *arguments],
        bufsize=0,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | alone,
        # Ctrl-C goes to every process of a terminal's group; this one ends with its parent.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


@contextmanager
def killed_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Kill a process unless the block ends in time."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cannot_start(does: str, reason: OSError | str) -> SymscopeError:
    """Return the error that says why a process could not be started; ``does`` is what it is for."""
    if isinstance(reason, OSError):
        reason = reason.strerror or type(reason).__name__
    return SymscopeError(
        f"the process that {does} cannot be started: {reason}; see `symscope doctor`"
    )


def _given_up(how: str) -> Unreadable:
    return Unreadable(
        f"found a file on which its decoder {how}, expected a whole picture; "
        f"save or download it again"
    )


def ending(process: subprocess.Popen[bytes]) -> str:
    """Say how a process ended: a signal's name, or its code."""
    try:
        code = process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return "half an answer"
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"code {code}"


def refusal(header: dict[str, Any], kinds: Mapping[str, type[InputError]] = REFUSALS) -> InputError:
    """Return the error that a process names; ValueError for one of none of these kinds."""
    kind, message = header.get("error"), header.get("message")
    if not isinstance(kind, str) or kind not in kinds or not isinstance(message, str):
        raise ValueError("a refusal of no known kind")
    message = "".join(c if c.isprintable() else "?" for c in message[:MESSAGE_WIDTH])
    return kinds[kind](message)


def _checked_size(header: dict[str, Any], max_megapixels: float) -> tuple[int, int]:
    rows, columns = header.get("rows"), header.get("columns")
    if type(rows) is not int or type(columns) is not int or min(rows, columns) < MIN_SIDE:
        raise ValueError("a picture of no size")
    if rows * columns > max_megapixels * 1e6:
        raise ValueError("a picture that is too large")
    return rows, columns


def _write(stream: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def read_into(stream: IO[bytes], view: memoryview) -> None:
    """Fill memory from a stream; EOFError where it ends before."""
    while view:
        count = stream.readinto(view)  # pyright: ignore[reportAttributeAccessIssue]
        if not count:
            raise EOFError
        view = view[count:]
