"""Whatever the bytes: windows or one of our errors, in one line, quickly, in little memory."""

import subprocess
import sys
import time

import numpy as np
import pytest
from hostile_sounds import BAD, ODD, written

from symscope.errors import InputError, Outcome
from symscope.io import sandbox
from symscope.io.sounds import Broken, SoundWindow, decoded, decoded_apart, listen, listen_apart
from symscope.preprocess.time_pitch import time_pitch

SECONDS = 5.0
"""Allowed for one file that takes a fraction of a second alone: the machine may be busy."""

OUTCOMES = {
    "silence.wav": Outcome.CONSTANT,
    "direct_current.wav": Outcome.CONSTANT,
    "no_samples.wav": Outcome.TOO_SMALL,
    "one_sample.wav": Outcome.TOO_SMALL,
    "tenth_of_a_second.wav": Outcome.TOO_SMALL,
    "huge_claim_no_data.wav": Outcome.TOO_SMALL,
    "nan.wav": Outcome.NOT_FINITE,
    "infinity.wav": Outcome.NOT_FINITE,
}
"""The others are unreadable."""


def outcome(file, decode=decoded):
    """Hear a file to its end → what became of its first window, and the message."""
    started = time.perf_counter()
    found = list(listen(file, decode=decode))
    assert time.perf_counter() - started < SECONDS
    assert found
    for one in found:
        if isinstance(one, SoundWindow):
            try:
                picture, _ = time_pitch(one)
                assert np.isfinite(picture.grey).all()
            except InputError as error:
                return type(error).outcome, str(error)
        else:
            message = str(one.error)
            assert message.startswith(f"{file}: found ")
            assert message.isprintable()
            assert len(message) < 600
            return type(one.error).outcome, message
    return Outcome.OK, ""


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_sound_has_an_outcome_that_says_what_to_do(name, tmp_path):
    file = tmp_path / name
    file.write_bytes(BAD[name]())
    found, message = outcome(file)
    assert found in (OUTCOMES.get(name, Outcome.UNREADABLE), Outcome.TOO_SMALL)
    assert "; " in message or "expected" in message


@pytest.mark.parametrize("name", ODD)
def test_odd_sounds_are_heard_or_refused(name, tmp_path):
    file = tmp_path / name
    file.write_bytes(ODD[name]())
    found, _ = outcome(file)
    if not name.startswith("overwritten"):
        assert found is Outcome.OK


def test_the_same_answers_from_a_process_of_its_own(tmp_path):
    for name in ("nan.wav", "text.wav", "one_sample.wav", "thirty_two_channels.wav"):
        file = tmp_path / name
        file.write_bytes({**BAD, **ODD}[name]())
        here, apart = list(listen(file)), list(listen_apart(file, 30.0))
        assert len(here) == len(apart) == 1
        if isinstance(here[0], Broken):
            assert isinstance(apart[0], Broken)
            assert str(here[0].error) == str(apart[0].error)
            assert type(here[0].error) is type(apart[0].error)
        else:
            assert isinstance(here[0], SoundWindow)
            assert isinstance(apart[0], SoundWindow)
            np.testing.assert_array_equal(here[0].stretch.samples, apart[0].stretch.samples)


def test_a_decoder_that_crashes_costs_one_sound(tmp_path, monkeypatch):

    file = tmp_path / "a.wav"
    file.write_bytes(written(np.zeros(100)))
    monkeypatch.setattr(sandbox, "BOOT", "import os; os.abort()")
    (found,) = listen(file, decode=decoded_apart)
    assert isinstance(found, Broken)
    assert "SIGABRT" in str(found.error)


def test_a_decoder_that_hangs_is_ended(tmp_path, monkeypatch):

    file = tmp_path / "a.wav"
    file.write_bytes(written(np.zeros(100)))
    monkeypatch.setattr(sandbox, "BOOT", "import time; time.sleep(60)")
    monkeypatch.setattr(sandbox, "START_SECONDS", 0.5)
    (found,) = listen(file, decode=decoded_apart)
    assert isinstance(found, Broken)
    assert "takes longer" in str(found.error)


@pytest.mark.parametrize(
    "answer", [b"\0\0\0\2{}", b"\0\0\0\7[1,2,3]", b"\xff\xff\xff\xff", b'\0\0\0\x0c{"ready": 1}']
)
def test_a_decoder_that_answers_nonsense_is_not_believed(tmp_path, monkeypatch, answer):

    file = tmp_path / "a.wav"
    file.write_bytes(written(np.zeros(100)))
    code = f"import sys; sys.stdout.buffer.write({answer!r})"
    monkeypatch.setattr(sandbox, "BOOT", code)
    (found,) = listen(file, decode=decoded_apart)
    assert isinstance(found, Broken)


LONG = """
import resource, sys
import numpy as np, soundfile
from symscope.io.sounds import listen_apart
path, seconds = sys.argv[1], int(sys.argv[2])
tone = (3000 * np.sin(np.arange(44100) / 20)).astype(np.int16)
with soundfile.SoundFile(path, "w", 44100, 1, "PCM_16", format="FLAC") as file:
    for _ in range(seconds):
        file.write(tone)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for window in listen_apart(path, 30.0))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(count, (after - before) / 1024, children / 1024)
"""


def test_a_long_sound_is_heard_window_by_window_in_little_memory(tmp_path):
    command = [sys.executable, "-c", LONG, str(tmp_path / "long.flac"), "1800"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, more, children = (float(word) for word in done.stdout.split())
    assert count == 60
    # All of it would be 300 megabytes.
    assert more < 60
    assert children < 250
