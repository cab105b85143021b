"""How the two processes read what was given: guarded, in messages that name no path of ours."""

from typing import TYPE_CHECKING

from symscope.io.paths import NO_PICTURES, is_dicom, microscope_of, suffix_of

if TYPE_CHECKING:
    from symscope.io.inputs import Input


def read_spatial(
    source: str,
    dimension: int | None,
    *,
    frame: str,
    zoom: float,
    seed: int = 0,
    select: str | None = None,
) -> "Input | None":
    """Read a signal, volume or samples in another process; None for what is none of them."""
    named = suffix_of(source) in NO_PICTURES
    known = named or is_dicom(source) or microscope_of(source) is not None
    if dimension is None and not known:
        return None
    from symscope.io.inputs import read_apart

    read = read_apart(source, dimension, frame=frame, zoom=zoom, seed=seed, select=select)
    return None if read is None or read.picture is not None else read


def without_path(message: str, source: str, name: str = "it") -> str:
    """Take a file's path off a message about it; where it is named again, give it its name.

    >>> without_path("pictures/a/picture: found 3 bytes", "pictures/a/picture")
    'found 3 bytes'
    >>> without_path("pictures/a/picture.npz is no archive: pack it", "pictures/a/picture.npz")
    'it is no archive: pack it'
    """
    rest = message.removeprefix(source)
    if rest.startswith(": "):
        return rest[2:].replace(source, name)
    return message.replace(source, name) if source in message else message.partition(": ")[2]
