"""Build what is released, and try it as somebody would who has nothing else.

    python packaging/dist.py [--python PYTHON …] [--lowest] [--out DIR]

Made are the source distribution, the wheel from it, and the wheel of the controls. They are
checked, and so is their size. Then, for each Python, the wheel alone is installed into an empty
environment in a temporary folder, and run from there: weights, scores of every sort of file, the
page, a collection, and the controls once their wheel has joined.

--lowest installs the oldest version of each requirement that pyproject.toml allows.

Tools and requirements come from the package index that pip and uv are set to. A tool of CHECKS that
cannot be had is named and left out. The first step that fails ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

MOST_BYTES = 2_000_000
"""Of a wheel."""

PAGE_SECONDS = 120.0
"""In which the page comes up, and ends."""

NEEDED = ("build", "setuptools>=77")
CHECKS = ("twine", "check-wheel-contents", "pyroma")

BIN = "Scripts" if os.name == "nt" else "bin"

INPUTS = """
import mrcfile, nibabel, numpy as np, soundfile
from pathlib import Path
from skimage import data, io

t = np.linspace(0, 10, 2000)
np.save("beat.npy", np.sin(2 * np.pi * t / 2.5) ** 3)
beats = np.tile(np.sin(2 * np.pi * 440 * np.arange(4000) / 8000) * np.linspace(1, 0, 4000), 8)
soundfile.write("beat.wav", 0.5 * beats, 8000)
x, y, z = np.mgrid[-1:1:24j, -1:1:24j, -1:1:24j].astype(np.float32)
hill = np.exp(-4 * (x**2 + y**2) - z**2)
nibabel.save(nibabel.Nifti1Image(hill, np.eye(4)), "hill.nii.gz")
with mrcfile.new("hill.mrc") as file:
    file.set_data(hill)
Path("pictures").mkdir()
for name in ("coins", "brick"):
    io.imsave(f"pictures/{name}.png", getattr(data, name)())
"""
"""A program that writes files of every sort, with the libraries that are to read them."""

CONTROLS = """
from symscope.classifier.training import recipes
from symscope.evaluation.templates import load_recipe

print(len([load_recipe(recipe) for dimension in (1, 2, 3) for recipe in recipes(dimension)]))
"""
"""A program that loads all classifiers of the controls."""


def run(*command: str | Path, at: Path = ROOT, exits: int = 0) -> str:
    """Run a command in a folder, without this checkout on Python's path → what it printed."""
    print("  $", " ".join(map(str, command)).split("\n")[0], flush=True)
    found = subprocess.run(
        command, cwd=at, env=clean(), stdout=subprocess.PIPE, text=True, check=False
    )
    if found.returncode != exits:
        print(found.stdout)
        raise SystemExit(f"dist: ended with {found.returncode}, expected {exits}")
    return found.stdout


def clean() -> dict[str, str]:
    """Copy the environment without what would let Python or symscope see more than is installed."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SYMSCOPE_CACHE")
    return {key: value for key, value in os.environ.items() if key not in hidden}


def tools(folder: Path) -> Path:
    """Install the tools into an environment of their own → its folder of programs."""
    run(sys.executable, "-m", "venv", folder)
    programs = folder / BIN
    run(programs / "pip", "install", "-qq", "uv")
    install = (programs / "uv", "pip", "install", "--quiet", "--python", programs / "python")
    run(*install, *NEEDED)
    for tool in CHECKS:
        if subprocess.run((*install, tool), env=clean(), check=False).returncode:
            print(f"  {tool} could not be had: its check is left out")
    return programs


def build(programs: Path, out: Path) -> tuple[Path, Path]:
    """Make all distributions anew → the wheel, and the wheel of the controls."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("symscope*"):
        old.unlink()
    # Without isolation: the build's requirements stand in the environment of tools already.
    start = (programs / "python", "-m", "build", "--no-isolation", "--outdir", out)
    run(*start, ".")
    run(*start, "--wheel", "packaging/controls")
    (wheel,), (controls,) = out.glob("symscope-*.whl"), out.glob("symscope_controls-*.whl")
    return wheel, controls


def check(programs: Path, out: Path, wheels: tuple[Path, ...]) -> None:
    """Let the checkers that there are look at the distributions, and measure the wheels."""
    if (programs / "twine").exists():
        run(programs / "twine", "check", "--strict", *out.glob("symscope*"))
    if (programs / "check-wheel-contents").exists():
        # W010: the wheel of the controls has no modules.
        run(programs / "check-wheel-contents", "--ignore", "W010", *wheels)
    if (programs / "pyroma").exists():
        print(run(programs / "pyroma", "--min", "8", *out.glob("symscope-*.tar.gz")))
    for path in sorted(out.glob("symscope*")):
        print(f"  {path.stat().st_size / 1e6:.2f} MB  {path.name}")
    for wheel in wheels:
        if (size := wheel.stat().st_size) > MOST_BYTES:
            raise SystemExit(f"dist: {wheel.name} has {size} bytes, at most are {MOST_BYTES}")


def try_out(uv: Path, python: str, lowest: bool, wheel: Path, controls: Path, at: Path) -> None:
    """Install the wheel alone into an empty environment in a folder, and use it there."""
    run(uv, "venv", "--quiet", "--python", python, at / "environment")
    programs = at / "environment" / BIN
    symscope, python_there = programs / "symscope", programs / "python"
    install = (uv, "pip", "install", "--quiet", "--python", python_there)
    # Beside the wheel its requirements, named: for uv "direct" is only what is asked for by name.
    # Old sources are not built: what has no wheel for this Python cannot be had.
    oldest = ("--resolution", "lowest-direct", "--only-binary", ":all:", "-r", "pyproject.toml")
    run(*install, *(oldest if lowest else ()), wheel)
    doctor = json.loads(run(symscope, "doctor", "--json", at=at))
    versions = {name: version for name, version in doctor["versions"].items() if version}
    print(f"  Python {doctor['python']};", ", ".join(f"{n} {v}" for n, v in versions.items()))
    if lowest:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        bounds = dict(requirement.split(">=") for requirement in project["dependencies"])
        newer = {n for n in versions.keys() & bounds if not versions[n].startswith(bounds[n])}
        told = f"newer than the oldest that is allowed: {', '.join(sorted(newer)) or 'none'}"
        # On newer Pythons the oldest have no wheels.
        if newer and doctor["python"].startswith(project["requires-python"].strip(">=")):
            raise SystemExit(f"dist: {told}")
        print(f"  {told}")

    # Rows end with one newline each; the exit code says that all of them are scores.
    demo = run(symscope, "score", "sample:retina", "--figure", "figures", at=at)
    print(demo.strip())
    run(python_there, "-c", INPUTS, at=at)
    files = ("beat.npy", "beat.wav", "hill.nii.gz", "hill.mrc", "pictures/coins.png")
    scored = run(symscope, "score", *files, "--format", "jsonl", "--networks", "4", at=at)
    for row in map(json.loads, scored.splitlines()):
        print(f"  {row['path']}: {row['outcome']}, {row['label']}")
    page_answers(symscope, at)
    run(symscope, "collection", "pictures", "--out", "rows.csv", "--networks", "4", at=at)
    with open(at / "rows.csv", encoding="utf-8", newline="") as file:
        outcomes = [row["outcome"] for row in csv.DictReader(file)]
    if outcomes != ["ok", "ok"] or not (at / "rows.html").exists():
        raise SystemExit(f"dist: the collection has the outcomes {outcomes}, expected two scores")

    run(symscope, "evaluate", "templates", "--quick", at=at, exits=2)
    run(*install, "--no-deps", controls)
    print(f"  {run(python_there, '-c', CONTROLS, at=at).strip()} classifiers with the controls'")


def page_answers(symscope: Path, at: Path) -> None:
    """Start the page, ask for it over HTTP, and stop it as Ctrl-C does."""
    command = (symscope, "serve", "--no-open", "--port", "0")
    print("  $", *command, flush=True)
    environment = clean() | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=at, env=environment, stdout=subprocess.PIPE, text=True
    ) as page:
        try:
            assert page.stdout is not None
            address = page.stdout.readline().strip()
            if not address or page_at(address).count(b"symscope") == 0:
                raise SystemExit("dist: the page did not come up")
            page.send_signal(signal.SIGINT)
            page.wait(PAGE_SECONDS)
        finally:
            page.kill()
    print(f"  the page answered, and ended with {page.returncode}")


def page_at(address: str) -> bytes:
    """Ask for the page until its server has come up → what it answers."""
    # The address carries a token, for which the page gives a cookie and leads on to itself.
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    end = time.monotonic() + PAGE_SECONDS
    while True:
        try:
            return browser.open(address, timeout=PAGE_SECONDS).read()
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > end:
                raise
            time.sleep(0.1)


def main() -> None:
    """Build, check, try."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--python", nargs="+", default=[sys.executable], help="Pythons to try on")
    parser.add_argument("--lowest", action="store_true", help="oldest versions of requirements")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="distributions go there")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="symscope-dist-") as place:
        print("Tools", flush=True)
        programs = tools(Path(place) / "tools")
        print("Distributions", flush=True)
        wheels = build(programs, chosen.out.resolve())
        check(programs, chosen.out.resolve(), wheels)
        for number, python in enumerate(chosen.python):
            print(f"On {python}{', oldest requirements' if chosen.lowest else ''}", flush=True)
            folder = Path(place) / f"try-{number}"
            folder.mkdir()
            try_out(programs / "uv", python, chosen.lowest, *wheels, folder)
    print("dist: all is well")


if __name__ == "__main__":
    main()
