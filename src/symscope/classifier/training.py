"""Remake the classifiers of a dimension, from nothing, in one run that can be stopped and resumed.

First the training data (dataset.py), then the classifiers and those of the controls. Each step
leaves files and skips what is there.
"""

import json
from collections.abc import Callable, Sequence
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
    CLASSIFIERS,
    SUFFIX,
    write_classifier,
)
from symscope.classifier.dataset import (
    PLANS,
    SHIPPED,
    SOURCES,
    UNSEEN_FAMILIES,
    Dataset,
    TrainingPlan,
    load_dataset,
    make_shards,
)
from symscope.classifier.model_card import CONTROLS, write_model_card
from symscope.classifier.network import Network, initial_network, network_arrays
from symscope.errors import UsageError
from symscope.io.files import write_whole
from symscope.networks.devices import mesh
from symscope.networks.settings import of_dimension

BATCH = 32
"""Templates in a minibatch, and in a call while logits are computed."""

CONTROL_TYPE = np.float16
"""What weights of controls are stored in: half the bytes. On 120 signals, 24 pictures and 12
volumes, fresh templates, no probability differed from that of 32 bits by more than 7.5e-4, and no
label did."""


@dataclass(frozen=True)
class Recipe:
    """One classifier to make: its classes, what it looks at (dataset.py), shuffled labels."""

    classes: str
    source: str
    permuted: bool = False

    @property
    def dimension(self) -> int:
        """Of the fields that it classifies."""
        return CLASSIFIERS[self.classes][0]

    @property
    def ships(self) -> bool:
        """Whether it is for use, and no control."""
        return self.source == SHIPPED[self.dimension] and not self.permuted

    @property
    def name(self) -> str:
        """The classifier's name: those that ship for use have their classes' name."""
        if self.ships:
            return self.classes
        return f"control-{'permuted' if self.permuted else self.source}-{self.classes}"

    @property
    def kind(self) -> str:
        """What the classifier takes of the pictures of its source."""
        if self.source == "pixels":
            return "maps"
        return self.source if self.source in ("plane", "both") else SHIPPED[self.dimension]


def recipes(dimension: int) -> tuple[Recipe, ...]:
    """List the classifiers of a dimension: those that ship, and the controls."""
    return tuple(
        recipe
        for classes, (own, _) in CLASSIFIERS.items()
        if own == dimension
        for recipe in (
            *(Recipe(classes, source) for source in SOURCES[dimension]),
            Recipe(classes, SHIPPED[dimension], permuted=True),
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


def fit_network(
    data: Dataset, dimension: int, classes: int, seed: int, epochs: int, plan: TrainingPlan
) -> Network:
    """Train one network with AdamW on a cosine schedule; a random decoy's features each epoch."""
    count = len(data.labels)
    steps = max(1, count // BATCH)
    schedule = optax.cosine_onecycle_schedule(steps * epochs, plan.learning_rate)
    optimiser = optax.adamw(schedule, weight_decay=plan.weight_decay)
    network = initial_network(dimension, classes, seed)
    targets, weights = data.targets(classes), data.weights(plan.broken_weights[0])
    state = optimiser.init(eqx.filter(network, eqx.is_array))

    def loss(network: Network, batch: Any, target: Any, weight: Any, key: Any) -> jax.Array:
        if dimension == 2:
            pairs = jax.random.split(key, (len(target), 2))
            batch = batch | {"picture": jax.vmap(_turned)(batch["picture"], pairs[:, 0])}
            keys = pairs[:, 1]
        else:
            keys = jax.random.split(key, len(target))
        logits = jax.vmap(network)(batch, keys)
        return (weight * optax.softmax_cross_entropy(logits, target)).sum() / weight.sum()

    @eqx.filter_jit
    def step(network: Network, state: Any, batch: Any, *aims: Any) -> Any:
        batch = {name: value.astype(jnp.float32) for name, value in batch.items()}
        gradient = eqx.filter_grad(loss)(network, batch, *aims)
        updates, state = optimiser.update(gradient, state, eqx.filter(network, eqx.is_array))
        return eqx.apply_updates(network, updates), state

    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = rng.permutation(count)
        decoy = rng.integers(0, data.networks, count)
        for number in range(steps):
            rows = order[number * BATCH : (number + 1) * BATCH]
            batch = {key: value[rows, decoy[rows]] for key, value in data.features.items()}
            key = jax.random.fold_in(jax.random.key(seed + 1), epoch * steps + number)
            aims = jnp.asarray(targets[rows]), jnp.asarray(weights[rows])
            network, state = step(network, state, batch, *aims, key)
    return network


def dataset_logits(network: Network, data: Dataset) -> NDArray[np.float64]:
    """Return logits of shape (templates, networks, C)."""
    logits = eqx.filter_jit(lambda batch: jax.vmap(jax.vmap(network))(batch))
    parts = []
    for first in range(0, len(data.labels), BATCH):
        batch = {k: v[first : first + BATCH] for k, v in data.features.items()}
        parts.append(np.asarray(logits({k: v.astype(np.float32) for k, v in batch.items()})))
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


def make_classifier(
    folder: Path, recipe: Recipe, blocks: int, seed: int, epochs: int, plan: TrainingPlan
) -> tuple[Network, dict[str, Any]]:
    """Train and calibrate one classifier → (network, its model card without the checksum)."""
    dimension, classes = CLASSIFIERS[recipe.classes]

    def dataset(families: tuple[str, ...]) -> Dataset:
        return load_dataset(folder, dimension, classes, recipe.source, families, blocks, plan)

    data = dataset(plan.families)
    if recipe.permuted:
        order = np.random.default_rng(seed).permutation(len(data.labels))
        data = replace(data, labels=data.labels[order], kept=data.kept[order])
    network = fit_network(data, dimension, len(classes), seed, epochs, plan)
    held = dataset(plan.calibration_families)
    logits = dataset_logits(network, held)
    targets, weights = held.targets(len(classes)), held.weights(plan.broken_weights[1])
    temperature = fit_temperature(logits, targets, weights)
    probabilities = np.exp(log_softmax(logits / temperature, axis=-1)).mean(axis=1)
    card = {
        "classes": recipe.classes,
        "dimension": dimension,
        "kind": recipe.kind,
        "source": recipe.source,
        "permuted": recipe.permuted,
        "temperature": temperature,
        "trained_on": {
            "families": list(plan.families),
            "templates": len(data.labels),
            "networks_per_template": data.networks,
            "decoy_settings": of_dimension(dimension).settings.fingerprint,
            "epochs": epochs,
            "seed": seed,
        },
        "calibrated_on": {
            "families": list(plan.calibration_families),
            "templates": len(held.labels),
            # Of the exact ones: the share whose most probable class is right.
            "accuracy": float((probabilities.argmax(axis=1) == held.labels)[held.kept == 1].mean()),
        },
        "never_seen": list(UNSEEN_FAMILIES),
    }
    return network, card


def train(
    out: Path,
    *,
    dimension: int = 2,
    seed: int = 0,
    quick: bool = False,
    work: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    plan: TrainingPlan | None = None,
    wanted: Sequence[Recipe] | None = None,
) -> None:
    """Remake every classifier of pictures (dimension 2), signals (1) or volumes (3).

    Parameters
    ----------
    out : folder for the weights and ``cards.json``; those of the controls go to ``out/controls``
    dimension : 1, 2 or 3
    seed : int
    quick : one block and few epochs: for trying the run out, not for use
    work : folder of checkpoints, ``out/checkpoints`` by default; a run that was stopped resumes
    progress : told (done, total) in steps of a hundredth
    plan, wanted : by default PLANS and recipes of the dimension

    Raises
    ------
    UsageError
        For another dimension.
    """
    if dimension not in PLANS:
        raise UsageError(f"found dimension {dimension}: classifiers are trained for 1, 2 and 3")
    devices = mesh().devices.ravel()  # JAX would keep to one if anything else used it first
    plan = plan or PLANS[dimension]
    blocks, epochs = (1, plan.quick_epochs) if quick else (plan.blocks, plan.epochs)
    folder = (work or out / "checkpoints") / f"seed-{seed}" / f"{dimension}d"
    report = progress or (lambda done, total: None)
    # Shares of the whole, in hundredths, as timed on two cores.
    make_shards(folder, dimension, blocks, seed, plan, lambda i, n: report(72 * i // n, 100))
    done_list = folder / f"classifiers-{blocks}-{epochs}.json"
    finished = json.loads(done_list.read_text()) if done_list.exists() else []

    def folder_of(recipe: Recipe) -> Path:
        return out if recipe.ships else out / CONTROLS

    missing = [
        recipe
        for recipe in (recipes(dimension) if wanted is None else wanted)
        if recipe.name not in finished
        or not (folder_of(recipe) / f"{recipe.name}{SUFFIX}").exists()
    ]

    def make(number: int) -> tuple[Network, dict[str, Any]]:
        with jax.default_device(devices[number % len(devices)]):
            return make_classifier(folder, missing[number], blocks, seed, epochs, plan)

    # A classifier is too small for two cores: one is trained on each.
    with ThreadPoolExecutor(len(devices)) as pool:
        for number, (recipe, (network, card)) in enumerate(
            zip(missing, pool.map(make, range(len(missing))), strict=True), start=1
        ):
            folder_of(recipe).mkdir(parents=True, exist_ok=True)
            arrays = network_arrays(network)
            if not recipe.ships:
                arrays = {key: array.astype(CONTROL_TYPE) for key, array in arrays.items()}
            write_classifier(folder_of(recipe), recipe.name, arrays, card)
            finished = [*finished, recipe.name]
            write_whole(done_list, json.dumps(finished).encode())
            report(72 + 28 * number // len(missing), 100)
    report(100, 100)
    write_model_card(out)
