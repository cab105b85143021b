"""Drawn pieces, and what the suite makes of them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest

from symscope.drawing.rows import to_json_lines
from symscope.errors import Outcome
from symscope.evaluation import pieces, sound


@pytest.fixture
def noiseless(monkeypatch):
    """A player without faults."""
    for name in ("LATE", "UNEVEN", "MISTUNED", "WRONG"):
        monkeypatch.setattr(pieces, name, 0.0)


def drawn(structure, seed=0):
    return pieces.draw(structure, np.random.default_rng(seed))


@pytest.mark.parametrize("structure", pieces.STRUCTURES)
def test_a_piece_is_fixed_by_its_generator_and_has_more_than_one_note(structure):
    piece = drawn(structure)
    assert piece == drawn(structure)
    assert piece != drawn(structure, 1)
    assert piece.structure == structure
    assert len({round(note.pitch) for note in piece.notes}) > 1
    assert 6 <= piece.seconds <= 50


def test_pieces_are_what_they_are_called(noiseless):
    for seed in range(5):
        palindrome = drawn("palindrome", seed)
        there = {(round(n.start, 6), n.pitch) for n in palindrome.notes}
        back = {
            (round(palindrome.seconds - n.start - n.seconds, 6), n.pitch) for n in palindrome.notes
        }
        assert there == back
        loop = drawn("loop", seed)
        assert loop.period is not None
        first = {(round(n.start, 6), n.pitch) for n in loop.notes if n.start < loop.period - 1e-6}
        later = {
            (round(n.start - loop.period, 6), n.pitch)
            for n in loop.notes
            if loop.period - 1e-6 <= n.start < 2 * loop.period - 1e-6
        }
        assert {(abs(a), p) for a, p in later} == first
        inversion = drawn("inversion", seed)
        pitches = sorted(n.pitch for n in inversion.notes)
        sums = [low + high for low, high in zip(pitches, reversed(pitches), strict=True)]
        assert len(set(sums)) == 1


def test_a_shuffled_piece_has_the_same_notes_at_other_times():
    piece = drawn("loop")
    mixed = piece.shuffled(np.random.default_rng(0))
    assert sorted(n.pitch for n in mixed.notes) == sorted(n.pitch for n in piece.notes)
    assert [n.start for n in mixed.notes] != [n.start for n in piece.notes]
    assert all(n.start >= 0 and n.start + n.seconds <= piece.seconds for n in mixed.notes)


LOOP = SimpleNamespace(
    structures=(SimpleNamespace(name="loop", symbol="T_n in time", seconds=1.0),),
    looked_for=(),
    heard=None,
)


def test_the_suite_gives_shares_with_intervals_and_controls(monkeypatch):
    """What is named a loop everywhere is right for loops alone; a lone network learns nothing."""
    for name in ("PER_STRUCTURE", "PER_CONTROL", "NOISES", "PER_CLASS"):
        monkeypatch.setattr(sound, name, (1, 1))

    def score(sources, **options):
        assert options["networks"] == sound.NETWORKS
        for _ in sources:
            yield SimpleNamespace(label="T_n", music=LOOP, outcome=Outcome.OK)

    def train(fields, networks, settings, seed):
        layer = np.random.default_rng(0).normal(size=(networks, 1, 4))
        untrained = SimpleNamespace(hidden=lambda points: np.repeat(layer, len(points), axis=1))
        return [SimpleNamespace(before_training=lambda: untrained)]

    told = []
    figures = sound.measure(
        seed=103, quick=True, progress=lambda *of: told.append(of), score=score, train=train
    )
    json.loads(to_json_lines([figures]))
    assert told[-1][0] == told[-1][1] == len(told)
    assert figures["pieces"] == 5
    assert figures["accuracy"]["value"] == pytest.approx(1 / 5)
    assert figures["accuracy_by_structure"]["loop"]["value"] == 1
    assert figures["confusion"]["drone"] == dict.fromkeys(figures["confusion"], 0) | {
        "loop": 1,
        "harmonics": 0,
    }
    assert figures["rejected"]["shuffled"] == {"value": 0, "interval": mock.ANY, "of": 4}
    assert figures["rejected"]["noise"]["of"] == 1
    assert figures["round_trip"]["right"]["value"] == pytest.approx(1 / 5)
    assert figures["round_trip"]["kept"]["value"] == 1
    assert figures["controls"]["probabilities"]["value"] == pytest.approx(1 / 5)
    assert figures["controls"]["untrained"]["of"] == 5
    assert figures["period"]["error_median"] > 0
