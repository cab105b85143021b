"""``symscope collection``: what goes where, what is refused, and which exit code comes back."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace

import pytest

import symscope.collection.engines
import symscope.collection.run
import symscope.report.summary
from fakes.engine import UNREADABLE, FakeEngine, terms
from symscope import cli
from symscope.collection.store import Terms
from symscope.options import Options


@pytest.fixture
def run(capfdbinary, monkeypatch, tmp_path):
    """Run one command in this process, in a folder with three pictures, with the science replaced.

    ``run.summed`` is what the summary page was asked for, ``run.stop_after`` stops the engine.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans/monet").mkdir(parents=True)
    for name in ("scans/1.png", "scans/monet/2.png", "scans/monet/=3.png"):
        (tmp_path / name).write_bytes(name.encode())

    def command(*arguments):
        code = cli.main(["collection", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return SimpleNamespace(code=code, out=out.decode(), err=err.decode())

    def engine(options: Options) -> FakeEngine:
        command.options = options
        return FakeEngine(Terms(options, ("",), ("",)), stop_after=command.stop_after)

    def write_summary(path, rows, **named):
        command.summed = [path.name, len(list(rows())), named["group"], named["title"]]

    command.stop_after = None
    monkeypatch.setattr(symscope.collection.engines, "LocalEngine", engine)
    monkeypatch.setattr(
        symscope.collection.run,
        "terms_of",
        lambda options: Terms(options, terms().weights, terms().networks),
    )
    monkeypatch.setattr(symscope.report.summary, "write_summary", write_summary)
    return command


def test_a_folder_becomes_a_table_and_nothing_is_printed_to_standard_output(run, tmp_path) -> None:
    result = run("scans", "--out", "out.csv")
    assert (result.code, result.out) == (0, "")
    assert result.err == "symscope: 3 scored, 0 failed: see out.csv\n"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert [row["path"] for row in rows] == [
        "scans/1.png",
        "scans/monet/2.png",
        "scans/monet/=3.png",
    ]
    assert run.summed == ["out.html", 3, "folder", "scans"]


def test_a_table_is_carried_along_and_groups_by_a_column(run, tmp_path) -> None:
    (tmp_path / "list.csv").write_text("file,artist\nscans/1.png,=Anon\nscans/gone.png,Claude\n")
    result = run(
        "list.csv", "--out", "out.csv", "--group-by", "artist", "--summary", "p.html", "--excel"
    )
    assert result.code == 3
    assert "symscope: scans/gone.png: gone" in result.err
    assert "1 scored, 1 failed (1 missing)" in result.err
    written = (tmp_path / "out.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert [row["manifest.artist"] for row in rows] == ["'=Anon", "Claude"]
    assert run.summed == ["p.html", 2, "artist", "list"]


def test_all_options_of_a_score_are_taken(run) -> None:
    words = "--networks 2 --seed 7 --settings paper --sketch edges --frame pad --zoom 3"
    more = "--classifier paper --max-megapixels 2.5 --no-elements --baselines"
    assert run("scans", "--out", "out.json", *words.split(), *more.split()).code == 0
    assert run.options == Options(2, 7, "paper", "edges", "pad", 3.0, "paper", 2.5, False, True)


def test_nothing_readable_is_an_exit_code_of_its_own(run, tmp_path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/1.png").write_bytes(UNREADABLE)
    assert run("bad", "--out", "out.json").code == 4
    assert json.loads((tmp_path / "out.json").read_text())[0]["outcome"] == "unreadable"


def test_an_interrupted_run_says_how_to_go_on_and_does(run, tmp_path) -> None:
    run.stop_after = 0
    result = run("scans", "--out", "out.json")
    assert result.code == 130
    assert "finished rows are in out.json.journal: run the same command again" in result.err
    assert not (tmp_path / "out.json").exists()
    run.stop_after = None
    assert run("scans", "--out", "out.json").code == 0


def test_many_failures_are_told_once_in_a_while(run, tmp_path) -> None:
    table = "".join(f"gone{n}.png\n" for n in range(50))
    (tmp_path / "list.csv").write_text(f"file\n{table}")
    result = run("list.csv", "--out", "out.json")
    assert len(result.err.splitlines()) == 22
    assert "50 failed (50 missing)" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("scans", "found no --out, expected --out FILE"),
        ("scans --out out.xls", "ends in .parquet, .csv, .jsonl, .json"),
        ("scans --out out.json --excel", "expected it with a name in .csv"),
        ("scans --out out.csv --summary out.csv", "expected two files"),
        ("list.csv --out list.csv", "expected two files"),
        ("gone --out out.csv", "found nothing at gone"),
        ("scans --out out.csv --group-by artist", "expected one of file, folder"),
        ("scans --out out.csv --workers 2", "expected --engine dask"),
        ("scans --out out.csv --scheduler tcp://a:1", "expected --engine dask"),
        ("scans --out out.csv --engine dask --scheduler tcp://a:1 --workers 2", "of its own"),
        ("scans --out out.csv --zoom 0", "--zoom"),
        ("scans --out out.csv --engine spark", "--engine"),
    ],
)
def test_wrong_use_is_said_before_anything_is_made(run, tmp_path, words, said) -> None:
    (tmp_path / "list.csv").write_text("file\nscans/1.png\n")
    result = run(*words.split())
    assert result.code == 2
    assert said in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list.csv", "scans"]
