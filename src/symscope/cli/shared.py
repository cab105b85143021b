"""Exit codes, and the arguments and options that several commands share."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from symscope.cli.completion import complete_picture
from symscope.errors import SymscopeError
from symscope.io.paths import printable, suffix_of
from symscope.options import SEED, ClassSet
from symscope.report.terminal import emit, say, show

FAULT, WRONG_USE, SOME_FAILED, ALL_FAILED, WEIGHTS_REJECTED, INTERRUPTED = 1, 2, 3, 4, 5, 130
"""Exit codes; 0 is left for success."""


class Interrupted(SymscopeError):
    """Ctrl-C: the message says what was kept, and how to go on."""

    exit_code = INTERRUPTED


POTENTIAL = "potential:"
"""How a source begins that is no file."""

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH…",
        help="Pictures and sounds, folders, patterns such as '*.png', sample:NAME (scikit-image's "
        "pictures, fractals, drawings, lattices), or - for a picture on standard input. Signals "
        "(.npy, .csv, .xlsx), volumes (.npy, .nii, .nii.gz, .mrc, DICOM), arrays (FILE.h5::NAME), "
        "meshes (.stl), atoms (.xyz), microscopy (.czi), samples (.npz), potential:NAME too.",
        show_default=False,
        autocompletion=complete_picture,
    ),
]
Seed = Annotated[int, typer.Option(**SEED)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quick = Annotated[bool, typer.Option("--quick", help="Less work, wider intervals.")]
Classes = Annotated[
    ClassSet | None,
    typer.Option(help="The paper's five classes, or all seven.", show_default="paper"),
]


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


def say_which_files_are_left_out(paths: Sequence[str], sources: Sequence[str]) -> None:
    """Say what in folders is not scored: files that by their names are no pictures or sounds."""
    known = set(sources)
    for folder in paths:
        if folder in known or not os.path.isdir(folder):
            continue
        others = []
        for place, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            files = (os.path.join(place, name) for name in names if not name.startswith("."))
            others += [file for file in files if file not in known]
        if others:
            endings = ", ".join(sorted({suffix_of(file) or "no ending" for file in others})[:8])
            say(
                f"{printable(folder)}: {len(others)} of its files "
                f"{'is' if len(others) == 1 else 'are'} left out, by name no picture or sound "
                f"({endings}): name what is to be scored"
            )
