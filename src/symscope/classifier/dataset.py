"""Templates as training data: drawn, learned by decoys and measured, shard by shard.

A *source* is what a classifier looks at:

- ``maps``: principal components of the last hidden layer as maps,
- ``plane``: the paper's picture, ``both``: maps and plane,
- ``beyond`` (of pictures): maps of the hidden layer with the output's direction projected out,
- ``untrained``: the same pictures of networks that have learned nothing,
- ``pixels``: the template's own levels; no network at all.

One of them ships for use, the others are controls. A run may stop anywhere: each shard is a whole
file, and what is there is skipped.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from symscope.features.features import (
    Features,
    beyond_colour,
    features,
    map_grid,
    pixel_maps,
    principal_components,
)
from symscope.groups import CLASSES, Symmetry
from symscope.io.files import write_whole
from symscope.networks.decoys import train
from symscope.networks.devices import threads
from symscope.networks.settings import of_dimension
from symscope.synth.families import BROAD, FAMILIES
from symscope.synth.templates import Template, templates

TRAINING_STREAM = 1
"""First word of the training templates' seeds; evaluations draw from other streams."""

SOURCES = {
    1: ("both", "plane", "pixels", "untrained"),
    2: ("maps", "pixels", "beyond", "untrained", "plane", "both"),
    3: ("both", "plane", "pixels", "untrained"),
}
"""What classifiers of a dimension look at."""

SHIPPED = {1: "both", 2: "maps", 3: "both"}
"""What the classifiers that ship look at, chosen by the table of ``symscope evaluate templates``
(README, figures): to pictures' maps the plane adds nothing."""

CALIBRATION_FAMILIES = ("waves", "sparks")
"""Families that set the temperature and that no network is trained on: one smooth, one not."""

UNSEEN_FAMILIES = ("cells", "collage")
"""Families that take no part in the making of any classifier: they measure generalisation. Again
one is smooth and one is not."""

TRAINING_FAMILIES = tuple(f for f in FAMILIES if f not in (*CALIBRATION_FAMILIES, *UNSEEN_FAMILIES))
"""Those of detail; the classifiers of volumes are trained on the broad ones too."""


@dataclass(frozen=True)
class TrainingPlan:
    """How much is drawn and how classifiers are trained, for one dimension.

    Attributes
    ----------
    block : templates of one class and family in a shard
    broken : those of them that are broken, by evenly spaced degrees: the classifier is to see
        approximate symmetry, and its score to fall as the symmetry goes
    blocks : blocks in a full run
    phases : blocks after which the degrees of breaking come again
    networks : decoys for each template
    broken_weights : weight of a broken template beside an exact one, in training and in
        calibration: a population in which most are exact or have no symmetry, so that classifiers
        do not doubt those for fear of slightly broken ones. With 1 the probabilities of exact
        pictures were 0.05 to 0.07 too low, with these 0.02 (on the calibration families)
    epochs, quick_epochs : in a full run, and in one to try it out
    learning_rate, weight_decay : of AdamW; of signals and volumes chosen on the training families,
        two left out at a time
    precision : of the stored features
    families, calibration_families : of templates
    """

    block: int
    broken: int
    blocks: int
    phases: int
    networks: int
    broken_weights: tuple[float, float]
    epochs: int
    quick_epochs: int
    learning_rate: float
    weight_decay: float
    precision: type = np.float32
    families: tuple[str, ...] = TRAINING_FAMILIES
    calibration_families: tuple[str, ...] = CALIBRATION_FAMILIES


PLANS = {
    1: TrainingPlan(8, 2, 4, 4, 2, (0.1, 0.1), 60, 8, 3e-3, 1e-1),
    2: TrainingPlan(24, 12, 5, 5, 2, (0.25, 0.1), 12, 4, 4e-3, 1e-2, np.float16),
    3: TrainingPlan(
        *(8, 2, 1, 4, 1, (0.1, 0.1), 60, 8, 3e-3, 1e-1),
        families=(*TRAINING_FAMILIES, *BROAD),
    ),
}
"""By dimension."""


Looks = dict[str, tuple[NDArray[Any] | None, NDArray[Any] | None]]
"""By source, maps (N, k, side, …) and plane (N, GRID, GRID), or None for what it does not have."""


@dataclass(frozen=True)
class Observation:
    """What classifiers look at of one template.

    Attributes
    ----------
    dimension : of the template
    pictures : Looks; N = 1 for pixels
    fit : ndarray of shape (N, 2), shares of training and of validation points right
    """

    dimension: int
    pictures: Looks
    fit: NDArray[np.float32]

    def features(self, source: str) -> Features:
        """Measure what the classifier of a source takes, with a leading axis N."""
        return features(*self.pictures[source], self.dimension)


def observe(
    drawn: Sequence[Template], networks: int, seed: int, dimension: int = 2
) -> list[Observation]:
    """Train decoys on templates and take their PCA pictures; of pictures in half precision."""
    points, shape = map_grid(dimension)
    fields = [template.field for template in drawn]
    result = []
    for template, decoys in zip(
        drawn, train(fields, networks, of_dimension(dimension).settings, seed), strict=True
    ):
        hidden = decoys.hidden(points)
        trained = principal_components(hidden, shape)
        fresh = principal_components(decoys.before_training().hidden(points), shape)
        maps, plane = trained.maps, trained.plane
        pixels = pixel_maps(template.levels)[None]
        if dimension == 2:
            half = np.float16
            beyond = principal_components(beyond_colour(hidden, decoys.output_directions), shape)
            maps, plane = maps.astype(half), plane.astype(half)
            pictures: Looks = {
                "maps": (maps, None),
                "beyond": (beyond.maps.astype(half), None),
                "untrained": (fresh.maps.astype(half), None),
            }
        else:
            pictures: Looks = {"untrained": (fresh.maps, fresh.plane)}
        pictures |= {"plane": (None, plane), "both": (maps, plane), "pixels": (pixels, None)}
        fit = np.stack([decoys.training_accuracy, decoys.validation_accuracy], axis=1)
        result.append(Observation(dimension, pictures, fit.astype(np.float32)))
    return result


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
        position = CLASSES[self.dimension].index(self.label)
        return f"{self.dimension}d-{self.block:02d}-{position}-{self.family}.safetensors"

    def draw(self, seed: int, plan: TrainingPlan) -> list[Template]:
        """Draw its templates: the first ones exact, the rest broken by ever more."""
        degrees = np.zeros(plan.block)
        if self.label is not Symmetry.NONE:
            # Every block has degrees of its own, between those of the others.
            between = (self.block % plan.phases + 0.5) / plan.phases
            steps = (np.arange(plan.broken) + between) / max(plan.broken, 1)
            degrees[plan.block - plan.broken :] = steps
        return [
            template
            for number, breaking in enumerate(degrees.tolist(), self.block * plan.block)
            for template in templates(
                dimension=self.dimension,
                classes=[self.label],
                families=[self.family],
                seed=(TRAINING_STREAM, seed),
                first=number,
                breaking=breaking,
            )
        ]


def shards(dimension: int, blocks: int, plan: TrainingPlan) -> Iterator[Shard]:
    """List the shards so that every prefix of whole blocks is balanced."""
    for block in range(blocks):
        for family in (*plan.families, *plan.calibration_families):
            for label in CLASSES[dimension]:
                yield Shard(dimension, label, family, block)


def make_shards(
    folder: Path,
    dimension: int,
    blocks: int,
    seed: int,
    plan: TrainingPlan,
    progress: Callable[[int, int], None],
) -> None:
    """Write every shard that is not there yet: features of all sources, ``SOURCE.NAME`` (B, N, …).

    And ``kept`` (B,), the share of each template's symmetry that is left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [s for s in shards(dimension, blocks, plan) if not (folder / s.name).exists()]
    # The next shard's templates are drawn while this one's decoys train.
    with ThreadPoolExecutor(1) as pool:
        upcoming = [pool.submit(shard.draw, seed, plan) for shard in missing[:1]]
        for number, shard in enumerate(missing):
            drawn = upcoming.pop().result()
            upcoming += [pool.submit(s.draw, seed, plan) for s in missing[number + 1 : number + 2]]
            observations = observe(drawn, plan.networks, seed, dimension)
            arrays = {"kept": np.array([template.kept for template in drawn], np.float32)}
            for source in SOURCES[dimension]:
                rows = list(threads().map(lambda o, s=source: o.features(s), observations))
                arrays |= {
                    f"{source}.{key}": np.stack([row[key] for row in rows]).astype(plan.precision)
                    for key in rows[0]
                }
            # safetensors writes the buffer as it lies in memory, whatever the strides.
            content = save({key: np.ascontiguousarray(value) for key, value in arrays.items()})
            write_whole(folder / shard.name, content)
            progress(number + 1, len(missing))


@dataclass(frozen=True)
class Dataset:
    """Features with leading axes (templates, networks), and what the templates are.

    Attributes
    ----------
    features : Features
    labels : ndarray of shape (templates,), index of each one's class; ∅ is 0
    kept : ndarray of shape (templates,), share of the symmetry that is left
    """

    features: Features
    labels: NDArray[np.int64]
    kept: NDArray[np.float32]

    @property
    def networks(self) -> int:
        """Networks per template."""
        return next(iter(self.features.values())).shape[1]

    def weights(self, broken: float) -> NDArray[np.float32]:
        """How much each template counts, (templates,): an exact one 1."""
        return np.where(self.kept < 1, broken, 1).astype(np.float32)

    def targets(self, classes: int) -> NDArray[np.float32]:
        """What the classifier is to say, (templates, C): what is left of a class; the rest is ∅.

        A symmetry relates pairs of pixels, and a pair is intact if both are: kept².
        """
        left = self.kept**2
        result = np.zeros((len(self.labels), classes), np.float32)
        result[:, 0] = 1 - left
        result[np.arange(len(self.labels)), self.labels] += left
        return result


def load_dataset(
    folder: Path,
    dimension: int,
    classes: tuple[Symmetry, ...],
    source: str,
    families: tuple[str, ...],
    blocks: int,
    plan: TrainingPlan,
) -> Dataset:
    """Load the features of one source for some classes and families."""
    parts: dict[str, list[NDArray]] = {}
    labels, kept = [], []
    for shard in shards(dimension, blocks, plan):
        if shard.family in families and shard.label in classes:
            with safe_open(folder / shard.name, "numpy") as file:
                kept.append(file.get_tensor("kept"))
                for name in file.keys():  # noqa: SIM118 (no mapping)
                    if name.startswith(f"{source}."):
                        key = name.removeprefix(f"{source}.")
                        parts.setdefault(key, []).append(file.get_tensor(name))
            labels += [classes.index(shard.label)] * len(kept[-1])
    joined = {key: np.concatenate(arrays) for key, arrays in parts.items()}
    return Dataset(joined, np.array(labels), np.concatenate(kept))
