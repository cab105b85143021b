"""Run a block of commands, or of Python, with an end to patience."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from walk_blocks import Block, Terms
from walk_files import NAMES, environment

PATIENCE = 20.0
"""Between an interruption and the end of a program that obeys it."""


@dataclass(frozen=True)
class Ended:
    """How a block ended: its exit code, None where its time was up, and what it printed."""

    code: int | None
    printed: str
    seconds: float = 0.0
    came_up: bool = True


def run_shell(
    block: Block, folder: Path, run: tuple[str, ...] = ("bash", "-euo", "pipefail")
) -> Ended:
    """Run a block of commands; whatever it leaves in the background ends with it."""
    with tempfile.TemporaryFile() as printed, tempfile.NamedTemporaryFile("w") as script:
        # As a file: for the last command of a `-c`, bash makes way, and is no shell to be found.
        script.write(block.text)
        script.flush()
        with interruptible():
            program = subprocess.Popen(
                [*run, script.name],
                cwd=folder,
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        came_up = True
        try:
            if block.terms.until:
                came_up = _wait_for(block.terms, program, printed)
                os.killpg(program.pid, signal.SIGINT)
                code = program.wait(PATIENCE)
            else:
                code = program.wait(block.terms.seconds)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            code = program.poll()
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        return Ended(code, _read(printed), came_up=came_up)


def run_r(block: Block, folder: Path) -> Ended:
    """Run a block of R, or where R is not installed look for the options that it uses."""
    if shutil.which("Rscript"):
        return run_shell(block, folder, ("Rscript",))
    return run_shell(replace(block, text=options_of(block.text)), folder)


def options_of(text: str) -> str:
    """Write commands that fail unless symscope has the commands and options that R calls.

    >>> print(options_of('system2("symscope", c("score", "a.png", "--out", "a.csv"))'))
    COLUMNS=200 symscope score --help | grep -e --out
    """
    calls = re.findall(r'system2\("symscope",\s*c\((.*?)\)', text, re.DOTALL)
    said = [re.findall(r'"([^"]*)"', call) for call in calls]
    return "\n".join(
        f"COLUMNS=200 symscope {words[0]} --help | grep -e {word}"
        for words in said
        for word in words
        if word.startswith("--")
    )


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Start programs that obey interruptions, although this one may ignore them.

    What the shell started in the background ignores SIGINT, and what is started by it inherits
    that; a handler is not inherited.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _wait_for(terms: Terms, program: subprocess.Popen[bytes], printed: IO[bytes]) -> bool:
    """Wait until a program that does not end has printed what it is to print."""
    end = time.monotonic() + terms.seconds
    while time.monotonic() < end and program.poll() is None:
        if (terms.until or "") in _read(printed):
            return True
        time.sleep(0.1)
    return (terms.until or "") in _read(printed)


def _read(printed: IO[bytes]) -> str:
    # The program writes at the offset of this very file: look without moving it.
    return os.pread(printed.fileno(), os.fstat(printed.fileno()).st_size, 0).decode(
        errors="replace"
    )


NOTEBOOK = """
import json, os, sys, traceback
names = {"__name__": "__main__"}
with os.fdopen(int(sys.argv[1]), "w") as answers:
    for line in sys.stdin:
        code, place = json.loads(line)
        try:
            exec(compile(code, place, "exec"), names)
            told = ""
        except BaseException:
            told = traceback.format_exc()
        sys.stdout.flush()
        print(json.dumps(told), file=answers, flush=True)
"""
"""Runs one block after another in the same names, and answers each with its traceback."""


class Notebook:
    """A Python process that runs the blocks of one document."""

    def __init__(self, folder: Path) -> None:
        ours, theirs = os.pipe()
        self._answers = os.fdopen(ours, "rb", buffering=0)
        self._process = subprocess.Popen(
            [str(sys.executable), "-c", NOTEBOOK, str(theirs)],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs],
            text=True,
        )
        os.close(theirs)
        self.run(Block("names", 0, "python", NAMES, Terms()))

    def run(self, block: Block) -> Ended:
        """Run a block."""
        assert self._process.stdin is not None
        print(json.dumps([block.text, block.place]), file=self._process.stdin, flush=True)
        line, end = b"", time.monotonic() + block.terms.seconds
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._answers], [], [], max(end - time.monotonic(), 0))
            piece = self._answers.read(65536) if ready else b""
            if not piece:
                self.close()
                return Ended(None if not ready else 1, "" if not ready else "Python ended")
            line += piece
        told = json.loads(line)
        return Ended(1 if told else 0, told)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._answers.close()
