"""Figures as files for a paper: the same score gives the same bytes, and text stays text."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from symscope.io.files import figure_bytes, write_whole
from symscope.io.standard_input import STANDARD_INPUT

LONGEST_STEM = 60
"""Characters of a picture's name that its figure keeps: 60 of four bytes fit every file system."""


class FigureFormat(StrEnum):
    """How figures of single pictures are written."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


class FigureFolder:
    """A folder that gets one figure per score, named after its picture.

    Parameters
    ----------
    folder : Path
        An existing one.
    kind : one of FigureFormat
    """

    def __init__(self, folder: Path, kind: str = FigureFormat.PNG) -> None:
        self._folder, self._kind = folder, str(kind)
        self._names: set[str] = set()

    def add(self, score: Any) -> Path:
        """Draw one score and return where it is."""
        from symscope.drawing.figure import score_figure

        path = self._folder / f"{self._name(score.path)}.{self._kind}"
        write_whole(path, figure_bytes(score_figure(score), self._kind))
        return path

    def _name(self, path: str) -> str:
        """Name a figure after its picture; a second one of that name gets a number."""
        if path == STANDARD_INPUT:
            path = "standard-input"
        from symscope.io.paths import split_fragment

        file, start, end = split_fragment(path)
        stem = Path(file.removeprefix("sample:")).stem or "picture"
        # Of a sound's window, where it begins; seconds, as its path has them.
        stem += f"-{start:g}s" if end is not None else ""
        # Longer names may be more than a file system takes.
        stem = "".join(c if c.isprintable() else "_" for c in stem)[:LONGEST_STEM]
        name, number = stem, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{stem}-{number}"
        self._names.add(name.casefold())
        return name
