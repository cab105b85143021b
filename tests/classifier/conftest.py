"""A training run without networks or processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from fake_run import Observer
from symscope.classifier import dataset, training


@pytest.fixture
def small_run(monkeypatch):
    """One template of two families in a shard, two classifiers, no processes."""
    monkeypatch.setattr(dataset, "BLOCK", 1)
    monkeypatch.setattr(dataset, "BROKEN", 0)
    monkeypatch.setattr(dataset, "NETWORKS", 1)
    for module in (dataset, training):
        monkeypatch.setattr(module, "TRAINING_FAMILIES", ("wells",))
        monkeypatch.setattr(module, "CALIBRATION_FAMILIES", ("waves",))
    recipes = (training.Recipe("paper"), training.Recipe("paper", "pixels"))
    monkeypatch.setattr(training, "SOURCES", ("maps", "plane", "both", "pixels"))
    monkeypatch.setattr(training, "RECIPES", recipes)
    monkeypatch.setattr(
        dataset, "ProcessPoolExecutor", lambda count, context: ThreadPoolExecutor(count)
    )


@pytest.fixture
def observer(monkeypatch):
    """Replace the decoys by an Observer, which is returned."""

    def install(stop_after=None):
        new = Observer(stop_after)
        monkeypatch.setattr(dataset, "observe", new)
        return new

    return install
