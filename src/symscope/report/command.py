"""A command line that can be pasted into a shell, whatever the files are called."""

import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symscope.io.paths import TIFF, suffix_of

if TYPE_CHECKING:
    from symscope.options import Options


def shell_line(words: Iterable[str]) -> str:
    r"""Join words so that bash or zsh takes each as it is.

    Characters that cannot be seen, and bytes that are no UTF-8, are written in $'…'.

    >>> print(shell_line(["symscope", "report", "it's mine.png", "a\nb.png"]))
    symscope report 'it'"'"'s mine.png' $'a\nb.png'
    """
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(_ansi_c(c) for c in word)}'"


def _ansi_c(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    if character == "\n":
        return r"\n"
    # Octal, three digits at most: what follows can never be taken for another digit.
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def score_words(command: str, paths: Iterable[str], arguments: Iterable[str]) -> list[str]:
    """Return the words of a symscope command on these inputs; a name may begin with a dash.

    >>> score_words("report", ["-a.png"], ["--seed", "3"])
    ['symscope', 'report', '--seed', '3', '--', '-a.png']
    """
    inputs = list(paths)
    guard = ["--"] if any(path.startswith("-") and path != "-" for path in inputs) else []
    return ["symscope", command, *arguments, *guard, *inputs]


def arguments(score: Any, options: "Options") -> list[str]:
    """Return the arguments that make a score again; a TIFF may have been scored as a volume."""
    volume = suffix_of(score.path) in TIFF and score.dimension == 3
    return replace(options, dimension=3 if volume else None).arguments()
