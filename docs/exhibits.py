"""The gallery of the documentation: rooms of pictures, scored when the pages are built.

    python docs/exhibits.py FOLDER

Writes one figure for each room and gallery.md, which the page gallery.md includes. The folders that
SYMSCOPE_GALLERY names (several with the system's path separator) become rooms too. All is made anew
when the code or weights of symscope, this file, or what SYMSCOPE_GALLERY says have changed.
"""

import os
import sys
import time
from pathlib import Path

from figures import DPI, fingerprint
from matplotlib.figure import Figure

from symscope.api import score_many
from symscope.cli.gallery import room_of
from symscope.drawing.style import ACCENT, INK, MUTED
from symscope.drawing.words import mathematics
from symscope.networks.devices import enable_compilation_cache
from symscope.report.gallery import Room, agrees, found_agrees, found_group, own_rooms, tally

FOLDERS = "SYMSCOPE_GALLERY"
MOST = 12
"""Pictures of a folder."""

SEED = 1
COLUMNS, SIDE, TEXT = 7, 1.25, 0.78


def hang(folder: Path) -> None:
    """Score and draw all rooms into a folder, unless that has been done by this code."""
    folder.mkdir(parents=True, exist_ok=True)
    named = os.environ.get(FOLDERS, "")
    stamp, now = folder / "hung-by", f"{fingerprint(Path(__file__))} {named}"
    if stamp.exists() and stamp.read_text() == now:
        return
    stamp.unlink(missing_ok=True)
    enable_compilation_cache()
    others = [room_of(Path(path), MOST) for path in named.split(os.pathsep) if path]
    parts = []
    for number, room in enumerate([*own_rooms(), *others]):
        start = time.perf_counter()
        scores = _scored(room)
        name = f"gallery-{number}.png"
        _room_figure(room, scores).savefig(folder / name, facecolor="white")
        parts.append(_words(room, scores, name))
        print(f"room {room.name}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
    (folder / "gallery.md").write_text("\n".join(parts), "utf-8")
    stamp.write_text(now)


def _scored(room: Room) -> list:
    paths = [exhibit.path for exhibit in room.exhibits]
    return list(score_many(paths, seed=SEED))


def _words(room: Room, scores: list, figure: str) -> str:
    pairs = zip(room.exhibits, scores, strict=True)
    counted = tally([(agrees(*pair), found_agrees(*pair)) for pair in pairs])
    source = room.source[0].upper() + room.source[1:]
    alt = f"The room {room.name}: pictures, with what the eye, the networks and the search say"
    said = f"{source}. {counted}." if counted else f"{source}."
    table = _table(room, scores) if counted else ""
    return f"## {room.name}\n\n{said}\n\n![{alt}]({figure})\n{table}"


def _table(room: Room, scores: list) -> str:
    """Tell everything of the pictures that the eye has said something of."""
    rows = [
        "",
        "| picture | eye | networks | symmetry | networks trained | explained | search |",
        "|---|---|---|---|---|---|---|",
    ]
    for exhibit, score in zip(room.exhibits, scores, strict=True):
        fit, missing = score.fit, "–"
        cells = (
            _name(exhibit),
            exhibit.eye or missing,
            _marked(_class(score), agrees(exhibit, score)),
            missing if score.symmetry is None else f"{score.symmetry:.2f}",
            str(score.provenance.get("networks", missing)),
            missing
            if fit is None or fit.explained_variance is None
            else f"{fit.explained_variance:.2f}",
            _marked(found_group(score) or missing, found_agrees(exhibit, score)),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([*rows, ""])


def _marked(text: str, agrees: bool | None) -> str:
    return f"**{text}**" if agrees is False else text


def _name(exhibit) -> str:
    return exhibit.path.removeprefix("sample:").rsplit("/", 1)[-1]


def _class(score) -> str:
    """Name the class, in brackets where the outcome says that it is not to be relied on."""
    if str(score.outcome) == "ok":
        return score.label
    outcome = str(score.outcome).replace("_", " ")
    return f"{outcome} ({score.label})" if score.label else outcome


def _room_figure(room: Room, scores: list) -> Figure:
    columns = min(COLUMNS, len(scores))
    rows = -(-len(scores) // columns)
    size = (COLUMNS * (SIDE + 0.1), rows * (SIDE + TEXT))
    figure = Figure(figsize=size, dpi=DPI)
    for number, (exhibit, score) in enumerate(zip(room.exhibits, scores, strict=True)):
        row, column = divmod(number, columns)
        left, top = column * (SIDE + 0.1) + 0.05, size[1] - row * (SIDE + TEXT)
        axes = figure.add_axes(
            (left / size[0], (top - SIDE) / size[1], SIDE / size[0], SIDE / size[1])
        )
        axes.axis("off")
        if score.picture is not None:
            axes.imshow(score.picture.rgb)
        differs = (agrees(exhibit, score) is False, found_agrees(exhibit, score) is False)
        lines = (
            (_name(exhibit)[:22], MUTED),
            (f"eye  {_symbols(exhibit.eye) or '–'}", INK),
            (f"networks  {_said(score)}", ACCENT if differs[0] else INK),
            (f"search  {_symbols(found_group(score)) or '–'}", ACCENT if differs[1] else INK),
        )
        for line, (text, colour) in enumerate(lines):
            y = (top - SIDE - 0.11 - 0.155 * line) / size[1]
            figure.text(left / size[0], y, text, fontsize=6.5, color=colour, va="center")
    return figure


def _symbols(eye: str) -> str:
    """Set the classes in what the eye says as mathematics."""
    parts = []
    for part in eye.split(", "):
        numbered = part[:2] in ("D_", "C_") and part[2:].isdigit()
        parts.append(f"${part}$" if numbered else mathematics(part))
    return ", ".join(parts).replace("rotations of order", "order")


def _said(score) -> str:
    if str(score.outcome) != "ok":
        return str(score.outcome).replace("_", " ")
    return f"{mathematics(score.label)}  {score.symmetry:.2f}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("expected one argument: the folder that the figures go to")
    hang(Path(sys.argv[1]))
