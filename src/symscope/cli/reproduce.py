"""``symscope reproduce``: the talk's claims measured one by one, as one page."""

from pathlib import Path
from typing import Annotated

import typer

from symscope.cli.shared import ALL_FAILED, SOME_FAILED, Json, Quick, Seed, print_path
from symscope.report.terminal import emit, progress, say


def reproduce(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the page there.")] = Path(
        "reproduce.html"
    ),
    pictures: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Paintings of your own, for the scores of art.",
            show_default="scikit-image's photographs",
        ),
    ] = None,
    seed: Seed = 0,
    quick: Quick = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what an interrupted run has finished.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure the talk's claims, each with its control and a verdict; prints the page's path."""
    from symscope.evaluation.claims.run import check_page

    check_page(out)
    if pictures is not None:
        from symscope.evaluation.noise import check_folder

        check_folder(pictures)
    from symscope.drawing.rows import to_json_lines
    from symscope.evaluation.claims.claim import Effort
    from symscope.evaluation.claims.claims import CLAIMS
    from symscope.evaluation.claims.run import reproduce as measure_all
    from symscope.networks.devices import enable_compilation_cache

    enable_compilation_cache()
    with progress("reproducing") as report:
        figures = measure_all(
            out,
            Effort(seed, quick, pictures),
            CLAIMS,
            fresh=fresh,
            tell=say,
            progress=report,
        )
    if as_json:
        emit(to_json_lines([figures | {"page": str(out)}]))
    else:
        print_path(out)
    failures = sum(claim["verdict"] is None for claim in figures["claims"].values())
    if failures:
        say(f"{failures} of {len(CLAIMS)} claims could not be measured")
        raise typer.Exit(ALL_FAILED if failures == len(CLAIMS) else SOME_FAILED)
