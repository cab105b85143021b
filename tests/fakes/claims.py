"""Claims that are measured in no time, for tests of the page and of runs."""

from __future__ import annotations

from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import (
    Claim,
    Effort,
    Measured,
    Number,
    Numbers,
    Panel,
    Progress,
    Rule,
)


def a_rule(numbers: Numbers) -> Rule:
    measured = numbers["found"]
    return Rule(
        (measured.clearly_above(numbers["control"], "it is not chance"),),
        (measured.at_least(0.5, "and it is much"),),
    )


def a_panel(title: str = "What was seen") -> Panel:
    figure, axes = plots.axes(1.5, "across", "up")
    axes.plot([0, 1], [0, 1])
    plots.scatter(axes, [0.2, 0.4], [0.3, 0.9])
    return Panel(title, "How to read it.", figure)


def a_claim(
    key: str,
    value: float = 0.9,
    measured: list[str] | None = None,
    drawn: bool = False,
    **changed,
) -> Claim:
    """A claim that notes in ``measured`` when it is measured."""

    def measure(effort: Effort, progress: Progress) -> Measured:
        if measured is not None:
            measured.append(key)
        progress(1, 1)
        numbers = {
            "found": Number(f"{key} found", value, value - 0.1, value + 0.1, "9 runs", "%"),
            "control": Number("by chance", 0.2, 0.1, 0.3, "9 runs", "%", control=True),
        }
        return Measured(
            f"{key} was computed with seed {effort.seed}.",
            numbers,
            (a_panel(),) if drawn else (),
            ("A remark.",),
        )

    claim = {
        "key": key,
        "title": f"The claim {key}",
        "source": "talk, somewhere",
        "says": f"It is said that {key}.",
        "headline": "found",
        "control": "control",
        "measure": measure,
        "rule": a_rule,
    }
    return Claim(**(claim | changed))
