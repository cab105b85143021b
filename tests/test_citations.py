"""References as data, and the BibTeX of what was used."""

from __future__ import annotations

import re
from importlib.resources import files

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


@pytest.mark.parametrize("reference", citations.all_references(), ids=lambda r: r.key)
def test_entries_are_complete_and_their_braces_balanced(reference: citations.Reference) -> None:
    fields = set(re.findall(r"^  (\w+) = {", reference.bibtex, flags=re.M))
    assert {"author", "title", "year"} <= fields
    assert {"doi", "eprint", "url"} & fields
    assert "keywords" not in fields
    assert reference.used_for
    assert reference.used_for <= set(citations.PARTS)
    depth = 0
    for character in reference.bibtex:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert reference.bibtex.isascii()


def test_keys_are_unique_and_no_entry_is_passed_over() -> None:
    text = files("symscope.report").joinpath("references.bib").read_text("utf-8")
    keys = {reference.key for reference in citations.all_references()}
    assert len(keys) == len(citations.all_references()) == text.count("\n@")
