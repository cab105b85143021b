"""Whatever the bytes: a Picture or one of our errors, in one line, quickly, in little memory."""

import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hostile_images import DAMAGED, HUGE, ODD, SOUND, pillow
from hostile_structures import BOMBS, STRUCTURES
from hypothesis import given
from hypothesis import strategies as st

from symscope.errors import InputError, MissingFile, TooLarge, TooSmall, Unreadable
from symscope.io.images import Picture, read_picture

SECONDS = 2.0
"""Allowed for one file that takes milliseconds alone: the machine may be busy."""

PEAK_MEGABYTES = 400
"""Allowed for all hostile files one after the other, of which the libraries take 100."""


def refusal(source, error=InputError, **options):
    """Read what must be refused, and check how it is refused."""
    started = time.perf_counter()
    with pytest.raises(error) as caught:
        read_picture(source, **options)
    assert time.perf_counter() - started < SECONDS
    assert type(caught.value).outcome is not None
    message = str(caught.value)
    assert message.isprintable()  # one line, and nothing that moves a cursor
    assert len(message) < 700  # the longest lists all samples
    return message


def read_or_message(data):
    try:
        return read_picture(data)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("name", HUGE)
def test_huge_pictures_are_refused_by_their_header(name, tmp_path, capfd):
    file = tmp_path / name
    file.write_bytes(HUGE[name]())
    assert file.stat().st_size < 1 << 18
    message = refusal(file, TooLarge)
    assert message.startswith(f"{file}: found ")
    assert "expected at most" in message
    assert "--max-megapixels" in message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused(name, tmp_path, capfd):
    file = tmp_path / name
    file.write_bytes(DAMAGED[name]())
    message = refusal(file, Unreadable)
    assert message.startswith(f"{file}: found ")
    assert "expected" in message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_read_or_refused(name, capfd):
    data = ODD[name]()
    started = time.perf_counter()
    outcome = read_or_message(data)
    assert time.perf_counter() - started < SECONDS
    if isinstance(outcome, Picture):
        assert outcome.grey.shape == (16, 24)
    else:
        assert "expected" in outcome
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("side", [1, 2, 7])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"])
def test_tiny_pictures_are_refused(kind, side):
    message = refusal(pillow(np.zeros((side, 30), np.uint8), kind), TooSmall)
    assert f"found 30 × {side} pixels, expected at least 8 × 8" in message


def test_all_of_them_together_need_little_memory(tmp_path):
    for name, build in {**HUGE, **DAMAGED, **ODD, **STRUCTURES, **BOMBS}.items():
        (tmp_path / name).write_bytes(build())
    code = (
        "import sys, resource\n"
        "from symscope.errors import InputError\n"
        "from symscope.io.images import read_picture\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n"
        "        read_picture(path)\n"
        "    except InputError:\n"
        "        pass\n"
        "if sys.platform == 'linux':\n"
        "    # ru_maxrss would count the process that started this one.\n"
        "    with open('/proc/self/status') as file:\n"
        "        lines = dict(line.split(':', 1) for line in file)\n"
        "    print(int(lines['VmHWM'].split()[0]) / 1e3)\n"
        "else:\n"
        "    unit = 1e6 if sys.platform == 'darwin' else 1e3\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)\n"
    )
    paths = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, *paths], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout) < PEAK_MEGABYTES


@given(st.binary(max_size=300))
def test_no_bytes_escape_our_error_tree(data):
    refusal(data)


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0+", b"GIF89a", b"BM"]),
    st.binary(max_size=300),
)
def test_no_bytes_behind_a_signature_escape_our_error_tree(signature, data):
    refusal(signature + data)


@given(
    data=st.sampled_from(SOUND),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), max_size=6),
    kept=st.floats(0.2, 1),
)
def test_no_damage_escapes_our_error_tree(data, edits, kept):
    damaged = bytearray(data)
    for place, content in edits:
        at = int(place * len(data))
        damaged[at : at + len(content)] = content
    outcome = read_or_message(bytes(damaged[: int(kept * len(damaged))]))
    if isinstance(outcome, Picture):
        assert 0 <= outcome.grey.min() <= outcome.grey.max() <= 1
    else:
        assert outcome.isprintable()


def test_remarks_of_other_threads_still_reach_the_log(caplog):
    from threading import Thread

    from symscope.io.formats import LOGS, quiet

    with quiet():
        for name in LOGS:
            logging.getLogger(name).error("of this thread")
            other = Thread(target=logging.getLogger(name).error, args=("of another thread",))
            other.start()
            other.join()
    assert [record.getMessage() for record in caplog.records] == ["of another thread"] * len(LOGS)


@pytest.mark.parametrize(
    "path", ["", "\0", "a\0b.png", "no/such/file.png", "x" * 5000, "~", "sample:", "sample:nobody"]
)
def test_names_of_nothing(path):
    refusal(path, (MissingFile, Unreadable))


def test_a_name_cannot_break_the_line_or_move_the_cursor(tmp_path):
    file = tmp_path / "a\n\x1b[2Jb\u202e.png"
    file.write_bytes(b"?")
    assert r"a\n\x1b[2Jb\u202e.png: found " in refusal(file)
    assert "sure\\udcff.png" in refusal(os.fsdecode(os.fsencode(tmp_path) + b"/sure\xff.png"))


def test_devices_and_pipes_are_not_opened(tmp_path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        assert "device or pipe" in refusal(path, Unreadable)


def test_a_loop_of_links(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    refusal(tmp_path / "a.png", (MissingFile, Unreadable))


def test_a_file_below_a_file(tmp_path):
    (tmp_path / "a.png").write_bytes(SOUND[0])
    refusal(tmp_path / "a.png" / "b.png", MissingFile)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all files")
def test_a_file_that_may_not_be_read(tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(SOUND[0])
    file.chmod(0)
    assert "permissions" in refusal(file, Unreadable)


def test_an_endless_file_is_refused_by_its_size(tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(SOUND[0])
    os.truncate(file, 20 << 30)  # sparse: it takes no room
    assert "--max-megapixels" in refusal(file, TooLarge)
    assert "bytes" in refusal(bytes(70 << 20), TooLarge, max_megapixels=0.1)
