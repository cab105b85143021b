"""The summary page of a collection of any size: groups, kinds, galleries, failures, provenance."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symscope.drawing.images import Inline, photo
from symscope.drawing.kinds import class_name
from symscope.drawing.words import HEADLINES, OUTCOMES, last_part, with_sd
from symscope.errors import InputError
from symscope.groups import CLASS_SETS
from symscope.io.files import write_whole
from symscope.io.images import Picture, read_picture
from symscope.io.paths import printable
from symscope.options import ClassSet, SketchMethod
from symscope.report.citations import bibtex, used_by_score
from symscope.report.distribution import MOST_GROUPS, lines
from symscope.report.html import glossary
from symscope.report.markup import render, sign
from symscope.report.section import provenance_lines
from symscope.report.tally import Failures, Row, Tally, group_of, is_scored
from symscope.tasks import COLOURS, TASKS

Rows = Callable[[], Iterator[Row]]
Read = Callable[[str], Picture]

GALLERY = 24
"""Pictures in each of the three galleries."""

THUMBNAIL_SIDE, THUMBNAIL_BYTES = 200, 10_000
"""Pixels of a thumbnail, and bytes up to which it is kept without loss."""


@dataclass(frozen=True)
class Cell:
    """A picture of a gallery; without an image where its file is gone, with the reason."""

    name: str
    group: str
    number: str
    kind: str
    image: Inline | None
    note: str


@dataclass(frozen=True)
class Gallery:
    """Some pictures of a collection under a heading."""

    heading: str
    cells: list[Cell]


def write_summary(
    path: Path, rows: Rows, *, group: str, title: str, read: Read = read_picture
) -> None:
    """Write the page that sums up a collection.

    Parameters
    ----------
    path : Path
        The file, written whole or not at all.
    rows : function that gives an iterator over the rows
        As ``Score.to_row`` gives them, with the manifest's columns under ``manifest``, and possibly
        ``group``. It is called twice and must give the same rows each time; they are never held
        together: the page keeps a few bytes for each.
    group : str
        The column that the pictures are grouped by, such as ``artist``, ``folder`` or ``year``.
    title : str
    read : function from a row's ``path`` to a Picture, for thumbnails
        A picture that it cannot read any more leaves a blank cell with its name.

    Raises
    ------
    UsageError
        If the system refuses to write.
    """
    tally = Tally.of(rows(), group)
    made = json.loads(tally.settings.most_common(1)[0][0]) if tally.settings else {}
    classifier = _known(made.get("classifier"), ClassSet, ClassSet.EXTENDED)
    sketch = _known(made.get("sketch"), SketchMethod, SketchMethod.OTSU)
    # A task is a name, and may have a parameter.
    task = _known(str(made.get("task")).partition(":")[0], TASKS, COLOURS)
    page = render(
        "summary.html.j2",
        title=title,
        group=group,
        rows=tally.rows,
        sounds=tally.sounds,
        scored=len(tally.symmetry),
        lines=lines(tally),
        groups=len(tally.groups),
        most_groups=MOST_GROUPS,
        kinds=_kinds(tally, classifier),
        galleries=_galleries(tally, rows, group, read),
        failures=_failures(tally.failures),
        made=_made(made, tally),
        weighed="evidence" in made,
        differently=sum(tally.settings.values()) - max(tally.settings.values(), default=0),
        command=f"symscope score {made.get('arguments', '')} PICTURE".replace("  ", " "),
        classes=glossary(classifier),
        citation=bibtex(used_by_score(sketch, task=task)),
    )
    write_whole(path, page.encode())


def _known(word: Any, known: Any, usual: str) -> str:
    """Take a word of provenance only where it is one that this version knows."""
    return str(word) if word in set(known) else str(usual)


def _kinds(tally: Tally, classifier: str) -> list[tuple[Any, str, int, str, float]]:
    symbols = dict.fromkeys([*map(str, CLASS_SETS[classifier]), *tally.kinds])
    total, most = max(len(tally.symmetry), 1), max(tally.kinds.values(), default=1)
    lines = []
    for symbol in symbols:
        count = tally.kinds[symbol]
        share = f"{100 * count / total:.0f} %" if count else "–"
        lines.append((sign(symbol), class_name(symbol), count, share, 100 * count / most))
    return lines


def _galleries(tally: Tally, rows: Rows, group: str, read: Read) -> list[Gallery]:
    order = np.argsort(-tally.values, kind="stable").tolist()
    if len(order) <= 3 * GALLERY:
        chosen = {"From the most to the least symmetric": order}
    else:
        middle = (len(order) - GALLERY) // 2
        chosen = {
            "The most symmetric": order[:GALLERY],
            "Around the median": order[middle : middle + GALLERY],
            "The least symmetric": order[-GALLERY:],
        }
    wanted = {index for indices in chosen.values() for index in indices}
    scored = (row for row in rows() if is_scored(row))
    cells = {n: _cell(row, group, read) for n, row in enumerate(scored) if n in wanted}
    return [
        Gallery(heading, [cells[index] for index in indices if index in cells])
        for heading, indices in chosen.items()
        if indices
    ]


def _cell(row: Row, group: str, read: Read) -> Cell:
    path = str(row["path"])
    image, note = None, ""
    try:
        # Of a sound, a row may show one part of several.
        part = (row.get("provenance") or {}).get("part")
        picture = read(f"{path}#{part}" if part else path)
        image = photo(picture.rgb, THUMBNAIL_SIDE, THUMBNAIL_BYTES)
        fingerprint = (row.get("provenance") or {}).get("file_sha256")
        if fingerprint not in (None, picture.sha256):
            note = "its file has changed since"
    except InputError as error:
        note = OUTCOMES.get(str(error.outcome), "cannot be read any more")
    music = row.get("music")
    return Cell(
        name=last_part(path),
        group=printable(str(group_of(row, group))),
        number=with_sd(row["symmetry"], row.get("symmetry_sd")),
        # Of a sound, what it is in music.
        kind=str(music["name"]) if music else class_name(row.get("label")),
        image=image,
        note=note,
    )


def _failures(failures: dict[str, Failures]) -> list[tuple[str, str, Failures]]:
    ranked = sorted(failures.items(), key=lambda item: (-item[1].count, item[0]))
    return [(OUTCOMES.get(o, o), HEADLINES.get(o, ""), failed) for o, failed in ranked]


def _made(made: dict[str, Any], tally: Tally) -> list[tuple[str, str]]:
    known = {key: value for key, value in made.items() if key != "arguments"}
    if tally.networks:
        least, most = tally.networks
        known["networks"] = f"{least}" if least == most else f"{least} to {most}"
    return provenance_lines(known)
