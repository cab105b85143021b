"""The page: a table of all verdicts, then a section for each claim."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from symscope.drawing.markup import render
from symscope.evaluation.claims.claim import Claim, Effort
from symscope.evaluation.claims.numbers import Number
from symscope.evaluation.claims.rule import MEANINGS, Verdict
from symscope.evaluation.claims.section import Drawing, Section
from symscope.report.citations import bibtex
from symscope.report.command import shell_line
from symscope.report.doctor import machine, versions

if TYPE_CHECKING:
    from symscope.evaluation.claims.run import Run

MARK = "symscope reproduce"
"""By which a page is known as ours."""

SIGNS = {Verdict.HOLDS: "holds", Verdict.PARTLY: "partly", Verdict.NOT: "not"}
"""Class of a verdict's badge in the style sheet, which gives it a sign beside the colour."""

CITED = ("networks", "classifier", "images", "figure", "generators", "orbits", "sketch:otsu")


@dataclass(frozen=True)
class Line:
    """One claim as the page shows it; without a section it is still to come."""

    claim: Claim
    section: Section | None
    now: bool

    @property
    def badge(self) -> str:
        """The class of its badge."""
        if self.section is None:
            return "waiting"
        return SIGNS[self.section.verdict] if self.section.verdict else "failed"

    @property
    def word(self) -> str:
        """What its badge says."""
        if self.section is None:
            return "being measured" if self.now else "not computed yet"
        return str(self.section.verdict) if self.section.verdict else "not measured"

    def number(self, key: str) -> Number | None:
        """One of its numbers."""
        return self.section.numbers.get(key) if self.section else None

    @property
    def numbers(self) -> list[Number]:
        """All of them, the controls last."""
        found = self.section.numbers.values() if self.section else ()
        return sorted(found, key=lambda number: number.control)

    @property
    def drawings(self) -> list[tuple[Drawing, Markup]]:
        """Its panels with their drawing, which this program made, as markup."""
        found = self.section.drawings if self.section else ()
        return [(drawing, Markup(drawing.svg)) for drawing in found]

    @property
    def conditions(self) -> list[tuple[str, str, bool, bool]]:
        """Text, reason, whether it is essential, and whether it is met."""
        numbers = self.section.numbers if self.section else {}
        rule = self.claim.rule
        return [
            (one.text(numbers), one.why, one in rule.essential, one.is_met(numbers))
            for one in rule.conditions
        ]


def page_html(run: "Run", now: str = "") -> str:
    """Return the page of what is finished; the rest is marked as not computed yet.

    Parameters
    ----------
    run : Run
    now : key of the claim that is being measured
    """
    lines = [Line(claim, run.sections.get(claim.key), claim.key == now) for claim in run.claims]
    relations = {condition.relation for claim in run.claims for condition in claim.rule.conditions}
    made = [
        *((name, number or "missing") for name, number in versions().items()),
        *((name, str(value)) for name, value in machine().items()),
    ]
    return str(
        render(
            "reproduce.html.j2",
            mark=MARK,
            title="Symmetry meets AI, reproduced",
            lines=lines,
            finished=sum(line.section is not None for line in lines),
            counted=[
                (word, sum(line.word == word for line in lines))
                for word in (*map(str, Verdict), "not measured")
            ],
            quick=run.effort.quick,
            seed=run.effort.seed,
            own_pictures=run.effort.pictures is not None,
            meanings=[(str(r), text) for r, text in MEANINGS.items() if r in relations],
            command=shell_line(command(run.effort)),
            seconds=[(line.claim.title, line.section.seconds) for line in lines if line.section],
            made=made,
            citation=bibtex(CITED),
        )
    )


def command(effort: Effort) -> list[str]:
    """Return the words of the command that makes the page again.

    >>> command(Effort(seed=3, quick=True))
    ['symscope', 'reproduce', '--quick', '--seed', '3', '--out', 'reproduce.html']
    """
    words = ["symscope", "reproduce"]
    words += ["--quick"] if effort.quick else []
    words += ["--pictures", str(effort.pictures)] if effort.pictures else []
    return [*words, "--seed", str(effort.seed), "--out", "reproduce.html"]
