"""What a path says: its ending, a sound's part, which files are sounds; and how a file is opened.

Light to import: no picture, sound or volume is read here.
"""

import os
import re
import stat
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import Any

from symscope.errors import MissingFile, Unreadable

NIFTI = (".nii", ".nii.gz")
MRC = (".mrc", ".map", ".rec", ".ccp4")
TIFF = (".tif", ".tiff")

VOLUMES = (".npy", *NIFTI, *MRC)
"""A TIFF is a picture unless it is asked for as a volume; a .npy is what its axes say."""

HDF5 = (".h5", ".hdf5", ".nxs")
CONTAINERS = (*HDF5, ".mat", ".zarr", ".npz")
"""Of many arrays, one of which is named as in ``file.h5::path/to/array``."""

DICOM = (".dcm", ".dicom")
"""Names of what is known by its content too: see ``is_dicom``."""

MESHES = (".stl", ".ply", ".obj")
ATOMS = (".xyz", ".pdb", ".cif")

SPREADSHEET = ".xlsx"
TABLES = (".csv", SPREADSHEET)

MICROSCOPES = {
    ".czi": re.compile(rb"ZISRAWFILE"),
    ".nd2": re.compile(rb"\xda\xce\xbe\x0a"),
    ".lif": re.compile(rb"p\0\0\0....\*....<\0L\0M\0S\0", re.DOTALL),
    ".dm3": re.compile(rb"\0\0\0\x03....\0\0\0[\0\x01]", re.DOTALL),
    ".dm4": re.compile(rb"\0\0\0\x04.{8}\0\0\0[\0\x01]", re.DOTALL),
    ".mib": re.compile(rb"MQ1,\d{6},"),
    ".ser": None,
    ".emd": None,
    ".blo": None,
    ".msa": None,
}
"""Files of microscopes, by their ending: how they begin, or None where only the name says it."""

NO_PICTURES = frozenset({*VOLUMES, *TABLES, *CONTAINERS, *DICOM, *MESHES, *ATOMS, *MICROSCOPES})
"""What ``symscope score`` reads, and no door for pictures."""

SOUND_SUFFIXES = frozenset(".wav .flac .ogg .oga .opus .mp3 .aif .aiff .aifc".split())  # noqa: SIM905
"""Names by which sounds are known where their bytes say nothing."""

PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), "TIFF"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"BM"), "BMP"),
    (re.compile(rb"\0\0..ftyp(....){0,40}?avi[fs]", re.DOTALL), "AVIF"),
    (re.compile(rb"\0\0..ftyp(....){0,40}?(hei[cxms]|hev[cxms]|mi[fa]\w|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"), "JPEG XL"),
    (re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n"), "JPEG 2000"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<(\?xml|svg|!doctype svg|!--)", re.IGNORECASE), "SVG"),
)
"""How each format of pictures begins; the content decides, never the file's name."""

SOUNDS = re.compile(
    rb"RIFF....WAVE|RF64....WAVE|fLaC|OggS|FORM....AIF[FC]|ID3"
    rb"|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfd]",
    re.DOTALL,
)
"""How sounds begin; a frame of MPEG audio with eleven bits, a version and a layer. A JPEG begins
with ff d8, text in UTF-16 with ff fe."""

OTHERS = (
    (
        re.compile(
            rb"RIFF....WAVE|fLaC|OggS|FORM....AIF[FC]|ID3|\xff[\xf2-\xf7\xfa-\xfd]", re.DOTALL
        ),
        "a sound, which `symscope score FILE` takes and a list of pictures does not",
    ),
    (re.compile(rb"8BPS"), "a Photoshop file"),
    (
        re.compile(rb"PK\x03\x04.{26}[xX]\.npy", re.DOTALL),
        "samples of the plane, which symscope generators takes",
    ),
    (re.compile(rb"PK[\x03\x05]"), "a ZIP archive"),
    (re.compile(rb"\x1f\x8b|7z\xbc\xaf\x27|Rar!|.{257}ustar", re.DOTALL), "an archive"),
    (re.compile(rb"PAR1"), "a Parquet table"),
    (re.compile(rb'\s*\{\s*"(cells|metadata|nbformat)"'), "a notebook"),
    (re.compile(rb"(\xef\xbb\xbf)?([^\r\n]*[,;\t])?file[,;\t\r\n]"), "a list of files"),
    (re.compile(rb"MThd"), "a MIDI file, which has notes and no sound"),
    (re.compile(rb"\s*<(!doctype|html)", re.IGNORECASE), "a web page"),
    (re.compile(rb"version https://git-lfs"), "a Git LFS pointer"),
)
"""What else files may be that people take for a picture, or for what their name says."""

TEXT_BYTES = 512
"""Bytes of a file by which it is known."""

CONTROL = re.compile(r"[^\t\n\f\r -~\u00a0-\U0010ffff]")
"""What no text has in it."""

TEXTS = ("text", "a list of files")
ZIP = ("a ZIP archive", "samples of the plane, which symscope generators takes")
NATURAL = {
    **dict.fromkeys((*MESHES, *ATOMS, ".msa", ".mib"), TEXTS),
    **dict.fromkeys(TIFF, ("TIFF",)),
    ".csv": (*TEXTS, "an empty file"),
    SPREADSHEET: ZIP,
    ".npz": ZIP,
    ".nii.gz": ("an archive",),
}
"""What files of some endings seem to be, and are."""

MOST_START = 24
"""Bytes in which a file says what it is."""

LATEST = 1e9
"""Seconds: a part that begins later is as good as one that never does (thirty years)."""

NAME_WIDTH = 300
"""Characters of a path that a message shows, counted from its end."""

CONTAINED = re.compile(
    rf"(.+?(?:{'|'.join(map(re.escape, CONTAINERS))})/?)::(.+)", re.DOTALL | re.IGNORECASE
)
"""A container's path, and the name of an array in it."""

DICOM_PREFIX = b"DICM"
DICOM_PREFIX_AT = 128
"""PS3.10, section 7.1: where the prefix of a file stands."""


def suffix_of(path: str) -> str:
    """Return a name's ending in small letters, ``.nii.gz`` as one; of an array, its container's.

    >>> suffix_of("Brain.NII.gz"), suffix_of("a.tif"), suffix_of("run.h5::entry/data.v2")
    ('.nii.gz', '.tif', '.h5')
    """
    name = split_array(path)[0].lower().rstrip("/")
    return ".nii.gz" if name.endswith(".nii.gz") else os.path.splitext(name)[1]


def split_array(path: str) -> tuple[str, str | None]:
    """Split ``file.h5::path/to/array`` into the file and the array's name, if it has one.

    >>> split_array("run.h5::entry/data"), split_array("a.npz"), split_array("a.png::b")
    (('run.h5', 'entry/data'), ('a.npz', None), ('a.png::b', None))
    """
    parts = CONTAINED.fullmatch(path)
    if parts is None or os.path.lexists(path):
        return path, None
    return parts[1], parts[2]


def last_name(path: str) -> str:
    """Return the last part of a path; an array keeps the name of its container.

    >>> last_name("scans/run.h5::entry/data"), last_name("scans/a.tif")
    ('run.h5::entry/data', 'a.tif')
    """
    file, array = split_array(path)
    return os.path.basename(file.rstrip("/")) + (f"::{array}" if array else "")


def is_dicom(path: str) -> bool:
    """Tell by content whether a file is DICOM, or a folder holds nothing but DICOM files.

    Hidden files and a DICOMDIR, which lists others, do not count. A folder in a folder does.
    """
    with suppress(OSError, ValueError):
        if os.path.isdir(path):
            files = dicom_files(path)
            return bool(files) and all(os.path.isfile(f) and is_dicom(f) for f in files)
        if stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "rb") as file:
                start = file.read(DICOM_PREFIX_AT + len(DICOM_PREFIX))
            return start[DICOM_PREFIX_AT:] == DICOM_PREFIX
    return False


def microscope_of(path: str) -> str | None:
    """Return which of MICROSCOPES a file is: by how it begins, else by its name; None for others.

    >>> microscope_of("no/such/Cells.CZI"), microscope_of("no/such/cells.tif")
    ('.czi', None)
    """
    start, suffix = _start(path) or b"", suffix_of(path)
    known = (kind for kind, magic in MICROSCOPES.items() if magic and magic.match(start))
    named = suffix in MICROSCOPES and not any(magic.match(start) for magic, _ in PICTURES)
    return next(known, suffix if named else None)


def _start(path: str, most: int = MOST_START) -> bytes | None:
    """Read the first bytes of a file; None for what is no file, or cannot be read."""
    with suppress(OSError, ValueError):
        if stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "rb") as file:
                return file.read(most)
    return None


def seems(data: bytes) -> str:
    """Say in words what a file that begins so seems to be; nothing where its bytes do not tell.

    >>> seems(b""), seems("naïve".encode()), seems(b"<html>"), seems(b"%PDF-1.7"), seems(bytes(9))
    ('an empty file', 'text', 'a web page', 'PDF', '')
    """
    if not data:
        return "an empty file"
    if known := next((name for magic, name in (*OTHERS, *PICTURES) if magic.match(data)), ""):
        return known
    start, marked = data[:TEXT_BYTES], data.startswith((b"\xff\xfe", b"\xfe\xff"))
    with suppress(UnicodeDecodeError):
        # A letter may be cut in two.
        text = getincrementaldecoder("utf-16" if marked else "utf-8")().decode(start)
        return "" if CONTROL.search(text) else "text"
    return ""


def mistaken(path: str) -> str:
    """Say what a file seems to be where its name says otherwise; nothing where that may be true."""
    suffix, start = suffix_of(path), _start(split_array(path)[0], TEXT_BYTES)
    found = "" if start is None else seems(start)
    if not found or found in NATURAL.get(suffix, ()):
        return ""
    return f"found {found}, expected what {suffix} stands for; save it again, or name it otherwise"


def dicom_files(folder: str) -> list[str]:
    """List what lies in a folder, but for hidden files and the DICOMDIR."""
    names = sorted(n for n in os.listdir(folder) if not n.startswith(".") and n != "DICOMDIR")
    return [os.path.join(folder, name) for name in names]


def is_sound(source: Any) -> bool:
    """Tell whether a path is that of a sound: by how it begins, else by its name.

    >>> is_sound("no/such/song.mp3"), is_sound("sample:camera"), is_sound(b"bytes")
    (True, False, False)
    """
    if not isinstance(source, str | os.PathLike):
        return False
    path = os.fsdecode(source)
    if "#t=" in path:
        path, _, _ = split_fragment(path)
    start = _start(path) or b""
    if SOUNDS.match(start):
        return True
    pictured = any(magic.match(start) for magic, _ in PICTURES)
    return suffix_of(path) in SOUND_SUFFIXES and not pictured


def named_as_sound(path: str) -> bool:
    """Tell whether a name, with or without a part's fragment, ends as those of sounds do.

    >>> named_as_sound("song.MP3#t=0,30"), named_as_sound("song.png")
    (True, False)
    """
    return suffix_of(split_fragment(path)[0]) in SOUND_SUFFIXES


def split_fragment(path: str) -> tuple[str, float, float | None]:
    """Split ``song.wav#t=30,60`` into the file, and start and end in seconds.

    >>> split_fragment("song.wav#t=30,60.5"), split_fragment("song.wav#t=5"), split_fragment("a")
    (('song.wav', 30.0, 60.5), ('song.wav', 5.0, None), ('a', 0.0, None))
    """
    parts = re.fullmatch(r"(.+)#t=(\d*\.?\d*)(?:,(\d+\.?\d*))?", path, re.DOTALL)
    if parts is None or os.path.lexists(path):
        return path, 0.0, None
    name, start, end = parts.groups()
    begins = min(float(start), LATEST) if start.strip(".") else 0.0
    return name, begins, min(float(end), LATEST) if end else None


def fragment(start: float, end: float | None) -> str:
    """Name a part of a sound as ``split_fragment`` takes it, to a microsecond: to the sample.

    >>> fragment(0.0, 185.432195), fragment(30.0, None)
    ('#t=0,185.432195', '#t=30')
    """
    return "#t=" + ",".join(
        f"{at:.6f}".rstrip("0").rstrip(".") for at in (start, end) if at is not None
    )


def printable(text: str, most: int | None = None) -> str:
    r"""Show control characters as escapes, and so many last characters at most.

    A file's name must not steer the terminal, nor fill it: messages show NAME_WIDTH of it.

    >>> print(printable("a\nb\x1b[2J"), printable("a/long/name", 4))
    a\nb\x1b[2J ...name
    """
    text = text if most is None or len(text) <= most else f"...{text[-most:]}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


@contextmanager
def opened(path: str, kind: str) -> Iterator[BufferedReader]:
    """Open a file of some kind, "picture" or "sound", for its bytes.

    Raises
    ------
    MissingFile, Unreadable
        Also for what the system says while it is read.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise MissingFile(f"found a folder, expected one {kind}; name one of its files")
        if not stat.S_ISREG(mode):
            raise Unreadable(f"found a device or pipe, expected a file; save the {kind} first")
        with open(path, "rb") as file:
            yield file
    except PermissionError:
        raise Unreadable("found a file that may not be read; change its permissions") from None
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise MissingFile(f"found no such file, expected a {kind}; check the path") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(f"the system cannot read it ({reason}); check the path") from error
