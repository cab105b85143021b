"""A picture played: its symmetries are those of the notes and of the samples."""

import io

import mido
import numpy as np
import pytest
import soundfile

from symscope.errors import Constant, UsageError
from symscope.io.images import read_picture
from symscope.music.files import midi_bytes, sound_bytes, sound_kind
from symscope.music.notes import SCALES, Note, notes_of, parse_note, scale_pitches
from symscope.music.piece import piece_of
from symscope.music.synthesis import PEAK, RATE, synthesise


@pytest.fixture(scope="module")
def blots():
    """A picture without symmetry, its values in steps so that mirrored copies are exact."""
    rng = np.random.default_rng(3)
    small = rng.random((8, 8)).round(2)
    return np.kron(small, np.ones((12, 12)))


def played(grey, **options):
    options = {"scale": "chromatic", "notes": 16, "seconds": 4.0} | options
    return piece_of(read_picture(grey), **options)


def in_pitch(notes):
    return sorted((n.start, n.seconds, n.pitch, n.loudness) for n in notes)


def test_a_mirrored_picture_is_the_piece_backwards(blots):
    piece, mirrored = played(blots), played(blots[:, ::-1])
    backwards = [
        Note(4.0 - n.start - n.seconds, n.seconds, n.pitch, n.loudness) for n in mirrored.notes
    ]
    np.testing.assert_allclose(in_pitch(piece.notes), in_pitch(backwards), atol=1e-6)
    there, back = (synthesise(p.notes, p.seconds) for p in (piece, mirrored))
    np.testing.assert_allclose(there, back[::-1], atol=1e-4)


def test_a_picture_upside_down_is_the_inversion(blots):
    piece, turned = played(blots), played(blots[::-1])
    axis = 2 * 36 + 15
    inverted = [Note(n.start, n.seconds, axis - n.pitch, n.loudness) for n in turned.notes]
    np.testing.assert_allclose(in_pitch(piece.notes), in_pitch(inverted), atol=1e-6)


def test_a_frieze_is_a_loop(blots):
    notes = played(np.tile(blots[:, :24], 4)).notes
    first = {(round(n.start, 6), n.pitch) for n in notes if n.start < 0.9}
    second = {(round(n.start - 1.0, 6), n.pitch) for n in notes if 1.0 <= n.start < 1.9}
    assert first
    assert {note for note in second if note[0] > 0} == {note for note in first if note[0] > 0}


def test_rows_are_notes_of_the_scale_and_brighter_is_louder():
    grey = np.linspace(0, 1, 64)[:, None] * np.ones((64, 64))
    for scale, steps in SCALES.items():
        piece = played(grey, scale=scale, root=40)
        assert {(n.pitch - 40) % 12 for n in piece.notes} <= set(steps)
    quiet, loud = (min(piece.notes, key=lambda n: n.pitch), max(piece.notes, key=lambda n: n.pitch))
    assert quiet.loudness > loud.loudness  # rows from the top: the lowest row is the brightest


def test_neighbours_are_one_held_note():
    levels = np.array([[1, 1, 0, 1]])
    (first, second) = notes_of(levels, levels.astype(float), [60], 4.0)
    assert (first.start, first.seconds) == (0.0, 2.0)
    assert (second.start, second.seconds) == (3.0, 1.0)


@pytest.mark.parametrize(
    "options",
    [{"notes": 4}, {"notes": 200}, {"seconds": 0}, {"seconds": 1e9}, {"root": 100}, {"scale": "x"}],
)
def test_options_out_of_range_are_refused(blots, options):
    with pytest.raises(UsageError, match=r"expected|give at most"):
        played(blots, **options)


@pytest.mark.parametrize("name", ["H2", "", "C", "C10", "A-1", "C##4"])
def test_names_that_are_no_notes_are_refused(name):
    with pytest.raises(UsageError, match="expected"):
        parse_note(name)


def test_a_blank_picture_plays_nothing():
    with pytest.raises(Constant, match="nothing that sounds"):
        played(np.zeros((64, 64)))


def test_a_scale_goes_on_in_the_next_octave():
    assert scale_pitches("pentatonic", 57, 6) == (57, 59, 61, 64, 66, 69)


def test_a_piece_has_no_clicks_and_no_more_than_its_peak():
    samples = synthesise([Note(0.1, 0.5, 69), Note(0.3, 0.01, 80), Note(0.95, 0.2, 60)], 1.0)
    assert len(samples) == RATE
    assert np.abs(samples).max() == pytest.approx(PEAK)
    assert np.abs(samples[: RATE // 10]).max() == 0
    # 440 Hz with partials rises by at most 0.3 from sample to sample; a click would be a jump.
    assert np.abs(np.diff(samples)).max() < 0.35
    assert not synthesise([], 0.5).any()


def test_partials_above_half_the_rate_are_left_out():
    samples = synthesise([Note(0, 1, 108)], 1.0, rate=9000, partials=(1, 1, 1))
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() == pytest.approx(4186, abs=2)
    assert (spectrum > 0.1 * spectrum.max()).sum() < 60


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg"])
def test_sound_files_hold_the_samples_and_are_the_same_each_time(kind):
    samples = synthesise([Note(0, 1, 69)], 1.0)
    data = sound_bytes(samples, RATE, kind)
    assert data == sound_bytes(samples, RATE, kind)
    found, rate = soundfile.read(io.BytesIO(data))
    assert rate == RATE
    np.testing.assert_allclose(found, samples, atol=0.1 if kind == "ogg" else 1e-4)


def test_midi_holds_the_notes():
    notes = [Note(0.5, 1.0, 60, 0.5), Note(1.5, 0.5, 60, 1.0), Note(0.5, 0.25, 67, 0.01)]
    track = mido.MidiFile(file=io.BytesIO(midi_bytes(notes)))
    now, heard, sounding = 0.0, [], {}
    for message in track:
        now += message.time
        if message.type == "note_on":
            assert message.note not in sounding
            sounding[message.note] = (now, message.velocity)
        elif message.type == "note_off":
            start, velocity = sounding.pop(message.note)
            heard.append((round(start, 2), round(now - start, 2), message.note, velocity))
    assert not sounding
    assert sorted(heard) == [(0.5, 0.25, 67, 1), (0.5, 1.0, 60, 64), (1.5, 0.5, 60, 127)]


def test_endings_of_no_sound_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\.wav"):
        sound_kind(tmp_path / "piece.mp4", "--out")
