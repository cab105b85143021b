"""What goes to standard output (data), and what to standard error (messages, progress)."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from symscope.io.paths import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

READER_GONE = 141
"""What a shell reports for a program whose output nobody reads any more (128 + SIGPIPE)."""

LINE_SECONDS = 60
"""Most time between two lines of progress, where there is no bar; at first they come sooner."""

LEAST_LEFT = 20
"""Seconds: of what takes less nothing is said."""

MANY = 10
"""Inputs of which it is said at once that they will take a while."""


def say(message: str) -> None:
    """Tell the person at the terminal something, on one line of standard error."""
    line = "".join(c if c.isprintable() else " " for c in " ".join(message.split()))
    print(f"symscope: {line}", file=sys.stderr)


def say_why(score: Any) -> None:
    """Tell the person at the terminal what is wrong with a score, and how its input was read."""
    shown = printable(score.path)
    for note in score.provenance.get("read", ()):
        say(f"{shown}: {note}")
    if score.message:
        # What went wrong in reading names its picture already.
        named = score.message.startswith((shown, Path(shown).name + ":"))
        say(score.message if named else f"{shown}: {score.message}")


def emit(data: bytes) -> None:
    """Write data to standard output; if nobody reads it any more, stop quietly."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What Python still holds for standard output would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(READER_GONE) from None


def show(*parts: "RenderableType") -> None:
    """Write tables for people to standard output, as wide as the terminal.

    Styles go to terminals only, colours not where ``NO_COLOR`` is set (https://no-color.org).
    """
    from rich.console import Console

    console = Console(highlight=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    emit(captured.get().encode("utf-8", "backslashreplace"))


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Hold Ctrl-C back while what was finished is written; here it lasts no longer than that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def in_words(seconds: float) -> str:
    """Say about how long something takes.

    >>> in_words(42), in_words(1000), in_words(8400)
    ('40 s', '17 min', '2 h 20 min')
    """
    if seconds < 90:
        return f"{max(10, 10 * round(seconds / 10))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(10 * round(minutes / 10), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


class Pace:
    """Tells how long what is left will take, from how long what is done took.

    Parameters
    ----------
    what : what is done, in a word or two
    clock : seconds since any moment
    """

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._began = self._said = clock()

    def left(self, done: int, total: int) -> float:
        """Estimate the seconds that are left."""
        return (self._clock() - self._began) / max(done, 1) * (total - done)

    def tell(self, done: int, total: int) -> None:
        """Say it after the first, then each time that twice as long has passed, or a minute."""
        now, left = self._clock(), self.left(done, total)
        if (
            done
            and left >= LEAST_LEFT
            and now - self._said >= min(LINE_SECONDS, self._said - self._began)
        ):
            self._said = now
            say(f"{self._what}: {done} of {total} done, about {in_words(left)} left")


@contextlib.contextmanager
def progress(
    what: str, hidden: bool = False, total: int | None = None
) -> Iterator[Callable[[int, int], None]]:
    """Give a ``(done, total)`` callback that draws a bar on standard error, if a terminal.

    Where there is none, or the bar is ``hidden``, what takes long is told in lines. Of a large
    ``total`` that is known before it is said at once that it will be told. ``FORCE_COLOR`` asks for
    colours in a pipe, not for a bar in a log.
    """
    pace = Pace(what)
    if total and total >= MANY:
        say(f"{what} {total}: how long that takes is told once the first is done")
    if hidden or not sys.stderr.isatty():
        yield pace.tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress

    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), "{task.fields[left]}")
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=total, left="")

        def report(done: int, total: int) -> None:
            left = f"about {in_words(pace.left(done, total))} left" if 0 < done < total else ""
            bar.update(task, completed=done, total=total, left=left)

        yield report
