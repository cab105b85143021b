"""Settings that every test shares."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import hypothesis
import pytest

from fake_run import Observer
from symscope.classifier import dataset, training
from symscope.networks import devices as engine

# A first call compiles, so the time of one example says nothing; and a failure must come back
# when the run is repeated.
hypothesis.settings.register_profile(
    "symscope",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("symscope")


def pytest_configure(config):
    """Compile each program once for all processes of a run, and keep it for the next run."""
    os.environ.setdefault("SYMSCOPE_CACHE", str(config.cache.mkdir("compiled")))
    engine.enable_compilation_cache()


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
