"""What holds for the project as a whole: its layers, its files, what an import costs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Folders that hold no source: what tools leave behind, where git is not there to say so.
GENERATED = {"__pycache__", "build", "demo", "dist"}
HIDDEN_SOURCE = {".ci"}


def is_source(path: Path) -> bool:
    """Whether a path, relative to the root, lies in no folder that tools made."""
    folders = set(path.parts[:-1])
    hidden = {name for name in folders if name.startswith(".") or name.endswith(".egg-info")}
    return not folders & GENERATED and hidden <= HIDDEN_SOURCE


# One letter of each word stands in brackets, so that this file does not find itself.
FORBIDDEN = {
    "a package index": re.compile(rb"https?://\S+/simpl[e]\b|(extra-)?index-ur[l]"),
    "a folder of packages": re.compile(rb"--find-link[s]|fil[e]://"),
    "a path of one machine": re.compile(
        rb"(?<![\w.*}/-])/(wor[k]|roo[t]|hom[e]/\w+|User[s]/\w+|op[t])/"
    ),
}


def tracked_files() -> list[Path]:
    """List the files of the repository, with those not yet added but not ignored either."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(git, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        every = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        names = [path for path in every if is_source(path)]
    else:
        names = [Path(name) for name in listing.decode().split("\0") if name]
    return sorted({ROOT / name for name in names if (ROOT / name).is_file()})


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, and return what came of it."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_names_what_others_do_not_have(what: str) -> None:
    pattern = FORBIDDEN[what]
    found = [
        f"{path.relative_to(ROOT)}: {match.group().decode(errors='replace')}"
        for path in tracked_files()
        if (match := pattern.search(path.read_bytes()))
    ]
    assert not found, f"{what} is named in {found}"


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/sim_ple/",
        "--extra-ind_ex-url",
        "fi_le:///wheels",
        "see /wo_rk/notes",
        '"/ho_me/someone/data"',
    ],
)
def test_the_search_finds_what_it_is_for(text: str) -> None:
    whole = text.replace("_", "").encode()
    assert any(pattern.search(whole) for pattern in FORBIDDEN.values())


def test_the_lock_holds_names_versions_and_hashes_only() -> None:
    requirement = re.compile(r"[a-z0-9.-]+==[\w.]+( ; [\w.<>=!*' ]+)? \\")
    digest = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    other = [line for line in lines if not (requirement.fullmatch(line) or digest.fullmatch(line))]
    assert not other


def test_imports_go_one_way() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_what_lies_beside_the_folders_is_little() -> None:
    modules = {path.stem for path in (ROOT / "src" / "symscope").glob("[!_]*.py")}
    assert modules <= {
        *("api", "pipeline", "results", "options", "field"),
        *("groups", "errors", "tasks", "selection", "transformer"),
    }


@pytest.mark.parametrize("module", ["symscope", "symscope.cli"])
def test_an_import_loads_nothing_heavy(module: str) -> None:
    heavy = {"jax", "equinox", "optax", "matplotlib", "sklearn", "skimage", "scipy", "pyarrow"}
    result = run_python(f"import sys, {module}; print(sorted({heavy!r} & set(sys.modules)))")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    result = run_python(
        "import symscope\n"
        "missing = [name for name in symscope.__all__ if not hasattr(symscope, name)]\n"
        "unlisted = set(symscope.__all__) - set(dir(symscope))\n"
        "print(len(symscope.__all__), missing, unlisted)"
    )
    assert result.returncode == 0, result.stderr
    count, rest = result.stdout.strip().split(" ", 1)
    assert int(count) >= 3
    assert rest == "[] set()"


def test_an_unknown_name_is_an_attribute_error() -> None:
    result = run_python("import symscope; symscope.no_such_name")
    assert "AttributeError" in result.stderr
    assert "no_such_name" in result.stderr
