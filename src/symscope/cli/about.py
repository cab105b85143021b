"""``symscope doctor`` and ``symscope cite``: what is installed, and what it rests on."""

from typing import Annotated, Any

import typer

from symscope.cli.shared import WEIGHTS_REJECTED, Json, print_figures
from symscope.options import Cited, SketchMethod
from symscope.report.terminal import emit


def doctor(as_json: Json = False) -> None:
    """Tell what machine, versions, devices and weights there are."""
    from symscope.report.doctor import VERIFIED, examine

    report = examine()
    print_figures(report, as_json)
    if any(weights["status"] != VERIFIED for weights in report["weights"].values()):
        raise typer.Exit(WEIGHTS_REJECTED)


def cite(
    sketch: Annotated[
        SketchMethod, typer.Option(help="The sketch that was used.")
    ] = SketchMethod.OTSU,
    of: Annotated[Cited, typer.Option(help="What was used.")] = Cited.SCORE,
    **choices: Any,
) -> None:
    """Print BibTeX of what a score, a sound's score, generators or orbits rest on."""
    from symscope.report.citations import bibtex, used_by_score

    parts = used_by_score(sketch.value, True, choices["task"])
    if of is Cited.SOUND:
        parts = (*parts, "sound")
    elif of is not Cited.SCORE:
        more = [of.value] if of in (Cited.ORBITS, Cited.ADVERSARIAL) else []
        parts = ("networks", "generators", "figure", *more)
    emit(bibtex(parts).encode())
