"""The page: a table of all verdicts, then a section for each claim."""

from collections.abc import Mapping, Sequence
from typing import Any

from symscope.evaluation.claims.claim import RELATIONS, Claim, Effort, Verdict
from symscope.report.citations import bibtex
from symscope.report.command import shell_line
from symscope.report.doctor import machine, versions
from symscope.report.markup import render

MARK = "symscope reproduce"
"""By which a page is known as ours."""

BADGES = {Verdict.HOLDS: "holds", Verdict.PARTLY: "partly", Verdict.NOT: "not", None: "failed"}
"""Class of a verdict's badge in the style sheet, which gives it a sign beside the colour."""

NOT_MEASURED = "not measured"
"""What stands for the verdict of a claim whose measurement failed."""

CITED = ("networks", "classifier", "images", "figure", "generators", "orbits", "sketch:otsu")


def page_html(
    claims: Sequence[Claim],
    effort: Effort,
    sections: Mapping[str, Mapping[str, Any]],
    now: str = "",
) -> str:
    """Return the page of what is finished; the rest is marked as not computed yet.

    Parameters
    ----------
    claims : in the order of the page
    sections : what was measured, by the claim's key: rows of ``run.measured``
    now : key of the claim that is being measured
    """
    lines = []
    for claim in claims:
        section = sections.get(claim.key)
        if section is None:
            badge, word = "waiting", "being measured" if claim.key == now else "not computed yet"
        else:
            badge, word = BADGES[section["verdict"]], section["verdict"] or NOT_MEASURED
        lines.append({"claim": claim, "section": section, "badge": badge, "word": word})
    words = [line["word"] for line in lines]
    return str(
        render(
            "reproduce.html.j2",
            mark=MARK,
            title="Symmetry meets AI, reproduced",
            lines=lines,
            finished=sum(line["section"] is not None for line in lines),
            counted=[(word, words.count(word)) for word in (*map(str, Verdict), NOT_MEASURED)],
            quick=effort.quick,
            seed=effort.seed,
            own_pictures=effort.pictures is not None,
            relations=list(RELATIONS.items()),
            command=shell_line(command(effort)),
            seconds=[(line["claim"].title, line["section"]["seconds"])
                     for line in lines if line["section"]],
            made=[
                *((name, number or "missing") for name, number in versions().items()),
                *((name, str(value)) for name, value in machine().items()),
            ],
            citation=bibtex(CITED),
        )
    )  # fmt: skip


def command(effort: Effort) -> list[str]:
    """Return the words of the command that makes the page again.

    >>> command(Effort(seed=3, quick=True))
    ['symscope', 'reproduce', '--quick', '--seed', '3', '--out', 'reproduce.html']
    """
    words = ["symscope", "reproduce"]
    words += ["--quick"] if effort.quick else []
    words += ["--pictures", str(effort.pictures)] if effort.pictures else []
    return [*words, "--seed", str(effort.seed), "--out", "reproduce.html"]
