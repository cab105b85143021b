"""Figures of signals, volumes and samples, and their stand-ins on pages."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from fake_fields import a_score, a_signal, a_volume, moves
from symscope.drawing import words
from symscope.drawing.figure import score_figure
from symscope.drawing.inputs import FUNCTION, PICTURE, SIGNAL, SOUND, VOLUME, input_of
from symscope.drawing.panels_nd import in_words
from symscope.drawing.sheets import thumbnail
from symscope.drawing.stand_in import on_a_page, with_figure
from symscope.drawing.verdict import verdict
from symscope.elements import Element
from symscope.errors import Outcome
from symscope.lie.algebra import Verdict
from symscope.lie.rigid import Generators
from symscope.options import Options
from symscope.report.html import report_html
from symscope.results import Score


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
    axis = Element("round", moves(3), 0.9, point=(1.0, 2.0, 3.0), direction=(0.0, 0.0, 1.0))
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
    assert large.probabilities == score.probabilities


def some_generators() -> Generators:
    fields = np.zeros((6, 4, 5))
    spread = np.full(10, 0.01)
    defects = np.linspace(0.1, 0.6, 10)
    agreement = np.full(6, 0.9)
    return Generators(defects, spread, fields, agreement, "SO(4)", Verdict.SYMMETRIC)


def in_four_dimensions() -> Score:
    volume = a_volume()
    return replace(
        volume,
        path="hat",
        probabilities=None,
        symmetry=None,
        symmetry_sd=None,
        label="SO(4)",
        sampled=None,
        elements=None,
        generators=some_generators(),
        provenance={"dimension": 4},
    )


def page_words(page: str) -> str:
    """The text of a page's sections, without what is said of the method."""
    body = page[page.index("<main>") : page.index('<div class="abouts">')]
    body = re.sub(r"<svg.*?</svg>|data:[^\"]*", "", body, flags=re.DOTALL)
    alternatives = " ".join(re.findall(r'alt="([^"]*)"', body))
    return re.sub(r"<[^>]+>", " ", body) + alternatives


def test_inputs_have_names_of_their_own():
    assert input_of(a_volume()) is VOLUME
    assert input_of(a_signal()) is SIGNAL
    assert input_of(in_four_dimensions()) is FUNCTION
    assert input_of(Score("a.png", Outcome.UNREADABLE, "no")) is PICTURE


@pytest.mark.parametrize("make", [a_volume, a_signal, in_four_dimensions])
def test_a_page_of_other_inputs_says_neither_picture_nor_sketch_nor_colour(make):
    page = report_html([with_figure(make())], options=Options())
    found = page_words(page).lower()
    for word in ("picture", "sketch", "colour", "pixel"):
        assert word not in found
    assert "levels" in found


def test_a_figure_of_other_inputs_says_neither_picture_nor_sketch():
    for score in (a_volume(), a_signal(), in_four_dimensions()):
        shown = words_of(score_figure(score)).lower()
        for word in ("picture", "sketch", "commoner colour"):
            assert word not in shown


def test_a_page_names_the_group_where_no_kinds_are_told_apart():
    assert verdict(in_four_dimensions()).headline == "Continuous symmetry: SO(4)."
    page = report_html(map(with_figure, (in_four_dimensions(), a_volume())), options=Options())
    assert "continuous symmetry: SO(4)" in page
    assert "these 2 inputs" in page
    assert words.CLASS_MEANINGS["O(3)"] in page


def test_what_could_not_be_read_is_no_picture():
    failed = Score("a.mrc", Outcome.CONSTANT, "one level", provenance={"dimension": 3})
    assert verdict(failed).headline == "No score: it has only one level."


def test_samples_in_space_have_their_score_on_the_figure():
    generators = Generators(
        *(np.full(6, 0.5), np.zeros(6), np.zeros((0, 3, 4)), np.zeros(6), "none"),
        Verdict.NONE,
    )
    samples = replace(a_volume(), sampled=None, elements=None, generators=generators)
    said = words_of(score_figure(samples))
    assert "Symmetry" in said
    assert "no kinds are told apart" not in said
    refused = replace(in_four_dimensions(), outcome=Outcome.NOT_LEARNED, message="not learned")
    assert "do not rely on this probabilities" in words_of(score_figure(refused))


def test_a_sound_without_its_music_is_a_sound():
    assert input_of(Score("a.wav", Outcome.OK)) is SOUND
    assert input_of(Score("song", Outcome.OK, provenance={"view": "pitch"})) is SOUND
