"""Orbits as Krippendorf and Syvaeri look for them, and why clusters alone prove nothing.

A network learns which level of a potential a point is on; its last hidden layer is embedded in the
plane, where the points of one orbit come together (arXiv:2003.13679, section 3). So do the points
of one class of *anything*: the same is shown of a potential without symmetry, of permuted labels
and of the network before training. What tells them apart is the defect, the least that any field
of the class leaves of the hidden layer's derivative (fields.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from symscope.errors import TooSmall, UsageError
from symscope.field import Field
from symscope.io.samples import samples_in
from symscope.lie.data import not_identifiable, read_data
from symscope.lie.defects import Frame, Sums, basis
from symscope.lie.pairs import clusters
from symscope.networks.decoys import train
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import Settings
from symscope.synth.potentials import Potential, potential

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MULTI_CLASS = Settings(
    frequencies=0, steps=1500, rounds=2, batch=256, learning_rate=6e-3, weight_decay=0.3
)
"""The multi-class network: bare coordinates, as in the paper; longer trained than a decoy, since
bands of a potential lie close to each other."""

NETWORKS = 4

BAND = 0.2
"""Half width of a level's band, in distances between levels: gaps remain between the bands."""

DENSE = 4000
"""Points drawn for each level of a potential; about a third of them are in a band. All are used to
count its connected parts, some by the networks."""

PERPLEXITY = 30.0
"""Of t-SNE, scikit-learn's default: what one sees depends on it, which is part of the objection."""

WITHOUT_SYMMETRY = {2: "cubic"}
"""The control potential by dimension; random plane waves in others."""


@dataclass(frozen=True)
class Case:
    """One network task, and what its hidden layer looks like.

    Attributes
    ----------
    name : "data", "untrained", "no symmetry" or "permuted labels"
    points, labels : ndarrays of shape (P, D) and (P,)
    tsne, pca : ndarrays of shape (P, 2), embeddings of the first network's last hidden layer
    silhouette : how well the classes cluster in the t-SNE picture, -1 … 1
    defect, spread : least defect of the class of fields, mean and standard deviation over networks
    learned : share of the training points whose label is right
    """

    name: str
    points: Floats
    labels: Labels
    tsne: Floats
    pca: Floats
    silhouette: float
    defect: float
    spread: float
    learned: float


@dataclass(frozen=True)
class Study:
    """All cases, and the orbits of each level of the data.

    Attributes
    ----------
    source : name of what was studied
    cases : tuple of Case, the data first
    levels : for each level its value (or label), points, and number of orbits: connected parts
    kind : class of fields of the defects
    seed : int
    """

    source: str
    cases: tuple[Case, ...]
    levels: tuple[dict[str, Any], ...]
    kind: str
    seed: int

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        keys = ("silhouette", "defect", "spread", "learned")
        return {
            "source": self.source,
            "class": self.kind,
            "seed": self.seed,
            "unrelated": float(1 / np.sqrt(self.cases[0].points.shape[1])),
            "levels": list(self.levels),
            "cases": {case.name: {key: getattr(case, key) for key in keys} for case in self.cases},
        }


def bands(source: Potential, levels: int, seed: int) -> tuple[Floats, Labels, list[float]]:
    """Draw points near some levels of a potential → points (P, D), labels (P,), the levels.

    The points lie in the ball that just fits the potential's box, so that no corner cuts a round
    level into pieces; the levels evenly between the 5 % and 95 % quantiles of the values there.
    """
    points, _ = source.sample(DENSE * levels, seed)
    middle, half = (source.low + source.high) / 2, (source.high - source.low) / 2
    points = points[(((points - middle) / half) ** 2).sum(axis=1) <= 1]
    values = source(points)
    low, high = np.quantile(values, (0.05, 0.95))
    centres = np.linspace(low, high, levels)
    spacing = centres[1] - centres[0]
    label = np.rint((values - low) / spacing).astype(np.int64)
    near = np.abs(values - (low + label * spacing)) <= BAND * spacing
    near &= (label >= 0) & (label < levels)
    return points[near], label[near], centres.tolist()


def _some(points: Floats, labels: Labels, count: int) -> tuple[Floats, Labels]:
    """Take the first points of each label, as many of each."""
    each = count // (int(labels.max()) + 1)
    kept = np.concatenate(
        [np.flatnonzero(labels == label)[:each] for label in range(int(labels.max()) + 1)]
    )
    return points[kept], labels[kept]


def study_potential(
    source: Potential,
    *,
    levels: int = 11,
    count: int = 1100,
    kind: str = "affine",
    seed: int = 0,
    networks: int = NETWORKS,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Study the orbits of a potential's levels, beside the three controls."""
    points, labels, centres = bands(source, levels, seed)
    return _study(source.name, points, labels, centres, count, kind, seed, networks, progress)


def study_data(
    name: str,
    points: ArrayLike | Any,
    target: ArrayLike | str | None = None,
    *,
    kind: str = "affine",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Study the orbits of points (P, D) with labels (P,), beside the three controls.

    Both may be in one DataFrame, and the target the name of a column: see ``lie.discover``.

    Raises
    ------
    InputError, UsageError
        If there are too few points, or the target holds no labels.
    """
    read = samples_in(points, target)
    if read is not None:
        if read.target is None:
            raise UsageError("the table holds no labels: name their column as the target")
        points, target = read.points, read.target
    data = read_data(points, target, labels=True)
    why = not_identifiable(data.points)
    if why:
        raise UsageError(why)
    names = np.unique(np.asarray(target).ravel()).tolist()
    labels = data.values.astype(np.int64)
    return _study(name, data.points, labels, names, len(labels), kind, seed, NETWORKS, progress)


def _study(
    name: str,
    points: Floats,
    labels: Labels,
    names: list[Any],
    count: int,
    kind: str,
    seed: int,
    networks: int,
    progress: Callable[[int, int], None] | None,
) -> Study:
    if len(np.unique(labels)) < 2:
        raise TooSmall("found one level only, expected at least two to tell apart")
    orbit = clusters(points, labels)
    found = tuple(
        {
            "level": names[label],
            "points": int((labels == label).sum()),
            "orbits": len(set(orbit[labels == label].tolist()) - {-1}),
        }
        for label in range(len(names))
    )
    points, labels = _some(points, labels, count)
    size = points.shape[1]
    other = potential(WITHOUT_SYMMETRY.get(size, f"fourier-{size}"), seed)
    control, control_labels = _some(*bands(other, len(names), seed)[:2], count)
    mixed = np.random.default_rng(seed).permutation(labels)
    tasks = [
        ("data", points, labels),
        ("no symmetry", control, control_labels),
        ("permuted labels", points, mixed),
    ]
    cases: list[Case] = []
    for case, places, wanted in tasks:
        decoys = _trained(places, wanted, seed, networks)
        cases.append(_case(case, places, wanted, decoys, kind, seed))
        if case == "data":
            fresh = decoys.before_training()
            cases.append(_case("untrained", places, wanted, fresh, kind, seed))
        if progress:
            progress(len(cases), len(tasks) + 1)
    return Study(name, tuple(cases), found, kind, seed)


def _scaled(points: Floats) -> Floats:
    """Put points into the decoys' box, all coordinates by one factor."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return (points - middle) / np.abs(points - middle).max()


def _trained(points: Floats, labels: Labels, seed: int, networks: int) -> Ensemble:
    field = Field(_scaled(points).astype(np.float32), labels.astype(np.int32))
    return next(iter(train([field], networks, MULTI_CLASS, seed)))


def _case(
    name: str, points: Floats, labels: Labels, decoys: Ensemble, kind: str, seed: int
) -> Case:
    inside = _scaled(points)
    hidden = decoys.hidden(inside)[0].astype(np.float64)
    tsne = TSNE(perplexity=min(PERPLEXITY, len(points) / 4), init="pca", random_state=seed)
    with threadpool_limits(1):  # its matrices are small: threads only wait for each other
        seen = np.asarray(tsne.fit_transform(hidden), dtype=np.float64)
    defects = least_defects(decoys.jacobian(inside).astype(np.float64), inside, kind)
    return Case(
        name,
        points,
        labels,
        seen,
        PCA(2).fit_transform(hidden),
        float(silhouette_score(seen, labels)),
        float(defects.mean()),
        float(defects.std()),
        float(decoys.training_accuracy.mean()),
    )


def least_defects(jacobian: Floats, points: Floats, kind: str) -> Floats:
    """Return the least defect (N,) of a class for each network's Jacobian (N, P, H, D)."""
    frame = Frame.of(points, kind)
    inside, fields = frame.inward(points), basis(kind, points.shape[1])
    return np.array(
        [Sums.of(one[None] * frame.spread, inside, fields).solve()[0][0] for one in jacobian]
    )
