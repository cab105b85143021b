"""Write down what symscope answers, and compare it with what another version answers.

    python benchmarks/freeze.py write FILE [--only PART …]
    python benchmarks/freeze.py compare FILE [--tolerance 0] [--only PART …]

Made to hold a restructuring honest: names may change, numbers may not. Every part makes its inputs
from fixed seeds in a temporary folder, scores them, and keeps all that comes out: rows with every
float as it is, arrays by shape, type, SHA-256, means and some of their values, of a command its
exit code and texts. Versions and the folder are taken out, times are never kept. `write` with
--only leaves the other parts of FILE as they are.

Names that changed are told in four tables here, and nowhere else: RENAMED (what old columns and
keys are called now), REWORDED (pieces of text), CALLED (what is called or passed today where 0.1.0
took the name in this script), DROPPED (what is gone on purpose). TOLERATED lists places that may
differ by 1e-6, with the reason.

`compare` prints the differences, at most MOST_LINES, and exits 1 when there is one; then what was
equal only within the tolerance. Expect no difference on the machine that wrote FILE, two runs of
one version being equal to the last bit; three minutes on two cores, five when nothing is compiled
yet.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import hashlib
import io
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import wave
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

RENAMED: dict[str, str] = {
    "profile": "probabilities",
    "spread": "probabilities_sd",
    "generators.spread": "generators.spread",
    **{
        f"{case}.spread": f"{case}.spread"
        for case in ("data", "untrained", "no symmetry", "permuted labels")
    },
    "symmetry_spread": "symmetry_sd",
    "hidden_spread": "hidden_sd",
    "reader": "classifier",
    "reader_sha256": "classifier_sha256",
    "fit.learned": "fit.training_accuracy",
    "fit.held_out": "fit.validation_accuracy",
    "fit.majority": "fit.chance_accuracy",
    "fit.resolved": "fit.retained_variance",
    "fit.explained": "fit.explained_variance",
    "fit.overfit": "fit.generalisation_gap",
    "views.learned": "views.answers",
    "views.profiles": "views.probabilities",
    "sketch.resolved": "sketch.retained_variance",
    "sampled.resolved": "grid.retained_variance",
    "sampled": "grid",
    "elements.found": "elements.items",
    "strongest.period": "strongest.translation",
    "strongest.shift": "strongest.stripes",
    "strongest.axis": "strongest.round",
    "strongest.centre": "strongest.spherical",
}
"""Old key or column → new one: a name, which is changed wherever it stands, or a dotted path
(``fit.learned``), which is changed wherever its names follow each other. The new one may be a path
too. Longer ones go first."""

ELEMENT_KINDS = {
    "period": "translation",
    "shift": "stripes",
    "axis": "round",
    "centre": "spherical",
}
"""Old kind of an element of a signal or volume → new one."""

REWORDED: dict[str, str] = {
    "hidden_spread": "hidden_sd",
    **{f'"kind": "{old}"': f'"kind": "{new}"' for old, new in ELEMENT_KINDS.items()},
    "the profile says nothing": "the probabilities say nothing",
    "the profile shows": "the probabilities show",
    "profile": "probabilities",
    "reader": "classifier",
    "--with-baselines": "--baselines",
}
"""Old piece of a text → new one, in everything that is a text: words, messages, usage."""

CALLED: dict[str, str] = {
    "reader=": "classifier=",
    "--reader": "--classifier",
    "with_baselines=": "baselines=",
    "--with-baselines": "--baselines",
}
"""What this script says in terms of 0.1.0 → what is said today. Keywords of functions end in ``=``
(``"networks="``), attributes start with a dot (``".to_row"``), functions of the package end in
``()`` (``"score_many()"``); flags, commands and the words that options take stand as they are
(``"--no-elements"``, ``"generators"``, ``"otsu"``)."""

DROPPED: dict[str, str] = {
    "strongest.upright mirror": "left and right are compared roughly: strongest.bilateral",
    "strongest.bilateral": "the same",
    "collection/*/rows.*.provenance.arguments": "they name what is no default today (USUAL)",
    "collection/*/rows.*.strongest": "an empty column: what no row has is no column now",
    "collection/*/rows.*.flow": "the same",
    "volumes/*/arrays.places.*": "the maps of elements, which now stand one by one",
    "volumes/*/arrays.elements.items.*": "the same maps",
    "functions/*/arrays.places.*": "the same maps",
    "functions/*/arrays.elements.items.*": "the same maps",
    "signals/*/arrays.places.*": "the same maps",
    "signals/*/arrays.elements.items.*": "the same maps",
}
"""Old or new key or dotted path, or ``part/item/path`` with wildcards → why it is not compared."""

TOLERATED: dict[str, str] = {}
"""``part/item/path`` with wildcards → why numbers there may differ by TOLERANCE."""

TOLERANCE = 1e-6

MOST_LINES = 50

PACKAGES = ("symscope", "jax", "jaxlib", "equinox", "numpy")
"""Packages whose versions are taken out of what is kept."""

PROGRAM = "symscope"

ARRAY = "sha256 of the array"
"""The key by which a kept array is known."""

SAMPLES = 24
"""Values kept of each array, evenly over it."""

Items = dict[str, Any]


# What is called, in today's words.


def now(name: str) -> str:
    """Return what a name of 0.1.0 is called today."""
    return CALLED.get(name, name)


USUAL: dict[str, str] = {"evidence": "cnn", "frame": "crop"}
"""What a score of 0.1.0 did without being told, where that has another default today."""


def usual() -> dict[str, str]:
    """Return those of USUAL that the package knows."""
    known = {field.name for field in dataclasses.fields(api("Options"))}
    return {name: word for name, word in USUAL.items() if name in known}


def keywords(options: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments, of which names and words may have changed."""
    return {
        now(f"{name}=").removesuffix("="): now(value) if isinstance(value, str) else value
        for name, value in options.items()
    }


def api(name: str) -> Any:
    """Return a public function or class of the package."""
    import symscope

    found: Any = symscope
    for part in now(f"{name}()").removesuffix("()").split("."):
        found = getattr(found, part)
    return found


def row_of(found: Any) -> dict[str, Any]:
    """Return the row of a score, an algebra or the like."""
    return getattr(found, now(".to_row")[1:])()


SCORING = ("score", "collection", "report")
"""Commands that score."""


def command_line(words: list[str]) -> list[str]:
    """Return a command's words, of which any may have changed."""
    more = [word for name, value in usual().items() for word in (f"--{name}", value)]
    return [now(word) for word in (*words, *(more if words[0] in SCORING else ()))]


def command(words: list[str]) -> tuple[int, str, str]:
    """Run a command in this process → exit code, standard output, standard error."""
    (script,) = entry_points(group="console_scripts", name=PROGRAM)
    main = script.load()
    usual, out, err = sys.stdout, io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    sys.stdout = out
    try:
        with redirect_stderr(err):
            code = main(command_line(words))
        out.flush()
        text = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
    finally:
        sys.stdout = usual
    return int(code or 0), text, err.getvalue()


# What is kept.


def kept_array(array: np.ndarray) -> dict[str, Any]:
    """Keep an array: enough to know it again to the last bit, or to a tolerance."""
    array = np.ascontiguousarray(array)
    kept: dict[str, Any] = {
        ARRAY: hashlib.sha256(array.tobytes()).hexdigest(),
        "type": str(array.dtype),
        "shape": list(array.shape),
    }
    if array.dtype.kind in "fiub" and array.size:
        flat = array.ravel().astype(np.float64)
        places = np.unique(np.linspace(0, flat.size - 1, SAMPLES).round().astype(int))
        numbers = [flat.mean(), (flat**2).mean(), flat.min(), flat.max(), *flat[places]]
        kept["numbers"] = [float(number) for number in numbers]
    return kept


def arrays_of(found: Any) -> dict[str, Any]:
    """Keep all arrays that a score holds, under the dotted names of the fields they are in."""
    kept: dict[str, Any] = {}

    def look(value: Any, place: str) -> None:
        if isinstance(value, np.ndarray):
            kept[place] = kept_array(value)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                if not field.name.startswith("_"):
                    look(getattr(value, field.name), f"{place}.{field.name}".lstrip("."))
        elif isinstance(value, (list, tuple)):
            for number, part in enumerate(value):
                look(part, f"{place}.{number}")

    look(found, "")
    return kept


def plain(value: Any) -> Any:
    """Return what JSON keeps: floats to the last bit, the folder and versions taken out."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return kept_array(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, str):
        return without_place(value)
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def without_place(text: str) -> str:
    """Take the temporary folder and versions of packages out of a text."""
    for folder in {os.path.realpath("."), os.getcwd()}:
        text = text.replace(folder, "FOLDER")
    text = text.replace(sys.prefix, "PREFIX")
    for package in PACKAGES:
        try:
            found = version(package)
        except PackageNotFoundError:
            continue
        if text == found:
            return "VERSION"
        text = re.sub(rf"(?i)\b({package}) {re.escape(found)}\b", r"\1 VERSION", text)
    return text


def attempt(call: Callable[[], Any]) -> Any:
    """Return what a call returns, or what it raises, as something that is kept too."""
    try:
        return call()
    except Exception as error:
        if os.environ.get("FREEZE_DEBUG"):
            traceback.print_exc()
        return {"raised": type(error).__name__, "message": str(error)}


def scored(source: Any, arrays: bool = False, **options: Any) -> Any:
    """Score one input → its row, with the arrays behind it if wanted."""

    def call() -> dict[str, Any]:
        found = api("score")(source, **keywords(usual() | options))
        return {"row": row_of(found)} | ({"arrays": arrays_of(found)} if arrays else {})

    return attempt(call)


# Inputs, each from a fixed seed.


def _plane(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    scale = 2 / max(rows, columns)
    y, x = np.mgrid[:rows, :columns]
    return (x - (columns - 1) / 2) * scale, (y - (rows - 1) / 2) * scale


def _bytes(grey: np.ndarray) -> np.ndarray:
    low, high = grey.min(), grey.max()
    return np.rint(255 * (grey - low) / (high - low)).astype(np.uint8)


def greys(kind: str, rows: int = 160, columns: int = 160, seed: int = 0) -> np.ndarray:
    """Draw a picture (rows, columns) of 8 bits of one kind, with some noise."""
    random = np.random.default_rng([seed, *map(ord, kind)])
    x, y = _plane(rows, columns)
    drawn = {
        "rings": lambda: np.cos(11 * np.hypot(x - 0.1, y + 0.05)),
        "lattice": lambda: np.cos(13 * x) + np.cos(13 * y),
        "stripes": lambda: np.cos(9 * x + 6 * y),
        "face": lambda: np.exp(-8 * ((abs(x) - 0.4) ** 2 + (y + 0.3) ** 2)) - x**2 - y**2 / 2,
        "star": lambda: np.cos(5 * np.arctan2(y, x)) * np.exp(-2 * (x**2 + y**2)),
        "wheel": lambda: np.cos(3 * np.arctan2(y, x) + 5 * np.hypot(x, y)),
        "hills": lambda: sum(
            sign * np.exp(-9 * ((x - a) ** 2 + (y - b) ** 2))
            for a, b, sign in random.uniform(-1, 1, (9, 3))
        ),
    }[kind]()
    return _bytes(np.asarray(drawn) + 0.08 * random.standard_normal((rows, columns)))


def colours(kind: str, rows: int = 128, columns: int = 128) -> np.ndarray:
    """Draw a picture (rows, columns, 3) in colour."""
    parts = [greys(kind, rows, columns, seed) for seed in range(2)]
    return np.stack([parts[0], 255 - parts[1], parts[0] // 2 + 40], axis=-1)


def write_png(name: str, pixels: np.ndarray) -> str:
    """Write a picture and return its name."""
    Image.fromarray(pixels).save(name)
    return name


def png_bytes(pixels: np.ndarray) -> bytes:
    """Return a picture as a PNG file's bytes."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "png")
    return out.getvalue()


def write_wav(name: str, kind: str, seconds: float, rate: int = 11025, channels: int = 1) -> str:
    """Write a sound of 16 bits of one kind, and return its name."""
    random = np.random.default_rng([len(kind), round(seconds)])
    t = np.arange(round(seconds * rate)) / rate
    tone = {
        "drone": lambda: np.sin(2 * np.pi * 110 * t) + 0.5 * np.sin(2 * np.pi * 165 * t),
        "beat": lambda: np.sin(2 * np.pi * 220 * t) * (t % 0.75 < 0.2),
        "loop": lambda: np.sin(2 * np.pi * 220 * 2 ** (np.floor(t / 0.25) % 8 / 6) * t),
        "palindrome": lambda: np.sin(500 * np.cos(np.pi * (2 * t / seconds - 1))),
        "rise": lambda: np.sin(2 * np.pi * 60 * seconds * np.exp2(3 * t / seconds)),
        "harmonics": lambda: sum(np.sin(2 * np.pi * 131 * k * t) / k for k in range(1, 9)),
        "noise": lambda: random.standard_normal(len(t)) / 2,
    }[kind]()
    sound = np.asarray(tone) + 0.01 * random.standard_normal(len(t))
    samples = np.rint(20000 * sound / abs(sound).max()).astype("<i2")
    samples = np.stack([samples // (k + 1) for k in range(channels)], axis=1)
    with wave.open(name, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return name


def volume(kind: str, shape: tuple[int, ...] = (20, 20, 20)) -> np.ndarray:
    """Draw a volume of one kind, with some noise."""
    random = np.random.default_rng([3, *map(ord, kind)])
    axes = [np.linspace(-1, 1, side) for side in shape]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    drawn = {
        "ball": lambda: np.cos(5 * np.sqrt(x**2 + y**2 + z**2)),
        "column": lambda: np.cos(6 * np.hypot(x, y)) + z,
        "crystal": lambda: np.cos(10 * x) + np.cos(10 * y) + np.cos(10 * z),
        "mirror": lambda: np.cos(3 * abs(x) + 2 * y) + y * z - z**2,
        "layers": lambda: np.cos(8 * z),
        "hills": lambda: sum(
            np.exp(-6 * ((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2))
            for a, b, c in random.uniform(-1, 1, (7, 3))
        ),
    }[kind]()
    return (np.asarray(drawn) + 0.05 * random.standard_normal(shape)).astype(np.float32)


def write_nifti(name: str, values: np.ndarray) -> str:
    """Write a NIfTI-1 file of float32 with voxels of 2 × 2 × 3 mm."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *values.shape, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 16, 32)
    struct.pack_into("<8f", header, 76, 1, 2, 2, 3, 1, 1, 1, 1)
    struct.pack_into("<ff", header, 108, 352, 1)
    header[123], header[344:348] = 2, b"n+1\0"
    Path(name).write_bytes(header + values.astype("<f4").tobytes(order="F"))
    return name


def write_mrc(name: str, values: np.ndarray) -> str:
    """Write an MRC2014 file of float32 with voxels of 1.5 Å."""
    header, sizes = bytearray(1024), values.shape[::-1]
    struct.pack_into("<4i", header, 0, *sizes, 2)
    struct.pack_into("<3i", header, 28, *sizes)
    struct.pack_into("<6f", header, 40, *(1.5 * size for size in sizes), 90, 90, 90)
    struct.pack_into("<3i", header, 64, 1, 2, 3)
    struct.pack_into("<3f", header, 76, values.min(), values.max(), values.mean())
    struct.pack_into("<i", header, 88, 1)
    header[208:216] = b"MAP DA\0\0"
    struct.pack_into("<i", header, 108, 20140)
    Path(name).write_bytes(header + values.astype("<f4").tobytes())
    return name


def signal(kind: str, count: int = 600) -> np.ndarray:
    """Draw a signal of one kind, with some noise."""
    random = np.random.default_rng([1, *map(ord, kind)])
    t = np.linspace(-1, 1, count)
    drawn = {
        "period": lambda: np.sin(31 * t) + 0.5 * np.sin(62 * t + 1),
        "palindrome": lambda: np.cos(9 * t**2 + 2) + t**4,
        "chirp": lambda: np.sin(20 * (t + 1.2) ** 2),
        "walk": lambda: np.cumsum(random.standard_normal(count)) / 10,
        "noise": lambda: random.standard_normal(count),
        "square": lambda: np.sign(np.sin(25 * t)),
    }[kind]()
    return np.asarray(drawn) + 0.03 * random.standard_normal(count)


# The parts.


def pictures() -> Items:
    """Score pictures: every sketch, frame, task, reader and setting, every kind of source."""
    rings = write_png("rings.png", greys("rings"))
    wide = write_png("wide.png", greys("face", 120, 180))
    hills = write_png("hills.png", colours("hills"))
    star = write_png("star.png", greys("star"))
    stripes = write_png("stripes.png", greys("stripes", 144, 144))
    clear = np.dstack([colours("star"), greys("rings", 128, 128)])
    bands = np.digitize(greys("wheel", 64, 64), (128,))
    four = {"networks": 4}
    plainly = four | {"elements": False}
    found: Items = {
        "otsu": scored(rings, True, **four),
        "adaptive, pad": scored(wide, True, sketch="adaptive", frame="pad", **four),
        "edges": scored(hills, sketch="edges", **four),
        "quantile, pad": scored(wide, sketch="quantile", frame="pad", **plainly),
        "paper reader": scored("sample:retina", reader="paper", **four),
        "paper settings": scored(star, settings="paper", networks=2, elements=False),
        "as many as it needs": scored("sample:koch"),
        "as many as it needs, hills": scored(hills, elements=False, seed=3),
        "zoom": scored("sample:brick", zoom=2.5, **four),
        "baselines": scored("sample:lattice-square", True, with_baselines=True, **four),
        "drawing": scored("sample:drawn-house", seed=7, **four),
        "no elements": scored("sample:coins", **plainly),
        "array": scored(greys("wheel", 100, 90).astype(np.float64) / 255, **four),
        "array in colour": scored(colours("lattice"), **plainly),
        "array with alpha": scored(clear, **plainly),
        "bytes": scored(png_bytes(greys("lattice")), **plainly),
        "Field": scored(api("Field.from_levels")(bands), True, **four),
        "small limit": scored(rings, max_megapixels=0.01),
        "many": attempt(
            lambda: [
                row_of(score)
                for score in api("score_many")(
                    [rings, "nothing.png", wide, greys("stripes")], **keywords(usual() | plainly)
                )
            ]
        ),
    }
    tasks = ("greys:5", "intensity", "rgb", "inpainting", "denoising", "bands", "bands:11", "vae")
    for task in (*tasks, "vae:templates", "gan", "gan:shuffled", "random", "frozen"):
        source = {"rgb": hills, "intensity": stripes, "bands": rings}.get(task, star)
        arrays = task in ("rgb", "vae", "greys:5")
        found[f"task {task}"] = scored(source, arrays, task=task, **plainly)
    found["task rgb of a grey picture"] = scored(rings, task="rgb", **plainly)
    return found


def sounds() -> Items:
    """Score sounds: both views, several windows, one window of a long one."""

    def rows(source: str, **options: Any) -> Any:
        options = {"networks": 4, "elements": True} | options
        return attempt(
            lambda: [
                row_of(one) for one in api("score_many")([source], **keywords(usual() | options))
            ]
        )

    return {
        "drone": rows(write_wav("drone.wav", "drone", 6)),
        "beat": rows(write_wav("beat.wav", "beat", 8)),
        "loop": rows(write_wav("loop.wav", "loop", 8, 16000)),
        "loop, similarity": rows("loop.wav", view="similarity"),
        "palindrome": rows(write_wav("palindrome.wav", "palindrome", 7)),
        "palindrome, similarity": rows("palindrome.wav", view="similarity", elements=False),
        "rise, stereo, windows of 4": rows(
            write_wav("rise.wav", "rise", 10, 22050, 2), window=4.0, elements=False
        ),
        "harmonics, windows of 6": rows(write_wav("harmonics.wav", "harmonics", 12), window=6.0),
        "noise, paper reader": rows(
            write_wav("noise.wav", "noise", 6), reader="paper", elements=False
        ),
        "beat, as intensity": rows("beat.wav", task="intensity", elements=False),
        "part of a sound": scored("beat.wav#t=1,6", True, **{"networks": 4}),
    }


def signals() -> Items:
    """Score signals, from .npy and .csv, even and uneven in time."""
    found: Items = {}
    for kind in ("period", "palindrome", "chirp", "walk"):
        np.save(f"{kind}.npy", signal(kind))
        found[kind] = scored(f"{kind}.npy", kind == "period", networks=4)
    np.savetxt("square.csv", signal("square", 400), "%.6f", header="volt", comments="")
    found["square, .csv"] = scored("square.csv", networks=4)
    times = np.cumsum(np.random.default_rng(5).uniform(0.5, 1.5, 500))
    columns = np.column_stack([times, signal("palindrome", 500)])
    np.savetxt("uneven.csv", columns, "%.6f", ",", header="t,v", comments="")
    found["uneven, .csv"] = scored("uneven.csv", networks=4, seed=2)
    np.save("noise.npy", signal("noise", 300))
    found["noise, as many as it needs"] = scored("noise.npy", elements=False)
    found["array, zoom"] = scored(signal("period", 900), zoom=2.0, networks=4)
    return found


def volumes() -> Items:
    """Score volumes: .npy, NIfTI, MRC, a TIFF of many pages, an array."""
    found: Items = {}
    for kind in ("ball", "crystal", "mirror"):
        np.save(f"{kind}.npy", volume(kind))
        found[kind] = scored(f"{kind}.npy", kind == "ball", networks=4)
    long = write_nifti("column.nii", volume("column", (18, 18, 26)))
    found["column, NIfTI, pad"] = scored(long, frame="pad", networks=4)
    layers = write_mrc("layers.mrc", volume("layers", (20, 22, 24)))
    found["layers, MRC"] = scored(layers, networks=4)
    pages = [Image.fromarray(_bytes(page)) for page in volume("ball", (16, 24, 24))]
    pages[0].save("pages.tif", save_all=True, append_images=pages[1:])
    found["ball, TIFF"] = scored("pages.tif", dimension=3, networks=4, elements=False)
    found["hills, array"] = scored(volume("hills"), networks=4, seed=4)
    found["crystal, array, zoom"] = scored(
        volume("crystal", (32, 32, 32)), zoom=1.5, networks=4, elements=False
    )
    return found


def _well(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return (x**2 + y**2 + z**2 - 0.4) ** 2


def functions() -> Items:
    """Score functions of one, three and four dimensions, and a potential by its name."""
    return {
        "one": scored(lambda x: np.cos(12 * x), dimension=1, networks=4),
        "three": scored(_well, True, networks=4),
        "three, in a domain": scored(
            lambda p: np.cos(4 * p[:, 0]) + p[:, 1] ** 2,
            dimension=3,
            domain=(-2.0, 1.0),
            networks=4,
            elements=False,
        ),
        "four": scored(lambda p: (p**2).sum(axis=-1), dimension=4, networks=4),
        "potential": scored("potential:lorentz", networks=4),
    }


def generators() -> Items:
    """Find generators of functions, clouds, values and labels, by every route."""
    random = np.random.default_rng(11)
    angle = random.uniform(0, 2 * np.pi, 500)
    radius = random.uniform(0.95, 1.05, 500)
    circle = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = random.uniform(-1, 1, (600, 2))
    square = (points**2).sum(axis=1)
    labels = np.digitize(square, np.quantile(square, (0.25, 0.5, 0.75)))

    def found(*given: Any, **options: Any) -> Any:
        return attempt(lambda: row_of(api("discover")(*given, **keywords(options))))

    return {
        "sphere": found(lambda x, y, z: x**2 + y**2 + z**2),
        "squeeze": found(lambda x, y: (x * y - 0.1) ** 2, seed=2),
        "cubic, none": found(lambda x, y: x**3 + x * y + 0.3 * y**4 - y),
        "isometries of a cylinder": found(
            lambda x, y, z: (x**2 + y**2 - 0.3) ** 2, kind="isometry"
        ),
        "cloud": found(circle),
        "cloud, none": found(random.standard_normal((400, 2))),
        "cloud, linear pairs": found(circle * (2.0, 1.0), kind="linear", route="pairs"),
        "values": found(points, square, networks=2),
        "labels": found(points, labels, networks=2),
        "adversarial": found(circle, route="adversarial"),
        "wrong route": found(circle, route="nowhere"),
    }


def orbits() -> Items:
    """Study the orbits of a potential in a hidden layer, by the command."""
    words = ["orbits", "potential:circle", "--levels", "4", "--points", "300", "--json"]
    code, out, _ = command([*words, "--figure", "orbits.png"])
    return {"circle": {"exit": code, "row": json.loads(out) if out else None}}


KINDS = ("rings", "lattice", "stripes", "face", "star", "wheel", "hills")


def collection() -> Items:
    """Score a collection of small files, good and bad, with a manifest's columns."""
    Path("set", "more").mkdir(parents=True)
    names = []
    for number in range(25):
        kind = KINDS[number % len(KINDS)]
        pixels = greys(kind, 64 + number, 96 - number, number)
        folder = "set/more" if number % 3 else "set"
        names.append(write_png(f"{folder}/{number:02}-{kind}.png", pixels))
    for kind in ("beat", "drone"):
        names.append(write_wav(f"set/{kind}.wav", kind, 6))
    Path("set/broken.png").write_bytes(png_bytes(greys("star"))[:700])
    Path("set/empty.jpg").write_bytes(b"")
    names.append(write_png("set/flat.png", np.full((64, 64), 7, np.uint8)))
    lines = [f"{name},{'one' if number % 2 else 'other'}" for number, name in enumerate(names)]
    Path("manifest.csv").write_text("\n".join(["file,artist", *lines, ""]))
    quick = ["--networks", "2", "--no-elements"]
    found: Items = {}
    for item, source, out, more in (
        ("folder", "set", "folder.jsonl", []),
        ("manifest", "manifest.csv", "listed.csv", ["--group-by", "artist", "--with-baselines"]),
    ):
        code, _, said = command(["collection", source, "--out", out, *quick, *more])
        last = [line for line in said.splitlines() if line.strip()][-3:]
        found[item] = {"exit": code, "rows": read_rows(out), "said": last}
    return found


def read_rows(name: str) -> Any:
    """Read the rows of a table by its file: of .csv, each cell as its text."""
    if not Path(name).exists():
        return None
    text = Path(name).read_text()
    if name.endswith(".json"):
        return json.loads(text)
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text)))


def tables() -> Items:
    """Score inputs of every kind by the command, and keep its tables in every format."""
    sources = [
        write_png("rings.png", greys("rings")),
        write_wav("beat.wav", "beat", 6),
        "nothing.png",
    ]
    np.save("period.npy", signal("period"))
    np.save("ball.npy", volume("ball"))
    sources += ["period.npy", "ball.npy"]
    found: Items = {}
    for name in ("rows.json", "rows.csv"):
        code, _, said = command(["score", *sources, "--networks", "4", "--out", name])
        found[name] = {"exit": code, "rows": read_rows(name), "said": said.splitlines()}
    code, out, said = command(["score", sources[0], sources[2], "--networks", "2"])
    found["table"] = {"exit": code, "out": lines_of(out), "said": said.splitlines()}
    return found


def lines_of(text: str) -> list[str]:
    """Return a table's lines without the spaces that fill its columns."""
    return [" ".join(line.split()) for line in text.splitlines()]


NUMBER = re.compile(r"(?<![\w#])-?\d+(?:\.\d+)?(?: ?[%°])?(?![\w])|\b[0-9a-f]{64}\b")


def report() -> Items:
    """Explain three inputs on a page; of its text, keep how often each number stands there."""
    np.save("ball.npy", volume("ball"))
    sources = [write_png("rings.png", greys("rings")), "ball.npy", "sample:lattice-square"]
    code, _, _ = command(["report", *sources, "--networks", "2", "--out", "page.html"])
    return {"page": {"exit": code, "numbers": numbers_of(Path("page.html").read_text())}}


def numbers_of(page: str) -> dict[str, int]:
    """Count the numbers and fingerprints in what is read of a page.

    Drawings, references (BibTeX) and versions are left out.
    """
    text = re.sub(r"(?s)<(style|script|svg|pre)\b.*?</\1>", " ", page)
    text = re.sub(r"\b\d+(\.\d+){2,}\b", " ", re.sub(r"(?s)<[^>]*>", " ", text))
    counted = Counter(NUMBER.findall(re.sub(r"\s+", " ", text)))
    # As a key a number may hold no dot: dots part the names of a path.
    return {f"‘{number.replace('.', ',')}’": counted[number] for number in sorted(counted)}


def _huge_npy() -> bytes:
    words = b"{'descr': '<f4', 'fortran_order': False, 'shape': (90000, 90000, 90000), }"
    return b"\x93NUMPY\x01\x00\x76\x00" + words.ljust(117) + b"\n" + bytes(400)


def bad_inputs() -> Items:
    """Give what cannot be scored to the command, each in a process of its own."""
    good = png_bytes(greys("star"))
    files: dict[str, bytes] = {
        "text.png": b"This is no picture.\n" * 9,
        "empty.png": b"",
        "truncated.png": good[: len(good) // 3],
        "huge.png": good[:16] + struct.pack(">II", 900_000, 900_000) + good[24:],
        "tiny.png": png_bytes(greys("star", 5, 5)),
        "flat.png": png_bytes(np.full((80, 80), 9, np.uint8)),
        "good.png": good,
        "header.npy": _huge_npy(),
        "words.csv": b"a,b\nc,d\ne,f\n",
        "broken.wav": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00",
        "empty.nii.gz": b"",
    }
    for name, content in files.items():
        Path(name).write_bytes(content)
    values = volume("ball")
    values[3, 4, 5] = np.nan
    np.save("holes.npy", values)
    np.save("four.npy", np.zeros((9, 9, 9, 9), np.float32))
    Path("folder").mkdir()
    cases: dict[str, list[str]] = {name: [name] for name in files if name != "good.png"}
    cases |= {
        "NaN": ["holes.npy"],
        "four axes": ["four.npy"],
        "missing": ["missing.png"],
        "empty folder": ["folder"],
        "sample of no name": ["sample:nothing"],
        "potential of no name": ["potential:nothing"],
        "wrong word": ["good.png", "--sketch", "crayon"],
        "wrong task": ["good.png", "--task", "greys:99"],
        "wrong number": ["good.png", "--zoom", "0.5"],
        "wrong networks": ["good.png", "--networks", "0"],
        "wrong flag": ["good.png", "--nothing"],
        "two bad ones": ["text.png", "missing.png", "--format", "csv"],
        "too large": ["good.png", "--max-megapixels", "0.001"],
    }
    runs = {name: ["score", *words] for name, words in cases.items()}
    runs["two bad ones"] += ["--networks", "2"]
    runs |= {
        "no source": ["generators"],
        "a collection of nothing": ["collection", "folder", "--out", "nothing.csv"],
        "a report of nothing": ["report", "missing.png", "--out", "nothing.html"],
        "no command": ["good.png"],
    }

    def answer(words: list[str]) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", PROGRAM, *command_line(words)],
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120", "TERM": "dumb"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=120,
        )
        rows = list(csv.DictReader(io.StringIO(done.stdout))) if "csv" in words else None
        return {
            "exit": done.returncode,
            "out": rows or lines_of(done.stdout),
            "said": done.stderr.splitlines(),
        }

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(runs, pool.map(answer, runs.values()), strict=True))


PARTS: dict[str, Callable[[], Items]] = {
    part.__name__: part
    for part in (
        *(pictures, sounds, signals, volumes, functions, generators, orbits, tables, collection),
        *(report, bad_inputs),
    )
}


@contextmanager
def _folder() -> Iterator[None]:
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="freeze-") as name:
        os.chdir(name)
        try:
            yield
        finally:
            os.chdir(before)


def measured(wanted: list[str]) -> dict[str, Items]:
    """Run the parts and return what is kept of each; prints what each took to standard error."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # As the program does for itself, so that one program compiles for all parts.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", os.path.join(cache, PROGRAM))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")
    os.environ |= {"NO_COLOR": "1", "COLUMNS": "120"}
    found, whole = {}, time.perf_counter()
    for name in wanted:
        start = time.perf_counter()
        with _folder():
            found[name] = plain(PARTS[name]())
        seconds, items = time.perf_counter() - start, len(found[name])
        print(f"{seconds:7.1f} s  {name}, {items} items", file=sys.stderr, flush=True)
    print(f"{time.perf_counter() - whole:7.1f} s  in all", file=sys.stderr)
    return found


# Comparing.


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield all values that hold no others, each with the names that lead to it.

    A dotted key counts as several names; an array is one value.
    """
    if isinstance(value, dict) and value and ARRAY not in value:
        for key, part in value.items():
            yield from leaves(part, (*path, *key.split(".")))
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from leaves(part, (*path, str(number)))
    else:
        yield path, value


def _places(path: tuple[str, ...], names: tuple[str, ...]) -> Iterator[int]:
    for start in range(len(path) - len(names) + 1):
        if path[start : start + len(names)] == names:
            yield start


def renamed(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path of 0.1.0 in today's names; what was renamed is not renamed again."""
    parts: list[tuple[tuple[str, ...], bool]] = [(path, False)]
    for old in sorted(RENAMED, key=lambda name: -name.count(".")):
        names, new = tuple(old.split(".")), tuple(RENAMED[old].split("."))
        done: list[tuple[tuple[str, ...], bool]] = []
        for names_here, settled in parts:
            while not settled and (start := next(_places(names_here, names), None)) is not None:
                done += [(names_here[:start], False), (new, True)]
                names_here = names_here[start + len(names) :]
            done.append((names_here, settled))
        parts = done
    return tuple(name for names, _ in parts for name in names)


def reworded(value: Any, key: str = "") -> Any:
    """Return a value of 0.1.0 in today's words."""
    if key == "kind":
        return ELEMENT_KINDS.get(value, value)
    if isinstance(value, str):
        for old in sorted(REWORDED, key=len, reverse=True):
            value = value.replace(old, REWORDED[old])
    return value


def matched(place: str, path: tuple[str, ...], table: dict[str, str]) -> bool:
    """Whether a table names a place: by a key, a dotted path or a pattern with slashes."""
    for wanted in table:
        if "/" in wanted:
            if fnmatch(place, wanted):
                return True
        elif next(_places(path, tuple(wanted.split("."))), None) is not None:
            return True
    return False


def near(old: Any, new: Any, tolerance: float) -> bool:
    """Whether two values are numbers, or arrays, that differ by no more than a tolerance."""
    if isinstance(old, dict) and isinstance(new, dict):
        same = all(old.get(key) == new.get(key) for key in ("type", "shape"))
        pairs = zip(old.get("numbers", ()), new.get("numbers", ()), strict=True) if same else ()
        return same and "numbers" in old and all(near(a, b, tolerance) for a, b in pairs)
    numbers = []
    for value in (old, new):
        if isinstance(value, bool):
            return False
        if isinstance(value, str):  # a cell of a .csv
            try:
                value = float(value)
            except ValueError:
                return False
        if not isinstance(value, (int, float)):
            return False
        numbers.append(value)
    a, b = numbers
    if not (math.isfinite(a) and math.isfinite(b)):
        return repr(a) == repr(b)
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def equal(old: Any, new: Any) -> bool:
    """Whether two values are the same, to the last bit, and of one type."""
    if isinstance(old, dict) and isinstance(new, dict) and ARRAY in old and ARRAY in new:
        return all(old.get(key) == new.get(key) for key in (ARRAY, "type", "shape"))
    return repr(old) == repr(new)


def shown(value: Any) -> str:
    """Return a value in at most a few words."""
    if value is ABSENT:
        return "–"
    if isinstance(value, dict) and ARRAY in value:
        first = [f"{number:.9g}" for number in value.get("numbers", ())[:2]]
        value = f"array {value['shape']} {value[ARRAY][:12]} mean, square {', '.join(first)}"
        return value
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "…"


ABSENT = object()


@dataclasses.dataclass
class Comparison:
    """What came of comparing: differences, what was equal only nearly, how many values there were.

    ``left_out`` counts values that DROPPED names.
    """

    values: int = 0
    left_out: int = 0
    different: list[tuple[str, Any, Any]] = dataclasses.field(default_factory=list)
    nearly: list[tuple[str, Any, Any]] = dataclasses.field(default_factory=list)

    def item(self, place: str, old: Any, new: Any, tolerance: float) -> None:
        """Compare two items, ABSENT where there is none."""
        before: dict[tuple[str, ...], Any] = {}
        for path, value in () if old is ABSENT else leaves(old):
            if value == "" and renamed(path) in before:
                continue  # an empty cell of a table: a kind that stood in two columns
            if before.get(renamed(path), "") != "":
                here = f"{place}/{'.'.join(path)}"
                self.different.append((here, value, f"{'.'.join(renamed(path))} was there already"))
            before[renamed(path)] = reworded(value, path[-1])
        after = {} if new is ABSENT else dict(leaves(new))
        if old is not ABSENT:
            for path, _ in leaves(old):  # what is dropped may be named as it was
                if matched(f"{place}/{'.'.join(path)}", path, DROPPED):
                    before.pop(renamed(path), None)
                    after.pop(renamed(path), None)
                    self.left_out += 1
        for path in [*before, *(path for path in after if path not in before)]:
            here = f"{place}/{'.'.join(path)}"
            if matched(here, path, DROPPED):
                self.left_out += 1
                continue
            self.values += 1
            a, b = before.get(path, ABSENT), after.get(path, ABSENT)
            if a is not ABSENT and b is not ABSENT and equal(a, b):
                continue
            allowed = max(tolerance, TOLERANCE if matched(here, (), TOLERATED) else 0.0)
            fine = allowed > 0 and near(a, b, allowed)
            (self.nearly if fine else self.different).append((here, a, b))


def compare(old: dict[str, Items], new: dict[str, Items], tolerance: float) -> Comparison:
    """Compare what was kept with what is there now, item by item."""
    found = Comparison()
    for part, items in new.items():
        kept = old.get(part, {})
        for item in [*kept, *(item for item in items if item not in kept)]:
            found.item(f"{part}/{item}", kept.get(item, ABSENT), items.get(item, ABSENT), tolerance)
    return found


def print_comparison(found: Comparison, new: dict[str, Items]) -> None:
    """Print differences, counts, and what was equal only nearly."""
    for place, old, now_ in found.different[:MOST_LINES]:
        print(f"{place}\n    old {shown(old)}\n    new {shown(now_)}")
    if len(found.different) > MOST_LINES:
        print(f"… and {len(found.different) - MOST_LINES} more")
    if found.nearly:
        print("equal only within the tolerance:")
    for place, old, now_ in found.nearly[:MOST_LINES]:
        print(f"  {place}: {shown(old)} → {shown(now_)}")
    if len(found.nearly) > MOST_LINES:
        print(f"  … and {len(found.nearly) - MOST_LINES} more")
    for part in new:
        counts = [
            sum(place.startswith(f"{part}/") for place, *_ in some)
            for some in (found.different, found.nearly)
        ]
        print(f"{part}: {counts[0]} different, {counts[1]} nearly equal")
    print(
        f"{found.values} values: {len(found.different)} different, {len(found.nearly)} nearly "
        f"equal, {found.left_out} left out"
    )


def _parts(words: list[str] | None) -> list[str]:
    wanted = [name for word in words or [] for name in word.split(",") if name]
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SystemExit(f"found {', '.join(unknown)}: expected parts of {', '.join(PARTS)}")
    return [name for name in PARTS if name in wanted or not wanted]


def main() -> None:
    """Read the options, run the parts, write or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("write", "compare"))
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--tolerance", type=float, default=0.0, help="of every number (default 0)")
    parser.add_argument("--only", action="append", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--with", dest="other", type=Path, help="compare this file, run nothing")
    options = parser.parse_args()
    wanted, file = _parts(options.only), options.file.resolve()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if options.what == "write":
        parts = json.loads(file.read_text())["parts"] if options.only and file.exists() else {}
        parts |= measured(wanted)
        kept = {"cores": cores, "parts": {name: parts[name] for name in PARTS if name in parts}}
        file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        return
    kept = json.loads(file.read_text())
    if kept["cores"] != cores:
        print(f"written on {kept['cores']} cores, here are {cores}: the last bits may differ")
    if options.other:
        new = json.loads(options.other.read_text())["parts"]
        new = {name: new[name] for name in wanted if name in new}
    else:
        # What JSON makes of a number is what was kept of it.
        new = json.loads(json.dumps(measured(wanted), ensure_ascii=False))
    found = compare(kept["parts"], new, options.tolerance)
    print_comparison(found, new)
    raise SystemExit(1 if found.different else 0)


if __name__ == "__main__":
    main()
