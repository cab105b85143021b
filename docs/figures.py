"""The figures of the pages, drawn by the program they explain.

    python docs/figures.py FOLDER

Each figure is drawn again when the code or weights of symscope, or this file, have changed. All are
drawn from fixed seeds; the first time takes about a minute on two cores.
"""

import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import symscope
from symscope.drawing.kinds import class_name
from symscope.drawing.style import ACCENT, CALM, FAINT, INK, TWO_COLOURS
from symscope.features.features import pca_pictures
from symscope.groups import EXTENDED
from symscope.networks.decoys import train
from symscope.networks.devices import enable_compilation_cache
from symscope.networks.learning import Learning, learning
from symscope.synth.templates import Template, templates

DPI = 110
SEED = 1
NETWORKS = 3
STEPS_SHOWN = (10, 50, 100, 250)


def classes() -> Figure:
    """Draw a template of each class."""
    figure, axes = _row(len(EXTENDED), 1.75)
    for axis, symbol in zip(axes, EXTENDED, strict=True):
        axis.imshow(_template(str(symbol)).levels, cmap=TWO_COLOURS, vmin=0, vmax=1)
        axis.set_title(f"{symbol}  {class_name(symbol)}", fontsize=8, color=INK)
    return figure


def breaking() -> Figure:
    """Draw one mirror as the dial breaks it."""
    dial = (0.0, 0.25, 0.5, 0.75, 1.0)
    figure, axes = _row(len(dial), 1.9)
    for axis, value in zip(axes, dial, strict=True):
        drawn = _template("Z_2", breaking=value)
        axis.imshow(drawn.levels, cmap=TWO_COLOURS, vmin=0, vmax=1)
        axis.set_title(f"breaking {value:g}", fontsize=8, color=INK)
    return figure


def learned() -> Figure:
    """Draw what one network answers while it learns a template with a mirror."""
    drawn = _template("Z_2")
    seen = {moment.step: moment for moment in learning(drawn.field, 1, seed=SEED)}
    last = max(seen)
    shown = [step for step in STEPS_SHOWN if step in seen and step != last]
    figure, axes = _row(len(shown) + 2, 1.9)
    axes[0].imshow(drawn.levels, cmap=TWO_COLOURS, vmin=0, vmax=1)
    axes[0].set_title("what is to be learned", fontsize=8, color=INK)
    for axis, step in zip(axes[1:], [*shown, last], strict=True):
        _answers(axis, seen[step], drawn.levels.shape)
    return figure


def _answers(axis, moment: Learning, shape: tuple[int, ...]) -> None:
    axis.imshow(moment.answers[0].reshape(shape), cmap=TWO_COLOURS, vmin=0, vmax=1)
    title = f"{moment.step} steps: {moment.training_accuracy[0]:.0%} right"
    axis.set_title(title, fontsize=8, color=INK)


def components() -> Figure:
    """Draw the PCA pictures of three networks that learned the same template."""
    seen = pca_pictures(train([_template("Z_2").field], NETWORKS, seed=SEED)[0])
    kinds = seen.maps.shape[1]
    figure = Figure(figsize=(1.6 * (kinds + 1), 1.75 * NETWORKS), dpi=DPI, layout="constrained")
    axes = figure.subplots(NETWORKS, kinds + 1)
    for row in range(NETWORKS):
        for column in range(kinds):
            axis, image = axes[row, column], seen.maps[row, column]
            reach = np.abs(image).max()
            axis.imshow(image, cmap="RdBu_r", vmin=-reach, vmax=reach)
            share = seen.variance[row, column]
            axis.set_title(f"component {column + 1}: {share:.0%}", fontsize=8, color=INK)
        axes[row, kinds].imshow(seen.plane[row], cmap="magma")
        axes[row, kinds].set_title("plane of the first two", fontsize=8, color=INK)
        axes[row, 0].set_ylabel(f"network {row + 1}", fontsize=8, color=INK)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    return figure


def probabilities() -> Figure:
    """Draw the probabilities of each network, and their mean, for two templates."""
    figure = Figure(figsize=(8, 2.6), dpi=DPI, layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for axis, (title, drawn) in zip(
        axes,
        {
            "an exact mirror": _template("Z_2"),
            "the same mirror, a quarter broken": _template("Z_2", breaking=0.25),
        }.items(),
        strict=True,
    ):
        found = symscope.score(drawn.field, networks=16, seed=SEED, elements=False)
        assert found.views is not None
        assert found.probabilities is not None
        places = np.arange(len(EXTENDED))
        axis.bar(places, found.probabilities.values(), color=FAINT, edgecolor=CALM)
        for number, probabilities in enumerate(found.views.probabilities):
            shift = (number + 0.5) / len(found.views.probabilities) - 0.5
            axis.plot(places + 0.7 * shift, probabilities, ".", color=ACCENT, markersize=3)
        axis.set_xticks(places, [str(symbol) for symbol in EXTENDED])
        axis.set_title(title, fontsize=9, color=INK)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("probability", fontsize=8)
    return figure


def score() -> Figure:
    """Draw a score as ``symscope score --figure`` does."""
    return symscope.score("sample:retina", seed=SEED).figure()


def orbits() -> Figure:
    """Draw the orbits of the double well as ``symscope orbits`` does, with fewer points."""
    from symscope.drawing.orbits import orbits_figure
    from symscope.lie.orbits import study_potential
    from symscope.synth.potentials import potential

    return orbits_figure(
        study_potential(potential("double-well", SEED), levels=6, count=600, seed=SEED)
    )


DRAWN: dict[str, Callable[[], Figure]] = {
    "classes": classes,
    "breaking": breaking,
    "learned": learned,
    "components": components,
    "probabilities": probabilities,
    "score": score,
    "orbits": orbits,
}


def draw_all(folder: Path) -> None:
    """Draw each figure that is not there, or was drawn by other code, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp, now = folder / "drawn-by", fingerprint(Path(__file__))
    if stamp.exists() and stamp.read_text() == now and all(map(Path.exists, _files(folder))):
        return
    stamp.unlink(missing_ok=True)
    enable_compilation_cache()
    for name, make in DRAWN.items():
        start = time.perf_counter()
        make().savefig(folder / f"{name}.png", facecolor="white")
        print(f"figure {name}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
    stamp.write_text(now)


def _files(folder: Path) -> list[Path]:
    return [folder / f"{name}.png" for name in DRAWN]


def fingerprint(drawing: Path) -> str:
    """Name the code and weights that figures depend on, and the file that draws them."""
    package = Path(symscope.__file__).parent
    used = [p for p in package.rglob("*.py") if not {"web", "cli", "collection"} & set(p.parts)]
    digest = hashlib.sha256()
    for path in sorted([*used, package / "classifier/weights/extended.safetensors", drawing]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _template(symbol: str, breaking: float = 0.0) -> Template:
    family = "waves" if symbol == "Z_2" else "wells"
    return templates(classes=[symbol], families=[family], seed=SEED, breaking=breaking)[0]


def _row(count: int, width: float):
    figure = Figure(figsize=(width * count, width + 0.35), dpi=DPI, layout="constrained")
    axes = figure.subplots(1, count)
    for axis in axes:
        axis.set(xticks=[], yticks=[])
    return figure, axes


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("expected one argument: the folder that the figures go to")
    draw_all(Path(sys.argv[1]))
