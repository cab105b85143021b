"""What classifiers of evidence are taught with."""

import numpy as np
import pytest

from symscope.classifier import evidence_dataset
from symscope.classifier.evidence_dataset import COLOURED, drawn, observe
from symscope.elements.evidence import NUMBERS
from symscope.groups import Symmetry


def test_shards_are_drawn_by_their_numbers_the_last_in_colours():
    for shard, channels in ((0, ()), (COLOURED - 1, ()), (COLOURED, (3,))):
        pictures, again = drawn(0, shard), drawn(0, shard)
        assert [each.shown.shape[2:] for each in pictures] == [channels] * len(pictures)
        for one, other in zip(pictures, again, strict=True):
            np.testing.assert_array_equal(one.shown, other.shown)


class Untrained:
    """Networks whose layer tells nothing of what they were to learn."""

    explained_variance = np.zeros(1)

    @staticmethod
    def hidden(points):
        return np.sin(points @ np.random.default_rng(0).normal(size=(2, 8)))[None]


def test_pictures_in_colours_are_observed_beside_grey_ones(monkeypatch):
    """Two halves that differ in hue alone: in grey they are one level with a line between."""
    outputs = []

    def train(fields, *_):
        outputs.append({field.values.shape[1] for field in fields})
        return [Untrained()] * len(fields)

    monkeypatch.setattr(evidence_dataset, "train_networks", train)
    x = np.linspace(-1, 1, 40)
    grey = np.exp(-((x[None] / 0.3) ** 2)) * (0.2 + (x[:, None] + 1) / 2)
    halves = np.where(x[None, :, None] < 0, (0.9, 0.1, 0.1), (0.1, 0.3, 0.9)) * grey[..., None]
    alike = np.repeat(grey[..., None], 3, axis=2)
    of_grey, of_halves, of_three_alike = observe([grey, halves, alike], 1)

    def best_mirror(of):
        mirrors = [c.symmetry is Symmetry.MIRROR for c in of.candidates]
        return of.numbers[mirrors, NUMBERS.index("least")].max()

    # Networks that are trained together have as many outputs each.
    assert outputs == [{1}, {3}]
    assert best_mirror(of_grey) > 0.99
    assert best_mirror(of_halves) < best_mirror(of_grey) - 0.05
    assert best_mirror(of_three_alike) == pytest.approx(best_mirror(of_grey), abs=0.01)
