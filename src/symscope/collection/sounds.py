"""Sounds of a collection: one row for each, whatever the number of its windows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from symscope.drawing.rows import plain
from symscope.errors import Outcome
from symscope.io.images import Picture
from symscope.io.paths import NAME_WIDTH, printable
from symscope.io.sounds import Broken, SoundWindow, listen_apart
from symscope.options import Options, SoundView
from symscope.preprocess.time_pitch import time_pitch
from symscope.results import Failure

MOST_WINDOWS = 40
"""Windows of a sound that has a row: twenty minutes at the usual 30 seconds; minutes of work."""

Row = dict[str, Any]


def sound_row(path: str, options: Options, score: Callable[..., Iterator[Any]]) -> Row:
    """Score all windows of a sound → one row.

    The row is that of one window: of the musical structure that most windows have, the window
    where it holds best. ``music`` says in how many of how many windows it was found, and
    ``provenance.part`` which window it is: ``PATH#PART`` gives the same row again.

    Parameters
    ----------
    path : the file
    options : Options
    score : ``score_many``

    Returns
    -------
    dict
        As ``Score.to_row`` gives it, of plain values. Where no window can be scored, it says why
        most of them cannot; a sound of more than MOST_WINDOWS is too large.
    """
    windows = islice(listen_apart(path, options.window), MOST_WINDOWS + 1)
    if sum(isinstance(window, SoundWindow) for window in windows) > MOST_WINDOWS:
        minutes = MOST_WINDOWS * options.window / 60
        message = (
            f"{printable(path, NAME_WIDTH)}: found more than {minutes:g} minutes of sound, "
            f"expected at most {MOST_WINDOWS} windows of {options.window:g} seconds for one row; "
            "take a longer --window, or `symscope score`, which gives a row for each window"
        )
        return plain(Failure(path, Outcome.TOO_LARGE, message).to_row())
    found = score([path], options, listen=listen_apart)
    return joined_windows(path, [plain(one.to_row()) for one in found])


def joined_windows(path: str, rows: Sequence[Row]) -> Row:
    """Choose the row that stands for all windows, and say of how many it does."""
    scored = [row for row in rows if row["outcome"] == Outcome.OK]
    if scored:
        # The commonest structure; windows without any count where there is none.
        named = [row for row in scored if (row.get("music") or {}).get("symbol")] or scored
        names = Counter((row.get("music") or {}).get("name") for row in named)
        commonest = names.most_common(1)[0][0]
        alike = [row for row in named if (row.get("music") or {}).get("name") == commonest]
        row = max(alike, key=lambda row: (row.get("music") or {}).get("strength") or 0.0)
    else:
        commonest = Counter(row["outcome"] for row in rows).most_common(1)[0][0]
        alike = [row for row in rows if row["outcome"] == commonest]
        row = alike[0]
    music = row.get("music")
    counts = {"windows": len(rows), "alike": len(alike), "not_scored": len(rows) - len(scored)}
    part = row["path"].removeprefix(path).removeprefix("#")
    message = row["message"]
    if message:
        before = f"{printable(row['path'], NAME_WIDTH)}: "
        if message.startswith(before):
            message = f"{printable(path, NAME_WIDTH)}: {message.removeprefix(before)}"
    return row | {
        "path": path,
        "message": message,
        **({"music": music | counts} if music else {}),
        "provenance": row["provenance"] | ({"part": part} if part else {}),
    }


def sound_picture(path: str, view: str, seconds: float) -> Picture:
    """Draw the first window of a sound, or of the part that its path names.

    Raises
    ------
    InputError
    """
    windows = listen_apart(path, seconds)
    try:
        window = next(windows)
        if isinstance(window, Broken):
            raise window.error
        return time_pitch(window, SoundView(view))[0]
    finally:
        close = getattr(windows, "close", None)
        if close:
            close()
