"""Remake the classifiers of signals and volumes, in one run that can be stopped and resumed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray
from scipy.special import log_softmax

from symscope.classifier.classifier import classifier_arrays
from symscope.classifier.classifier_nd import NAMES, ClassifierND, empty_classifier, loaded_cards
from symscope.classifier.dataset_nd import (
    BLOCKS,
    CALIBRATION_FAMILIES,
    SOURCES,
    UNSEEN_FAMILIES,
    SpatialDataset,
    load_dataset,
    make_shards,
    training_families,
)
from symscope.classifier.model_card import spatial_model_card
from symscope.classifier.stored_weights import write_classifier
from symscope.classifier.training import fit_temperature
from symscope.errors import UsageError
from symscope.groups import CLASSES
from symscope.networks.devices import mesh
from symscope.networks.settings import of_dimension

EPOCHS = 60
"""As LEARNING_RATE and WEIGHT_DECAY chosen on the training families, two left out at a time."""

BATCH = 32
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-1


@dataclass(frozen=True)
class SpatialRecipe:
    """One classifier to make: its dimension, what it looks at, whether its labels are shuffled."""

    dimension: int
    source: str = "both"
    permuted: bool = False

    @property
    def name(self) -> str:
        """The classifier's name; the one that ships for use has its classes' name."""
        classes = NAMES[self.dimension]
        if self.permuted:
            return f"control-permuted-{classes}"
        return classes if self.source == "both" else f"control-{self.source}-{classes}"

    @property
    def kind(self) -> str:
        """How features are arranged."""
        return "both" if self.source == "untrained" else self.source


def recipes(dimension: int) -> tuple[SpatialRecipe, ...]:
    """List the classifiers of a dimension: the one that ships, and the controls."""
    return (
        *(SpatialRecipe(dimension, source) for source in SOURCES),
        SpatialRecipe(dimension, permuted=True),
    )


def fit_spatial_classifier(
    data: SpatialDataset, dimension: int, seed: int, epochs: int = EPOCHS
) -> ClassifierND:
    """Train one classifier with AdamW on a cosine schedule; a random network each epoch."""
    classes, count = len(CLASSES[dimension]), len(data.labels)
    steps = max(1, count // BATCH)
    schedule = optax.cosine_onecycle_schedule(steps * epochs, LEARNING_RATE)
    optimiser = optax.adamw(schedule, weight_decay=WEIGHT_DECAY)
    classifier = empty_classifier(dimension, seed)
    state = optimiser.init(eqx.filter(classifier, eqx.is_array))

    def loss(classifier: ClassifierND, batch: Any, target: Any, weight: Any, key: Any) -> Any:
        logits = jax.vmap(classifier)(batch, jax.random.split(key, len(target)))
        return (weight * optax.softmax_cross_entropy(logits, target)).sum() / weight.sum()

    @eqx.filter_jit
    def step(classifier: ClassifierND, state: Any, batch: Any, *aims: Any) -> Any:
        gradient = eqx.filter_grad(loss)(classifier, batch, *aims)
        updates, state = optimiser.update(gradient, state, eqx.filter(classifier, eqx.is_array))
        return eqx.apply_updates(classifier, updates), state

    rng = np.random.default_rng(seed)
    targets, weights = data.targets(classes), data.weights
    for epoch in range(epochs):
        order, network = rng.permutation(count), rng.integers(0, data.networks, count)
        for number in range(steps):
            some = order[number * BATCH : (number + 1) * BATCH]
            batch = {key: value[some, network[some]] for key, value in data.features.items()}
            key = jax.random.fold_in(jax.random.key(seed + 1), epoch * steps + number)
            classifier, state = step(
                classifier,
                state,
                batch,
                jnp.asarray(targets[some]),
                jnp.asarray(weights[some]),
                key,
            )
    return classifier


def dataset_logits(classifier: ClassifierND, data: SpatialDataset) -> NDArray[np.float64]:
    """Return logits of shape (templates, networks, C)."""
    read = eqx.filter_jit(lambda batch: jax.vmap(jax.vmap(classifier))(batch))
    return np.asarray(read(data.features)).astype(np.float64)


def make_spatial_classifier(
    folder: Path, recipe: SpatialRecipe, blocks: int, seed: int, epochs: int = EPOCHS
) -> tuple[ClassifierND, dict[str, Any]]:
    """Train and calibrate one classifier → (network, its model card without the checksum)."""
    dimension = recipe.dimension
    data = load_dataset(folder, dimension, recipe.source, training_families(dimension), blocks)
    if recipe.permuted:
        order = np.random.default_rng(seed).permutation(len(data.labels))
        data = replace(data, labels=data.labels[order], kept=data.kept[order])
    classifier = fit_spatial_classifier(data, dimension, seed, epochs)
    held = load_dataset(folder, dimension, recipe.source, CALIBRATION_FAMILIES, blocks)
    logits = dataset_logits(classifier, held)
    temperature = fit_temperature(logits, held.targets(len(CLASSES[dimension])), held.weights)
    probabilities = np.exp(log_softmax(logits / temperature, axis=-1)).mean(axis=1)
    right = (probabilities.argmax(axis=1) == held.labels)[held.kept == 1]
    card = {
        "classes": NAMES[dimension],
        "dimension": dimension,
        "kind": recipe.kind,
        "source": recipe.source,
        "permuted": recipe.permuted,
        "temperature": temperature,
        "trained_on": {
            "families": list(training_families(dimension)),
            "templates": len(data.labels),
            "networks_per_template": data.networks,
            "decoy_settings": of_dimension(dimension).settings.fingerprint,
            "epochs": epochs,
            "seed": seed,
        },
        "calibrated_on": {
            "families": list(CALIBRATION_FAMILIES),
            "templates": len(held.labels),
            "accuracy": float(right.mean()),
        },
        "never_seen": list(UNSEEN_FAMILIES),
    }
    return classifier, card


def train_spatial(
    out: Path,
    *,
    dimension: int,
    seed: int = 0,
    quick: bool = False,
    work: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Remake every classifier of signals (dimension 1) or volumes (3).

    Parameters
    ----------
    out : folder for the weights and ``cards.json``
    quick : one block and few epochs: for trying the run out, not for use
    work : folder of checkpoints, ``out/checkpoints`` by default; a run that was stopped resumes
    progress : told (done, total) in steps of a hundredth
    """
    if dimension not in NAMES:
        raise UsageError(f"found dimension {dimension}: classifiers are trained for 1 and 3")
    mesh()  # JAX would keep to a single device if anything else used it first
    blocks, epochs = (1, 8) if quick else (BLOCKS[dimension], EPOCHS)
    folder = (work or out / "checkpoints") / f"seed-{seed}"
    out.mkdir(parents=True, exist_ok=True)
    report = progress or (lambda done, total: None)
    make_shards(folder, dimension, blocks, seed, lambda i, n: report(90 * i // n, 100))
    every = recipes(dimension)
    for number, recipe in enumerate(every, start=1):
        classifier, card = make_spatial_classifier(folder, recipe, blocks, seed, epochs)
        write_classifier(out, recipe.name, classifier_arrays(classifier), card)
        report(90 + 10 * number // len(every), 100)
    (out / "MODEL_CARD.md").write_text(spatial_model_card(loaded_cards(out)), encoding="utf-8")
