"""``symscope sound`` and sounds on the command line: files, paths, exit codes."""

from __future__ import annotations

import mido
import pytest
import soundfile

from symscope import cli


def run(capfd, *arguments):
    code = cli.main([str(word) for word in arguments])
    out, err = capfd.readouterr()
    return code, out, err


def test_a_picture_is_played_and_the_paths_are_printed(capfd, tmp_path):
    sound, notes = tmp_path / "piece.ogg", tmp_path / "piece.mid"
    options = ["--seconds", "2", "--notes", "12", "--scale", "whole-tone", "--root", "A2"]
    code, out, err = run(capfd, "sound", "sample:coins", "--out", sound, "--midi", notes, *options)
    assert (code, err) == (0, "")
    assert out.splitlines() == [str(sound), str(notes)]
    assert soundfile.info(sound).duration == pytest.approx(2.0, abs=0.01)
    pitches = {m.note for m in mido.MidiFile(notes) if m.type == "note_on"}
    assert pitches <= {45 + 2 * k for k in range(12)}
    before = sound.read_bytes(), notes.read_bytes()
    run(capfd, "sound", "sample:coins", "--out", sound, "--midi", notes, *options)
    assert (sound.read_bytes(), notes.read_bytes()) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sample:coins"], 2, "--out piece.wav"),
        (["sample:coins", "--out", "piece.aac"], 2, ".wav, .flac, .ogg"),
        (["sample:coins", "--midi", "piece.txt"], 2, ".mid"),
        (["sample:coins", "--out", "a.wav", "--root", "H9"], 2, "expected a note"),
        (["sample:coins", "--out", "a.wav", "--notes", "88", "--root", "C4"], 2, "at most"),
        (["sample:coins", "--out", "a.wav", "--seconds", "nan"], 2, "seconds"),
        (["missing.png", "--out", "a.wav"], 4, "missing.png"),
    ],
)
def test_what_cannot_be_played_is_said_in_one_line(capfd, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    found, out, err = run(capfd, "sound", *words)
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_sound_that_cannot_be_read_is_a_row(capfd, tmp_path):
    text = tmp_path / "letter.wav"
    text.write_text("dear sound")
    code, out, err = run(capfd, "score", text, "--format", "csv")
    assert code == 4
    assert "unreadable" in out
    assert "WAV, FLAC" in err
