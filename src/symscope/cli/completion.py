"""What the Tab key offers for a picture: the samples' names; files are the shell's own business."""

import glob
import os
from collections.abc import Sequence

import typer

SAMPLE = "sample:"

LEAST = 2
"""Letters from which on samples are offered: before, they would hide the files."""


def complete_picture(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return what a path that begins with ``incomplete`` may become.

    Nothing is returned for what begins no sample: the shell then offers files.

    Bash parts words at colons: ``sample:br`` arrives as ``sample``, ``:`` and ``br``, and what is
    returned replaces the last of them.
    """
    before = [str(word) for word in ctx.params.get("paths") or ()]
    if before[-2:] == ["sample", ":"]:
        return _beginning(_samples(), incomplete)
    if incomplete.startswith(SAMPLE):
        return _beginning([f"{SAMPLE}{name}" for name in _samples()], incomplete)
    if len(incomplete) >= LEAST and SAMPLE.startswith(incomplete):
        return [*(f"{SAMPLE}{name}" for name in _samples()), *_files(incomplete)]
    return []


def _beginning(names: Sequence[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _samples() -> Sequence[str]:
    from symscope.io.images import sample_names

    return sample_names()


def _files(incomplete: str) -> list[str]:
    found = sorted(glob.glob(f"{glob.escape(incomplete)}*"))
    return [f"{path}{os.sep}" if os.path.isdir(path) else path for path in found]
