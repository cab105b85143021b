"""Damage pictures, files or weights, ask symscope to read them, and count what should never happen.

    python benchmarks/fuzz.py pictures|files|weights [--minutes M] [--seed S] [--json] [--out DIR]

A child process reads one case after the other; this one watches it. A finding is

    escape      an exception that is none of symscope's, or a message of no printable line
    value       a picture outside 0..1, or weights that are not finite
    difference  another answer when a picture is read again, or through a GuardedReader,
                which reads every twentieth case (of files, which are read here alone, none is)
    hang        more than 20 seconds
    memory      more than 1,000 MB resident after the case
    crash       the end of the process
    noise       something written to standard error

and is saved as DIR/KIND-SEED-INDEX… with its traceback. Cases are functions of seed and index
(fuzz_cases.py); for the same number of minutes a faster machine tries more.

Prints the figures as one JSON object (--json) or line by line; exit 1 if there was a finding.

Expect: findings 0, peak_rss_mb < 1000, slowest_s < 20.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np

from fuzz_cases import (
    CLASSIFIER,
    WeightsCase,
    doors,
    file_case,
    picture_case,
    store,
    weights_case,
)
from machine import describe
from symscope.errors import InputError, UsageError, WeightsRejected
from symscope.io.images import GuardedReader, Picture, read_picture

HANG_SECONDS = 20.0
MEMORY_MB = 1000
"""A sound picture of 50 megapixels, the default limit, takes more; no case is that large."""

FILE_ROOM = 8 << 30
"""Bytes of addresses, libraries and all: the process that reads such files has a limit too."""

START_SECONDS = 120.0
GUARDED_EVERY = 20
QUICK_SECONDS = 2.0
"""Only what is read in less is read again: the limit of time is for one reading."""

FINDINGS = ("escape", "value", "difference", "hang", "memory", "crash", "noise")
MOST_FINDINGS = 100
"""Saved; one fault found a thousand times fills no disk."""

Answer = tuple[str, str | None]
"""A word for what came of a case, and what was wrong about that, if anything."""


# The child: reads cases until it is ended


def child(kind: str, seed: int, index: int) -> None:
    """Say the index of each case before it is read, and what came of it afterwards, in lines."""
    with GuardedReader() if kind == "pictures" else nullcontext() as guarded:
        read = pictures(seed, guarded) if guarded else (files if kind == "files" else weights)(seed)
        while True:
            say(started=index)
            begun = time.perf_counter()
            word, wrong = read(index)
            seconds = time.perf_counter() - begun
            say(word=word, wrong=wrong, seconds=seconds, peak_mb=peak_megabytes())
            index += 1


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def peak_megabytes() -> float:
    import resource

    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def pictures(seed: int, guarded: GuardedReader) -> Callable[[int], Answer]:
    def read(index: int) -> Answer:
        data = picture_case(seed, index)
        begun = time.perf_counter()
        told, wrong = answer(lambda: read_picture(data))
        quick = time.perf_counter() - begun < QUICK_SECONDS
        classifiers = [read_picture] if told.startswith("read") else []
        classifiers += [guarded] if index % GUARDED_EVERY == 0 else []
        for classifier in classifiers if quick else []:
            if wrong is None:
                again, wrong = answer(lambda: classifier(data))  # noqa: B023
                if wrong is None and again != told:
                    wrong = f"difference: {told} became {again}"
        return told.split(":")[0], wrong

    return read


def files(seed: int) -> Callable[[int], Answer]:
    """Read what is no picture, each under the name that makes it one of its kind."""
    import resource

    from symscope.io.inputs import read_input

    doors()
    store()
    resource.setrlimit(resource.RLIMIT_AS, (FILE_ROOM, FILE_ROOM))

    def read(index: int) -> Answer:
        with tempfile.TemporaryDirectory(prefix="symscope-fuzz-") as folder:
            name, dimension = file_case(seed, index).write(Path(folder))
            found, wrong = attempt(lambda: read_input(name, dimension), InputError)
        if isinstance(found, Exception):
            return type(found).__name__, wrong
        picture = found.picture
        return "read", wrong or (wrong_picture(picture) if picture is not None else None)

    return read


def weights(seed: int) -> Callable[[int], Answer]:
    from symscope.classifier.classifier import load_classifier
    from symscope.classifier.network import network_arrays

    folder = Path(tempfile.mkdtemp(prefix="symscope-fuzz-"))

    def read(index: int) -> Answer:
        write(folder, weights_case(seed, index))
        found, wrong = attempt(
            lambda: load_classifier(CLASSIFIER, folder=folder), WeightsRejected, UsageError
        )
        if wrong is None and not isinstance(found, Exception):
            arrays = network_arrays(found.network).values()
            if not all(np.isfinite(array).all() for array in arrays):
                wrong = "value: weights that are not finite"
        return type(found).__name__ if isinstance(found, Exception) else "read", wrong

    return read


def write(folder: Path, case: WeightsCase) -> None:
    (folder / "cards.json").write_bytes(case.cards)
    (folder / f"{CLASSIFIER}.safetensors").write_bytes(case.weights)


def attempt(read: Callable[[], Any], *refusals: type[Exception]) -> tuple[Any, str | None]:
    """Return what was read or its refusal, and what is wrong with that."""
    try:
        return read(), None
    except refusals as error:
        text = str(error)
        sound = text.isprintable() and 20 < len(text) < 700
        return error, None if sound else f"escape: the message {text[:2000]!a}"
    except Exception as error:
        return error, f"escape: {traceback.format_exc()}"


def wrong_picture(picture: Picture) -> str | None:
    if 0 <= picture.grey.min() <= picture.grey.max() <= 1:
        return None
    return f"value: grey from {picture.grey.min()} to {picture.grey.max()}"


def answer(read: Callable[[], Picture]) -> tuple[str, str | None]:
    """Return a refusal, or a fingerprint of what was read, and what is wrong with it.

    Pictures are not kept: two of them would weigh as much as reading does.
    """
    found, wrong = attempt(read, InputError)
    if isinstance(found, Exception):
        return f"{type(found).__name__}: {found}", wrong
    print_of = hashlib.sha256(repr(found.rgb.shape).encode())
    print_of.update(np.ascontiguousarray(found.grey).data)
    print_of.update(np.ascontiguousarray(found.rgb).data)
    return f"read: {print_of.hexdigest()}", wrong or wrong_picture(found)


# The parent: watches, counts and saves


class Watched:
    """A child process, its lines with a limit of time, and what it wrote to standard error."""

    def __init__(self, kind: str, seed: int, index: int) -> None:
        self.noise = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, __file__, kind, "--child", str(index), "--seed", str(seed)],
            stdout=subprocess.PIPE,
            stderr=self.noise,
            text=True,
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def said(self, seconds: float) -> dict[str, Any] | None:
        """Return the next line, or None where the process has ended.

        Raises
        ------
        queue.Empty
            Nothing came in time.
        """
        line = self.lines.get(timeout=seconds)
        return None if line is None else json.loads(line)

    def end(self) -> str:
        """End the process and return what it wrote to standard error."""
        self.process.kill()
        self.process.wait()
        self.noise.seek(0)
        return self.noise.read().decode(errors="replace")


def watch(kind: str, seed: int, deadline: float) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (index, outcome) of each case until the deadline, with as many children as it takes."""
    index = 0
    while time.monotonic() < deadline:
        process = Watched(kind, seed, index)
        begun, patience, found = False, START_SECONDS, False
        try:
            while time.monotonic() < deadline and not found:
                line = process.said(patience)
                patience = HANG_SECONDS
                if line is None:
                    found = True
                    code = process.process.wait()
                    yield index, {"wrong": f"crash: ended with code {code}"}
                elif "started" in line:
                    index, begun = line["started"], True
                else:
                    if line["peak_mb"] > MEMORY_MB and not line["wrong"]:
                        # The peak stays: the next case needs a new process to be measured.
                        line["wrong"], found = f"memory: {line['peak_mb']:.0f} MB", True
                    yield index, line
                    begun = False
        except queue.Empty:
            yield index, {"wrong": f"hang: more than {patience:g} s", "seconds": patience}
        finally:
            noise = process.end()
        if noise:
            yield index, {"wrong": f"noise, here or before: {noise[:5000]}"}
        index += 1 if begun or found else 0


def save(folder: Path, kind: str, seed: int, index: int, wrong: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{kind}-{seed}-{index}"
    if kind == "pictures":
        stem.with_suffix(".bin").write_bytes(picture_case(seed, index))
    else:
        stem.mkdir(exist_ok=True)
        if kind == "files":
            file_case(seed, index).write(stem)
        else:
            write(stem, weights_case(seed, index))
    stem.with_suffix(".txt").write_text(wrong, encoding="utf-8")
    return str(stem)


def fuzz(kind: str, minutes: float, seed: int, out: Path) -> dict[str, Any]:
    """Run for so many minutes and return the figures."""
    begun = time.monotonic()
    words, kinds, saved = Counter[str](), Counter[str](), []
    slowest, peak, cases, guarded = (0.0, -1), (0.0, -1), 0, 0
    for index, line in watch(kind, seed, begun + 60 * minutes):
        if "word" in line:
            cases += 1
            words[line["word"]] += 1
            guarded += kind == "pictures" and index % GUARDED_EVERY == 0
            # Of equals the first: a peak of memory stays, whoever made it.
            peak = max(peak, (line["peak_mb"], -index))
        slowest = max(slowest, (line.get("seconds", 0.0), -index))
        if line["wrong"]:
            kinds[re.split("[:,]", line["wrong"])[0]] += 1
            if len(saved) < MOST_FINDINGS:
                last = line["wrong"].strip().splitlines()[-1]
                print(f"{kind} {seed} {index}: {last[:300]}", file=sys.stderr)
                saved.append(save(out, kind, seed, index, line["wrong"]))
    seconds = time.monotonic() - begun
    return {
        "kind": kind,
        "seed": seed,
        "minutes": round(seconds / 60, 2),
        "cases": cases,
        "guarded_cases": guarded,
        "outcomes": dict(words.most_common()),
        "findings": sum(kinds.values()),
        **{name: kinds[name] for name in FINDINGS},
        "peak_rss_mb": round(peak[0], 1),
        "peak_index": -peak[1],
        "slowest_s": round(slowest[0], 3),
        "slowest_index": -slowest[1],
        "saved": saved,
        "machine": describe("pillow", "tifffile", "imagecodecs", "safetensors", "numpy"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=("pictures", "files", "weights"))
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings"), metavar="DIR")
    parser.add_argument("--child", type=int, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        with suppress(BrokenPipeError):
            child(options.kind, options.seed, options.child)
        return 0
    figures = fuzz(options.kind, options.minutes, options.seed, options.out)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:14} {value}")
    return 1 if figures["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
