"""The door for sounds: windows, fragments, channels, and what is a sound."""

import numpy as np
import pytest
import soundfile

from symscope.errors import MissingFile, TooSmall, UsageError
from symscope.io.paths import is_sound, split_fragment
from symscope.io.sounds import Broken, listen

RATE = 4000


@pytest.fixture
def file(tmp_path):
    """Write 25 seconds whose samples say which second they are in."""
    path = tmp_path / "song.wav"
    seconds = np.repeat(np.arange(25) / 100, RATE)
    soundfile.write(path, np.stack([seconds, -seconds, seconds], axis=1), RATE, subtype="FLOAT")
    return path


def windows(path, seconds=30.0):
    found = list(listen(path, seconds))
    assert not any(isinstance(one, Broken) for one in found)
    return found


def test_a_short_sound_is_one_window_under_its_own_name(file):
    (window,) = windows(file)
    assert window.path == str(file)
    assert len(window.stretch.samples) == 25 * RATE
    np.testing.assert_allclose(window.stretch.samples[-1], 0.24 / 3, atol=1e-6)  # the mean
    assert len(window.sha256) == 64


def test_a_long_sound_is_cut_and_a_short_rest_is_added_to_the_last(file):
    found = windows(file, 12.0)
    assert [one.path for one in found] == [f"{file}#t=0,12", f"{file}#t=12,25"]
    assert [one.stretch.end for one in found] == [12.0, 25.0]
    assert [one.path[-7:] for one in windows(file, 10.0)] == ["#t=0,10", "t=10,20", "t=20,25"]


def test_a_fragment_is_that_part(file):
    (window,) = windows(f"{file}#t=3,5.5")
    assert window.path == f"{file}#t=3,5.5"
    assert window.stretch.start == 3.0
    assert len(window.stretch.samples) == 2.5 * RATE
    np.testing.assert_allclose(window.stretch.samples[0], 0.01, atol=1e-6)
    (rest,) = windows(f"{file}#t=20,90")
    assert rest.stretch.end == 25.0


@pytest.mark.parametrize(("part", "error"), [("#t=30,40", TooSmall), ("#t=5,5", TooSmall)])
def test_a_fragment_without_sound_is_refused(file, part, error):
    (found,) = listen(f"{file}{part}")
    assert isinstance(found, Broken)
    assert isinstance(found.error, error)


def test_a_file_whose_name_looks_like_a_fragment_is_that_file(tmp_path):
    path = tmp_path / "a.wav#t=1,2"
    soundfile.write(path, np.ones(RATE), RATE, format="WAV")
    assert split_fragment(str(path)) == (str(path), 0.0, None)
    (window,) = listen(path)
    assert window.path == str(path)


def test_what_is_missing_is_told(tmp_path):
    (found,) = listen(tmp_path / "no.wav")
    assert isinstance(found, Broken)
    assert isinstance(found.error, MissingFile)
    (found,) = listen(tmp_path)
    assert isinstance(found, Broken)


@pytest.mark.parametrize("seconds", [0, -1, 0.1, 1e6, float("nan")])
def test_windows_have_limits(file, seconds):
    with pytest.raises(UsageError, match="--window"):
        list(listen(file, seconds))


def test_bytes_decide_what_is_a_sound_then_the_name(tmp_path):
    def named(name, data):
        (tmp_path / name).write_bytes(data)
        return is_sound(tmp_path / name)

    assert named("song.png", b"fLaC and more")
    assert not named("photo.mp3", b"\x89PNG\r\n\x1a\n...")
    assert not named("photo.wav", b"\xff\xd8\xff\xe0 a JPEG")
    assert named("text.wav", b"text")
    assert not named("text", b"text")
    assert is_sound("missing.flac#t=2")
    assert not is_sound("sample:camera")
    assert not is_sound(np.zeros(3))


def test_a_part_is_named_to_the_sample(tmp_path):
    rate, count = 44_100, 44_100 * 3 + 17
    soundfile.write(tmp_path / "a.wav", np.linspace(-0.5, 0.5, count), rate, subtype="FLOAT")
    *_, last = listen(tmp_path / "a.wav", 1.3)
    (again,) = listen(last.path)
    assert last.path != str(tmp_path / "a.wav")
    assert again.stretch.samples.tolist() == last.stretch.samples.tolist()


def test_a_part_that_begins_at_no_time_is_too_short(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(4000), 4000)
    (broken,) = listen(f"{tmp_path / 'a.wav'}#t={'9' * 400}")
    assert isinstance(broken.error, TooSmall)
