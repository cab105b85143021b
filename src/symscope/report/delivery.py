"""From finished scores to what was asked for: rows, figures, a contact sheet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symscope.drawing import table
from symscope.drawing.rows import encoded, to_json_lines
from symscope.drawing.words import printable
from symscope.errors import Outcome
from symscope.io.files import write_figure, write_whole
from symscope.report.figures import FigureFolder
from symscope.report.terminal import emit, say, show

FINISHED = frozenset({Outcome.OK, Outcome.NOT_LEARNED})
"""Outcomes of a measurement that was made; with any other the input counts as failed."""


class Delivery:
    """Takes finished scores one by one, and leaves them where they were asked for.

    Used as a context: on the way out, also after an interruption, what was finished is written.

    Parameters
    ----------
    format : str
        "table", or one of ``rows.WRITERS``; "jsonl" is printed row by row.
    out : Path or None
        File for the rows; None prints them.
    figures : Path or None
        An existing folder for one figure per picture.
    sheet : Path or None
        File for the contact sheet.
    excel : bool
        Write CSV as Excel opens it.
    figure_format : str
        One of ``FigureFormat``.

    Attributes
    ----------
    rows : list of dict
    failures : int
        How many of them are inputs that could not be scored.
    """

    def __init__(
        self,
        format: str,
        out: Path | None,
        figures: Path | None,
        sheet: Path | None,
        excel: bool = False,
        figure_format: str = "png",
    ) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self.failures = 0
        self._format, self._out, self._sheet = format, out, sheet
        self._figures = FigureFolder(figures, figure_format) if figures else None
        self._excel = excel
        self._thumbnails: list[Any] = []

    def __enter__(self) -> "Delivery":
        return self

    def take(self, score: Any) -> None:
        """Add one score: count it, draw it, and print it at once if lines are wanted."""
        self.rows.append(score.to_row())
        self.failures += score.outcome not in FINISHED
        if self._format == "jsonl" and self._out is None:
            emit(to_json_lines(self.rows[-1:]))
        say_why(score)
        if self._figures is not None:
            self._figures.add(score)
        if self._sheet is not None:
            from symscope.drawing.sheets import Thumbnail

            self._thumbnails.append(Thumbnail.of(score))

    def __exit__(self, *_: object) -> None:
        if not self.rows:
            return
        if self._out is not None:
            write_whole(self._out, self._encoded())
        elif self._format == "table":
            show(table.score_table(self.rows))
        elif self._format != "jsonl":
            emit(self._encoded())
        if self._sheet is not None:
            from symscope.drawing.sheets import contact_sheet

            write_figure(self._sheet, contact_sheet(self._thumbnails))

    def _encoded(self) -> bytes:
        if self._format == "table":
            return table.to_text(self.rows)
        return encoded(self.rows, self._format, self._excel)


def say_why(score: Any) -> None:
    """Tell the person at the terminal what is wrong with a score, if anything is."""
    if score.message:
        # What went wrong in reading names its picture already.
        shown = printable(score.path)
        named = score.message.startswith((shown, Path(shown).name + ":"))
        say(score.message if named else f"{shown}: {score.message}")
