"""The tables of tasks: the same templates for every row, and what the figures are shares of."""

import json

import numpy as np
import pytest

from symscope.drawing.comparison import comparison_figure
from symscope.evaluation import tasks
from symscope.features.features import CHANNELS, GRID
from symscope.groups import CLASS_SETS
from symscope.networks.ensemble import Ensemble
from symscope.tasks import parse_task

OPTIONS = {"classes": "paper", "seed": 3, "quick": True}
CLASSES = CLASS_SETS["paper"]


def trained():
    """Networks that need no training: the hidden layer is the level, or nothing at all."""
    asked = []

    class Layers(Ensemble):
        def hidden(self, points, keep=False):
            return self.stacks[0]

    def layers(field, networks, settings):
        levels = field.levels.reshape(64, 64)[1::2, 1::2].reshape(-1, 1)
        random = np.random.default_rng(0).normal(size=(GRID**2, 4))
        layer = random if parse_task(settings.task).control else levels + 1e-3 * random
        stack = np.repeat(layer[None].astype(np.float32), networks, 0)
        right, steps = np.full(networks, 0.9, np.float32), np.full(networks, 100)
        return Layers((stack,), (), right[:, None, None], right, right, right, steps, settings)

    def train(fields, networks, settings, seed, *pool):
        asked.append((settings.task, networks, [field.sha256 for field in fields]))
        return [layers(field, networks, settings) for field in fields]

    return train, asked


def test_every_row_has_the_same_templates_and_its_controls(monkeypatch):
    monkeypatch.setitem(tasks.ROWS, "tasks", ("colours", "denoising", "random", "pixels"))
    train, asked = trained()
    told = []
    found = tasks.measure(
        suite="tasks", **OPTIONS, progress=lambda *at: told.append(at), train=train
    )
    fields = {
        word: [sha for task, _, some in asked if task == word for sha in some]
        for word in ("colours", "denoising", "random")
    }
    assert fields["colours"] == fields["denoising"] == fields["random"]
    assert len(set(fields["colours"])) == found["templates"] + found["templates_of_own_classifiers"]
    assert {networks for _, networks, _ in asked} == {found["networks"]}
    assert told[-1][0] == told[-1][1]
    rows = found["rows"]
    assert rows["colours"]["shipped"] > rows["random"]["shipped"]
    # The layer is the picture itself, so what is read is what is read of the pixels.
    assert rows["denoising"]["own"] == rows["colours"]["own"]
    assert [rows[row]["control"] for row in rows] == [False, False, True, True]
    for row in rows.values():
        for classifier in ("shipped", "own"):
            low, high = row[f"{classifier}_interval"]
            assert low <= row[classifier] <= high
    assert found["beside"]["denoising"]["colours"]["own"]["p"] == 1
    assert set(found["beside"]["denoising"]) == {"colours", "random"}
    assert set(found["beside"]) == {"colours", "denoising"}
    json.dumps(found, allow_nan=False)
    drawn = comparison_figure(found)
    written = " ".join(text.get_text() for axes in drawn.axes for text in axes.texts)
    for said in ("taught with noise", "controls", "the pixels themselves", "five classes"):
        assert said in written


def test_networks_of_patches_stand_beside_their_own_untrained_ones():
    beside = tasks.beside("unsupervised", "vae:templates")
    assert set(beside) == {"random", "frozen", "colours", "vae:untrained", "vae:shuffled"}
    assert tasks.beside("unsupervised", "gan:untrained") == []
    assert {"vae:untrained", "gan:untrained", "random", "frozen"} <= set(tasks.ROWS["unsupervised"])


def test_rows_are_compared_template_by_template():
    one, other = np.array([1, 1, 1, 0, 1], bool), np.array([0, 0, 1, 0, 0], bool)
    found = tasks.compared(one, other)
    assert (found["better"], found["worse"]) == (3, 0)
    assert found["p"] == pytest.approx(0.25)
    assert found["difference"] == pytest.approx(0.6)


def test_pixels_are_read_by_the_pixels_own_classifier(monkeypatch):
    loaded = []

    class Classifier:
        def probabilities(self, seen):
            assert seen["picture"].shape[-3:] == (CHANNELS, GRID, GRID)
            return np.tile(np.eye(len(CLASSES))[0], (1, 1))

    def load(recipe):
        loaded.append(recipe.name)
        return Classifier()

    monkeypatch.setitem(tasks.ROWS, "tasks", ("pixels",))
    found = tasks.measure(suite="tasks", **OPTIONS, progress=lambda *at: None, load=load)
    assert loaded == ["control-pixels-paper"]
    assert found["rows"]["pixels"]["shipped"] == pytest.approx(0.2)
