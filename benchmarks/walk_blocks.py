"""What a document asks to be run: its fenced blocks, and the comments that say on which terms."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt

SHELL = ("", "sh", "bash", "shell")
PYTHON = ("python", "py")
R = ("r",)

SECONDS = 300.0
"""What a block may take without a word about it: a score takes 10 s on two idle cores."""

MARK = re.compile(r"<!--\s*walk:\s*(?P<word>\w+)\s*:?\s*(?P<rest>.*?)\s*-->", re.DOTALL)


class WrongMark(Exception):
    """A comment for the walk that it does not understand."""


@dataclass(frozen=True)
class Terms:
    """What a document says of the block that follows."""

    exit: int = 0
    until: str | None = None
    seconds: float = SECONDS
    long: str | None = None
    skip: str | None = None


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, what it is, and on which terms it is run."""

    document: str
    line: int
    language: str
    text: str
    terms: Terms

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def first(self) -> str:
        lines = [line for line in self.text.strip().splitlines() if line.strip()]
        return f"{lines[0][:70]}{' …' if len(lines) > 1 else ''}" if lines else ""


def blocks(document: str, text: str) -> list[Block]:
    """List the fenced blocks that are commands, Python or R, each with its terms.

    Raises
    ------
    WrongMark
        For a comment to the walk that means nothing.
    """
    found, terms = [], Terms()
    for token in MarkdownIt().parse(text):
        line = (token.map or [0])[0] + 1
        if token.type == "html_block":
            for match in MARK.finditer(token.content):
                terms = _with(terms, match["word"], match["rest"], f"{document}:{line}")
        elif token.type == "fence":
            language = token.info.strip().lower()
            if language in (*SHELL, *PYTHON, *R):
                found.append(Block(document, line, language, token.content, terms))
            elif terms != Terms():
                raise WrongMark(f"{document}:{line}: found a mark before a block that is not run")
            terms = Terms()
    if terms != Terms():
        raise WrongMark(f"{document}: found a mark after the last block")
    return found


def _with(terms: Terms, word: str, rest: str, place: str) -> Terms:
    if word == "exit" and rest.isdigit():
        return replace(terms, exit=int(rest))
    if word == "seconds" and rest.isdigit():
        return replace(terms, seconds=float(rest))
    if word in ("until", "long", "skip") and rest:
        return replace(terms, **{word: rest})
    raise WrongMark(f"{place}: found the mark {word!r} with {rest!r}, see benchmarks/walk.py")
