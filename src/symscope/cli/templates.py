"""``symscope templates``: physics potentials of known symmetry, as files."""

from pathlib import Path
from typing import Annotated

import typer

from symscope.cli.shared import Seed, print_path
from symscope.errors import UsageError, among
from symscope.report.terminal import say


def templates(
    classes: Annotated[
        str, typer.Option(help="paper, extended, or classes such as Z_2,T or mirror,striped.")
    ] = "extended",
    count: Annotated[int, typer.Option(min=1, help="Templates per class and family.")] = 1,
    seed: Seed = 0,
    breaking: Annotated[float, typer.Option(help="0 exact … 1 symmetry gone.")] = 0.0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Save them there.")] = Path("templates"),
    dimension: Annotated[
        int, typer.Option(min=1, max=3, help="2 for pictures, 1 for signals, 3 for volumes.")
    ] = 2,
) -> None:
    """Draw physics templates and save them with labels; prints the figure's or table's path."""
    if not 0 <= breaking <= 1:
        raise UsageError(f"found --breaking {breaking}, expected a number from 0 to 1")
    from symscope.groups import CLASS_SETS, CLASSES, Symmetry

    if classes in CLASS_SETS:
        wanted = CLASS_SETS[classes] if dimension == 2 else CLASSES[dimension]
    else:
        # ∅ and O(2) are hard to type: the plain name of a class does as well.
        known = {str(s): s for s in Symmetry} | {s.name.lower(): s for s in Symmetry}
        names = [name.strip() for name in classes.split(",")]
        for name in names:
            if name not in known:
                expected = among(name, [*CLASS_SETS, *known])
                raise UsageError(f"found class {name!r} in --classes, expected {expected}")
        wanted = tuple(dict.fromkeys(known[name] for name in names))
    from symscope.drawing.sheets import templates_figure
    from symscope.io.files import make_folder, write_figure, write_whole
    from symscope.report.labelled import labelled_files
    from symscope.synth.templates import templates as draw_templates

    make_folder(out, "--out")
    drawn = draw_templates(count, dimension=dimension, classes=wanted, seed=seed, breaking=breaking)
    for name, data in labelled_files(drawn):
        write_whole(out / name, data)
    say(f"{len(drawn)} templates and labels.csv are in {out}")
    if dimension == 2:
        write_figure(out / "templates.png", templates_figure(drawn))
        print_path(out / "templates.png")
    else:
        print_path(out / "labels.csv")
