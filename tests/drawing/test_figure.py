"""Figures: what is on them, that nothing overlaps, and that any score can be drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from fakes.fields import a_signal, a_volume, in_four_dimensions, in_space
from fakes.scores import a_failure, a_picture, a_score, a_sound, elements
from looks import assert_in_place, words
from symscope.drawing.figure import score_figure
from symscope.drawing.layout import drawable
from symscope.drawing.parts import Parts
from symscope.drawing.words import HEADLINES
from symscope.errors import Outcome
from symscope.io.files import figure_bytes
from symscope.results import Failure, JointLayer


def written(figure: Figure) -> str:
    """All that is written in a figure, in one line."""
    return " ".join(words(figure))


@pytest.mark.parametrize(
    "make",
    [
        lambda: replace(a_score(), elements=elements()),
        lambda: a_sound("O(2)"),
        a_signal,
        in_space,
        in_four_dimensions,
    ],
    ids=["picture", "sound", "signal", "samples in space", "in four dimensions"],
)
def test_nothing_leaves_the_page_and_nothing_overlaps(make):
    assert_in_place(score_figure(make()))


def test_a_finished_score_shows_its_number_class_and_fit() -> None:
    text = written(score_figure(a_score("kite.png", label="Z_2", symmetry=0.9)))
    for expected in ("Symmetry 0.90 ± 0.02", "most like: mirror", "kite.png", "99 % of their"):
        assert expected in text


def test_bars_are_the_probabilities_and_error_lines_stay_within_0_and_1() -> None:
    score = a_score("kite.png", label="T", symmetry=0.99)
    figure = score_figure(replace(score, probabilities_sd=dict.fromkeys(score.probabilities, 0.3)))
    (axes,) = (axes for axes in figure.axes if axes.containers)
    bars, lines = axes.containers
    assert [bar.get_width() for bar in bars] == pytest.approx(list(score.probabilities.values()))
    ends = np.concatenate([segment[:, 0] for segment in lines[2][0].get_segments()])
    assert 0 <= ends.min() <= ends.max() <= 1
    dots = axes.lines[-1].get_xdata()
    np.testing.assert_allclose(dots[::3], score.views.probabilities.ravel(), rtol=1e-6)


@pytest.mark.parametrize(("symmetry", "text"), [(0.05, "none seen"), (0.6, "no kind stands out")])
def test_no_symmetry_is_said_as_such(symmetry, text) -> None:
    figure = score_figure(a_score(label="∅", symmetry=symmetry))
    assert [w for w in ("none seen", "no kind stands out") if w in written(figure)] == [text]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.OK])
def test_any_other_outcome_is_said_large(outcome: Outcome) -> None:
    figure = score_figure(a_failure("gone.png", outcome))
    large = max(figure.axes[0].texts, key=lambda text: text.get_fontsize())
    assert large.get_text() == HEADLINES[outcome]
    assert "do otherwise" in written(figure)


def test_an_unlearned_picture_is_shown_but_not_relied_on() -> None:
    score = replace(a_score(), outcome=Outcome.NOT_LEARNED, message="71 % learned, expected 95 %")
    figure = score_figure(score)
    assert "do not rely" in written(figure)
    assert "Symmetry 0.90" not in written(figure)
    (axes,) = (axes for axes in figure.axes if axes.containers)
    assert len({bar.get_facecolor() for bar in axes.containers[0]}) == 1


@pytest.mark.parametrize(
    ("rows", "extent", "cropped"),
    [(60, 60, True), (60, 80, False), (80, 80, False), (80, 30, True)],
)
def test_what_was_cropped_is_shown(rows, extent, cropped) -> None:
    score = a_score()
    sketch = replace(score.sketch, extent=extent)
    score = replace(score, picture=a_picture(rows=rows, columns=80), sketch=sketch)
    figure = score_figure(score)
    assert bool(figure.axes[1].patches) == cropped
    assert ("dashed square" in written(figure)) == cropped


@pytest.mark.parametrize("name", ["$x_$.png", "☀\U0001f642漢.png", "a\x1bb\nc.png", "l" * 300])
def test_any_file_name_can_be_drawn(name: str) -> None:
    figure = score_figure(a_failure(name))
    figure.set_dpi(30)
    figure.draw_without_rendering()


def test_a_score_with_few_components_and_an_empty_plane_can_be_drawn() -> None:
    score = a_score()
    views = replace(score.views, maps=0 * score.views.maps[:, :2], plane=0 * score.views.plane)
    figure = score_figure(replace(score, views=views))
    figure.set_dpi(30)
    figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("make", "texts"),
    [
        (a_volume, ("mirror plane", "centre of any rotation", "and 1 more", "space")),
        (a_signal, ("palindrome about 350", "period of 140", "two levels")),
        (in_four_dimensions, ("SO(4)", "how many dimensions", "no kinds are told apart")),
        (in_space, ("Symmetry", "most like")),
    ],
)
def test_a_figure_of_other_inputs_says_what_was_found_in_their_words(make, texts):
    text = written(score_figure(make()))
    assert all(each in text for each in texts)
    for word in ("picture", "sketch", "commoner colour"):
        assert word not in text.lower()


def test_what_has_no_score_says_why():
    failed = Failure("a.npy", Outcome.NOT_FINITE, "found NaN", provenance={"dimension": 3})
    assert "not numbers" in written(score_figure(failed))
    refused = replace(in_four_dimensions(), outcome=Outcome.NOT_LEARNED, message="not learned")
    assert "do not rely on these probabilities" in written(score_figure(refused))


def test_an_svg_is_the_same_bytes_each_time_without_a_date_and_text_stays_text():
    score = a_failure("a & b.png")
    first, again = (figure_bytes(score_figure(score), "svg") for _ in range(2))
    assert first == again
    assert "a &amp; b.png</text>" in first.decode()
    assert "<dc:date>" not in first.decode()


def test_what_the_font_lacks_becomes_a_box() -> None:
    assert drawable("é∅ \U0001f642\x07") == "é∅ □□"


def test_of_weighed_evidence_the_layer_of_all_networks_is_drawn() -> None:
    maps = np.random.default_rng(0).normal(size=(4, 9, 12)).astype(np.float32)
    joint = JointLayer(maps, np.array([0.6, 0.2, 0.1, 0.05], np.float32))
    score = replace(a_score(), joint=joint, there=0.98, realised=0.87, chance=0.001)
    figure = score_figure(score)
    assert_in_place(figure)
    drawn = [np.asarray(image.get_array()) for axes in figure.axes for image in axes.images]
    assert all(any(np.array_equal(image, each) for image in drawn) for each in maps[:3])
    assert "60 % of the variation" in written(figure)
    # Every point of the layer is somewhere in the plane.
    inside = Parts.of(score).inside
    assert inside is not None
    assert np.expm1(inside.plane).sum() == pytest.approx(maps[0].size)


def test_what_a_volume_s_figure_has_no_place_for_is_named_and_all_words_are_on_the_page():
    figure = score_figure(replace(a_volume(), generators=in_space().generators))
    figure.draw_without_rendering()
    words = [text for axes in figure.axes[:1] for text in axes.texts] + figure.texts
    assert any("4-fold axis" in text.get_text() for text in words)
    lowest = min(text.get_window_extent().y0 for text in words if text.get_text())
    assert lowest >= 0
