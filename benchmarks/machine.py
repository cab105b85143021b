"""What benchmarks share: their options, the machine they ran on, and who else used it."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def options_of(script: str | None, quick: str, seed: int = 0) -> argparse.ArgumentParser:
    """Return a parser of the options of every benchmark: --json, --quick and --seed.

    ``script`` is the docstring of the script, ``quick`` says what --quick means.
    """
    parser = argparse.ArgumentParser(description=(script or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--seed", type=int, default=seed, help=f"fixes what is random ({seed})")
    return parser


def describe(*packages: str) -> dict[str, str | int]:
    """Name the processor, its cores, Python and the versions of the packages that are there."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {
        "processor": model,
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
        **versions,
    }


def matmul_rate(side: int = 1024, repeats: int = 8) -> float:
    """Measure what NumPy reaches on a product of two square float32 matrices, in GFLOP/s."""
    random = np.random.default_rng(0)
    left, right = random.standard_normal((2, side, side), dtype=np.float32)
    out = left @ right
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        np.matmul(left, right, out=out)
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds) / 1e9


def _jiffies() -> tuple[float, float] | None:
    """Read processor seconds spent by the whole machine, and by this process and its children."""
    statistics = Path("/proc/stat")
    if not statistics.exists():
        return None
    user, nice, system, _idle, _wait, *rest = map(
        int, statistics.read_text().split("\n")[0].split()[1:]
    )
    # Guest time is already part of user time; stolen time is work of other machines.
    busy = user + nice + system + sum(rest[:3])
    return busy / CLOCK_TICKS, sum(os.times()[:4])


@dataclass
class Company:
    """Measures how much of the machine others used while a block ran.

    Attributes
    ----------
    share : fraction of all cores, 0 … 1; NaN where the machine does not tell
    """

    share: float = float("nan")
    _before: tuple[float, float] | None = field(default=None, repr=False)
    _start: float = field(default=0.0, repr=False)

    def __enter__(self) -> Company:
        self._before, self._start = _jiffies(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        after, elapsed = _jiffies(), time.perf_counter() - self._start
        if self._before is not None and after is not None:
            everyone, own = (now - then for now, then in zip(after, self._before, strict=True))
            self.share = max(0.0, everyone - own) / (elapsed * (os.cpu_count() or 1))
