"""Measure claim after claim; after each the page is whole, and what is finished is kept."""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symscope.errors import SymscopeError, UsageError
from symscope.evaluation.claims.claim import Claim, Effort, Progress
from symscope.evaluation.claims.journal import Journal
from symscope.evaluation.claims.numbers import counted
from symscope.evaluation.claims.page import MARK, page_html
from symscope.evaluation.claims.section import Section
from symscope.io.files import check_file, write_whole
from symscope.io.images import find_pictures
from symscope.report.doctor import machine, versions

PAGE_ENDINGS = (".html", ".htm")

Told = Callable[[str], None]


@dataclass
class Run:
    """A page under way.

    Attributes
    ----------
    claims : the claims of the page, in order
    effort : Effort
    sections : what is finished, by the claim's key
    """

    claims: Sequence[Claim]
    effort: Effort
    sections: dict[str, Section] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """How many claims could not be measured."""
        return sum(section.verdict is None for section in self.sections.values())

    def figures(self) -> dict[str, Any]:
        """Return all figures and verdicts as one object, ready for JSON."""
        return {
            "seed": self.effort.seed,
            "quick": self.effort.quick,
            "pictures": self.effort.pictures and str(self.effort.pictures),
            "versions": versions(),
            "machine": machine(),
            "seconds": sum(section.seconds for section in self.sections.values()),
            "claims": {
                claim.key: self.sections[claim.key].figures(claim)
                for claim in self.claims
                if claim.key in self.sections
            },
        }


def check_page(path: Path) -> None:
    """Refuse, before hours are spent, a file that cannot or must not be written.

    Raises
    ------
    UsageError
        If it is no HTML file by its name, a folder, in a folder that is missing or closed, or a
        file that this command did not make.
    """
    check_file(path, "--out")
    if path.suffix.lower() not in PAGE_ENDINGS:
        raise UsageError(f"--out found {path.name}, expected a name that ends in .html")
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            ours = MARK.encode() in file.read(4096)
        # Opened for appending, nothing is changed.
        path.open("ab").close()
    except OSError as error:
        raise UsageError(
            f"--out may not write {path} ({error.strerror}): choose another name"
        ) from error
    if not (ours or path.stat().st_size == 0):
        raise UsageError(
            f"--out found {path}, which symscope reproduce did not make: choose another name, or "
            "move that file away"
        )


def fingerprint() -> str:
    """Name the code and weights that the sections depend on.

    >>> len(fingerprint())
    64
    """
    digest = hashlib.sha256()
    package = Path(__file__).parents[2]
    for kind in ("*.py", "weights/*.safetensors"):
        for file in sorted(package.rglob(kind)):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def made_with(effort: Effort) -> dict[str, Any]:
    """Return all that the sections depend on."""
    return {
        "symscope": fingerprint(),
        "versions": versions(),
        "seed": effort.seed,
        "quick": effort.quick,
        "pictures": effort.pictures and _listing(effort.pictures),
    }


def _listing(folder: Path) -> str:
    """Name the pictures of a folder as they are now, by name, size and time of change."""
    found = [(path, os.stat(path)) for path in find_pictures([folder]) if os.path.isfile(path)]
    told = [(os.path.abspath(path), about.st_size, about.st_mtime_ns) for path, about in found]
    return hashlib.sha256(repr(told).encode("utf-8", "surrogateescape")).hexdigest()


def reproduce(
    out: Path,
    effort: Effort,
    claims: Sequence[Claim],
    *,
    fresh: bool = False,
    tell: Told = lambda text: None,
    progress: Progress = lambda done, total: None,
) -> Run:
    """Measure the claims one after the other, and write the page after each.

    Parameters
    ----------
    out : Path
        The page. What is finished is kept beside it, in ``out.journal``, until all is.
    effort : Effort
    claims : the claims to measure
    fresh : forget what an interrupted run has finished
    tell : is told what has been found, line by line
    progress : is told how far the claim that is being measured has come

    Returns
    -------
    Run

    Raises
    ------
    UsageError
        If the page cannot be written there.
    """
    check_page(out)
    journal = Journal(out, made_with(effort))
    run = Run(claims, effort, {} if fresh else journal.read())
    if run.sections:
        tell(
            f"going on where a run was interrupted: {counted(len(run.sections), 'claim')} finished"
        )
    journal.begin(run.sections)
    for place, claim in enumerate(claims, start=1):
        if claim.key in run.sections:
            continue
        write_whole(out, page_html(run, now=claim.key).encode())
        section = _measured(claim, effort, progress)
        run.sections[claim.key] = section
        if section.verdict is not None:
            journal.add(section)  # one that failed is tried again
        found = section.verdict or f"not measured: {section.failed}"
        tell(f"{place} of {len(claims)}: {claim.title}: {found} ({section.seconds:.0f} s)")
    write_whole(out, page_html(run).encode())
    if not run.failures:
        journal.remove()
    return run


def _measured(claim: Claim, effort: Effort, progress: Progress) -> Section:
    start = time.perf_counter()
    try:
        measured = claim.measure(effort, progress)
    except SymscopeError as error:
        return Section.of_failure(claim, str(error), time.perf_counter() - start)
    return Section.of(claim, measured, time.perf_counter() - start)
