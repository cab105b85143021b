"""``symscope evaluate``: how well symscope does, measured afresh."""

from pathlib import Path
from typing import Annotated

import typer

from symscope.cli.shared import Classes, Json, Quick, Seed, print_figures
from symscope.errors import UsageError
from symscope.options import EvidenceSource, Suite
from symscope.report.terminal import progress


def evaluate(
    suite: Annotated[Suite, typer.Argument(help="What to measure.", show_default=False)],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="For labelled, noise and mirrors: pictures; labelled needs a labels.csv.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="For labelled: the table.",
            show_default="labels.csv in DIR",
        ),
    ] = None,
    crop: Annotated[
        str | None,
        typer.Option(metavar="x0,y0,x1,y1", help="For labelled: the part that is looked at."),
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="For labelled: compare simple measures too.")
    ] = False,
    evidence: Annotated[
        EvidenceSource, typer.Option(help="What the class of pictures is read from.")
    ] = EvidenceSource.BOTH,
    figure: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="For breaking, tasks and unsupervised: draw the figures there."
        ),
    ] = None,
    classes: Classes = None,
    seed: Seed = 0,
    as_json: Json = False,
    quick: Quick = False,
) -> None:
    """Measure afresh how well symscope does, with controls."""
    if figure is not None:
        from symscope.io.files import check_file, picture_format

        if suite not in (Suite.BREAKING, Suite.TASKS, Suite.UNSUPERVISED):
            raise UsageError(f"evaluate {suite.value} draws no figure: leave --figure out")
        check_file(figure, "--figure")
        picture_format(figure, "--figure")
    from symscope.evaluation import run
    from symscope.networks.devices import enable_compilation_cache

    enable_compilation_cache()
    with progress(suite.value) as report:
        figures = run(
            suite.value,
            classes=classes.value if classes else None,
            seed=seed,
            quick=quick,
            folder=folder,
            labels=labels,
            crop=crop,
            baselines=baselines,
            evidence=evidence.value,
            progress=report,
        )
    if figure is not None:
        from symscope.drawing.comparison import comparison_figure
        from symscope.drawing.dial import dial_figure
        from symscope.io.files import write_figure

        draw = dial_figure if suite is Suite.BREAKING else comparison_figure
        write_figure(figure, draw(figures))
    print_figures(figures, as_json)
