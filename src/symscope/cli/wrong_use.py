"""What Typer says of a command that it cannot take, in the words of symscope's own errors."""

import os
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from symscope.errors import among

WORDS = (
    (r"^(Value error|Input should be),? ", ""),
    (r", (unable to parse|got a number).*$", ""),
    (r"^a valid integer$", "a whole number"),
    (r"^a valid (number|boolean)$", r"a \1"),
    (r"^greater than or equal to (.+)$", r"\1 or more"),
    (r"^less than or equal to (.+)$", r"\1 or less"),
)
"""How pydantic says what it expected, and how symscope does."""


def wrong_use(error: Any, given: Sequence[str], commands: Sequence[str]) -> str:
    """Say what was found, what was expected and what to do, on one line.

    Parameters
    ----------
    error : one of Typer's, which are known by their names: they have no public class
    given : all that was written after ``symscope``
    commands : the names of the commands
    """
    command = " ".join(["symscope", *[word for word in given[:1] if word in commands]])
    see = f": see {command} --help"
    said = error.format_message().rstrip(".")
    option = getattr(error, "option_name", None)
    kind = type(error).__name__
    if option == "--json" and command.split()[-1] in ("score", "collection"):
        return "found --json, expected --format json or --out FILE.json: rows are JSON with these"
    if kind == "NoSuchOption":
        alike = " or ".join(error.possibilities or ())
        return f"found {option}, expected {alike or f'an option of {command}'}{see}"
    if kind == "BadOptionUsage" and "requires" in said:
        return f"found {option} and nothing after it, expected its value{see}"
    if kind == "BadOptionUsage" and "does not take" in said:
        return f"found a value for {option}, expected none{see}"
    if kind == "MissingParameter":
        name = error.param.get_error_hint().strip("'")
        shown = f"{name} {error.param.metavar or 'VALUE'}" if name.startswith("-") else name
        return f"found no {name}, expected {shown} after {command}{see}"
    if kind == "BadParameter" and error.param is not None:
        return f"{_bad_value(error, given)}{see}"
    if unknown := re.match("No such command '(.+?)'(?:. Did you mean (.+)[?])?", said):
        if os.path.exists(unknown[1]):
            return f"found the file {unknown[1]}, expected a command: symscope score FILE scores it"
        alike = f"such as {unknown[2]}" if unknown[2] else f"of {', '.join(commands)}"
        return f"found {unknown[1]!r}, expected a command {alike}{see}"
    if extra := re.search(r"extra argument\(s\) \((.+)\)", said):
        return f"found {extra[1]} too, expected no more after {command}{see}"
    return f"{said}{see}"


def _bad_value(error: Any, given: Sequence[str]) -> str:
    """Say which value of an option or argument is not taken, and which are."""
    names = error.param.opts if error.param.param_type_name == "option" else ()
    name = error.param.get_error_hint().strip("'")
    if choice := re.search("'(.*)' is not one of (.+)", error.message, re.DOTALL):
        known = choice[2].rstrip(".").replace("'", "").split(", ")
        return f"{name} found {choice[1]!r}, expected {among(choice[1], known)}"
    expected = error.message.rstrip(".")
    for pattern, words in WORDS:
        expected = re.sub(pattern, words, expected)
    # What was written, as the message does not say it.
    values = [word.partition("=")[2] for word in given if word.partition("=")[0] in names]
    values += [after for word, after in pairwise(given) if word in names]
    found = next((value for value in values if value), None)
    return f"{name} found {found!r}, expected {expected}" if found else f"{name}: {expected}"
