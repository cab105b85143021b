"""Time the score of a 64 × 64 × 64 volume, and measure its memory, in a process of its own.

    python benchmarks/bench_volume.py --json [--seed S]

`cold` is a process that finds no compiled programs, `warm` one that finds them in the cache; each
is timed from its start to its end, with the figure drawn, and `rss_gb` is the most memory that was
its own. The volume is noise around a random axis: nothing in it is known to symscope.

Expect, on two idle cores: at most 60 s and 3 GB, cold or warm.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from machine import Company, describe, options_of

SIDE = 64

AIMS = {"seconds": 60.0, "rss_gb": 3.0}
"""What a score should stay below."""

RUN = """
import json, resource, sys
from symscope.cli import main
code = main(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"code": code, "rss_kb": peak}), file=sys.stderr)
"""


def volume(seed: int) -> np.ndarray:
    """Draw shells of smooth noise about a tilted axis, with noise of their own: (64, 64, 64)."""
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    place = np.stack(np.meshgrid(*[np.linspace(-1, 1, SIDE)] * 3, indexing="ij"), axis=-1)
    place -= rng.uniform(-0.2, 0.2, 3)
    along = place @ axis
    away = np.linalg.norm(place - along[..., None] * axis, axis=-1)
    probabilities = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 5)
    cells = [np.clip((v * SIDE / 3.5 + SIDE / 2).astype(int), 0, SIDE - 1) for v in (away, along)]
    values = probabilities[cells[0], cells[1]]
    return (values + 0.1 * values.std() * rng.normal(size=values.shape)).astype(np.float32)


def score(file: Path, figures: Path, cache: Path) -> dict[str, Any]:
    """Score a file in a fresh process."""
    arguments = ["score", str(file), "--figure", str(figures), "--format", "json"]
    start = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env=os.environ | {"SYMSCOPE_CACHE": str(cache)},
        capture_output=True,
        check=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    told = json.loads(ended.stderr.strip().splitlines()[-1])
    row = json.loads(ended.stdout)[0]
    return {
        "seconds": round(seconds, 2),
        "rss_gb": round(told["rss_kb"] / 1e6, 3),
        "outcome": row["outcome"],
        "label": row["label"],
        "networks": row["provenance"]["networks"],
    }


def main() -> None:
    """Print the figures."""
    chosen = options_of(__doc__, "is not used: it is quick").parse_args()
    with Company() as company, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        np.save(place / "volume.npy", volume(chosen.seed))
        found = {
            name: score(place / "volume.npy", place / "figures", place / "cache")
            for name in ("cold", "warm")
        }
    figures = {
        **found,
        "aims": AIMS,
        "met": all(
            one["outcome"] == "ok" and all(one[key] <= aim for key, aim in AIMS.items())
            for one in found.values()
        ),
        "others_share": company.share,
        "machine": describe("symscope", "jax", "numpy"),
    }
    if chosen.json:
        print(json.dumps(figures))
        return
    for name, one in found.items():
        print(f"{name}: {one['seconds']} s, {one['rss_gb']} GB, {one['networks']} networks")


if __name__ == "__main__":
    main()
