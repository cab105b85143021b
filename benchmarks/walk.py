"""Walk through the documents as somebody new to them would: run every command and Python block.

    python benchmarks/walk.py [--long] [--json] [DOCUMENT …]

Every fenced block of README.md and docs/ that is shell or Python is run as it is written, in order,
in a copy of the repository's files with a few pictures beside them (``prepare``), whose names the
documents use. It stops at the first that does not end as documented. A document has one folder, and
its Python blocks share their names, as in a notebook.

What a block needs is said by a comment before it:

    <!-- walk: exit 3 -->            it ends with this exit code
    <!-- walk: until closed -->      it does not end: it is interrupted when this was printed
    <!-- walk: seconds 300 -->       it may take that long (300 without)
    <!-- walk: long: why -->         it is run with --long only
    <!-- walk: skip: why -->         it is not run

What is not run is printed with its reason; a block in any other language is no command.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]

SHELL = ("", "sh", "bash", "shell")
PYTHON = ("python", "py")

SECONDS = 300.0
"""What a block may take without a word about it: a score takes 10 s on two idle cores."""

PATIENCE = 20.0
"""Between an interruption and the end of a program that obeys it."""

TAIL = 2000
"""Characters of a failed block's output that are shown."""

MARK = re.compile(r"<!--\s*walk:\s*(?P<word>\w+)\s*:?\s*(?P<rest>.*?)\s*-->", re.DOTALL)


class WrongMark(Exception):
    """A comment for the walk that it does not understand."""


@dataclass(frozen=True)
class Terms:
    """What a document says of the block that follows."""

    exit: int = 0
    until: str | None = None
    seconds: float = SECONDS
    long: str | None = None
    skip: str | None = None


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, what it is, and on which terms it is run."""

    document: str
    line: int
    language: str
    text: str
    terms: Terms

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def first(self) -> str:
        lines = [line for line in self.text.strip().splitlines() if line.strip()]
        return f"{lines[0][:70]}{' …' if len(lines) > 1 else ''}" if lines else ""


@dataclass(frozen=True)
class Ended:
    """How a block ended: its exit code, None where its time was up, and what it printed."""

    code: int | None
    printed: str
    seconds: float = 0.0
    came_up: bool = True


def blocks(document: str, text: str) -> list[Block]:
    """List the fenced blocks that are commands or Python, each with its terms.

    Raises
    ------
    WrongMark
        For a comment to the walk that means nothing.
    """
    found, terms = [], Terms()
    for token in MarkdownIt().parse(text):
        line = (token.map or [0])[0] + 1
        if token.type == "html_block":
            for match in MARK.finditer(token.content):
                terms = _with(terms, match["word"], match["rest"], f"{document}:{line}")
        elif token.type == "fence":
            language = token.info.strip().lower()
            if language in (*SHELL, *PYTHON):
                found.append(Block(document, line, language, token.content, terms))
            elif terms != Terms():
                raise WrongMark(f"{document}:{line}: found a mark before a block that is not run")
            terms = Terms()
    if terms != Terms():
        raise WrongMark(f"{document}: found a mark after the last block")
    return found


def _with(terms: Terms, word: str, rest: str, place: str) -> Terms:
    if word == "exit" and rest.isdigit():
        return replace(terms, exit=int(rest))
    if word == "seconds" and rest.isdigit():
        return replace(terms, seconds=float(rest))
    if word in ("until", "long", "skip") and rest:
        return replace(terms, **{word: rest})
    raise WrongMark(f"{place}: found the mark {word!r} with {rest!r}, see benchmarks/walk.py")


def documents() -> list[Path]:
    """List what is walked through: README.md, then every page of docs/ in the order of names."""
    pages = (ROOT / "docs").rglob("*.md")
    made = {"_build", "_figures"}
    return [ROOT / "README.md", *sorted(p for p in pages if not made & set(p.parts))]


def prepare(folder: Path) -> None:
    """Fill a folder with the repository's files, and with those that documents name.

    ``painting.jpg`` (a photograph in strokes of one colour), ``scans/`` (four pictures),
    ``lattice-1.tif`` and ``lattice-2.tif`` (16 bits, square and hexagonal), and ``measured.csv``
    (x, y, z and an energy of x² + y² + z²); all from fixed seeds.
    """
    _copy_repository(folder)
    import numpy as np
    import tifffile
    from PIL import Image, ImageFilter

    from symscope import read_picture

    def photograph(name: str) -> Image.Image:
        return Image.fromarray(read_picture(f"sample:{name}").rgb)

    photograph("coffee").filter(ImageFilter.ModeFilter(9)).save(folder / "painting.jpg")
    (folder / "scans").mkdir()
    for name in ("astronaut", "brick", "coins", "rocket"):
        photograph(name).resize((256, 256)).save(folder / "scans" / f"{name}.png")
    random = np.random.default_rng(0)
    y, x = np.mgrid[:256, :256] / 256
    waves = {1: ((9, 0), (0, 9)), 2: ((10, 0), (5, 8.66), (-5, 8.66))}
    for number, vectors in waves.items():
        grey = sum(np.cos(2 * np.pi * (a * x + b * y)) for a, b in vectors)
        grey = 20000 + 6000 * (grey + 0.3 * random.standard_normal(grey.shape))
        tifffile.imwrite(folder / f"lattice-{number}.tif", grey.clip(0, 65535).astype(np.uint16))
    points = random.uniform(-1, 1, (600, 3))
    columns = np.column_stack([points, (points**2).sum(axis=1)])
    np.savetxt(folder / "measured.csv", columns, "%.6f", ",", header="x,y,z,energy", comments="")


NAMES = """
import numpy as np
X = np.random.default_rng(0).uniform(-1, 1, (600, 3))
y = (X**2).sum(axis=1)
"""
"""What Python blocks call X and y: points (P, D), and values at them."""


def _copy_repository(folder: Path) -> None:
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file() and not name.endswith(".whl"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    # `.venv/bin/symscope` works before `make` has been run here; `make` replaces it by its own.
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("symscope", "python", "dask"):
        if (program := Path(sys.executable).with_name(name)).exists():
            (folder / ".venv" / "bin" / name).symlink_to(program)


def environment(folder: Path) -> dict[str, str]:
    """Make the environment of a newcomer: the programs of this one first, a home of their own."""
    programs = f"{folder / '.venv' / 'bin'}{os.pathsep}{Path(sys.executable).parent}"
    quiet = {"NO_COLOR": "1", "COLUMNS": "120", "PYTHONUNBUFFERED": "1"}
    return os.environ | quiet | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


def run_shell(block: Block, folder: Path) -> Ended:
    """Run a block of commands; whatever it leaves in the background ends with it."""
    with tempfile.TemporaryFile() as printed:
        command = ["bash", "-euo", "pipefail", "-c", block.text]
        program = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        came_up = True
        try:
            if block.terms.until:
                came_up = _wait_for(block.terms, program, printed)
                os.killpg(program.pid, signal.SIGINT)
                code = program.wait(PATIENCE)
            else:
                code = program.wait(block.terms.seconds)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            code = program.poll()
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        return Ended(code, _read(printed), came_up=came_up)


def _wait_for(terms: Terms, program: subprocess.Popen[bytes], printed: IO[bytes]) -> bool:
    """Wait until a program that does not end has printed what it is to print."""
    end = time.monotonic() + terms.seconds
    while time.monotonic() < end and program.poll() is None:
        if (terms.until or "") in _read(printed):
            return True
        time.sleep(0.1)
    return (terms.until or "") in _read(printed)


def _read(printed: IO[bytes]) -> str:
    # The program writes at the offset of this very file: look without moving it.
    return os.pread(printed.fileno(), os.fstat(printed.fileno()).st_size, 0).decode(
        errors="replace"
    )


NOTEBOOK = """
import json, os, sys, traceback
names = {"__name__": "__main__"}
with os.fdopen(int(sys.argv[1]), "w") as answers:
    for line in sys.stdin:
        code, place = json.loads(line)
        try:
            exec(compile(code, place, "exec"), names)
            told = ""
        except BaseException:
            told = traceback.format_exc()
        sys.stdout.flush()
        print(json.dumps(told), file=answers, flush=True)
"""
"""Runs one block after another in the same names, and answers each with its traceback."""


class Notebook:
    """A Python process that runs the blocks of one document."""

    def __init__(self, folder: Path) -> None:
        self._answers, theirs = os.pipe()
        self._process = subprocess.Popen(
            [str(sys.executable), "-c", NOTEBOOK, str(theirs)],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs],
            text=True,
        )
        os.close(theirs)
        self.run(Block("names", 0, "python", NAMES, Terms()))

    def run(self, block: Block) -> Ended:
        """Run a block."""
        assert self._process.stdin is not None
        print(json.dumps([block.text, block.place]), file=self._process.stdin, flush=True)
        line, end = b"", time.monotonic() + block.terms.seconds
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._answers], [], [], max(end - time.monotonic(), 0))
            piece = os.read(self._answers, 65536) if ready else b""
            if not piece:
                self.close()
                return Ended(None if not ready else 1, "" if not ready else "Python ended")
            line += piece
        told = json.loads(line)
        return Ended(1 if told else 0, told)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            os.close(self._answers)


def fault(block: Block, ended: Ended) -> str | None:
    """Say what is wrong with how a block ended, if anything."""
    if not ended.came_up:
        return f"did not print {block.terms.until!r} within {block.terms.seconds:.0f} s"
    if block.terms.until:
        return None if ended.code is not None else "did not end when it was interrupted"
    if ended.code is None:
        return f"did not end within {block.terms.seconds:.0f} s"
    if ended.code != block.terms.exit:
        return f"ended with {ended.code}, documented is {block.terms.exit}"
    return None


def walk(document: str, found: list[Block], folder: Path, long: bool) -> Iterator[dict[str, Any]]:
    """Run the blocks of one document in a prepared folder; the last row may have a ``fault``."""
    notebook: Notebook | None = None
    try:
        for block in found:
            row: dict[str, Any] = {"place": block.place, "first": block.first}
            reason = block.terms.skip or (None if long else block.terms.long)
            if reason:
                yield row | {"not_run": reason, "long": block.terms.skip is None}
                continue
            start = time.perf_counter()
            if block.language in SHELL:
                ended = run_shell(block, folder)
            else:
                notebook = notebook or Notebook(folder)
                ended = notebook.run(block)
            row["seconds"] = round(time.perf_counter() - start, 1)
            if wrong := fault(block, ended):
                yield row | {"fault": wrong, "printed": ended.printed[-TAIL:]}
                return
            yield row
    finally:
        if notebook:
            notebook.close()


def main() -> int:
    """Walk; return 1 if a block did not end as documented."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--long", action="store_true", help="run what takes many minutes too")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("documents", nargs="*", type=Path, help="all by default")
    chosen = parser.parse_args()
    say = sys.stderr if chosen.json else sys.stdout
    rows: list[dict[str, Any]] = []
    for path in chosen.documents or documents():
        name = os.path.relpath(path.resolve(), ROOT)
        found = blocks(name, path.read_text(encoding="utf-8"))
        if not found:
            continue
        with tempfile.TemporaryDirectory(prefix="walk-") as place:
            folder = Path(place)
            if any(not block.terms.skip for block in found):
                prepare(folder)
            for row in walk(name, found, folder, chosen.long):
                rows.append(row)
                print(_told(row), file=say, flush=True)
        if "fault" in rows[-1]:
            break
    figures = _figures(rows)
    print(json.dumps(figures) if chosen.json else _summary(figures))
    return 1 if figures["faults"] else 0


def _told(row: dict[str, Any]) -> str:
    if "not_run" in row:
        why = f"only with --long: {row['not_run']}" if row["long"] else row["not_run"]
        return f"not run   {row['place']}  {row['first']}\n          {why}"
    line = f"{row['seconds']:6.1f} s  {row['place']}  {row['first']}"
    return f"{line}\n{row['printed']}\nFAULT: {row['fault']}" if "fault" in row else line


def _figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    ran = [row for row in rows if "seconds" in row]
    return {
        "run": len(ran),
        "not_run": sum("not_run" in row for row in rows),
        "faults": sum("fault" in row for row in rows),
        "seconds": round(sum(row["seconds"] for row in ran), 1),
        "blocks": rows,
    }


def _summary(figures: dict[str, Any]) -> str:
    return (
        f"{figures['run']} blocks run in {figures['seconds']:.0f} s, {figures['not_run']} not run, "
        f"{figures['faults']} not as documented"
    )


if __name__ == "__main__":
    sys.exit(main())
