"""The command line: what goes where, and which exit code comes back."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from PIL import Image

import symscope.api
import symscope.classifier.training
import symscope.evaluation
from fakes.scores import a_failure, a_score
from symscope import cli, options
from symscope.drawing.explain import sentence
from symscope.drawing.rows import WRITERS
from symscope.errors import Outcome, WeightsRejected
from symscope.groups import CLASS_SETS
from symscope.io.images import GuardedReader
from symscope.io.sounds import listen_apart
from symscope.options import Options
from symscope.preprocess import sketch
from symscope.report import doctor
from symscope.report.terminal import READER_GONE
from symscope.results import Score

Scoring = Callable[..., dict[str, Any]]


@pytest.fixture
def scoring(monkeypatch: pytest.MonkeyPatch) -> Scoring:
    """Replace the science: every source gets the given score or raises the given error."""
    called: dict[str, Any] = {}

    def replace(**results: Score | BaseException) -> dict[str, Any]:
        def score_many(sources: list[str], chosen: Options, **options: Any) -> Iterator[Score]:
            called.update(options, options=chosen, sources=sources)
            for number, source in enumerate(sources, start=1):
                result = results.get(source) or a_score(source)
                if isinstance(result, BaseException):
                    raise result
                yield result
                options["progress"](number, len(sources))

        monkeypatch.setattr(symscope.api, "score_many", score_many)
        return called

    replace()
    return replace


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: object) -> SimpleNamespace:
    """Run one command in this process."""
    code = cli.main([str(argument) for argument in arguments])
    out, err = capfdbinary.readouterr()
    text = out.decode(errors="replace")  # Parquet is no text.
    return SimpleNamespace(code=code, raw=out, out=text, err=err.decode())


Run = Callable[..., SimpleNamespace]


@pytest.fixture
def symscope_run(capfdbinary: pytest.CaptureFixture[bytes], scoring: Scoring) -> Run:
    """Run one command with the science replaced."""
    return lambda *arguments: run(capfdbinary, *arguments)


def test_json_is_a_list_of_rows_and_nothing_else_is_printed(symscope_run: Run) -> None:
    result = symscope_run("score", "a.png", "b.png", "--format", "json")
    assert result.code == 0
    assert result.err == ""
    rows = json.loads(result.out)
    assert [row["path"] for row in rows] == ["a.png", "b.png"]
    assert set(rows[0]) >= {
        "path",
        "outcome",
        "probabilities",
        "probabilities_sd",
        "symmetry",
        "fit",
        "provenance",
    }
    assert "∅" in result.out


def test_the_answer_of_a_single_input_is_a_sentence_below_its_table(
    symscope_run: Run, tmp_path: Path
) -> None:
    said = sentence(a_score("a.png"))
    words = " ".join(symscope_run("score", "a.png").out.split())
    assert words.count(said) == 1
    assert said not in " ".join(symscope_run("score", "a.png", "b.png").out.split())
    assert said not in symscope_run("score", "a.png", "--format", "json").out
    assert not symscope_run("score", "a.png", "--out", tmp_path / "rows.txt").out


def test_every_format_is_printed(symscope_run: Run) -> None:
    assert "a.png" in symscope_run("score", "a.png").out
    lines = symscope_run("score", "a.png", "b.png", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["a.png", "b.png"]
    (line,) = csv.DictReader(io.StringIO(symscope_run("score", "a", "--format", "csv").out))
    assert float(line["probabilities.Z_2"]) == pytest.approx(0.9)
    assert symscope_run("score", "a.png", "--format", "parquet").raw.startswith(b"PAR1")


def test_options_reach_the_science(symscope_run: Run, scoring: Scoring) -> None:
    called = scoring()
    options = "--networks 2 --seed 7 --settings paper --sketch edges --frame pad --classifier paper"
    symscope_run(
        "score",
        "a.png",
        *options.split(),
        "--max-megapixels",
        "2.5",
        "--no-elements",
        "--baselines",
        "--zoom",
        "3",
        "--task",
        "bands:5",
    )
    called.pop("progress")
    assert isinstance(called.pop("read"), GuardedReader)
    assert called.pop("listen") is listen_apart
    chosen = {"networks": 2, "seed": 7, "settings": "paper", "sketch": "edges", "frame": "pad"}
    chosen |= {"zoom": 3.0, "classifier": "paper", "max_megapixels": 2.5, "elements": False}
    assert called == {
        "sources": ["a.png"],
        "options": Options(**chosen, baselines=True, task="bands:5"),
    }


def test_the_choices_offered_are_those_of_the_science() -> None:
    assert tuple(options.SketchMethod) == sketch.METHODS
    assert tuple(options.Frame) == sketch.FRAMES
    assert set(options.ClassSet) == set(CLASS_SETS)
    assert set(options.Format) == {"table", *WRITERS}


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["ok", "ok"], 0),
        (["ok", "not_learned"], 0),
        (["ok", "missing"], 3),
        (["constant", "not_learned"], 3),
        (["missing", "unreadable"], 4),
        (["constant", "too_small"], 4),
    ],
)
def test_exit_codes_say_how_many_inputs_failed(
    symscope_run: Run, scoring: Scoring, outcomes: list[str], code: int
) -> None:
    results = {
        name: a_score(name) if outcome == "ok" else a_failure(name, Outcome(outcome))
        for name, outcome in zip("ab", outcomes, strict=True)
    }
    scoring(**results)
    result = symscope_run("score", "a", "b", "--format", "json")
    assert result.code == code
    assert [row["outcome"] for row in json.loads(result.out)] == outcomes


def test_a_failed_picture_is_told_on_one_line_with_its_name(
    symscope_run: Run, scoring: Scoring
) -> None:
    scoring(b=a_failure("b", Outcome.UNREADABLE))
    result = symscope_run("score", "a", "b")
    told, summary = result.err.splitlines()
    assert told == "symscope: b: unreadable was found: do otherwise"
    assert summary == "symscope: 1 of 2 could not be scored"


def test_a_name_cannot_write_to_the_terminal(symscope_run: Run, scoring: Scoring) -> None:
    name = "a\x1b[2J\nb"
    scoring(**{name: a_failure(name)})
    result = symscope_run("score", name)
    assert "\x1b[2J" not in result.out + result.err
    assert len(result.err.splitlines()) == 2


def test_rejected_weights_end_with_five_and_keep_what_was_finished(
    symscope_run: Run, scoring: Scoring
) -> None:
    scoring(b=WeightsRejected("found another checksum: install symscope again"))
    result = symscope_run("score", "a", "b", "--format", "json")
    assert result.code == 5
    assert result.err == "symscope: found another checksum: install symscope again\n"
    assert [row["path"] for row in json.loads(result.out)] == ["a"]


def test_an_interruption_ends_with_130_and_keeps_what_was_finished(
    symscope_run: Run, scoring: Scoring, tmp_path: Path
) -> None:
    scoring(b=KeyboardInterrupt())
    out = tmp_path / "rows.csv"
    result = symscope_run("score", "a", "b", "--out", out)
    assert result.code == 130
    assert len(result.err.splitlines()) == 1
    assert len(out.read_text().splitlines()) == 2


def test_a_fault_of_ours_is_one_line_and_a_traceback_only_when_asked_for(
    symscope_run: Run, scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYMSCOPE_DEBUG", raising=False)
    scoring(a=ZeroDivisionError("two\nlines"))
    result = symscope_run("score", "a")
    assert result.code == 1
    assert len(result.err.splitlines()) == 1
    assert "SYMSCOPE_DEBUG=1" in result.err
    monkeypatch.setenv("SYMSCOPE_DEBUG", "1")
    assert "Traceback" in symscope_run("score", "a").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["score"],
        ["score", "a.png", "--nonsense"],
        ["score", "a.png", "--networks", "0"],
        ["score", "a.png", "--networks", "1.5"],
        ["score", "a.png", "--seed", "-1"],
        ["score", "a.png", "--sketch", "nonsense"],
        ["score", "a.png", "--format", "nonsense"],
        ["score", "a.png", "--max-megapixels", "nan"],
        ["score", "a.png", "--max-megapixels", "inf"],
        ["score", "a.png", "--max-megapixels", "-1"],
        ["score", "a.png", "--contact-sheet", "sheet.txt"],
        ["templates", "--breaking", "nan"],
        ["templates", "--breaking", "1.01"],
        ["templates", "--count", "0"],
        ["templates", "--classes", "Z_2,nonsense"],
        ["evaluate", "nonsense"],
        ["evaluate", "templates", "--classes", "nonsense"],
        *(
            ["evaluate", suite, "--classes", "paper"]
            for suite in ("sound", "volumes", "signals", "adversarial", "fractals", "labelled")
        ),
        ["cite", "--sketch", "nonsense"],
    ],
)
def test_wrong_use_ends_with_two_and_one_line(
    symscope_run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = symscope_run(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    assert result.err.startswith("symscope: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["score", "a", "--figure"], ["templates", "--out"], ["train", "--out"]]
)
def test_a_file_in_the_place_of_a_folder_is_refused(
    symscope_run: Run, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "taken").write_bytes(b"")
    result = symscope_run(*arguments, tmp_path / "taken")
    assert result.code == 2
    assert len(result.err.splitlines()) == 1


def test_parquet_does_not_go_to_a_terminal(
    symscope_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    result = symscope_run("score", "a.png", "--format", "parquet")
    assert result.code == 2
    assert "--out" in result.err


@pytest.mark.parametrize(
    ("name", "start"), [("r.json", b"["), ("r.jsonl", b"{"), ("r.parquet", b"PAR1"), ("r", b"pict")]
)
def test_the_format_of_a_file_follows_its_name(
    symscope_run: Run, tmp_path: Path, name: str, start: bytes
) -> None:
    result = symscope_run("score", "a.png", "--out", tmp_path / name)
    assert result.out == ""
    assert (tmp_path / name).read_bytes().startswith(start)


def test_figures_and_a_contact_sheet_are_drawn(
    symscope_run: Run, scoring: Scoring, tmp_path: Path
) -> None:
    scoring(**{"gone.png": a_failure("gone.png")})
    sheet, folder = tmp_path / "sheet.png", tmp_path / "new" / "figures"
    places = ("--figure", folder, "--contact-sheet", sheet)
    result = symscope_run("score", "x/a.png", "y/a.jpg", "gone.png", *places)
    assert result.code == 3
    assert sorted(path.name for path in folder.iterdir()) == ["a-2.png", "a.png", "gone.png"]
    for path in [sheet, *folder.iterdir()]:
        Image.open(path).verify()


def test_templates_are_saved_with_their_labels(symscope_run: Run, tmp_path: Path) -> None:
    result = symscope_run("templates", "--classes", "striped", "--out", tmp_path)
    assert result.code == 0
    assert result.out == f"{tmp_path / 'templates.png'}\n"
    lines = list(csv.DictReader(io.StringIO((tmp_path / "labels.csv").read_text("utf-8"))))
    assert {line["label"] for line in lines} == {"T"}
    assert all((tmp_path / line["file"]).exists() for line in lines)


def test_an_evaluation_is_one_json_object_or_a_table(
    symscope_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: dict[str, Any] = {}

    def measure(suite: str, **options: Any) -> dict[str, Any]:
        called.update(options, suite=suite)
        return {"accuracy.hidden": 0.93}

    monkeypatch.setattr(symscope.evaluation, "run", measure)
    arguments = ("evaluate", "templates", "--classes", "extended", "--seed", "3", "--quick")
    assert json.loads(symscope_run(*arguments, "--json").out) == {"accuracy.hidden": 0.93}
    assert "accuracy.hidden  0.930" in symscope_run(*arguments).out
    called.pop("progress")
    assert called == {
        "suite": "templates",
        "classes": "extended",
        "seed": 3,
        "quick": True,
        "folder": None,
        "labels": None,
        "crop": None,
        "baselines": False,
        "evidence": "both",
    }


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("labelled",), "labels.csv"),
        (("labelled", "."), "labels.csv"),
        (("labelled", ".", "--crop", "1,2"), "--crop"),
        (("labelled", ".", "--labels", "nowhere.csv"), "nowhere.csv"),
        (("controls", "."), "no folder"),
        (("controls", "--figure", "a.png"), "--figure"),
        (("breaking", "--figure", "a.txt"), "a.txt"),
        (("noise", "."), "no picture"),
        (("noise", ".", "--baselines"), "labelled alone"),
        (("controls", "--crop", "0,0,9,9"), "labelled alone"),
    ],
)
def test_evaluations_that_cannot_be_made_are_wrong_use(
    symscope_run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    hint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = symscope_run("evaluate", *arguments)
    assert result.code == 2
    assert hint in result.err
    assert "Traceback" not in result.err


def test_training_gets_its_options(
    symscope_run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called: dict[str, Any] = {}
    monkeypatch.setattr(
        symscope.classifier.training,
        "train",
        lambda out, **options: called.update(options, out=out),
    )
    result = symscope_run("train", "--out", tmp_path / "weights", "--seed", "5", "--quick")
    assert result.code == 0
    called.pop("progress")
    assert called == {
        "out": tmp_path / "weights",
        "dimension": 2,
        "seed": 5,
        "quick": True,
        "work": None,
    }


def test_the_doctor_ends_with_five_when_weights_are_not_as_shipped(
    symscope_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = {"paper": {"status": doctor.VERIFIED}, "extended": {"status": "checksum differs"}}
    monkeypatch.setattr(doctor, "examine", lambda: {"weights": status})
    result = symscope_run("doctor", "--json")
    assert result.code == 5
    assert json.loads(result.out) == {"weights": status}
    status["extended"]["status"] = doctor.VERIFIED
    assert symscope_run("doctor").code == 0


def test_cite_prints_bibtex(symscope_run: Run) -> None:
    result = symscope_run("cite", "--sketch", "quantile")
    assert result.out.startswith("@article{barenboim2021symmetry,")
    assert "Otsu" not in result.out


def shell(*arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "symscope", *arguments]
    return subprocess.run(command, capture_output=True, check=False, env=os.environ | settings)


def test_help_of_the_module_names_every_command() -> None:
    result = shell("--help", COLUMNS="60", NO_COLOR="1")
    text = result.stdout.decode()
    assert result.returncode == 0
    for command in ("score", "templates", "train", "evaluate", "doctor", "cite"):
        assert f" {command} " in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 60


def test_an_encoding_without_the_letters_does_not_end_a_run() -> None:
    result = shell("templates", "--classes", "∅∅", PYTHONIOENCODING="ascii")
    assert result.returncode == 2
    assert b"\\u2205" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_reader_that_has_gone_ends_the_run_quietly() -> None:
    command = [sys.executable, "-m", "symscope", "cite"]
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE) as process:
        os.close(write)
        _, errors = process.communicate()
    assert process.returncode == READER_GONE
    assert errors == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "a.csv", "--json"], "--format json"),
        (["score", "a.csv", "--out", "rows.xlsx"], "rows.csv --excel"),
        (["score", "a.csv", "--sketch", "foo"], "--sketch found 'foo', expected one of otsu, "),
    ],
)
def test_what_people_try_is_told_how_it_is_meant(
    symscope_run: Run, arguments: list[str], message: str
) -> None:
    done = symscope_run(*arguments)
    assert done.code == 2
    assert message in done.err


def test_a_file_in_place_of_a_command_is_told(symscope_run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    done = symscope_run(tmp_path / "a.csv")
    assert (done.code, "symscope score FILE" in done.err) == (2, True)


def test_files_of_a_folder_that_are_not_scored_are_told(symscope_run: Run, tmp_path: Path) -> None:
    for name in ("kite.png", "density.mrc", "notes", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    said = symscope_run("score", tmp_path).err
    assert "2 of its files are left out" in said
    assert ".mrc" in said
    (tmp_path / "density.mrc").unlink()
    (tmp_path / "notes").unlink()
    assert "left out" not in symscope_run("score", tmp_path).err


def test_options_that_volumes_do_not_take_are_named(symscope_run: Run) -> None:
    done = symscope_run("score", "a.npy", "b.png", "c.csv", "--task", "vae", "--sketch", "edges")
    assert "--task, --sketch: for pictures and sounds, left out for a.npy and 1 more" in done.err
    assert "left out" not in symscope_run("score", "b.png", "--task", "vae").err
    assert "left out" not in symscope_run("score", "a.npy").err


def test_each_option_of_a_score_is_a_flag_with_its_default():
    commands: Any = typer.main.get_command(cli.app)
    flags = {flag.name: flag.default for flag in commands.commands["score"].params}
    defaults = asdict(Options())
    del defaults["domain"]  # of functions, which no command line can name
    assert {name: flags.get(name) for name in defaults} == defaults


def test_how_a_picture_was_read_is_said_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from symscope.report.terminal import say_why

    told = replace(a_score(), provenance={"read": ["frame 1 of 6"]}, message=None)
    say_why(told)
    assert capsys.readouterr().err.strip().endswith("frame 1 of 6")
