"""``symscope train``: classifiers made anew."""

from pathlib import Path
from typing import Annotated

import typer

from symscope.cli.shared import Quick, Seed, print_path
from symscope.report.terminal import progress


def train(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the classifiers and their cards go.")
    ] = Path("weights"),
    seed: Seed = 0,
    checkpoints: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the run resumes.", show_default="in --out"),
    ] = None,
    quick: Quick = False,
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Those of evidence, for --evidence both, hidden, pixels."),
    ] = False,
    dimension: Annotated[
        int, typer.Option(min=1, max=3, help="2 for pictures, 1 for signals, 3 for volumes.")
    ] = 2,
) -> None:
    """Train the classifiers anew, in one run that can be interrupted and resumed."""
    from symscope.io.files import make_folder

    make_folder(out, "--out")
    from symscope.networks.devices import enable_compilation_cache

    enable_compilation_cache()
    if evidence:
        from symscope.classifier.evidence_dataset import QUICK_SHARDS
        from symscope.classifier.evidence_training import train as train_evidence

        with progress("training") as report:
            work, shards = checkpoints or out / "work", QUICK_SHARDS if quick else None
            train_evidence(out, work, seed, shards, report, dimension)
        print_path(out)
        return
    from symscope.classifier.training import train as train_classifiers

    with progress("training") as report:
        train_classifiers(
            out, dimension=dimension, seed=seed, quick=quick, work=checkpoints, progress=report
        )
    print_path(out)
