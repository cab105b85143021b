"""Contact sheets and sheets of templates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.fields import a_signal, a_volume
from fakes.scores import a_failure, a_picture, a_score
from looks import words
from symscope.drawing.images import explained_picture_of, picture_of
from symscope.drawing.sheets import THUMBNAIL, Thumbnail, contact_sheet, templates_figure
from symscope.synth.templates import templates


def sheet(*scores):
    return contact_sheet(map(Thumbnail.of, scores))


def test_a_contact_sheet_goes_from_the_most_to_the_least_symmetric() -> None:
    figure = sheet(
        a_score("low.png", label="Z_2", symmetry=0.6),
        a_score("none.png", label="∅", symmetry=0.1),
        a_score("high.png", label="Z_2", symmetry=0.95),
        a_failure("gone.png"),
    )
    places = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    order = ["high.png", "low.png", "none.png", "gone.png"]
    assert sorted(order, key=lambda name: places[name][::-1]) == order
    assert {"0.95", "0.60", "0.10", "missing"} <= set(places)


def test_a_class_with_many_pictures_takes_more_lines() -> None:
    one, many = sheet(a_score()), sheet(*(a_score(f"{i}.png") for i in range(25)))
    assert many.get_figheight() > one.get_figheight() + 2
    assert many.get_figwidth() == one.get_figwidth()


def test_a_thumbnail_keeps_the_proportions_of_a_picture() -> None:
    score = replace(a_score(), picture=a_picture(rows=500, columns=900))
    assert Thumbnail.of(score).image.shape == (round(THUMBNAIL * 5 / 9), THUMBNAIL, 3)


@pytest.mark.parametrize("make", [a_volume, a_signal])
def test_other_inputs_are_shown_by_a_picture_and_explained_by_their_figure(make) -> None:
    score = make()
    assert Thumbnail.of(score).image.shape == (THUMBNAIL, THUMBNAIL, 3)
    small, large = picture_of(score), explained_picture_of(score)
    assert len({*map(tuple, small.reshape(-1, 3))}) > 1
    assert large.shape[1] > 1000


def test_templates_are_drawn_with_their_class_family_and_breaking() -> None:
    drawn = templates(2, classes=["T", "∅"], families=["wells"], breaking=0.25)
    text = words(templates_figure(drawn))
    assert text.count("wells, broken 0.25") == 4
    assert any("stripes" in each for each in text)
