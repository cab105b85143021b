"""Files that are either complete or not there."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from symscope.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FIGURE_DPI = 150

LARGEST_SIDE = 12_000
"""Pixels; a sheet of thousands of pictures is drawn smaller, to fit half a gigabyte of memory."""

FIGURE_FORMATS = ("png", "pdf", "svg", "jpg")

_SETTINGS: dict[Any, Any] = {
    # Letters, not their outlines: text can be searched, and edited for a paper.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    # Ids of an SVG's parts come from what they hold and this word, not from chance.
    "svg.hashsalt": "symscope",
}

_UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}


def check_file(path: Path, option: str) -> None:
    """Make a file's folder, and refuse before anything is computed what could not be written.

    Parameters
    ----------
    path : Path
        The file that ``write_whole`` will be asked to write.
    option : str
        The option that named it, for the message.

    Raises
    ------
    UsageError
        If the path is a folder, or its folder cannot be made or is closed to this user.
    """
    if path.is_dir():
        raise UsageError(f"{option} found the folder {path}, expected a file: add a file name")
    make_folder(path.resolve().parent, option)


def make_folder(path: Path, option: str) -> None:
    """Create a folder for results, with its parents, before anything is computed.

    Raises
    ------
    UsageError
        If a file stands in its place, or the folder cannot be made or written into.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{option} cannot make the folder {path} ({error.strerror}): choose another one"
        ) from error
    if not os.access(path, os.W_OK):
        raise UsageError(f"{option} may not write into {path}: choose another folder")


@contextmanager
def whole_file(
    path: Path, *, sync: bool = False, remedy: str = "free some space or choose another place"
) -> Iterator[BinaryIO]:
    """Open a file to be written that is complete, or as it was before, when the block ends.

    Parameters
    ----------
    sync : whether it is on the disk by then, so that a power failure cannot undo it
    remedy : what the error says is to be done

    Raises
    ------
    UsageError
        If the system refuses to write (no space, no permission).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "a.txt") as file:
    ...         _ = file.write(b"whole")
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['a.txt']
    """
    # A link keeps pointing where it did; a device such as /dev/null must not be replaced.
    target = path.resolve()
    try:
        if target.exists() and not target.is_file():
            with open(target, "wb") as file:
                yield file
            return
        temporary = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
        try:
            with open(temporary, "wb") as file:
                yield file
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(target)
            if sync and os.name == "posix":  # The name too is to be on the disk.
                folder = os.open(target.parent, os.O_RDONLY)
                os.fsync(folder)
                os.close(folder)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"could not write {path} ({error.strerror}): {remedy}") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write bytes so that nobody ever sees half a file; UsageError as of ``whole_file``."""
    with whole_file(path) as file:
        file.write(data)


def picture_format(path: Path, option: str) -> str:
    """Tell by its name what kind of file a figure shall be.

    Raises
    ------
    UsageError
        If the name does not end in one of ``FIGURE_FORMATS``.

    Examples
    --------
    >>> picture_format(Path("sheet.PDF"), "--contact-sheet")
    'pdf'
    """
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in FIGURE_FORMATS:
        endings = ", ".join(f".{known}" for known in FIGURE_FORMATS)
        raise UsageError(f"{option} found {path.name}, expected a name that ends in {endings}")
    return suffix


def write_arrays(path: Path, arrays: Mapping[str, "NDArray[Any]"]) -> None:
    """Write named arrays as one .npz file."""
    import numpy as np

    data = io.BytesIO()
    np.savez(data, allow_pickle=False, **dict(arrays))
    write_whole(path, data.getvalue())


def figure_bytes(figure: "Figure", kind: str) -> bytes:
    """Draw a figure; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
    kind : one of FIGURE_FORMATS

    Returns
    -------
    bytes
    """
    import matplotlib

    drawn = io.BytesIO()
    dpi = min(FIGURE_DPI, LARGEST_SIDE / max(figure.get_size_inches()))
    with matplotlib.rc_context(_SETTINGS):
        figure.savefig(drawn, format=str(kind), dpi=dpi, metadata=_UNDATED.get(str(kind)))
    return drawn.getvalue()


def write_figure(path: Path, figure: "Figure") -> None:
    """Draw a figure into a file of the kind that its name says, whole or not at all."""
    write_whole(path, figure_bytes(figure, picture_format(path, "a figure's file")))
