"""Where messages, data, colours and bars go, in pipes and at a real (pseudo-)terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from itertools import pairwise

import pytest

from symscope.report import terminal

needs_terminal = pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")

COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|9[0-7]|38|48)[;m]")
ESCAPE = b"\x1b"

BAR = (
    "from symscope.report.terminal import progress\n"
    "with progress('scoring') as report:\n"
    "    report(1, 3); report(3, 3)\n"
)
TABLE = (
    "from rich.table import Table\n"
    "from symscope.report.terminal import show\n"
    "table = Table('class', header_style='bold red')\n"
    "table.add_row('[green]Z_2[/green]')\n"
    "show(table)\n"
)


def environment(**more: str) -> dict[str, str]:
    """This process's environment, without what would speak of colours."""
    silent = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "TERM", "COLUMNS")
    kept = {key: value for key, value in os.environ.items() if key not in silent}
    return kept | {"TERM": "xterm-256color"} | more


def piped(arguments: list[str], **more: str) -> tuple[bytes, bytes]:
    found = subprocess.run(
        [sys.executable, *arguments],
        env=environment(**more),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return found.stdout, found.stderr


def at_terminal(arguments: list[str], **more: str) -> bytes:
    """Run Python with a terminal as standard output and error → what the terminal got."""
    theirs, ours = os.openpty()
    got = bytearray()

    def listen() -> None:
        while True:
            try:
                piece = os.read(theirs, 65536)
            except OSError:  # the other end was closed
                return
            if not piece:
                return
            got.extend(piece)

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        subprocess.run(
            [sys.executable, *arguments],
            env=environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=ours,
            stderr=ours,
            check=True,
            timeout=60,
        )
    finally:
        os.close(ours)
        listener.join(timeout=10)
        os.close(theirs)
    return bytes(got)


@pytest.mark.parametrize("more", [{}, {"FORCE_COLOR": "1"}, {"NO_COLOR": "1"}])
def test_there_is_no_bar_where_standard_error_is_no_terminal(monkeypatch, capfd, more):
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    with terminal.progress("scoring") as report:
        report(1, 3)
        report(3, 3)
    assert tuple(capfd.readouterr()) == ("", "")


@needs_terminal
def test_there_is_a_bar_at_a_terminal():
    got = at_terminal(["-c", BAR])
    assert b"scoring" in got
    assert COLOUR.search(got)


@needs_terminal
def test_no_color_leaves_the_bar_without_colours():
    got = at_terminal(["-c", BAR], NO_COLOR="1")
    assert b"scoring" in got
    assert not COLOUR.search(got)


@needs_terminal
@pytest.mark.parametrize("arguments", [["-c", TABLE], ["-m", "symscope", "score", "--help"]])
def test_no_color_leaves_tables_and_help_without_colours(arguments):
    assert COLOUR.search(at_terminal(arguments))
    assert not COLOUR.search(at_terminal(arguments, NO_COLOR="1"))


@pytest.mark.parametrize("arguments", [["-c", TABLE], ["-m", "symscope", "score", "--help"]])
def test_a_pipe_gets_no_escape_sequences(arguments):
    out, err = piped(arguments)
    assert out
    assert err == b""
    assert ESCAPE not in out


@needs_terminal
def test_a_dumb_terminal_gets_no_escape_sequences():
    assert ESCAPE not in at_terminal(["-c", TABLE + BAR], TERM="dumb")


def test_a_message_is_one_line_that_obeys_nobody(capfd):
    terminal.say("a\x1b[31m\nb\u202e")
    assert tuple(capfd.readouterr()) == ("", "symscope: a [31m b \n")


def test_how_long_it_takes_is_measured_and_said_again_now_and_then(capfd):
    now = 0.0
    pace = terminal.Pace("scoring", lambda: now)
    said = []
    for done in range(1, 201):
        now += 6.0
        pace.tell(done, 200)
        said += [(done, line) for line in capfd.readouterr().err.splitlines()]
    numbers = [done for done, _ in said]
    assert numbers[:3] == [1, 2, 4]
    assert max(after - before for before, after in pairwise(numbers)) <= 10
    assert said[0][1] == "symscope: scoring: 1 of 200 done, about 20 min left"
    assert said[-1][0] < 200


def test_of_what_takes_a_moment_nothing_is_said(capfd):
    with terminal.progress("scoring", total=2) as report:
        report(1, 2)
    assert capfd.readouterr().err == ""
    with terminal.progress("scoring", total=200):
        assert "200" in capfd.readouterr().err
