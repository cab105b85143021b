"""How often the class of a fresh template is read right, from the hidden layer and its controls.

For pictures (``templates``), ``signals`` and ``volumes`` alike: every source has a classifier of
its own, and all of them see the same networks of the same templates.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import (
    CLASSIFIERS,
    CalibratedClassifier,
    load_classifier,
    most_like,
)
from symscope.classifier.dataset import (
    SHIPPED,
    SOURCES,
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    Observation,
    observe,
)
from symscope.classifier.evidence import SOURCES as EVIDENCE
from symscope.classifier.evidence import judge, load_evidence_classifier
from symscope.classifier.evidence_dataset import observe as evidence_of
from symscope.classifier.training import Recipe
from symscope.errors import UsageError
from symscope.evaluation.spatial import four_dimensions, measure_elements
from symscope.evaluation.statistics import confusion, share, wilson
from symscope.groups import Symmetry
from symscope.networks.devices import mesh, threads
from symscope.networks.processes import in_processes
from symscope.networks.settings import of_dimension
from symscope.synth.families import BROAD
from symscope.synth.templates import Template, templates

CONTROL_WEIGHTS = Path(__file__).with_name("weights")
"""Classifiers of the controls: made by ``symscope train`` beside those that ship for use. In the
source; of what is installed, the distribution symscope-controls puts them here."""

STREAM, ALARM_STREAM = 2, 3
"""First word of the seeds of templates, and of fields without symmetry in which elements are
searched; the classifiers were trained on another stream."""

NETWORKS = {1: 8, 2: 8, 3: 3}
"""Networks for each template, the same for the classifier and every control with networks."""

NETWORK_COUNTS = (1, 2, 4, 8)

PER_CLASS_AND_FAMILY = {
    1: {"full": 8, "quick": 2},
    2: {"full": 8, "quick": 1},
    3: {"full": 2, "quick": 1},
}

OTHER_FAMILIES = {
    1: {"unseen_families": UNSEEN_FAMILIES},
    2: {"left_out_family": UNSEEN_FAMILIES},
    3: {"unseen_families": UNSEEN_FAMILIES, "broad_families": tuple(BROAD)},
}
"""Families whose templates are read beside, by what they are called in the output: such as no
classifier has met, and the broad ones of volumes."""

QUICK_FAMILIES = ("wells", "fourier", "leaves")
"""Of the training families, those that a quick run draws signals and volumes of."""

TOGETHER = {1: 4, 2: 10, 3: 4}
"""Templates observed at a time, so that progress shows and memory stays small."""

KEYS = {source: source for source in SOURCES[2]} | {"beyond": "beyond_colour"}
"""Name of each source's accuracy in the output, for pictures."""

Probabilities = dict[str, NDArray[np.float32]]
"""By the classifier's name, of every template and network: (templates, networks, C)."""


def load_recipe(recipe: Recipe) -> CalibratedClassifier:
    """Load a classifier that ships for use, or a control's.

    Raises
    ------
    UsageError
        Where those of the controls are not installed: the wheel is without them.
    """
    if recipe.ships:
        return load_classifier(recipe.name, recipe.dimension)
    if not CONTROL_WEIGHTS.is_dir():
        raise UsageError(
            "found no classifiers of the controls, which this measurement is compared with: "
            "pip install symscope-controls"
        )
    return load_classifier(recipe.name, recipe.dimension, folder=CONTROL_WEIGHTS)


def _classify(
    drawn: Sequence[Template],
    recipes: Sequence[Recipe],
    networks: int,
    seed: int,
    done: Callable[[int], None],
) -> tuple[Probabilities, NDArray[np.float64]]:
    """Train networks on templates and classify them → probabilities, fit (2,) on average."""
    classifiers = {recipe: load_recipe(recipe) for recipe in recipes}
    dimension = recipes[0].dimension
    parts: dict[str, list[NDArray[np.float32]]] = {recipe.name: [] for recipe in recipes}
    fit = []

    def classified(observation: Observation) -> Probabilities:
        features = {source: observation.features(source) for source in {r.source for r in recipes}}
        return {
            recipe.name: classifier.probabilities(features[recipe.source])
            for recipe, classifier in classifiers.items()
        }

    for first in range(0, len(drawn), TOGETHER[dimension]):
        some = drawn[first : first + TOGETHER[dimension]]
        observations = observe(some, networks, seed, dimension)
        for probabilities in threads().map(classified, observations):
            for name, of_template in probabilities.items():
                parts[name].append(of_template)
        fit += [observation.fit for observation in observations]
        done(first + len(some))
    return {name: np.stack(rows) for name, rows in parts.items()}, np.mean(fit, axis=(0, 1))


def _counted(
    truth: NDArray[np.int64], named: NDArray[np.int64], classes: Sequence[Symmetry]
) -> dict[str, dict[str, int]]:
    """Count templates by true class (rows) and named class (columns)."""
    names = [str(symmetry) for symmetry in classes]
    return confusion([names[i] for i in truth], [names[i] for i in named], names, names)


def _measured(
    classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> tuple[dict[str, tuple[Probabilities, NDArray[np.int64]]], dict[str, list[Template]], NDArray]:
    """Draw, observe, classify → by part, probabilities and truth, and templates; fit of the first.

    The first part, "", is of the families that classifiers are trained on, the others are
    OTHER_FAMILIES.
    """
    dimension, symmetries = CLASSIFIERS[classes]
    size = "quick" if quick else "full"
    shipped = SHIPPED[dimension]
    recipes = [Recipe(classes, source) for source in SOURCES[dimension]]
    recipes.append(Recipe(classes, shipped, permuted=True))
    families = QUICK_FAMILIES if quick and dimension != 2 else TRAINING_FAMILIES
    drawn = {
        part: templates(
            PER_CLASS_AND_FAMILY[dimension][size],
            dimension=dimension,
            classes=symmetries,
            families=own,
            seed=(STREAM, seed),
        )
        for part, own in {"": families, **OTHER_FAMILIES[dimension]}.items()
    }
    total, before = sum(map(len, drawn.values())), 0
    results: dict[str, tuple[Probabilities, NDArray[np.int64]]] = {}
    fit = np.zeros(2)
    for part, some in drawn.items():
        networks = NETWORKS[dimension]
        if part and quick and dimension == 2:
            networks //= 4
        wanted = [r for r in recipes if not part or (r.ships or r.source == "pixels")]
        probabilities, fit_of_part = _classify(
            *(some, wanted, networks, seed),
            lambda n, before=before: progress(before + n, total),
        )
        fit = fit if part else fit_of_part
        results[part] = probabilities, np.array([symmetries.index(t.label) for t in some])
        before += len(some)
    return results, drawn, fit


def measure(
    *,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    classes: str = "paper",
    dimension: int = 2,
) -> dict[str, Any]:
    """Measure accuracies on fresh templates of D dimensions, ``classes`` of pictures.

    Returns
    -------
    dict
        ``accuracy.hidden`` is that of the shipped classifier; ``pixels`` (the field's own levels),
        ``plane`` (the paper's picture alone), ``untrained`` (networks that learned nothing) and
        ``permuted`` (a classifier trained on shuffled labels) are among its controls. All are on
        fresh draws of the families that the classifiers were trained on;
        ``accuracy.left_out_family``, ``…_unseen_families`` and ``…_broad_families`` are on others.
        ``accuracy.both_evidence``, ``hidden_…`` and ``pixels_…`` are of pictures whose evidence is
        weighed, as scores are by default.
        Of signals and volumes also ``elements``, errors in degrees, half frames, or shares of a
        period, and ``false_alarms``, how often an element is found where there is none.
    """
    if dimension == 2:
        return _measure_pictures(classes, seed, quick, progress)
    return _measure_spatial(dimension, seed, quick, progress)


def weighed_rightly(
    drawn: Sequence[Template],
    classes: Sequence[Symmetry],
    seed: int,
    done: Callable[[int], None],
) -> dict[str, NDArray[np.bool_]]:
    """Weigh the evidence of templates by each of EVIDENCE → whether their class is named."""
    # Templates know functions, which other processes cannot be given.
    shown = [(template.levels.astype(np.float32), template.label) for template in drawn]
    groups = [shown[i : i + TOGETHER[2]] for i in range(0, len(shown), TOGETHER[2])]
    every: list[list[bool]] = []
    for right in in_processes(partial(_weighed_rightly, classes, seed), groups):
        every += right
        done(len(every))
    return dict(zip(EVIDENCE, np.array(every).T, strict=True))


def _weighed_rightly(
    classes: Sequence[Symmetry], seed: int, shown: Sequence[tuple[NDArray[np.float32], Symmetry]]
) -> list[list[bool]]:
    classifiers = [load_evidence_classifier(source) for source in EVIDENCE]
    pictures, labels = zip(*shown, strict=True)
    return [
        [judge(of, one, classes=classes).label is label for one in classifiers]
        for of, label in zip(evidence_of(pictures, NETWORKS[2], seed), labels, strict=True)
    ]


def _measure_pictures(
    classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    results, every, fit = _measured(classes, seed, quick, lambda n, of: progress(n, 2 * of))
    drawn, total = every[""], sum(map(len, every.values()))
    symmetries = CLASSIFIERS[classes][1]
    (known, truth), (unseen, truth_unseen) = results[""], results["left_out_family"]

    def named(probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        return most_like(probabilities.mean(axis=1), symmetries)

    accuracy: dict[str, float] = {}
    by_networks: dict[str, dict[str, float]] = {}
    for source in SOURCES[2]:
        probabilities = known[Recipe(classes, source).name]
        accuracy[KEYS[source]] = float((named(probabilities) == truth).mean())
        if source != "pixels":
            name = "hidden" if source == SHIPPED[2] else KEYS[source]
            by_networks[name] = {
                str(n): float((named(probabilities[:, :n]) == truth).mean())
                for n in NETWORK_COUNTS
                if n <= probabilities.shape[1]
            }
    hidden = named(known[Recipe(classes, SHIPPED[2]).name])
    permuted = named(known[Recipe(classes, SHIPPED[2], permuted=True).name])
    accuracy |= {
        "hidden": float((hidden == truth).mean()),
        "permuted": float((permuted == truth).mean()),
    }
    for source, key in {SHIPPED[2]: "left_out_family", "pixels": "left_out_family_pixels"}.items():
        right = named(unseen[Recipe(classes, source).name]) == truth_unseen
        accuracy[key] = float(right.mean())
    before = total
    for part, some in every.items():
        right = weighed_rightly(
            some, symmetries, seed, lambda n, before=before: progress(before + n, 2 * total)
        )
        suffix = f"_{part}" if part else ""
        accuracy |= {f"{s}_evidence{suffix}": float(r.mean()) for s, r in right.items()}
        before += len(some)
    counts = {key: len(truth_unseen) if "left_out" in key else len(truth) for key in accuracy}
    return {
        "suite": "templates",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "templates": len(drawn),
        "templates_left_out_family": len(truth_unseen),
        "networks": NETWORKS[2],
        "chance": 1 / len(symmetries),
        "accuracy": accuracy,
        "interval": {k: wilson(round(accuracy[k] * n), n) for k, n in counts.items()},
        "accuracy_by_networks": by_networks,
        "fit": {"learned": float(fit[0]), "held_out": float(fit[1])},
        "confusion": _counted(truth, hidden, symmetries),
    }


def _measure_spatial(
    dimension: int, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    mesh()  # JAX would keep to a single device if anything else used it first
    classes = str(of_dimension(dimension).classifier)
    symmetries = CLASSIFIERS[classes][1]
    results, every, fit = _measured(classes, seed, quick, progress)
    drawn = every[""]

    def named(part: str, recipe: Recipe, networks: int | None = None) -> NDArray[np.int64]:
        probabilities = results[part][0][recipe.name][:, :networks]
        return most_like(probabilities.mean(axis=1), symmetries)

    truth = results[""][1]
    shipped = Recipe(classes, SHIPPED[dimension])
    permuted = Recipe(classes, SHIPPED[dimension], permuted=True)
    accuracy: dict[str, Any] = {}
    for source in SOURCES[dimension]:
        recipe = Recipe(classes, source)
        key = "hidden" if recipe.ships else source
        for part, (_, of_part) in results.items():
            if not part or recipe.ships or source == "pixels":
                right = named(part, recipe) == of_part
                accuracy[f"{key}_{part}" if part else key] = share(right)
        if recipe.ships:
            accuracy["permuted"] = share(named("", permuted) == truth)
    size = "quick" if quick else "full"
    errors, alarms = measure_elements(drawn, dimension, (ALARM_STREAM, seed), size)
    four = four_dimensions(load_recipe(Recipe(classes, "plane")), (STREAM, seed), size)
    return {
        "suite": f"{classes}s",
        "seed": seed,
        "quick": quick,
        "templates": len(drawn),
        "networks": NETWORKS[dimension],
        "chance": 1 / len(symmetries),
        "accuracy": accuracy,
        "accuracy_by_networks": {
            str(n): float((named("", shipped, n) == truth).mean())
            for n in range(1, NETWORKS[dimension] + 1)
        },
        "elements": errors,
        "false_alarms": alarms,
        "fit": {"learned": float(fit[0]), "held_out": float(fit[1])},
        "confusion": _counted(truth, named("", shipped), symmetries),
        **({"four_dimensions": four} if four else {}),
    }
