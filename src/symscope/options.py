"""The words that options of the command line take."""

from enum import StrEnum


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


class Settings(StrEnum):
    """How the decoy networks are built and trained."""

    FAST = "fast"
    PAPER = "paper"


class ClassSet(StrEnum):
    """Which symmetry classes are told apart."""

    PAPER = "paper"
    EXTENDED = "extended"


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


class FieldClass(StrEnum):
    """Which generators are looked for."""

    AFFINE = "affine"
    LINEAR = "linear"
    ISOMETRY = "isometry"


class Cited(StrEnum):
    """What a citation is wanted for."""

    SCORE = "score"
    GENERATORS = "generators"
    ORBITS = "orbits"


class Suite(StrEnum):
    """What is measured."""

    TEMPLATES = "templates"
    CONTROLS = "controls"
    REPEATABILITY = "repeatability"
    ELEMENTS = "elements"
    BREAKING = "breaking"
    NOISE = "noise"
    LABELLED = "labelled"
