"""The documentation: its generated parts, its links, and the walk that runs its commands."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import reference_pages
import typer
from repository_links import PAGES, relinked

import symscope
import walk
import walk_files
from symscope import cli, errors
from walk_blocks import Block, Terms, WrongMark, blocks
from walk_run import Notebook, run_shell

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"

PAGES_OF_DOCS = [
    path for path in sorted(DOCS.rglob("*.md")) if not {"_build", "_figures"} & set(path.parts)
]


def name_of(path: Path) -> str:
    return path.relative_to(DOCS).with_suffix("").as_posix()


def test_every_command_and_option_is_in_the_reference():
    text = reference_pages.commands()
    group = typer.main.get_command(cli.app)
    assert len(group.commands) >= 10
    for name, command in group.commands.items():
        assert f"## `symscope {name}`" in text
        assert command.help.split("\n")[0] in text
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert parameter.opts[0] in text
    assert "`--sketch <otsu\\|adaptive\\|edges\\|quantile>`" in text
    assert "| needed |" in text
    assert "as many as it needs" in text


def test_every_public_name_is_in_the_reference():
    text, documented = reference_pages.public_names(), reference_pages.modules()
    for name in symscope.__all__:
        home = getattr(symscope, name).__module__
        assert f"`{name} <{home}.{name}>`" in text
        assert f".. automodule:: {home}\n" in documented


def test_every_error_is_in_the_reference():
    text = reference_pages.exit_codes()
    for kind in (errors.MissingFile, errors.WeightsRejected, errors.UsageError):
        assert f"| `{kind.__name__}` |" in text
    assert "| `Unreadable` | `unreadable` | 4 |" in text


def test_exit_codes_of_the_reference_are_those_of_the_command_line():
    text = (DOCS / "reference" / "exit-codes.md").read_text()
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert documented == {0, *range(1, 6), 130}


def test_a_generated_part_stands_where_its_comment_was():
    filled = reference_pages.filled("a\n<!-- generated: errors -->\nb")
    assert filled.startswith("a\n| error |")
    assert filled.endswith("\nb")


def test_every_generated_part_has_a_page():
    pages = "".join(path.read_text() for path in (DOCS / "reference").glob("*.md"))
    marks = re.findall(r"<!-- generated: ([\w ]+) -->", pages)
    assert sorted(marks) == sorted(reference_pages.GENERATED)


def test_every_page_is_in_the_contents():
    listed = (DOCS / "index.md").read_text()
    for path in PAGES_OF_DOCS:
        name = name_of(path)
        assert name == "index" or re.search(rf"^{name}$", listed, re.MULTILINE), name


@pytest.mark.parametrize("path", PAGES_OF_DOCS, ids=name_of)
def test_links_lead_somewhere(path):
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if ":" in target:
            continue
        if "_figures/" in target:
            assert Path(target).stem in drawn_figures()
        else:
            assert (path.parent / target).exists(), target


def drawn_figures() -> set[str]:
    text = (DOCS / "figures.py").read_text()
    table = text[text.index("DRAWN:") :]
    return set(re.findall(r'^    "(\w+)":', table, re.MULTILINE))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_files_and_folders_that_are_named_are_there(page):
    named = re.findall(r"`([\w/.]+(?:\.\w{2,4}|/))`", (ROOT / page).read_text())
    assert named
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "src" / "symscope" / name).exists(), name


def test_files_of_the_repository_have_pages():
    for file, page in PAGES.items():
        assert (ROOT / file).is_file()
        assert (DOCS / page).is_file()


@pytest.mark.parametrize(
    ("text", "folder", "page", "expected"),
    [
        ("[a](docs/method.md)", ".", "index", "[a](method.md)"),
        ("[a](../SECURITY.md#x)", "docs", "how-to/sketch", "[a](../security.md#x)"),
        ("[a](https://example.org/b)", "docs", "method", "[a](https://example.org/b)"),
        ("[a](../benchmarks/walk.py)", "docs", "method", "[a](../benchmarks/walk.py)"),
    ],
)
def test_links_to_the_repository_become_links_to_pages(text, folder, page, expected):
    assert relinked(text, folder, page) == expected


# The walk.


@pytest.mark.parametrize("path", PAGES_OF_DOCS, ids=name_of)
def test_the_walk_understands_every_page(path):
    for block in blocks(name_of(path), path.read_text()):
        if block.language == "python":
            compile(block.text, block.place, "exec")
        elif block.language != "r":
            checked = subprocess.run(["bash", "-n", "-c", block.text], capture_output=True)
            assert checked.returncode == 0, checked.stderr.decode()


def test_blocks_and_their_terms():
    found = blocks(
        "page.md",
        "<!-- walk: exit 3 -->\n<!-- walk: seconds 9 -->\n```sh\na\nb\n```\n\n"
        "```text\nno command\n```\n\n<!-- walk: skip: needs a cluster -->\n```python\nc\n```\n\n"
        "- in a list\n\n  ```\n  d\n  ```\n",
    )
    assert [block.language for block in found] == ["sh", "python", ""]
    assert found[0].terms == Terms(exit=3, seconds=9)
    assert found[0].first == "a …"
    assert found[1].terms == Terms(skip="needs a cluster")
    assert found[2].terms == Terms()
    assert found[2].text == "d\n"


@pytest.mark.parametrize(
    "text",
    [
        "<!-- walk: skip -->\n```sh\na\n```",
        "<!-- walk: sometimes -->\n```sh\na\n```",
        "<!-- walk: exit soon -->\n```sh\na\n```",
        "<!-- walk: exit 3 -->\n```text\na\n```",
        "```sh\na\n```\n<!-- walk: exit 3 -->",
    ],
)
def test_a_mark_that_means_nothing_is_a_fault(text):
    with pytest.raises(WrongMark):
        blocks("page.md", text)


def rows_of(text: str, folder: Path, long: bool = False) -> list[dict]:
    return list(walk.walk("page.md", blocks("page.md", text), folder, long))


def test_the_walk_stops_at_the_first_fault(tmp_path):
    rows = rows_of(
        "```sh\ntouch one\n```\n```sh\necho no; false\n```\n```sh\ntouch two\n```", tmp_path
    )
    assert (tmp_path / "one").exists()
    assert not (tmp_path / "two").exists()
    assert rows[-1]["fault"] == "ended with 1, documented is 0"
    assert "no" in rows[-1]["printed"]


def test_the_first_command_of_a_block_that_fails_ends_it(tmp_path):
    (row,) = rows_of("```sh\nfalse\ntrue\n```", tmp_path)
    assert "fault" in row
    (row,) = rows_of("```sh\nfalse | true\n```", tmp_path)
    assert "fault" in row


def test_documented_exit_codes_are_held_to(tmp_path):
    (row,) = rows_of("<!-- walk: exit 3 -->\n```sh\nexit 3\n```", tmp_path)
    assert "fault" not in row
    (row,) = rows_of("<!-- walk: exit 3 -->\n```sh\nexit 0\n```", tmp_path)
    assert row["fault"] == "ended with 0, documented is 3"


def test_what_is_not_run_says_why(tmp_path):
    text = (
        "<!-- walk: long: days -->\n```sh\ntouch a\n```\n"
        "<!-- walk: skip: why -->\n```sh\nfalse\n```"
    )
    rows = rows_of(text, tmp_path)
    assert [row["not_run"] for row in rows] == ["days", "why"]
    assert not (tmp_path / "a").exists()
    assert "only with --long: days" in walk._told(rows[0])
    rows = rows_of(text, tmp_path, long=True)
    assert (tmp_path / "a").exists()
    assert len(rows) == 2


def test_a_block_that_takes_too_long_is_ended_with_all_it_started(tmp_path):
    text = "sleep 60 &\necho $! > pid\nsleep 60\n"
    ended = run_shell(Block("page.md", 1, "sh", text, Terms(seconds=2)), tmp_path)
    assert ended.code is None
    sleeping = Path("/proc", (tmp_path / "pid").read_text().strip(), "status")

    def over() -> bool:
        return not sleeping.exists() or "zombie" in sleeping.read_text()

    # It was killed; a busy system may take a moment.
    until = time.monotonic() + 10
    while not over() and time.monotonic() < until:
        time.sleep(0.05)
    assert over()


def test_a_program_that_does_not_end_is_interrupted_when_it_came_up(tmp_path):
    program = "import time\nprint('ready', flush=True)\ntime.sleep(60)\n"
    (tmp_path / "server.py").write_text(program)
    run = f"```sh\n{sys.executable} server.py\n```"
    (row,) = rows_of(f"<!-- walk: until ready -->\n{run}", tmp_path)
    assert "fault" not in row
    (row,) = rows_of(f"<!-- walk: until steady -->\n<!-- walk: seconds 1 -->\n{run}", tmp_path)
    assert row["fault"].startswith("did not print 'steady'")


def test_python_blocks_share_their_names_and_those_of_the_document(tmp_path):
    text = "```python\nimport numpy\nn = len(X)\n```\n```python\nassert n == len(y)\nmissing\n```"
    rows = rows_of(text, tmp_path)
    assert "fault" not in rows[0]
    assert "NameError: name 'missing' is not defined" in rows[1]["printed"]
    assert "page.md:5" in rows[1]["printed"]


def test_python_that_ends_itself_or_never_is_a_fault(tmp_path):
    for text, code in (("import os; os._exit(0)", 1), ("while True: pass", None)):
        notebook = Notebook(tmp_path)
        try:
            ended = notebook.run(Block("page.md", 1, "python", text, Terms(seconds=1)))
            assert ended.code == code
        finally:
            notebook.close()


def test_the_files_that_documents_name_are_there(tmp_path, monkeypatch):
    monkeypatch.setattr(walk_files, "_copy_repository", lambda folder: None)
    walk_files.prepare(tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert names >= {
        "painting.jpg",
        "scans/brick.png",
        "lattice-1.tif",
        "measured.csv",
        "manifest.csv",
    }
    assert symscope.read_picture(tmp_path / "lattice-2.tif").grey.shape == (256, 256)
    assert (tmp_path / "measured.csv").read_text().startswith("x,y,z,energy\n")
