"""Count what of symscope a score passes through: files, and functions in them.

    python benchmarks/path.py PICTURE [PICTURE …] [--list] [--json] [-- OPTION …]

Runs `symscope score PICTURE` in this process, through the command's own entry, under a profiler
that sees each call, in every thread, from before the entry is imported. Counted is each distinct
pair of a file of the package and a function's qualified name that is entered at least once. Left
out are the code of modules and the bodies of classes, lambdas and comprehensions, and what a
library makes up (a dataclass's `__init__`). Functions that modules call while they are imported
count; `after_imports` leaves them out too. Processes that are started to read a file are not seen;
methods, and functions within functions, count as functions. PICTURE is anything that is scored: a
picture, a volume, a sound. Each runs in a process of its own, so that nothing is remembered from
the one before. Expect, of version 0.1.0, 54 files and about 290 functions for a picture.
"""

from __future__ import annotations

import argparse
import inspect
import io
import json
import subprocess
import sys
import threading
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

PROGRAM, COMMAND = "symscope", "score"
"""Name of the package and of its program, and the command that scores."""


def package_folder() -> str:
    """Return the folder of the package's source, without importing it."""
    found = find_spec(PROGRAM)
    if found is None or found.origin is None:
        raise SystemExit(f"{PROGRAM} is not installed: run `make setup`, use .venv/bin/python")
    return str(Path(found.origin).parent)


class Visited:
    """A profiler that remembers which functions of a folder were entered, in their order."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.names: dict[tuple[str, str], None] = {}
        self.late: set[tuple[str, str]] = set()
        self._done: set[CodeType] = set()

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code in self._done:
            return
        if not code.co_filename.startswith(self.folder) or not _is_function(code):
            self._done.add(code)
            return
        name = code.co_filename[len(self.folder) + 1 :], code.co_qualname
        self.names[name] = None
        if not _imported(frame):
            self._done.add(code)
            self.late.add(name)

    def counts(self) -> dict[str, Any]:
        """Count the files, and the functions; the same of what is entered after the imports."""
        return {
            "files": len({file for file, _ in self.names}),
            "functions": len(self.names),
            "after_imports": {
                "files": len({file for file, _ in self.late}),
                "functions": len(self.late),
            },
        }


def _is_function(code: CodeType) -> bool:
    # Modules' and classes' bodies have no fast locals; <lambda>, <listcomp>, <genexpr> no name.
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and not code.co_name.startswith("<")


def _imported(frame: FrameType) -> bool:
    """Whether a module's code, other than this script's, is what called in the end."""
    above = frame.f_back
    while above is not None:
        if above.f_code.co_name == "<module>" and above.f_globals.get("__name__") != "__main__":
            return True
        above = above.f_back
    return False


def visited(source: str, options: list[str]) -> dict[str, Any]:
    """Score one input under the profiler, and return the counts and the names."""
    (script,) = entry_points(group="console_scripts", name=PROGRAM)
    visits = Visited(package_folder())
    usual, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), "utf-8")
    threading.setprofile(visits)
    sys.setprofile(visits)
    try:
        code = script.load()([COMMAND, source, *options])
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
        sys.stdout = usual
    names = [f"{file}: {name}" for file, name in visits.names]
    return {"source": Path(source).name, "exit": code, **visits.counts(), "names": names}


def main() -> None:
    """Read the options, run each input in a process of its own, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="+", help="whatever `symscope score` takes")
    parser.add_argument("--list", action="store_true", help="the names, in order of first entry")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments, options = sys.argv[1:], []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, options = arguments[:cut], arguments[cut + 1 :]
    given = parser.parse_args(arguments)
    if given.here:
        print(json.dumps(visited(given.picture[0], options)))
        return
    found = []
    for source in given.picture:
        command = [sys.executable, __file__, "--here", source, "--", *options]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found.append(json.loads(answer.stdout))
    if not given.list:
        found = [{key: row[key] for key in row if key != "names"} for row in found]
    if given.json:
        print(json.dumps({"paths": found}, indent=2))
        return
    for row in found:
        late = row["after_imports"]
        print(
            f"{row['source']}: {row['files']} files, {row['functions']} functions; after imports "
            f"{late['files']} and {late['functions']} (exit {row['exit']})"
        )
        for name in row.get("names", ()):
            print(f"  {name}")


if __name__ == "__main__":
    main()
