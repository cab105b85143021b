"""Exit codes, and the options that several commands share."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from symscope.cli.completion import complete_picture
from symscope.options import (
    MOST_DIMENSIONS,
    ClassSet,
    Frame,
    NetworkSettings,
    Options,
    SketchMethod,
    SoundView,
)
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

# What a score depends on: the flag of each field of Options.
Networks = Annotated[
    int | None,
    typer.Option(min=1, help="Networks per picture.", show_default="as many as it needs"),
]
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
MaxMegapixels = Annotated[float, typer.Option(help="Refuse larger pictures.")]

FLAGS: dict[str, Any] = {
    "networks": Networks,
    "seed": Seed,
    "task": Learned,
    "settings": Annotated[NetworkSettings, typer.Option(help="How networks are trained.")],
    "sketch": Sketched,
    "frame": Framed,
    "zoom": Zoom,
    "classifier": Annotated[ClassSet, typer.Option(help="Five or seven classes.")],
    "max_megapixels": MaxMegapixels,
    "elements": Annotated[
        bool,
        typer.Option("--elements/--no-elements", help="Search for axes, centres and periods too."),
    ],
    "baselines": Annotated[bool, typer.Option("--baselines", help="Add what simple measures say.")],
    "view": Annotated[
        SoundView,
        typer.Option(help="Of sounds: time and pitch, or how alike any two moments are."),
    ],
    "window": Annotated[
        float, typer.Option(metavar="SECONDS", help="Of sounds: how long a part gets a score.")
    ],
    "dimension": Annotated[
        int | None,
        typer.Option(min=1, max=MOST_DIMENSIONS, help="3 reads a TIFF of many pages as a volume."),
    ],
}


def with_options(without: Sequence[str] = ()) -> Callable[[Callable[..., None]], Any]:
    """Give a command, in the place of its parameter ``options``, the flag of each of Options."""
    defaults = Options()
    flags = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=getattr(defaults, name), annotation=flag)
        for name, flag in FLAGS.items()
        if name not in without
    ]

    def decorated(command: Callable[..., None]) -> Any:
        def run(**given: Any) -> None:
            options = Options(**{flag.name: given.pop(flag.name) for flag in flags})
            command(**given, options=options)

        own = signature(command, eval_str=True).parameters.values()
        asked = [item.replace(kind=Parameter.KEYWORD_ONLY) for item in own]
        asked = [item for item in asked if item.name != "options"]
        needed = [item for item in asked if item.default is Parameter.empty]
        others = [item for item in asked if item.default is not Parameter.empty]
        run.__name__, run.__doc__, run.__annotations__ = command.__name__, command.__doc__, {}
        vars(run)["__signature__"] = Signature([*needed, *flags, *others])
        return run

    return decorated


def print_figures(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print an evaluation's figures: one JSON object, or tables for people."""
    from symscope.drawing.rows import to_json_lines
    from symscope.drawing.table import figures_tables

    if as_json:
        emit(to_json_lines([figures]))
    else:
        show(*figures_tables(figures))


def print_path(path: Path) -> None:
    """Print where something was written."""
    emit(f"{path}\n".encode("utf-8", "backslashreplace"))
