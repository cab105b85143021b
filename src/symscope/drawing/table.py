"""Rows of results as a table for people, or as JSON, JSON lines, CSV or Parquet for programs.

A row is what ``Score.to_row`` gives: a nested dictionary of plain values. JSON keeps it nested;
CSV and Parquet (``flat``) have one flat column per leaf, named by its keys with dots
(``probabilities.Z_2``).
"""

import io
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from symscope.drawing.flat import (
    Row,
    dumps,
    encode,
    flat_table,
    flatten,
    plain,
    to_csv,
    to_parquet,
)
from symscope.drawing.words import CLASS_NAMES

if TYPE_CHECKING:
    from symscope.results import Score

__all__ = [
    "FORMATS",
    "TEXT_WIDTH",
    "Row",
    "figures_tables",
    "flat_table",
    "flatten",
    "in_music",
    "leading",
    "plain",
    "printable",
    "score_html",
    "score_table",
    "short_name",
    "to_csv",
    "to_json",
    "to_json_lines",
    "to_parquet",
    "to_text",
]

FORMATS = ("table", "json", "jsonl", "csv", "parquet")
"""What ``symscope score --format`` takes; all but the first are for programs."""

TEXT_WIDTH = 120
"""Characters in a line of a table that is written into a file."""


def to_json(rows: Iterable[Row]) -> bytes:
    """Encode rows as one JSON list, UTF-8.

    >>> to_json([{"label": "∅"}]).decode()
    '[\\n  {"label": "∅"}\\n]\\n'
    """
    lines = ",\n".join(f"  {dumps(plain(row))}" for row in rows)
    return encode(f"[\n{lines}\n]\n" if lines else "[]\n")


def to_json_lines(rows: Iterable[Row]) -> bytes:
    """Encode rows as JSON, one line each, UTF-8."""
    return encode("".join(f"{dumps(plain(row))}\n" for row in rows))


def to_text(rows: Sequence[Row]) -> bytes:
    """Encode rows as the table for people, without colours, UTF-8."""
    console = Console(width=TEXT_WIDTH, color_system=None, file=io.StringIO())
    with console.capture() as captured:
        console.print(score_table(rows))
    return encode(captured.get())


def score_table(rows: Sequence[Row]) -> Table:
    """Lay the rows out for a person: picture, score with its spread, what it looks like, fit."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("picture", overflow="fold", ratio=1)
    musical = any(row.get("music") for row in rows)
    if musical:
        table.caption, table.caption_justify = MUSIC_CAPTION, "left"
        table.add_column("in music", overflow="fold")
    table.add_column("symmetry", justify="right", no_wrap=True)
    table.add_column("most like", overflow="fold")
    table.add_column("probabilities", overflow="fold")
    table.add_column("learned", justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(printable(str(row["path"]))),
            *([in_music(row.get("music"))] if musical else []),
            _with_spread(row.get("symmetry"), row.get("symmetry_sd")),
            row.get("label") or "–",
            leading(row.get("probabilities")),
            _percent((row.get("fit") or {}).get("training_accuracy")),
            Text(str(row["outcome"]), style=_OUTCOME_STYLE.get(str(row["outcome"]), "red")),
        )
    return table


def in_music(music: Mapping[str, Any] | None) -> str:
    """Name a row's musical structure, a loop with its period, and along what it is."""
    if not music:
        return "–"
    period = music.get("seconds") if music.get("symbol") == "T_n in time" else None
    along = f" ({music['along']})" if music.get("along") else ""
    return str(music["name"]) + (f", {period:.3g} s" if period else "") + along


def figures_tables(figures: Mapping[str, Any]) -> list[Table]:
    """Lay out the figures of an evaluation: one table of numbers, one for each matrix in it."""
    numbers = Table("figure", "value", box=None, pad_edge=False, header_style="bold")
    matrices = []
    for key, value in _leaves(plain(figures)):
        if _is_matrix(value):
            matrices.append(_matrix_table(key, value))
        else:
            numbers.add_row(key, _shown(value))
    return [numbers, *matrices]


def leading(probabilities: Mapping[str, float] | None, least: float = 0.05, most: int = 3) -> str:
    """Name the most probable classes, the first always, others from ``least`` on.

    >>> leading({"∅": 0.03, "Z_2": 0.9, "T": 0.07})
    'Z_2 0.90 · T 0.07'
    """
    if not probabilities:
        return "–"
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])[:most]
    kept = [pair for rank, pair in enumerate(ranked) if rank == 0 or pair[1] >= least]
    return " · ".join(f"{symbol} {probability:.2f}" for symbol, probability in kept)


def printable(text: str) -> str:
    r"""Make text safe for one line of a terminal: control characters are shown, not obeyed.

    >>> printable("a\x1b[31mb\n")
    'a\\x1b[31mb\\n'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def short_name(path: str, most: int = 40) -> str:
    """Shorten a path to its file name, cut in the middle when it is long.

    >>> short_name("pictures/a_very_long_name_of_a_painting.png", most=20)
    'a_very_lo…inting.png'
    """
    name = printable(Path(path.removeprefix("sample:")).name or path)
    head = (most - 1) // 2
    return name if len(name) <= most else f"{name[:head]}…{name[head + 1 - most :]}"


MUSIC_CAPTION = (
    "in music: a sound's own answer, measured along time and pitch. symmetry, most like, probabilities: "
    "what the classifier sees in its picture, a second opinion; where they differ, the music counts."
)

_OUTCOME_STYLE = {"ok": "green", "not_learned": "yellow"}


def _with_spread(value: float | None, spread: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if spread is None else f"{value:.2f} ± {spread:.2f}"


def _percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.0f} %"


def _leaves(branch: Any, prefix: str = "") -> Iterable[tuple[str, Any]]:
    if isinstance(branch, dict) and not _is_matrix(branch):
        for key, value in branch.items():
            yield from _leaves(value, f"{prefix}.{key}" if prefix else key)
    else:
        yield prefix, branch


def _is_matrix(value: Any) -> bool:
    """Whether a value is a table of numbers: a list of lists, or a mapping of mappings."""
    inner = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inner, list) or len(inner) < 2:
        return False
    if all(isinstance(line, dict) for line in inner):
        cells = [cell for line in inner for cell in line.values()]
        return all(list(line) == list(value) for line in inner) and _numeric(cells)
    same = all(isinstance(line, list) and len(line) == len(inner[0]) > 1 for line in inner)
    return same and _numeric([cell for line in inner for cell in line])


def _numeric(cells: Sequence[Any]) -> bool:
    return all(isinstance(cell, int | float) for cell in cells)


def _matrix_table(key: str, matrix: Any) -> Table:
    named = isinstance(matrix, dict)
    names = list(matrix) if named else [str(index) for index in range(len(matrix))]
    lines = [list(line.values()) for line in matrix.values()] if named else matrix
    headers = names if len(names) == len(lines[0]) else [str(i) for i in range(len(lines[0]))]
    table = Table(key, *headers, box=None, pad_edge=False, header_style="bold")
    for name, line in zip(names, lines, strict=True):
        table.add_row(name, *(_shown(cell) for cell in line))
    return table


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1000 else f"{value:.4g}"
    if isinstance(value, list):
        return (
            " … ".join(_shown(item) for item in value)
            if len(value) == 2
            else ", ".join(_shown(item) for item in value)
        )
    return "–" if value is None else printable(str(value))


def score_html(score: "Score") -> str:
    """Return a Score as figure and table, for notebooks, which show HTML where there is any.

    Names and messages are escaped, and their control characters shown.
    """
    cells = [("outcome", str(score.outcome))]
    if score.message:
        cells.append(("message", score.message))
    if score.message and score.probabilities:
        cells.append(("to be relied on", "no: neither symmetry nor kinds"))
    if score.symmetry is not None:
        cells.append(("symmetry", _with_spread(score.symmetry, score.symmetry_sd)))
    if score.label is not None:
        cells.append(("most like", _plain_name(score.label)))
    spread = score.probabilities_sd or {}
    cells += [
        (_plain_name(symbol), _with_spread(value, spread.get(symbol)))
        for symbol, value in (score.probabilities or {}).items()
    ]
    if score.fit:
        cells.append(("learned, held out", _percent(score.fit.validation_accuracy)))
    rows = "".join(
        f"<tr><th>{escape(printable(k))}</th><td>{escape(printable(v))}</td></tr>" for k, v in cells
    )
    caption = escape(printable(score.path))
    return f"{_drawn(score)}<table><caption>{caption}</caption>{rows}</table>"


def _plain_name(symbol: str) -> str:
    name = CLASS_NAMES[symbol][0] if symbol in CLASS_NAMES else ""
    return f"{symbol} {name}".strip()


def _drawn(score: "Score") -> str:
    if score.views is None:
        return ""
    png = b64encode(score._repr_png_()).decode()
    return f'<img alt="what was scored and how" src="data:image/png;base64,{png}">'
