"""The gallery of the documentation, with scores that are given."""

from __future__ import annotations

from dataclasses import replace

import exhibits
import numpy as np
import pytest
from PIL import Image

from fakes.scores import a_failure, a_score
from symscope.io.images import read_picture
from symscope.report.gallery import Exhibit, Room, own_rooms


@pytest.fixture
def scored(monkeypatch):
    """Score without networks; count how often that is asked for."""
    asked = []

    def score_many(paths, **options):
        asked.append(paths)
        assert options == {"seed": exhibits.SEED}
        return [replace(a_score(path), picture=read_picture(path)) for path in paths]

    monkeypatch.setattr(exhibits, "score_many", score_many)
    monkeypatch.setattr(exhibits, "own_rooms", lambda: own_rooms()[2:3])
    monkeypatch.setattr(exhibits, "enable_compilation_cache", lambda: None)
    monkeypatch.delenv(exhibits.FOLDERS, raising=False)
    return asked


def test_rooms_are_hung_once_and_again_with_another_folder(scored, tmp_path, monkeypatch):
    exhibits.hang(tmp_path / "out")
    text = (tmp_path / "out/gallery.md").read_text("utf-8")
    assert "## Lattices" in text
    assert "Of 3, the networks name 0 as the eye does." in text
    assert "| lattice-square | T_n, rotations of order 4 | **Z_2** | 0.90 | – | – | – |" in text
    assert (tmp_path / "out/gallery-0.png").stat().st_size > 1000
    exhibits.hang(tmp_path / "out")
    assert len(scored) == 1
    (tmp_path / "mine").mkdir()
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "mine/a.png")
    monkeypatch.setenv(exhibits.FOLDERS, str(tmp_path / "mine"))
    exhibits.hang(tmp_path / "out")
    assert len(scored) == 3
    assert "## mine" in (tmp_path / "out/gallery.md").read_text("utf-8")


def test_what_was_not_scored_has_its_outcome_in_the_figure():
    room = Room("r", "nobody has said", (Exhibit("r", "a/bad.png", "D_4, C_2", "D_n"),))
    figure = exhibits._room_figure(room, [a_failure("a/bad.png")])
    texts = [text.get_text() for text in figure.texts]
    assert texts[:2] == ["bad.png", "eye  $D_4$, $C_2$"]
    assert texts[2].startswith("networks  ")
    assert texts[3] == "search  –"
