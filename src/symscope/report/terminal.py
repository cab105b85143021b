"""What goes to standard output (data), and what to standard error (messages, progress)."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from symscope.io.paths import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

READER_GONE = 141
"""What a shell reports for a program whose output nobody reads any more (128 + SIGPIPE)."""


def say(message: str) -> None:
    """Tell the person at the terminal something, on one line of standard error."""
    line = "".join(c if c.isprintable() else " " for c in " ".join(message.split()))
    print(f"symscope: {line}", file=sys.stderr)


def say_why(score: Any) -> None:
    """Tell the person at the terminal what was chosen in reading it, and what is wrong with it."""
    for note in score.provenance.get("read", ()):
        say(f"{printable(score.path)}: {note}")
    if score.message:
        # What went wrong in reading names its picture already.
        shown = printable(score.path)
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
def progress(what: str, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Give a ``(done, total)`` callback that draws a bar on standard error, if a terminal.

    ``FORCE_COLOR`` asks for colours in a pipe, not for a bar in a log.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=hidden or not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
