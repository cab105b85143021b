"""Templates of a line or of space as training data, shard by shard: a run may stop anywhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from symscope.features.features_nd import numbers
from symscope.features.pca_nd import layers
from symscope.groups import CLASSES, Symmetry
from symscope.networks.decoys import train
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import of_dimension
from symscope.synth.families import BROAD, FAMILIES
from symscope.synth.templates import Template, templates

TRAINING_STREAM = 1
"""First word of the training templates' seeds; evaluations draw from other streams."""

SOURCES = ("both", "plane", "pixels", "untrained")
"""What classifiers look at: maps and plane (what ships), the paper's plane alone, the field's own
levels, networks that have learned nothing."""

CALIBRATION_FAMILIES = ("waves", "sparks")
UNSEEN_FAMILIES = ("cells", "collage")
"""As of the pictures' classifiers: families that set the temperature, and such that take no part."""

TRAINING_FAMILIES = tuple(f for f in FAMILIES if f not in (*CALIBRATION_FAMILIES, *UNSEEN_FAMILIES))
"""Those of detail; the classifiers of volumes are trained on the broad ones too."""

BLOCK = 8
"""Templates of one class and family in a shard."""

BROKEN = 2
"""Templates of a shard that are broken, so that the score falls as the symmetry goes."""

BROKEN_WEIGHT = 0.1
"""Weight of a broken template beside an exact one: a population in which most are exact or have no
symmetry, as for the pictures' classifiers."""

BLOCKS = {1: 4, 3: 1}
"""Blocks in a full run, by dimension."""

NETWORKS = {1: 2, 3: 1}
"""Ensemble for each training template, by dimension."""


def training_families(dimension: int) -> tuple[str, ...]:
    """Families that the classifiers of a dimension are trained on."""
    return (*TRAINING_FAMILIES, *(BROAD if dimension == 3 else ()))


Observation = dict[str, NDArray]


def observe(
    drawn: Sequence[Template],
    dimension: int,
    networks: int,
    seed: int,
    each: Callable[..., Iterable[NDArray]] = map,
) -> Observation:
    """Train decoys on B templates and measure what classifiers are given; ``each`` may use threads.

    Returns
    -------
    dict with ``numbers`` and ``untrained_numbers`` (B, N, F), ``plane`` and ``untrained_plane``
    (B, N, GRID, GRID), ``pixels`` (B, 1, F), ``fit`` (B, N, 2), ``kept`` (B,)
    """
    rows: dict[str, list[NDArray]] = {}
    fields = [template.field for template in drawn]
    settings = of_dimension(dimension).settings
    for template, decoys in zip(drawn, train(fields, networks, settings, seed), strict=True):
        seen, fresh = layers(decoys, dimension), layers(decoys.before_training(), dimension)
        row = {
            "numbers": np.stack(list(each(numbers, seen.maps))),
            "plane": seen.plane,
            "untrained_numbers": np.stack(list(each(numbers, fresh.maps))),
            "untrained_plane": fresh.plane,
            "pixels": numbers(template.levels[None].astype(np.float32))[None],
            "fit": fit_of(decoys),
            "kept": np.float32(template.kept),
        }
        for key, value in row.items():
            rows.setdefault(key, []).append(np.asarray(value, np.float32))
    return {key: np.stack(values) for key, values in rows.items()}


def fit_of(decoys: Ensemble) -> NDArray[np.float32]:
    """Shares of training and of held-out points right, (N, 2)."""
    return np.stack([decoys.training_accuracy, decoys.validation_accuracy], axis=1).astype(
        np.float32
    )


def source_features(seen: Observation, source: str) -> dict[str, NDArray[np.float32]]:
    """Arrange what the classifier of a source takes, with leading axes (B, N); N = 1 for pixels."""
    if source == "pixels":
        told, plane = seen["pixels"], np.zeros_like(seen["plane"][:, :1])
    elif source == "plane":
        told, plane = np.zeros_like(seen["numbers"]), seen["plane"]
    elif source == "untrained":
        told, plane = seen["untrained_numbers"], seen["untrained_plane"]
    else:
        told, plane = seen["numbers"], seen["plane"]
    return {"numbers": told, "plane": plane}


@dataclass(frozen=True)
class Shard:
    """A block of templates of one class and family."""

    dimension: int
    label: Symmetry
    family: str
    block: int

    @property
    def name(self) -> str:
        """File name, without the folder."""
        place = CLASSES[self.dimension].index(self.label)
        return f"{self.dimension}d-{self.block:02d}-{place}-{self.family}.safetensors"

    @property
    def degrees(self) -> NDArray[np.float64]:
        """How far each template is broken; the first ones are exact."""
        if self.label is Symmetry.NONE:
            return np.zeros(BLOCK)
        steps = (np.arange(BROKEN) + (self.block % 4 + 0.5) / 4) / BROKEN
        return np.append(np.zeros(BLOCK - BROKEN), steps)

    def draw(self, seed: int) -> list[Template]:
        """Draw its templates."""
        return [
            template
            for number, breaking in enumerate(self.degrees.tolist(), self.block * BLOCK)
            for template in templates(
                dimension=self.dimension,
                classes=[self.label],
                families=[self.family],
                seed=(TRAINING_STREAM, seed),
                first=number,
                breaking=breaking,
            )
        ]


def shards(dimension: int, blocks: int) -> Iterator[Shard]:
    """List the shards so that every prefix of whole blocks is balanced."""
    for block in range(blocks):
        for family in (*training_families(dimension), *CALIBRATION_FAMILIES):
            for label in CLASSES[dimension]:
                yield Shard(dimension, label, family, block)


def make_shards(
    folder: Path,
    dimension: int,
    blocks: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> None:
    """Draw and observe every shard that is not there yet; each file is whole or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [s for s in shards(dimension, blocks) if not (folder / s.name).exists()]
    for number, shard in enumerate(missing, start=1):
        seen = observe(shard.draw(seed), dimension, NETWORKS[dimension], seed)
        temporary = (folder / shard.name).with_suffix(".part")
        save_file({k: np.ascontiguousarray(v) for k, v in seen.items()}, temporary)
        temporary.replace(folder / shard.name)
        progress(number, len(missing))


@dataclass(frozen=True)
class SpatialDataset:
    """Features with leading axes (templates, networks), and what the templates are."""

    features: dict[str, NDArray[np.float32]]
    labels: NDArray[np.int64]
    kept: NDArray[np.float32]

    @property
    def networks(self) -> int:
        """Networks per template."""
        return self.features["numbers"].shape[1]

    @property
    def weights(self) -> NDArray[np.float32]:
        """How much each template counts, (templates,)."""
        return np.where(self.kept < 1, BROKEN_WEIGHT, 1).astype(np.float32)

    def targets(self, classes: int) -> NDArray[np.float32]:
        """What the classifier is to say, (templates, C): kept² of the class, the rest ∅ (class 0)."""
        left = self.kept**2
        result = np.zeros((len(self.labels), classes), np.float32)
        result[:, 0] = 1 - left
        result[np.arange(len(self.labels)), self.labels] += left
        return result


def load_dataset(
    folder: Path, dimension: int, source: str, families: tuple[str, ...], blocks: int
) -> SpatialDataset:
    """Load the features of one source for some families."""
    parts, labels, kept = [], [], []
    for shard in shards(dimension, blocks):
        if shard.family in families:
            seen = load_file(folder / shard.name)
            parts.append(source_features(seen, source))
            labels += [CLASSES[dimension].index(shard.label)] * len(seen["kept"])
            kept.append(seen["kept"])
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return SpatialDataset(joined, np.array(labels), np.concatenate(kept))
