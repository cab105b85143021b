"""``symscope report``: scores as one page that explains itself."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symscope.cli import shared
from symscope.cli.score import FigureFormats, say_what_is_left_out
from symscope.cli.shared import (
    ALL_FAILED,
    SOME_FAILED,
    Interrupted,
    say_which_files_are_left_out,
)
from symscope.options import Options
from symscope.report.figures import FigureFolder, FigureFormat
from symscope.report.terminal import kept, progress, say

if TYPE_CHECKING:
    from symscope.report.html import Report


def report(
    paths: shared.Paths,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the page there.")] = Path(
        "report.html"
    ),
    title: Annotated[
        str | None, typer.Option(help="The page's title.", show_default="asks how symmetric")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw one figure per picture there.")
    ] = None,
    figure_format: FigureFormats = FigureFormat.PNG,
    **choices: Any,
) -> None:
    """Explain scores on one HTML page; prints the page's path."""
    options = Options(**choices)
    from symscope.io.files import check_file, make_folder
    from symscope.io.images import SUFFIXES, find_pictures
    from symscope.io.paths import SOUND_SUFFIXES

    check_file(out, "--out")
    if figures is not None:
        make_folder(figures, "--figures")
    from symscope.report.html import Report

    page = Report(options, title)
    try:
        sources = find_pictures(paths, SUFFIXES | SOUND_SUFFIXES)
        say_which_files_are_left_out(paths, sources)
        say_what_is_left_out(sources, options)
        _fill(page, sources, options, figures, figure_format)
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted: the page holds the {page.pictures} that are scored; run the same "
            "command again for all"
        ) from None
    finally:
        # An interruption leaves a page of what was finished.
        if page.pictures:
            with kept():
                _write(page, out)
    if page.failures:
        say(f"{page.failures} of {page.pictures} could not be scored")
        raise typer.Exit(ALL_FAILED if page.failures == page.pictures else SOME_FAILED)


def _fill(
    page: "Report",
    sources: list[str],
    options: Options,
    figures: Path | None,
    figure_format: FigureFormat,
) -> None:
    from symscope.api import score_many
    from symscope.io.images import GuardedReader
    from symscope.io.sounds import listen_apart
    from symscope.networks.devices import enable_compilation_cache
    from symscope.report.terminal import say_why

    enable_compilation_cache()
    folder = FigureFolder(figures, figure_format) if figures else None
    with closing(GuardedReader()) as read, progress("scoring", total=len(sources)) as done:
        for score in score_many(sources, options, read=read, listen=listen_apart, progress=done):
            say_why(score)
            page.add(score)
            if folder:
                folder.add(score)


def _write(page: "Report", out: Path) -> None:
    from symscope.io.files import write_whole

    write_whole(out, page.html().encode())
    shared.print_path(out)
