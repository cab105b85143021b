"""Time one score from a cold process, with and without a warm compilation cache.

    python benchmarks/bench_score.py --json [--quick] [--seed S] [PICTURE]

`stages` are the seconds of each stage of a score, one after the other in this process after a first
score that compiled everything; in a score, the search for elements runs while the networks train.

Each run is a new process of `symscope score PICTURE` at default settings, with a home folder of
its own: empty for `seconds.cold`, that of the run before for `seconds.warm`. The times hold
everything: starting Python, imports, compiling, training, scoring, and printing. `peak_mb` is the
largest resident memory of any run, in units of 10^6 bytes.

Expect, on two cores: under 10 s cold, under 5 s warm, under 1500 MB.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter

from machine import Company, describe, options_of

SIDE = 1024
"""Longer side of the picture in pixels (issue: one 1024-pixel painting)."""

BRUSH = 9
"""Side of the mode filter in pixels, which turns a photograph into strokes of one colour."""

# ru_maxrss counts kibibytes on Linux and bytes on macOS.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def painted(folder: Path) -> Path:
    """Make a picture like a painting from a photograph in the scikit-image wheel."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        raise SystemExit("scikit-image is not installed: run `make setup`, use .venv/bin/python")
    photograph = Image.open(Path(package.origin).parent / "data" / "coffee.png").convert("RGB")
    scale = SIDE / max(photograph.size)
    width, height = (round(length * scale) for length in photograph.size)
    picture = photograph.resize((width, height), Image.Resampling.BICUBIC)
    path = folder / "painted.png"
    picture.filter(ImageFilter.ModeFilter(BRUSH)).save(path)
    return path


def stages(path: Path, seed: int, repeats: int) -> dict[str, float]:
    """Time each stage of a score by itself: median seconds over the repeats."""
    from symscope import score
    from symscope.classifier.classifier import load_classifier
    from symscope.elements import find_elements, hidden_agreement
    from symscope.features.features import GRID, pca_pictures
    from symscope.field import Field, pixel_centres
    from symscope.io.images import read_picture
    from symscope.networks.decoys import train
    from symscope.networks.settings import SETTINGS, network_range
    from symscope.options import Options
    from symscope.preprocess.sketch import sketch

    networks = network_range(Options())[0]
    classifier, points = load_classifier("extended"), pixel_centres(GRID, GRID)
    score(str(path), networks=networks, seed=seed)
    rows: list[dict[str, float]] = []
    for _ in range(repeats):
        clock = _Clock()
        with clock("read the picture"):
            grey = read_picture(str(path)).grey
        with clock("sketch"):
            field = Field.from_levels(sketch(grey).levels)
        with clock(f"train {networks} networks"):
            decoys = next(iter(train([field], networks, SETTINGS["fast"], seed)))
        with clock("hidden layer and PCA"):
            seen = pca_pictures(decoys)
        with clock("classifier"):
            classifier.classify(seen)
        with clock("search for elements"):
            found = find_elements(grey)
        with clock("elements in the hidden layer"):
            hidden_agreement(found.items, decoys.hidden, points, min(grey.shape) / max(grey.shape))
        with clock("whole score"):
            score(str(path), networks=networks, seed=seed)
        with clock("whole score without elements"):
            score(str(path), networks=networks, seed=seed, elements=False)
        rows.append(clock.seconds)
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


class _Clock:
    """Remembers how long named pieces of work took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def timed_score(picture: Path, home: Path, seed: int) -> tuple[float, float, dict[str, Any]]:
    """Score a picture in a new process.

    Returns
    -------
    seconds : wall-clock time from start to exit
    peak : largest resident memory in MB
    row : what it printed
    """
    command = [sys.executable, "-m", "symscope", "score", str(picture)]
    command += ["--seed", str(seed), "--format", "json"]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "JAX_", "SYMSCOPE_"))
    } | {"HOME": str(home)}
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output)
        # wait4 and not wait: it tells the memory of this process alone.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise SystemExit(f"`symscope score` ended with {process.returncode}: nothing to time")
    return seconds, usage.ru_maxrss * RSS_UNIT / 1e6, json.loads(text)[0]


def measure(picture: Path, seed: int, repeats: int) -> dict[str, Any]:
    """Time pairs of a cold and a warm run, and return the figures."""
    cold, warm, peaks, rows = [], [], [], []
    with Company() as company:
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as home:
                for times in (cold, warm):
                    seconds, peak, row = timed_score(picture, Path(home), seed)
                    times.append(seconds)
                    peaks.append(peak)
                    rows.append(row)
    return {
        "seconds": {"cold": statistics.median(cold), "warm": statistics.median(warm)},
        "peak_mb": max(peaks),
        "runs": {"cold": cold, "warm": warm, "peak_mb": peaks},
        "outcome": rows[-1]["outcome"],
        "label": rows[-1].get("label"),
        "same_symmetry": len({row.get("symmetry") for row in rows}) == 1,
        "busy_by_others": company.share,
    }


def main() -> None:
    """Read the options, measure, print."""
    parser = options_of(__doc__, "one pair of runs instead of three")
    parser.add_argument("picture", nargs="?", type=Path, help="default: one made on the spot")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        picture = options.picture or painted(Path(folder))
        size = Image.open(picture).size
        repeats = 1 if options.quick else 3
        figures = measure(picture.resolve(), options.seed, repeats)
        figures["stages"] = stages(picture.resolve(), options.seed, repeats)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / 1e6
    figures |= {
        # A child's peak is never reported below that of the process that started it.
        "peak_mb_of_this_script": own,
        "picture": options.picture.name if options.picture else "coffee, painted",
        "pixels": list(size),
        "seed": options.seed,
        "machine": describe("symscope", "jax"),
    }
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print(f"seconds.cold {figures['seconds']['cold']:8.2f}")
        print(f"seconds.warm {figures['seconds']['warm']:8.2f}")
        print(f"peak_mb      {figures['peak_mb']:8.0f}")
        for name, seconds in figures["stages"].items():
            print(f"{seconds:8.3f} s  {name}")


if __name__ == "__main__":
    main()
