"""Figures of signals, volumes and samples, and their stand-ins on pages."""

from __future__ import annotations

import pytest

from fake_fields import a_score, a_signal, a_volume, moves
from symscope.errors import Outcome
from symscope.report.figure import score_figure
from symscope.report.places import in_words
from symscope.report.sheets import thumbnail
from symscope.report.stand_in import on_a_page, with_figure
from symscope.result import Score
from symscope.spatial.elements import Place


def words_of(figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (a_volume, ("mirror plane", "centre of any rotation", "and 1 more", "space")),
        (a_signal, ("palindrome about 350", "period of 140", "two levels")),
        (lambda: a_score(4, None, None, (500,), (500,)), ("how many dimensions",)),
    ],
)
def test_a_figure_says_what_was_found(make, said):
    figure = score_figure(make())
    words = " ".join(words_of(figure).split())
    assert all(text in words for text in said)
    figure.draw_without_rendering()


def test_what_has_no_score_says_why():
    failed = Score("a.npy", Outcome.NOT_FINITE, "found NaN", provenance={"dimension": 3})
    assert "not numbers" in words_of(score_figure(failed))


def test_elements_are_told_in_the_unit_of_their_source():
    axis = Place("axis", moves(3), 0.9, point=(1.0, 2.0, 3.0), direction=(0.0, 0.0, 1.0))
    assert in_words(axis, "mm") == (
        "axis of any rotation along (0, 0, 1), through (1, 2, 3) mm: agreement 0.90"
    )


@pytest.mark.parametrize("make", [a_volume, a_signal])
def test_pages_and_sheets_show_a_stand_in(make):
    score = make()
    small = thumbnail(score)
    assert small.picture.rgb.shape == (160, 160, 3)
    assert on_a_page(score).views is None
    large = with_figure(score)
    assert large.picture.rgb.shape[1] > 1000
    assert large.profile == score.profile
