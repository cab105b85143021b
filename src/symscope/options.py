"""The words that options take, and the options that a score depends on."""

import math
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from symscope.errors import UsageError, among
from symscope.selection import parse_selection, written
from symscope.tasks import COLOURS, PICTURE, TASKS, Task, parse_task


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


class EvidenceSource(StrEnum):
    """What a picture's symmetry is read from."""

    BOTH = "both"
    HIDDEN = "hidden"
    PIXELS = "pixels"
    CNN = "cnn"


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
    MIRRORS = "mirrors"
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

SEED: dict[str, Any] = {"min": 0, "max": 2**32 - 1, "help": "Fixes all that is random."}
"""Limits and words of the option for random numbers, that of a score and others."""


@dataclass(frozen=True)
class Options:
    """All choices that a score depends on, beside its input.

    Their metadata is what the command line says of them: ``help``, limits, the ``words`` that a
    choice takes, and how the option is ``written`` where that is not ``--name`` or ``--no-name``.

    Attributes
    ----------
    networks : decoys to train; None: as many as the field needs (``networks.settings.DIMENSIONS``)
    seed : fixes the networks, together with the field's content; 0 … 2³² - 1
    settings : how the networks are built and trained (``networks.settings.SETTINGS``)
    sketch : how the picture becomes two levels, for the task ``colours``
    frame, zoom : how the picture, or its middle, becomes square
    evidence : what a symmetry is read from: from the agreements of the input and of the
        networks' joint hidden layer with themselves (``"both"``), or of one of them (``"hidden"``,
        ``"pixels"``); or by the CNN of arXiv:2103.06115 from the PCA pictures of single networks
        (``"cnn"``)
    classifier : which symmetry classes are told apart: ``"extended"`` (seven), ``"paper"`` (five)
    max_megapixels : largest picture read
    elements : whether to search for axes, centres and periods
    baselines : whether to ask the simple measures of ``symscope.baselines`` too
    task : what the networks learn: a word of ``tasks.TASKS``, with a parameter where it takes one;
        None: two levels (``colours``) for the CNN, else the ``picture`` itself
    view, window : how a sound becomes pictures, and how many seconds of it at a time
    select : which frame, page or plane of a file with several (``t=3``, ``page=2``, ``c=1,z=3``)
    dimension : D, where the input does not tell: a TIFF of many pages as a volume, a function that
        takes a whole point
    domain : (low, high), each a number or D of them: where a function is sampled

    What is neither picture nor sound is learned in one way: ``settings``, ``sketch``,
    ``classifier``, ``baselines`` and ``task`` are not for it; ``evidence`` is for what has a grid.

    Raises
    ------
    UsageError
        For a value that symscope does not take.

    >>> Options(networks=4, elements=False).arguments()
    ['--networks', '4', '--no-elements']
    """

    networks: int | None = field(
        default=None,
        metadata={"help": "Networks per picture.", "min": 1, "show_default": "as many as it needs"},
    )
    seed: int = field(default=0, metadata=SEED)
    settings: str = field(
        default=NetworkSettings.FAST.value,
        metadata={"help": "How networks are trained.", "words": NetworkSettings},
    )
    sketch: str = field(
        default=SketchMethod.OTSU.value,
        metadata={"help": "How a picture becomes a sketch.", "words": SketchMethod},
    )
    frame: str = field(
        default=Frame.PAD.value,
        metadata={"help": "How a picture becomes square.", "words": Frame},
    )
    zoom: float = field(
        default=1.0,
        metadata={"help": "Score the middle only, 1/ZOOM of the side: for fine detail."},
    )
    classifier: str = field(
        default=ClassSet.EXTENDED.value,
        metadata={"help": "Five or seven classes.", "words": ClassSet},
    )
    max_megapixels: float = field(default=50.0, metadata={"help": "Refuse larger pictures."})
    elements: bool = field(
        default=True, metadata={"help": "Search for axes, centres and periods too."}
    )
    baselines: bool = field(
        default=False,
        metadata={"help": "Add what simple measures say.", "written": ("--baselines",)},
    )
    task: str | None = field(
        default=None,
        metadata={
            "help": f"What the networks learn: {', '.join(TASKS)}; greys:K and bands:K take a "
            "number.",
            "metavar": "TASK",
            "words": TASKS,
            "show_default": "by evidence",
        },
    )
    evidence: str = field(
        default=EvidenceSource.BOTH.value,
        metadata={"help": "What a picture's symmetry is read from.", "words": EvidenceSource},
    )
    view: str = field(
        default=SoundView.PITCH.value,
        metadata={
            "help": "Of sounds: time and pitch, or how alike any two moments are.",
            "words": SoundView,
        },
    )
    window: float = field(
        default=WINDOW,
        metadata={"help": "Of sounds: how long a part gets a score.", "metavar": "SECONDS"},
    )
    select: str | None = field(
        default=None,
        metadata={
            "help": "Of a file with several pictures: t=3 (frame), page=2, or c=1,z=3.",
            "metavar": "AXIS=N",
            "show_default": "the first",
        },
    )
    dimension: int | None = field(
        default=None,
        metadata={
            "help": "3 reads a TIFF of many pages as a volume.",
            "min": 1,
            "max": MOST_DIMENSIONS,
        },
    )
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
        if self.select is not None:
            object.__setattr__(self, "select", written(parse_selection(self.select)))
        for option in fields(self):
            words, value = option.metadata.get("words"), getattr(self, option.name)
            if words is TASKS:
                if value is not None:
                    object.__setattr__(self, option.name, parse_task(value).text)
            elif words:
                if value not in list(words):
                    raise UsageError(
                        f"found --{option.name} {value!r}, expected {among(value, words)}"
                    )
                object.__setattr__(self, option.name, str(value))
        # Arrays and lists become tuples: options compare, and go through JSON and back.
        plain = (end.tolist() if hasattr(end, "tolist") else end for end in self.domain)
        ends = (tuple(end) if isinstance(end, list) else end for end in plain)
        object.__setattr__(self, "domain", tuple(ends))

    def weighs(self, dimension: int, sound: object = None) -> bool:
        """Whether a symmetry is weighed from evidence: no sound's, unless the CNN is asked for."""
        return dimension <= 3 and not sound and self.evidence != EvidenceSource.CNN

    def learned(self, dimension: int = 2, sound: object = None) -> Task:
        """Return what the networks of an input learn, if no task was chosen the usual one."""
        itself = dimension == 2 and self.weighs(dimension, sound)
        return parse_task(self.task or (PICTURE if itself else COLOURS))

    def arguments(self) -> list[str]:
        """Return what the command line takes for these options, without the defaults."""
        words: list[str] = []
        for option in fields(self):
            value = getattr(self, option.name)
            # A function, whose domain it is, has no command line.
            if value == option.default or option.name == "domain":
                continue
            flag = option.name.replace("_", "-")
            if isinstance(value, bool):
                words.append(f"--{flag}" if value else f"--no-{flag}")
            else:
                words += [f"--{flag}", f"{value:g}" if isinstance(value, float) else str(value)]
        return words
