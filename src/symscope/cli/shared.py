"""Exit codes, and the options that several commands share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from symscope.cli.completion import complete_picture
from symscope.options import ClassSet, Frame, NetworkSettings, SketchMethod, SoundView
from symscope.report.terminal import emit, show
from symscope.tasks import TASKS

FAULT, WRONG_USE, SOME_FAILED, ALL_FAILED, WEIGHTS_REJECTED, INTERRUPTED = 1, 2, 3, 4, 5, 130
"""Exit codes; 0 is left for success."""

POTENTIAL = "potential:"
"""How a source begins that is no file."""

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH…",
        help="Pictures and sounds, folders, patterns such as '*.png', sample:NAME (scikit-image's "
        "pictures, fractals, drawings, lattices), or - for a picture on standard input. Signals "
        "(.npy, .csv), volumes (.npy, .nii, .nii.gz, .mrc), samples (.npz), potential:NAME too.",
        show_default=False,
        autocompletion=complete_picture,
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Fixes all that is random.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quick = Annotated[bool, typer.Option("--quick", help="Less work, wider intervals.")]
Classes = Annotated[
    ClassSet | None,
    typer.Option(help="The paper's five classes, or all seven.", show_default="paper"),
]

# What a score depends on.
Networks = Annotated[
    int | None,
    typer.Option(min=1, help="Networks per picture.", show_default="as many as it needs"),
]
Trained = Annotated[NetworkSettings, typer.Option(help="How networks are trained.")]
Learned = Annotated[
    str,
    typer.Option(
        "--task",
        metavar="TASK",
        help=f"What the networks learn: {', '.join(TASKS)}; greys:K and bands:K take a number.",
        autocompletion=lambda: list(TASKS),
    ),
]
Sketched = Annotated[SketchMethod, typer.Option(help="How a picture becomes a sketch.")]
Framed = Annotated[Frame, typer.Option(help="How a picture becomes square.")]
Zoom = Annotated[
    float, typer.Option(help="Score the middle only, 1/ZOOM of the side: for fine detail.")
]
Read = Annotated[ClassSet, typer.Option("--classifier", help="Five or seven classes.")]
View = Annotated[
    SoundView, typer.Option(help="Of sounds: time and pitch, or how alike any two moments are.")
]
Window = Annotated[
    float, typer.Option(metavar="SECONDS", help="Of sounds: how long a part gets a score.")
]
MaxMegapixels = Annotated[float, typer.Option(help="Refuse larger pictures.")]
Dimension = Annotated[
    int | None,
    typer.Option(min=1, max=32, help="3 reads a TIFF of many pages as a volume."),
]
WithElements = Annotated[
    bool, typer.Option("--elements/--no-elements", help="Search for axes, centres and periods too.")
]
WithBaselines = Annotated[
    bool, typer.Option("--with-baselines", help="Add what simple measures say.")
]


def print_figures(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print an evaluation's figures: one JSON object, or tables for people."""
    from symscope.drawing.table import figures_tables, to_json_lines

    if as_json:
        emit(to_json_lines([figures]))
    else:
        show(*figures_tables(figures))


def print_path(path: Path) -> None:
    """Print where something was written."""
    emit(f"{path}\n".encode("utf-8", "backslashreplace"))
