"""Time what a user waits for before anything happens.

    python benchmarks/bench_start.py --json [--repeats N] [--quick]

Every time is that of a process of its own, from its start: `import_symscope` and `help` until it
ends, `complete` for the Tab key after `sample:b`, `page_ready` until the page of `symscope serve`
answers. Medians and largest over the repeats, in seconds, and the median of the processor's time,
which says more where others use the machine too (`others_share`). `bare_python` is what Python
alone takes, and is contained in all of them. `loaded` names heavy packages that an import or help
has loaded: none should be. One run of each is made before, so that bytecode is compiled and files
are in memory.

Expect, on two idle cores: import at most 0.15 s, help 0.4 s, the page 3 s, nothing loaded.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from machine import Company, describe, options_of

AIMS = {"import_symscope": 0.15, "help": 0.4, "page_ready": 3.0}
"""Seconds that a median should stay below."""

HEAVY = ("jax", "equinox", "matplotlib", "sklearn", "skimage", "scipy", "pyarrow", "fastapi")

PAGE_SECONDS = 60.0
"""After which a page that does not answer is given up."""

COMPLETING = {
    "_SYMSCOPE_COMPLETE": "complete_bash",
    "COMP_WORDS": "symscope score sample:b",
    "COMP_CWORD": "2",
}


def run(arguments: list[str], **environment: str) -> str:
    """Run Python and return what it printed."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def page_ready() -> None:
    """Start the page on a free port and wait until its address answers."""
    program = subprocess.Popen(
        [sys.executable, "-m", "symscope", "serve", "--no-open", "--port", "0"],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert program.stdout is not None
        address = program.stdout.readline().strip()
        if not address:
            raise SystemExit("symscope serve ended without an address")
        _answer(address)
    finally:
        program.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(10)
        program.kill()
        program.wait()


def _answer(address: str) -> None:
    # The address carries a token, for which the page gives a cookie and leads on to itself.
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    end = time.monotonic() + PAGE_SECONDS
    while time.monotonic() < end:
        try:
            with browser.open(address, timeout=10) as answer:
                if answer.status == 200 and b"symscope" in answer.read():
                    return
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
        time.sleep(0.02)
    raise SystemExit(f"the page did not answer within {PAGE_SECONDS:.0f} s")


WAITS: dict[str, Callable[[], object]] = {
    "bare_python": lambda: run(["-c", "pass"]),
    "import_symscope": lambda: run(["-c", "import symscope"]),
    "help": lambda: run(["-m", "symscope", "--help"]),
    "complete": lambda: run(["-m", "symscope"], **COMPLETING),
    "page_ready": page_ready,
}


def timed(wait: Callable[[], object], repeats: int) -> dict[str, float]:
    """Time something in fresh processes, after one that does not count."""
    wait()
    seconds, processor = [], []
    for _ in range(repeats):
        used, start = _children(), time.perf_counter()
        wait()
        seconds.append(time.perf_counter() - start)
        processor.append(_children() - used)
    return {
        "median": round(statistics.median(seconds), 4),
        "largest": round(max(seconds), 4),
        "processor": round(statistics.median(processor), 4),
    }


def _children() -> float:
    """Give the processor seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def loaded(code: str) -> list[str]:
    """Name the heavy packages that are loaded once some code has run."""
    told = f"{code}\nimport sys, json\nprint(json.dumps(sorted(set({HEAVY!r}) & set(sys.modules))))"
    return json.loads(run(["-c", told]).splitlines()[-1])


def main() -> None:
    """Print the figures."""
    parser = options_of(__doc__, "three repeats of each")
    parser.add_argument("--repeats", type=int, default=15, help="processes of each (15)")
    chosen = parser.parse_args()
    repeats = 3 if chosen.quick else max(chosen.repeats, 1)
    with Company() as company:
        seconds = {name: timed(wait, repeats) for name, wait in WAITS.items()}
    figures: dict[str, Any] = {
        "seconds": seconds,
        "aims": AIMS,
        "met": {name: seconds[name]["median"] <= aim for name, aim in AIMS.items()},
        "loaded": {
            "import_symscope": loaded("import symscope"),
            "help": loaded("from symscope.cli import main\nmain(['--help'])"),
        },
        "repeats": repeats,
        "others_share": company.share,
        "machine": describe("symscope", "typer", "rich"),
    }
    if chosen.json:
        print(json.dumps(figures))
        return
    for name, found in seconds.items():
        aim = f", aim {AIMS[name]:g} s" if name in AIMS else ""
        print(f"{name}: {found['median']:.3f} s (largest {found['largest']:.3f} s{aim})")
    print(f"loaded by an import: {figures['loaded']['import_symscope'] or 'nothing heavy'}")
    print(f"loaded by --help: {figures['loaded']['help'] or 'nothing heavy'}")


if __name__ == "__main__":
    main()
