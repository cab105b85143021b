"""The gallery: who says what, and whether it is the same.

What its page says is compared with the text that is kept of it, by ``test_pages.py``.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.scores import a_failure, a_score
from symscope.elements import Element, Elements
from symscope.groups import Symmetry
from symscope.io.images import sample_names
from symscope.options import Options
from symscope.report.gallery import (
    SILENT,
    Exhibit,
    Gallery,
    Room,
    agrees,
    found_agrees,
    found_group,
    gallery_rows,
    labelled_exhibit,
    own_rooms,
    tally,
)
from symscope.synth.samples import COMPUTED


def test_every_computed_sample_hangs_once_with_what_is_known() -> None:
    exhibits = [exhibit for room in own_rooms() for exhibit in room.exhibits]
    names = [exhibit.path.removeprefix("sample:") for exhibit in exhibits]
    assert len(names) == len(set(names))
    assert set(COMPUTED) <= set(names) <= set(sample_names())
    for exhibit, name in zip(exhibits, names, strict=True):
        assert bool(exhibit.eye) == (name in COMPUTED)
    said = dict(zip(names, (exhibit.eye for exhibit in exhibits), strict=True))
    assert said["koch"] == "D_6"
    assert said["lattice-square"] == "T_n, rotations of order 4"


@pytest.mark.parametrize(
    ("label", "eye", "symbol"),
    [
        ({"file": "a", "class": Symmetry.MIRROR}, "Z_2", "Z_2"),
        ({"rotation_order": 6, "has_mirror": 0, "group": "p"}, "rotations of order 6, no mirror",
         None),
        ({"bravais": "square", "has_translation": 1}, "square lattice, translation", None),
        ({"axis_deg": 90.0, "rating": 3.5, "class": None}, "axis at 90°, rating 3.5", None),
        ({"has_upright_mirror": 1}, "upright mirror", None),
    ],
)  # fmt: skip
def test_labels_are_put_into_words(label, eye, symbol) -> None:
    exhibit = labelled_exhibit("mine", "a.png", label)
    assert (exhibit.eye, exhibit.symbol) == (eye, symbol)


def test_only_a_class_that_was_said_can_agree() -> None:
    score = a_score(label="Z_2")
    assert agrees(Exhibit("r", "a.png", "Z_2", "Z_2"), score) is True
    assert agrees(Exhibit("r", "a.png", "D_4", "D_n"), score) is False
    assert agrees(Exhibit("r", "a.png", "2-fold"), score) is None
    assert agrees(Exhibit("r", "a.png", "Z_2", "Z_2"), a_failure("bad.png")) is False


def with_elements(score, *kinds):
    angle = {"mirror": 90.0, "rotation": None}
    found = tuple(Element(kind, (), 0.9, 1.0, angle_deg=angle[kind], order=2) for kind in kinds)
    return replace(score, elements=Elements(found, {}))


def test_what_the_search_says_stands_by_itself() -> None:
    exhibit = Exhibit("r", "a.png", "C_2", "C_n")
    turned = with_elements(a_score(label="D_n"), "rotation")
    assert (agrees(exhibit, turned), found_agrees(exhibit, turned)) == (False, True)
    assert found_group(turned) == "C_2"
    both = with_elements(a_score(label="C_n"), "mirror", "rotation")
    assert (agrees(exhibit, both), found_agrees(exhibit, both)) == (True, False)
    assert found_group(both) == "D_2"
    assert found_agrees(Exhibit("r", "a.png"), both) is None
    assert found_agrees(exhibit, a_score()) is None  # none were looked for
    assert tally([(None, None)]) == ""


def test_the_page_marks_what_differs_and_leaves_out_what_is_empty() -> None:
    exhibits = (
        Exhibit("My <room>", "a.png", "Z_2", "Z_2"),
        Exhibit("My <room>", "b.png", "D_4", "D_n"),
        Exhibit("My <room>", "bad.png"),
    )
    rooms = (Room("My <room>", SILENT, exhibits), Room("Empty", SILENT, ()))
    page = Gallery(rooms, Options())
    for exhibit in exhibits:
        made = a_failure(exhibit.path) if "bad" in exhibit.path else a_score(exhibit.path)
        page.add(exhibit, made)
    text = page.html("symscope gallery 'my <room>'")
    assert "My &lt;room&gt;" in text
    assert text.count('class="differs"') == 1
    assert "Empty" not in text
    assert "<script" not in text
    assert page.pictures == 3


def test_rows_say_the_same() -> None:
    exhibit = Exhibit("r", "a.png", "Z_2", "Z_2")
    (row,) = gallery_rows([(exhibit, a_score("a.png"))])
    assert (row["eye"], row["label"], row["agrees"], row["outcome"]) == ("Z_2", "Z_2", True, "ok")
    assert (row["found"], row["found_agrees"]) == (None, None)
    (row,) = gallery_rows([(Exhibit("r", "a.png"), a_score("a.png"))])
    assert row["eye"] is None
    assert row["agrees"] is None
