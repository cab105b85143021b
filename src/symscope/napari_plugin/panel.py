"""The panel: a layer, a few options, what the networks do, the answer and a table of elements."""

# napari and Qt are an extra, which pyright need not have.
# pyright: reportMissingImports=false

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image
from napari.qt.threading import thread_worker
from napari.viewer import Viewer
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from symscope.errors import SymscopeError, UsageError
from symscope.napari_plugin.layers import Shown, read, shown
from symscope.options import EvidenceSource, Options

THERE, NEARLY = "#ff7f2a", "#ffc9a3"
"""Of what is drawn: seen on dark and on light, the second paler."""

EDGE = 1 / 200
"""Width of lines, as a share of the longer side."""

COLUMNS = ("element", "where", "there", "realised", "chance")

HELP = {option.name: option.metadata.get("help", "") for option in fields(Options)}


class Cancelled(Exception):
    """The person does not want the score any more."""


class SymmetryPanel(QWidget):
    """Score what an Image layer shows, and draw its elements as a layer of shapes.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    told = Signal(object)

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self.viewer = viewer
        self.score: Any = None
        self.worker: Any = None

        self.layer = QComboBox()
        self.volume = QCheckBox("all of the last three axes, not the plane that is shown")
        self.networks, self.seed, self.zoom = QSpinBox(), QSpinBox(), QDoubleSpinBox()
        self.networks.setRange(0, 1000)
        self.networks.setSpecialValueText("as many as it needs")
        self.seed.setRange(0, 2**31 - 1)
        self.zoom.setRange(1, 100)
        self.zoom.setSingleStep(0.5)
        self.evidence = QComboBox()
        self.evidence.addItems(list(EvidenceSource))
        form = QFormLayout()
        form.addRow("layer", self.layer)
        form.addRow("volume", self.volume)
        for name in ("networks", "seed", "zoom", "evidence"):
            option = getattr(self, name)
            option.setToolTip(HELP[name])
            form.addRow(name, option)

        self.start, self.cancel = QPushButton("Score"), QPushButton("Cancel")
        self.save = QPushButton("Save row…")
        self.start.clicked.connect(self._begin)
        self.cancel.clicked.connect(self._cancel)
        self.save.clicked.connect(self._choose_file)
        buttons = QHBoxLayout()
        for button in (self.start, self.cancel, self.save):
            buttons.addWidget(button)

        self.progress, self.status = QProgressBar(), _words()
        self.answer, self.numbers, self.reasons = _words(), _words(), _words()
        self.answer.setStyleSheet("font-size: 15px; font-weight: bold")
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        # As wide as the panel is, as high as the words need.
        header.sectionResized.connect(self.table.resizeRowsToContents)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in ("element", "where"):
            header.setSectionResizeMode(COLUMNS.index(column), QHeaderView.ResizeMode.Stretch)

        page = QVBoxLayout(self)
        page.addLayout(form)
        page.addLayout(buttons)
        for part in (self.progress, self.status, self.answer, self.numbers):
            page.addWidget(part)
        page.addWidget(self.table, stretch=1)
        page.addWidget(self.reasons)

        self.told.connect(self._tell)
        viewer.layers.events.connect(self._list_layers)
        self._list_layers()
        self._rest()

    def options(self) -> Options:
        """Return the options of a score that are chosen."""
        return Options(
            networks=self.networks.value() or None,
            seed=self.seed.value(),
            zoom=self.zoom.value(),
            evidence=self.evidence.currentText(),
        )

    # While a score is made.

    def _begin(self) -> None:
        self.status.clear()
        try:
            options = self.options()
            name = self.layer.currentText()
            if not name:
                raise UsageError("found no Image layer, expected one: open a picture")
            layer = self.viewer.layers[name]
            part = shown(layer, self.viewer.dims, self.volume.isChecked(), options)
        except SymscopeError as error:
            self.status.setText(str(error))
            return
        # Where the shapes lie is where the layer lies now.
        place = {
            name: getattr(layer, name)
            for name in ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
        }
        self.worker = thread_worker(self._work)(part, options)
        self.worker.returned.connect(lambda made: self._show(made, part, place))
        self.worker.finished.connect(self._rest)
        self.start.setEnabled(False)
        self.cancel.setEnabled(True)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.worker.start()

    def _work(self, part: Shown, options: Options) -> Any:
        """Score in a thread → Score, Failure, what went wrong in words, or None if cancelled."""
        from symscope.api import score
        from symscope.networks.devices import enable_compilation_cache

        def watch(stage: Any) -> None:
            if self.worker.abort_requested:
                raise Cancelled
            self.told.emit(stage)

        enable_compilation_cache()
        try:
            return score(read(part, options), options, watch=watch)
        except Cancelled:
            return None
        except SymscopeError as error:
            return str(error)
        except Exception as error:  # Else the thread would end without a word in the panel.
            fault = f"{type(error).__name__}: {error}"
            return f"a fault of symscope, please report it: {fault}"

    def _tell(self, stage: Any) -> None:
        """Say how far the networks are: of those that are watched, how much they have learned."""
        from symscope.networks.learning import Learning
        from symscope.results import Trained

        if self.worker is None or self.worker.abort_requested:
            return
        self.progress.setRange(0, 0)
        if isinstance(stage, Learning):
            share = float(np.clip(stage.training_accuracy, 0, 1).mean())
            self.progress.setRange(0, 100)
            self.progress.setValue(round(100 * share))
            count = len(stage.training_accuracy)
            self.status.setText(f"{count} networks learn it: {share:.0%} at step {stage.step}")
        elif isinstance(stage, Trained):
            self.status.setText(
                f"{stage.networks} networks have learned it; their layers are asked"
            )
        else:
            self.status.setText("The networks begin to learn it")

    def _cancel(self) -> None:
        self.worker.quit()
        self.cancel.setEnabled(False)
        self.progress.setRange(0, 0)
        self.status.setText("It ends when the networks that are learning are done.")

    def _rest(self) -> None:
        """Wait for the next score."""
        if self.worker is not None and self.worker.abort_requested:
            self.status.setText("Cancelled.")
        self.worker = None
        self.start.setEnabled(True)
        self.cancel.setEnabled(False)
        self.save.setEnabled(self.score is not None)
        self.progress.hide()

    # What came of it.

    def _show(self, made: Any, part: Shown, place: dict[str, Any]) -> None:
        from symscope.drawing.explain import nothing_found, verdict
        from symscope.drawing.parts import Parts
        from symscope.napari_plugin.marks import marks

        if made is None or isinstance(made, str):
            self.status.setText(made or "")
            return
        self.score = made
        said, found = verdict(made), marks(made, part)
        parts = Parts.of(made)
        self.status.setText("" if found or parts.problem else nothing_found(parts))
        self.answer.setText(f"{part.name}: {said.headline}")
        self.numbers.setText(said.sure)
        self.reasons.setText("\n".join(f"• {reason.text}" for reason in said.reasons))
        self.table.setRowCount(len(found))
        for row, mark in enumerate(found):
            for column, text in enumerate(mark.cells):
                cell = QTableWidgetItem(text)
                if mark.nearly:
                    cell.setForeground(QColor("gray"))
                self.table.setItem(row, column, cell)
        self.table.resizeRowsToContents()
        drawn = [mark for mark in found if len(mark.points)]
        if not drawn:
            return
        name = f"symmetry of {part.name}"
        if name in self.viewer.layers:
            self.viewer.layers.remove(name)
        features = [mark.features for mark in drawn]
        colours = [NEARLY if mark.nearly else THERE for mark in drawn]
        filled = [mark.element.kind in ("rotation", "mirror") for mark in drawn]
        self.viewer.add_shapes(
            [mark.points for mark in drawn],
            shape_type=[mark.shape for mark in drawn],
            edge_color=colours,
            face_color=[
                f"{colour}40" if fill else "transparent"
                for colour, fill in zip(colours, filled, strict=True)
            ],
            edge_width=EDGE * max(part.shape),
            features={key: [one[key] for one in features] for key in features[0]},
            metadata={"symscope": made.to_row()},
            name=name,
            **place,
        )

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save row", "", "JSON (*.json);;CSV (*.csv)")
        if path:
            self.save_row(Path(path))

    def save_row(self, path: Path) -> None:
        """Write the last score's row as JSON or CSV, by the ending of the name (JSON without)."""
        from symscope.drawing.rows import WRITERS, encoded
        from symscope.io.files import write_whole

        kind = path.suffix.lstrip(".").lower() or "json"
        try:
            if kind not in WRITERS:
                endings = ", ".join(f".{known}" for known in WRITERS)
                raise UsageError(f"found {path.name}, expected a name that ends in {endings}")
            path = path.with_suffix(f".{kind}")
            write_whole(path, encoded([self.score.to_row()], kind))
            self.status.setText(f"Saved {path}")
        except SymscopeError as error:
            self.status.setText(str(error))

    def _list_layers(self, _: Any = None) -> None:
        """Offer the Image layers, and keep the one that was chosen."""
        names = [layer.name for layer in self.viewer.layers if isinstance(layer, Image)]
        if names == [self.layer.itemText(number) for number in range(self.layer.count())]:
            return
        chosen = self.layer.currentText()
        self.layer.clear()
        self.layer.addItems(names)
        if chosen in names:
            self.layer.setCurrentText(chosen)


def _words() -> QLabel:
    """Make a place for words that a person may copy."""
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
