"""Suites that measure symscope afresh and put the control beside each figure."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from symscope.api import score_many
from symscope.errors import UsageError, among
from symscope.options import ClassSet, EvidenceSource, Suite

SUITES = tuple(map(str, Suite))

ONE_CLASS_SET = ("labelled", "mirrors", "fractals", "adversarial", "sound", "volumes", "signals")
"""Suites that do not ask which classes are told apart."""

WITH_FOLDER = ("labelled", "noise", "mirrors")
"""Suites that take the pictures of a folder."""

WITH_EVIDENCE = ("labelled", "controls", "breaking", "noise", "repeatability", "fractals")
"""Suites that are asked what the class is read from; of those, the last four only pass it on."""

ARGUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "tasks": ("tasks", {"suite": "tasks"}),
    "unsupervised": ("tasks", {"suite": "unsupervised"}),
    "signals": ("templates", {"dimension": 1}),
    "volumes": ("templates", {"dimension": 3}),
}
"""Module and arguments of suites that share one; the others have a module of their own name."""


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
    evidence: str = EvidenceSource.BOTH.value,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Run one suite and return its figures, JSON-ready, computed on inputs drawn from ``seed``.

    Parameters
    ----------
    classes : "paper" (by default) or "extended", but for ONE_CLASS_SET
    folder : the pictures of ``labelled`` and, if there is one, of ``noise`` and ``mirrors``
    evidence : for WITH_EVIDENCE: what the class is read from, as in ``options.Options``
    labels, crop, baselines : for ``labelled`` alone: the table where it is not labels.csv in the
        folder, "x0,y0,x1,y1", and whether simple measures are compared too

    Raises
    ------
    UsageError
        If there is no such suite, or it does not take these options.
    """
    if suite not in SUITES:
        raise UsageError(f"found suite {suite!r}: expected {among(suite, SUITES)}")
    if suite in ONE_CLASS_SET and classes is not None:
        raise UsageError(f"evaluate {suite} has classes of its own: leave --classes out")
    if suite == "labelled" and folder is None:
        raise UsageError("evaluate labelled needs a folder that holds labels.csv: name it")
    if suite != "labelled" and (labels is not None or crop is not None or baselines):
        raise UsageError("--labels, --crop and --baselines are for evaluate labelled alone")
    if suite not in WITH_EVIDENCE and evidence != EvidenceSource.BOTH:
        raise UsageError(
            f"--evidence is for evaluate {', '.join(WITH_EVIDENCE)}: mirrors compares all kinds"
        )
    if suite not in WITH_FOLDER and folder is not None:
        raise UsageError(f"evaluate {suite} draws its own pictures: it takes no folder")
    module, arguments = ARGUMENTS.get(suite, (suite, {}))
    if suite not in ONE_CLASS_SET:
        arguments = arguments | {"classes": classes or ClassSet.PAPER.value}
    if suite in WITH_FOLDER:
        arguments = arguments | {"folder": folder}
    if suite == "labelled":
        arguments = arguments | {"labels": labels, "crop": crop, "with_baselines": baselines}
    if suite in WITH_EVIDENCE[:2]:
        arguments = arguments | {"evidence": evidence}
    elif suite in WITH_EVIDENCE:
        arguments = arguments | {"score": partial(score_many, evidence=evidence)}
    measure = import_module(f"symscope.evaluation.{module}").measure
    report = progress or (lambda done, total: None)
    return measure(**arguments, seed=seed, quick=quick, progress=report)
