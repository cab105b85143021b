"""Sounds among the pictures of a collection: one row each, whatever is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from fakes.small import TINY, disc
from symscope.api import score_many
from symscope.collection import sounds
from symscope.collection.engines import LocalEngine
from symscope.collection.manifest import listed
from symscope.collection.run import run, terms_of
from symscope.collection.sounds import joined_windows, sound_picture, sound_row
from symscope.errors import InputError
from symscope.music.notes import Note
from symscope.music.synthesis import RATE, synthesise
from symscope.networks.settings import SETTINGS
from symscope.options import Options

OPTIONS = Options(networks=1, window=1.5)


def tune(seconds: float) -> np.ndarray:
    """A low and a high note in turn."""
    count = int(seconds / 0.75)
    return synthesise([Note(0.75 * k, 0.6, 52 + 12 * (k % 2)) for k in range(count)], seconds)


@pytest.fixture(scope="module", autouse=True)
def tiny():
    """Small decoys for every score of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "fast", TINY)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Make a picture, a sound of two windows, a silent one, a damaged and a long one."""
    root = tmp_path_factory.mktemp("mixed")
    Image.fromarray(120 * disc(radius=0.5).astype(np.uint8)).save(root / "disc.png")
    soundfile.write(root / "tune.wav", tune(3.0), RATE)
    soundfile.write(root / "silent.wav", np.zeros(2 * RATE), RATE)
    (root / "broken.mp3").write_bytes(b"ID3" + bytes(100))
    soundfile.write(root / "long.flac", np.full(3 * 41 * 1000, 0.1), 2000)
    return root


def test_a_folder_of_both_is_one_row_each_and_goes_on_where_it_was(folder, tmp_path):
    out = tmp_path / "out.jsonl"
    engines = lambda terms: LocalEngine(terms.options)  # noqa: E731
    assert run(listed(folder), out, terms_of(OPTIONS), engines).computed == 5
    rows = {r["manifest"]["file"]: r for r in map(json.loads, out.read_text().splitlines())}
    outcomes = {name: row["outcome"] for name, row in rows.items()}
    assert outcomes["broken.mp3"] == "unreadable"
    assert outcomes["long.flac"] == "too_large"
    assert outcomes["silent.wav"] == "constant"
    assert "music" not in rows["disc.png"]
    music = rows["tune.wav"]["music"]
    assert music["windows"] == 2
    assert "minutes of sound" in rows["long.flac"]["message"]
    assert not rows["silent.wav"]["message"].startswith("silent.wav: silent.wav")
    again = run(listed(folder), out, terms_of(OPTIONS), engines)
    assert again.computed == 0
    # What the row stands for can be scored alone.
    part = rows["tune.wav"]["provenance"]["part"]
    (alone,) = score_many([f"{folder / 'tune.wav'}#{part}"], OPTIONS)
    assert alone.probabilities == pytest.approx(rows["tune.wav"]["probabilities"])


def row(number, name="loop", strength=0.8, outcome="ok"):
    """Make a window's row; without a name it has no structure."""
    path = f"a.wav#t={3 * number},{3 * number + 3}"
    music = {"name": name, "symbol": "T_n in time", "strength": strength}
    if not name:
        music = {"name": "no musical symmetry"}
    message = None if outcome == "ok" else f"{path}: found silence"
    found = {"path": path, "outcome": outcome, "message": message, "provenance": {}}
    return found | ({"music": music} if outcome == "ok" else {})


def test_the_window_shown_is_the_best_of_the_commonest_structure():
    rows = [row(0, "loop", 0.7), row(1, "drone", 0.99), row(2, "loop", 0.9), row(3, "")]
    found = joined_windows("a.wav", [*rows, row(4, outcome="constant")])
    assert (found["path"], found["provenance"]["part"]) == ("a.wav", "t=6,9")
    wanted = {"windows": 5, "alike": 2, "not_scored": 1}
    assert {key: found["music"][key] for key in wanted} == wanted


def test_windows_without_structure_or_without_score_are_told():
    found = joined_windows("a.wav", [row(0, ""), row(1, outcome="constant")])
    assert found["music"]["name"] == "no musical symmetry"
    found = joined_windows("a.wav", [row(k, outcome="constant") for k in range(3)])
    assert (found["outcome"], found["message"]) == ("constant", "a.wav: found silence")


def test_a_long_sound_is_refused_before_a_network_is_trained(folder, monkeypatch):
    monkeypatch.setattr(sounds, "MOST_WINDOWS", 1)

    def never(*_, **__):
        raise AssertionError

    assert sound_row(str(folder / "tune.wav"), OPTIONS, never)["outcome"] == "too_large"


def test_the_summary_draws_a_sound(folder):
    picture = sound_picture(f"{folder / 'tune.wav'}#t=0,3", OPTIONS.view, 3.0)
    assert picture.rgb.shape[2] == 3
    with pytest.raises(InputError, match=r"broken\.mp3"):
        sound_picture(str(folder / "broken.mp3"), OPTIONS.view, 3.0)
