"""The folder that a document is walked through in: the repository's files, and some pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


ARTISTS = {"astronaut": "one", "brick": "other", "coins": "other", "rocket": "one"}
"""The samples that are scans, each with a made-up group."""


def prepare(folder: Path) -> None:
    """Fill a folder with the repository's files, and with those that documents name.

    ``painting.jpg`` (a photograph in strokes of one colour), ``scans/`` (four pictures),
    ``manifest.csv`` (their files, each with an artist), ``lattice-1.tif`` and ``lattice-2.tif`` (16
    bits, square and hexagonal), and ``measured.csv`` (x, y, z and an energy of x² + y² + z²); all
    from fixed seeds.
    """
    _copy_repository(folder)
    import numpy as np
    import tifffile
    from PIL import Image, ImageFilter

    from symscope import read_picture

    def photograph(name: str) -> Image.Image:
        return Image.fromarray(read_picture(f"sample:{name}").rgb)

    photograph("coffee").filter(ImageFilter.ModeFilter(9)).save(folder / "painting.jpg")
    (folder / "scans").mkdir()
    for name in ARTISTS:
        photograph(name).resize((256, 256)).save(folder / "scans" / f"{name}.png")
    lines = [f"scans/{name}.png,{artist}" for name, artist in ARTISTS.items()]
    (folder / "manifest.csv").write_text("\n".join(["file,artist", *lines, ""]))
    random = np.random.default_rng(0)
    y, x = np.mgrid[:256, :256] / 256
    waves = {1: ((9, 0), (0, 9)), 2: ((10, 0), (5, 8.66), (-5, 8.66))}
    for number, vectors in waves.items():
        grey = sum(np.cos(2 * np.pi * (a * x + b * y)) for a, b in vectors)
        grey = 20000 + 6000 * (grey + 0.3 * random.standard_normal(grey.shape))
        tifffile.imwrite(folder / f"lattice-{number}.tif", grey.clip(0, 65535).astype(np.uint16))
    points = random.uniform(-1, 1, (600, 3))
    columns = np.column_stack([points, (points**2).sum(axis=1)])
    np.savetxt(folder / "measured.csv", columns, "%.6f", ",", header="x,y,z,energy", comments="")


NAMES = """
import numpy as np
X = np.random.default_rng(0).uniform(-1, 1, (600, 3))
y = (X**2).sum(axis=1)
"""
"""What Python blocks call X and y: points (P, D), and values at them."""


def _copy_repository(folder: Path) -> None:
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file() and not name.endswith(".whl"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    # `.venv/bin/symscope` works before `make` has been run here; `make` replaces it by its own.
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("symscope", "python", "dask"):
        if (program := Path(sys.executable).with_name(name)).exists():
            (folder / ".venv" / "bin" / name).symlink_to(program)


def environment(folder: Path) -> dict[str, str]:
    """Make the environment of a newcomer: the programs of this one first, a home of their own."""
    programs = f"{folder / '.venv' / 'bin'}{os.pathsep}{Path(sys.executable).parent}"
    quiet = {"NO_COLOR": "1", "COLUMNS": "120", "PYTHONUNBUFFERED": "1"}
    return os.environ | quiet | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
