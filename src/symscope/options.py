"""The words that options take, and the options that a score depends on."""

import math
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class ScoreOptions:
    """All that a row depends on, beside the picture and the weights; as ``scoring.score`` takes it.

    Raises
    ------
    UsageError
        For a value that symscope does not take.

    >>> ScoreOptions(networks=4, elements=False).arguments()
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
    with_baselines: bool = False
    task: str = COLOURS
    view: str = SoundView.PITCH.value
    window: float = 30.0

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
        if not (math.isfinite(self.window) and self.window > 0):
            raise UsageError(f"found --window {self.window}, expected seconds above 0")
        words = {
            "settings": NetworkSettings,
            "sketch": SketchMethod,
            "frame": Frame,
            "classifier": ClassSet,
            "view": SoundView,
        }
        for name, known in words.items():
            if getattr(self, name) not in set(known):
                expected = ", ".join(known)
                found = getattr(self, name)
                raise UsageError(f"found --{name} {found!r}, expected one of {expected}")
        object.__setattr__(self, "task", parse_task(self.task).text)

    def keywords(self) -> dict[str, Any]:
        """Return the keyword arguments of ``score`` and ``score_many``."""
        return asdict(self)

    def arguments(self) -> list[str]:
        """Return what the command line takes for these options, without the defaults."""
        usual = ScoreOptions()
        words: list[str] = []
        for name, value in asdict(self).items():
            if value == getattr(usual, name):
                continue
            option = name.replace("_", "-")
            if isinstance(value, bool):
                words.append(f"--{option}" if value else f"--no-{option}")
            else:
                words += [f"--{option}", f"{value:g}" if isinstance(value, float) else str(value)]
        return words
