"""``symscope score``: rows, figures and sheets for pictures."""

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symscope.cli.shared import (
    ALL_FAILED,
    SOME_FAILED,
    Interrupted,
    Paths,
    say_which_files_are_left_out,
)
from symscope.errors import UsageError
from symscope.options import Format, Options
from symscope.report.figures import FigureFolder, FigureFormat
from symscope.report.terminal import MANY, emit, kept, progress, say, say_why, show

if TYPE_CHECKING:
    from symscope.drawing.table import Layout

SPREADSHEETS = ("xlsx", "xls", "ods")
"""Endings of files that a table in plain text must not have."""

FigureFormats = Annotated[
    FigureFormat, typer.Option(help="How figures are written; SVG and PDF keep text as text.")
]


def score(
    paths: Paths,
    format: Annotated[
        Format | None,
        typer.Option(help="How rows are written.", show_default="by --out's name, else table"),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rows there.")] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw one figure per picture there.")
    ] = None,
    figure_format: FigureFormats = FigureFormat.PNG,
    contact_sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw all pictures on one sheet.")
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="Write CSV so that Excel reads its letters rightly.")
    ] = False,
    **choices: Any,
) -> None:
    """Score the symmetry of pictures, sounds, signals and volumes."""
    options = Options(**choices)
    kind = _checked_format(format, out, figure, contact_sheet, excel)
    from symscope.api import score_many
    from symscope.drawing.explain import sentence
    from symscope.drawing.rows import encoded, to_json_lines
    from symscope.drawing.table import notes, score_table, to_text
    from symscope.io.files import write_figure, write_whole
    from symscope.io.images import SUFFIXES, GuardedReader, find_pictures
    from symscope.io.paths import SOUND_SUFFIXES
    from symscope.io.sounds import listen_apart
    from symscope.networks.devices import enable_compilation_cache
    from symscope.results import FINISHED

    enable_compilation_cache()
    folder = FigureFolder(figure, figure_format) if figure else None
    rows, answer = list[dict[str, Any]](), ""
    thumbnails: list[Any] = []
    sources = find_pictures(paths, SUFFIXES | SOUND_SUFFIXES)
    say_which_files_are_left_out(paths, sources)
    say_what_is_left_out(sources, options)
    # Rows that are printed are printed as they come, if their kind can be, and a table if it is of
    # many: one of few is laid out by what is in it.
    layout = None
    if out is None and kind is Format.TABLE and len(sources) >= MANY:
        layout = _layout(sources, options)
    failures, streaming = 0, out is None and (kind is Format.JSONL or layout is not None)
    try:
        # The bar is gone before rows are printed, and is not there while lines stream past.
        hidden = streaming and sys.stdout.isatty()
        with (
            closing(GuardedReader()) as read,
            progress("scoring", hidden, len(sources)) as report,
        ):
            results = score_many(sources, options, read=read, listen=listen_apart, progress=report)
            for result in results:
                rows.append(result.to_row())
                answer = sentence(result) if result.ok else ""
                failures += result.outcome not in FINISHED
                if layout:
                    show(score_table(rows[-1:], layout))
                    layout = replace(layout, first=False)
                elif streaming:
                    emit(to_json_lines(rows[-1:]))
                say_why(result)
                if folder:
                    folder.add(result)
                if contact_sheet:
                    from symscope.drawing.sheets import Thumbnail

                    thumbnails.append(Thumbnail.of(result))
    except KeyboardInterrupt:
        told = f"{len(rows)} of {max(len(rows), len(sources))}"
        raise Interrupted(
            f"interrupted: {told} are scored, and their rows written; to go on, name the others, "
            "or use symscope collection, which goes on where it was stopped"
        ) from None
    finally:
        # Also after an interruption, what was finished is written.
        with kept():
            if rows and out:
                table = kind is Format.TABLE
                write_whole(out, to_text(rows) if table else encoded(rows, kind, excel))
            elif rows and kind is Format.TABLE:
                whole = [] if streaming else [score_table(rows, width=_width())]
                show(*whole, *notes(rows, answer if len(rows) == 1 else ""))
            elif rows and not streaming:
                emit(encoded(rows, kind, excel))
        if rows and contact_sheet:
            from symscope.drawing import sheets

            write_figure(contact_sheet, sheets.contact_sheet(thumbnails))
    if failures:
        say(f"{failures} of {len(rows)} could not be scored")
        raise typer.Exit(ALL_FAILED if failures == len(rows) else SOME_FAILED)


def _layout(sources: list[str], options: Options) -> "Layout":
    """Lay a table out before its rows are there."""
    from symscope.drawing.table import Layout
    from symscope.io.paths import is_sound

    musical = any(is_sound(source) for source in sources)
    return Layout.of(sources, musical, options.weighs(2), _width())


def _width() -> int:
    from rich.console import Console

    return Console().width


def _checked_format(
    wanted: Format | None,
    out: Path | None,
    figure: Path | None,
    contact_sheet: Path | None,
    excel: bool,
) -> Format:
    """Tell how rows are written; refuse what cannot be, before hours are spent on it."""
    from symscope.io.files import check_file, make_folder, picture_format

    suffix = out.suffix.lower().lstrip(".") if out else ""
    if out and not wanted and suffix in SPREADSHEETS:
        raise UsageError(
            f"--out found {out}, a spreadsheet's name: write rows for one with --out "
            f"{out.with_suffix('.csv')} --excel"
        )
    kind = wanted or (Format(suffix) if suffix in set(Format) else Format.TABLE)
    if excel and kind is not Format.CSV:
        raise UsageError(f"found --excel with {kind}, expected it with csv: add --format csv")
    if kind is Format.PARQUET and out is None and sys.stdout.isatty():
        raise UsageError("parquet is not for a terminal: add --out FILE")
    if out is not None:
        check_file(out, "--out")
    if contact_sheet is not None:
        check_file(contact_sheet, "--contact-sheet")
        picture_format(contact_sheet, "--contact-sheet")
    if figure is not None:
        make_folder(figure, "--figure")
    return kind


def say_what_is_left_out(sources: list[str], options: Options) -> None:
    """Say once which options do not concern the signals and volumes among the sources."""
    usual = Options()
    names = ("task", "settings", "sketch", "classifier", "baselines")
    chosen = [name for name in names if getattr(options, name) != getattr(usual, name)]
    if not chosen:
        return
    from symscope.io.paths import NO_PICTURES, suffix_of

    others = [
        s for s in sources if suffix_of(s) in NO_PICTURES or options.dimension not in (None, 2)
    ]
    if others:
        shown = ", ".join("--" + name.replace("_", "-") for name in chosen)
        say(
            f"{shown}: for pictures and sounds, left out for {others[0]}"
            + (f" and {len(others) - 1} more" if len(others) > 1 else "")
            + ": signals and volumes are learned in one way"
        )
