"""Suites that measure symscope afresh and put the control beside each figure."""

from collections.abc import Callable
from typing import Any

from symscope.errors import UsageError

SUITES = ("templates", "controls", "repeatability")


def run(
    suite: str,
    *,
    classes: str = "paper",
    seed: int = 0,
    quick: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Run one suite and return its figures, JSON-ready, computed on inputs drawn from ``seed``.

    Raises
    ------
    UsageError
        If there is no such suite.
    """
    report = progress or (lambda done, total: None)
    if suite == "templates":
        from symscope.evaluation.templates import measure
    elif suite == "controls":
        from symscope.evaluation.controls import measure
    elif suite == "repeatability":
        from symscope.evaluation.repeatability import measure
    else:
        raise UsageError(f"found suite {suite!r}: expected one of {', '.join(SUITES)}")
    return measure(classes=classes, seed=seed, quick=quick, progress=report)
