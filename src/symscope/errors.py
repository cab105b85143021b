"""One error tree: each class carries the outcome code of a row and the exit code of a command."""

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
