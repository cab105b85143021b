"""Suites that measure symscope afresh and put the control beside each figure."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from symscope.errors import UsageError
from symscope.options import ClassSet, Suite

SUITES = tuple(map(str, Suite))

CLASSES_OF_THEIR_OWN = ("labelled", "fractals", "adversarial", "sound", "volumes", "signals")
"""Suites that do not ask which classes are told apart."""


def run(
    suite: str,
    *,
    classes: str | None = None,
    seed: int = 0,
    quick: bool = False,
    folder: Path | None = None,
    labels: Path | None = None,
    crop: str | None = None,
    baselines: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Run one suite and return its figures, JSON-ready, computed on inputs drawn from ``seed``.

    Parameters
    ----------
    classes : "paper" (by default) or "extended", but for CLASSES_OF_THEIR_OWN
    folder : the pictures of ``labelled`` and, if there is one, of ``noise``
    labels, crop, baselines : for ``labelled`` alone: the table where it is not labels.csv in the
        folder, "x0,y0,x1,y1", and whether simple measures are compared too

    Raises
    ------
    UsageError
        If there is no such suite, or it does not take these options.
    """
    report = progress or (lambda done, total: None)
    if suite not in SUITES:
        raise UsageError(f"found suite {suite!r}: expected one of {', '.join(SUITES)}")
    if suite in CLASSES_OF_THEIR_OWN and classes is not None:
        raise UsageError(f"evaluate {suite} has classes of its own: leave --classes out")
    classes = classes or ClassSet.PAPER.value
    if suite == "labelled":
        from symscope.evaluation import labelled

        if folder is None:
            raise UsageError("evaluate labelled needs a folder that holds labels.csv: name it")
        return labelled.measure(
            folder=folder,
            labels=labels,
            crop=labelled.parse_crop(crop) if crop else None,
            with_baselines=baselines,
            seed=seed,
            quick=quick,
            progress=report,
        )
    if labels is not None or crop is not None or baselines:
        raise UsageError("--labels, --crop and --baselines are for evaluate labelled alone")
    if suite == "noise":
        from symscope.evaluation import noise

        return noise.measure(
            classes=classes, seed=seed, quick=quick, folder=folder, progress=report
        )
    if folder is not None:
        raise UsageError(f"evaluate {suite} draws its own pictures: it takes no folder")
    if suite in ("tasks", "unsupervised"):
        from symscope.evaluation import tasks

        return tasks.measure(suite=suite, classes=classes, seed=seed, quick=quick, progress=report)
    if suite in ("volumes", "signals"):
        from symscope.evaluation import spatial

        dimension = 3 if suite == "volumes" else 1
        return spatial.measure(dimension=dimension, seed=seed, quick=quick, progress=report)
    measure = import_module(f"symscope.evaluation.{suite}").measure
    return measure(classes=classes, seed=seed, quick=quick, progress=report)
