"""How well symmetry is read from the hidden layer after each task, beside the controls.

Every row has the same fresh templates, the same number of networks and two classifiers: the shipped
one, which was trained on the two-colour task, and one of the row's own, a logistic regression on
the strongest agreements (``classifier.strongest``), trained on other templates seen through the same
task. A row that is read well by its own classifier alone has the symmetry in another form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from symscope.classifier.classifier import (
    CalibratedClassifier,
    Features,
    arrange,
    features,
    load_classifier,
    most_like,
    pixel_channels,
    strongest,
)
from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.classifier.training import SHIPPED, Recipe
from symscope.evaluation.statistics import wilson
from symscope.features.pca import GRID, grid_hidden, pictures
from symscope.groups import CLASS_SETS, Symmetry
from symscope.networks.ensemble import Ensemble
from symscope.networks.objectives import constant_guess
from symscope.networks.settings import settings_for
from symscope.networks.training import train
from symscope.preprocess.targets import template_field
from symscope.results import Fit
from symscope.synth.templates import Template, templates
from symscope.tasks import Task, parse_task

STREAM = 6
"""First word of the templates' seeds; a third word keeps them apart from evaluate sound's."""

TESTED = {"full": 5, "quick": 1}
TAUGHT = {"full": 3, "quick": 1}
"""Templates of each class and family that are tested, and that a row's own classifier learns from."""

FAMILIES = {"full": TRAINING_FAMILIES, "quick": TRAINING_FAMILIES[:2]}
NETWORKS = {"full": 2, "quick": 1}

TOGETHER = 8
"""Templates at a time: their networks fill calls of the trainer, and progress shows."""

REGULARISATION = 0.1
"""Of the own classifiers (scikit-learn's C), chosen on seed 101 together with the choice of a linear
classifier: it beat extremely randomised trees on most rows."""

PIXELS = "pixels"
CONTROLS = ("random", "frozen")
ROWS = {
    "tasks": (
        *("colours", "greys:4", "intensity", "rgb", "inpainting", "denoising", "bands:8"),
        *CONTROLS,
        PIXELS,
    ),
    "unsupervised": (
        *("vae", "vae:templates", "gan", "colours"),
        *("vae:untrained", "vae:shuffled", "gan:untrained", "gan:shuffled"),
        *CONTROLS,
        PIXELS,
    ),
}
"""The rows of each suite. The hidden layers of ``frozen`` are those of untrained decoys."""

BESIDE = {"tasks": ("colours", *CONTROLS), "unsupervised": (*CONTROLS, "colours")}
"""What each row is compared with, template by template; trained networks of patches also with
their own untrained and shuffled ones."""


@dataclass(frozen=True)
class Look:
    """What is read of B templates through one row.

    Attributes
    ----------
    probabilities : ndarray of shape (B, C), the shipped classifier's, mean over networks
    agreements : ndarray of shape (B, F), the strongest agreements, mean over networks
    fit : ndarray of shape (B, 3): what was right in training and held out, and the skill
    """

    probabilities: NDArray[np.float32]
    agreements: NDArray[np.float32]
    fit: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence["Look"]) -> "Look":
        """Join the looks at several templates, in order."""
        return cls(*(np.concatenate([vars(p)[key] for p in parts]) for key in vars(parts[0])))


@jax.jit
def _agreements(found: Features) -> jax.Array:
    one = lambda f: strongest(f["mirror"], f["rotation"], f["translation"])  # noqa: E731
    return jax.vmap(one)(found)


def _look(
    row: str, some: Sequence[Template], networks: int, seed: int, classifier: CalibratedClassifier
) -> Look:
    """Train a row's networks on some templates, and read them."""
    if row == PIXELS:
        channels = np.stack([pixel_channels(t.levels, GRID)[None] for t in some])
        fit = np.ones((len(some), 3))
    else:
        task = parse_task(row)
        fields = [template_field(task, template) for template in some]
        found = train(fields, networks, settings_for("fast", row), seed)
        channels = np.stack([_channels(layers) for layers in found])
        guesses = [constant_guess(task, field.levels) for field in fields]
        fit = np.stack([_fit(*pair) for pair in zip(found, guesses, strict=True)])
    probabilities, agreements = [], []
    for one in channels:
        seen = features(one)
        probabilities.append(classifier.probabilities(seen).mean(axis=0))
        agreements.append(np.asarray(_agreements(seen)).mean(axis=0))
    return Look(np.stack(probabilities), np.stack(agreements), fit)


def _channels(layers: Ensemble) -> NDArray[np.float32]:
    return np.stack([arrange(maps, None) for maps in pictures(grid_hidden(layers)).maps])


def _fit(layers: Ensemble, guess: float) -> list[float]:
    learned, held_out = (
        float(layers.training_accuracy.mean()),
        float(layers.validation_accuracy.mean()),
    )
    return [learned, held_out, Fit(learned, held_out, guess, 0).skill]


def _right(
    looks: Mapping[str, Look], truth: Mapping[str, NDArray[np.int64]], classes: Sequence[Symmetry]
) -> dict[str, NDArray[np.bool_]]:
    """Say which tested templates each classifier reads right."""
    own = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=5000))
    own.fit(looks["taught"].agreements, truth["taught"])
    tested = looks["tested"]
    return {
        "shipped": most_like(tested.probabilities, classes) == truth["tested"],
        "own": own.predict(tested.agreements) == truth["tested"],
    }


def _entry(row: str, right: dict[str, NDArray[np.bool_]], look: Look) -> dict[str, Any]:
    task: Task | None = None if row == PIXELS else parse_task(row)
    entry: dict[str, Any] = {"control": task is None or task.control}
    for classifier, hits in right.items():
        accuracy = float(hits.mean())
        entry |= {
            classifier: accuracy,
            f"{classifier}_interval": wilson(int(hits.sum()), len(hits)),
        }
    if task is not None:
        learned, held_out, skill = look.fit.mean(axis=0).tolist()
        entry["fit"] = {"learned": learned, "held_out": held_out, "skill": skill}
    return entry


def compared(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> dict[str, Any]:
    """Compare two rows template by template: McNemar's exact test.

    >>> compared(np.array([True, True]), np.array([False, True]))["better"]
    1
    """
    better, worse = int((one & ~other).sum()), int((other & ~one).sum())
    p = float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
    return {
        "difference": float(one.mean() - other.mean()),
        "better": better,
        "worse": worse,
        "p": p,
    }


def _beside(suite: str, row: str) -> list[str]:
    if row == PIXELS or parse_task(row).control:
        return []
    kind = parse_task(row)
    own = [f"{kind.name}:untrained", f"{kind.name}:shuffled"] if kind.unsupervised else []
    return [other for other in (*BESIDE[suite], *own) if other in ROWS[suite] and other != row]


def measure(
    *, suite: str, classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Measure every row of a suite on the same fresh templates: see ROWS.

    Returns
    -------
    dict
        ``rows``: for each its accuracies with their intervals (Wilson) by the shipped and by its
        own classifier, and its fit; ``beside``: differences, template by template.
    """
    size = "quick" if quick else "full"
    symmetries = CLASS_SETS[classes]
    drawn = {
        use: templates(
            count[size], classes=symmetries, families=FAMILIES[size], seed=(STREAM, seed, part)
        )
        for part, (use, count) in enumerate({"tested": TESTED, "taught": TAUGHT}.items())
    }
    truth = {
        use: np.array([symmetries.index(t.label) for t in some]) for use, some in drawn.items()
    }
    each = sum(map(len, drawn.values()))
    rows: dict[str, dict[str, Any]] = {}
    right: dict[str, dict[str, NDArray[np.bool_]]] = {}
    for number, row in enumerate(ROWS[suite]):
        looks = _looks(
            *(row, drawn, NETWORKS[size], seed, classes),
            lambda done, before=number * each: progress(before + done, len(ROWS[suite]) * each),
        )
        right[row] = _right(looks, truth, symmetries)
        rows[row] = _entry(row, right[row], looks["tested"])
    return {
        "suite": suite,
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "templates": len(drawn["tested"]),
        "templates_of_own_classifiers": len(drawn["taught"]),
        "networks": NETWORKS[size],
        "chance": 1 / len(symmetries),
        "rows": rows,
        "beside": _all_beside(suite, right),
    }


def _looks(
    row: str,
    drawn: Mapping[str, Sequence[Template]],
    networks: int,
    seed: int,
    classes: str,
    done: Callable[[int], None],
) -> dict[str, Look]:
    """Look at all templates through one row, a few at a time."""
    classifier = load_classifier(Recipe(classes, PIXELS if row == PIXELS else SHIPPED).name)
    parts: dict[str, list[Look]] = {use: [] for use in drawn}
    count = 0
    for use, some in drawn.items():
        for first in range(0, len(some), TOGETHER):
            part = some[first : first + TOGETHER]
            parts[use].append(_look(row, part, networks, seed, classifier))
            count += len(part)
            done(count)
    return {use: Look.joined(looks) for use, looks in parts.items()}


def _all_beside(suite: str, right: Mapping[str, Mapping[str, NDArray[np.bool_]]]) -> dict[str, Any]:
    return {
        row: {
            other: {key: compared(right[row][key], right[other][key]) for key in right[row]}
            for other in _beside(suite, row)
        }
        for row in right
        if _beside(suite, row)
    }
