"""From pieces of known structure to musical names in seconds and semitones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from symscope.elements import Elements
from symscope.elements.axial import shift_by
from symscope.elements.scene import Scene
from symscope.errors import Constant, TooSmall
from symscope.io.sounds import SoundWindow, Stretch
from symscope.music.names import (
    HISS,
    NOTHING,
    SHOWS,
    UNKNOWN,
    Reading,
    candidates,
    chance,
    direction,
    holds,
    named,
)
from symscope.music.notes import Note
from symscope.music.synthesis import RATE, synthesise
from symscope.options import SoundView
from symscope.preprocess.repeats import Repeat
from symscope.preprocess.time_pitch import SIDE, notes_alone, spectrum, time_pitch

BAR = [(0.0, 60), (0.4, 67), (0.8, 64), (1.2, 71), (1.2, 55)]
"""Beginnings and pitches of a bar of 2.4 seconds."""

TUNE = [(0.0, 62), (0.5, 55), (1.0, 66), (1.5, 71), (2.0, 59), (2.5, 64), (3.0, 69)]


def window(notes, seconds, start=0.0, partials=(1.0, 0.3, 0.15)):
    samples = synthesise([Note(a, 0.38, p) for a, p in notes], seconds, partials=partials)
    return SoundWindow("a.wav", Stretch(start, RATE, samples), "0" * 64)


def loop(start=0.0):
    return window([(2.4 * k + a, p) for k in range(5) for a, p in BAR], 12.0, start)


def seen(sound, view=SoundView.PITCH):
    """Name structures as if the networks agreed with themselves as the picture does."""
    picture, heard = time_pitch(sound, view)
    found = candidates(picture.grey, heard)
    items = tuple(replace(item, hidden=item.pixels, hidden_sd=0.0) for item in found.items)
    return named(Elements(items, found.strongest), heard)


def test_a_loop_has_its_period_in_seconds():
    music = seen(loop())
    assert music.name == "loop"
    assert music.structures[0].symbol == "T_n in time"
    assert music.structures[0].seconds == pytest.approx(2.4, rel=0.01)
    assert "2.4" in music.words


def test_a_fast_loop_is_a_beat_and_the_middle_of_it_is_shown():
    notes = [(0.5 * k, 60) for k in range(40)] + [(0.5 * k + 0.25, 67) for k in range(40)]
    samples = synthesise([Note(a, 0.2, p) for a, p in notes], 20.0)
    music = seen(SoundWindow("a.wav", Stretch(0.0, RATE, samples), ""))
    assert music.name == "beat"
    assert music.structures[0].seconds == pytest.approx(0.5, rel=0.01)
    assert music.heard.seconds < 5
    assert music.heard.start + music.heard.end == pytest.approx(20.0, abs=0.1)


def test_a_blur_is_no_beat():
    heard = time_pitch(loop())[1]
    smooth = gaussian_filter(np.random.default_rng(3).random((SIDE, SIDE)), 20)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    close = replace(heard, repeat=Repeat(0.05 * heard.seconds, 0.8))
    assert shift_by(Scene(smooth), (0.1, 0.0)).pixels > SHOWS
    found = candidates(smooth, close).items
    assert not [item for item in found if (item.kind, direction(item)) == ("translation", "time")]


def test_a_palindrome_has_its_turning_point():
    notes = TUNE + [(7.6 - a - 0.38, p) for a, p in TUNE]
    music = seen(window(notes, 7.6, start=30.0))
    assert music.name == "palindrome"
    assert music.structures[0].seconds == pytest.approx(33.8, abs=0.05)


def test_an_inversion_has_its_axis_whatever_the_timbre():
    notes = [*TUNE, *((a, 101 - p) for a, p in TUNE)]
    music = seen(window(notes, 3.6))
    assert music.name == "inversion"
    assert music.structures[0].pitch == pytest.approx(50.5, abs=0.3)


def test_parallel_voices_are_harmonics():
    # As loud as the voice below: no partial of it.
    notes = [*TUNE, *((a, p + 24) for a, p in TUNE)]
    names = {one.name: one for one in seen(window(notes, 3.6, partials=(1.0,))).structures}
    assert names["harmonics"].semitones == pytest.approx(24, abs=0.3)


def test_what_is_held_is_a_drone_and_nothing_else():
    samples = synthesise([Note(0, 6, 45), Note(0, 6, 52, 0.8)], 6.0)
    music = seen(SoundWindow("a.wav", Stretch(0.0, RATE, samples), ""))
    assert [one.name for one in music.structures] == ["drone"]


def test_noise_is_hiss_and_no_drone():
    samples = np.random.default_rng(0).normal(size=10 * RATE).astype(np.float32) / 5
    picture, heard = time_pitch(SoundWindow("a.wav", Stretch(0.0, RATE, samples), ""))
    assert heard.flutter > 0.4
    found = candidates(picture.grey, heard)
    items = tuple(replace(item, hidden=0.95, pixels=0.8) for item in found.items)
    music = named(Elements(items, {}), heard)
    assert music.name == HISS
    assert not music.structures


def test_a_tune_has_none_and_one_note_is_not_its_own_inversion():
    assert seen(window(TUNE, 3.6)).name == NOTHING
    picture, heard = time_pitch(window([(0.0, 60), (0.5, 60), (1.7, 60)], 3.0))
    kinds = [(item.kind, direction(item)) for item in candidates(picture.grey, heard).items]
    assert ("mirror", "pitch") not in kinds
    assert ("mirror", "time") in kinds


def test_without_the_networks_nothing_is_named():
    picture, heard = time_pitch(loop())
    found = candidates(picture.grey, heard)
    assert not any(holds(item) for item in found.items)
    sure = Elements(tuple(replace(item, hidden=1.0) for item in found.items), {})
    assert named(sure, heard, reliable=False).name == UNKNOWN
    row = named(sure, heard).to_row()
    assert row["name"] == "loop"
    assert set(row["looked_for"]) >= {"loop", "palindrome", "drone", "inversion"}


def test_the_other_view_shows_loops_and_palindromes():
    music = seen(loop(), SoundView.SIMILARITY)
    assert music.heard.low == music.heard.start
    assert "loop" in [one.name for one in music.structures]
    notes = TUNE + [(7.6 - a - 0.38, p) for a, p in TUNE]
    music = seen(window(notes, 7.6), SoundView.SIMILARITY)
    assert music.name == "palindrome"
    assert music.structures[0].seconds == pytest.approx(3.8, abs=0.06)


@pytest.mark.parametrize("view", SoundView)
def test_parts_in_another_order_have_no_structure_and_what_they_reach_is_its_chance(view):
    back = [(a, p) for a, p in TUNE] + [(6.6 - a, p) for a, p in TUNE]
    for sound, kind in ((loop(), "translation"), (window(back, 7.0), "mirror")):
        picture, heard = time_pitch(sound, view)
        items = candidates(picture.grey, heard).items
        there = next(i for i in items if i.kind == kind and direction(i) == "time")
        assert chance(picture.grey, view, there) == pytest.approx(0.02)
    # Of noise, another order is as good.
    noise = np.random.default_rng(0).random((64, 64))
    nothing = next(i for i in items if i.kind == "mirror")
    assert chance(noise, SoundView.PITCH, nothing) > 0.04


def test_a_sound_in_reverse_is_the_mirrored_picture():
    forth = window(TUNE, 3.6)
    back = SoundWindow("b", Stretch(0.0, RATE, forth.stretch.samples[::-1].copy()), "")
    pictures = [time_pitch(sound)[0].grey for sound in (forth, back)]
    assert pictures[0].shape == (SIDE, SIDE)
    assert np.abs(pictures[0] - pictures[1][:, ::-1]).mean() < 0.01


def test_partials_are_taken_off_and_voices_are_not():
    tone = spectrum(synthesise([Note(0, 2, 57)], 2.0, partials=(1.0, 0.35, 0.3)))
    alone = notes_alone(tone)
    octave = 2 * (57 - 21) + 24
    assert alone[octave].mean() < 0.2 * tone[octave].mean()
    assert alone[2 * (57 - 21)].mean() == pytest.approx(tone[2 * (57 - 21)].mean(), rel=0.02)


@pytest.mark.parametrize(
    ("samples", "error"),
    [
        (np.zeros(3 * RATE), Constant),
        (np.full(3 * RATE, 0.7), Constant),
        (np.ones(1), TooSmall),
        (np.ones(RATE // 10), TooSmall),
    ],
)
def test_silence_and_short_sounds_have_their_outcome(samples, error):
    with pytest.raises(error):
        time_pitch(SoundWindow("a.wav", Stretch(0.0, RATE, samples.astype(np.float32)), ""))


def test_what_holds_is_seen_by_the_networks_and_in_the_picture_together():
    one = candidates(*heard_grey()).items[0]
    assert holds(replace(one, hidden=0.54, pixels=0.64))
    assert not holds(replace(one, hidden=0.70, pixels=0.40))
    assert not holds(replace(one, hidden=0.30, pixels=0.95))


def heard_grey():
    """The picture of a loop, and what it shows."""
    picture, heard = time_pitch(loop())
    return picture.grey, heard


def test_each_structure_says_along_what_it_is():
    row = seen(loop()).to_row("T_n")
    assert (row["along"], row["period"]) == ("time", row["seconds"])
    notes = [*TUNE, *((a, 101 - p) for a, p in TUNE)]
    music = seen(window(notes, 3.6))
    row = music.to_row("∅")
    assert (row["name"], row["along"], row["period"]) == ("inversion", "pitch", None)
    assert "in pitch" in music.words


def test_the_readers_class_is_compared_with_the_music():
    music, tune = seen(loop()), seen(window(TUNE, 3.6))
    assert music.reading("T_n") is Reading.AGREES
    assert music.reading("∅") is Reading.SEES_NONE
    assert music.reading("O(2)") is Reading.SEES_ANOTHER
    assert tune.reading("∅") is Reading.AGREES
    assert tune.reading("Z_2") is Reading.SEES_ONE
    assert music.reading(None) is None
    assert replace(tune, unknown=HISS).reading("T") is None
    assert music.to_row("∅")["classifier"] == "sees none"
