"""Pictures from strangers: decoded in a process of their own, with limits of time and memory.

`read_picture` checks what it can before it decodes, but a decoder with a fault may still crash,
spin or fill the memory. Here that costs one worker process and one picture, nothing else.
"""

import threading
import weakref
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.io.images import Picture, picture_by
from symscope.io.sandbox import Decoder

SECONDS = 20.0
"""For a picture of up to 50 megapixels, and in proportion above; the slowest kinds take 0.2 s a
megapixel on a busy machine, so half of it is spare."""

MEGAPIXELS_IN_TIME = 50.0


class GuardedReader:
    """Read pictures as `read_picture` does, decoding in a worker process that may fail.

    An instance is called as `read_picture` is, and answers with the same Picture, bit for bit,
    or the same errors. A file that crashes the decoder becomes Unreadable, and so does one that
    takes too long; one that needs too much memory becomes TooLarge. The next file is read by a
    new worker.

    The worker starts with the first picture, or on entering ``with``, and serves many. It holds
    a hard limit of memory (64 bytes for each pixel of ``max_megapixels``, and 256 MiB; Linux),
    may write no file and no core dump (POSIX), and ends when the reader is closed or its parent
    is gone. On Windows the limit of time is the only one. Files are opened here, not there, and
    their fingerprint is taken here; arrays are read here. Threads may share an instance; they
    wait for each other.

    Parameters
    ----------
    seconds : float
        Most time for one picture of up to 50 megapixels; in proportion with a higher limit.

    >>> with GuardedReader() as reader:
    ...     reader("sample:camera").grey.shape
    (512, 512)
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._worker: Decoder | None = None

    def __call__(self, source: Any, *, max_megapixels: float = 50.0) -> Picture:
        """Read one picture; see `read_picture` for sources, limits and errors.

        Raises
        ------
        InputError, UsageError
            As `read_picture` does.
        SymscopeError
            The worker process cannot be started.
        """
        return picture_by(self._decoded, source, max_megapixels)

    def __enter__(self) -> "GuardedReader":
        with self._lock:
            self._ready(MEGAPIXELS_IN_TIME)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; a later call starts another."""
        with self._lock:
            self._drop()

    def _decoded(
        self, data: bytes, max_megapixels: float
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        with self._lock:
            worker = self._ready(max_megapixels)
            try:
                return worker.decoded(data)
            finally:
                # After a crash, a time-out or Ctrl-C the rest of an answer may be in the pipe.
                if not worker.idle:
                    self._drop()

    def _ready(self, max_megapixels: float) -> Decoder:
        if self._worker is not None and not self._worker.serves(max_megapixels):
            self._drop()
        if self._worker is None:
            seconds = self._seconds * max(1.0, max_megapixels / MEGAPIXELS_IN_TIME)
            self._worker = Decoder(max_megapixels, seconds)
            # Also where nobody closes: when this object is gone, or the interpreter ends.
            self._stop = weakref.finalize(self, self._worker.stop)
        return self._worker

    def _drop(self) -> None:
        if self._worker is not None:
            self._worker = None
            self._stop()
