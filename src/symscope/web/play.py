"""What the page lets hear: the part of a sound that was scored, or a picture played."""

from pathlib import Path
from typing import TYPE_CHECKING

from symscope.errors import UsageError

if TYPE_CHECKING:
    from symscope.options import Options
    from symscope.results import Result


MOST_PARTS = 4_000
"""Windows of one sound: those of 30 seconds last 33 hours, and take some ten to be scored."""


def first_window(source: str, seconds: float) -> str:
    """Add to a sound's path that only its first window is wanted; a picture's stays as it is."""
    from symscope.io.paths import is_sound

    return f"{source}#t=0,{seconds:g}" if is_sound(source) else source


def parts(source: str, seconds: float) -> list[tuple[float, float | None]]:
    """Listen to a whole sound, once, and return where its windows begin and end.

    Parameters
    ----------
    source : a path
    seconds : of a window

    Returns
    -------
    list of (start, end) in seconds
        As ``symscope score`` cuts it; nothing for what is no sound, or is one window, or cannot be
        read at all. A rest that cannot be read ends at None.

    Raises
    ------
    UsageError
        More than MOST_PARTS.
    """
    from symscope.io.paths import is_sound
    from symscope.io.sounds import Broken, listen_apart

    if not is_sound(source):
        return []
    found: list[tuple[float, float | None]] = []
    for window in listen_apart(source, seconds):
        if isinstance(window, Broken):
            found.append((found[-1][1] or 0.0 if found else 0.0, None))
        else:
            found.append((window.stretch.start, window.stretch.end))
        if len(found) > MOST_PARTS:
            raise UsageError(
                f"found a sound of more than {MOST_PARTS} windows of {seconds:g} seconds: "
                "take longer ones, or cut it"
            )
    return found if len(found) > 1 else []


def write_played(score: "Result", options: "Options", kind: str, path: Path) -> None:
    """Play a picture.

    Parameters
    ----------
    score : Result
    options : how the picture becomes a sketch
    kind : wav or mid
    path : the file

    Raises
    ------
    UsageError
    """
    from symscope.io.files import write_whole
    from symscope.music.files import midi_bytes, sound_bytes
    from symscope.music.piece import piece_of
    from symscope.music.synthesis import RATE, synthesise

    if score.picture is None:
        raise UsageError("found no picture that could be played")
    piece = piece_of(score.picture, method=options.sketch, frame=options.frame, zoom=options.zoom)
    data = (
        midi_bytes(piece.notes)
        if kind == "mid"
        else sound_bytes(synthesise(piece.notes, piece.seconds), RATE, "wav")
    )
    write_whole(path, data)


def write_heard(source: str, kind: str, path: Path) -> None:
    """Write the part of a sound that was scored, decoded again in a process of its own.

    So no bytes of a stranger's file reach the browser's decoders.

    Parameters
    ----------
    source : its path; of a window of a longer sound, with the part
    kind : wav
    path : the file

    Raises
    ------
    UsageError, InputError
    """
    import numpy as np

    from symscope.io.files import write_whole
    from symscope.io.sounds import MOST_SECONDS, Broken, listen_apart
    from symscope.music.files import sound_bytes

    if kind != "wav":
        raise UsageError("found a sound, whose notes are not known: take its WAV")
    window = next(listen_apart(source, MOST_SECONDS))
    if isinstance(window, Broken):
        raise window.error
    samples = window.stretch.samples
    loudest = max(1.0, float(np.abs(samples).max(initial=0.0)))
    write_whole(path, sound_bytes(samples / np.float32(loudest), window.stretch.rate, "wav"))
