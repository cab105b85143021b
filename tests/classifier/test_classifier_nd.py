"""Classifiers of signals and volumes: made from few templates, saved, loaded, refused where altered."""

from __future__ import annotations

import json

import jax.numpy as jnp
import numpy as np
import pytest

from symscope.classifier import dataset_nd as dataset
from symscope.classifier import training_nd as spatial_training
from symscope.classifier.classifier import WEIGHTS
from symscope.classifier.classifier_nd import (
    empty_classifier,
    lacking,
    load_classifier_nd,
    loaded_cards,
    sharpened,
)
from symscope.classifier.training_nd import SpatialRecipe, train_spatial
from symscope.errors import UsageError, WeightsRejected
from symscope.evaluation import run, spatial
from symscope.features.features_nd import count_numbers, defects, features, numbers, rigid_fields
from symscope.groups import CLASSES


@pytest.fixture
def few(monkeypatch):
    """Two templates of two families, and few epochs."""
    monkeypatch.setattr(dataset, "BLOCK", 2)
    monkeypatch.setattr(dataset, "BROKEN", 1)
    some = SpatialRecipe(1), SpatialRecipe(1, "plane")
    monkeypatch.setattr(spatial_training, "recipes", lambda dimension: some)
    monkeypatch.setattr(dataset, "TRAINING_FAMILIES", ("wells",))
    for module in (dataset, spatial_training):
        monkeypatch.setattr(module, "CALIBRATION_FAMILIES", ("waves",))


def test_readers_are_made_and_a_stopped_run_goes_on(few, tmp_path):
    told = []
    train_spatial(tmp_path, dimension=1, quick=True, progress=lambda i, n: told.append(i))
    assert told[-1] == 100
    cards = loaded_cards(tmp_path)
    assert set(cards) == {"signal", "control-plane-signal"}
    classifier = load_classifier_nd("signal", tmp_path)
    assert classifier.classes == CLASSES[1]
    assert "signal" in (tmp_path / "MODEL_CARD.md").read_text()
    made = {file: file.stat().st_mtime_ns for file in (tmp_path / "checkpoints").rglob("*.safe*")}
    train_spatial(tmp_path, dimension=1, quick=True)
    assert made == {file: file.stat().st_mtime_ns for file in made}

    weights = tmp_path / "signal.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(WeightsRejected, match="altered"):
        load_classifier_nd("signal", tmp_path)
    cards["signal"]["temperature"] = 1e9
    (tmp_path / "cards.json").write_text(json.dumps(cards))
    with pytest.raises(WeightsRejected, match="card"):
        load_classifier_nd("signal", tmp_path)


def test_there_are_no_readers_of_other_dimensions(tmp_path):
    with pytest.raises(UsageError, match="1 and 3"):
        train_spatial(tmp_path, dimension=5)
    with pytest.raises(UsageError, match="expected one of"):
        load_classifier_nd("paper")


def test_what_ships_is_as_its_cards_say():
    cards = loaded_cards(WEIGHTS / "spatial")
    assert {"signal", "volume", "control-plane-volume"} <= set(cards)
    for name in cards:
        classifier = load_classifier_nd(name)
        blank = {
            "numbers": np.zeros((2, count_numbers(classifier.dimension)), np.float32),
            "plane": np.zeros((2, 32, 32), np.float32),
        }
        probabilities = classifier.probabilities(blank)
        assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_what_is_lacking_is_spread_near_the_exact():
    agreement = jnp.array([0.5, 0.6, 0.84, 0.88, 0.91, 0.99])
    seen = np.asarray(lacking(4 * (agreement - 0.5)))
    assert (np.diff(seen) > 0).all()
    assert seen[4] - seen[3] > 2 * (seen[1] - seen[0])
    assert (np.diff(seen - np.asarray(sharpened(4 * (agreement - 0.5)))) > 0).all()
    assert empty_classifier(3).logarithmic
    assert not empty_classifier(1).logarithmic


@pytest.mark.parametrize("dimension", [1, 3])
def test_features_have_one_shape_whatever_is_given(dimension):
    side = {1: 256, 3: 16}[dimension]
    maps = np.random.default_rng(0).normal(size=(4, *(side,) * dimension)).astype(np.float32)
    found = numbers(maps)
    assert found.shape == (count_numbers(dimension),)
    assert np.isfinite(found).all()
    flat = numbers(np.zeros_like(maps))
    assert np.isfinite(flat).all()
    assert features(None, None, dimension)["numbers"].shape == found.shape


def test_defects_tell_rods_and_balls_from_noise():
    side = 24
    along = (2 * np.arange(side) + 1 - side) / side
    x, y, z = np.meshgrid(along, along, along, indexing="ij")
    rods = defects(np.cos(4 * x + np.sin(3 * y))[None])
    assert rods[0] < 0.05
    assert rods[1] > 0.3
    ball = defects(np.cos(5 * np.sqrt(x**2 + y**2 + z**2))[None])
    assert ball[3:6].max() < 0.15
    assert ball[0] > 0.5


def test_rigid_fields_are_rigid():
    points = np.random.default_rng(0).normal(size=(4, 6))
    fields = rigid_fields(points)
    assert fields.shape == (10, 4, 6)
    step = 1e-4
    moved = points + step * fields[7]
    before = np.linalg.norm(points[:, :3] - points[:, 3:], axis=0)
    after = np.linalg.norm(moved[:, :3] - moved[:, 3:], axis=0)
    assert after == pytest.approx(before, abs=1e-6)


def test_the_suite_prints_its_controls_beside_it(monkeypatch):
    monkeypatch.setattr(spatial, "QUICK_FAMILIES", ("wells",))
    monkeypatch.setattr(spatial, "OTHER_FAMILIES", {1: {"unseen_families": ("cells",)}})
    monkeypatch.setattr(spatial, "NETWORKS", {1: 2, 3: 1})
    monkeypatch.setattr(spatial, "ALARMS", {1: {"quick": 4}, 3: {"quick": 1}})
    found = run("signals", seed=7, quick=True)
    assert set(found["accuracy"]) >= {"hidden", "plane", "pixels", "untrained", "permuted"}
    assert {"hidden_unseen_families", "pixels_unseen_families"} <= set(found["accuracy"])
    for figure in found["accuracy"].values():
        assert figure["interval"][0] <= figure["value"] <= figure["interval"][1]
    assert found["elements"]["palindrome_centre"]["templates"] == 2
    assert set(found["false_alarms"]) == {"mirror", "translation"}
    json.dumps(found)
