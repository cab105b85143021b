"""Figures: what they say, and that any score can be drawn without a warning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from fake_scores import a_failure, a_picture, a_score
from symscope.drawing import words
from symscope.drawing.figure import contact_sheet, score_figure, templates_figure
from symscope.drawing.layout import drawable
from symscope.drawing.sheets import THUMBNAIL, thumbnail
from symscope.errors import Outcome
from symscope.groups import Symmetry
from symscope.synth.templates import templates


def written(figure: Figure) -> str:
    """All that is written in a figure, drawn once so that nothing is only planned."""
    figure.set_dpi(30)
    figure.draw_without_rendering()
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    labels = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    return "\n".join(texts + labels)


def test_a_finished_score_shows_its_number_class_and_fit() -> None:
    said = written(score_figure(a_score("kite.png", label="Z_2", symmetry=0.9)))
    assert "Symmetry 0.90 ± 0.02" in said
    assert "most like: mirror" in said
    assert "kite.png" in said
    assert "99 % of their points" in said
    assert "97 % of points kept from them" in said


def test_every_class_is_named_in_plain_words() -> None:
    said = written(score_figure(a_score()))
    assert set(words.CLASS_NAMES) == {str(symbol) for symbol in Symmetry}
    for symbol, (name, _) in words.CLASS_NAMES.items():
        # A picture cannot be a ball.
        assert (name in said) == (symbol != "O(3)")


def test_bars_are_the_profile_and_error_lines_stay_within_0_and_1() -> None:
    score = a_score("kite.png", label="T", symmetry=0.99)
    figure = score_figure(
        replace(score, probabilities_sd=dict.fromkeys(score.probabilities or {}, 0.3))
    )
    (axes,) = (axes for axes in figure.axes if axes.containers)
    bars, lines = axes.containers
    assert [bar.get_width() for bar in bars] == pytest.approx(
        list((score.probabilities or {}).values())
    )
    ends = np.concatenate([segment[:, 0] for segment in lines[2][0].get_segments()])
    assert ends.min() >= 0
    assert ends.max() <= 1


def test_no_symmetry_is_said_as_such() -> None:
    assert "none seen" in written(score_figure(a_score(label="∅", symmetry=0.05)))
    shared = written(score_figure(a_score(label="∅", symmetry=0.6)))
    assert "none seen" not in shared
    assert "no kind stands out" in shared


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.OK])
def test_any_other_outcome_is_said_large(outcome: Outcome) -> None:
    said = written(score_figure(a_failure("gone.png", outcome)))
    assert words.HEADLINES[outcome] in said
    assert "do otherwise" in said
    assert "not measured" in said


def test_an_unlearned_picture_is_shown_but_not_relied_on() -> None:
    score = replace(a_score(), outcome=Outcome.NOT_LEARNED, message="71 % learned, expected 95 %")
    said = written(score_figure(score))
    assert "do not rely" in said
    assert "Symmetry 0.90" not in said


def test_only_a_picture_that_is_not_square_shows_what_was_cropped() -> None:
    score = a_score()
    assert score.sketch is not None
    assert "dashed square" in written(score_figure(score))
    padded = replace(score, sketch=replace(score.sketch, extent=80))
    assert "dashed square" not in written(score_figure(padded))
    square = replace(score, picture=a_picture(rows=60, columns=60))
    assert "dashed square" not in written(score_figure(square))
    zoomed = replace(square, sketch=replace(score.sketch, extent=30))
    assert "dashed square" in written(score_figure(zoomed))


@pytest.mark.parametrize("name", ["$x_$.png", "☀\U0001f642漢.png", "a\x1bb\nc.png", "l" * 300])
def test_any_file_name_can_be_drawn(name: str) -> None:
    written(score_figure(a_score(name)))
    written(contact_sheet([a_score(name)]))


def test_a_score_with_few_components_and_an_empty_plane_can_be_drawn() -> None:
    score = a_score()
    assert score.views is not None
    views = replace(score.views, maps=0 * score.views.maps[:, :2], plane=0 * score.views.plane)
    written(score_figure(replace(score, views=views)))


def test_a_contact_sheet_goes_from_the_most_to_the_least_symmetric() -> None:
    scores = [
        a_score("low.png", label="Z_2", symmetry=0.6),
        a_score("none.png", label="∅", symmetry=0.1),
        a_score("high.png", label="Z_2", symmetry=0.95),
        a_failure("gone.png"),
    ]
    said = written(contact_sheet(scores))
    order = [said.index(name) for name in ("high.png", "low.png", "none.png", "gone.png")]
    assert order == sorted(order)
    assert "2 pictures" in said
    assert "missing" in said


def test_a_class_with_many_pictures_takes_more_lines() -> None:
    one, many = contact_sheet([a_score()]), contact_sheet([a_score(f"{i}.png") for i in range(25)])
    assert many.get_figheight() > one.get_figheight() + 2
    assert many.get_figwidth() == one.get_figwidth()


def test_a_thumbnail_keeps_the_score_and_little_else() -> None:
    score = replace(a_score(), picture=a_picture(rows=500, columns=900))
    small = thumbnail(score)
    assert small.picture is not None
    assert small.picture.rgb.shape == (round(THUMBNAIL * 5 / 9), THUMBNAIL, 3)
    assert small.views is None
    assert small.to_row() == score.to_row()


def test_templates_are_drawn_with_their_class_family_and_breaking() -> None:
    drawn = templates(2, classes=["T", "∅"], families=["wells"], breaking=0.25)
    said = written(templates_figure(drawn))
    assert "stripes" in said
    assert "wells, broken 0.25" in said
    assert "2 pictures" in said


def test_what_the_font_lacks_becomes_a_box() -> None:
    assert drawable("é∅ \U0001f642\x07") == "é∅ □□"
