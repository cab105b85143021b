"""Many pictures on one sheet: the scores of a folder, and the physics templates."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.images import picture_of
from symscope.drawing.kinds import CLASSES
from symscope.drawing.layout import Page, shrunk
from symscope.drawing.parts import Parts
from symscope.drawing.words import mathematics, short_name

if TYPE_CHECKING:
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
class Thumbnail:
    """What a contact sheet keeps of a score, so that thousands fit into memory."""

    path: str
    band: str
    symmetry: float
    heading: str
    image: NDArray[np.uint8]

    @classmethod
    def of(cls, score: Any) -> "Thumbnail":
        """Take from a Score or a Failure its picture, at most 160 pixels wide, and its number."""
        parts = Parts.of(score)
        named = parts.scored and parts.label is not None
        rgb = picture_of(parts)
        blank = np.full((THUMBNAIL, THUMBNAIL, 3), 238, dtype=np.uint8)
        return cls(
            path=parts.path,
            band=str(parts.label) if named else NOT_SCORED,
            symmetry=parts.symmetry or 0.0,
            heading=f"{parts.symmetry:.2f}" if parts.scored else parts.outcome.replace("_", " "),
            image=blank if rgb is None else shrunk(rgb, THUMBNAIL),
        )


def contact_sheet(thumbnails: Iterable[Thumbnail]) -> Figure:
    """Lay out scored pictures by what they are most like, the most symmetric first.

    Returns
    -------
    Figure
        A band of thumbnails per class, in lines of ten or more, each with its symmetry; pictures
        without a score come last, with their outcome.
    """
    bands: dict[str, list[Thumbnail]] = {symbol: [] for symbol in ROW_ORDER}
    for thumbnail in sorted(thumbnails, key=lambda item: (-item.symmetry, item.path)):
        bands.setdefault(thumbnail.band, []).append(thumbnail)
    bands = {symbol: members for symbol, members in bands.items() if members}
    line, gap = 1.5, 0.3
    # From some 140 pictures on, a sheet grows in width too.
    columns = max(COLUMNS, math.ceil(math.sqrt(0.7 * sum(map(len, bands.values())))))
    lines = {symbol: math.ceil(len(members) / columns) for symbol, members in bands.items()}
    height = TOP + sum(lines.values()) * line + max(len(bands), 1) * gap
    page = Page(LEFT + columns * PITCH + style.MARGIN - 0.1, height)
    note = (
        "One band for each kind of symmetry that a picture is most like; within it, from the most "
        "to the least symmetric. The number is the symmetry score: 0 = none seen, 1 = certain."
    )
    _title(page, "How symmetric, and in which way?", note)
    y = TOP
    for symbol, members in bands.items():
        page.rule(y)
        _band_label(page, symbol, len(members), y + 0.3)
        for index, member in enumerate(members):
            row, column = divmod(index, columns)
            x, top = LEFT + column * PITCH, y + 0.14 + row * line
            page.image(x, top, member.image)
            page.text(x + 0.5, top + 1.16, member.heading, fontweight="bold", ha="center")
            name = short_name(member.path, most=22)
            page.text(x + 0.5, top + 1.28, name, fontsize=5.5, color=style.MUTED, ha="center")
        y += lines[symbol] * line + gap
    return page.figure


def templates_figure(templates: Sequence["Template"]) -> Figure:
    """Draw templates, a row per class, so that each class can be told by eye.

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
        chosen = np.linspace(0, len(members) - 1, min(columns, len(members)))
        for column, index in enumerate(np.round(chosen).astype(int).tolist()):
            template, x = members[index], LEFT + column * PITCH
            levels = np.asarray(template.levels)
            most = max(int(levels.max()), 1)
            look = {"cmap": style.TWO_COLOURS, "vmin": 0, "vmax": most, "interpolation": "nearest"}
            page.image(x, y, levels, **look)
            breaking = f", broken {template.breaking:.2f}" if template.breaking else ""
            caption = f"{template.family.replace('_', ' ')}{breaking}"
            page.text(x + 0.5, y + 1.13, caption, fontsize=6.5, color=style.MUTED, ha="center")
    return page.figure


def _title(page: Page, title: str, note: str) -> None:
    page.text(style.MARGIN, 0.45, title, fontsize=16, fontweight="bold")
    page.text(style.MARGIN, 0.72, note, color=style.MUTED)


def _band_label(page: Page, symbol: str, count: int, y: float) -> None:
    name, gloss, sign = symbol, "", ""
    if symbol in CLASSES:
        name, gloss, sign = CLASSES[symbol].name, CLASSES[symbol].gloss, mathematics(symbol)
    look = {"fontsize": 11, "fontweight": "bold"}
    page.text(style.MARGIN, y, f"{name}  {sign}", mathematics=True, **look)
    number = f"{count} picture{'' if count == 1 else 's'}"
    detail = f"{gloss}\n{number}" if gloss else number
    page.text(style.MARGIN, y + 0.08, detail, fontsize=8, color=style.MUTED, va="top")
