"""Kill, weigh and time `symscope collection`, with processes as users start them.

    python benchmarks/bench_collection.py --json [--seed S] [--quick] [--only kills|memory|dask]

All pictures are drawn from the seed: 64 pixels wide, wells and stripes, no two the same. All runs
have `--networks 1 --no-elements`, where everything around the networks weighs most.

`kills`
    A collection of 300 pictures is killed (SIGKILL, with all its processes) at 100 instants, each
    drawn over a quarter more than the time that the run has before it, as an undisturbed one took
    it; whenever it finishes, a fresh one is begun. `lost` counts
    rows that were in the store at one kill and not at a later one, `twice` those that were
    written more than once, `equal_tables` whether every finished table has the values of the
    undisturbed one, in its order. `dask` is the same for a run on two workers, one of which is
    killed in the middle. Expect 0, 0, true.
`memory`
    10,000 pictures: resident memory of the process when 1,000 rows were written, at the last row
    and at the end, when table and summary have been written; `growth` is the most after the first
    1,000 rows as a share of what it was then. Rows per second from the first row to the last, and
    `efficiency`: networks per second as a share of what the bare trainer of networks reaches on
    such pictures, before and after in the same run; for these pictures, and for the first hundred
    with the usual least of 16 networks each. `stages` are milliseconds per picture, one stage after
    the other, in batches of 16. Expect a growth below 0.05 and efficiencies of 0.7 and 0.9.
`dask`
    The same pictures on this process, on one Dask worker with all cores and on two with half of
    them: whether the tables are equal, and how much longer it takes from the first row to the last.
    Expect equal tables and an overhead below 0.1.

Full runs take about 35, 10 and 3 minutes on two cores; --quick about 6 in all.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow.parquet as pq
from PIL import Image

from machine import Company, describe

SIDE = 64
OPTIONS = ("--networks", "1", "--no-elements")
BATCH = 16
POLL_SECONDS = 0.05

SLACK = 1.25
"""Of the time that a run has before it, over which kills are drawn: so that some finish."""

START_SHARE = 0.25
"""Of an undisturbed run's time, what passes before its first row, about."""


@dataclass(frozen=True)
class Amount:
    """How much is measured."""

    kills: int
    killed_pictures: int
    memory_pictures: int
    early_rows: int
    usual_pictures: int
    dask_pictures: int
    bare_pictures: int


FULL = Amount(100, 300, 10_000, 1_000, 96, 1_000, 640)
QUICK = Amount(6, 96, 400, 100, 32, 192, 160)

USUAL = 16
"""Networks for each picture, at least, where --networks does not say otherwise."""


def draw(folder: Path, count: int, seed: int) -> Path:
    """Draw pictures into a folder of sub-folders of 100."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    for number in range(count):
        values = np.zeros_like(x)
        for _ in range(int(random.integers(2, 6))):
            x0, y0 = random.uniform(-0.8, 0.8, 2)
            width = random.uniform(0.15, 0.5)
            values += np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / width**2)
        if number % 3 == 0:
            values += values[:, ::-1]
        if number % 5 == 0:
            values += np.cos(random.uniform(4, 12) * (x * random.normal() + y * random.normal()))
        grey = (255 * (values - values.min()) / np.ptp(values)).astype(np.uint8)
        place = folder / f"{number // 100:03}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey).save(place / f"{number:05}.png")
    return folder


@dataclass
class Run:
    """A process of `symscope collection`, and what can be seen of it from outside."""

    pictures: Path
    out: Path
    more: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        command = [sys.executable, "-m", "symscope", "collection", str(self.pictures)]
        command += ["--out", str(self.out), *OPTIONS, *self.more]
        with self.out.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, start_new_session=True)

    @property
    def store(self) -> Path:
        """Where finished rows are."""
        return self.out.with_name(self.out.name + ".journal") / "rows.sqlite"

    def keys(self) -> list[bytes]:
        """List the keys of the rows in the order of writing; what a kill left undone is undone."""
        return [key for (key,) in self._read("SELECT key FROM rows ORDER BY rowid")]

    def count(self) -> int:
        """Count the rows that are there, quickly."""
        return sum(count for (count,) in self._read("SELECT max(rowid) FROM rows") if count)

    def _read(self, select: str) -> list[tuple[Any, ...]]:
        if not self.store.exists():
            return []
        with closing(sqlite3.connect(self.store)) as database:
            try:
                return database.execute(select).fetchall()
            except sqlite3.OperationalError as error:  # Before its tables are there.
                if "no such table" not in str(error):
                    raise
                return []

    def running(self) -> bool:
        """Tell whether it is still at work; a wrong end ends the benchmark."""
        code = self.process.poll()
        if code:
            log = self.out.with_suffix(".log").read_text()
            raise SystemExit(f"`symscope collection` ended with {code}: {log[-2000:]}")
        return code is None

    def kill(self) -> None:
        """Kill it with all processes that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def workers(self) -> list[psutil.Process]:
        """List the processes of its Dask workers."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def seconds(self) -> tuple[float, float]:
        """Wait for its end → (seconds in all, rows per second from the first row to the last)."""
        start = time.perf_counter()
        seen: list[tuple[float, int]] = []
        while self.running():
            now, count = time.perf_counter(), self.count()
            if count and (not seen or count > seen[-1][1]):
                seen.append((now, count))
            time.sleep(POLL_SECONDS)
        total = time.perf_counter() - start
        (first, early), (last, late) = seen[0], seen[-1]
        return total, (late - early) / (last - first) if last > first else float("nan")


def same_values(left: Path, right: Path) -> bool:
    """Compare two tables: names, types and every value, in order."""
    return pq.read_table(left).equals(pq.read_table(right))


def measure_kills(folder: Path, amount: Amount, seed: int) -> dict[str, Any]:
    """Kill runs at random instants and see what is left."""
    pictures = draw(folder / "pictures", amount.killed_pictures, seed)
    whole = folder / "whole.parquet"
    length, _ = Run(pictures, whole).seconds()
    random = np.random.default_rng(seed)
    kills, finished, lost, equal, before, rows_at = 0, 0, 0, True, list[bytes](), list[int]()
    twice, out = 0, folder / "killed-0.parquet"
    while True:
        left = length * max(START_SHARE, 1 - len(before) / amount.killed_pictures)
        instant = random.uniform(0, SLACK * left) if kills < amount.kills else float("inf")
        run, start = Run(pictures, out), time.perf_counter()
        while run.running() and time.perf_counter() - start < instant:
            time.sleep(min(POLL_SECONDS, max(0.0, instant - time.perf_counter() + start)))
        ended = not run.running()
        if not ended:
            run.kill()
            kills += 1
            print(f"kill {kills}: {finished} collections finished", file=sys.stderr)
        now = run.keys()
        lost += len(set(before) - set(now))
        before = now
        if ended:
            finished += 1
            twice += sum(n - 1 for n in Counter(now).values())
            equal &= same_values(out, whole)
            if kills == amount.kills:
                break
            out, before = folder / f"killed-{finished}.parquet", []
        else:
            rows_at.append(len(now))
    return {
        "kills": kills,
        "pictures": amount.killed_pictures,
        "collections_finished": finished,
        "lost": lost,
        "twice": twice,
        "equal_tables": equal,
        "kills_with_rows": sum(0 < n < amount.killed_pictures for n in rows_at),
        "seconds_undisturbed": length,
        "dask": killed_worker(pictures, folder / "dask.parquet", whole, amount),
    }


def killed_worker(pictures: Path, out: Path, whole: Path, amount: Amount) -> dict[str, Any]:
    """Kill one of two Dask workers in the middle of a run."""
    run = Run(pictures, out, ("--engine", "dask", "--workers", "2"))
    while run.running() and run.count() < amount.killed_pictures // 3:
        time.sleep(POLL_SECONDS)
    before = run.keys()
    workers = run.workers()
    workers[0].send_signal(signal.SIGKILL)
    run.seconds()
    keys = run.keys()
    return {
        "workers": len(workers),
        "rows_at_kill": len(before),
        "lost": len(set(before) - set(keys)),
        "twice": len(keys) - len(set(keys)),
        "equal_tables": same_values(out, whole),
    }


BARE = """
import json, sys, time
from pathlib import Path
from symscope.networks.decoys import train
from symscope.networks.settings import SETTINGS
from symscope.networks.devices import enable_compilation_cache
from symscope.field import Field
from symscope.io.images import read_picture
from symscope.preprocess.sketch import sketch
enable_compilation_cache()
files = sorted(Path(sys.argv[1]).rglob("*.png"))[: int(sys.argv[2])]
fields = [Field.from_levels(sketch(read_picture(f).grey).levels) for f in files]
train(fields[:16], 1, SETTINGS["fast"], 0)
start = time.perf_counter()
for first in range(0, len(fields), 16):
    train(fields[first : first + 16], 1, SETTINGS["fast"], 0)
print(len(fields) / (time.perf_counter() - start))
"""


def bare_rate(pictures: Path, count: int) -> float:
    """Measure the trainer alone in a process of its own, in networks per second."""
    command = [sys.executable, "-c", BARE, str(pictures), str(count)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure_memory(folder: Path, amount: Amount, seed: int) -> dict[str, Any]:
    """Weigh and time one large collection."""
    pictures = draw(folder / "pictures", amount.memory_pictures, seed)
    bare = [bare_rate(pictures, amount.bare_pictures)]
    with Company() as company:
        run, start = Run(pictures, folder / "out.parquet"), time.perf_counter()
        process, seen = psutil.Process(run.process.pid), list[tuple[float, int, float]]()
        while run.running():
            rows = run.count()
            try:
                rss = process.memory_info().rss / 1e6
            except psutil.Error:
                break
            if rows and rss:
                seen.append((time.perf_counter(), rows, rss))
            time.sleep(0.5)
        run.process.wait()
        run.running()
        total = time.perf_counter() - start
    few = draw(folder / "few", amount.usual_pictures, seed)
    _, usual = Run(few, folder / "few.parquet", ("--networks", str(USUAL))).seconds()
    bare.append(bare_rate(pictures, amount.bare_pictures))
    scoring = [point for point in seen if point[1] < amount.memory_pictures] or seen
    (first, early, _), (last, late, _) = scoring[0], scoring[-1]
    rate = (late - early) / (last - first)
    at_early = next(rss for _, rows, rss in seen if rows >= amount.early_rows)
    return {
        "pictures": amount.memory_pictures,
        "rows": pq.read_metadata(folder / "out.parquet").num_rows,
        "rss_mb": {
            f"at_{amount.early_rows}": at_early,
            "at_last_row": scoring[-1][2],
            "at_end": seen[-1][2],
            "most": max(rss for *_, rss in seen),
        },
        "growth": max(rss for _, rows, rss in seen if rows >= amount.early_rows) / at_early - 1,
        "seconds": total,
        "rows_per_second": rate,
        "bare_networks_per_second": bare,
        "efficiency": {
            "1_network": rate / statistics.mean(bare),
            f"{USUAL}_networks": usual * USUAL / statistics.mean(bare),
        },
        "store_mb": run.store.stat().st_size / 1e6,
        "busy_by_others": company.share,
        "stages_ms": stages(pictures, amount.bare_pictures),
    }


def stages(pictures: Path, count: int) -> dict[str, float]:
    """Time each stage of a collection by itself, in batches, in milliseconds per picture."""
    from symscope.api import score_many
    from symscope.classifier.classifier import load_classifier
    from symscope.collection.manifest import Entry
    from symscope.collection.run import terms_of
    from symscope.collection.store import Result, Store
    from symscope.drawing.rows import plain
    from symscope.features.features import map_grid, principal_components
    from symscope.field import Field
    from symscope.io.images import GuardedReader
    from symscope.networks.decoys import train
    from symscope.networks.devices import enable_compilation_cache
    from symscope.networks.settings import SETTINGS
    from symscope.options import Options
    from symscope.preprocess.sketch import sketch

    enable_compilation_cache()
    points, shape = map_grid(2)
    files = [str(path) for path in sorted(pictures.rglob("*.png"))[:count]]
    classifier, clock = load_classifier("extended"), _Clock()
    terms = terms_of(Options(networks=1, elements=False))
    with (
        GuardedReader() as read,
        tempfile.TemporaryDirectory() as place,
        Store(Path(place), terms) as store,
    ):
        for first in range(0, len(files), BATCH):
            some = files[first : first + BATCH]
            if first == BATCH:
                clock.seconds.clear()  # The first batch compiles.
            with clock("read in the guarded process"):
                greys = [read(file).grey for file in some]
            with clock("sketch"):
                fields = [Field.from_levels(sketch(grey).levels) for grey in greys]
            with clock("train"):
                trained = train(fields, 1, SETTINGS["fast"], 0)
            with clock("hidden layer"):
                layers = [decoys.hidden(points) for decoys in trained]
            with clock("PCA"):
                seen = [principal_components(layer, shape) for layer in layers]
            with clock("classifier"):
                for each in seen:
                    classifier.classify(each)
            with clock("whole, without store"):
                scores = score_many(some, networks=1, elements=False, read=read)
                rows = [Result(plain(score.to_row())) for score in scores]
            with clock("store"):
                store.add(zip((Entry(path, {}, path) for path in some), rows, strict=True))
    measured = max(1, len(files) - BATCH)
    return {name: 1000 * seconds / measured for name, seconds in clock.seconds.items()}


class _Clock:
    """Adds up how long named pieces of work took."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - start  # type: ignore[assignment]


def measure_dask(folder: Path, amount: Amount, seed: int) -> dict[str, Any]:
    """Compare the engines on the same pictures."""
    pictures = draw(folder / "pictures", amount.dask_pictures, seed)
    ways = {
        "local": (),
        "dask_1": ("--engine", "dask", "--workers", "1"),
        "dask_2": ("--engine", "dask", "--workers", "2"),
    }
    found: dict[str, Any] = {"seconds": {}, "rows_per_second": {}}
    with Company() as company:
        for name, words in ways.items():
            # The first run of a kind compiles its programs: another one is timed.
            draw(folder / "few", 2 * BATCH, seed + 1)
            Run(folder / "few", folder / f"few-{name}.parquet", words).seconds()
            total, rate = Run(pictures, folder / f"{name}.parquet", words).seconds()
            found["seconds"][name], found["rows_per_second"][name] = total, rate
    local = folder / "local.parquet"
    return found | {
        "pictures": amount.dask_pictures,
        "equal_tables": all(same_values(folder / f"{name}.parquet", local) for name in ways),
        "overhead": {
            name: found["rows_per_second"]["local"] / found["rows_per_second"][name] - 1
            for name in ("dask_1", "dask_2")
        },
        "busy_by_others": company.share,
    }


MEASURES: dict[str, Callable[[Path, Amount, int], dict[str, Any]]] = {
    "kills": measure_kills,
    "memory": measure_memory,
    "dask": measure_dask,
}


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer kills, fewer pictures")
    parser.add_argument("--only", choices=MEASURES, help="one of the three")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    figures: dict[str, Any] = {"seed": options.seed, "quick": options.quick}
    for name, measure in MEASURES.items():
        if options.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                amount = QUICK if options.quick else FULL
                figures[name] = measure(Path(folder), amount, options.seed)
    figures["machine"] = describe("symscope", "jax", "distributed")
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name in MEASURES:
        for key, value in figures.get(name, {}).items():
            print(f"{name}.{key:28} {json.dumps(value)}")


if __name__ == "__main__":
    main()
