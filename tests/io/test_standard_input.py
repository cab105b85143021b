"""Standard input as a picture."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from symscope import cli
from symscope.errors import TooLarge, Unreadable, UsageError
from symscope.io import standard_input
from symscope.io.images import find_pictures, read_picture


class Terminal(io.BytesIO):
    """Bytes that somebody would have to type."""

    def isatty(self) -> bool:
        return True


def a_png(side: int = 20) -> bytes:
    drawn = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (side, side), np.uint8)
    Image.fromarray(noise).save(drawn, "png")
    return drawn.getvalue()


@pytest.fixture
def piped(monkeypatch):
    def pipe(data: bytes | io.BytesIO) -> None:
        stream = data if isinstance(data, io.BytesIO) else io.BytesIO(data)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))

    return pipe


def test_a_dash_is_the_picture_that_is_piped_in(piped):
    piped(a_png())
    picture = read_picture("-")
    assert picture.name == "-"
    assert picture.grey.shape == (20, 20)
    assert picture.sha256 == read_picture(a_png()).sha256


def test_a_dash_is_read_once_however_often_it_is_named():
    assert find_pictures(["-", "sample:moon", "-"]) == ["-", "sample:moon"]


def test_a_file_called_dash_is_a_file_in_its_folder(tmp_path, monkeypatch, piped):
    piped(b"")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_bytes(a_png())
    assert read_picture("./-").grey.shape == (20, 20)


def test_nobody_is_waited_for_at_a_terminal(piped):
    piped(Terminal(a_png()))
    for use in (find_pictures, lambda paths: read_picture(paths[0])):
        with pytest.raises(UsageError, match="terminal as standard input"):
            use(["-"])
    assert find_pictures(["sample:moon"]) == ["sample:moon"]


def test_nothing_on_standard_input_is_said(piped):
    piped(b"")
    with pytest.raises(Unreadable, match="-: found nothing on standard input"):
        read_picture("-")


def test_a_standard_input_that_was_closed_is_an_empty_one(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Unreadable, match="nothing on standard input"):
        read_picture("-")


def test_broken_bytes_are_unreadable(piped):
    piped(a_png(200)[:120])
    with pytest.raises(Unreadable, match=r"^-: "):
        read_picture("-")


def test_no_more_is_read_than_the_limit_and_a_piece(monkeypatch, piped):
    monkeypatch.setattr(standard_input, "PIECE", 10)
    stream = io.BytesIO(bytes(1000))
    piped(stream)
    with pytest.raises(TooLarge, match="more than 25 bytes"):
        standard_input.read_standard_input(25)
    assert stream.tell() <= 40


def test_the_limit_of_files_holds(monkeypatch, piped):
    monkeypatch.setattr("symscope.io.images.SPARE_BYTES", 0)
    piped(bytes(2000))
    with pytest.raises(TooLarge, match=r"^-: found more than 1600 bytes"):
        read_picture("-", max_megapixels=0.0001)


@pytest.mark.parametrize(("data", "code"), [(b"", 4), (b"no picture", 4)])
def test_exit_codes(piped, capfdbinary, data, code):
    piped(data)
    assert cli.main(["score", "-", "--format", "json"]) == code
    out, err = capfdbinary.readouterr()
    (row,) = json.loads(out)
    assert row["path"] == "-"
    assert row["outcome"] == "unreadable"
    assert err.startswith(b"symscope: -: ")


def test_a_terminal_is_wrong_use(piped, capfdbinary):
    piped(Terminal(a_png()))
    assert cli.main(["score", "sample:moon", "-"]) == 2
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert b"symscope score - < picture.png" in err


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_a_real_terminal_is_known():
    theirs, ours = os.openpty()
    try:
        found = subprocess.run(
            [sys.executable, "-m", "symscope", "report", "-"],
            stdin=ours,
            capture_output=True,
            timeout=60,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    assert found.returncode == 2
    assert b"terminal as standard input" in found.stderr
