"""What symscope tells about the machine and its own weights."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest

from symscope.classifier import classifier as classifier
from symscope.errors import WeightsRejected
from symscope.report import doctor


def test_what_is_found_is_plain_and_complete() -> None:
    found = json.loads(json.dumps(doctor.examine()))
    assert found["versions"]["jax"] == version("jax")
    assert found["machine"]["cores"] >= 1
    assert found["jax"]["devices"]
    assert found["weights"]


def test_a_missing_library_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", ("jax", "no-such-library"))
    assert doctor.versions()["no-such-library"] is None


def test_rejected_weights_are_told_and_the_others_still_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load_classifier(name: str) -> None:
        if name == "paper":
            raise WeightsRejected("checksum differs: install symscope again")

    monkeypatch.setattr(classifier, "load_cards", lambda: {"paper": {}, "extended": {}})
    monkeypatch.setattr(classifier, "load_classifier", load_classifier)
    found = doctor.weights()
    assert found["paper"]["status"].startswith("checksum differs")
    assert found["extended"]["status"] == doctor.VERIFIED


def test_weights_without_cards_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_cards() -> None:
        raise WeightsRejected("found no cards: install symscope again")

    monkeypatch.setattr(classifier, "load_cards", load_cards)
    assert doctor.weights() == {"cards": {"status": "found no cards: install symscope again"}}
