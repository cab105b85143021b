"""Many pictures on one sheet: the scores of a folder, and the physics templates."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from symscope.drawing import style, words
from symscope.drawing.layout import Page, shrunk
from symscope.drawing.stand_in import on_a_page
from symscope.drawing.table import short_name

if TYPE_CHECKING:
    from symscope.results import Score
    from symscope.synth.templates import Template

THUMBNAIL = 160
"""Longest side of a thumbnail in pixels: one inch on the sheet at the usual 160 dots per inch."""

COLUMNS = 10
"""Thumbnails in one line, at least; a class with more of them takes several lines."""

TEMPLATE_COLUMNS = 8
"""Templates of one class that are drawn; the others are only saved."""

NOT_SCORED = "not scored"

# The most symmetric classes first, as within a row.
ROW_ORDER = ("O(3)", "O(2)", "D_n", "C_n", "T", "T_n", "Z_2", "∅", NOT_SCORED)

# Inches.
PITCH, LEFT, TOP = 1.12, 2.45, 0.95


@dataclass(frozen=True)
class _Cell:
    image: NDArray[np.uint8]
    heading: str
    name: str


def thumbnail(score: "Score") -> "Score":
    """Keep of a score only what a contact sheet needs, so that thousands fit into memory.

    Parameters
    ----------
    score : Score

    Returns
    -------
    Score
        The same score with its picture at most 160 pixels wide, without sketch and views.
    """
    score = on_a_page(score)
    if score.picture is None:
        return replace(score, sketch=None, views=None)
    rgb = shrunk(score.picture.rgb, THUMBNAIL)
    picture = replace(score.picture, rgb=rgb, grey=np.zeros((1, 1), dtype=np.float32))
    return replace(score, picture=picture, sketch=None, views=None)


def contact_sheet(scores: Iterable["Score"]) -> Figure:
    """Lay out scored pictures by what they are most like, the most symmetric first.

    Parameters
    ----------
    scores : iterable of Score
        As from ``score_many``; pictures without a score come last, with their outcome.

    Returns
    -------
    Figure
        A band of thumbnails per class, in lines of ten or more, each with its symmetry.
    """
    bands = _bands(scores)
    line, gap = 1.5, 0.3
    # From some 140 pictures on, a sheet grows in width too.
    columns = max(COLUMNS, math.ceil(math.sqrt(0.7 * sum(map(len, bands.values())))))
    lines = {symbol: math.ceil(len(cells) / columns) for symbol, cells in bands.items()}
    height = TOP + sum(lines.values()) * line + max(len(bands), 1) * gap
    page = Page(LEFT + columns * PITCH + style.MARGIN - 0.1, height)
    note = (
        "One band for each kind of symmetry that a picture is most like; within it, from the most "
        "to the least symmetric. The number is the symmetry score: 0 = none seen, 1 = certain."
    )
    _title(page, "How symmetric, and in which way?", note)
    y = TOP
    for symbol, cells in bands.items():
        page.rule(y)
        _band_label(page, symbol, len(cells), y + 0.3)
        for index, cell in enumerate(cells):
            row, column = divmod(index, columns)
            _draw_cell(page, cell, LEFT + column * PITCH, y + 0.14 + row * line)
        y += lines[symbol] * line + gap
    return page.figure


def templates_figure(templates: Sequence["Template"]) -> Figure:
    """Draw templates, a row per class, so that each class can be told by eye.

    Parameters
    ----------
    templates : sequence of Template

    Returns
    -------
    Figure
        At most eight templates of each class, chosen evenly over the sequence so that its
        families are seen, each with its family and, if not 0, its breaking.
    """
    rows: dict[str, list[Template]] = {}
    for template in templates:
        rows.setdefault(str(template.label), []).append(template)
    columns = min(TEMPLATE_COLUMNS, max((len(row) for row in rows.values()), default=1))
    line = 1.36
    # The title needs its room also when there is one template only.
    page = Page(max(LEFT + columns * PITCH + style.MARGIN - 0.1, 7.0), TOP + len(rows) * line + 0.1)
    note = "Pictures whose symmetry is known by construction; below each, the family it is from."
    _title(page, "Physics templates", note)
    for row, (symbol, members) in enumerate(rows.items()):
        y = TOP + row * line
        _band_label(page, symbol, len(members), y + 0.3)
        for column, template in enumerate(_evenly(members, columns)):
            _draw_template(page, template, LEFT + column * PITCH, y)
    return page.figure


def _title(page: Page, title: str, note: str) -> None:
    page.text(style.MARGIN, 0.45, title, fontsize=16, fontweight="bold")
    page.text(style.MARGIN, 0.72, note, color=style.MUTED)


def _bands(scores: Iterable["Score"]) -> dict[str, list[_Cell]]:
    grouped: dict[str, list[Score]] = {}
    for score in scores:
        scored = str(score.outcome) == "ok" and score.label is not None
        grouped.setdefault(str(score.label) if scored else NOT_SCORED, []).append(score)
    order = [*ROW_ORDER, *sorted(set(grouped) - set(ROW_ORDER))]
    bands = {}
    for symbol in filter(grouped.__contains__, order):
        ranked = sorted(grouped[symbol], key=lambda score: (-(score.symmetry or 0), score.path))
        bands[symbol] = [_cell(score) for score in ranked]
    return bands


def _cell(score: "Score") -> _Cell:
    picture = thumbnail(score).picture
    blank = np.full((THUMBNAIL, THUMBNAIL, 3), 238, dtype=np.uint8)
    heading = f"{score.symmetry:.2f}" if str(score.outcome) == "ok" else _words(score.outcome)
    image = blank if picture is None else picture.rgb
    return _Cell(image, heading, short_name(score.path, most=22))


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _band_label(page: Page, symbol: str, count: int, y: float) -> None:
    name, gloss = words.CLASS_NAMES.get(symbol, (symbol, ""))
    sign = words.mathematics(symbol) if symbol in words.CLASS_NAMES else ""
    look = {"fontsize": 11, "fontweight": "bold"}
    page.text(style.MARGIN, y, f"{name}  {sign}", mathematics=True, **look)
    number = f"{count} picture{'' if count == 1 else 's'}"
    detail = f"{gloss}\n{number}" if gloss else number
    page.text(style.MARGIN, y + 0.08, detail, fontsize=8, color=style.MUTED, va="top")


def _draw_cell(page: Page, cell: _Cell, x: float, y: float) -> None:
    page.image(x, y, cell.image)
    page.text(x + 0.5, y + 1.16, cell.heading, fontweight="bold", ha="center")
    page.text(x + 0.5, y + 1.28, cell.name, fontsize=5.5, color=style.MUTED, ha="center")


def _draw_template(page: Page, template: "Template", x: float, y: float) -> None:
    levels = np.asarray(template.levels)
    most = max(int(levels.max()), 1)
    look = {"cmap": style.TWO_COLOURS, "vmin": 0, "vmax": most, "interpolation": "nearest"}
    page.image(x, y, levels, **look)
    breaking = f", broken {template.breaking:.2f}" if template.breaking else ""
    caption = f"{_words(template.family)}{breaking}"
    page.text(x + 0.5, y + 1.13, caption, fontsize=6.5, color=style.MUTED, ha="center")


def _evenly(members: Sequence["Template"], count: int) -> list["Template"]:
    chosen = np.linspace(0, len(members) - 1, min(count, len(members)))
    return [members[round(index)] for index in chosen]
