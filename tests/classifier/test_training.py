"""Training: a run that can be resumed, classifiers that learn, temperatures that calibrate."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

from fakes.small import random_network
from fakes.training import PLAN, SHARDS, SIGNAL_PLAN, Stopped, contents
from symscope.classifier import training
from symscope.classifier.classifier import load_cards, load_classifier
from symscope.classifier.dataset import PLANS, SOURCES, Dataset
from symscope.classifier.network import initial_network
from symscope.classifier.training import (
    Recipe,
    dataset_logits,
    fit_network,
    fit_temperature,
    recipes,
    train,
)
from symscope.errors import UsageError
from symscope.features.correlation import MIRROR_ANGLES
from symscope.features.features import CHANNELS, GROUPS, count_numbers
from symscope.groups import CLASS_SETS, CLASSES, ORDERS

TWO = Recipe("paper", "maps"), Recipe("paper", "pixels")


def test_the_recipes_are_the_classifiers_that_the_suites_ask_for():
    names = [recipe.name for recipe in recipes(2)]
    assert len(set(names)) == len(names) == 2 * (len(SOURCES[2]) + 1)
    assert {"control-pixels-paper", "control-permuted-extended"} < set(names)
    assert {r.name for r in recipes(2) if r.ships} == {"paper", "extended"}
    assert {recipe.kind for recipe in recipes(2)} == {"maps", "plane", "both"}
    for dimension, name in ((1, "signal"), (3, "volume")):
        assert [r.name for r in recipes(dimension) if r.ships] == [name]
        assert len(recipes(dimension)) == len(SOURCES[dimension]) + 1


@pytest.fixture
def untrained(monkeypatch):
    """Let classifiers be as they are drawn, and list their numbers of templates."""
    made = []

    def fit(data, dimension, classes, seed, epochs, plan):
        made.append(len(data.labels))
        return random_network(dimension, classes, seed)

    monkeypatch.setattr(training, "fit_network", fit)
    return made


def test_a_run_makes_classifiers_that_load_and_resumes_where_it_was_stopped(
    tmp_path, observer, untrained
):
    out = tmp_path / "weights"
    options = {"seed": 1, "quick": True, "work": tmp_path / "work", "plan": PLAN, "wanted": TWO}
    observer(stop_after=SHARDS - 1)
    with pytest.raises(Stopped):
        train(out, **options)
    assert not list(out.glob("*.safetensors"))

    rest, told = observer(), []
    train(out, **options, progress=lambda *at: told.append(at))
    assert rest.calls == 1
    assert untrained == [len(CLASS_SETS["paper"])] * 2
    assert told == sorted(told)
    assert told[-1] == (100, 100)
    homes = {"paper": out, "control-pixels-paper": out / "controls"}
    for name, home in homes.items():
        (card,) = load_cards(home).values()
        classifier = load_classifier(name, folder=home)
        assert classifier.name == name
        assert classifier.classes == CLASS_SETS["paper"]
        assert classifier.temperature == card["temperature"] > 0
        assert card["trained_on"]["families"] == ["wells"]
        assert card["trained_on"]["templates"] == len(CLASS_SETS["paper"])
        assert card["calibrated_on"]["families"] == ["waves"]
        assert 0 <= card["calibrated_on"]["accuracy"] <= 1
        assert f"| {name} |" in (out / "MODEL_CARD.md").read_text(encoding="utf-8")
        precision = np.float32 if home == out else np.float16
        stored = load_file(home / f"{name}.safetensors")
        assert {array.dtype for array in stored.values()} == {np.dtype(precision)}
    assert not list(out.glob("**/*.part"))

    # Nothing is made again, but a classifier that was lost is, and is the same.
    before, cards = contents(out), (out / "controls" / "cards.json").read_text()
    kept = (out / "paper.safetensors").stat().st_mtime_ns
    (out / "controls" / "control-pixels-paper.safetensors").unlink()
    again = observer()
    train(out, **options)
    assert again.calls == 0
    assert len(untrained) == 3
    assert (out / "paper.safetensors").stat().st_mtime_ns == kept
    assert contents(out) == before
    assert json.loads((out / "controls" / "cards.json").read_text()) == json.loads(cards)


def test_signals_are_trained_by_the_same_run(tmp_path, observer):
    observer()
    plan = replace(SIGNAL_PLAN, quick_epochs=1)
    train(tmp_path, dimension=1, quick=True, plan=plan, wanted=[Recipe("signal", "both")])
    classifier = load_classifier("extended", 1, folder=tmp_path)
    assert (classifier.name, classifier.dimension) == ("signal", 1)
    assert classifier.classes == CLASSES[1]
    drawn = initial_network(1, 3).head.layers[0].weight
    assert not np.array_equal(classifier.network.head.layers[0].weight, drawn)


def test_there_are_no_classifiers_of_other_dimensions(tmp_path):
    with pytest.raises(UsageError, match="dimension 5"):
        train(tmp_path, dimension=5)


# Classifiers


def some_features(labels, networks, seed=0, grid=8):
    """Features of noise whose mirror agreement is high for label 1."""
    rng = np.random.default_rng(seed)
    lead = (len(labels), networks)
    features = {
        "picture": rng.normal(size=(*lead, CHANNELS, grid, grid)),
        "mirror": rng.normal(size=(*lead, len(GROUPS), MIRROR_ANGLES, grid + 1)) * 0.1,
        "rotation": rng.normal(size=(*lead, len(GROUPS) * len(ORDERS), 5, 5)) * 0.1,
        "translation": rng.normal(size=(*lead, len(GROUPS), grid + 1, grid + 1)) * 0.1,
    }
    which = rng.integers(0, MIRROR_ANGLES, len(labels))
    for i, label in enumerate(labels):
        features["mirror"][i, :, 0, which[i], 4] += 0.8 * label
    return {key: value.astype(np.float16) for key, value in features.items()}


def some_numbers(labels, networks, seed=0):
    """Numbers of noise, the first of which is high for label 1."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(len(labels), networks, count_numbers(1))).astype(np.float32) * 0.3
    numbers[:, :, 0] += 1.5 * labels[:, None]
    return {"numbers": numbers, "plane": np.zeros((len(labels), networks, 32, 32), np.float32)}


@pytest.mark.parametrize(("dimension", "made"), [(2, some_features), (1, some_numbers)])
def test_a_classifier_learns_what_the_agreements_tell(dimension, made):
    labels = np.arange(128) % 2
    data = Dataset(made(labels, 2), labels, np.ones(128, np.float32))
    network = fit_network(data, dimension, 2, seed=0, epochs=25, plan=PLANS[dimension])
    new = np.arange(64) % 2
    logits = dataset_logits(network, Dataset(made(new, 2, seed=9), new, np.ones(64)))
    assert logits.shape == (64, 2, 2)
    assert (logits.argmax(axis=-1) == new[:, None]).mean() > 0.9


@pytest.mark.parametrize("known", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found(known):
    rng = np.random.default_rng(4)
    logits = rng.normal(size=(4000, 1, 5)) * 2
    chances = np.exp(logits[:, 0])
    chances /= chances.sum(axis=1, keepdims=True)
    labels = (chances.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    found = fit_temperature(known * logits, np.eye(5)[labels], np.ones(4000))
    assert found == pytest.approx(known, rel=0.1)


def test_the_temperature_is_that_of_the_mean_over_networks():
    """Networks that contradict each other are flat together: the mean wants sharper ones."""
    rng = np.random.default_rng(5)
    targets = np.eye(3)[rng.integers(0, 3, 500)]
    sure = 3.0 * targets[:, None]
    noisy = np.concatenate([sure, rng.normal(size=(500, 3, 3))], axis=1)
    ones = np.ones(500)
    assert fit_temperature(noisy, targets, ones) < fit_temperature(noisy[:, 1:], targets, ones)
    # Never wrong: the limit.
    assert fit_temperature(sure, targets, ones) == pytest.approx(np.exp(-1.5))


def test_the_temperature_heeds_weights():
    right, wrong = np.array([[[3.0, 0]]] * 10), np.array([[[0, 3.0]]] * 10)
    logits, targets = np.concatenate([right, wrong]), np.array([[1.0, 0]] * 20)
    trusting, doubting = (
        fit_temperature(logits, targets, np.repeat([1.0, weight], 10)) for weight in (0.1, 0.9)
    )
    assert trusting < doubting
