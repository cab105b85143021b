"""``symscope collection``: pictures and sounds by the thousand, each scored once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symscope.cli.shared import ALL_FAILED, SOME_FAILED, Interrupted
from symscope.errors import UsageError
from symscope.options import Engine, Options
from symscope.report.terminal import Pace, say

if TYPE_CHECKING:
    from symscope.collection.manifest import Manifest
    from symscope.collection.run import Engines, Report
    from symscope.collection.store import Store

FAILURES_TOLD = 20
"""Failures that are told as they happen; all are in the table."""


def collection(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DIR|CSV",
            help="A folder, with its sub-folders, or a CSV with a column 'file' and any others.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The table: .parquet, .csv, .jsonl or .json."),
    ],
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Column of groups for the summary.", show_default="folder"
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Score in this process, or on Dask's workers.")
    ] = Engine.LOCAL,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask's scheduler, such as tcp://host:8786."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Dask workers to start here.", show_default="one for each core"),
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="A page that sums up.", show_default="beside --out"),
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="Write CSV so that Excel reads its letters rightly.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what earlier runs found.")] = False,
    **choices: Any,
) -> None:
    """Score a collection of any size; the same command goes on where it was stopped."""
    options = Options(**choices)
    if engine is Engine.LOCAL and (scheduler or workers):
        raise UsageError("found --scheduler or --workers, expected --engine dask with it")
    if scheduler and workers:
        raise UsageError("found --scheduler and --workers: a scheduler has workers of its own")
    page = summary or out.with_suffix(".html")
    manifest = _listed(source, out, page, group_by, excel)
    from symscope.collection.run import journal_folder, run, terms_of

    try:
        with _watching() as watch:
            report = run(
                manifest,
                out,
                terms_of(options),
                _engines(engine, scheduler, workers),
                fresh=fresh,
                excel=excel,
                summary=lambda store, found: _sum_up(page, store, found, source),
                watch=watch,
            )
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted: finished rows are in {journal_folder(out)}: run the same command again "
            "to go on"
        ) from None
    failures = _tell(report, out)
    if failures:
        raise typer.Exit(ALL_FAILED if failures == len(manifest.entries) else SOME_FAILED)


def _listed(source: Path, out: Path, page: Path, group_by: str | None, excel: bool) -> "Manifest":
    """Refuse what cannot work before hours are spent."""
    from symscope.collection.manifest import listed
    from symscope.collection.run import kind_of
    from symscope.io.files import check_file

    if kind_of(out, excel) == "parquet":
        import pyarrow.parquet  # noqa: F401 - what is needed at the end is loaded at the start
    import symscope.report.summary  # noqa: F401

    check_file(page, "--summary")
    if page.resolve() == out.resolve():
        raise UsageError(f"found {out} as --out and --summary, expected two files")
    if source.resolve() == out.resolve():
        raise UsageError(f"found {out} as the list of pictures and as --out, expected two files")
    return listed(source, group_by)


def _engines(engine: Engine, scheduler: str | None, workers: int | None) -> "Engines":
    from symscope.collection.engines import DaskEngine, LocalEngine

    if engine is Engine.LOCAL:
        return lambda terms: LocalEngine(terms.options)
    return lambda terms: DaskEngine(terms, scheduler, workers)


def _sum_up(page: Path, store: "Store", manifest: "Manifest", source: Path) -> None:
    from symscope.collection.sounds import sound_picture
    from symscope.io.images import GuardedReader, Picture
    from symscope.io.inputs import is_contained, load
    from symscope.io.paths import is_sound
    from symscope.report.summary import write_summary

    options = store.terms.options
    with GuardedReader() as read:

        def seen(path: str) -> Picture:
            if is_sound(path):
                return sound_picture(path, options.view, options.window)
            if is_contained(path) and (inside := load(path, options, read).picture):
                return inside
            return read(path, max_megapixels=options.max_megapixels, select=options.select)

        write_summary(
            page,
            lambda: store.rows(manifest),
            group=manifest.group,
            title=source.stem or source.resolve().name,
            read=seen,
        )


def _tell(report: "Report", out: Path) -> int:
    """Say how it ended → how many failed."""
    from symscope.results import FINISHED

    failed = {kind: n for kind, n in report.outcomes.items() if kind not in FINISHED}
    failures = sum(failed.values())
    scored = sum(report.outcomes.values()) - failures
    reasons = ", ".join(f"{n} {kind}" for kind, n in sorted(failed.items()))
    say(f"{scored} scored, {failures} failed{f' ({reasons})' if failed else ''}: see {out}")
    return failures


@contextmanager
def _watching() -> Iterator[Any]:
    """Give what tells a person how a run goes: a bar on a terminal, else a line now and then."""
    from rich.console import Console

    from symscope.collection.run import Watch

    told = 0

    def failed(path: str, message: str) -> None:
        nonlocal told
        told += 1
        if told <= FAILURES_TOLD:
            say(f"{path}: {message}")
        elif told == FAILURES_TOLD + 1:
            say("more messages are in the table")

    console = Console(stderr=True)
    bar = _bar(console) if sys.stderr.isatty() else _lines()
    with bar as progress:
        yield Watch(progress, failed, say)


@contextmanager
def _bar(console: Any) -> Iterator[Callable[[str, int, int], None]]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:.3g} per s" if task.speed else "")

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate()
    remaining = TimeRemainingColumn()
    with Progress(
        *columns, remaining, console=console, transient=True, redirect_stdout=False
    ) as bar:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield progress


@contextmanager
def _lines() -> Iterator[Callable[[str, int, int], None]]:
    paces: dict[str, Pace] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage not in paces:
            paces[stage] = Pace(stage)
        paces[stage].tell(done, total)

    yield progress
