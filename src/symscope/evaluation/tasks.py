"""How well symmetry is read from the hidden layer after each task, beside the controls.

Every row has the same fresh templates, the same number of networks and two classifiers: the shipped
one, which was trained on the two-colour task, and one of the row's own, a logistic regression on
the strongest agreements (``classifier.strongest``), trained on other templates seen through the
same task. A row that is read well by its own classifier alone has the symmetry in another form.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from symscope.classifier.classifier import CalibratedClassifier, most_like
from symscope.classifier.dataset import SHIPPED, TRAINING_FAMILIES
from symscope.classifier.network import strongest
from symscope.classifier.training import Recipe
from symscope.evaluation.statistics import wilson
from symscope.evaluation.templates import load_recipe
from symscope.features.features import Features, features, pca_pictures, pixel_maps
from symscope.groups import CLASS_SETS
from symscope.networks.decoys import train
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import settings_for
from symscope.options import Options
from symscope.preprocess.sketch import template_field
from symscope.results import Fit
from symscope.synth.templates import Template, template_pool, templates
from symscope.tasks import parse_task

STREAM = 6
"""First word of the templates' seeds; a third word keeps them apart from evaluate sound's."""

TESTED = (5, 1)
TAUGHT = (3, 1)
"""Templates of each class and family that are tested, and that a row's own classifier learns
from."""

FAMILIES = (TRAINING_FAMILIES, TRAINING_FAMILIES[:2])
NETWORKS = (2, 1)
"""All full and quick."""

TOGETHER = 8
"""Templates at a time: their networks fill calls of the trainer, and progress shows."""

REGULARISATION = 0.1
"""Of the own classifiers (scikit-learn's C), chosen on seed 101 together with the choice of a
linear classifier: it beat extremely randomised trees on most rows."""

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


@jax.jit
def _agreements(of_networks: Features) -> jax.Array:
    def of_one(f: Features) -> jax.Array:
        return strongest(f["mirror"], f["rotation"], f["translation"])

    return jax.vmap(of_one)(of_networks)


def _read(
    row: str,
    drawn: Sequence[Template],
    networks: int,
    seed: int,
    classifier: CalibratedClassifier,
    train: Callable[..., Sequence[Ensemble]],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Train a row's networks on B templates, and read them.

    Returns
    -------
    (B, C) probabilities of the shipped classifier and (B, F) strongest agreements, both means over
    networks; (B, 3) what was right in training and held out, and the skill
    """
    if row == PIXELS:
        maps = [pixel_maps(template.levels)[None] for template in drawn]
        fit = np.ones((len(drawn), 3))
    else:
        task = parse_task(row)
        fields = [template_field(task, template) for template in drawn]
        maps, fits = [], []
        for field, layers in zip(
            fields,
            train(fields, networks, settings_for(Options(task=row)), seed, 0, template_pool),
            strict=True,
        ):
            maps.append(pca_pictures(layers).maps)
            right = (
                float(layers.training_accuracy.mean()),
                float(layers.validation_accuracy.mean()),
            )
            fits.append([*right, Fit(*right, Fit.of(layers, field).chance_accuracy, 0).skill])
        fit = np.array(fits)
    of_templates = [features(of_networks, None, 2) for of_networks in maps]
    probabilities = [classifier.probabilities(f).mean(axis=0) for f in of_templates]
    agreements = [np.asarray(_agreements(f)).mean(axis=0) for f in of_templates]
    return np.stack(probabilities), np.stack(agreements), fit


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


def beside(suite: str, row: str) -> list[str]:
    """Name the rows that a row is compared with; a control is compared with none."""
    if row == PIXELS or parse_task(row).control:
        return []
    kind = parse_task(row)
    own = [f"{kind.name}:untrained", f"{kind.name}:shuffled"] if kind.unsupervised else []
    return [other for other in (*BESIDE[suite], *own) if other in ROWS[suite] and other != row]


def measure(
    *,
    suite: str,
    classes: str,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    train: Callable[..., Sequence[Ensemble]] = train,
    load: Callable[[Recipe], CalibratedClassifier] = load_recipe,
) -> dict[str, Any]:
    """Measure every row of a suite on the same fresh templates: see ROWS.

    Returns
    -------
    dict
        ``rows``: for each its accuracies with their intervals (Wilson) by the shipped and by its
        own classifier, and its fit; ``beside``: differences, template by template.
    """
    symmetries, networks = CLASS_SETS[classes], NETWORKS[quick]
    classifiers = {
        row: load(Recipe(classes, PIXELS if row == PIXELS else SHIPPED[2])) for row in ROWS[suite]
    }
    tested, taught = (
        templates(
            count[quick], classes=symmetries, families=FAMILIES[quick], seed=(STREAM, seed, part)
        )
        for part, count in enumerate((TESTED, TAUGHT))
    )
    truth, truth_taught = (
        np.array([symmetries.index(template.label) for template in drawn])
        for drawn in (tested, taught)
    )
    total, done = len(ROWS[suite]) * (len(tested) + len(taught)), 0
    rows: dict[str, dict[str, Any]] = {}
    right: dict[str, dict[str, NDArray[np.bool_]]] = {}
    for row in ROWS[suite]:
        read = []
        for drawn in (tested, taught):
            parts = []
            for first in range(0, len(drawn), TOGETHER):
                part = drawn[first : first + TOGETHER]
                parts.append(_read(row, part, networks, seed, classifiers[row], train))
                done += len(part)
                progress(done, total)
            read.append([np.concatenate(of_parts) for of_parts in zip(*parts, strict=True)])
        (probabilities, agreements, fit), (_, agreements_taught, _) = read
        own = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=5000))
        own.fit(agreements_taught, truth_taught)
        right[row] = {
            "shipped": most_like(probabilities, symmetries) == truth,
            "own": own.predict(agreements) == truth,
        }
        rows[row] = {"control": row == PIXELS or parse_task(row).control}
        for name, hits in right[row].items():
            rows[row][name] = float(hits.mean())
            rows[row][f"{name}_interval"] = wilson(int(hits.sum()), len(hits))
        if row != PIXELS:
            names = ("learned", "held_out", "skill")
            rows[row]["fit"] = dict(zip(names, fit.mean(axis=0).tolist(), strict=True))
    return {
        "suite": suite,
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "templates": len(tested),
        "templates_of_own_classifiers": len(taught),
        "networks": networks,
        "chance": 1 / len(symmetries),
        "rows": rows,
        "beside": {
            row: {
                other: {key: compared(right[row][key], right[other][key]) for key in right[row]}
                for other in beside(suite, row)
            }
            for row in ROWS[suite]
            if beside(suite, row)
        },
    }
