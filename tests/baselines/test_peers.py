"""imgsym's measures: the same interface, on pictures that it can and cannot look at."""

import numpy as np
import pytest

from symscope import baselines
from symscope.baselines import PEERS, SIMPLE, Baseline
from symscope.errors import UsageError


def mirrored(seed):
    half = np.kron(np.random.default_rng(seed).random((12, 6)), np.ones((10, 10)))
    return np.concatenate([half, half[:, ::-1]], axis=1)


def noise(seed):
    return np.kron(np.random.default_rng(seed).random((12, 12)), np.ones((10, 10)))


def test_they_are_there_only_with_the_package(monkeypatch):
    assert baselines.baselines() == (*SIMPLE, *PEERS)
    monkeypatch.setattr(baselines, "installed", lambda: False)
    assert baselines.baselines() == SIMPLE


@pytest.mark.parametrize("peer", PEERS, ids=lambda b: b.name)
def test_an_upright_mirror_is_rated_above_noise(peer: Baseline):
    assert peer.kind == "mirror"
    there, none = (peer(make(seed)) for make, seed in ((mirrored, 1), (noise, 2)))
    assert there.strength > none.strength
    assert there.upright > none.upright
    assert abs((there.axis_deg - 90 + 90) % 180 - 90) < 3


def test_a_slanted_mirror_is_found_by_the_detector():
    from skimage.transform import rotate

    peer = next(b for b in PEERS if b.name.endswith("pixel_correlation"))
    found = peer(rotate(mirrored(1), -50, order=1, mode="edge"))
    assert abs(found.axis_deg - 40) < 4
    assert found.strength > found.upright


def test_pictures_without_anything_to_match():
    peer = next(b for b in PEERS if b.name.endswith("hog"))
    blank = peer(np.ones((40, 60)))
    assert blank.strength == blank.upright == 0
    ramp = np.linspace(0, 1, 50)[:, None] * np.ones((50, 50))
    assert np.isfinite(peer(ramp).strength)
    with pytest.raises(UsageError, match="16 × 16"):
        peer(np.ones((4, 40)))


@pytest.mark.parametrize("peer", PEERS, ids=lambda b: b.name)
def test_a_blank_half_is_a_number_and_no_warning(peer):
    half = np.zeros((64, 64))
    half[:, 40:] = np.random.default_rng(0).random((64, 24))
    found = peer(half)
    assert np.isfinite([found.strength, found.upright]).all()
