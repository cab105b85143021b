"""Classifiers of evidence: odds of candidates become probabilities; what is named has a place."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import kstest

from symscope.classifier.evidence import (
    MEMBERS,
    SOURCES,
    EvidenceClassifier,
    Reading,
    _widest,
    array_shapes,
    explaining,
    inputs,
    judge,
    load_evidence_classifier,
    named,
    probabilities,
)
from symscope.classifier.evidence_dataset import Example, right, usable
from symscope.classifier.evidence_training import FAR_AWAY, calibration, fit, nulls
from symscope.elements.candidates import Candidate
from symscope.elements.element import Element, Elements
from symscope.elements.evidence import CONTEXT, NUMBERS, Evidence
from symscope.elements.field_evidence import field_evidence
from symscope.errors import UsageError, WeightsRejected
from symscope.groups import CLASSES, EXTENDED, PAPER, Isometry, Symmetry

MOVE = (Isometry.identity(),)


def candidate(symmetry, order=1, angle=90.0):
    mirror = Element("mirror", MOVE, 0.0, angle_deg=angle, offset=0.0)
    turn = Element("rotation", MOVE, 0.0, order=order, centre=(0.0, 0.0))
    elements = {
        Symmetry.MIRROR: (mirror,),
        Symmetry.CYCLIC: (turn,),
        Symmetry.DIHEDRAL: (turn, mirror),
        Symmetry.ROUND: (Element("round", MOVE, 0.0, centre=(0.0, 0.0)),),
        Symmetry.STRIPED: (Element("stripes", MOVE, 0.0, angle_deg=angle),),
        Symmetry.REPEATED: (Element("translation", MOVE, 0.0, vector=(0.3, 0.0)),),
    }[symmetry]
    return Candidate(symmetry, order, elements, MOVE)


ALL = (
    candidate(Symmetry.MIRROR),
    candidate(Symmetry.MIRROR, angle=20.0),
    candidate(Symmetry.CYCLIC, 4),
    candidate(Symmetry.DIHEDRAL, 4),
    candidate(Symmetry.ROUND),
    candidate(Symmetry.STRIPED),
    candidate(Symmetry.REPEATED),
)


def evidence_of(best=None, rng=None, high=0.99):
    """Evidence in which one candidate holds and the others do not."""
    rng = rng or np.random.default_rng(0)
    numbers = rng.uniform(0.2, 0.5, (len(ALL), len(NUMBERS)))
    numbers[:, NUMBERS.index("overlap")] = 0.9
    if best is not None:
        for name in ("least", "mean", "even_light", "high_pass", "layer_least", "layer_mean"):
            numbers[best, NUMBERS.index(name)] = high + rng.normal() * 0.003
    return Evidence(ALL, numbers, rng.uniform(0, 1, len(CONTEXT)))


def examples(count=60, seed=0):
    rng, result = np.random.default_rng(seed), []
    for number in range(count):
        best = None if number % 4 == 0 else int(rng.integers(len(ALL)))
        flags = np.arange(len(ALL)) == best
        label = Symmetry.NONE if best is None else ALL[best].symmetry
        result.append(Example(evidence_of(best, rng), flags, label, 1.0))
    return result


@pytest.fixture(scope="module")
def taught():
    arrays = fit(examples(), "both", steps=150)
    return EvidenceClassifier("both", arrays | calibration([(arrays, examples(40, 1))], "both"))


def test_what_holds_is_named_with_its_place(taught):
    fresh = examples(40, 2)
    hits = []
    for example in fresh:
        judgement = judge(example.evidence, taught)
        hits.append(judgement.label is example.label)
        assert sum(judgement.probabilities.values()) == pytest.approx(1.0, abs=1e-6)
        assert judgement.symmetry == pytest.approx(1 - judgement.probabilities["∅"])
        # What is named is listed; of none nothing is.
        assert bool(judgement.elements) == (judgement.label is not Symmetry.NONE)
    assert np.mean(hits) > 0.85


@pytest.mark.parametrize(("high", "sure"), [(0.99, True), (0.72, False)])
def test_halves_are_asked_about_all_where_the_answer_is_unsure(taught, high, sure):
    of, asked = evidence_of(1, np.random.default_rng(5), high), []

    def half(evidence, candidates):
        asked.append(candidates)
        # One half finds fewer candidates than all networks did.
        fewer = evidence if len(asked) == 1 else Evidence(ALL[:1], of.numbers[:1], of.context)
        return fewer if candidates is None else evidence

    judgement = judge(of, taught, [half, half])
    assert (judgement.symmetry > 0.9) == sure
    assert asked == [[*np.argsort(-taught.read(of).odds)[:8]] if sure else None] * 2
    assert judgement.by_half.shape == (2, len(EXTENDED))
    alone = 1 - judgement.by_half[:, EXTENDED.index(Symmetry.NONE)]
    assert judgement.symmetry_sd == pytest.approx(abs(alone[0] - alone[1]) / 2, abs=1e-6)
    assert (judgement.symmetry_sd > 0) != sure


def test_permuted_labels_teach_nothing():
    drawn, order = examples(), np.random.default_rng(3).permutation(60)
    shuffled = [
        Example(a.evidence, drawn[i].right, drawn[i].label, 1.0)
        for a, i in zip(drawn, order, strict=True)
    ]
    arrays = fit(shuffled, "both", steps=150)
    blind = EvidenceClassifier("both", arrays | calibration([(arrays, shuffled)], "both"))
    hits = [judge(e.evidence, blind).label is e.label for e in examples(40, 2)]
    assert np.mean(hits) < 0.6


def test_probabilities_are_as_if_every_second_picture_had_no_symmetry(taught):
    """The same pictures; those without symmetry once as they are, once four times each."""
    fresh = examples(40, 1)
    more = [e for e in fresh for _ in range(4 if e.label is Symmetry.NONE else 1)]
    once, often = (calibration([(taught.arrays, some)], "both") for some in (fresh, more))
    assert once["shift"] == pytest.approx(often["shift"], abs=0.05)
    assert once["temperature"] == pytest.approx(often["temperature"], abs=0.05)


def test_what_an_odd_part_has_ended_counts_for_no_chance():
    fresh, round_ = examples(40, 1), EXTENDED.index(Symmetry.ROUND)
    unsure = fit(fresh, "both", steps=5)
    kept, odd = (
        calibration([(unsure, [replace(e, odd=odd) for e in fresh])], "both")["null_away"]
        for odd in (False, True)
    )
    assert (kept[round_] < FAR_AWAY).all()
    assert (odd == FAR_AWAY).all()


def test_there_and_realised_are_those_of_the_label(taught):
    of = evidence_of(1, np.random.default_rng(5))
    judgement = judge(of, taught)
    assert judgement.label is Symmetry.MIRROR
    assert judgement.elements[0].angle_deg == 20.0
    assert judgement.there == pytest.approx(max(of.column("least")[1], of.column("even_light")[1]))
    assert judgement.realised == pytest.approx(of.column("layer_least")[1])
    assert judgement.elements[0].pixels == judgement.there
    assert judgement.elements[0].hidden == judgement.realised


def test_of_a_lattice_what_is_realised_is_the_layer_without_its_slow_changes(taught):
    of = evidence_of(6, np.random.default_rng(5))
    of.numbers[6, NUMBERS.index("layer_periods")] = 0.1
    judgement = judge(of, taught)
    assert judgement.label is Symmetry.REPEATED
    assert judgement.realised == pytest.approx(0.1)


SPREADS = 1 + EXTENDED.index(Symmetry.CYCLIC)
"""What half turns reach, in a kind: it may explain the odds of mirrors."""


def test_what_is_listed_is_not_nearly_there_too(taught):
    of = evidence_of(2)  # the turn of C_4, which D_4 has beside its mirrors
    of.numbers[3, NUMBERS.index("least")] = of.numbers[3, NUMBERS.index("even_light")] = 0.8
    judgement = judge(of, taught)
    assert judgement.label is Symmetry.CYCLIC
    assert [item.kind for item in judgement.elements] == ["rotation"]
    assert "rotation" not in [item.kind for item in judgement.nearly]
    assert "mirror" in [item.kind for item in judgement.nearly]


def test_elements_of_a_volume_keep_their_own_numbers():
    planes = tuple(
        Element("mirror", MOVE, value, normal=normal)
        for value, normal in ((0.98, (1.0, 0.0, 0.0)), (0.90, (0.0, 1.0, 0.0)))
    )
    of = field_evidence(Elements(planes, {}), np.array([0.55, 0.7]), (0.99, 1.0))
    judgement = judge(of, load_evidence_classifier("both", 3))
    listed = judgement.elements or judgement.nearest[1]
    assert [(item.pixels, item.hidden) for item in listed] == [(0.98, 0.55), (0.90, 0.7)]
    # Both numbers of the answer are of one plane.
    assert (judgement.there, judgement.realised) == (0.98, 0.55)


def with_nulls(taught, seed=0, count=1500):
    """Pictures whose odds follow their kind, in mean and in spread; and more of the same."""
    rng = np.random.default_rng(seed)
    kinds = rng.uniform(-1.7, 1.7, (2 * count, len(taught.arrays["null_mean"])))
    scale = np.exp(0.5 * kinds[:, SPREADS])
    odds = -3 + 2 * kinds[:, 0] + scale * rng.normal(size=2 * count)
    every = np.tile(odds[:count, None], (1, len(EXTENDED)))
    made = nulls(kinds[:count], every, np.ones(every.shape, bool), "both")
    return EvidenceClassifier("both", taught.arrays | made), kinds[count:], odds[count:]


def test_where_nothing_is_named_the_numbers_are_those_of_the_nearest(taught):
    of = evidence_of(None, np.random.default_rng(5))
    judgement = judge(of, taught)
    assert judgement.label is Symmetry.NONE
    symmetry, carrying = judgement.nearest
    assert judgement.chance == judgement.chances[str(symmetry)]
    assert carrying[0].pixels == judgement.there
    assert judge(evidence_of(1, np.random.default_rng(5)), taught).nearest is None


def test_chance_falls_with_the_odds(taught):
    known, kinds, _ = with_nulls(taught)
    chances = [known.chance(Symmetry.MIRROR, value, kinds[0]) for value in np.linspace(-15, 30, 50)]
    assert (np.diff(chances) <= 1e-12).all()
    assert 0 < chances[-1] < 1e-4 < 0.5 < chances[0] <= 1


def test_chance_is_even_on_pictures_without_the_symmetry_of_any_kind(taught):
    known, kinds, odds = with_nulls(taught)
    chances = [
        known.chance(Symmetry.MIRROR, value, of_kind)
        for value, of_kind in zip(odds, kinds, strict=True)
    ]
    assert kstest(chances, "uniform").statistic < 0.08
    for number in (0, SPREADS):
        some = np.array(chances)[kinds[:, number] > 0.7]
        assert kstest(some, "uniform").statistic < 0.15
    # The same odds are nothing in one kind of picture and much in another.
    usual, low = np.zeros(kinds.shape[1]), np.eye(kinds.shape[1])[0] * -1.7
    assert known.chance(Symmetry.MIRROR, -3.0, usual) > 0.3
    assert known.chance(Symmetry.MIRROR, -3.0, low) < 0.02


def test_of_a_class_that_every_picture_has_nothing_can_be_told(taught):
    kinds = np.zeros((5, len(taught.arrays["null_mean"])))
    made = nulls(kinds, np.zeros((5, 7)), np.zeros((5, 7), bool), "both")
    assert made["null_mean"].shape == taught.arrays["null_mean"].shape
    known = EvidenceClassifier("both", taught.arrays | made)
    assert known.chance(Symmetry.MIRROR, 20.0, kinds[0]) == 1


def test_what_a_class_reaches_does_not_explain_itself():
    free = explaining(Symmetry.MIRROR, "pixels")
    reached = dict(zip(EXTENDED, free[-len(EXTENDED) :], strict=True))
    assert free[: -len(EXTENDED)].all()
    assert reached[Symmetry.CYCLIC]
    assert reached[Symmetry.REPEATED]
    assert not any(reached[s] for s in (Symmetry.MIRROR, Symmetry.DIHEDRAL, Symmetry.ROUND))


def test_of_five_classes_a_rosette_counts_as_a_mirror(taught):
    of = evidence_of(3, np.random.default_rng(6))
    reading = taught.read(of)
    seven, five = (probabilities(of, reading, classes) for classes in (EXTENDED, PAPER))
    assert sum(five.values()) == pytest.approx(1.0)
    assert five[Symmetry.MIRROR] == pytest.approx(seven[Symmetry.MIRROR] + seven[Symmetry.DIHEDRAL])
    assert judge(of, taught, classes=PAPER).elements[0].kind in ("rotation", "mirror")


def test_none_is_named_where_the_odds_are_against_any():
    assert named({Symmetry.NONE: 0.4, Symmetry.MIRROR: 0.6}) is Symmetry.NONE
    assert named({Symmetry.NONE: 0.3, Symmetry.MIRROR: 0.7}) is Symmetry.MIRROR


def test_none_is_named_where_what_speaks_for_a_symmetry_speaks_for_no_class():
    others = (Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL, Symmetry.ROUND)
    spread = {Symmetry.NONE: 0.3} | dict.fromkeys(others, 0.175)
    assert named(spread) is Symmetry.NONE
    together = {Symmetry.NONE: 0.3, Symmetry.MIRROR: 0.4, Symmetry.CYCLIC: 0.3}
    assert named(together) is Symmetry.MIRROR


@pytest.mark.parametrize(
    ("shares", "of_seven", "of_five"),
    [
        ({Symmetry.REPEATED: 0.55, Symmetry.CYCLIC: 0.14}, Symmetry.REPEATED, Symmetry.REPEATED),
        (
            {Symmetry.ROUND: 0.4, Symmetry.DIHEDRAL: 0.3, Symmetry.MIRROR: 0.2},
            Symmetry.ROUND,
            Symmetry.ROUND,
        ),
        ({Symmetry.DIHEDRAL: 0.7, Symmetry.MIRROR: 0.2}, Symmetry.DIHEDRAL, Symmetry.MIRROR),
        ({Symmetry.CYCLIC: 0.9}, Symmetry.CYCLIC, Symmetry.NONE),
    ],
)
def test_of_five_classes_the_answer_is_that_of_all_in_fewer_words(shares, of_seven, of_five):
    """What is summed with another class, or with none, does not outvote what is likeliest."""
    of = evidence_of()
    first = {c.symmetry: number for number, c in reversed([*enumerate(ALL)])}
    own = np.zeros(len(ALL))
    for symmetry, share in shares.items():
        own[first[symmetry]] = share
    reading = Reading(own, 1 - own.sum(), np.log(own + 1e-9))
    known = {"dimension": 2, "source": "pixels", "read": lambda _: reading}
    classifier = SimpleNamespace(**known, chance=lambda *_: 0.1)
    assert judge(of, classifier).label is of_seven
    five = judge(of, classifier, classes=PAPER)
    assert five.label is of_five
    assert sum(five.probabilities.values()) == pytest.approx(1)
    assert bool(five.elements) == (of_five is not Symmetry.NONE)


def test_a_picture_without_candidates_has_no_symmetry(taught):
    empty = Evidence((), np.zeros((0, len(NUMBERS))), np.zeros(len(CONTEXT)))
    judgement = judge(empty, taught)
    assert judgement.label is Symmetry.NONE
    assert judgement.there is None
    assert judgement.chance is None


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_is_read_alone(source):
    of = evidence_of(0)
    values = inputs(of, source)
    assert values.shape == (len(ALL), array_shapes(source)["mean"][0])
    other = of.numbers.copy()
    layer = [i for i, name in enumerate(NUMBERS) if name.startswith("layer")]
    rest = [
        i for i, name in enumerate(NUMBERS) if not name.startswith("layer") and name != "periods"
    ]
    other[:, {"hidden": rest, "pixels": layer, "both": []}[source]] += 0.2
    np.testing.assert_array_equal(inputs(Evidence(ALL, other, of.context), source), values)


@pytest.mark.parametrize("source", SOURCES)
def test_the_shipped_weights_are_those_of_their_cards(source):
    classifier = load_evidence_classifier(source)
    assert classifier.source == source
    assert {k: v.shape for k, v in classifier.arrays.items()} == array_shapes(source)
    assert len(classifier.odds(inputs(evidence_of(0), source))) == MEMBERS


@pytest.mark.parametrize("dimension", [1, 3])
@pytest.mark.parametrize("source", SOURCES)
def test_signals_and_volumes_have_classifiers_of_their_own(source, dimension):
    classifier = load_evidence_classifier(source, dimension)
    assert {k: v.shape for k, v in classifier.arrays.items()} == array_shapes(source, dimension)
    kinds = ("mirror", "translation", "round", "spherical")
    values = {1: (0.99, 0.2), 3: (0.99, 0.2, 0.4, 0.2)}[dimension]
    items = [
        Element(kind, MOVE, value, vector=(0.1,) * dimension if kind == "translation" else None)
        for kind, value in zip(kinds, values, strict=False)
    ]
    found = Elements((items[0],), {}, nearly=tuple(items[1:]))
    seen = np.array([e.pixels - 0.03 for e in items])
    judgement = judge(field_evidence(found, seen, (0.95, 1.0)), classifier)
    if source != "hidden":
        assert judgement.label is Symmetry.MIRROR
        assert judgement.elements[0].kind == "mirror"
    assert judgement.probabilities["Z_2"] > judgement.probabilities["∅"]
    assert list(judgement.probabilities) == [str(s) for s in CLASSES[dimension]]
    assert judgement.there == pytest.approx(0.99)
    assert judgement.realised == pytest.approx(0.96)


def test_what_no_network_was_asked_of_is_not_realised():
    found = Elements((Element("mirror", MOVE, 0.99),), {})
    judgement = judge(field_evidence(found), load_evidence_classifier("pixels", 3))
    assert judgement.realised is None
    assert judgement.elements[0].hidden is None


def test_a_lattice_is_named_with_all_its_periods():
    one, two = candidate(Symmetry.REPEATED), candidate(Symmetry.REPEATED)
    two = replace(two, elements=two.elements * 2)
    numbers = np.repeat(evidence_of(None, np.random.default_rng(7)).numbers[:1], 2, axis=0)
    for name in ("least", "even_light"):
        numbers[:, NUMBERS.index(name)] = 0.95, 0.9
    of = Evidence((one, two), numbers, np.full(len(CONTEXT), 0.5))
    assert _widest(of, of.column("least"), 0) == 1
    assert _widest(of, np.array([0.95, 0.5]), 0) == 0


def test_unknown_sources_and_altered_weights_are_refused(tmp_path):
    with pytest.raises(UsageError):
        load_evidence_classifier("tea leaves")
    (tmp_path / "cards.json").write_text('{"evidence-both": {"sha256": 1}}')
    with pytest.raises(WeightsRejected):
        load_evidence_classifier("both", folder=tmp_path)


class TestRight:
    def picture(self, label, order=1, axis=90.0, centre=(0.0, 0.0)):
        from symscope.classifier.evidence_dataset import Drawn

        return Drawn(np.zeros((8, 8), np.float32), label, order, 1.0, axis, centre)

    def test_a_mirror_is_right_at_its_axis_alone(self):
        of = evidence_of(0)
        flags = right(of, self.picture(Symmetry.MIRROR, axis=88.0))
        assert np.flatnonzero(flags).tolist() == [0]
        assert not right(of, self.picture(Symmetry.MIRROR, axis=88.0, centre=(0.5, 0.0))).any()

    def test_a_rosette_is_right_with_its_order_and_axis(self):
        of = evidence_of(3)
        assert np.flatnonzero(right(of, self.picture(Symmetry.DIHEDRAL, 4))).tolist() == [3]
        assert not right(of, self.picture(Symmetry.DIHEDRAL, 3)).any()
        # Twelve arms: the candidate of the highest order that divides them is of six.
        assert not right(of, self.picture(Symmetry.DIHEDRAL, 12)).any()

    def test_of_no_symmetry_nothing_is_right(self):
        assert not right(evidence_of(0), self.picture(Symmetry.NONE)).any()

    def test_what_is_gone_or_there_by_chance_is_not_taught(self):
        flags = np.arange(len(ALL)) == 0
        fine = Example(evidence_of(0), flags, Symmetry.MIRROR, 1.0)
        gone = Example(evidence_of(0, high=0.2), flags, Symmetry.MIRROR, 1.0)
        by_chance = Example(evidence_of(0), ~flags & False, Symmetry.NONE, 1.0)
        assert [usable(each, 1) for each in (fine, gone, by_chance)] == [True, False, False]
