"""A picture played: its sketch says where notes sound, its brightness how loud."""

import math
from dataclasses import dataclass

import numpy as np

from symscope.errors import InputError, UsageError
from symscope.io.images import Picture
from symscope.music.notes import Note, notes_of, scale_pitches
from symscope.preprocess.sketch import sketch

LEAST_STEPS = 64
"""Columns of the sketch that is played, at least: as many as the networks see."""

LEAST_NOTES, MOST_NOTES = 8, 88
"""Rows that are played: below, a picture's shapes are lost; above, a piano has no keys."""

LEAST_SECONDS, MOST_SECONDS = 1.0, 600.0


@dataclass(frozen=True)
class Piece:
    """Notes, and the length of the piece in seconds."""

    notes: tuple[Note, ...]
    seconds: float


def piece_of(
    picture: Picture,
    *,
    scale: str = "pentatonic",
    root: int = 36,
    notes: int = 24,
    seconds: float = 20.0,
    method: str = "otsu",
    frame: str = "crop",
    zoom: float = 1.0,
) -> Piece:
    """Read a picture as a score: columns are time, rows are the notes of a scale.

    Parameters
    ----------
    picture : Picture
    scale, root, notes : the rows are the first ``notes`` notes of one of ``notes.SCALES`` from
        ``root`` (a MIDI number) upwards
    seconds : length of the piece
    method, frame, zoom : how the picture becomes a sketch (``preprocess.sketch``)

    Raises
    ------
    UsageError
        An option outside its range.
    Constant
        If the sketch has one colour: nothing would sound, or everything.
    """
    if not LEAST_NOTES <= notes <= MOST_NOTES:
        raise UsageError(f"found {notes} notes, expected {LEAST_NOTES} to {MOST_NOTES}")
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise UsageError(
            f"found {seconds:g} seconds, expected {LEAST_SECONDS:g} to {MOST_SECONDS:g}"
        )
    pitches = scale_pitches(scale, root, notes)
    each = math.ceil(LEAST_STEPS / notes)
    drawn = sketch(picture.grey, side=notes * each, method=method, frame=frame, zoom=zoom)
    rows = (notes, each, notes * each)
    levels = drawn.levels.reshape(rows).mean(axis=1) > 0.5
    grey = drawn.grey.reshape(rows).mean(axis=1)
    try:
        return Piece(tuple(notes_of(levels, np.asarray(grey), pitches, seconds)), seconds)
    except InputError as error:
        raise type(error)(f"{picture.name}: {error}") from error
