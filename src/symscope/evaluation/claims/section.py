"""What a page keeps of a claim that was measured: plain text and drawings, ready for a journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symscope.drawing.inline_svg import inline_svg
from symscope.evaluation.claims.claim import Claim, Measured
from symscope.evaluation.claims.numbers import Number
from symscope.evaluation.claims.rule import Verdict


@dataclass(frozen=True)
class Drawing:
    """A panel as the page shows it: ``svg`` takes its colours from the page."""

    title: str
    caption: str
    svg: str


@dataclass(frozen=True)
class Section:
    """One finished claim.

    Attributes
    ----------
    key : of the claim
    verdict : Verdict, or None if it could not be measured
    numbers : by key
    done, remarks : as in ``Measured``
    drawings : tuple of Drawing
    seconds : what the measurement took
    failed : why there is nothing, if so
    """

    key: str
    verdict: Verdict | None
    numbers: Mapping[str, Number]
    done: str
    remarks: tuple[str, ...]
    drawings: tuple[Drawing, ...]
    seconds: float
    failed: str = ""

    @classmethod
    def of(cls, claim: Claim, measured: Measured, seconds: float) -> "Section":
        """Judge a measurement by its claim's rule, and draw its panels."""
        drawings = tuple(
            Drawing(panel.title, panel.caption, inline_svg(panel.figure, panel.title, name))
            for number, panel in enumerate(measured.panels)
            for name in [f"{claim.key}-{number}"]
        )
        verdict = claim.rule.judge(measured.numbers)
        return cls(
            claim.key,
            verdict,
            measured.numbers,
            measured.done,
            measured.remarks,
            drawings,
            seconds,
        )

    @classmethod
    def of_failure(cls, claim: Claim, why: str, seconds: float) -> "Section":
        """Say that a claim could not be measured."""
        return cls(claim.key, None, {}, "", (), (), seconds, why)

    def figures(self, claim: Claim) -> dict[str, Any]:
        """Return numbers, conditions and verdict as plain values, ready for JSON."""
        return {
            "claim": claim.title,
            "source": claim.source,
            "verdict": self.verdict and str(self.verdict),
            "numbers": {key: number.to_row() for key, number in self.numbers.items()},
            "conditions": [
                {
                    "condition": condition.text(self.numbers),
                    "essential": condition in claim.rule.essential,
                    "met": condition.is_met(self.numbers),
                }
                for condition in claim.rule.conditions
            ],
            "done": self.done,
            "remarks": list(self.remarks),
            "seconds": self.seconds,
            "failed": self.failed or None,
        }

    def to_row(self) -> dict[str, Any]:
        """Return all of it as plain values, for the journal."""
        return {
            "key": self.key,
            "verdict": self.verdict and str(self.verdict),
            "numbers": {key: number.to_row() for key, number in self.numbers.items()},
            "done": self.done,
            "remarks": list(self.remarks),
            "drawings": [vars(drawing) for drawing in self.drawings],
            "seconds": self.seconds,
            "failed": self.failed,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Section":
        """Read what ``to_row`` wrote."""
        return cls(
            row["key"],
            row["verdict"] and Verdict(row["verdict"]),
            {key: Number.from_row(number) for key, number in row["numbers"].items()},
            row["done"],
            tuple(row["remarks"]),
            tuple(Drawing(**drawing) for drawing in row["drawings"]),
            row["seconds"],
            row["failed"],
        )
