"""A sound's own answer and the classifier's opinion of its picture, as one statement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fake_scores import a_score
from looks import assert_in_place, words
from symscope.drawing.figure import score_figure
from symscope.drawing.heard import second_opinion
from symscope.drawing.table import score_table, to_text
from symscope.drawing.verdict import verdict
from symscope.elements import Element, Elements
from symscope.groups import Isometry
from symscope.music.names import named
from symscope.options import Options, SoundView
from symscope.preprocess.repeats import Repeat
from symscope.preprocess.time_pitch import Heard
from symscope.report.html import report_html

LOOP = Element(
    "translation",
    (Isometry.translation((0.5, 0.0)),),
    0.9,
    0.75,
    hidden=0.8,
    hidden_sd=0.05,
    angle_deg=0.0,
    vector=(0.5, 0.0),
)


def a_sound(label, agreement=0.8):
    """Make the score of a loop of two seconds, whose picture the classifier takes for ``label``."""
    heard = Heard(SoundView.PITCH, 0.0, 8.0, 48.0, 72.0, Repeat(2.0, 0.9))
    item = replace(LOOP, hidden=agreement, pixels=agreement)
    music = named(Elements((item,), {}), heard)
    elements = Elements(tuple(one.element for one in music.structures), {})
    return replace(a_score("a.wav", label=label), music=music, elements=elements)


@pytest.mark.parametrize(
    ("label", "agreement", "said"),
    [
        ("T_n", 0.8, "agrees: repeated"),
        ("∅", 0.8, "names no symmetry"),
        ("O(2)", 0.8, "sees another: full rotation"),
        ("Z_2", 0.1, "sees one (mirror); none holds along time or pitch"),
        ("∅", 0.1, "agrees: none"),
    ],
)
def test_figure_and_page_say_both_and_which_counts(label, agreement, said):
    score = a_sound(label, agreement)
    opinion = second_opinion(score.music, label)
    assert said in opinion
    assert ("the measured answer above counts" in opinion) == ("agrees" not in said)
    assert opinion in [reason.text for reason in verdict(score).reasons]
    figure = score_figure(score)
    assert_in_place(figure)
    shown = " ".join(words(figure))
    assert said in shown
    assert "Second opinion: its symmetry as a picture" in shown


def test_the_page_gives_the_sounds_own_number_and_direction():
    page = report_html([a_sound("∅")], options=Options())
    assert "Along time: repeated" in page
    assert '<span class="visually-hidden">Agreement </span>0.80' in page
    assert "loop, along time" in page
    assert "Most like:" not in page


def test_a_table_with_sounds_says_whose_answer_is_whose():
    text = to_text([a_sound("∅").to_row()]).decode()
    assert "loop, 2 s (time)" in text
    assert "the music counts" in text
    assert score_table([a_score().to_row()]).caption is None
