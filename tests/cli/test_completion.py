"""What the Tab key offers, and how much is loaded for it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from symscope import cli
from symscope.io.images import sample_names

BASH = {"_SYMSCOPE_COMPLETE": "complete_bash"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the program in this process with an environment of its own → what it printed."""

    def command(*arguments: str, **environment: str) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with contextlib.suppress(SystemExit):
            cli.main(arguments)
        out, err = capsys.readouterr()
        assert "fault" not in err
        return out

    return command


@pytest.fixture
def offered(run: Callable[..., str]) -> Callable[[str], list[str]]:
    """Ask as bash asks, with the cursor at the end of the line."""

    def ask(line: str) -> list[str]:
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        return run(**BASH, **words).split()

    return ask


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
def test_what_is_offered(offered, line, expected):
    assert offered(line) == expected


def test_samples_do_not_hide_files(offered, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sam.png").touch()
    (tmp_path / "samples").mkdir()
    found = offered("symscope score sam")
    assert found == [*(f"sample:{name}" for name in sample_names()), "sam.png", "samples/"]


NAMED_SHELL = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(run, shell):
    script = run("--show-completion", shell, **NAMED_SHELL)
    assert f"complete_{shell}" in script
    assert "_SYMSCOPE_COMPLETE" in script


def test_the_script_is_installed_where_the_shell_looks(run, tmp_path):
    told = run("--install-completion", "fish", **NAMED_SHELL, HOME=str(tmp_path))
    assert "completion installed" in told
    script = tmp_path / ".config/fish/completions/symscope.fish"
    assert "_SYMSCOPE_COMPLETE" in script.read_text()


def test_completing_loads_no_science():
    """In a process of its own, as the shell asks."""
    line = "symscope score sample:b"
    code = (
        "import sys, symscope.cli\n"
        "try:\n    symscope.cli.main([])\n"
        "finally:\n    print({'jax', 'matplotlib', 'sklearn', 'skimage'} & set(sys.modules))"
    )
    asked = {"COMP_WORDS": line, "COMP_CWORD": "2"}
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | BASH | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    *names, loaded = found.stdout.strip().split("\n")
    assert "sample:brick" in names
    assert loaded == "set()"
