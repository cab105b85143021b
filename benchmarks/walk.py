"""Walk through the documents as somebody new to them would: run every command and Python block.

    python benchmarks/walk.py [--long] [--json] [DOCUMENT …]

Every fenced block of README.md and docs/ that is shell or Python is run as it is written, in order,
in a copy of the repository's files with a few pictures beside them (``prepare``), whose names the
documents use. It stops at the first that does not end as documented. A document has one folder, and
its Python blocks share their names, as in a notebook.

A block of R is run where Rscript is; elsewhere, symscope's commands in it must have their options.

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
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from walk_blocks import SHELL, Block, R, blocks
from walk_files import ROOT, prepare
from walk_run import Ended, Notebook, run_r, run_shell

TAIL = 2000
"""Characters of a failed block's output that are shown."""


def documents() -> list[Path]:
    """List what is walked through: README.md, then every page of docs/ in the order of names."""
    pages = (ROOT / "docs").rglob("*.md")
    made = {"_build", "_figures"}
    return [ROOT / "README.md", *sorted(p for p in pages if not made & set(p.parts))]


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
            elif block.language in R:
                ended = run_r(block, folder)
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
    # What runs and the folders are cleared away when somebody ends the walk, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
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
