"""Scores as one page that needs nothing else: no network, no script, no other file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from symscope.drawing.kinds import CLASSES
from symscope.drawing.words import VOLUME, plural_of
from symscope.groups import CLASS_SETS, Symmetry
from symscope.options import Options
from symscope.report.citations import bibtex, used_by_score
from symscope.report.command import arguments, score_words, shell_line
from symscope.report.markup import render, sign
from symscope.report.section import Section, section_of
from symscope.results import FINISHED

LONGEST_COMMAND = 40
"""Inputs that the command of a whole report names; with more, it says how many others."""


class Report:
    """A page under way: takes scores one by one and forgets all of them but what it shows.

    Parameters
    ----------
    options : Options
        What the scores were made with.
    title : str, optional
        By default it says how many pictures there are, or names the only one.

    Attributes
    ----------
    pictures, failures : how many it has taken, and how many of them could not be scored
    """

    def __init__(self, options: Options, title: str | None = None) -> None:
        self._options, self._title = options, title
        self._sections: list[Section] = []
        self._paths: list[str] = []
        self._volumes = 0  # TIFFs that were scored as volumes
        self.failures = 0

    @property
    def pictures(self) -> int:
        return len(self._sections)

    def add(self, score: Any) -> None:
        """Add one score, with any outcome."""
        self._paths.append(score.path)
        self.failures += score.outcome not in FINISHED
        self._volumes += "--dimension" in arguments(score, self._options)
        anchor = f"picture-{len(self._paths)}"
        self._sections.append(section_of(score, self._options, anchor))

    def html(self) -> str:
        """Return the page: an index from the most to the least symmetric, then every picture."""
        given = [section for section in self._sections if section.scored]
        ranked = sorted(given, key=lambda section: (-(section.symmetry or 0.0), section.path))
        volumes = any(section.given is VOLUME for section in self._sections)
        by_name = sorted(given, key=lambda section: (section.name.casefold(), section.path))
        return str(
            render(
                "report.html.j2",
                title=self._title or self._usual_title(),
                alone=len(self._sections) == 1,
                ranked=ranked,
                failed=[section for section in self._sections if not section.scored],
                by_name={section.anchor: place for place, section in enumerate(by_name)},
                as_given={section.anchor: place for place, section in enumerate(given)},
                kinds=Counter(section.label_name for section in ranked).most_common(),
                classes=glossary(self._options.classifier, volumes),
                weighed=any(section.weighed for section in self._sections),
                spatial=any(not section.given.pictured for section in self._sections),
                command=self._command(),
                citation=bibtex(used_by_score(self._options.sketch, True, self._options.task)),
            )
        )

    def _usual_title(self) -> str:
        if len(self._sections) == 1:
            return f"How symmetric is {self._sections[0].name}?"
        several = plural_of({section.given.plural for section in self._sections})
        return f"How symmetric are these {len(self._sections)} {several}?"

    def _command(self) -> str:
        volumes = self._volumes == len(self._paths) > 0
        options = replace(self._options, dimension=3 if volumes else None)
        chosen = [*options.arguments(), "--out", "report.html"]
        line = shell_line(score_words("report", self._paths[:LONGEST_COMMAND], chosen))
        more = len(self._paths) - LONGEST_COMMAND
        return f"{line} …  # and {more} more" if more > 0 else line


def glossary(classifier: str, volumes: bool = False) -> list[tuple[Markup, str, str, str]]:
    """Return the sign, name, symbol and meaning of each class that a classifier tells apart."""
    classes = [*CLASS_SETS[classifier], *([Symmetry.BALL] if volumes else [])]
    return [
        (sign(symbol), CLASSES[symbol].name, symbol, CLASSES[symbol].meaning)
        for symbol in map(str, classes)
    ]


def report_html(scores: Iterable[Any], *, options: Options, title: str | None = None) -> str:
    """Write scores as one self-contained HTML page.

    Parameters
    ----------
    scores : iterable of Score
        As from ``score`` or ``score_many``, with any outcomes; taken one at a time, so that only
        what the page shows (some 100 to 300 kB each) is kept.
    options : Options
        What they were made with, for the command that makes them again.
    title : str, optional

    Returns
    -------
    str
        HTML that asks for no other file and runs no script; encode it as UTF-8.
    """
    report = Report(options, title)
    for score in scores:
        report.add(score)
    return report.html()
