"""A score while it is made, in a notebook: a bar and a figure, by ipywidgets where there are any.

Anywhere else, and without ipywidgets, nothing is shown and nothing fails.
"""

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EVERY = 0.3
"""Seconds between two figures: drawing one takes a tenth of that."""

STAGES = {"Drawn": 1, "Learning": 2, "Trained": 3}
"""Stages of a score (``results.Stage``), by the names of their classes, and how far each one is."""


def widgets() -> Any:
    """Return ipywidgets where a notebook can show them, else None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    try:
        import ipywidgets  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    return ipywidgets


def display(widget: Any) -> None:
    """Show a widget below the cell that runs."""
    sys.modules["IPython"].display.display(widget)  # loaded, or there were no widgets


@contextmanager
def live(watch: Callable[[Any], None] | None = None) -> Iterator[Callable[[Any], None] | None]:
    """Show the stages of a score until it is done; the same stages are shown to ``watch`` too."""
    known = widgets()
    if known is None:
        yield watch
        return
    bar, said = known.IntProgress(max=len(STAGES) + 1), known.Label("reads")
    image = known.Image(format="png", layout={"display": "none"})
    box = known.VBox([known.HBox([bar, said]), image])
    display(box)
    last = 0.0

    def shown(stage: Any) -> None:
        nonlocal last
        if watch:
            watch(stage)
        bar.value, said.value = STAGES.get(type(stage).__name__, 0), words(stage)
        if type(stage).__name__ == "Learning" and time.monotonic() - last < EVERY:
            return
        drawn = figure(stage)
        if drawn is not None:
            image.value, image.layout.display = png(drawn), None
            last = time.monotonic()

    try:
        yield shown
    finally:
        box.close()


@contextmanager
def live_bar() -> Iterator[Callable[[int, int], None] | None]:
    """Show how many inputs of how many are scored, until all are."""
    known = widgets()
    if known is None:
        yield None
        return
    bar, said = known.IntProgress(), known.Label("scores")
    box = known.HBox([bar, said])
    display(box)

    def told(done: int, total: int) -> None:
        bar.max, bar.value, said.value = total, done, f"{done} of {total}"

    try:
        yield told
    finally:
        box.close()


def words(stage: Any) -> str:
    """Say in short how far a score is."""
    kind = type(stage).__name__
    if kind == "Learning":
        right = float(np.mean(stage.training_accuracy))
        return f"four networks learn it: step {stage.step}, {100 * right:.0f} % reproduced"
    if kind == "Trained":
        return f"{stage.networks} networks are trained; what they built is weighed"
    return "networks are trained"


def figure(stage: Any) -> "Figure | None":
    """Draw what a stage holds: picture and sketch, what networks answer, or probabilities."""
    panels: list[NDArray[Any]] = []
    kind, known = type(stage).__name__, getattr(stage, "probabilities", {})
    if kind == "Drawn":
        panels = [stage.picture.rgb] if stage.picture is not None else []
        panels += [stage.sketch.levels] if stage.sketch is not None else []
    elif kind == "Learning":
        panels = [squared(answers) for answers in stage.answers]
    if not panels and not known:
        return None
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(1.8 * max(len(panels), 3), 1.8), dpi=80)
    if not panels:
        axes = drawn.add_subplot()
        axes.barh(list(known), list(known.values()))
        axes.set(xlim=(0, 1))
    for number, panel in enumerate(panels):
        axes = drawn.add_subplot(1, len(panels), number + 1)
        if panel.ndim == 1:
            axes.plot(panel)
        else:
            step = max(1, max(panel.shape[:2]) // 256)
            axes.imshow(panel[::step, ::step], cmap="gray")
        axes.axis("off")
    return drawn


def squared(answers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Fold answers (P,) into their picture or the middle cut of their volume; a line stays.

    >>> squared(np.zeros(64)).shape, squared(np.zeros(32**3)).shape, squared(np.zeros(257)).shape
    ((8, 8), (32, 32), (257,))
    """
    count = len(answers)
    if (side := round(count ** (1 / 3))) ** 3 == count and side > 16:
        return answers.reshape(side, side, side)[side // 2]
    if (side := round(count**0.5)) ** 2 == count and side != 16:
        return answers.reshape(side, side)
    return answers


def png(drawn: "Figure") -> bytes:
    """Return a figure as a PNG file's bytes."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png")
    return buffer.getvalue()
