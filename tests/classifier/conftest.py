"""Training runs without decoys."""

from __future__ import annotations

import pytest

from fake_run import Observer
from symscope.classifier import dataset


@pytest.fixture
def observer(monkeypatch):
    """Replace the decoys by an Observer, which is returned."""

    def install(stop_after=None):
        new = Observer(stop_after)
        monkeypatch.setattr(dataset, "observe", new)
        return new

    return install
