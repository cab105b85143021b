"""Scores in words: what counts for and against, and what is where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fakes.fields import a_signal, a_volume, in_four_dimensions, moves
from fakes.scores import a_score, a_sound, elements
from symscope.drawing.explain import (
    TURNS_IN_SPACE,
    answer,
    best_in_words,
    element_lines,
    flow_words,
    in_units,
    legend,
    sentence,
    verdict,
)
from symscope.drawing.kinds import CLASSES, KINDS, class_name
from symscope.drawing.parts import Parts
from symscope.drawing.sound import second_opinion
from symscope.drawing.words import FUNCTION, PICTURE, SIGNAL, SOUND, VOLUME
from symscope.elements import Element, Elements
from symscope.errors import Outcome
from symscope.features.lie_defect import Flow
from symscope.groups import EXTENDED, Symmetry
from symscope.results import Failure, Score


def reasons(score, speaks="against"):
    return " ".join(reason.text for reason in verdict(score).reasons if reason.speaks == speaks)


def test_every_class_and_kind_has_its_words():
    assert set(CLASSES) == {str(symbol) for symbol in Symmetry}
    assert {words.makes for words in KINDS.values()} - {None} == set(Symmetry) - {
        Symmetry.NONE,
        Symmetry.DIHEDRAL,
    }


def test_a_clear_score_has_reasons_to_rely_on_it():
    score = replace(a_score(label="Z_2", symmetry=0.9), elements=elements("mirror"))
    assert verdict(score).headline == CLASSES["Z_2"].verdict
    assert {reason.speaks for reason in verdict(score).reasons} == {"for"}
    assert "97\N{NO-BREAK SPACE}% of points" in reasons(score, "for")


@pytest.mark.parametrize(
    ("label", "kinds", "speaks", "text"),
    [
        ("D_n", ("rotation",), "against", "found no mirror axis, but a centre of rotation"),
        ("D_n", ("mirror", "rotation"), "for", "and a centre of rotation (0.97)."),
        ("C_n", ("mirror", "rotation"), "note", "would say: rotation + mirrors."),
        ("C_n", ("mirror",), "against", "found no centre of rotation, but a mirror axis"),
        ("O(2)", ("mirror",), "against", "found no centre of rings, but a mirror axis"),
        ("O(2)", ("glide",), "against", "does not hold in detail"),
        ("T_n", ("mirror", "rotation", "translation"), "for", "found a period"),
        ("Z_2", ("translation",), "against", "but a period"),
        ("∅", ("mirror",), "against", "found a mirror axis"),
        ("∅", ("glide",), "for", "found no symmetry either"),
    ],
)
def test_networks_and_search_are_weighed_where_they_differ(label, kinds, speaks, text):
    symmetry = 0.1 if label == "∅" else 0.9
    score = replace(a_score(label=label, symmetry=symmetry), elements=elements(*kinds))
    last = verdict(score).reasons[-1]
    assert last.speaks == speaks
    assert text in last.text


def test_networks_that_disagree_speak_against():
    assert "disagree" in reasons(replace(a_score(), symmetry_sd=0.3))


def test_two_kinds_that_are_nearly_as_likely_are_both_named():
    probabilities = dict.fromkeys(map(str, EXTENDED), 0.0) | {"D_n": 0.5, "O(2)": 0.4, "∅": 0.1}
    score = replace(a_score(label="D_n"), probabilities=probabilities)
    assert f"{class_name('D_n')}, or else {class_name('O(2)')}" in verdict(score).headline
    assert "less clear" in reasons(score)


@pytest.mark.parametrize(
    ("label", "agreement", "words"),
    [
        ("T_n", 0.8, "agrees: repeated"),
        ("∅", 0.8, "names no symmetry"),
        ("O(2)", 0.8, "sees another: full rotation"),
        ("Z_2", 0.1, "sees one (mirror); none holds along time or pitch"),
        ("∅", 0.1, "agrees: none"),
    ],
)
def test_the_classifier_is_the_second_opinion_of_a_sound(label, agreement, words):
    score = a_sound(label, agreement)
    opinion = second_opinion(score.music, label)
    assert words in opinion
    assert ("the measured answer above counts" in opinion) == ("agrees" not in opinion)
    assert opinion in [reason.text for reason in verdict(score).reasons]


def test_lines_say_where_an_element_is_and_how_well_it_holds():
    mirror, rotation, *_ = element_lines(elements(), 100, 200)
    assert (mirror.where, mirror.angle) == ("25.0 % to the right of the middle", "90.0°")
    assert (mirror.pixels, mirror.hidden) == ("0.95", "0.90 ± 0.01")
    assert (rotation.where, rotation.order) == (
        "75.0 % from the left, 25.0 % from the top",
        "4-fold",
    )
    score = a_sound("∅")
    (line,) = element_lines(score.elements, 100, 200, score.music)
    assert line.kind == "loop, along time"


def test_a_legend_names_what_is_drawn_and_no_more():
    assert legend(elements("glide", "stripes")) == ", ".join(
        KINDS[kind].legend for kind in ("glide", "stripes")
    )
    assert "mirror 0.95 / 0.90, rotation 0.97" in best_in_words(elements("mirror", "rotation"))
    assert "No axis" in best_in_words(Elements((), {}))


def test_elements_of_a_volume_are_told_in_the_unit_of_their_source():
    axis = Element("round", moves(3), 0.9, point=(1.0, 2.0, 3.0), direction=(-3e-5, 0.0, 1.0))
    assert in_units(axis, "mm") == (
        "axis of any rotation along (0.00, 0.00, 1.00), through (1, 2, 3) mm: agreement 0.90"
    )


def test_inputs_have_names_of_their_own():
    assert Parts.of(a_volume()).input is VOLUME
    assert Parts.of(a_signal()).input is SIGNAL
    assert Parts.of(in_four_dimensions()).input is FUNCTION
    assert Parts.of(Failure("a.png", Outcome.UNREADABLE, "no")).input is PICTURE
    assert Parts.of(Score("a.wav", Outcome.OK)).input is SOUND
    assert Parts.of(Score("song", Outcome.OK, provenance={"view": "pitch"})).input is SOUND


def test_other_inputs_have_verdicts_of_their_own():
    failed = Failure("a.mrc", Outcome.CONSTANT, "one level", provenance={"dimension": 3})
    assert verdict(failed).headline == "No score: it has only one level."
    assert verdict(in_four_dimensions()).headline == "Continuous symmetry: SO(4)."


def test_how_an_input_was_read_is_a_note_beside_every_answer():
    read = {"read": ["frame 1 of 6\x1b[2J"]}
    failed = Failure("a.gif", Outcome.CONSTANT, "found one level", provenance=read)
    for made in (a_score(), a_sound("∅"), in_four_dimensions(), failed):
        told = replace(made, provenance={**made.provenance, **read})
        notes = [reason.text for reason in verdict(told).reasons if reason.speaks == "note"]
        assert any(r"frame 1 of 6\x1b[2J" in note for note in notes)
        assert not any("frame 1" in r.text for r in verdict(replace(told, provenance={})).reasons)


WEIGHED = {"there": 0.55, "realised": 0.5, "chance": 0.2}


def period(angle: float, length: float) -> Element:
    x, y = (length * f(np.deg2rad(angle)) for f in (np.cos, np.sin))
    return Element("translation", (), 0.9, angle_deg=angle, vector=(float(x), float(y)))


@pytest.mark.parametrize(
    ("label", "found", "words"),
    [
        ("C_n", ("rotation",), ("4-fold", "C_4")),
        ("D_n", ("rotation", "mirror"), ("4-fold", "D_4")),
        ("Z_2", ("rotation", "mirror"), ("90.0°",)),
        ("T", ("stripes",), ("45.0°",)),
    ],
)
def test_an_answer_names_what_its_elements_carry(label, found, words):
    said = answer(Parts.of(replace(a_score(label=label), elements=elements(*found))))
    assert all(word in said for word in words)
    bare = answer(Parts.of(replace(a_score(label=label), elements=None)))
    assert not any(word in bare for word in words)
    assert bare[0].isupper()


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        (
            [period(12, 0.5), period(102, 0.5)],
            ("Square lattice", "20.0 pixels", "12.0° and 102.0°"),
        ),
        ([period(5, 0.5), period(65, 0.5)], ("Hexagonal lattice", "20.0 pixels")),
        ([period(0, 0.5), period(90, 0.8)], ("Rectangular lattice", "20.0 and 32.0 pixels")),
        ([period(10, 0.5), period(80, 0.8)], ("Oblique lattice", "10.0° and 80.0°")),
        ([period(30, 0.5)], ("Pattern", "20.0 pixels", "30.0°")),
    ],
)
def test_a_pattern_is_told_with_its_lattice_and_its_periods(periods, words):
    score = replace(a_score(label="T_n"), elements=Elements(tuple(periods), {}))
    assert all(word in answer(Parts.of(score)) for word in words)
    without = replace(score, picture=None)
    assert "25.0 % of the frame" in answer(
        Parts.of(replace(without, elements=elements("translation")))
    )


def test_without_a_symmetry_the_numbers_are_those_of_what_is_named_as_nearest():
    far = Element("mirror", (), 0.55, angle_deg=12.0)
    none = replace(a_score(label="∅", symmetry=0.1), nearest="Z_2", **WEIGHED)
    told = replace(none, elements=Elements((), {}, nearest=(far,)))
    assert "mirror, about an axis at 12.0°, there to 0.55" in sentence(told)
    assert "Nearest: mirror, there to 0.55" in sentence(none)
    assert TURNS_IN_SPACE not in sentence(told)


@pytest.mark.parametrize(
    ("symmetry", "chance", "said"), [(0.2, 0.3, False), (0.6, 0.3, True), (0.2, 1e-5, True)]
)
def test_what_is_likelier_than_not_or_rare_by_chance_is_not_denied(symmetry, chance, said):
    unnamed = replace(a_score(label="∅", symmetry=symmetry), nearest="Z_2", **WEIGHED)
    denied = answer(Parts.of(replace(unnamed, symmetry=0.1, chance=0.3)))
    assert (answer(Parts.of(replace(unnamed, chance=chance))) == denied) != said


def test_without_a_symmetry_a_volume_says_what_is_not_weighed():
    none = replace(a_volume(), label="∅", nearest="Z_2", **WEIGHED)
    assert TURNS_IN_SPACE in sentence(none)
    assert TURNS_IN_SPACE not in sentence(replace(a_volume(), **WEIGHED))


def test_what_networks_learned_and_did_not_see_is_not_called_unlearned():
    """Of detail finer than the grid the networks learn what is left, and learn it well."""
    unseen = replace(a_score(), **WEIGHED | {"realised": None})
    learned = replace(unseen, fit=replace(unseen.fit, explained_variance=0.95))
    unlearned = replace(unseen, fit=replace(unseen.fit, explained_variance=0.02))
    assert "did not learn" not in sentence(learned)
    assert "did not learn" in sentence(unlearned)


def test_of_one_network_no_halves_are_told():
    halved = replace(a_score(), **WEIGHED)
    assert len(verdict(replace(halved, symmetry_sd=None)).reasons) + 1 == len(
        verdict(halved).reasons
    )


def test_an_axis_of_a_volume_without_a_class_is_said_first():
    none = replace(a_volume(), label="∅", symmetry=0.1, nearest="Z_2", **WEIGHED)
    turn = Element("rotation", (), 0.97, order=7, direction=(0.94, 0.0, 0.34), point=(1.0, 2, 3))
    with_axis = answer(Parts.of(replace(none, elements=Elements((turn,), {}))))
    assert all(word in with_axis for word in ("7-fold axis", "(0.94, 0.00, 0.34)", "0.97"))
    assert answer(Parts.of(replace(none, elements=Elements((), {})))) == "No symmetry"


@pytest.mark.parametrize(
    ("agreement", "said"), [(0.82, "0.82"), (0.0, "no agreement"), (-4.05, "no agreement")]
)
def test_a_flow_that_real_moves_refute_has_no_agreement_and_no_number_below_zero(agreement, said):
    flow = Flow("stripes", 0.4, 0.05, (0.3, 0.5), angle_deg=20.0, agreement=agreement)
    words = flow_words(flow, 64, 64)
    assert said in words
    assert "-4" not in words
