"""Remake the readers that ship, from nothing, in one run that can be stopped and resumed.

Step 1 draws templates and trains their decoys, shard by shard; step 2 correlates the pictures;
step 3 trains the readers and those of the controls. Each step leaves files and skips what is
there.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file, save, save_file
from scipy.special import log_softmax

from symscope.decoy import SETTINGS
from symscope.engine import cores, mesh
from symscope.groups import CLASS_SETS, EXTENDED, Symmetry
from symscope.model_card import model_card
from symscope.observation import SOURCES, observe, source_features
from symscope.reader import INPUTS, Features, Reader, load_cards, most_like, reader_arrays, stack
from symscope.sources.families import FAMILIES
from symscope.sources.templates import Template, templates

TRAINING_STREAM = 1
"""First word of the training templates' seeds; evaluations draw from other streams."""

BLOCK = 24
"""Templates of one class and family in a shard."""

NETWORKS = 2
"""Decoys for each training template."""

BLOCKS = 5
"""Blocks in a full run: BLOCK · BLOCKS templates of each class and family."""

BROKEN = 10
"""Templates of a shard that are broken, by evenly spaced degrees: the reader is to see approximate
symmetry, and its score to fall as the symmetry goes."""

CALIBRATION_FAMILIES = ("waves", "sparks")
"""Families that set the temperature and that no network is trained on: one smooth, one not."""

UNSEEN_FAMILIES = ("cells", "collage")
"""Families that take no part in the making of any reader: they measure generalisation. Again one is
smooth and one is not."""

TRAINING_FAMILIES = tuple(f for f in FAMILIES if f not in (*CALIBRATION_FAMILIES, *UNSEEN_FAMILIES))

EPOCHS = 12
BATCH = 32
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-2


SHIPPED = "maps"
"""What the readers that ship look at, chosen by the table of ``symscope evaluate templates``
(README, figures): the plane adds nothing to the maps."""


@dataclass(frozen=True)
class Recipe:
    """One reader to make: its classes, what it looks at, and whether its labels are shuffled.

    ``source`` names what the pictures are taken of: the hidden layer (maps, plane, both), the
    hidden layer beyond the colour, untrained decoys, or the pixels.
    """

    classes: str
    source: str = SHIPPED
    permuted: bool = False

    @property
    def name(self) -> str:
        """The reader's name: the two that ship for use have their classes' name."""
        if self.permuted:
            return f"control-permuted-{self.classes}"
        if self.source == SHIPPED:
            return self.classes
        return f"control-{self.source}-{self.classes}"

    @property
    def kind(self) -> str:
        """How the pictures are arranged in the reader's channels."""
        return self.source if self.source in ("plane", "both", "pixels") else "maps"


RECIPES = tuple(
    recipe
    for classes in ("paper", "extended")
    for recipe in (
        *(Recipe(classes, source) for source in SOURCES),
        Recipe(classes, SHIPPED, permuted=True),
    )
)


@dataclass(frozen=True)
class Shard:
    """A block of templates of one class and family, with what their decoys became."""

    label: Symmetry
    family: str
    block: int

    @property
    def name(self) -> str:
        """File name, without the folder."""
        place = EXTENDED.index(self.label)
        return f"{self.block:02d}-{place}-{self.family}.safetensors"

    @property
    def degrees(self) -> NDArray[np.float64]:
        """How far each of its templates is broken: the first ones are exact."""
        if self.label is Symmetry.NONE:
            return np.zeros(BLOCK)
        # Every block has degrees of its own, between those of the others.
        steps = np.arange(BROKEN) + (self.block % BLOCKS + 0.5) / BLOCKS
        return np.append(np.zeros(BLOCK - BROKEN), steps / BROKEN)

    def draw(self, seed: int) -> list[Template]:
        """Draw its templates."""
        return [
            template
            for number, breaking in enumerate(self.degrees.tolist(), self.block * BLOCK)
            for template in templates(
                classes=[self.label],
                families=[self.family],
                seed=(TRAINING_STREAM, seed),
                first=number,
                breaking=breaking,
            )
        ]


def shards(blocks: int) -> Iterator[Shard]:
    """List the shards so that every prefix of whole blocks is balanced."""
    for block in range(blocks):
        for family in (*TRAINING_FAMILIES, *CALIBRATION_FAMILIES):
            for label in EXTENDED:
                yield Shard(label, family, block)


def save_atomically(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write to a temporary file, then rename: a file that exists is whole."""
    temporary = path.with_suffix(".part")
    # safetensors writes the buffer as it lies in memory, whatever the strides.
    save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, temporary)
    temporary.replace(path)


def make_shards(
    folder: Path, blocks: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Step 1: write every shard that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [shard for shard in shards(blocks) if not (folder / shard.name).exists()]
    # The next shard's templates are drawn while this one's decoys train.
    with ThreadPoolExecutor(1) as pool:
        upcoming = [pool.submit(shard.draw, seed) for shard in missing[:1]]
        for number, shard in enumerate(missing):
            drawn = upcoming.pop().result()
            upcoming += [pool.submit(s.draw, seed) for s in missing[number + 1 : number + 2]]
            save_atomically(observe(drawn, NETWORKS, seed), folder / shard.name)
            if progress:
                progress(number + 1, len(missing))


def _make_shard_features(shard: Path, folder: Path, source: str) -> None:
    """Correlate a shard's pictures: features with leading axes (templates, networks)."""
    if source == "both":
        # Groups of channels are correlated apart, so the features of the parts add up.
        parts = [load_file(folder / part / shard.name) for part in ("maps", "plane")]
        found = {key: parts[0][key] + parts[1][key] for key in parts[0]}
    else:
        seen = load_file(shard)
        rows = [{key: value[i] for key, value in seen.items()} for i in range(len(seen["levels"]))]
        found = stack([stack(source_features(row, source)) for row in rows])
    half = {key: value.astype(np.float16) for key, value in found.items()}
    save_atomically(half, folder / source / shard.name)


def make_features(
    folder: Path, source: str, blocks: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Step 2: correlate the pictures of one source, shard by shard, on all cores."""
    target = folder / "features"
    (target / source).mkdir(parents=True, exist_ok=True)
    missing = [
        folder / "shards" / shard.name
        for shard in shards(blocks)
        if not (target / source / shard.name).exists()
    ]
    # Fresh processes: a fork would take over the locks of JAX's threads.
    with ProcessPoolExecutor(cores(), get_context("spawn")) as pool:
        make = partial(_make_shard_features, folder=target, source=source)
        for number, _ in enumerate(pool.map(make, missing), start=1):
            if progress:
                progress(number, len(missing))


@dataclass(frozen=True)
class Dataset:
    """Features with leading axes (templates, networks), and what the templates are.

    Attributes
    ----------
    features : Features
    labels : ndarray of shape (templates,), index of each one's class
    kept : ndarray of shape (templates,), share of the symmetry that is left
    """

    features: Features
    labels: NDArray[np.int64]
    kept: NDArray[np.float32]

    @property
    def networks(self) -> int:
        """Networks per template."""
        return self.features["picture"].shape[1]

    def targets(self, classes: tuple[Symmetry, ...]) -> NDArray[np.float32]:
        """What the reader is to say, (templates, C): what is left of a class; the rest is ∅.

        A symmetry relates pairs of pixels, and a pair is intact if both are: kept².
        """
        left = self.kept**2
        result = np.zeros((len(self.labels), len(classes)), np.float32)
        result[:, classes.index(Symmetry.NONE)] = 1 - left
        result[np.arange(len(self.labels)), self.labels] += left
        return result


def load_dataset(folder: Path, recipe: Recipe, families: tuple[str, ...], blocks: int) -> Dataset:
    """Load the features of some families for a recipe."""
    classes = CLASS_SETS[recipe.classes]
    parts, labels, kept = [], [], []
    for shard in shards(blocks):
        if shard.family in families and shard.label in classes:
            part = load_file(folder / "features" / recipe.source / shard.name)
            parts.append(part)
            labels += [classes.index(shard.label)] * len(part["picture"])
            with safe_open(folder / "shards" / shard.name, "numpy") as seen:
                kept.append(seen.get_tensor("kept"))
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return Dataset(joined, np.array(labels), np.concatenate(kept))


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


def fit_reader(
    data: Dataset,
    classes: tuple[Symmetry, ...],
    seed: int,
    epochs: int = EPOCHS,
    progress: Callable[[int, int], None] | None = None,
) -> Reader:
    """Step 3: train one reader with AdamW on a cosine schedule; a random network each epoch."""
    count = len(data.labels)
    steps = max(1, count // BATCH)
    schedule = optax.cosine_onecycle_schedule(steps * epochs, LEARNING_RATE)
    optimiser = optax.adamw(schedule, weight_decay=WEIGHT_DECAY)
    reader, targets = Reader.initial(jax.random.key(seed), len(classes)), data.targets(classes)
    state = optimiser.init(eqx.filter(reader, eqx.is_array))

    def loss(reader: Reader, batch: Features, target: jax.Array, key: jax.Array) -> jax.Array:
        keys = jax.random.split(key, (len(target), 2))
        batch = batch | {"picture": jax.vmap(_turned)(batch["picture"], keys[:, 0])}
        logits = jax.vmap(reader)(batch, keys[:, 1])
        return optax.softmax_cross_entropy(logits, target).mean()

    @eqx.filter_jit
    def step(reader: Reader, state: Any, batch: Features, target: jax.Array, key: jax.Array) -> Any:
        batch = {name: value.astype(jnp.float32) for name, value in batch.items()}
        gradient = eqx.filter_grad(loss)(reader, batch, target, key)
        updates, state = optimiser.update(gradient, state, eqx.filter(reader, eqx.is_array))
        return eqx.apply_updates(reader, updates), state

    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = rng.permutation(count)
        network = rng.integers(0, data.networks, count)
        for number in range(steps):
            some = order[number * BATCH : (number + 1) * BATCH]
            batch = {k: v[some, network[some]] for k, v in data.features.items()}
            key = jax.random.fold_in(jax.random.key(seed + 1), epoch * steps + number)
            reader, state = step(reader, state, batch, jnp.asarray(targets[some]), key)
        if progress:
            progress(epoch + 1, epochs)
    return reader


def dataset_logits(reader: Reader, data: Dataset) -> NDArray[np.float64]:
    """Return logits of shape (templates, networks, C)."""
    read = eqx.filter_jit(lambda batch: jax.vmap(jax.vmap(reader))(batch))
    parts = []
    for first in range(0, len(data.labels), BATCH):
        batch = {k: v[first : first + BATCH] for k, v in data.features.items()}
        parts.append(np.asarray(read({k: v.astype(np.float32) for k, v in batch.items()})))
    return np.concatenate(parts).astype(np.float64)


def fit_temperature(logits: NDArray[np.float64], targets: NDArray[np.float32]) -> float:
    """Choose the temperature that makes the mean profile over networks most likely.

    Temperature scaling: Guo et al., arXiv:1706.04599.
    """

    def surprise(log_temperature: float) -> float:
        profile = np.exp(log_softmax(logits / np.exp(log_temperature), axis=-1)).mean(axis=1)
        return -float((targets * np.log(profile + 1e-12)).sum(axis=1).mean())

    grid = np.linspace(-1.5, 2.0, 141)
    return float(np.exp(grid[np.argmin([surprise(value) for value in grid])]))


def _accuracy(
    logits: NDArray[np.float64],
    data: Dataset,
    classes: tuple[Symmetry, ...],
    temperature: float,
) -> float:
    """Share of the exact templates that are read right."""
    profile = np.exp(log_softmax(logits / temperature, axis=-1)).mean(axis=1)
    return float((most_like(profile, classes) == data.labels)[data.kept == 1].mean())


def make_reader(
    folder: Path,
    recipe: Recipe,
    blocks: int,
    seed: int,
    epochs: int = EPOCHS,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Reader, dict[str, Any]]:
    """Train and calibrate one reader → (network, its model card without the checksum)."""
    classes = CLASS_SETS[recipe.classes]
    data = load_dataset(folder, recipe, TRAINING_FAMILIES, blocks)
    if recipe.permuted:
        order = np.random.default_rng(seed).permutation(len(data.labels))
        data = replace(data, labels=data.labels[order], kept=data.kept[order])
    reader = fit_reader(data, classes, seed, epochs, progress)
    held = load_dataset(folder, recipe, CALIBRATION_FAMILIES, blocks)
    logits = dataset_logits(reader, held)
    temperature = fit_temperature(logits, held.targets(classes))
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
            "accuracy": _accuracy(logits, held, classes, temperature),
        },
        "never_seen": list(UNSEEN_FAMILIES),
    }
    return reader, card


def _ship(out: Path, name: str, reader: Reader, card: dict[str, Any]) -> None:
    """Write weights, then the cards with their checksum; each whole or not at all."""
    content = save(reader_arrays(reader))
    temporary = out / f"{name}.part"
    temporary.write_bytes(content)
    temporary.replace(out / f"{name}.safetensors")
    path = out / "cards.json"
    cards = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    cards[name] = {"sha256": hashlib.sha256(content).hexdigest(), **card}
    temporary.write_text(json.dumps(cards, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    temporary.replace(path)


def train(
    out: Path,
    *,
    seed: int = 0,
    quick: bool = False,
    work: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Remake every reader that ships: templates, decoys, correlations, readers.

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
    done_list = folder / f"readers-{blocks}-{epochs}.json"
    finished = json.loads(done_list.read_text()) if done_list.exists() else []
    missing = [
        recipe
        for recipe in RECIPES
        if recipe.name not in finished or not (out / f"{recipe.name}.safetensors").exists()
    ]
    devices = mesh().devices.ravel()

    def make(number: int) -> tuple[Reader, dict[str, Any]]:
        with jax.default_device(devices[number % len(devices)]):
            return make_reader(folder, missing[number], blocks, seed, epochs)

    # A reader is too small for two cores: one is trained on each.
    with ThreadPoolExecutor(len(devices)) as pool:
        for number, (recipe, made) in enumerate(
            zip(missing, pool.map(make, range(len(missing))), strict=True), start=1
        ):
            _ship(out, recipe.name, *made)
            finished = [*finished, recipe.name]
            done_list.write_text(json.dumps(finished))
            report(72 + 28 * number // len(missing), 100)
    report(100, 100)
    (out / "MODEL_CARD.md").write_text(model_card(load_cards(out)), encoding="utf-8")
