"""Results as tables for people: in a terminal, in a text file, in a notebook."""

import io
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from symscope.drawing.explain import TURNS_IN_SPACE, evidence_words, in_odds, sentence
from symscope.drawing.kinds import CLASSES
from symscope.drawing.parts import Parts
from symscope.drawing.rows import Row, encode, plain
from symscope.drawing.words import in_music, last_part, with_sd
from symscope.groups import Symmetry
from symscope.io.paths import named_as_sound, printable

TEXT_WIDTH = 120
"""Characters in a line of a table that is written into a file."""

LEAST_NAMED, MOST_NAMED = 0.05, 3
"""Least probability of a class that is named after the first, and how many are named at most."""

MUSIC_CAPTION = (
    "in music: a sound's own answer, measured along time and pitch. symmetry, most like, "
    "probabilities: what the classifier sees in its picture, a second opinion; where they differ, "
    "the music counts."
)


NEAREST_CAPTION = (
    "∅ (…): no symmetry; there, realised and chance are those of what comes nearest, in brackets."
)

THREE = ("there", "realised", "chance")
"""What an answer rests on, in columns of their own."""

WIDTHS = {
    "in music": 30,
    "symmetry": 13,
    "most like": 9,
    "there": 5,
    "realised": 8,
    "chance": 10,
    "probabilities": 26,
    "learned": 7,
    "outcome": 11,
}
"""Characters of each column beside the name, where rows are shown as they come; those of
"most like" always."""

LEAST_NAME = 10

SPARED = ("learned", "realised", "probabilities", "there", "chance")
"""Columns that are left out, in this order, of lines that are too short for them and a name."""


@dataclass(frozen=True)
class Layout:
    """What a table looks like whose rows are not all known yet.

    Attributes
    ----------
    musical, weighed : whether there are columns for music, and for what an answer rests on
    name : characters of the column of names
    spared : columns that there is no room for
    alone : whether names do without their folders
    first : whether the next row has the columns' names above it
    """

    musical: bool
    weighed: bool
    name: int
    spared: tuple[str, ...] = ()
    alone: bool = False
    first: bool = True

    @classmethod
    def of(cls, paths: Sequence[str], musical: bool, weighed: bool, width: int) -> "Layout":
        """Lay a table out for inputs of these names, in lines of so many characters."""
        absent = {"in music", "probabilities"} if weighed else {"in music", *THREE}
        room = width - sum(1 + n for name, n in WIDTHS.items() if name not in absent)
        # What a sound is like stands among the classes, too.
        if musical := musical and room - WIDTHS["in music"] > LEAST_NAME:
            room -= 1 + WIDTHS["in music"]
        spared = _spared(_columns(musical, weighed), width)
        room += sum(1 + WIDTHS[name] for name in spared)
        alone = _alone(paths)
        names = (last_part(path) if alone else printable(path) for path in paths)
        longest = max(map(len, names), default=LEAST_NAME)
        return cls(musical, weighed, min(longest, max(LEAST_NAME, room)), spared, alone)


def _columns(musical: bool, weighed: bool) -> list[str]:
    """Name the columns beside the name."""
    # What answers by weighing has its numbers; there is no room for those of every class.
    columns = ["symmetry", "most like", *(THREE if weighed else ["probabilities"])]
    return [*(["in music"] if musical else []), *columns, "learned", "outcome"]


def _spared(columns: Sequence[str], width: int) -> tuple[str, ...]:
    """Name those columns that lines of so many characters have no room for."""
    spared: list[str] = []
    for name in [name for name in SPARED if name in columns]:
        if LEAST_NAME + sum(1 + WIDTHS[c] for c in columns if c not in spared) <= width:
            break
        spared.append(name)
    return tuple(spared)


def _alone(paths: Sequence[str]) -> bool:
    """Whether the last parts of paths tell them apart."""
    return len({last_part(path) for path in paths}) == len(paths)


def shown_as(name: str, value: float | None) -> str:
    """Write one of THREE in short."""
    if value is None:
        return "–"
    if name != "chance":
        return f"{value:.2f}"
    short = {"less than 1 in ": "< 1/", "1 in ": "1/", "more often than not": "> 1/2"}
    said = in_odds(value)
    return next(said.replace(long, brief) for long, brief in short.items() if long in said)


def notes(rows: Sequence[Row], answer: str = "") -> list[Text]:
    """Say below a table what its columns do not; of a single row, its answer as a sentence."""
    said = [answer] if answer else []
    if any(row.get("music") and row.get("probabilities") for row in rows):
        said.append(MUSIC_CAPTION)
    if not answer and any(row.get("nearest") for row in rows):
        said.append(NEAREST_CAPTION)
    volumes = [row for row in rows if (row.get("provenance") or {}).get("dimension") == 3]
    if not answer and any(row.get("label") == Symmetry.NONE for row in volumes):
        said.append(TURNS_IN_SPACE)
    return [Text(line) for line in ("", *said)] if said else []


def _most_like(row: Row) -> str:
    nearest = row.get("nearest")
    return f"{row.get('label') or '–'}" + (f" ({nearest})" if nearest else "")


def to_text(rows: Sequence[Row]) -> bytes:
    """Encode rows as the table for people, without colours, UTF-8."""
    console = Console(width=TEXT_WIDTH, color_system=None, file=io.StringIO())
    with console.capture() as captured:
        console.print(score_table(rows, width=TEXT_WIDTH), *notes(rows), sep="\n")
    return encode(captured.get())


def score_table(rows: Sequence[Row], layout: Layout | None = None, width: int = 80) -> Table:
    """Lay the rows out for a person: picture, score with its spread, what it looks like, fit.

    With a ``layout``, tables of some rows each, one below the other, are one table.

    Parameters
    ----------
    width : characters in a line, where there is no layout
    """
    # What could not be read has its columns too: the header does not depend on it.
    musical = any(row.get("music") or named_as_sound(str(row["path"])) for row in rows)
    weighed = any(row.get("there") is not None for row in rows) or not any(
        row.get("probabilities") for row in rows
    )
    if layout:
        musical, weighed = layout.musical, layout.weighed
    columns = _columns(musical, weighed)
    spared = layout.spared if layout else _spared(columns, width)
    header = layout is None or layout.first
    table = Table(
        box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_header=header
    )
    # Where there is little room, names are cut: of all that may wrap, rich takes from the widest.
    table.add_column("picture", width=layout and layout.name)
    for name in [name for name in columns if name not in spared]:
        folded = name in ("in music", "most like", "probabilities")
        table.add_column(
            name,
            justify="right" if name in ("symmetry", *THREE, "learned") else "left",
            overflow="fold" if folded else "ellipsis",
            no_wrap=not folded,
            width=WIDTHS[name] if layout or name == "most like" else None,
        )
    # Folders are left out where names do without.
    paths = [str(row["path"]) for row in rows]
    alone = layout.alone if layout else _alone(paths)
    for row, path in zip(rows, paths, strict=True):
        outcome = str(row["outcome"])
        learned = (row.get("fit") or {}).get("training_accuracy")
        # The most probable class, and those after it that are probable at all.
        probabilities = row.get("probabilities") or {}
        ranked = sorted(probabilities.items(), key=lambda item: -item[1])[:MOST_NAMED]
        leading = ranked[:1] + [pair for pair in ranked[1:] if pair[1] >= LEAST_NAMED]
        named = " · ".join(f"{symbol} {probability:.2f}" for symbol, probability in leading)
        cells = {
            "in music": in_music(row.get("music")),
            "symmetry": with_sd(row.get("symmetry"), row.get("symmetry_sd")),
            "most like": _most_like(row),
            **{name: shown_as(name, row.get(name)) for name in THREE},
            "probabilities": named or "–",
            "learned": "–" if learned is None else f"{100 * learned:.0f} %",
            "outcome": Text(
                outcome, style={"ok": "green", "not_learned": "yellow"}.get(outcome, "red")
            ),
        }
        table.add_row(
            Text(last_part(path) if alone else printable(path), no_wrap=True, overflow="ellipsis"),
            *(cells[name] for name in columns if name not in spared),
        )
    return table


def figures_tables(figures: Mapping[str, Any]) -> list[Table]:
    """Lay out the figures of an evaluation: one table of numbers, one for each matrix in it."""
    numbers = Table("figure", "value", box=None, pad_edge=False, header_style="bold")
    matrices = []
    for key, value in _leaves(plain(figures)):
        if matrix := _as_matrix(value):
            names, headers, lines = matrix
            table = Table(key, *headers, box=None, pad_edge=False, header_style="bold")
            for name, line in zip(names, lines, strict=True):
                table.add_row(name, *map(_shown, line))
            matrices.append(table)
        else:
            numbers.add_row(key, _shown(value))
    return [numbers, *matrices]


def _leaves(branch: Any, prefix: str = "") -> Iterable[tuple[str, Any]]:
    if isinstance(branch, dict) and not _as_matrix(branch):
        for key, value in branch.items():
            yield from _leaves(value, f"{prefix}.{key}" if prefix else key)
    else:
        yield prefix, branch


def _as_matrix(value: Any) -> tuple[list[str], list[str], list[list[float]]] | None:
    """Return names of lines and columns, and the lines, of a table of numbers; None for others.

    It is a list of lists of one length, or a mapping of mappings that have its own keys.
    """
    if isinstance(value, dict):
        names = headers = list(value)
        if not all(isinstance(line, dict) and list(line) == names for line in value.values()):
            return None
        lines = [list(line.values()) for line in value.values()]
    elif isinstance(value, list) and all(isinstance(line, list) for line in value):
        names, lines = [str(index) for index in range(len(value))], value
        headers = [str(index) for index in range(len(lines[0]) if lines else 0)]
        if len(headers) < 2 or any(len(line) != len(headers) for line in lines):
            return None
    else:
        return None
    numeric = all(isinstance(cell, int | float) for line in lines for cell in line)
    return (names, headers, lines) if len(lines) > 1 and numeric else None


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1000 else f"{value:.4g}"
    if isinstance(value, list):
        return (" … " if len(value) == 2 else ", ").join(map(_shown, value))
    return "–" if value is None else printable(str(value))


def score_html(score: Any) -> str:
    """Return a Score or Failure as a table, below its figure, for notebooks.

    Names and messages are escaped, and their control characters shown.
    """
    parts = Parts.of(score)
    cells = [("outcome", parts.outcome)]
    if parts.message:
        cells.append(("message", parts.message))
        if parts.probabilities:
            cells.append(("to be relied on", "no: neither symmetry nor kinds"))
    if parts.symmetry is not None:
        cells.append(("symmetry", with_sd(parts.symmetry, parts.symmetry_sd)))
    if evidence_words(parts):
        cells.append(("answer", sentence(parts)))
    if parts.label is not None:
        cells.append(("most like", _named(parts.label)))
    for symbol, value in parts.probabilities.items():
        cells.append((_named(symbol), with_sd(value, parts.probabilities_sd.get(symbol))))
    if parts.fit:
        cells.append(("learned, held out", f"{100 * parts.fit.validation_accuracy:.0f} %"))
    rows = "".join(
        f"<tr><th>{escape(printable(k))}</th><td>{escape(printable(v))}</td></tr>" for k, v in cells
    )
    caption = escape(printable(parts.path))
    return f"{_figure_html(parts)}<table><caption>{caption}</caption>{rows}</table>"


def _named(symbol: str) -> str:
    return f"{symbol} {CLASSES[symbol].name}" if symbol in CLASSES else symbol


def _figure_html(parts: Parts) -> str:
    if parts.views is None:
        return ""
    from symscope.drawing.figure import score_figure

    png = io.BytesIO()
    score_figure(parts).savefig(png, format="png")
    address = f"data:image/png;base64,{b64encode(png.getvalue()).decode()}"
    return f'<img alt="what was scored and how" src="{address}">'
