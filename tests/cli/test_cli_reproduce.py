"""``symscope reproduce`` from the command line: what it prints, refuses and leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from fakes.claims import a_claim
from symscope import cli
from symscope.errors import TooSmall
from symscope.evaluation.claims import claims

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command with made-up claims: ``fail`` cannot be measured, ``stop`` interrupts."""

    def claim(key: str):
        def end(effort, progress):
            raise TooSmall("found nothing") if key == "fail" else KeyboardInterrupt

        return a_claim(key) if key not in ("fail", "stop") else a_claim(key, measure=end)

    def command(*arguments: object, keys=("one", "two")) -> SimpleNamespace:
        monkeypatch.setattr(claims, "CLAIMS", tuple(map(claim, keys)))
        code = cli.main(["reproduce", *map(str, arguments)])
        out, err = capfd.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return command


def test_it_writes_a_page_and_prints_its_path_alone(run: Run, tmp_path: Path):
    page = tmp_path / "talk.html"
    done = run("--quick", "--seed", 7, "--out", page)
    assert (done.code, done.out) == (0, f"{page}\n")
    assert "1 of 2: The claim one: holds" in done.err
    assert "symscope reproduce --quick --seed 7" in page.read_text("utf-8")


def test_json_holds_figures_and_verdicts(run: Run, tmp_path: Path):
    done = run("--json", "--out", tmp_path / "talk.html")
    found = json.loads(done.out)
    assert [c["verdict"] for c in found["claims"].values()] == ["holds", "holds"]
    assert found["page"] == str(tmp_path / "talk.html")
    assert found["versions"]["symscope"]


@pytest.mark.parametrize(("keys", "code"), [(("one", "fail"), 3), (("fail",), 4)])
def test_a_claim_that_cannot_be_measured_is_in_the_exit_code(run: Run, tmp_path, keys, code):
    done = run("--out", tmp_path / "talk.html", keys=keys)
    assert done.code == code
    assert "could not be measured" in done.err


def test_an_interruption_is_told_and_gone_on_from(run: Run, tmp_path: Path):
    page = tmp_path / "talk.html"
    assert run("--out", page, keys=("one", "stop")).code == 130
    assert page.read_text("utf-8").count('class="badge waiting"') == 2  # in table and section
    done = run("--out", page, keys=("one", "stop"))
    assert "1 of 2" not in done.err
    assert run("--out", page, "--fresh", keys=("one", "stop")).err.count("1 of 2: The claim") == 1


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("talk.pdf", "ends in .html"),
        (".", "expected a file"),
        ("diary.html", "did not make"),
    ],
)
def test_a_bad_out_is_refused_before_anything_is_measured(run: Run, tmp_path: Path, name, why):
    (tmp_path / "diary.html").write_text("dear diary")
    done = run("--out", tmp_path / name)
    assert done.code == 2
    assert why in done.err
    assert "The claim" not in done.err
    assert (tmp_path / "diary.html").read_text() == "dear diary"


def test_pictures_must_hold_one_that_can_be_read(run: Run, tmp_path: Path):
    folder, page = tmp_path / "paintings", tmp_path / "talk.html"
    assert run("--out", page, "--pictures", folder).code == 2
    folder.mkdir()
    (folder / "a.png").write_bytes(b"no picture")
    done = run("--out", page, "--pictures", folder)
    assert done.code == 2
    assert "no picture that can be read" in done.err
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8)).save(
        folder / "b.png"
    )
    assert run("--out", page, "--pictures", folder).code == 0
    assert f"--pictures {folder}" in page.read_text("utf-8")
