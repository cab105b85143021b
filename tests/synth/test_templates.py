"""Templates: exactly the symmetry of their label, visible, and a dial that breaks it."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.small import SIDE, grid
from symscope.errors import UsageError
from symscope.features.correlation import element_maps
from symscope.field import pixel_centres
from symscope.groups import CLASSES, EXTENDED, Isometry, Symmetry
from symscope.synth.acceptance import FOREIGN, MINORITY, foreign_agreement
from symscope.synth.constructions import CONSTRUCT_ND, construct
from symscope.synth.families import ALL_FAMILIES, BROAD, FAMILIES, MANY_SCALES
from symscope.synth.templates import SIDES, draw, templates

SEED = (77, 1)
SOME_FAMILIES = ("wells", "leaves", "grain")
LABELS = [label for label in EXTENDED if label is not Symmetry.NONE]
BREAKING = (0.0, 0.1, 0.4, 1.0)


@pytest.fixture(scope="module")
def drawn():
    """One exact template of every class and some families."""
    return {(t.label, t.family): t for t in templates(families=SOME_FAMILIES, seed=SEED)}


@pytest.fixture(scope="module")
def broken():
    """A template of each class with a symmetry at every step of the dial."""
    at = [templates(classes=LABELS, families=["fourier"], seed=SEED, breaking=b) for b in BREAKING]
    return dict(zip(LABELS, zip(*at, strict=True), strict=True))


def agreement(levels, element):
    """Share of pixels equal to those they are moved to, nearest pixel, inside the frame."""
    points = pixel_centres(*levels.shape).astype(np.float64)
    moved = element(points)
    inside = np.abs(moved).max(axis=1) < 1
    side = len(levels)
    columns = ((moved[inside, 0] + 1) / 2 * side).astype(int)
    rows = ((1 - moved[inside, 1]) / 2 * side).astype(int)
    return (levels.ravel()[inside] == levels[rows, columns]).mean()


def chance(levels):
    """Expected agreement of two pictures with these levels and nothing else in common."""
    share = levels.mean()
    return share**2 + (1 - share) ** 2


def spread(potential, dimension=2):
    """How far apart the potential's values in the frame lie (the middle half of them)."""
    points = np.random.default_rng(3).uniform(-1, 1, (600, dimension))
    low, high = np.percentile(potential(points), [25, 75])
    return high - low


# Drawn as ever


def fingerprint(drawn):
    """Levels, what is left of the symmetry, exact elements: to the last bit."""
    digest = hashlib.sha256()
    for template in drawn:
        digest.update(template.levels.tobytes())
        digest.update(np.float64(template.kept).tobytes())
        for element in template.elements:
            digest.update(element.linear.tobytes() + element.shift.tobytes())
    return digest.hexdigest()[:16]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"dimension": 1, "families": ["wells", "hills"]}, "62f5373001d3d81d"),
        ({"dimension": 1, "families": ["waves"], "breaking": 0.4}, "60fdb6cdeca8acc2"),
        ({"dimension": 2, "families": ["wells", "leaves"], "first": 2}, "e869e8d08e9be45d"),
        ({"dimension": 2, "families": ["fourier"], "breaking": 0.4}, "8b066f4173b3b55c"),
        ({"dimension": 3, "families": ["wells"], "classes": ["Z_2", "T"]}, "c269e2fb3178e3e6"),
        (
            {"dimension": 3, "families": ["bodies"], "classes": ["O(3)"], "breaking": 0.3},
            "3eb800b8e1f2aa58",
        ),
    ],
)
def test_the_same_seed_draws_what_version_0_1_0_drew(options, expected):
    assert fingerprint(templates(seed=(1, 5), **options)) == expected


# Symmetric by construction


@settings(max_examples=40)
@given(
    label=st.sampled_from(EXTENDED),
    family=st.sampled_from(list(FAMILIES)),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_element_leaves_the_potential_of_a_picture_unchanged(label, family, seed):
    rng = np.random.default_rng(seed)
    made = construct(label, rng, FAMILIES[family], 2)
    points = rng.uniform(-1, 1, (200, 2))
    before, scale = made.potential(points), spread(made.potential)
    assert bool(made.elements) == (label is not Symmetry.NONE)
    for element in made.elements:
        assert not np.allclose(element.linear, np.eye(2)) or np.linalg.norm(element.shift) > 0
        # Beside the sources a potential is many times its spread: round-off grows with it.
        after = made.potential(element(points))
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("dimension", [1, 3, 4])
@pytest.mark.parametrize("label", list(CONSTRUCT_ND))
def test_every_element_leaves_the_potential_unchanged_in_any_dimension(label, dimension):
    if dimension == 1 and label not in CLASSES[1]:
        pytest.skip("a line has none of these")
    rng = np.random.default_rng(5)
    points = rng.uniform(-1, 1, (300, dimension))
    for family in ("wells", "fourier", "leaves"):
        made = construct(label, rng, FAMILIES[family], dimension)
        values = made.potential(points)
        assert values.shape == (300,)
        for element in made.elements:
            # A point may lie on an edge of leaves.
            same = np.isclose(made.potential(element(points)), values, atol=1e-6)
            assert same.mean() > 0.99


def test_a_foreign_element_changes_the_potential(drawn):
    """The control: what leaves one potential unchanged moves another's values."""
    points = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    foreign = Isometry.rotation(1.0, (0.6, -0.6))
    for template in drawn.values():
        potential = template.construction.potential
        moved = np.abs(potential(foreign(points)) - potential(points))
        assert np.median(moved) > 0.05 * spread(potential)


# Visible in the frame


def test_the_pixels_show_the_elements(drawn):
    for template in drawn.values():
        for element in template.elements:
            shown = agreement(template.levels, element)
            assert shown > (1 + chance(template.levels)) / 2, (template.label, template.family)


def test_the_pixels_are_the_potential_cut_in_two(drawn):
    points = pixel_centres(SIDE, SIDE).astype(np.float64)
    for template in drawn.values():
        values = template.construction.potential(points)
        levels = template.levels.ravel()
        # Above a threshold, or in a band around the median where it is thin; a few flipped.
        candidates = [values, -np.abs(values - np.median(values))]
        cuts = np.linspace(0.2, 0.9, 71)
        right = [((v > q) == levels).mean() for v in candidates for q in np.quantile(v, cuts)]
        assert max(right) > 0.94


def test_both_levels_are_there(drawn):
    for template in drawn.values():
        assert template.levels.shape == template.signed.shape == (SIDE, SIDE)
        assert template.levels.dtype == np.int8
        np.testing.assert_array_equal(template.levels, template.signed > 0)
        assert MINORITY - 0.05 < template.levels.mean() < 1 - MINORITY + 0.05


def test_no_element_of_another_class_is_seen(drawn):
    for template in drawn.values():
        small = template.levels.reshape(32, 2, 32, 2).mean(axis=(1, 3), dtype=np.float32)
        foreign = foreign_agreement(
            template.label, element_maps(small[None], ((0,),)), template.construction
        )
        assert foreign < FOREIGN + 0.02, (template.label, template.family)


def other_symmetries(label):
    """Elements that a picture of this class must not have, all over the frame."""
    rng = np.random.default_rng(3)
    angles = rng.uniform(0, np.pi, 60)
    mirrors = [
        Isometry.mirror([np.cos(a), np.sin(a)], o)
        for a, o in zip(angles, rng.uniform(-0.4, 0.4, 60), strict=True)
    ]
    centres = rng.uniform(-0.4, 0.4, (20, 2))
    turns = [Isometry.rotation(2 * np.pi / n, c) for n in (2, 3, 4, 5) for c in centres]
    return {Symmetry.NONE: mirrors + turns, Symmetry.REPEATED: mirrors + turns}.get(label, turns)


@pytest.mark.parametrize("label", [Symmetry.NONE, Symmetry.MIRROR, Symmetry.REPEATED])
def test_other_elements_agree_no_better_than_by_half(drawn, label):
    """The same without the module's own measure: nearest pixels, elements from anywhere."""
    for family in SOME_FAMILIES:
        if drawn[label, family].construction.parameters.get("point_group", 1) > 1:
            continue  # a lattice with rotations or mirrors of its own
        levels = drawn[label, family].levels
        best = max(agreement(levels, element) for element in other_symmetries(label))
        assert (best - chance(levels)) / (1 - chance(levels)) < 0.75, family


def test_axes_and_centres_lie_inside_the_frame(drawn):
    for template in drawn.values():
        for element in template.elements:
            if template.label in (Symmetry.REPEATED, Symmetry.STRIPED):
                continue
            # A fixed point: the middle of a point's orbit under a mirror or a rotation.
            fixed = np.linalg.lstsq(np.eye(2) - element.linear, element.shift, rcond=None)[0]
            np.testing.assert_allclose(element(fixed), fixed, atol=1e-9)
            assert np.abs(fixed).max() < 0.6


def test_two_periods_are_visible(drawn):
    for family in SOME_FAMILIES:
        template = drawn[Symmetry.REPEATED, family]
        periods = [e for e in template.elements if np.array_equal(e.linear, np.eye(2))]
        assert periods[0] is template.elements[0]
        for element in periods:
            assert 0.3 < np.linalg.norm(element.shift) <= 1.0
        # The period is no multiple of a shorter one: half of it does not do.
        half = Isometry.translation(template.elements[0].shift / 2)
        assert agreement(template.levels, half) < agreement(template.levels, template.elements[0])


@pytest.mark.parametrize("family", list(BROAD))
def test_broad_families_are_smooth(family):
    for template in templates(dimension=3, classes=["∅", "T"], families=[family], seed=3):
        assert template.levels.shape == (SIDES[3],) * 3
        assert template.field.coords.shape == (SIDES[3] ** 3, 3)
        # Detail would turn level from one point to the next more often.
        turned = np.mean([(np.diff(template.levels, axis=a) != 0).mean() for a in range(3)])
        assert turned < 0.12


def test_pictures_without_symmetry_may_be_as_crowded_as_any():
    """Else much detail alone would tell a class: noise was once read as rotation for that."""

    def edges(label, families):
        pictures = [t.levels for t in templates(classes=[label], families=families, seed=SEED)]
        return np.mean(
            [np.abs(np.diff(levels, axis=axis)).mean() for levels in pictures for axis in (0, 1)]
        )

    crowded = edges(Symmetry.NONE, MANY_SCALES)
    smooth = [family for family in FAMILIES if family not in MANY_SCALES]
    assert crowded > 1.3 * edges(Symmetry.NONE, smooth)
    assert crowded > edges(Symmetry.CYCLIC, smooth)


# The dial


@pytest.mark.parametrize("label", LABELS)
def test_the_dial_changes_ever_more_pixels_until_the_symmetry_is_gone(broken, label):
    exact, gone = broken[label][0], broken[label][-1]
    changed = [template.levels != exact.levels for template in broken[label]]
    for less, more in pairwise(changed):
        assert (more | ~less).all()  # a pixel that has changed stays changed
    counts = [where.sum() for where in changed]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] > 0.25 * exact.levels.size
    assert tuple(template.breaking for template in broken[label]) == BREAKING
    kept = np.array([template.kept for template in broken[label]])
    np.testing.assert_allclose(kept, 1 - np.array(counts) / counts[-1], atol=1e-12)
    # The dial counts the pairs that are broken: the same for every potential.
    np.testing.assert_allclose(1 - kept**2, BREAKING, atol=2 / counts[-1])
    shown, lost = (
        np.mean([agreement(t.levels, element) for element in exact.elements]) for t in (exact, gone)
    )
    assert shown > 0.85
    # Small turns and shifts agree with any smooth picture to some degree.
    assert lost < shown - 0.1
    assert exact.construction.parameters == gone.construction.parameters


# Streams and options


def test_a_template_does_not_depend_on_which_others_are_drawn():
    together = templates(2, classes=["Z_2", "T"], families=["wells", "hats"], seed=5)
    assert [(str(t.label), t.family) for t in together] == [
        *(("Z_2", "wells"), ("Z_2", "wells"), ("Z_2", "hats"), ("Z_2", "hats")),
        *(("T", "wells"), ("T", "wells"), ("T", "hats"), ("T", "hats")),
    ]
    alone = templates(1, classes=["T"], families=["hats"], seed=5, first=1)[0]
    np.testing.assert_array_equal(alone.levels, together[-1].levels)
    assert not np.array_equal(together[-1].levels, together[-2].levels)


def test_the_seed_changes_every_template():
    one, other = (templates(dimension=1, classes=["Z_2"], seed=seed) for seed in (1, 2))
    assert {t.family for t in one} == set(FAMILIES)
    for a, b in zip(one, other, strict=True):
        assert not np.array_equal(a.levels, b.levels)


def test_new_families_go_to_the_end():
    assert tuple(ALL_FAMILIES) == (*FAMILIES, *BROAD)


def test_the_side_is_free():
    template = templates(classes=["O(2)"], families=["wells"], side=96)[0]
    assert template.levels.shape == (96, 96)
    assert template.field.shape == (96, 96)


def test_the_field_is_the_picture(drawn):
    template = drawn[Symmetry.MIRROR, "wells"]
    x, y = grid()
    np.testing.assert_array_equal(template.field.levels.reshape(SIDE, SIDE), template.levels)
    np.testing.assert_allclose(template.field.coords[:, 0], x.ravel(), atol=1e-6)
    np.testing.assert_allclose(template.field.coords[:, 1], y.ravel(), atol=1e-6)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"families": ["clouds"]}, "clouds"),
        ({"breaking": 1.5}, "1.5"),
        ({"breaking": -0.1}, "-0.1"),
        ({"breaking": float("nan")}, "nan"),
        ({"side": 50}, "50"),
        ({"side": 0}, "side 0"),
        ({"classes": ["O(3)"]}, r"O\(3\)"),
        ({"dimension": 4}, "dimension 4"),
        ({"dimension": 1, "classes": ["O(2)"]}, r"O\(2\)"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(UsageError, match=named):
        templates(**({"classes": ["T"], "families": ["wells"]} | options))


def test_draw_names_what_is_wrong_too():
    with pytest.raises(UsageError, match="clouds"):
        draw(Symmetry.MIRROR, "clouds", np.random.default_rng(0))
    with pytest.raises(UsageError, match="dimension 7"):
        draw(Symmetry.ROUND, "wells", np.random.default_rng(0), dimension=7)


def test_a_hopeless_family_ends_with_an_error(monkeypatch):
    monkeypatch.setattr("symscope.synth.templates.ATTEMPTS", 3)
    monkeypatch.setitem(ALL_FAMILIES, "flat", lambda rng, dimension: lambda x: np.zeros(len(x)))
    with pytest.raises(UsageError, match="no acceptable Z_2 template of family flat in 3 draws"):
        draw(Symmetry.MIRROR, "flat", np.random.default_rng(0))
