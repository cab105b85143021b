"""Suites: that the figures are those of what was read, and that the controls are what they say."""

import json
import pickle

import numpy as np
import pytest

from fakes.scores import a_failure, make_score
from symscope.api import score
from symscope.classifier.dataset import (
    SOURCES,
    TRAINING_FAMILIES,
    TRAINING_STREAM,
    UNSEEN_FAMILIES,
)
from symscope.elements import Element, Elements
from symscope.errors import Outcome, UsageError
from symscope.evaluation import controls, repeatability, run, spatial
from symscope.evaluation import templates as on_templates
from symscope.groups import CLASS_SETS, PAPER, Symmetry
from symscope.io.images import sample_names
from symscope.synth.templates import Template, draw

OPTIONS = {"classes": "paper", "seed": 0, "quick": True}


def test_an_unknown_suite_is_named():
    with pytest.raises(UsageError, match=r"'beauty'.*templates, controls, repeatability"):
        run("beauty")


# Pictures without symmetry


def spectrum(picture):
    return np.abs(np.fft.fft2(picture - picture.mean()))


@pytest.mark.parametrize("kind", controls.KINDS)
def test_controls_are_grey_pictures_fixed_by_the_generator(kind):
    make = controls.KINDS[kind]
    one, same, other = (make(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert one.ndim == 2
    assert 0 <= one.min() <= one.max() <= 1
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_white_noise_has_all_frequencies_and_pink_noise_the_low_ones():
    rng = np.random.default_rng(0)
    white, pink = controls.white(rng), controls.pink(rng)
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(controls.SIDE)] * 2))
    some = (frequency > 0.02) & (frequency < 0.4)

    def slope(picture):
        return np.polyfit(np.log(frequency[some]), np.log(spectrum(picture)[some]), 1)[0]

    assert slope(white) == pytest.approx(0, abs=0.1)
    assert slope(pink) == pytest.approx(-1, abs=0.1)


def test_random_phases_keep_the_photograph_s_spectrum():
    photograph = controls._photograph(np.random.default_rng(5))
    noise = controls.random_phase(np.random.default_rng(5))
    assert noise.shape == photograph.shape
    of_noise, of_photograph = spectrum(noise)[1:, 1:], spectrum(photograph)[1:, 1:]
    scale = np.median(of_noise) / np.median(of_photograph)
    np.testing.assert_allclose(of_noise, scale * of_photograph, rtol=1e-6, atol=1e-9)
    phases = [np.angle(np.fft.fft2(picture)) for picture in (noise, photograph)]
    assert abs(np.exp(1j * (phases[0] - phases[1])).mean()) < 0.1


def test_shuffling_keeps_every_pixel():
    photograph = controls._photograph(np.random.default_rng(5))
    shuffled = controls.shuffled(np.random.default_rng(5))
    np.testing.assert_array_equal(np.sort(shuffled.ravel()), np.sort(photograph.ravel()))
    assert not np.array_equal(shuffled, photograph)


def test_a_scan_with_specks_is_nearly_empty_and_has_something_to_read():
    scan = controls.specks(np.random.default_rng(0))
    assert np.median(np.abs(scan - np.median(scan))) < 0.02
    assert score(scan, networks=1).outcome is not Outcome.CONSTANT


def scripted(answer):
    """Return a scorer that answers by a function of (number, source, options), and its calls."""
    asked = []

    def score(sources, **options):
        asked.append((list(sources), options))
        for number, source in enumerate(sources):
            yield answer(number, source, options)
            options["progress"](number + 1, len(sources))

    return score, asked


def test_a_control_is_rejected_when_it_is_none_or_not_ok():
    answers = [
        make_score(outcome=Outcome.OK, label="∅", path=""),
        make_score(outcome=Outcome.OK, label="Z_2", path=""),
        a_failure(outcome=Outcome.CONSTANT),
        make_score(outcome=Outcome.NOT_LEARNED, label="Z_2", path=""),
    ]
    count = controls.PER_KIND[True]
    # All white noise is read as a mirror; of the others, one answer each in turn.
    score, asked = scripted(lambda i, *_: answers[1] if i < count else answers[i % 4])
    told = []
    found = controls.measure(**OPTIONS, progress=lambda *at: told.append(at), score=score)
    (sources, options), *rest = asked
    assert not rest
    assert len(sources) == found["pictures"] == 10 * count == 40
    assert options["classifier"] == "paper"
    assert told[-1] == (40, 40)
    assert found["rejected_by_kind"]["white"] == 0
    assert found["rejected_by_kind"]["pink"] == 0.75
    assert found["rejected"] == pytest.approx(27 / 40)
    assert found["outcomes"]["white"] == {"ok Z_2": count}
    assert found["outcomes"]["specks"] == {"ok ∅": 1, "ok Z_2": 1, "constant": 1, "not_learned": 1}
    json.dumps(found, allow_nan=False)


def test_other_seeds_draw_other_controls():
    score, asked = scripted(lambda *_: a_failure())
    for seed in (0, 0, 1):
        options = OPTIONS | {"seed": seed}
        controls.measure(**options, progress=lambda *at: None, score=score)
    first, same, other = (sources for sources, _ in asked)
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not any(
        a.shape == b.shape and np.array_equal(a, b) for a, b in zip(first, other, strict=True)
    )


# Repeatability


@pytest.mark.parametrize(("quick", "count"), [(False, 10), (True, 4)])
def test_repeatability_is_the_standard_deviation_over_seeds(quick, count):
    def answer(number, source, options):
        # Picture 0 varies by 0.1 from seed to seed, the others do not.
        seed = options["seed"] if isinstance(source, str) else 0
        symmetry = 0.5 + 0.1 * seed * (number == 0)
        probabilities = {"∅": 1 - symmetry, "T": symmetry}
        # It says 0.2 and 0 in turn; nothing is said of picture 1.
        said = None if number == 1 else 0.2 * (number == 0) * (seed % 2)
        return make_score(
            path="a picture",
            outcome=Outcome.OK,
            symmetry=symmetry,
            symmetry_sd=said,
            probabilities=probabilities,
        )

    score, asked = scripted(answer)
    told = []
    options = OPTIONS | {"quick": quick}
    found = repeatability.measure(**options, progress=lambda *at: told.append(at), score=score)
    seeds = found["seeds"]
    versions = len(repeatability.VERSIONS)
    assert [options["seed"] for _, options in asked] == [*range(seeds), *[0] * versions]
    assert len({tuple(sources) for sources, _ in asked[:seeds]}) == 1
    pictures = asked[0][0]
    assert len(set(pictures)) == len(found["pictures"]) == count
    assert {name.removeprefix("sample:") for name in pictures} <= set(sample_names())
    expected = 0.1 * np.std(range(seeds), ddof=1)
    assert found["spread"]["max"] == pytest.approx(expected)
    assert found["spread"]["mean"] == pytest.approx(expected / count)
    assert found["spread_of_probabilities"]["max"] == pytest.approx(expected)
    assert found["pictures"][pictures[0]]["spread"] == pytest.approx(expected)
    assert found["pictures"][pictures[1]]["spread"] == pytest.approx(0)
    often = 0.2 * np.sqrt(np.mean([seed % 2 for seed in range(seeds)]))
    assert found["said"]["max"] == found["pictures"][pictures[0]]["said"] == pytest.approx(often)
    assert found["said"]["mean"] == pytest.approx(often / (count - 1))
    assert found["pictures"][pictures[1]]["said"] is None
    assert found["pictures"][pictures[1]]["symmetry"] == pytest.approx(0.5)
    assert told[-1] == (count * (seeds + versions),) * 2
    # Where no picture has an axis, nothing is said of axes.
    assert found["invariance"]["same_axes"] is None
    json.dumps(found, allow_nan=False)


def test_a_score_that_changes_when_the_picture_is_turned_is_told():
    negative, mirror_image, quarter = 1, 2, 3

    def answered(versions, lost=False):
        """An axis at 20° that is carried along; one version of picture 1 turns or loses it."""
        answers = {0: 20.0, negative: 20.0, mirror_image: 160.0, quarter: 110.0}
        call = -1

        def answer(number, source, options):
            nonlocal call
            call += number == 0
            version = call - repeatability.SEEDS[True]
            wrong = number == 1 and version in versions
            angle = answers.get(version, 0.0) + 30.0 * wrong
            axis = Element("mirror", (), 0.9, angle_deg=angle, offset=0.0)
            return make_score(
                path="a picture",
                outcome=Outcome.OK,
                label=Symmetry.MIRROR,
                symmetry=0.9 - 0.2 * wrong,
                elements=Elements(() if wrong and lost else (axis,), {}),
            )

        score, _ = scripted(answer)
        found = repeatability.measure(**OPTIONS, progress=lambda *_: None, score=score)
        return found["invariance"]

    kept = answered(())
    assert kept["max"] == 0.0
    assert kept["same_label"]["value"] == kept["same_axes"]["value"] == 1.0
    assert kept["same_axes"]["of"] == 4
    for version, gone in ((negative, False), (mirror_image, True), (quarter, False)):
        lost = answered((version,), gone)
        assert lost["max"] == pytest.approx(0.2)
        assert lost["mean"] == pytest.approx(0.05)
        assert lost["same_axes"]["value"] == 0.75


# Templates


class Oracle:
    """A classifier that reads the template's class out of an observation, or never does."""

    def __init__(self, name):
        self.name, self.classes = name, CLASS_SETS["paper"]

    def probabilities(self, features):
        truth, networks = features["truth"], len(features["truth"])
        read = np.zeros(networks, int) if "permuted" in self.name else truth
        # The first network alone is wrong, and surer than each of the others.
        sure = np.full(networks, 0.9)
        if self.name == "control-plane-paper":
            read = (truth + (np.arange(networks) == 0)) % len(self.classes)
        else:
            sure[0] = 0.95
        probabilities = np.tile((1 - sure[:, None]) / 4, (1, len(self.classes)))
        probabilities[np.arange(networks), read] = sure
        return probabilities


@pytest.fixture
def oracles(monkeypatch):
    """Templates without pictures, observations that hold their class, classifiers that know it."""
    loaded, drawn_with = [], []

    def templates(count, *, dimension, classes, families, seed):
        drawn_with.append((tuple(families), tuple(seed)))
        some = [(label, family) for label in classes for family in families for _ in range(count)]
        return [Template(np.zeros((2, 2), np.int8), *pair, None, 0.0) for pair in some]

    class Observation:
        def __init__(self, template, networks):
            self.truth = np.full(networks, CLASS_SETS["paper"].index(template.label))
            self.fit = np.tile(np.float32([0.98, 0.95]), (networks, 1))

        def features(self, source):
            return {"truth": self.truth[: 1 if source == "pixels" else None]}

    def observe(drawn, networks, seed, dimension):
        return [Observation(template, networks) for template in drawn]

    def load_recipe(recipe):
        loaded.append(recipe.name)
        return Oracle(recipe.name)

    def weighed_rightly(drawn, classes, seed, done):
        # The picture alone is wrong about the first.
        done(len(drawn))
        right = np.ones(len(drawn), bool)
        return {"both": right, "hidden": right, "pixels": np.arange(len(drawn)) > 0}

    for function in (templates, observe, load_recipe, weighed_rightly):
        monkeypatch.setattr(on_templates, function.__name__, function)
    return loaded, drawn_with


def test_accuracies_are_shares_of_templates_read_right(oracles):
    told = []
    found = run("templates", **OPTIONS, progress=lambda *at: told.append(at))
    accuracy = found["accuracy"]
    assert set(accuracy) >= {
        *("hidden", "pixels", "left_out_family", "untrained", "permuted", "beyond_colour"),
    }
    assert found["chance"] == pytest.approx(0.2)
    assert accuracy["both_evidence"] == accuracy["hidden_evidence_left_out_family"] == 1.0
    first_wrong = accuracy.pop("pixels_evidence"), accuracy.pop("pixels_evidence_left_out_family")
    counts = found["templates"], found["templates_left_out_family"]
    assert first_wrong == pytest.approx([1 - 1 / count for count in counts])
    # The permuted classifier says ∅ to everything: right for one class of five.
    assert accuracy["permuted"] == pytest.approx(0.2)
    assert all(value == 1 for key, value in accuracy.items() if key != "permuted")
    for key, value in accuracy.items():
        low, high = found["interval"][key]
        assert 0 <= low <= value <= high <= 1
        assert low < high
    assert found["templates"] == 5 * len(TRAINING_FAMILIES)
    assert told[-1] == (2 * sum(counts),) * 2
    assert found["fit"] == {"learned": pytest.approx(0.98), "held_out": pytest.approx(0.95)}
    json.dumps(found, allow_nan=False)


def test_networks_are_averaged(oracles):
    by_networks = run("templates", **OPTIONS)["accuracy_by_networks"]
    assert by_networks["hidden"] == {"1": 1, "2": 1, "4": 1, "8": 1}
    assert "pixels" not in by_networks
    # One wrong network of four is outvoted.
    assert by_networks["plane"]["1"] == 0
    assert by_networks["plane"]["4"] == by_networks["plane"]["8"] == 1


def test_the_confusion_counts_every_template_once(oracles):
    confusion = run("templates", **OPTIONS)["confusion"]
    assert list(confusion) == [str(symmetry) for symmetry in CLASS_SETS["paper"]]
    for true, read in confusion.items():
        assert sum(read.values()) == read[true] == len(TRAINING_FAMILIES)


def test_every_source_has_a_reader_of_its_own_and_templates_are_new(oracles):
    loaded, drawn_with = oracles
    run("templates", **(OPTIONS | {"seed": 7}))
    assert len(set(loaded)) == len(SOURCES[2]) + 1
    assert {families for families, _ in drawn_with} == {TRAINING_FAMILIES, UNSEEN_FAMILIES}
    assert not set(UNSEEN_FAMILIES) & set(TRAINING_FAMILIES)
    for _, seed in drawn_with:
        assert seed[0] != TRAINING_STREAM
        assert seed[1] == 7


def test_templates_can_be_weighed_in_other_processes(monkeypatch):
    drawn = [draw(label, "wells", np.random.default_rng(0)) for label in PAPER]
    monkeypatch.setattr(on_templates, "TOGETHER", {2: 2})

    def in_processes(work, groups):
        assert pickle.dumps(work)
        for group in groups:
            assert pickle.dumps(group)
            yield [[label is Symmetry.NONE, True, False] for _, label in group]

    monkeypatch.setattr(on_templates, "in_processes", in_processes)
    done = []
    right = on_templates.weighed_rightly(drawn, PAPER, 0, done.append)
    assert list(right) == ["both", "hidden", "pixels"]
    assert right["both"].tolist() == [label is Symmetry.NONE for label in PAPER]
    assert done == [2, 4, 5]


def test_signals_stand_beside_their_controls(monkeypatch):
    monkeypatch.setattr(on_templates, "QUICK_FAMILIES", ("wells",))
    monkeypatch.setattr(on_templates, "OTHER_FAMILIES", {1: {"unseen_families": ("cells",)}})
    monkeypatch.setattr(on_templates, "PER_CLASS_AND_FAMILY", {1: {"quick": 1}})
    monkeypatch.setattr(on_templates, "NETWORKS", {1: 2})
    monkeypatch.setattr(spatial, "ALARMS", {1: {"quick": 2}})
    found = run("signals", seed=7, quick=True)
    accuracy = found["accuracy"]
    assert set(accuracy) == {
        *("hidden", "plane", "pixels", "untrained", "permuted"),
        *("hidden_unseen_families", "pixels_unseen_families"),
    }
    assert accuracy["hidden"]["value"] == 1
    for figure in accuracy.values():
        assert figure["of"] == 3
        low, high = figure["interval"]
        assert low <= figure["value"] <= high
        assert low < high
    assert set(found["accuracy_by_networks"]) == {"1", "2"}
    assert found["elements"]["palindrome_centre"]["templates"] == 1
    assert set(found["false_alarms"]) == {"mirror", "translation"}
    json.dumps(found, allow_nan=False)
