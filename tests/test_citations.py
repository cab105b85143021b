"""References as data, and the BibTeX of what was used."""

from __future__ import annotations

import re

import pytest

from symscope.errors import UsageError
from symscope.preprocess.sketch import METHODS
from symscope.report import citations


def test_the_two_papers_of_the_method_come_first_and_always() -> None:
    for parts in ([], ["figure"], citations.PARTS):
        first, second = citations.references(parts)[:2]
        assert "2103.06115" in first.bibtex
        assert "2003.13679" in second.bibtex


def test_only_what_was_used_is_cited() -> None:
    otsu = citations.bibtex(citations.used_by_score("otsu"))
    quantile = citations.bibtex(citations.used_by_score("quantile"))
    assert "Otsu" in otsu
    assert "Otsu" not in quantile
    assert "Hunter" not in quantile
    assert "Hunter" in citations.bibtex(citations.used_by_score("quantile", figure=True))


@pytest.mark.parametrize("method", METHODS)
def test_every_sketch_can_be_cited(method: str) -> None:
    assert len(citations.references(citations.used_by_score(method))) >= 6


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(UsageError, match="nonsense"):
        citations.bibtex(["nonsense"])


@pytest.mark.parametrize("reference", citations.REFERENCES, ids=lambda r: r.key)
def test_entries_are_complete_and_their_braces_balanced(reference: citations.Reference) -> None:
    assert {"author", "title", "year"} <= dict(reference.fields).keys()
    assert {"doi", "eprint", "url"} & dict(reference.fields).keys()
    assert reference.used_for <= set(citations.PARTS)
    depth = 0
    for character in reference.bibtex:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert reference.bibtex.isascii()


def test_keys_are_unique() -> None:
    keys = re.findall(r"^@\w+\{(\w+),", citations.bibtex(), flags=re.M)
    assert len(keys) == len(set(keys)) == len(citations.REFERENCES)
