"""One error tree: each class carries the outcome code of a row and the exit code of a command."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one input; ``ok`` is the only one that comes with probabilities to rely on."""

    OK = "ok"
    CONSTANT = "constant"
    TOO_SMALL = "too_small"
    NOT_LEARNED = "not_learned"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    MISSING = "missing"
    NOT_FINITE = "not_finite"
    NO_COLOUR = "no_colour"


class SymscopeError(Exception):
    """Base of all errors of symscope: the message says what was found, expected and what to do."""

    exit_code: int = 1
    outcome: Outcome | None = None


class UsageError(SymscopeError):
    """An option or argument that symscope does not take."""

    exit_code = 2


class InputError(SymscopeError):
    """One input that cannot be scored; in a batch it becomes a row with its outcome."""

    exit_code = 4


class MissingFile(InputError):
    """A path that does not exist, or a folder without pictures."""

    outcome = Outcome.MISSING


class Unreadable(InputError):
    """Bytes that are not a picture in a format symscope reads, or a damaged one."""

    outcome = Outcome.UNREADABLE


class TooLarge(InputError):
    """A picture with more pixels than the limit."""

    outcome = Outcome.TOO_LARGE


class TooSmall(InputError):
    """A picture with too few pixels to carry a symmetry."""

    outcome = Outcome.TOO_SMALL


class Constant(InputError):
    """Data with one value or label everywhere."""

    outcome = Outcome.CONSTANT


class NotFinite(InputError):
    """A picture or field with NaN or infinite values."""

    outcome = Outcome.NOT_FINITE


class NoColour(InputError):
    """A grey picture, where its colours are to be learned."""

    outcome = Outcome.NO_COLOUR


class WeightsRejected(SymscopeError):
    """A classifier file whose checksum, names, shapes or values are not what its card says."""

    exit_code = 5


def among(found: object, known: Iterable[object], listed: str = "") -> str:
    """Say which names there are for one that is none of them, and which come closest.

    Parameters
    ----------
    listed : what is said in the place of all the names

    >>> among("Retin", ["moon", "retina"])
    'one of moon, retina (closest: retina)'
    """
    names = {str(name).lower(): str(name) for name in known}
    close = [names[name] for name in get_close_matches(str(found).lower(), names)]
    closest = f" (closest: {', '.join(close)})" if close else ""
    return f"one of {listed or ', '.join(names.values())}{closest}"
