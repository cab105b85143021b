"""The Fields of every task, from pictures, templates and Fields."""

import numpy as np
import pytest

from symscope.errors import NoColour, UsageError
from symscope.field import Field
from symscope.io.images import read_picture
from symscope.preprocess.sketch import NEAR, given_field, picture_field, sketch, template_field
from symscope.synth.templates import templates
from symscope.tasks import parse_task


def field_of(word, picture, method="otsu"):
    drawn = sketch(picture.grey, method=method)
    return picture_field(parse_task(word), picture, drawn, "crop", 1.0)


@pytest.fixture(scope="module")
def photograph():
    return read_picture("sample:astronaut")


@pytest.fixture(scope="module")
def template():
    return templates(classes=["Z_2"], families=["wells"], seed=3)[0]


def test_two_colours_are_the_sketch_and_nothing_else(photograph):
    expected = Field.from_levels(sketch(photograph.grey).levels)
    for word in ("colours", "inpainting", "denoising", "random", "frozen", "vae", "gan"):
        assert field_of(word, photograph).sha256 == expected.sha256


def test_greys_and_values_of_a_picture(photograph):
    assert set(field_of("greys:3", photograph).levels) == {0, 1, 2}
    assert set(field_of("greys:12", photograph, "quantile").levels) == set(range(12))
    grey = field_of("intensity", photograph).values
    assert grey.shape == (4096, 1)
    assert (grey.min(), grey.max()) == (0, 1)
    rgb = field_of("rgb", photograph)
    assert rgb.values.shape == (4096, 3)
    assert rgb.sha256 != field_of("intensity", photograph).sha256


def test_the_methods_limits_of_levels_are_kept(photograph):
    with pytest.raises(UsageError, match="quantile takes up to"):
        field_of("greys:12", photograph)
    with pytest.raises(UsageError, match="levels for edges"):
        field_of("greys:4", photograph, "edges")


def test_colours_of_a_grey_picture_are_not_learned():
    with pytest.raises(NoColour, match="use --task intensity"):
        field_of("rgb", read_picture("sample:camera"))


def test_bands_are_the_points_near_levels(photograph):
    field = field_of("bands:5", photograph)
    assert len(field.coords) == round(NEAR * 4096)
    assert field.shape is None
    assert set(field.levels) == set(range(5))


def test_a_templates_grey_is_its_potential(template):
    grey = template_field(parse_task("intensity"), template)
    bright = grey.values[:, 0].reshape(64, 64)
    assert bright[template.levels > 0].min() >= bright[template.levels == 0].max() - 1e-6
    assert len(set(template_field(parse_task("greys:4"), template).levels)) == 4
    assert template_field(parse_task("colours"), template).sha256 == template.field.sha256


def test_a_templates_noise_and_breaking_are_in_its_grey():
    for breaking in (0.0, 0.4, 1.0):
        for seed in range(3):
            drawn = templates(classes=["Z_2"], families=["wells"], seed=seed, breaking=breaking)[0]
            assert ((drawn.signed > 0) == (drawn.levels > 0)).mean() == 1


def test_a_field_must_have_what_the_task_learns(template):
    plain = template.field
    for word in ("intensity", "rgb", "bands"):
        with pytest.raises(UsageError, match=r"values of shape \(P, [13]\), found none"):
            given_field(parse_task(word), plain)
    grey = template_field(parse_task("intensity"), template)
    with pytest.raises(UsageError, match="found values of shape"):
        given_field(parse_task("rgb"), grey)
    assert given_field(parse_task("intensity"), grey) is grey
    assert given_field(parse_task("bands:4"), grey).levels.max() == 3
    many = Field.from_levels(np.arange(16).reshape(4, 4))
    with pytest.raises(UsageError, match="takes levels up to 3"):
        given_field(parse_task("greys:4"), many)
