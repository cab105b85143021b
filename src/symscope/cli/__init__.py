"""The command line: arguments, progress and exit codes; no science.

Standard output carries data only, everything else goes to standard error. JAX, matplotlib and the
science are imported inside the commands, so that ``--help`` is instant. One module holds one
command, or a few of a kind; ``shared`` holds what they share.
"""

import errno
import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import fields
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_type_hints

import typer

from symscope.cli import (
    about,
    collection,
    evaluate,
    gallery,
    generators,
    report,
    reproduce,
    score,
    serve,
    sound,
    templates,
    train,
)
from symscope.cli.shared import FAULT, INTERRUPTED, WRONG_USE
from symscope.cli.wrong_use import wrong_use
from symscope.errors import SymscopeError
from symscope.options import Options
from symscope.report.terminal import emit, say
from symscope.tasks import TASKS

app = typer.Typer(
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

OPTIONS = tuple(option.name for option in fields(Options) if option.metadata)
"""What a score depends on and a command line can say."""

COMMANDS: dict[Callable[..., None], Sequence[str]] = {
    score.score: OPTIONS,
    serve.serve: (),
    report.report: OPTIONS,
    gallery.gallery: ("networks", "seed"),
    sound.sound: ("sketch", "frame", "zoom", "max_megapixels"),
    collection.collection: tuple(name for name in OPTIONS if name != "dimension"),
    generators.generators: (),
    generators.orbits: (),
    templates.templates: (),
    train.train: (),
    evaluate.evaluate: (),
    reproduce.reproduce: (),
    about.doctor: (),
    about.cite: ("task",),
}
"""In the order in which --help lists them; and which of the Options each takes as ``choices``."""


def with_options(command: Callable[..., None], names: Sequence[str]) -> Callable[..., None]:
    """Give a command, in the place of its ``**choices``, a flag for each of these Options."""
    own = signature(command, eval_str=True).parameters.values()
    parameters = [item.replace(kind=item.KEYWORD_ONLY) for item in own if item.name != "choices"]
    types, flags = get_type_hints(Options), []
    for option in fields(Options):
        if option.name not in names:
            continue
        limits = dict(option.metadata)
        words, written = limits.pop("words", None), limits.pop("written", ())
        kind = words if isinstance(words, type) else types[option.name]
        if words is TASKS:  # Words with a parameter: others than these are taken too.
            limits["autocompletion"] = lambda: list(TASKS)
        shown: Any = Annotated[kind, typer.Option(*written, **limits)]
        flags.append(
            Parameter(option.name, Parameter.KEYWORD_ONLY, default=option.default, annotation=shown)
        )
    vars(command)["__signature__"] = Signature([*parameters, *flags])
    return command


for function, names in COMMANDS.items():
    app.command()(with_options(function, names))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the entry point of ``symscope``.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; that of this process by default.

    Returns
    -------
    int
        0 all scored, 1 a fault of symscope, 2 wrong use, 3 finished but some inputs failed,
        4 nothing readable, 5 weights rejected, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        # A file name or ∅ that the terminal's encoding lacks must not end a run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if arguments is not None:
        return _done(list(arguments))
    signal.signal(signal.SIGINT, _stopping())
    code = _done(sys.argv[1:])
    if code == INTERRUPTED:
        # All that was finished is written. Threads that train or search on, whose answers nobody
        # takes, would be waited for: a minute and more.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _stopping() -> Callable[[int, object], None]:
    """Return what Ctrl-C does: the first ends the run in order, a later one at once."""
    first: float | None = None

    def stop(number: int, frame: object) -> None:
        nonlocal first
        if first is None:
            first = time.monotonic()
            raise KeyboardInterrupt
        if time.monotonic() - first > SETTLING_SECONDS:
            os._exit(INTERRUPTED)

    return stop


def _done(given: Sequence[str]) -> int:
    """Run one command, whatever goes wrong → its exit code."""
    command = typer.main.get_command(app)
    try:
        code = command.main(given or ["--help"], "symscope", standalone_mode=False) or 0
        # Typer turns an interruption into its code and says nothing.
        return _failed(_INTERRUPTION, code) if code == INTERRUPTED else code
    except SymscopeError as error:
        return _failed(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(_INTERRUPTION, INTERRUPTED)
    except Exception as error:
        if hasattr(error, "format_message"):  # Typer's errors have no public base class.
            return _failed(wrong_use(error, given, list(vars(command)["commands"])), WRONG_USE)
        if isinstance(error, OSError) and error.errno in FULL:
            return _failed(f"could not write ({error.strerror}): free some space", FAULT)
        hint = "" if _debugging() else " (SYMSCOPE_DEBUG=1 shows where)"
        name = type(error).__name__
        return _failed(f"a fault of symscope, please report it: {name}: {error}{hint}", FAULT)


SETTLING_SECONDS = 1.0
"""After the first Ctrl-C, in which what is finished is written and no second one counts."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says where a disk or a quota is full."""

_INTERRUPTION = "interrupted"


def _failed(message: str, code: int) -> int:
    if _debugging():
        traceback.print_exc()
    say(message)
    return code


def _debugging() -> bool:
    return os.environ.get("SYMSCOPE_DEBUG", "0") not in ("", "0")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        emit(f"symscope {version('symscope')}\n".encode())
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """How symmetric is this picture, and how do we know?

    Small networks learn a picture; nobody tells them about symmetry.

    What their last hidden layer has become tells which symmetry the picture has.
    """
