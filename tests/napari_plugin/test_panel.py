"""The panel in napari, without a window: the viewer's model has all that it needs."""

import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("napari")
pytest.importorskip("qtpy")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from napari.components import ViewerModel
from npe2 import PluginManifest
from qtpy.QtWidgets import QApplication

import symscope.api
import symscope.napari_plugin
from fakes.scores import a_failure, a_score, elements
from symscope.elements import Elements
from symscope.errors import TooSmall
from symscope.io.images import read_picture
from symscope.napari_plugin.panel import SymmetryPanel
from symscope.results import Drawn, Trained

SECONDS = 300.0


@pytest.fixture(scope="module")
def application():
    return QApplication.instance() or QApplication([])


@pytest.fixture
def viewer(application):
    return ViewerModel()


def press(panel):
    panel.start.click()
    wait(panel)


def wait(panel):
    until = time.monotonic() + SECONDS
    while panel.worker is not None:
        QApplication.processEvents()
        assert time.monotonic() < until
        time.sleep(0.01)


def scores(monkeypatch, made):
    """Let a score be what is given, or an error that is raised."""

    def score(source, options, watch):
        watch(Drawn(None, None))
        watch(Trained(4, 16, {}, {}))
        if isinstance(made, Exception):
            raise made
        return made

    monkeypatch.setattr(symscope.api, "score", score)


def test_the_manifest_names_the_panel():
    path = os.path.join(os.path.dirname(symscope.napari_plugin.__file__), "napari.yaml")
    manifest = PluginManifest.from_file(path)
    (command,) = manifest.contributions.commands
    assert command.python_name == f"{SymmetryPanel.__module__}:{SymmetryPanel.__name__}"
    (widget,) = manifest.contributions.widgets
    assert (widget.command, widget.display_name) == (command.id, "Symmetry")


def test_a_picture_is_scored_and_its_elements_are_drawn(viewer):
    rows, columns = np.mgrid[:48, :64]
    bright = np.exp(-((columns - 40) ** 2 / 90 + (rows - 24) ** 2 / 40)) * (rows + 20)
    viewer.add_image(bright, name="spot", scale=(0.5, 0.5), translate=(3, 4), rotate=20, units="um")
    panel = SymmetryPanel(viewer)
    panel.networks.setValue(2)
    press(panel)
    score = panel.score
    assert score.provenance["networks"] == 2
    assert score.path == "spot"
    assert panel.answer.text().startswith("spot: ")
    items = [*score.elements.items, *score.elements.nearly]
    assert panel.table.rowCount() == len(items) > 0
    layer, shapes = viewer.layers["spot"], viewer.layers["symmetry of spot"]
    for name in ("scale", "translate", "rotate"):
        np.testing.assert_array_equal(getattr(shapes, name), getattr(layer, name))
    assert shapes.units == layer.units
    mirrors = shapes.features["kind"] == "mirror axis"
    axes = [data for data, mirror in zip(shapes.data, mirrors, strict=True) if mirror]
    assert min(abs(axis[:, 1] - 40).max() for axis in axes) < 1  # the spot's own upright mirror
    assert shapes.metadata["symscope"]["path"] == "spot"
    assert panel.layer.currentText() == "spot"


def test_what_is_nearly_there_is_paler_and_a_second_score_replaces_the_first(viewer, monkeypatch):
    both = Elements(elements("mirror", "stripes").items, {}, nearly=elements("rotation").items)
    scores(monkeypatch, replace(a_score(), elements=both))
    viewer.add_image(np.zeros((60, 80)), name="kite")
    panel = SymmetryPanel(viewer)
    press(panel)
    press(panel)
    assert [layer.name for layer in viewer.layers] == ["kite", "symmetry of kite"]
    shapes = viewer.layers["symmetry of kite"]
    assert list(shapes.features["nearly"]) == [False, False, True]
    first, second, third = shapes.edge_color.tolist()
    assert first == second != third
    assert shapes.shape_type == ["line", "path", "ellipse"]


def test_a_row_is_saved_as_json_or_csv_and_nothing_else(viewer, monkeypatch, tmp_path):
    scores(monkeypatch, a_score())
    viewer.add_image(np.zeros((60, 80)), name="kite")
    panel = SymmetryPanel(viewer)
    assert not panel.save.isEnabled()
    press(panel)
    assert panel.save.isEnabled()
    panel.save_row(tmp_path / "row")
    assert json.loads((tmp_path / "row.json").read_text())[0]["label"] == "Z_2"
    panel.save_row(tmp_path / "row.csv")
    assert (tmp_path / "row.csv").read_text().startswith("path,outcome")
    panel.save_row(tmp_path / "row.exe")
    assert "row.exe" in panel.status.text()
    panel.save_row(tmp_path / "gone" / "row.csv")
    assert "could not write" in panel.status.text()


def test_errors_stand_in_one_line_and_the_last_score_stays(viewer, monkeypatch):
    panel = SymmetryPanel(viewer)
    press(panel)
    assert "no Image layer" in panel.status.text()
    viewer.add_image(np.zeros((60, 80)), name="kite")
    scores(monkeypatch, a_score())
    press(panel)
    kept = panel.score
    for error in (TooSmall("found 3 x 3 pixels"), RuntimeError("broken")):
        scores(monkeypatch, error)
        press(panel)
        assert str(error) in panel.status.text()
        assert "\n" not in panel.status.text()
        assert panel.score is kept
        assert panel.start.isEnabled()
    panel.volume.setChecked(True)
    press(panel)
    assert "volume" in panel.status.text()


def test_a_failure_says_why(viewer, monkeypatch):
    scores(monkeypatch, a_failure("kite"))
    viewer.add_image(np.zeros((60, 80)), name="kite")
    panel = SymmetryPanel(viewer)
    press(panel)
    assert "No score" in panel.answer.text()
    assert a_failure().message in panel.reasons.text()
    assert panel.table.rowCount() == 0


def test_it_can_be_cancelled(viewer, monkeypatch):
    def score(source, options, watch):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            watch(Drawn(None, None))
            time.sleep(0.01)

    monkeypatch.setattr(symscope.api, "score", score)
    viewer.add_image(np.zeros((60, 80)), name="kite")
    panel = SymmetryPanel(viewer)
    panel.start.click()
    assert not panel.start.isEnabled()
    panel.cancel.click()
    wait(panel)
    assert panel.status.text() == "Cancelled."
    assert panel.score is None
    assert panel.start.isEnabled()


def test_only_image_layers_are_offered_and_the_choice_stays(viewer):
    viewer.add_image(read_picture("sample:camera").grey, name="camera")
    viewer.add_points(np.zeros((1, 2)))
    panel = SymmetryPanel(viewer)
    viewer.add_image(np.zeros((60, 80)), name="kite")
    panel.layer.setCurrentText("kite")
    viewer.layers["camera"].name = "photograph"
    assert [panel.layer.itemText(n) for n in range(panel.layer.count())] == ["photograph", "kite"]
    assert panel.layer.currentText() == "kite"
    viewer.layers.remove("kite")
    assert panel.layer.currentText() == "photograph"
