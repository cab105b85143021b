"""The words that options take, and the options that a score depends on."""

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from symscope.errors import UsageError
from symscope.tasks import COLOURS, parse_task


class SketchMethod(StrEnum):
    """How a picture becomes a sketch."""

    OTSU = "otsu"
    ADAPTIVE = "adaptive"
    EDGES = "edges"
    QUANTILE = "quantile"


class Frame(StrEnum):
    """How a picture becomes square."""

    CROP = "crop"
    PAD = "pad"


class NetworkSettings(StrEnum):
    """How the decoy networks are built and trained."""

    FAST = "fast"
    PAPER = "paper"


class ClassSet(StrEnum):
    """Which symmetry classes are told apart."""

    PAPER = "paper"
    EXTENDED = "extended"


class SoundView(StrEnum):
    """How a sound becomes a picture."""

    PITCH = "pitch"
    SIMILARITY = "similarity"


class Scale(StrEnum):
    """Which notes a picture is played with."""

    CHROMATIC = "chromatic"
    WHOLE_TONE = "whole-tone"
    MAJOR = "major"
    MINOR = "minor"
    PENTATONIC = "pentatonic"


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Route(StrEnum):
    """Where generators are looked for."""

    GRADIENT = "gradient"
    PAIRS = "pairs"
    BOTH = "both"
    ADVERSARIAL = "adversarial"


class FieldClass(StrEnum):
    """Which generators are looked for."""

    AFFINE = "affine"
    LINEAR = "linear"
    ISOMETRY = "isometry"


class Cited(StrEnum):
    """What a citation is wanted for."""

    SCORE = "score"
    GENERATORS = "generators"
    ADVERSARIAL = "adversarial"
    ORBITS = "orbits"
    SOUND = "sound"


class Suite(StrEnum):
    """What is measured."""

    TEMPLATES = "templates"
    CONTROLS = "controls"
    REPEATABILITY = "repeatability"
    ELEMENTS = "elements"
    BREAKING = "breaking"
    NOISE = "noise"
    LABELLED = "labelled"
    TASKS = "tasks"
    UNSUPERVISED = "unsupervised"
    FRACTALS = "fractals"
    ADVERSARIAL = "adversarial"
    SOUND = "sound"
    VOLUMES = "volumes"
    SIGNALS = "signals"


class Engine(StrEnum):
    """Where a collection is scored."""

    LOCAL = "local"
    DASK = "dask"


WINDOW = 30.0
"""Usual length of a part of a sound that gets one score, in seconds."""

LEAST_SECONDS, MOST_SECONDS = 0.5, 600.0
"""A window holds at least the notes of a rhythm, and at most what can be kept in memory."""

MOST_DIMENSIONS = 32
"""Most coordinates of a point."""

_WORDS: dict[str, type[StrEnum]] = {
    "settings": NetworkSettings,
    "sketch": SketchMethod,
    "frame": Frame,
    "classifier": ClassSet,
    "view": SoundView,
}


@dataclass(frozen=True)
class Options:
    """All choices that a score depends on, beside its input.

    Attributes
    ----------
    networks : decoys to train; None: as many as the field needs (``networks.settings.DIMENSIONS``)
    seed : fixes the networks, together with the field's content; 0 … 2³² - 1
    settings : how the networks are built and trained (``networks.settings.SETTINGS``)
    sketch, frame, zoom : how the picture, or its middle, becomes a square of two levels
    classifier : which symmetry classes are told apart: ``"extended"`` (seven), ``"paper"`` (five)
    max_megapixels : largest picture read
    elements : whether to search for axes, centres and periods
    baselines : whether to ask the simple measures of ``symscope.baselines`` too
    task : what the networks learn: a word of ``tasks.TASKS``, with a parameter where it takes one
    view, window : how a sound becomes pictures, and how many seconds of it at a time
    dimension : D, where the input does not tell: a TIFF of many pages as a volume, a function that
        takes a whole point
    domain : (low, high), each a number or D of them: where a function is sampled

    What is neither picture nor sound is learned in one way: ``settings``, ``sketch``,
    ``classifier``, ``baselines`` and ``task`` are not for it.

    Raises
    ------
    UsageError
        For a value that symscope does not take.

    >>> Options(networks=4, elements=False).arguments()
    ['--networks', '4', '--no-elements']
    """

    networks: int | None = None
    seed: int = 0
    settings: str = NetworkSettings.FAST.value
    sketch: str = SketchMethod.OTSU.value
    frame: str = Frame.CROP.value
    zoom: float = 1.0
    classifier: str = ClassSet.EXTENDED.value
    max_megapixels: float = 50.0
    elements: bool = True
    baselines: bool = False
    task: str = COLOURS
    view: str = SoundView.PITCH.value
    window: float = WINDOW
    dimension: int | None = None
    domain: tuple[Any, Any] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.max_megapixels) and self.max_megapixels > 0):
            raise UsageError(
                f"found --max-megapixels {self.max_megapixels}, expected a number above 0"
            )
        if not (math.isfinite(self.zoom) and self.zoom >= 1):
            raise UsageError(f"found --zoom {self.zoom}, expected a number from 1 on")
        if self.networks is not None and self.networks < 1:
            raise UsageError(f"found --networks {self.networks}, expected 1 or more")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"found --seed {self.seed}, expected 0 … {2**32 - 1}")
        if not LEAST_SECONDS <= self.window <= MOST_SECONDS:
            raise UsageError(
                f"found --window {self.window:g}, "
                f"expected {LEAST_SECONDS:g} to {MOST_SECONDS:g} seconds"
            )
        if self.dimension is not None and not 1 <= self.dimension <= MOST_DIMENSIONS:
            raise UsageError(f"found dimension {self.dimension}, expected 1 to {MOST_DIMENSIONS}")
        for name, words in _WORDS.items():
            value = getattr(self, name)
            if value not in list(words):
                raise UsageError(f"found --{name} {value!r}, expected one of {', '.join(words)}")
            object.__setattr__(self, name, str(value))
        object.__setattr__(self, "task", parse_task(self.task).text)
        # Arrays and lists become tuples: options compare, and go through JSON and back.
        plain = (end.tolist() if hasattr(end, "tolist") else end for end in self.domain)
        ends = (tuple(end) if isinstance(end, list) else end for end in plain)
        object.__setattr__(self, "domain", tuple(ends))

    def arguments(self) -> list[str]:
        """Return what the command line takes for these options, without the defaults."""
        words: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default or field.name == "domain":  # a function has no command line
                continue
            flag = field.name.replace("_", "-")
            if isinstance(value, bool):
                words.append(f"--{flag}" if value else f"--no-{flag}")
            else:
                words += [f"--{flag}", f"{value:g}" if isinstance(value, float) else str(value)]
        return words
