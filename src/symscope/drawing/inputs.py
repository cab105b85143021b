"""What an input is called, and what it is turned into: a picture is sketched, a volume cut in two.

Draws nothing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from symscope.io.sounds import named_as_sound

if TYPE_CHECKING:
    from symscope.results import Score


@dataclass(frozen=True)
class Input:
    """The words for one kind of input.

    Attributes
    ----------
    name, plural : of the input
    seen : what the networks see of it
    value : what they are to say at a point
    place : what an independent search compares
    """

    name: str
    plural: str
    seen: str = "two levels"
    value: str = "level"
    place: str = "values"


PICTURE = Input("picture", "pictures", "sketch", "colour", "pixels")
SOUND = Input("sound", "sounds", "sketch", "colour", "pixels")
SIGNAL = Input("signal", "signals")
VOLUME = Input("volume", "volumes")
FUNCTION = Input("function or set of samples", "functions")

OF_DIMENSION = {1: SIGNAL, 2: PICTURE, 3: VOLUME}


def input_of(score: "Score") -> Input:
    """Tell what was scored."""
    if score.music is not None or "view" in score.provenance or named_as_sound(score.path):
        return SOUND
    return OF_DIMENSION.get(score.dimension, FUNCTION)


def plural_of(inputs: set[str]) -> str:
    """Name several inputs by their plural, if they have one in common; none are pictures.

    >>> plural_of({"volumes"}), plural_of({"volumes", "pictures"})
    ('volumes', 'inputs')
    """
    return next(iter(inputs or {PICTURE.plural})) if len(inputs) < 2 else "inputs"
