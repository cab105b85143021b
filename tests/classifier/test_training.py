"""Training: a run that can be resumed, classifiers that learn, temperatures that calibrate."""

import json

import jax
import numpy as np
import pytest

from fake_run import SHARDS, Stopped, contents
from symscope.classifier import training
from symscope.classifier.classifier import CHANNELS, GROUPS, Classifier, load_cards, load_classifier
from symscope.classifier.dataset import Dataset
from symscope.classifier.observation import SOURCES
from symscope.classifier.training import (
    RECIPES,
    dataset_logits,
    fit_classifier,
    fit_temperature,
    train,
)
from symscope.features.correlation import MIRROR_ANGLES
from symscope.groups import CLASS_SETS, ORDERS, Symmetry

pytestmark = pytest.mark.usefixtures("small_run")


def test_the_recipes_are_the_readers_that_the_suites_ask_for():
    names = [recipe.name for recipe in RECIPES]
    assert len(set(names)) == len(names) == 2 * (len(SOURCES) + 1)
    assert {"paper", "extended"} < set(names)
    assert {"control-pixels-paper", "control-permuted-extended"} < set(names)
    assert {recipe.kind for recipe in RECIPES} == {"maps", "plane", "both", "pixels"}


@pytest.fixture
def untrained(monkeypatch):
    """Let classifiers be as they are drawn, and list their numbers of templates."""
    made = []

    def fit(data, classes, seed, epochs, progress):
        made.append(len(data.labels))
        return Classifier.initial(jax.random.key(seed), len(classes))

    monkeypatch.setattr(training, "fit_classifier", fit)
    return made


def test_a_run_makes_readers_that_load_and_resumes_where_it_was_stopped(
    tmp_path, observer, untrained
):
    out, work = tmp_path / "weights", tmp_path / "work"
    observer(stop_after=SHARDS - 1)
    with pytest.raises(Stopped):
        train(out, seed=1, quick=True, work=work)
    assert not list(out.glob("*.safetensors"))

    rest, told = observer(), []
    train(out, seed=1, quick=True, work=work, progress=lambda *at: told.append(at))
    assert rest.seen == 1
    assert untrained == [len(CLASS_SETS["paper"])] * 2
    assert told == sorted(told)
    assert told[-1] == (100, 100)
    cards = load_cards(out)
    assert set(cards) == {"paper", "control-pixels-paper"}
    for name, card in cards.items():
        classifier = load_classifier(name, out)
        assert classifier.classes == CLASS_SETS["paper"]
        assert classifier.temperature == card["temperature"] > 0
        assert card["trained_on"]["families"] == ["wells"]
        assert card["trained_on"]["templates"] == len(CLASS_SETS["paper"])
        assert card["calibrated_on"]["families"] == ["waves"]
        assert 0 <= card["calibrated_on"]["accuracy"] <= 1
    assert "control-pixels-paper" in (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert not list(out.glob("*.part"))

    # Nothing is made again, but a classifier that was lost is, and is the same.
    before = contents(out)
    kept = (out / "paper.safetensors").stat().st_mtime_ns
    (out / "control-pixels-paper.safetensors").unlink()
    again = observer()
    train(out, seed=1, quick=True, work=work)
    assert again.seen == 0
    assert len(untrained) == 3
    assert (out / "paper.safetensors").stat().st_mtime_ns == kept
    assert contents(out) == before
    assert json.loads((out / "cards.json").read_text()) == cards


# Classifiers


def some_features(labels, networks, seed=0, grid=8):
    """Features of noise whose mirror agreement is high for label 1."""
    rng = np.random.default_rng(seed)
    lead = (len(labels), networks)
    found = {
        "picture": rng.normal(size=(*lead, CHANNELS, grid, grid)),
        "mirror": rng.normal(size=(*lead, len(GROUPS), MIRROR_ANGLES, grid + 1)) * 0.1,
        "rotation": rng.normal(size=(*lead, len(GROUPS) * len(ORDERS), 5, 5)) * 0.1,
        "translation": rng.normal(size=(*lead, len(GROUPS), grid + 1, grid + 1)) * 0.1,
    }
    which = rng.integers(0, MIRROR_ANGLES, len(labels))
    for i, label in enumerate(labels):
        found["mirror"][i, :, 0, which[i], 4] += 0.8 * label
    return {key: value.astype(np.float16) for key, value in found.items()}


def test_a_reader_learns_what_the_agreements_tell():
    labels = np.arange(128) % 2
    told = []
    data = Dataset(some_features(labels, 2), labels, np.ones(128, np.float32))
    classes = (Symmetry.NONE, Symmetry.MIRROR)
    classifier = fit_classifier(
        data, classes, seed=0, epochs=25, progress=lambda *at: told.append(at)
    )
    assert told[-1] == (25, 25)
    new = np.arange(40) % 2
    logits = dataset_logits(classifier, Dataset(some_features(new, 2, seed=9), new, np.ones(40)))
    assert logits.shape == (40, 2, 2)
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
    """Networks that contradict each other are flat together: the mean wants sharper probabilities."""
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
