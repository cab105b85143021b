"""What stands in for the science on Dask's workers; light, as each worker imports it anew."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from symscope.collection.local import encoded
from symscope.collection.store import Result
from symscope.errors import WeightsRejected

DEADLY = b"deadly"


def answer(paths: list[str], options: dict) -> str:
    """Score anything, but for files that are the death of the worker."""
    results = []
    for path in paths:
        if Path(path).read_bytes() == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        row = {"path": path, "outcome": "ok", "message": None, "provenance": {}}
        results.append(Result(row | {"symmetry": 0.5}))
    return encoded(results)


def slow(paths: list[str], options: dict) -> str:
    """Take some time for it."""
    time.sleep(0.3)
    return answer(paths, options)


def raising(paths: list[str], options: dict) -> str:
    """Fail for a reason that is none of the pictures'."""
    raise WeightsRejected("found altered weights")


def unseeing(paths: list[str], options: dict) -> str:
    """See no files."""
    row = {"path": paths[0], "outcome": "missing", "message": "gone", "provenance": {}}
    return encoded([Result(row, again=True)])


def older(paths: list[str], options: dict) -> str:
    """Be of another version."""
    row = {"path": paths[0], "outcome": "ok", "message": None}
    return encoded([Result(row | {"provenance": {"symscope": "0.0.1"}})])
