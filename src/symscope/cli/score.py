"""``symscope score``: rows, figures and sheets for pictures."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from symscope.cli import shared
from symscope.cli.shared import ALL_FAILED, SOME_FAILED
from symscope.errors import UsageError
from symscope.options import Format, Options
from symscope.report.figures import FigureFormat
from symscope.report.terminal import progress, say

SPREADSHEETS = ("xlsx", "xls", "ods")
"""Endings of files that a table in plain text must not have."""

FigureFormats = Annotated[
    FigureFormat, typer.Option(help="How figures are written; SVG and PDF keep text as text.")
]


@shared.with_options()
def score(
    paths: shared.Paths,
    options: Options,
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
) -> None:
    """Score the symmetry of pictures, sounds, signals and volumes."""
    chosen = _format(format, out)
    if excel and chosen is not Format.CSV:
        raise UsageError(f"found --excel with {chosen}, expected it with csv: add --format csv")
    _check_places(chosen, out, figure, contact_sheet)
    from symscope.api import score_many
    from symscope.io.images import SUFFIXES, find_pictures
    from symscope.io.sandboxed import GuardedReader, listen_apart
    from symscope.io.sounds import SOUND_SUFFIXES
    from symscope.networks.devices import enable_compilation_cache
    from symscope.report.delivery import Delivery

    enable_compilation_cache()
    delivery = Delivery(chosen.value, out, figure, contact_sheet, excel, figure_format)
    # The bar is gone before rows are printed, and is not there at all while lines stream past.
    streaming = chosen is Format.JSONL and out is None and sys.stdout.isatty()
    with (
        closing(GuardedReader()) as read,
        delivery,
        progress("scoring", hidden=streaming) as report,
    ):
        sources = find_pictures(paths, SUFFIXES | SOUND_SUFFIXES)
        say_what_is_left_out(sources, options)
        for result in score_many(sources, options, read=read, listen=listen_apart, progress=report):
            delivery.take(result)
    if delivery.failures:
        say(f"{delivery.failures} of {len(delivery.rows)} could not be scored")
        raise typer.Exit(ALL_FAILED if delivery.failures == len(delivery.rows) else SOME_FAILED)


def _format(wanted: Format | None, out: Path | None) -> Format:
    if wanted:
        return wanted
    suffix = out.suffix.lower().lstrip(".") if out else ""
    if suffix in SPREADSHEETS:
        raise UsageError(
            f"--out found {out}, a spreadsheet's name: write rows for one with --out "
            f"{out and out.with_suffix('.csv')} --excel"
        )
    return Format(suffix) if suffix in set(Format) else Format.TABLE


def say_what_is_left_out(sources: list[str], options: Options) -> None:
    """Say once which options do not concern the signals and volumes among the sources."""
    from symscope.io.suffixes import NO_PICTURES, suffix_of

    usual = Options()
    names = ("task", "settings", "sketch", "classifier", "baselines")
    chosen = [name for name in names if getattr(options, name) != getattr(usual, name)]
    others = [
        s for s in sources if suffix_of(s) in NO_PICTURES or options.dimension not in (None, 2)
    ]
    if chosen and others:
        shown = ", ".join("--" + name.replace("_", "-") for name in chosen)
        say(
            f"{shown}: for pictures and sounds, left out for {others[0]}"
            + (f" and {len(others) - 1} more" if len(others) > 1 else "")
            + ": signals and volumes are learned in one way"
        )


def _check_places(
    chosen: Format, out: Path | None, figure: Path | None, contact_sheet: Path | None
) -> None:
    """Refuse places that cannot be written before hours are spent on what would go there."""
    from symscope.io.files import check_file, make_folder, picture_format

    if chosen is Format.PARQUET and out is None and sys.stdout.isatty():
        raise UsageError("parquet is not for a terminal: add --out FILE")
    if out is not None:
        check_file(out, "--out")
    if contact_sheet is not None:
        check_file(contact_sheet, "--contact-sheet")
        picture_format(contact_sheet, "--contact-sheet")
    if figure is not None:
        make_folder(figure, "--figure")
