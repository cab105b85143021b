"""``symscope gallery``: fractals, drawings, lattices, photographs, and pictures of your own."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symscope.cli import shared
from symscope.cli.shared import ALL_FAILED, SOME_FAILED, Json
from symscope.errors import UsageError
from symscope.options import Options
from symscope.report.terminal import emit, progress, say

if TYPE_CHECKING:
    from symscope.report.gallery import Room


def gallery(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR]…",
            help="Folders of pictures: each becomes a room; a labels.csv says what the eye says.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the page there.")] = Path(
        "gallery.html"
    ),
    most: Annotated[
        int, typer.Option(min=1, help="Pictures of each folder, chosen evenly over their names.")
    ] = 24,
    own: Annotated[
        bool, typer.Option("--own/--only-folders", help="Hang symscope's own rooms too.")
    ] = True,
    as_json: Json = False,
    **choices: Any,
) -> None:
    """Hang pictures with what the eye says of them on one HTML page; prints the page's path."""
    from symscope.io.files import check_file

    check_file(out, "--out")
    options = Options(**choices)
    from symscope.report.gallery import own_rooms

    rooms = [*(own_rooms() if own else ()), *(room_of(folder, most) for folder in folders or ())]
    if not rooms:
        raise UsageError("--only-folders needs a folder: name one")
    names = [room.name for room in rooms]
    if len(set(names)) < len(names):
        raise UsageError("found two rooms of one name: rename a folder, or name it once")
    failed = _hang(rooms, options, out, _command(folders or [], out, most, own, options), as_json)
    if failed:
        say(f"{failed} picture{'s' * (failed > 1)} could not be scored")
        every = sum(len(room.exhibits) for room in rooms)
        raise typer.Exit(ALL_FAILED if failed == every else SOME_FAILED)


def room_of(folder: Path, most: int) -> "Room":
    """Hang a folder: at most so many of its pictures, with what its labels.csv says of them.

    Raises
    ------
    MissingFile
        If there is no such folder, or no picture in it.
    """
    from symscope.errors import MissingFile
    from symscope.evaluation.labels import TABLE, Label, read_labels
    from symscope.io.images import find_pictures
    from symscope.report.gallery import SILENT, Exhibit, Room, labelled_exhibit

    if not folder.is_dir():
        raise MissingFile(f"{folder}: found no such folder, expected one with pictures")
    found = [path for path in find_pictures([folder]) if not Path(path).is_dir()]
    if not found:
        raise MissingFile(f"{folder}: found a folder without pictures, expected PNG, JPEG, TIFF, …")
    chosen = [found[i * len(found) // most] for i in range(most)] if len(found) > most else found
    rows: list[Label] = []
    if (folder / TABLE).exists():
        try:
            rows, _, wrong = read_labels(folder / TABLE)
        except UsageError as error:
            wrong = [str(error)]
        for what in wrong:
            say(f"{folder}: {what}")
    labels = {str((folder / row["file"]).resolve()): row for row in rows}
    name = folder.resolve().name or str(folder)
    exhibits = []
    for path in chosen:
        label = labels.get(str(Path(path).resolve()))
        exhibits.append(labelled_exhibit(name, path, label) if label else Exhibit(name, path))
    source = f"what the eye says is what {TABLE} says" if labels else SILENT
    return Room(name, source, tuple(exhibits))


def _command(folders: list[Path], out: Path, most: int, own: bool, options: Options) -> str:
    from symscope.report.command import score_words, shell_line

    words = [*options.arguments(), "--out", str(out), "--most", str(most)]
    words += [] if own else ["--only-folders"]
    return shell_line(score_words("gallery", map(str, folders), words))


def _hang(rooms: list["Room"], options: Options, out: Path, command: str, as_json: bool) -> int:
    """Score all exhibits, write the page, and return how many could not be scored."""
    from symscope.api import score_many
    from symscope.drawing.rows import to_json_lines
    from symscope.io.files import write_whole
    from symscope.io.images import GuardedReader
    from symscope.networks.devices import enable_compilation_cache
    from symscope.report.gallery import Gallery, gallery_rows
    from symscope.report.terminal import say_why
    from symscope.results import FINISHED

    enable_compilation_cache()
    exhibits = [exhibit for room in rooms for exhibit in room.exhibits]
    page, rows, failed = Gallery(rooms, options), [], 0
    try:
        with closing(GuardedReader()) as read, progress("scoring") as done:
            paths = [exhibit.path for exhibit in exhibits]
            scores = score_many(paths, options, read=read, progress=done)
            for exhibit, score in zip(exhibits, scores, strict=True):
                say_why(score)
                page.add(exhibit, score)
                rows += gallery_rows([(exhibit, score)])
                failed += score.outcome not in FINISHED
    finally:
        # An interruption leaves a page of what was finished.
        if page.pictures:
            write_whole(out, page.html(command).encode())
            emit(to_json_lines(rows)) if as_json else shared.print_path(out)
    return failed
