"""Which of the pictures in a file is meant: ``t=3``, ``page=2``, ``c=1,z=3``, counting from 1.

A reader counts what its file holds along each axis and asks ``choose``: all formats take the same
words, and refuse with the same ones.
"""

import re
from collections.abc import Mapping

from symscope.errors import Unreadable, UsageError

NAMES = {"t": "frame", "c": "channel", "page": "page", "s": "series"}
"""What people call a step along an axis; others are called by their letter."""

MOST_LENGTH = 100
"""Characters of a selection."""


def parse_selection(text: str) -> dict[str, int]:
    """Read a selection → the place along each axis that it names, counting from 1.

    Raises
    ------
    UsageError
        For what is no list of ``axis=number``, or names an axis twice.

    >>> parse_selection("c=1, Z=3")
    {'c': 1, 'z': 3}
    """
    parts = [part.strip().lower() for part in text[: MOST_LENGTH + 1].split(",")]
    pairs = [re.fullmatch(r"([a-z]+)\s*=\s*([1-9][0-9]{0,8})", part) for part in parts]
    chosen = {pair[1]: int(pair[2]) for pair in pairs if pair}
    if len(chosen) < len(parts) or len(text) > MOST_LENGTH:
        raise UsageError(
            f"found --select {text[:MOST_LENGTH]!r}, expected an axis and a number from 1 on, such "
            "as t=3, page=2 or c=1,z=3"
        )
    return chosen


def written(chosen: Mapping[str, int]) -> str:
    """Write a selection as ``parse_selection`` reads it.

    >>> written({"c": 1, "z": 3})
    'c=1,z=3'
    """
    return ",".join(f"{axis}={number}" for axis, number in chosen.items())


def choose(
    select: str | None, counts: Mapping[str, int], kept: frozenset[str] = frozenset()
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Choose one place along each axis, the first where none is named.

    Parameters
    ----------
    select : such as ``t=3``
    counts : how many there are along each axis
    kept : axes that stay whole where they are not named: channels that are the picture's colours

    Returns
    -------
    places : along each axis, counting from 0
    notes : what a person is told: nothing, where there was nothing to choose from

    Raises
    ------
    Unreadable
        For an axis or a number that the file has not: its message lists what there is.

    >>> choose("t=2", {"t": 6})
    ({'t': 1}, ('frame 2 of 6, as chosen',))
    >>> choose(None, {"t": 6})
    ({'t': 0}, ('frame 1 of 6; --select t=N takes another',))
    """
    wanted = parse_selection(select) if select else {}
    if any(not 1 <= number <= counts.get(axis, 0) for axis, number in wanted.items()):
        there = ", ".join(f"{axis}=1 to {count}" for axis, count in counts.items())
        raise Unreadable(
            f"found --select {written(wanted)}, expected {there or 'none'}: "
            + ("choose among these" if there else "there is nothing to choose from")
        )
    places = {
        axis: wanted.get(axis, 1) - 1 for axis in counts if axis in wanted or axis not in kept
    }
    several = {axis: place for axis, place in places.items() if counts[axis] > 1}
    if not several:
        return places, ()
    told = ", ".join(
        f"{NAMES.get(axis, axis)} {place + 1} of {counts[axis]}" for axis, place in several.items()
    )
    if wanted:
        return places, (f"{told}, as chosen",)
    return places, (f"{told}; --select {'=N,'.join(several)}=N takes another",)
