"""``symscope gallery``: what hangs, what is written, what is refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import symscope.api
from fakes.scores import scored
from symscope import cli
from symscope.report.gallery import own_rooms


@pytest.fixture
def run(monkeypatch, capfd, tmp_path):
    """Run one command in an empty folder, every picture with a made-up score."""
    monkeypatch.chdir(tmp_path)
    called = {}

    def score_many(sources, chosen, **_):
        called.update(asdict(chosen), sources=sources)
        return scored(sources)

    monkeypatch.setattr(symscope.api, "score_many", score_many)

    def command(*arguments):
        code = cli.main(["gallery", *map(str, arguments)])
        out, err = capfd.readouterr()
        return SimpleNamespace(code=code, out=out, err=err, **called)

    return command


def hang(folder, *names):
    folder.mkdir()
    for name in names:
        Image.fromarray(np.zeros((16, 16), np.uint8)).save(folder / name)


def test_without_a_folder_its_own_rooms_hang(run, tmp_path):
    done = run("--networks", 4, "--seed", 3)
    assert (done.code, done.out, done.err) == (0, "gallery.html\n", "")
    assert done.sources == [e.path for room in own_rooms() for e in room.exhibits]
    assert (done.networks, done.seed) == (4, 3)
    text = (tmp_path / "gallery.html").read_text("utf-8")
    assert "sample:koch" in text
    assert "symscope gallery --networks 4 --seed 3 --out gallery.html" in text


def test_a_folder_is_a_room_with_what_its_table_says(run, tmp_path):
    hang(tmp_path / "mine", "a.png", "b.png")
    (tmp_path / "mine/labels.csv").write_text("file,class\na.png,Z_2\n")
    done = run("mine", "--only-folders", "--json", "--out", "g.html")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["room"], row["eye"], row["agrees"]) for row in rows] == [
        ("mine", "Z_2", True),
        ("mine", None, None),
    ]
    assert "labels.csv" in (tmp_path / "g.html").read_text("utf-8")


def test_what_is_wrong_with_its_table_is_said(run, tmp_path):
    hang(tmp_path / "mine", "a.png")
    (tmp_path / "mine/labels.csv").write_text("file,class\na.png,nonsense\n")
    done = run("mine", "--only-folders", "--out", "g.html")
    assert (done.code, done.out) == (0, "g.html\n")
    assert "mine: line 2: class is 'nonsense'" in done.err


def test_a_table_of_titles_says_nothing_of_symmetry(run, tmp_path):
    hang(tmp_path / "mine", "a.png")
    (tmp_path / "mine/labels.csv").write_text("file,title\na.png,The Wave\n")
    done = run("mine", "--only-folders", "--json")
    assert json.loads(done.out)["eye"] is None
    assert "found the columns file, title" in done.err


def test_many_pictures_are_thinned_out_evenly(run, tmp_path):
    hang(tmp_path / "mine", *(f"{i:02}.png" for i in range(20)))
    done = run("mine", "--only-folders", "--most", 5)
    assert [source[-6:-4] for source in done.sources] == ["00", "04", "08", "12", "16"]
    assert "--most 5" in (tmp_path / "gallery.html").read_text("utf-8")


def test_failures_are_told_and_hang_without_a_score(run, tmp_path):
    hang(tmp_path / "mine", "a.png", "bad.png")
    done = run("mine", "--only-folders")
    assert done.code == 3
    assert "1 picture could not be scored" in done.err
    assert "bad.png" in (tmp_path / "gallery.html").read_text("utf-8")
    hang(tmp_path / "other", "bad.png")
    assert run("other", "--only-folders").code == 4


def test_an_interruption_leaves_what_was_finished(run, tmp_path):
    hang(tmp_path / "mine", "a.png", "stop.png")
    done = run("mine", "--only-folders")
    assert done.code == 130
    assert "a.png" in (tmp_path / "gallery.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--only-folders"], 2, "needs a folder"),
        (["nowhere"], 4, "no such folder"),
        (["empty"], 4, "without pictures"),
        (["mine", "mine/../mine"], 2, "two rooms"),
        (["--most", "0"], 2, "--most"),
    ],
)
def test_what_is_refused(run, tmp_path, arguments, code, words):
    hang(tmp_path / "empty")
    hang(tmp_path / "mine", "a.png")
    done = run(*arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "gallery.html").exists()
