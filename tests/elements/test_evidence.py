"""Evidence: candidates of every kind, how well they hold, and what their rivals reach."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import dots, grid, mirrored, on_plain_ground, texture
from symscope.classifier.evidence import judge, load_evidence_classifier
from symscope.elements.candidates import LEAST_COMPARED
from symscope.elements.evidence import (
    ALIKE,
    CONTEXT,
    LAYER,
    NUMBERS,
    OF_LAYER,
    OF_LEVELS,
    _differences,
    evidence,
    layer_scene,
    seen_in,
)
from symscope.elements.scene import LEAST_REPEATED, SampledScene
from symscope.groups import Isometry, Symmetry


def best(of, symmetry, order=None):
    least = of.column("least")
    numbers = [
        i
        for i, c in enumerate(of.candidates)
        if c.symmetry is symmetry and (order is None or c.order == order)
    ]
    top = max(numbers, key=lambda i: least[i])
    return of.candidates[top], dict(zip(NUMBERS, of.numbers[top], strict=True))


@pytest.fixture(scope="module")
def of_mirror():
    return evidence(mirrored(40.0))


def test_a_mirror_is_a_candidate_with_its_axis(of_mirror):
    candidate, numbers = best(of_mirror, Symmetry.MIRROR)
    assert candidate.elements[0].angle_deg == pytest.approx(40.0, abs=0.5)
    assert numbers["least"] > 0.97
    # Its rivals are far below: other axes, and mirrors slid along theirs.
    assert numbers["picture_kind"] < numbers["least"] - 0.1
    assert numbers["picture_other"] < numbers["least"] - 0.1
    assert numbers["picture_slid_mean"] < numbers["least"] - 0.2
    # Without networks nothing is known of a layer.
    assert numbers["layer_least"] == 0


def test_evidence_has_a_row_for_every_candidate(of_mirror):
    assert of_mirror.numbers.shape == (len(of_mirror.candidates), len(NUMBERS))
    assert of_mirror.context.shape == (len(CONTEXT),)
    assert np.isfinite(of_mirror.numbers).all()
    kinds = {candidate.symmetry for candidate in of_mirror.candidates}
    assert {Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL, Symmetry.STRIPED} <= kinds
    # Of what compares less than half of the picture nothing is claimed; of a period, a third.
    least = {Symmetry.STRIPED: 0.0, Symmetry.REPEATED: LEAST_REPEATED}
    for candidate, overlap in zip(of_mirror.candidates, of_mirror.column("overlap"), strict=True):
        assert overlap >= least.get(candidate.symmetry, LEAST_COMPARED)


def test_flat_shapes_are_told_from_noise_by_their_levels():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(96, 96))
    flat = np.zeros((96, 96))
    flat[20:70, 30:60], flat[40:90, 50:80] = 0.5, 1.0
    of_flat, of_noise = (
        dict(zip(CONTEXT, evidence(picture).context, strict=True)) for picture in (flat, noise)
    )
    assert of_flat["even"] > 0.7 > 0.1 > of_noise["even"]
    assert of_flat["most_common"] > 0.9 > 0.5 > of_noise["most_common"]
    assert of_flat["entropy"] < of_noise["entropy"]
    # Of normal noise the kurtosis is 3, whatever its unit.
    assert of_noise["peaked"] == pytest.approx(0, abs=0.05)
    assert of_flat["peaked"] > 0.1
    stronger = dict(zip(CONTEXT, evidence(7 * noise - 3).context, strict=True))
    for name in OF_LEVELS:
        assert stronger[name] == pytest.approx(of_noise[name], abs=0.01)


def test_a_rosette_is_compared_by_its_worst_move():
    x, y = grid()
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    exact = np.cos(5 * angle) * np.exp(-8 * (radius - 0.5) ** 2)
    _, whole = best(evidence(exact), Symmetry.DIHEDRAL, 5)
    bent = np.cos(5 * angle + 4 * radius) * np.exp(-8 * (radius - 0.5) ** 2)
    of_bent = evidence(bent)
    _, turns = best(of_bent, Symmetry.CYCLIC, 5)
    _, rosette = best(of_bent, Symmetry.DIHEDRAL, 5)
    assert whole["least"] > 0.95
    assert turns["least"] > 0.95
    assert rosette["least"] < 0.7


@pytest.mark.parametrize("place", [(0.0, 0.0), (-0.6, -0.55), (0.62, 0.6), (0.0, -0.65)])
def test_a_body_on_a_plain_ground_is_looked_at_wherever_it_lies(place):
    of = evidence(on_plain_ground(place, 0.33))
    candidate, numbers = best(of, Symmetry.DIHEDRAL, 2)
    assert candidate.elements[0].centre == pytest.approx(place, abs=0.02)
    assert numbers["least"] > 0.93
    # In the corner, a half turn of the whole picture would leave a fifth of it to be compared.
    assert numbers["overlap"] > 0.75
    assert judge(of, load_evidence_classifier("pixels")).label is Symmetry.DIHEDRAL


@pytest.mark.parametrize(("angle_deg", "period"), [(157.1, 0.2), (40.0, 0.24), (0.0, 0.27)])
@pytest.mark.parametrize("sharp", [False, True])
def test_the_period_of_bars_lies_across_them(angle_deg, period, sharp):
    """Along bars any shift is free: slantwise, a period is longer than it is."""
    x, y = grid()
    angle = np.deg2rad(angle_deg)
    waves = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    candidate, numbers = best(evidence(np.sign(waves) if sharp else waves), Symmetry.REPEATED)
    (found,) = candidate.elements
    assert abs((found.angle_deg - angle_deg + 90) % 180 - 90) < 1.0
    assert np.hypot(*found.vector) == pytest.approx(period, rel=0.02)
    assert numbers["least"] > 0.9


def test_uneven_light_is_taken_away():
    of = evidence(mirrored(90.0, (0.0, 0.0)) + 4 * grid()[0])
    upright = [
        i
        for i, c in enumerate(of.candidates)
        if c.symmetry is Symmetry.MIRROR and abs((c.elements[0].angle_deg or 0.0) - 90) < 1
    ]
    assert of.column("even_light")[upright].max() > 0.97
    assert of.column("least")[upright].max() < 0.8
    # A step is no light: it is not taken for a mirror.
    step = np.sign(grid()[0] + 0.01)
    move = Isometry.mirror([1.0, 0.0], -0.01)
    assert SampledScene(step).agreement(move, even_light=True)[0] < 0.2


def test_colours_that_differ_in_hue_alone_are_compared():
    x, _ = grid()
    left, right = (x < 0).astype(np.float32), (x >= 0).astype(np.float32)
    half = Isometry.mirror([1.0, 0.0], 0.0)
    colours = SampledScene(np.stack([left, right, np.full_like(left, 0.5)]))
    assert colours.agreement(half)[0] < 0
    assert SampledScene((left + right) * texture(np.abs(x), 0 * x)).agreement(half)[0] > 0.97


def test_a_lattice_is_a_candidate_with_its_periods():
    x, y = grid()
    tiles = (
        np.cos(2 * np.pi * x / 0.4)
        + np.cos(2 * np.pi * y / 0.4)
        + 0.5 * np.cos(2 * np.pi * (x + y) / 0.4)
    )
    candidate, numbers = best(evidence(tiles), Symmetry.REPEATED)
    lengths = [np.hypot(*element.vector) for element in candidate.elements]
    np.testing.assert_allclose(lengths, 0.4, atol=0.01)
    assert numbers["least"] > 0.95
    assert numbers["periods"] == pytest.approx(5.0, rel=0.05)


def layers_of(picture, networks=3, seed=0):
    """Layers (N, P, H) that know nothing but the picture."""
    rng = np.random.default_rng(seed)
    flat = (picture - picture.mean()).ravel()[None, :, None]
    known = np.concatenate([flat, flat**2], axis=2)
    return (known @ rng.normal(size=(networks, 2, 8))).astype(np.float32)


def test_the_joint_layer_of_networks_that_know_the_picture_agrees_like_it():
    size = LAYER
    along = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(along, -along)
    picture = texture(np.abs(x), y)
    layer, shares = layer_scene(layers_of(picture), (size, size))
    _, numbers = best(evidence(picture, layer), Symmetry.MIRROR)
    assert numbers["layer_least"] > 0.95
    assert shares[0] > shares[-1] >= 0
    # Another layer changes what is realised of the candidates that are asked, and nothing else.
    of = evidence(picture, layer)
    noise = np.random.default_rng(1).normal(size=(2, size * size, 8)).astype(np.float32)
    again = seen_in(layer_scene(noise, (size, size))[0], of, [0])
    changed = np.flatnonzero((again.numbers != of.numbers).any(axis=0))
    assert {NUMBERS[i] for i in changed} <= set(OF_LAYER)
    assert again.column("layer_least")[0] < 0.5
    np.testing.assert_array_equal(again.numbers[1:], of.numbers[1:])


def test_of_a_long_picture_the_layer_is_its_own_part():
    layer, _ = layer_scene(
        layers_of(np.random.default_rng(0).normal(size=(LAYER, LAYER))), (50, 100)
    )
    assert (layer.rows, layer.columns) == (LAYER // 2, LAYER)
    assert layer.step * layer.columns == pytest.approx(2.0)


@pytest.mark.parametrize("ground", [1, 3, 4])
def test_a_body_is_alike_whatever_ground_it_lies_on(ground):
    x, y = grid()
    body, around = np.hypot(x, y) < 0.6, 0.4 * texture(x, y, ground)
    of, control = (
        evidence(np.where(body, shown, around))
        for shown in (texture(np.abs(x), y), texture(x, y, 2))
    )
    # Others agree better over all of the picture, but nowhere nearly.
    number = int(of.column("alike").argmax())
    (axis,) = of.candidates[number].elements
    assert axis.angle_deg == pytest.approx(90.0, abs=1.5)
    assert axis.offset == pytest.approx(0.0, abs=0.02)
    assert of.column("least")[number] < of.column("least").max() - 0.05
    assert of.column("alike")[number] > 1.5 * control.column("alike").max()


@given(level=st.floats(-1.0, 1.0))
def test_what_is_blank_is_not_alike(level):
    x, y = grid()
    half_blank = SampledScene(np.where(x < 0, level, texture(x, y)))
    moved = half_blank.moved(Isometry.mirror([1.0, 0.0], -0.6))
    shares = _differences(half_blank, moved)[-len(ALIKE) :]
    np.testing.assert_allclose(shares, 0, atol=0.01)


@pytest.mark.parametrize(("side", "body"), [(16, 6), (20, 8), (32, 8), (37, 9)])
def test_a_small_picture_of_a_small_body_has_evidence(side, body):
    picture = np.ones((side, side))
    first = (side - body) // 2
    picture[first : first + body, first : first + body] = np.random.default_rng(0).random(
        (body, body)
    )
    of = evidence(picture)
    assert np.isfinite(of.context).all()
    assert np.isfinite(of.numbers).all()


def test_blank_parts_are_equal_and_agree_in_nothing():
    picture = np.random.default_rng(0).random((40, 160))
    picture[:, 50:110] = 1.0
    scene = SampledScene(picture)
    half_turn = Isometry.rotation(np.pi, (0.0, 0.0))
    assert scene.part(0.7, 0.5).agreement(half_turn)[0] == pytest.approx(0, abs=1e-6)
    # What is equal where it varies is as equal as before.
    assert SampledScene(mirrored(40.0, (0, 0))).agreement(
        Isometry.mirror(np.array([-np.sin(np.deg2rad(40)), np.cos(np.deg2rad(40))]), 0.0)
    )[0] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_mirror_that_takes_the_body_out_of_the_picture_is_no_candidate(seed):
    """Beside a body in the corner, paper above the line that ends the page is all that agrees."""
    picture = np.ones((128, 128))
    body = np.random.default_rng(seed).random((8, 8))
    picture[8:40, 8:40] = body.repeat(4, 0).repeat(4, 1)
    picture[-1] = 0
    of = evidence(picture)
    mirrors = [
        numbers
        for candidate, numbers in zip(of.candidates, of.numbers, strict=True)
        if candidate.symmetry is Symmetry.MIRROR
    ]
    assert all(numbers[NUMBERS.index("least")] < 0.9 for numbers in mirrors)
    assert judge(of, load_evidence_classifier("pixels")).symmetry < 0.3


def test_two_grains_agree_in_parts_alone():
    whole, _ = grid()

    def parts(picture):
        of = evidence(picture)
        number = [len(c.elements) for c in of.candidates[::-1]].index(2)
        return of.column("worst_part")[::-1][number], of.column("best_part")[::-1][number]

    worst, best_part = parts(dots(10))
    assert worst > 0.9
    worst, best_part = parts(np.where(whole > 0, dots(10), dots(25)))
    assert best_part > 0.8
    assert worst < best_part - 0.2
