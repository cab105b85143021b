"""Measure claim after claim; after each the page is whole, and what is finished is kept."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from symscope.drawing.svg import inline_svg
from symscope.errors import SymscopeError, UsageError
from symscope.evaluation.claims.claim import Claim, Effort, Progress, counted
from symscope.evaluation.claims.page import MARK, page_html
from symscope.io.files import check_file, write_whole
from symscope.io.images import find_pictures
from symscope.report.doctor import machine, versions

PAGE_ENDINGS = (".html", ".htm")

Sections = dict[str, dict[str, Any]]
"""What ``measured`` returned, by the claim's key."""


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
    for kind in ("*.py", "*.safetensors"):
        for file in sorted(package.rglob(kind)):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def made_with(effort: Effort) -> dict[str, Any]:
    """Return all that the sections depend on; of pictures names, sizes and times of change."""
    listing = None
    if effort.pictures:
        paths = [path for path in find_pictures([effort.pictures]) if os.path.isfile(path)]
        stats = [(os.path.abspath(path), os.stat(path)) for path in paths]
        listed = repr([(path, stat.st_size, stat.st_mtime_ns) for path, stat in stats])
        listing = hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()
    return {
        "symscope": fingerprint(),
        "versions": versions(),
        "seed": effort.seed,
        "quick": effort.quick,
        "pictures": listing,
    }


def journal_of(page: Path) -> Path:
    """Name the file beside a page that keeps its finished claims until all are measured."""
    return page.with_name(f"{page.name}.journal")


def read_journal(path: Path, depends: Mapping[str, Any]) -> Sections:
    """Return the sections of an interrupted run like this one; a damaged file holds none."""
    try:
        digest, _, body = path.read_text("utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    if digest != hashlib.sha256(body.encode()).hexdigest():
        return {}
    journal = json.loads(body)
    return journal["sections"] if journal["made_with"] == depends else {}


def write_journal(path: Path, depends: Mapping[str, Any], sections: Sections) -> None:
    """Write the sections of claims that were measured; one that failed is tried again."""
    kept = {key: section for key, section in sections.items() if section["verdict"]}
    body = json.dumps({"made_with": depends, "sections": kept})
    write_whole(path, f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}".encode())


def measured(claim: Claim, effort: Effort, progress: Progress) -> dict[str, Any]:
    """Measure one claim → its numbers, conditions, verdict and drawings as plain values."""
    start = time.perf_counter()
    section: dict[str, Any] = {
        "claim": claim.title,
        "source": claim.source,
        "verdict": None,
        "numbers": {},
        "conditions": [],
        "done": "",
        "remarks": [],
        "drawings": [],
        "failed": None,
    }
    try:
        result = claim.measure(effort, progress)
        rule = claim.rule(result.numbers)
        section |= {
            "verdict": str(rule.verdict),
            "numbers": {key: number.to_row() for key, number in result.numbers.items()},
            "conditions": [
                {"condition": c.text, "why": c.why, "essential": c in rule.essential, "met": c.met}
                for c in rule.essential + rule.further
            ],
            "done": result.done,
            "remarks": list(result.remarks),
            "drawings": [
                {
                    "title": panel.title,
                    "caption": panel.caption,
                    "svg": str(inline_svg(panel.figure, panel.title, f"{claim.key}-{number}")),
                }
                for number, panel in enumerate(result.panels)
            ],
        }
    except SymscopeError as error:
        section["failed"] = str(error)
    return section | {"seconds": time.perf_counter() - start}


def reproduce(
    out: Path,
    effort: Effort,
    claims: Sequence[Claim],
    *,
    fresh: bool = False,
    tell: Callable[[str], None] = lambda text: None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Measure the claims one after the other, and write the page after each.

    Parameters
    ----------
    out : Path
        The page. What is finished is kept beside it, in ``out.journal``, until all is.
    effort : Effort
    claims : the claims to measure
    fresh : forget what an interrupted run has finished
    tell : takes what was measured, line by line
    progress : takes how far the claim that is being measured has come

    Returns
    -------
    dict
        All figures and verdicts, ready for JSON; the ``verdict`` of a claim that could not be
        measured is None, and ``failed`` says why.

    Raises
    ------
    UsageError
        If the page cannot be written there.
    """
    check_page(out)
    journal, depends = journal_of(out), made_with(effort)
    sections = {} if fresh else read_journal(journal, depends)
    if sections:
        tell(f"going on where a run was interrupted: {counted(len(sections), 'claims')} finished")
    for place, claim in enumerate(claims, start=1):
        if claim.key in sections:
            continue
        write_whole(out, page_html(claims, effort, sections, now=claim.key).encode())
        section = sections[claim.key] = measured(claim, effort, progress)
        write_journal(journal, depends, sections)
        verdict = section["verdict"] or f"not measured: {section['failed']}"
        tell(f"{place} of {len(claims)}: {claim.title}: {verdict} ({section['seconds']:.0f} s)")
    write_whole(out, page_html(claims, effort, sections).encode())
    if all(section["verdict"] for section in sections.values()):
        journal.unlink(missing_ok=True)
    return {
        "seed": effort.seed,
        "quick": effort.quick,
        "pictures": effort.pictures and str(effort.pictures),
        "versions": versions(),
        "machine": machine(),
        "seconds": sum(section["seconds"] for section in sections.values()),
        "claims": {
            claim.key: {k: v for k, v in sections[claim.key].items() if k != "drawings"}
            for claim in claims
        },
    }
