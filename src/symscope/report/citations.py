"""What each part of symscope rests on: the entries of ``references.bib``, by part."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from symscope.errors import UsageError, among
from symscope.tasks import parse_task

PARTS = (
    "method",
    "networks",
    "classifier",
    "training",
    "images",
    "sketch:otsu",
    "sketch:adaptive",
    "sketch:edges",
    "sketch:quantile",
    "task:vae",
    "task:gan",
    "figure",
    "generators",
    "adversarial",
    "orbits",
    "sound",
)
"""What a call can have used; "method" is always among it."""


@dataclass(frozen=True)
class Reference:
    """One work to cite.

    Attributes
    ----------
    key : str
        BibTeX key.
    used_for : frozenset of str
        Parts of symscope (names in ``PARTS``) that rest on it.
    bibtex : str
        The entry, without the field ``keywords`` that holds the parts.
    """

    key: str
    used_for: frozenset[str]
    bibtex: str


@cache
def all_references() -> tuple[Reference, ...]:
    """Read the entries of ``references.bib``, the method's own first."""
    text = files("symscope.report").joinpath("references.bib").read_text("utf-8")
    entry = re.compile(r"^(@\w+{(\w+),\n(?:  .*\n)*?)  keywords = {(.*)},\n}\n", flags=re.MULTILINE)
    return tuple(
        Reference(key, frozenset(parts.split()), f"{fields}}}\n")
        for fields, key, parts in entry.findall(text)
    )


def used_by_score(
    sketch: str = "otsu", figure: bool = False, task: str | None = None
) -> tuple[str, ...]:
    """Name the parts that scoring a picture uses.

    >>> used_by_score("edges")
    ('method', 'networks', 'classifier', 'images', 'sketch:edges')
    """
    parts = ("method", "networks", "classifier", "images", f"sketch:{sketch}")
    if task and (kind := parse_task(task)).unsupervised:
        parts = (*parts, f"task:{kind.name}")
    return (*parts, "figure") if figure else parts


def references(parts: Iterable[str] = PARTS) -> tuple[Reference, ...]:
    """List the works behind parts of symscope, the method's own always among them.

    Raises
    ------
    UsageError
        For a part that is not in ``PARTS``.

    Examples
    --------
    >>> [reference.key for reference in references(["sketch:otsu"])]
    ['barenboim2021symmetry', 'krippendorf2021detecting', 'otsu1979threshold']
    """
    wanted = {"method", *parts}
    unknown = sorted(wanted - set(PARTS))
    if unknown:
        raise UsageError(f"found {unknown[0]!r} to cite, expected {among(unknown[0], PARTS)}")
    return tuple(reference for reference in all_references() if reference.used_for & wanted)


def bibtex(parts: Iterable[str] = PARTS) -> str:
    """Print-ready BibTeX of what parts of symscope rest on.

    >>> bibtex([]).splitlines()[0]
    '@article{barenboim2021symmetry,'
    """
    return "\n".join(reference.bibtex for reference in references(parts))
