"""``symscope report``, and figures in the formats of papers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import symscope.api
from fakes.scores import scored
from symscope import cli
from symscope.options import Options
from symscope.results import Result

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run one command, every source with a made-up score: ``bad`` fails, ``stop`` interrupts."""
    called: dict[str, Any] = {}

    def score_many(sources: list[str], chosen: Options, **_: Any) -> Iterator[Result]:
        called.update(asdict(chosen), sources=sources)
        return scored(sources)

    monkeypatch.setattr(symscope.api, "score_many", score_many)

    def run(*arguments: object) -> SimpleNamespace:
        code = cli.main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return SimpleNamespace(code=code, out=out, err=err, called=called)

    return run


def test_a_report_is_written_and_its_path_is_all_that_is_printed(report: Run, tmp_path: Path):
    page = tmp_path / "page.html"
    done = report("report", "a.png", "b.png", "--out", page)
    assert (done.code, done.out, done.err) == (0, f"{page}\n", "")
    text = page.read_text("utf-8")
    assert "a.png" in text
    assert "b.png" in text


def test_options_reach_the_score_and_the_command_that_is_shown(report: Run, tmp_path: Path):
    page = tmp_path / "page.html"
    done = report("report", "a.png", "--out", page, "--seed", 7, "--frame", "crop", "--no-elements")
    assert (done.called["seed"], done.called["frame"], done.called["elements"]) == (
        7,
        "crop",
        False,
    )
    assert "symscope score --seed 7 --frame crop --no-elements a.png" in page.read_text("utf-8")


def test_a_title_is_taken(report: Run, tmp_path: Path):
    page = tmp_path / "page.html"
    report("report", "a.png", "--out", page, "--title", "Tiles & <b>")
    assert "<title>Tiles &amp; &lt;b&gt;</title>" in page.read_text("utf-8")


@pytest.mark.parametrize(("sources", "code"), [(["bad", "a.png"], 3), (["bad", "bad2"], 4)])
def test_failures_are_in_the_report_and_in_the_exit_code(report: Run, tmp_path, sources, code):
    page = tmp_path / "page.html"
    done = report("report", *sources, "--out", page)
    assert done.code == code
    assert "could not be scored" in done.err
    assert "bad: missing was found: do otherwise" in done.err
    failed = [source for source in sources if source.startswith("bad")]
    assert page.read_text("utf-8").count('class="headline problem"') == len(failed)


def test_an_interruption_leaves_a_report_of_what_was_finished(report: Run, tmp_path: Path):
    page = tmp_path / "page.html"
    assert report("report", "a.png", "stop", "--out", page).code == 130
    assert "a.png" in page.read_text("utf-8")
    assert not [file for file in tmp_path.iterdir() if file != page]


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_scored(report, tmp_path):
    (tmp_path / "none").write_bytes(b"a file in the way")
    done = report("report", "a.png", "--out", tmp_path / "none" / "page.html")
    assert done.code == 2
    assert "--out" in done.err
    assert not done.called


@pytest.mark.parametrize(("command", "folder"), [("report", "--figures"), ("score", "--figure")])
@pytest.mark.parametrize(
    ("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_figures_come_in_the_formats_of_papers(report, tmp_path, command, folder, kind, start):
    out = tmp_path / ("rows.csv" if command == "score" else "page.html")
    figures = tmp_path / "figures"
    arguments = ("a.png", "--out", out, folder, figures, "--figure-format", kind)
    assert report(command, *arguments).code == 0
    (figure,) = figures.iterdir()
    assert figure.name == f"a.{kind}"
    assert figure.read_bytes().startswith(start)


def test_two_pictures_of_one_name_get_two_figures(report: Run, tmp_path: Path):
    report("report", "x/a.png", "y/A.png", "--out", tmp_path / "p.html", "--figures", tmp_path)
    assert {file.name for file in tmp_path.glob("*.png")} == {"a.png", "A-2.png"}


def test_a_figure_of_standard_input_has_a_name(report: Run, tmp_path: Path):
    report("report", "-", "--out", tmp_path / "p.html", "--figures", tmp_path)
    assert [file.name for file in tmp_path.glob("*.png")] == ["standard-input.png"]


def test_another_format_is_refused(report: Run, tmp_path: Path):
    done = report("report", "a.png", "--out", tmp_path / "p.html", "--figure-format", "gif")
    assert done.code == 2
    assert not done.called
