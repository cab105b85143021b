"""Remake the classifiers that ship, from nothing, in one run that can be stopped and resumed.

Steps 1 and 2 make the training data (dataset.py); step 3 trains the classifiers and those of the
controls. Each step leaves files and skips what is there.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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

from symscope.classifier.classifier import (
    INPUTS,
    Classifier,
    Features,
    classifier_arrays,
    load_cards,
)
from symscope.classifier.dataset import (
    BLOCKS,
    CALIBRATION_FAMILIES,
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    Dataset,
    load_dataset,
    make_features,
    make_shards,
)
from symscope.classifier.model_card import model_card
from symscope.classifier.observation import SOURCES
from symscope.classifier.stored_weights import write_classifier
from symscope.groups import CLASS_SETS, Symmetry
from symscope.networks.devices import mesh
from symscope.networks.settings import SETTINGS

EPOCHS = 12
BATCH = 32
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-2

SHIPPED = "maps"
"""What the classifiers that ship look at, chosen by the table of ``symscope evaluate templates``
(README, figures): the plane adds nothing to the maps."""


@dataclass(frozen=True)
class Recipe:
    """One classifier to make: its classes, what it looks at, and whether its labels are shuffled.

    ``source`` names what the pictures are taken of: the hidden layer (maps, plane, both), the
    hidden layer beyond the colour, untrained decoys, or the pixels.
    """

    classes: str
    source: str = SHIPPED
    permuted: bool = False

    @property
    def name(self) -> str:
        """The classifier's name: the two that ship for use have their classes' name."""
        if self.permuted:
            return f"control-permuted-{self.classes}"
        if self.source == SHIPPED:
            return self.classes
        return f"control-{self.source}-{self.classes}"

    @property
    def kind(self) -> str:
        """How the pictures are arranged in the classifier's channels."""
        return self.source if self.source in ("plane", "both", "pixels") else "maps"


RECIPES = tuple(
    recipe
    for classes in ("paper", "extended")
    for recipe in (
        *(Recipe(classes, source) for source in SOURCES),
        Recipe(classes, SHIPPED, permuted=True),
    )
)


def _turned(picture: jax.Array, key: jax.Array) -> jax.Array:
    """Flip, transpose and change the sign of the picture's channels at random.

    The class does not change, nor do the agreements' peaks: only the plain branch needs telling.
    """
    flips = jax.random.bernoulli(key, 0.5, (3,))
    picture = jnp.where(flips[0], picture[:, ::-1], picture)
    picture = jnp.where(flips[1], picture[:, :, ::-1], picture)
    picture = jnp.where(flips[2], picture.swapaxes(1, 2), picture)
    signs = jax.random.rademacher(jax.random.fold_in(key, 1), (picture.shape[0] - 1,))
    # The plane is a density: it has no sign to change.
    return picture * jnp.append(signs, 1)[:, None, None]


def fit_classifier(
    data: Dataset,
    classes: tuple[Symmetry, ...],
    seed: int,
    epochs: int = EPOCHS,
    progress: Callable[[int, int], None] | None = None,
) -> Classifier:
    """Step 3: train one classifier with AdamW on a cosine schedule; a random network each epoch."""
    count = len(data.labels)
    steps = max(1, count // BATCH)
    schedule = optax.cosine_onecycle_schedule(steps * epochs, LEARNING_RATE)
    optimiser = optax.adamw(schedule, weight_decay=WEIGHT_DECAY)
    classifier = Classifier.initial(jax.random.key(seed), len(classes))
    targets, weights = data.targets(classes), data.weights("training")
    state = optimiser.init(eqx.filter(classifier, eqx.is_array))

    def loss(
        classifier: Classifier,
        batch: Features,
        target: jax.Array,
        weight: jax.Array,
        key: jax.Array,
    ) -> jax.Array:
        keys = jax.random.split(key, (len(target), 2))
        batch = batch | {"picture": jax.vmap(_turned)(batch["picture"], keys[:, 0])}
        logits = jax.vmap(classifier)(batch, keys[:, 1])
        return (weight * optax.softmax_cross_entropy(logits, target)).sum() / weight.sum()

    @eqx.filter_jit
    def step(classifier: Classifier, state: Any, batch: Features, *aims: jax.Array) -> Any:
        batch = {name: value.astype(jnp.float32) for name, value in batch.items()}
        gradient = eqx.filter_grad(loss)(classifier, batch, *aims)
        updates, state = optimiser.update(gradient, state, eqx.filter(classifier, eqx.is_array))
        return eqx.apply_updates(classifier, updates), state

    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = rng.permutation(count)
        network = rng.integers(0, data.networks, count)
        for number in range(steps):
            some = order[number * BATCH : (number + 1) * BATCH]
            batch = {k: v[some, network[some]] for k, v in data.features.items()}
            key = jax.random.fold_in(jax.random.key(seed + 1), epoch * steps + number)
            aims = jnp.asarray(targets[some]), jnp.asarray(weights[some])
            classifier, state = step(classifier, state, batch, *aims, key)
        if progress:
            progress(epoch + 1, epochs)
    return classifier


def dataset_logits(classifier: Classifier, data: Dataset) -> NDArray[np.float64]:
    """Return logits of shape (templates, networks, C)."""
    read = eqx.filter_jit(lambda batch: jax.vmap(jax.vmap(classifier))(batch))
    parts = []
    for first in range(0, len(data.labels), BATCH):
        batch = {k: v[first : first + BATCH] for k, v in data.features.items()}
        parts.append(np.asarray(read({k: v.astype(np.float32) for k, v in batch.items()})))
    return np.concatenate(parts).astype(np.float64)


def fit_temperature(
    logits: NDArray[np.float64], targets: NDArray[np.float32], weights: NDArray[np.float32]
) -> float:
    """Choose the temperature that makes the mean probabilities over networks most likely.

    Temperature scaling: Guo et al., arXiv:1706.04599.
    """

    def surprise_at(log_temperature: float) -> float:
        probabilities = np.exp(log_softmax(logits / np.exp(log_temperature), axis=-1)).mean(axis=1)
        surprise = -(targets * np.log(probabilities + 1e-12)).sum(axis=1)
        return float(np.average(surprise, weights=weights))

    grid = np.linspace(-1.5, 2.0, 141)
    return float(np.exp(grid[np.argmin([surprise_at(value) for value in grid])]))


def _accuracy(logits: NDArray[np.float64], data: Dataset, temperature: float) -> float:
    """Share of the exact templates whose most probable class is right."""
    probabilities = np.exp(log_softmax(logits / temperature, axis=-1)).mean(axis=1)
    return float((probabilities.argmax(axis=1) == data.labels)[data.kept == 1].mean())


def make_classifier(
    folder: Path,
    recipe: Recipe,
    blocks: int,
    seed: int,
    epochs: int = EPOCHS,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Classifier, dict[str, Any]]:
    """Train and calibrate one classifier → (network, its model card without the checksum)."""
    classes = CLASS_SETS[recipe.classes]
    data = load_dataset(folder, classes, recipe.source, TRAINING_FAMILIES, blocks)
    if recipe.permuted:
        order = np.random.default_rng(seed).permutation(len(data.labels))
        data = replace(data, labels=data.labels[order], kept=data.kept[order])
    classifier = fit_classifier(data, classes, seed, epochs, progress)
    held = load_dataset(folder, classes, recipe.source, CALIBRATION_FAMILIES, blocks)
    logits = dataset_logits(classifier, held)
    temperature = fit_temperature(logits, held.targets(classes), held.weights("calibration"))
    card = {
        "classes": recipe.classes,
        "kind": recipe.source if recipe.source in INPUTS else "maps",
        "source": recipe.source,
        "permuted": recipe.permuted,
        "temperature": temperature,
        "trained_on": {
            "families": list(TRAINING_FAMILIES),
            "templates": len(data.labels),
            "networks_per_template": data.networks,
            "decoy_settings": SETTINGS["fast"].fingerprint,
            "epochs": epochs,
            "seed": seed,
        },
        "calibrated_on": {
            "families": list(CALIBRATION_FAMILIES),
            "templates": len(held.labels),
            "accuracy": _accuracy(logits, held, temperature),
        },
        "never_seen": list(UNSEEN_FAMILIES),
    }
    return classifier, card


def train(
    out: Path,
    *,
    seed: int = 0,
    quick: bool = False,
    work: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Remake every classifier that ships: templates, decoys, correlations, classifiers.

    Parameters
    ----------
    out : folder for the weights and ``cards.json``
    seed : int
    quick : one block and few epochs: for trying the run out, not for use
    work : folder of checkpoints, ``out/checkpoints`` by default; a run that was stopped resumes
    progress : told (done, total) in steps of a hundredth
    """
    blocks, epochs = (1, 4) if quick else (BLOCKS, EPOCHS)
    folder = (work or out / "checkpoints") / f"seed-{seed}"
    out.mkdir(parents=True, exist_ok=True)
    report = progress or (lambda done, total: None)
    # Shares of the whole, in hundredths, as timed on two cores.
    make_shards(folder / "shards", blocks, seed, lambda i, n: report(60 * i // n, 100))
    for number, source in enumerate(SOURCES):
        done = 60 + 2 * number
        make_features(folder, source, blocks, lambda i, n, d=done: report(d + 2 * i // n, 100))
    done_list = folder / f"classifiers-{blocks}-{epochs}.json"
    finished = json.loads(done_list.read_text()) if done_list.exists() else []
    missing = [
        recipe
        for recipe in RECIPES
        if recipe.name not in finished or not (out / f"{recipe.name}.safetensors").exists()
    ]
    devices = mesh().devices.ravel()

    def make(number: int) -> tuple[Classifier, dict[str, Any]]:
        with jax.default_device(devices[number % len(devices)]):
            return make_classifier(folder, missing[number], blocks, seed, epochs)

    # A classifier is too small for two cores: one is trained on each.
    with ThreadPoolExecutor(len(devices)) as pool:
        for number, (recipe, (classifier, card)) in enumerate(
            zip(missing, pool.map(make, range(len(missing))), strict=True), start=1
        ):
            write_classifier(out, recipe.name, classifier_arrays(classifier), card)
            finished = [*finished, recipe.name]
            done_list.write_text(json.dumps(finished))
            report(72 + 28 * number // len(missing), 100)
    report(100, 100)
    (out / "MODEL_CARD.md").write_text(model_card(load_cards(out)), encoding="utf-8")
