"""Pages as text, and texts that are kept: what a page says is compared with ``snapshots/NAME.txt``.

A page that is meant to say something else is renewed by

    SYMSCOPE_SNAPSHOTS=renew .venv/bin/python -m pytest tests/test_pages.py

and what ``git diff tests/snapshots`` shows is read before it is committed.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable
from difflib import unified_diff
from html.parser import HTMLParser
from pathlib import Path

import pytest

KEPT = Path(__file__).with_name("snapshots")

RENEW = "SYMSCOPE_SNAPSHOTS"
"""A variable of the environment: with ``renew`` the pages are kept as they are now."""

WIDTH = 98

SILENT = ("head", "style", "script", "svg")
"""Elements whose inside is no text of the page."""

BLOCKS = {
    *("p", "div", "section", "header", "main", "nav", "figure", "figcaption", "details", "summary"),
    *("h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "table", "tr", "pre"),
    *("form", "fieldset", "legend", "label", "button", "select", "optgroup", "option", "noscript"),
}
"""Elements that begin a line."""

STARTS = {f"h{level}": "#" * level + " " for level in range(1, 5)}
STARTS |= {
    "li": "- ",
    "option": "- ",
    "td": " | ",
    "th": " | ",
    "dd": ": ",
    "sub": "_",
    "span": " ",
}
"""What stands for the beginning of an element."""


class _Text(HTMLParser):
    """The lines of a page's text: of images and drawings what is said to those who see none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines = [""]
        self._silent, self._verbatim, self._works = 0, False, False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not self._silent:
            if tag in BLOCKS:
                self._end_line()
            self.lines[-1] += STARTS.get(tag, "")
            said = given.get({"svg": "aria-label", "optgroup": "label"}.get(tag, "alt"))
            if said:
                self.lines[-1] += f" [{said}] "
            if tag == "input" and "hidden" not in given:
                self.lines[-1] += _state(given)
        self._silent += tag in SILENT
        self._verbatim |= tag == "pre"
        self._works |= given.get("class") == "bibtex"

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT
        self._verbatim &= tag != "pre"
        self._works &= tag != "pre"
        if tag in BLOCKS - {"dt"} or tag == "dd":
            self._end_line()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._works:
            data = "\n".join(re.findall(r"^@.*\b", data, flags=re.MULTILINE))
        first, *more = data.split("\n") if self._verbatim else [re.sub(r"\s+", " ", data)]
        self.lines[-1] += first
        self.lines += more

    def _end_line(self) -> None:
        # What only began a line goes on: an item may begin with a heading.
        if self.lines[-1].strip() not in ("", "-"):
            self.lines.append("")


def _state(given: dict[str, str | None]) -> str:
    """What an input shows."""
    if given["type"] in ("radio", "checkbox"):
        return "[x] " if "checked" in given else "[ ] "
    return f"[{given.get('value', '')}]"


def page_text(html: str, varying: Iterable[str] = ()) -> str:
    """Give the text of a page: a line for each block, cells and terms marked, images as words.

    Of BibTeX the keys stay: the works have tests of their own.

    Parameters
    ----------
    html : a whole page
    varying : terms of its lists whose values differ between machines; these are left out
    """
    found = []
    for line in _Text(html).lines:
        line = re.sub(r"^((?:[-#]+ )*)(?:\| )+", r"\1", " ".join(line.split()))
        term, colon, value = line.replace(" : ", ": ").partition(": ")
        line = term + colon + ("…" if term in varying and value else value)
        found += ["", line] if line.startswith("#") else [line] if line else []
    wrapped = (
        textwrap.wrap(
            line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        or [""]
        for line in found
    )
    return "\n".join(line for lines in wrapped for line in lines).strip() + "\n"


def changes(name: str, html: str, varying: Iterable[str] = (), kept: Path = KEPT) -> str:
    """Tell what a page says otherwise than the text that is kept of it, empty if nothing."""
    file = kept / f"{name}.txt"
    before = file.read_text("utf-8") if file.exists() else ""
    lines = before.splitlines(), page_text(html, varying).splitlines()
    return "\n".join(unified_diff(*lines, f"{name}.txt, as kept", "the page now", lineterm=""))


def assert_as_kept(name: str, html: str, varying: Iterable[str] = (), kept: Path = KEPT) -> None:
    """Hold a page to the text that is kept of it, or keep its text where that is wished."""
    found = changes(name, html, varying, kept)
    if not found:
        return
    if os.environ.get(RENEW) == "renew":
        (kept / f"{name}.txt").write_text(page_text(html, varying), "utf-8")
        return
    how = f"{RENEW}=renew .venv/bin/python -m pytest tests/test_pages.py"
    pytest.fail(f"{found}\n\nIf this is what the page shall say, keep it: {how}", pytrace=False)
