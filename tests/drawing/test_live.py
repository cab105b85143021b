"""What a notebook shows while a score is made, without a kernel: the widgets are stand-ins."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from fakes.scores import a_picture, a_sketch
from symscope.drawing import live as shown
from symscope.networks.learning import Learning
from symscope.results import Drawn, Trained

STAGES = (
    Drawn(a_picture(), a_sketch()),
    Learning(10, np.zeros((4, 64 * 64), np.float32), np.full(4, 0.9, np.float32)),
    Trained(4, 16, {"Z_2": 0.75, "∅": 0.25}, {"Z_2": 0.1, "∅": 0.1}),
)


class Widget(SimpleNamespace):
    def __init__(self, *given, **options):
        super().__init__(value=given[0] if given else 0, layout=SimpleNamespace(display="none"))
        self.closed = False
        made.append(self)

    def close(self):
        self.closed = True


made: list[Widget] = []


@pytest.fixture
def notebook(monkeypatch):
    made.clear()
    names = ("IntProgress", "Label", "Image", "VBox", "HBox")
    monkeypatch.setitem(sys.modules, "ipywidgets", SimpleNamespace(**dict.fromkeys(names, Widget)))
    shell = SimpleNamespace(kernel=object())
    ipython = SimpleNamespace(
        get_ipython=lambda: shell,
        display=SimpleNamespace(display=lambda widget: None),
        version_info=(9, 0),
    )
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    return shell


def test_each_stage_moves_the_bar_and_draws_a_figure_and_at_the_end_all_is_gone(notebook):
    told, drawn, far = [], [], []
    with shown.live(told.append) as watch:
        assert watch is not None
        bar, image = made[0], made[2]
        for stage in STAGES:
            watch(stage)
            far.append(bar.value)
            drawn.append(image.value)
    assert tuple(told) == STAGES
    assert far == [1, 2, 3]
    assert all(each.startswith(b"\x89PNG") for each in drawn)
    assert made[-1].closed


def test_a_bar_counts_inputs(notebook):
    with shown.live_bar() as told:
        assert told is not None
        told(3, 17)
        assert (made[0].value, made[0].max) == (3, 17)
    assert made[-1].closed


def test_nothing_is_shown_elsewhere(notebook, monkeypatch):
    def watch(stage):
        pass

    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with shown.live(watch) as same, shown.live_bar() as none:
        assert (same, none) == (watch, None)
    del notebook.kernel
    assert shown.widgets() is None
    monkeypatch.delitem(sys.modules, "IPython")
    assert shown.widgets() is None


@pytest.mark.parametrize("points", [256, 32**3])
def test_signals_and_volumes_are_drawn_while_they_are_learned(points):
    stage = Learning(10, np.zeros((4, points), np.float32), np.ones(4, np.float32))
    assert shown.figure(stage) is not None
    assert shown.figure(Drawn(None, None)) is None
