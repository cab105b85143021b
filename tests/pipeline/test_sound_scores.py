"""Sounds through the pipeline: windows, rows, mixed lists, and what cannot be heard."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from fakes.small import TINY, disc, random_classifier
from symscope import score, score_many
from symscope.drawing.explain import verdict
from symscope.drawing.figure import score_figure
from symscope.drawing.rows import encoded
from symscope.drawing.table import score_table
from symscope.errors import Outcome, TooSmall, UsageError
from symscope.io.sounds import listen_apart
from symscope.music.notes import Note
from symscope.music.synthesis import RATE, synthesise
from symscope.networks.decoys import SETTINGS
from symscope.preprocess.time_pitch import SIDE

OPTIONS = {"networks": 2, "calibrated": random_classifier()}


@pytest.fixture(scope="module", autouse=True)
def tiny():
    """Small decoys for every score of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "fast", TINY)
        yield


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Nine seconds: a low and a high note in turn."""
    path = tmp_path_factory.mktemp("song") / "song.flac"
    notes = [Note(1.5 * k, 0.8, 52 + 12 * (k % 2)) for k in range(6)]
    soundfile.write(path, synthesise(notes, 9.0), RATE)
    return path


@pytest.fixture(scope="module")
def heard(song):
    return score(song, **OPTIONS)


def test_a_sound_is_scored_as_its_picture_with_its_music(heard, song):
    assert heard.outcome in (Outcome.OK, Outcome.NOT_LEARNED)
    assert heard.path == str(song)
    assert heard.picture.grey.shape == (SIDE, SIDE)
    assert heard.music.heard.end == pytest.approx(9.0)
    row = heard.to_row()
    assert set(row["music"]["looked_for"]) >= {"loop", "palindrome", "drone"}
    assert row["music"]["view"] == "pitch"
    assert row["provenance"]["file_sha256"] == heard.picture.sha256
    assert row["provenance"]["window"] == 30.0
    json.loads(encoded([row], "json"))
    # Only what holds is an element; all that was looked for is there.
    assert len(row["elements"]) == len(heard.music.structures)
    for item in heard.music.looked_for:
        assert item.hidden is not None
        assert item.hidden <= 1


def test_the_same_sound_gives_the_same_row_alone_in_a_batch_and_apart(heard, song):
    sources = [disc().astype(float), song, disc(0.3).astype(float)]
    rows = [one.to_row() for one in score_many(sources, **OPTIONS, listen=listen_apart)]
    assert rows[1] == heard.to_row()


def test_a_long_sound_is_a_row_for_each_window_among_pictures(song):
    sources = [disc().astype(float), song, "missing.mp3"]
    told = []
    scores = list(score_many(sources, window=3.0, progress=lambda *of: told.append(of), **OPTIONS))
    assert [one.path for one in scores[1:]] == [
        f"{song}#t=0,3",
        f"{song}#t=3,6",
        f"{song}#t=6,9",
        "missing.mp3",
    ]
    assert scores[-1].outcome is Outcome.MISSING
    assert told[-1] == (5, 5)
    assert scores[2].music.heard.start == 3.0
    again = score(scores[2].path, window=3.0, **OPTIONS)
    assert again.to_row()["probabilities"] == scores[2].to_row()["probabilities"]


def test_score_takes_one_window_only(song, tmp_path):
    with pytest.raises(UsageError, match="score_many"):
        score(song, window=3.0, **OPTIONS)
    short = tmp_path / "short.wav"
    soundfile.write(short, np.ones(10), RATE)
    with pytest.raises(TooSmall, match=r"short\.wav"):
        score(short, **OPTIONS)


def test_silence_is_a_row_and_the_rest_is_scored(tmp_path, song):
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(2 * RATE), RATE)
    quiet, loud = score_many([silent, song], **OPTIONS)
    assert quiet.outcome is Outcome.CONSTANT
    assert "silence" in quiet.message
    assert verdict(quiet).headline == "No score: it is silent."
    assert loud.probabilities


@pytest.mark.parametrize("option", [{"view": "smell"}, {"window": 0.0}, {"window": 1e9}])
def test_options_of_sounds_are_checked(song, option):
    with pytest.raises(UsageError, match=r"view|--window"):
        score(song, **OPTIONS, **option)


def test_where_sounds_are_not_wanted_they_are_named(song):
    (found,) = score_many([str(song)], **OPTIONS, listen=None)
    assert found.outcome is Outcome.UNREADABLE
    assert "a sound" in found.message


def test_table_figure_and_words_say_what_it_is_in_music(heard):
    table = score_table([heard.to_row()])
    assert "in music" in [column.header for column in table.columns]
    figure = score_figure(heard)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any("1  The sound" in text for text in texts)
    marks = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    assert any(mark in marks for mark in ("E3", "C4", "C3"))
    assert verdict(heard).headline
