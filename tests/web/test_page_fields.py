"""Signals and volumes on the page: scored by its worker, and shown panel by panel."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import soundfile
import tifffile

import symscope.api
from fakes.fields import a_signal, a_volume
from symscope.errors import Outcome, UsageError
from symscope.field import cell_centres
from symscope.music.files import sound_bytes
from symscope.networks.learning import Learning
from symscope.options import Options
from symscope.results import Failure, Result, Trained
from symscope.web.play import parts
from symscope.web.scorer import Scorer


def scored(prepared, options, *, watch=None, **_) -> Result:
    """Score in a moment: what is told and returned is of the right kind, and nothing is learned."""
    size = prepared.field.dimension
    if prepared.field.is_constant:
        said = {"provenance": {"dimension": size}, "grid": prepared.grid}
        return Failure(prepared.path, Outcome.CONSTANT, "found one level everywhere", **said)
    if watch:
        points = len(prepared.field.levels)
        watch(Learning(30, np.zeros((2, points), np.float32), np.zeros(2, np.float32)))
        watch(Trained(2, 2, {"∅": 1.0}, {"∅": 0.0}))
    return replace(a_signal() if size == 1 else a_volume(), path=prepared.path)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Ask a scorer; returns its answer and what it told."""
    monkeypatch.setattr(symscope.api, "score", scored)
    scorer = Scorer()

    def ask(name: str, data: bytes, do: str = "score", dimension: int | None = None, **more):
        source = tmp_path / f"picture{name[name.index('.') :]}"
        source.write_bytes(data)
        request = {"job": name, "source": str(source), "name": name, "watch": True, "part": False}
        request |= {"options": asdict(Options(networks=2, dimension=dimension)), "do": do}
        request |= {"thumbnail": str(tmp_path / "thumbnail"), **more}
        told = []
        answer = scorer.answer(request, lambda stage: told.append({**stage}))
        return json.loads(json.dumps(answer, allow_nan=False)), told

    return ask


def saved(array: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array)
    return sink.getvalue()


def test_a_signal_is_learned_before_ones_eyes_and_shown_as_curves(asked, tmp_path):
    shown, told = asked("hill.npy", saved(np.cos(np.linspace(-20, 20, 500)) ** 3))
    assert [one["stage"] for one in told] == ["drawn", "learning", "trained"]
    assert told[0]["captions"] == shown["captions"]
    assert "the level at every place" in shown["captions"]["answers"]
    assert shown["row"]["path"] == "hill.npy"
    assert list(shown["row"]["probabilities"]) == ["∅", "Z_2", "T_n"]
    curve = shown["where"]["curve"]
    assert len(curve["values"]) % 256 == 0
    assert len(curve["levels"]) == len(curve["answers"]) == 256
    assert min(curve["values"]) == 0
    assert max(curve["values"]) == 1
    assert len(curve["marks"]) == len(shown["where"]["items"]) == 2
    assert {tuple(mark) for mark in curve["marks"]} == {("colour", "at"), ("colour", "from", "to")}
    assert (tmp_path / "thumbnail").stat().st_size
    asked("hill.npy", saved(np.zeros(1)), do="file", kind="html", path=str(tmp_path / "report"))
    assert "symscope score --networks 2 hill.npy" in (tmp_path / "report").read_text()


def test_a_volume_is_shown_in_cuts_and_in_space(asked):
    radius = np.linalg.norm(cell_centres((24,) * 3), axis=1).reshape((24,) * 3)
    sink = io.BytesIO()
    tifffile.imwrite(sink, (255 * (radius < 0.7)).astype(np.uint8), photometric="minisblack")
    shown, told = asked("ball.tif", sink.getvalue(), dimension=3)
    assert shown["command"] == "symscope score --networks 2 --dimension 3 ball.tif"
    assert [one["stage"] for one in told] == ["drawn", "learning", "trained"]
    captions = [panel["caption"] for panel in shown["where"]["panels"]]
    assert [text[:6] for text in captions] == ["Cut at", "Cut at", "Cut at", "The su"]
    assert "mirror plane" in shown["where"]["items"][0]["text"]
    assert shown["where"]["more"] == 1
    assert "learned the two levels" in str(shown["verdict"]["reasons"])


@pytest.mark.parametrize(
    ("name", "data", "outcome", "headline"),
    [
        ("short.csv", b"1\n2\n", Outcome.TOO_SMALL, "too few samples"),
        (
            "words.csv",
            b"a,b,c\nd,e,f\n",
            Outcome.UNREADABLE,
            "cannot be read as a",
        ),
        ("bad.nii.gz", b"nothing", Outcome.UNREADABLE, "cannot be read as a"),
    ],
)
def test_a_bad_file_is_told_without_a_path_of_the_server(asked, name, data, outcome, headline):
    shown, told = asked(name, data)
    assert told == []
    assert shown["row"]["outcome"] == outcome
    assert headline in shown["verdict"]["headline"]
    assert "picture." not in shown["row"]["message"]
    assert "probabilities" not in shown or shown["probabilities"] is None


def test_one_level_everywhere_is_constant(asked):
    shown, _ = asked("flat.npy", saved(np.ones(100)))
    assert shown["row"]["outcome"] == Outcome.CONSTANT
    assert shown["where"]["nothing"] == "Not searched."


def test_a_long_sound_is_told_in_parts_as_the_command_cuts_it(asked, tmp_path):
    rate = 4000
    data = sound_bytes(np.sin(np.arange(7 * rate) / 3).astype(np.float32), rate, "wav")
    options = asdict(Options(window=2.0))
    answer, _ = asked("song.wav", data, options=options)
    # The rest is shorter than a quarter of a window only where it is below half a second.
    assert answer == {"parts": [[0, 2], [2, 4], [4, 6], [6, 7]]}
    assert parts(str(tmp_path / "picture.wav"), 6.0) == []


def test_a_sound_is_heard_again_without_a_network(asked, tmp_path, monkeypatch):
    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr(Scorer, "_score", never)
    tone = np.sin(np.arange(8000) / 3).astype(np.float32)
    data = sound_bytes(tone, 4000, "wav")
    asked("song.wav", data, do="file", kind="wav", path=str(tmp_path / "heard"))
    heard, rate = soundfile.read(tmp_path / "heard")
    assert (rate, heard.shape) == (4000, (8000,))
    assert heard == pytest.approx(tone, abs=1e-3)
    with pytest.raises(UsageError, match="take its WAV"):
        asked("song.wav", data, do="file", kind="mid", path=str(tmp_path / "notes"))
