"""Drawn pieces, and what the suite makes of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from small import TINY
from symscope.drawing.table import to_json_lines
from symscope.evaluation import pieces, run, sound
from symscope.networks.decoys import SETTINGS


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


def test_the_suite_gives_shares_with_intervals_and_controls(monkeypatch):
    monkeypatch.setitem(SETTINGS, "fast", TINY)
    for name in ("PER_STRUCTURE", "PER_CONTROL", "NOISES", "PER_CLASS"):
        monkeypatch.setitem(getattr(sound, name), "quick", 1)
    monkeypatch.setattr(sound, "NETWORKS", 2)
    told = []
    found = run("sound", seed=103, quick=True, progress=lambda *of: told.append(of))
    json.loads(to_json_lines([found]))
    assert told[-1][0] == told[-1][1] == len(told)
    assert found["pieces"] == 5
    for share in (found["accuracy"], *found["rejected"].values(), found["round_trip"]["kept"]):
        assert 0 <= share["interval"][0] <= share["value"] <= share["interval"][1] <= 1
    assert set(found["controls"]) == {"chance", "pixels", "probabilities", "untrained"}
    assert sum(sum(line.values()) for line in found["confusion"].values()) == 5
    assert set(found["period"]) == {"within", "error_median", "error_p95"}
