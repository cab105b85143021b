"""What the Tab key offers, and how much is loaded for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from symscope.io.images import sample_names

BASH = {"_SYMSCOPE_COMPLETE": "complete_bash"}


def run(arguments: list[str], cwd=None, **environment: str) -> str:
    found = subprocess.run(
        [sys.executable, "-m", "symscope", *arguments],
        env=os.environ | environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in found.stderr
    return found.stdout


def offered(line: str, cwd=None) -> list[str]:
    """Ask as bash asks, with the cursor at the end of the line."""
    words = line.split(" ")
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    return run([], cwd, **BASH, **asked).split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("symscope rep", ["report", "reproduce"]),
        ("symscope score --sketch ", ["otsu", "adaptive", "edges", "quantile"]),
        ("symscope score --format j", ["json", "jsonl"]),
        ("symscope score --out-of-this-world", []),
        ("symscope score sample:bri", ["sample:brick"]),
        ("symscope score sample : bri", ["brick"]),  # bash parts words at colons
        ("symscope report a.png sample : bri", ["brick"]),
        ("symscope score ", []),  # the shell then offers files
        ("symscope score s", []),
    ],
)
def test_what_is_offered(line, expected):
    assert offered(line) == expected


def test_samples_do_not_hide_files(tmp_path):
    (tmp_path / "sam.png").touch()
    (tmp_path / "samples").mkdir()
    found = offered("symscope score sam", tmp_path)
    assert found == [*(f"sample:{name}" for name in sample_names()), "sam.png", "samples/"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell):
    chosen = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = run(["--show-completion", shell], **chosen)
    assert f"complete_{shell}" in script
    assert "_SYMSCOPE_COMPLETE" in script


def test_the_script_is_installed_where_the_shell_looks(tmp_path):
    chosen = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    told = run(["--install-completion", "fish"], **chosen)
    assert "completion installed" in told
    script = tmp_path / ".config/fish/completions/symscope.fish"
    assert "_SYMSCOPE_COMPLETE" in script.read_text()


@pytest.mark.parametrize("line", ["symscope score sample:b", "symscope evaluate --classes "])
def test_completing_loads_no_science(line):
    words = line.split(" ")
    code = (
        "import sys, symscope.cli\n"
        "try:\n    symscope.cli.main([])\n"
        "finally:\n    print({'jax', 'matplotlib', 'sklearn', 'skimage'} & set(sys.modules))"
    )
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | BASH | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.strip().split("\n")[-1] == "set()"
