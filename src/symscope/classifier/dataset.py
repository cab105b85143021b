"""Templates as training data: drawn, learned by decoys and correlated, shard by shard.

A run may stop anywhere: each step leaves whole files and skips what is there.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file, save

from symscope.classifier.classifier import Features, stack
from symscope.classifier.observation import observe, source_features
from symscope.groups import EXTENDED, Symmetry
from symscope.io.files import write_whole
from symscope.networks.devices import cores
from symscope.synth.families import FAMILIES
from symscope.synth.templates import Template, templates

TRAINING_STREAM = 1
"""First word of the training templates' seeds; evaluations draw from other streams."""

BLOCK = 24
"""Templates of one class and family in a shard."""

NETWORKS = 2
"""Decoys for each training template."""

BLOCKS = 5
"""Blocks in a full run: BLOCK · BLOCKS templates of each class and family."""

BROKEN = 12
"""Templates of a shard that are broken, by evenly spaced degrees: the classifier is to see approximate
symmetry, and its score to fall as the symmetry goes."""

BROKEN_WEIGHT = {"training": 0.25, "calibration": 0.1}
"""Weight of a broken template beside an exact one: a population in which most pictures are exact
or have no symmetry, so that the classifiers do not doubt those for fear of slightly broken ones. With 1
the probabilities of exact templates were 0.05 to 0.07 too low, with these 0.02 (on the calibration
families)."""

CALIBRATION_FAMILIES = ("waves", "sparks")
"""Families that set the temperature and that no network is trained on: one smooth, one not."""

UNSEEN_FAMILIES = ("cells", "collage")
"""Families that take no part in the making of any classifier: they measure generalisation. Again one is
smooth and one is not."""

TRAINING_FAMILIES = tuple(f for f in FAMILIES if f not in (*CALIBRATION_FAMILIES, *UNSEEN_FAMILIES))


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
    """Write arrays; a file that exists is whole."""
    # safetensors writes the buffer as it lies in memory, whatever the strides.
    write_whole(path, save({key: np.ascontiguousarray(value) for key, value in arrays.items()}))


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

    def weights(self, use: str) -> NDArray[np.float32]:
        """How much each template counts in training or calibration, (templates,)."""
        return np.where(self.kept < 1, BROKEN_WEIGHT[use], 1).astype(np.float32)

    def targets(self, classes: tuple[Symmetry, ...]) -> NDArray[np.float32]:
        """What the classifier is to say, (templates, C): what is left of a class; the rest is ∅.

        A symmetry relates pairs of pixels, and a pair is intact if both are: kept².
        """
        left = self.kept**2
        result = np.zeros((len(self.labels), len(classes)), np.float32)
        result[:, classes.index(Symmetry.NONE)] = 1 - left
        result[np.arange(len(self.labels)), self.labels] += left
        return result


def load_dataset(
    folder: Path,
    classes: tuple[Symmetry, ...],
    source: str,
    families: tuple[str, ...],
    blocks: int,
) -> Dataset:
    """Load the features of one source for some classes and families."""
    parts, labels, kept = [], [], []
    for shard in shards(blocks):
        if shard.family in families and shard.label in classes:
            part = load_file(folder / "features" / source / shard.name)
            parts.append(part)
            labels += [classes.index(shard.label)] * len(part["picture"])
            with safe_open(folder / "shards" / shard.name, "numpy") as seen:
                kept.append(seen.get_tensor("kept"))
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return Dataset(joined, np.array(labels), np.concatenate(kept))
