"""Samples that are computed: their symmetry is exactly what stands with them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from symscope.errors import MissingFile
from symscope.groups import Isometry, Symmetry
from symscope.io.images import read_picture, sample_names, stored_samples
from symscope.synth.drawings import LATTICES, LETTERS
from symscope.synth.fractals import FRACTALS
from symscope.synth.samples import COMPUTED, computed, known_symmetry

BLUR = 1.5
"""Pixels by which pictures are blurred before they are compared: turned ones lie between others."""


def agreement(name: str, element: Isometry) -> float:
    """Correlate a picture with itself, moved by an element, where both are known."""
    picture = gaussian_filter(computed(name).astype(float), BLUR)
    side = len(picture)
    x = (2 * np.arange(side) + 1) / side - 1
    points = np.stack(np.meshgrid(x, -x), axis=-1)
    moved = element(points)
    rows, columns = ((1 - moved[..., 1]) * side - 1) / 2, ((moved[..., 0] + 1) * side - 1) / 2
    there = map_coordinates(picture, [rows, columns], order=1, cval=np.nan)
    both = np.isfinite(there)
    assert both.mean() > 0.5
    return float(np.corrcoef(picture[both], there[both])[0, 1])


@pytest.mark.parametrize("name", FRACTALS)
def test_a_fractal_is_unchanged_by_its_group(name: str) -> None:
    known = FRACTALS[name][1]
    for element in known.elements:
        # Turns by other than right angles resample detail of one pixel.
        assert agreement(name, element) > (0.995 if known.order in (1, 2, 4) else 0.97)


@pytest.mark.parametrize("name", FRACTALS)
def test_a_fractal_has_no_more_than_its_group(name: str) -> None:
    known = FRACTALS[name][1]
    others = [Isometry.rotation(2 * np.pi / (n * known.order)) for n in (2, 3)]
    axis = np.deg2rad(known.mirrors[0] + 90 / known.order if known.mirrors else 0)
    angles = [axis] if known.mirrors else np.deg2rad(np.arange(0, 180, 22.5))
    others += [Isometry.mirror([-np.sin(a), np.cos(a)]) for a in angles]
    for element in others:
        assert agreement(name, element) < 0.95


@pytest.mark.parametrize("name", ["carpet", "vicsek", "cantor-dust"])
def test_what_is_made_of_cells_is_exact_to_the_pixel(name: str) -> None:
    picture = computed(name)
    for same in (np.rot90(picture), picture[::-1], picture.T):
        np.testing.assert_array_equal(picture, same)


@pytest.mark.parametrize("name", [n for n in FRACTALS if n.startswith("julia")])
def test_a_julia_set_is_exact_to_the_pixel_under_a_half_turn(name: str) -> None:
    picture = computed(name)
    np.testing.assert_array_equal(picture, picture[::-1, ::-1])


def test_carpets_and_snowflakes_have_the_area_that_they_should() -> None:
    cells = 1 - computed("carpet")[13:-13, 13:-13].astype(float).mean() / 255
    assert cells == pytest.approx((8 / 9) ** 4, abs=1e-9)
    area = (1 - computed("koch").astype(float).mean() / 255) * 4
    triangle = 3 * 3**0.5 / 4 * 0.92**2
    assert area == pytest.approx(1.6 * triangle, rel=0.01)


def test_the_mandelbrot_set_holds_what_it_should() -> None:
    picture, half, middle = computed("mandelbrot"), 1.45, -0.65

    def shade(c: complex) -> int:
        column = (c.real - middle + half) / (2 * half) * 512
        return int(picture[int((half - c.imag) / (2 * half) * 512), int(column)])

    assert [shade(c) for c in (0j, -1 + 0j, 0.2 + 0.3j)] == [0, 0, 0]
    assert [shade(c) for c in (0.5 + 0j, 1j * 1.2, -1.9 + 0.3j)] == [255, 255, 255]


def test_every_name_is_its_own_and_says_what_is_known() -> None:
    assert not set(COMPUTED) & set(stored_samples())
    assert set(sample_names()) == {*COMPUTED, *stored_samples()}
    for name in COMPUTED:
        known = known_symmetry(name)
        assert known is not None
        assert known.order >= 1
    assert known_symmetry("camera") is None
    names = {name: known.name for name, (_, known) in FRACTALS.items()}
    assert names["koch"] == "D_6"
    assert names["julia-rabbit"] == "C_2"
    assert names["mandelbrot"] == "Z_2"
    assert names["fern"] == "∅"


@pytest.mark.parametrize("name", ["fern", "drawn-a", "lattice-square"])
def test_what_is_random_is_always_the_same(name: str) -> None:
    draw, _ = COMPUTED[name]
    np.testing.assert_array_equal(draw(), draw())
    assert 0 <= draw().min() <= draw().max() <= 1


def test_a_computed_sample_is_a_picture_with_a_fingerprint() -> None:
    picture = read_picture("sample:koch")
    assert picture.name == "sample:koch"
    assert picture.grey.shape == (512, 512)
    assert picture.rgb.shape == (512, 512, 3)
    assert picture.sha256 == read_picture(computed("koch")).sha256
    assert len(picture.sha256) == len(hashlib.sha256().hexdigest())
    with pytest.raises(ValueError, match="read-only"):
        computed("koch")[0, 0] = 1


def test_an_unknown_sample_is_told_the_closest_names() -> None:
    with pytest.raises(MissingFile, match=r"closest: .*koch"):
        read_picture("sample:kock")


def test_what_a_hand_means_is_nearly_there() -> None:
    upright = Isometry.mirror([1.0, 0.0])
    letters = {name: agreement(name, upright) for name in ("drawn-a", "drawn-house", "drawn-f")}
    assert LETTERS["drawn-a"][1].mirrors == (90.0,)
    assert min(letters, key=lambda name: letters[name]) == "drawn-f"
    assert max(letters.values()) < 0.99


@pytest.mark.parametrize("name", LATTICES)
def test_a_lattice_repeats_itself_and_turns_into_itself(name: str) -> None:
    first, known = np.array(LATTICES[name][0][0]), LATTICES[name][1]
    assert known.symbol is Symmetry.REPEATED
    picture = computed(name)
    assert np.corrcoef(picture.ravel(), picture[::-1, ::-1].ravel())[0, 1] > 0.8
    assert agreement(name, Isometry.translation(first / 2)) < agreement(
        name, Isometry.translation(first)
    )
    assert agreement(name, Isometry.rotation(2 * np.pi / known.order)) > 0.9
