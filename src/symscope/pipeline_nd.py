"""The pipeline for what is no picture: field → decoys → hidden layer → classifier → Score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symscope.classifier.classifier import most_like
from symscope.classifier.classifier_nd import NAMES, CalibratedClassifierND, load_classifier_nd
from symscope.elements.elements_nd import Places, find_places, hidden_agreement
from symscope.errors import InputError, Outcome, UsageError
from symscope.features.pca_nd import Layers, decoy_settings, layers
from symscope.groups import Symmetry
from symscope.io.inputs import Input, dimension_of_input, read_input
from symscope.lie.algebra import Verdict
from symscope.lie.rigid import Generators, find_generators
from symscope.networks.decoys import Decoys, train
from symscope.networks.devices import mesh, threads
from symscope.networks.learning import WATCHED, learning
from symscope.networks.settings import Settings
from symscope.results import (
    LEAST_RESOLVED,
    Fit,
    Score,
    Stage,
    Trained,
    Views,
    mean_and_spread,
    versions,
)

NETWORKS = {1: (16, 64), 3: (8, 24)}
"""Least and most decoys of a field, by dimension."""

OTHER_NETWORKS = 8
"""Decoys of a field of four dimensions or more."""

LOOKS = {1: 10, 3: 50}
"""Steps between two looks at networks that are watched, by dimension: to ask them at all points of
a volume costs as much as twenty steps."""

STANDARD_ERROR = 0.03
"""More decoys are trained while the standard error of the symmetry is above this."""

LEAST_SKILL = 0.5
"""Least share of what a constant guess gets wrong that the networks must get right on held-out
points. By judgement: half. Of pictures another measure is taken (scoring.LEAST_SKILL)."""


@dataclass(frozen=True)
class _Seen:
    """N networks of one field and what was read of them."""

    decoys: tuple[Decoys, ...]
    pictures: tuple[Layers, ...]
    probabilities: NDArray[np.float32]

    def hidden(self, points: ArrayLike) -> NDArray[np.float32]:
        """Ask all networks' hidden layers: (N, P, H)."""
        return np.concatenate([some.hidden(points) for some in self.decoys])

    def jacobian(self, points: ArrayLike) -> NDArray[np.float32]:
        """Ask for the layers' derivatives: (N, P, H, D)."""
        return np.concatenate([some.jacobian(points) for some in self.decoys])


def score_spatial(
    source: Any,
    *,
    dimension: int | None = None,
    networks: int | None = None,
    seed: int = 0,
    frame: str = "crop",
    zoom: float = 1.0,
    elements: bool = True,
    domain: tuple[ArrayLike, ArrayLike] = (-1.0, 1.0),
) -> Score:
    """Score the symmetry of a signal, a volume, a function or samples of any dimension but two.

    In four dimensions and more there is no probabilities, only ``generators``, and their group as label.

    Parameters
    ----------
    source : path, ``potential:NAME``, array of one or three axes, callable, or Field
    dimension : D, needed for a TIFF of many pages and for a function that takes a whole point
    networks : decoys to train; by default as many as the field needs (NETWORKS, STANDARD_ERROR)
    seed : fixes the networks, together with the field's content
    frame, zoom : which part is looked at (sources.sampled)
    elements : whether to search for mirrors, axes, centres, periods and generators
    domain : (low, high), where a function is looked at

    Returns
    -------
    Score

    Raises
    ------
    InputError
        If the source cannot be read (its class says why).
    UsageError
        For options that symscope does not take, or a function that fails.
    WeightsRejected
        If the classifier's file was altered.
    """
    size = dimension_of_input(source, dimension)
    if size is None:
        raise UsageError("found a picture: score it with symscope.score")
    if networks is not None and networks < 1:
        raise UsageError(f"found {networks} networks: expected at least 1")
    prepared = read_input(source, size, frame=frame, zoom=zoom, domain=domain, seed=seed)
    options: dict[str, Any] = {"frame": frame, "zoom": zoom, "elements": elements}
    return score_input(prepared, networks=networks, seed=seed, **options)


def score_input(
    prepared: Input,
    *,
    networks: int | None = None,
    seed: int = 0,
    frame: str = "crop",
    zoom: float = 1.0,
    elements: bool = True,
    watch: Callable[[Stage], None] | None = None,
) -> Score:
    """Score what ``read_input`` has read, or ``spatial.input_guard`` in another process.

    Parameters
    ----------
    prepared : Input
    networks, seed, elements : as for ``score_spatial``
    frame, zoom : with which it was read
    watch : is told how the score comes about, as by ``scoring.score``

    Returns
    -------
    Score
    """
    mesh()  # JAX would keep to a single device if anything else used it first
    size = prepared.field.dimension
    # In more dimensions there is only the plane, which tells too little (``evaluate volumes``).
    classifier = load_classifier_nd(NAMES[size]) if size in NAMES else None
    settings = decoy_settings(size)
    provenance = {
        **versions(),
        "classifier": classifier.name if classifier else None,
        "classifier_sha256": classifier.sha256 if classifier else None,
        "settings": "fast",
        "settings_fingerprint": settings.fingerprint,
        "networks": 0,
        "seed": seed,
        "sketch": "otsu",
        "frame": frame,
        "zoom": zoom,
        **({"side": prepared.grid.values.shape[0]} if prepared.grid else {}),
        "dimension": size,
        "file_sha256": prepared.sha256,
        "field_sha256": prepared.field.sha256,
    }
    if prepared.field.is_constant:
        message = "found one level everywhere: nothing can be learned from it"
        return Score(
            *(prepared.path, Outcome.CONSTANT, message),
            provenance=provenance,
            sampled=prepared.grid,
        )
    sampled = prepared.grid if elements else None
    waiting = threads().submit(find_places, sampled) if sampled is not None else None
    if watch and prepared.grid is not None:
        watched, every = min(WATCHED, networks or WATCHED), LOOKS[size]
        for moment in learning(prepared.field, watched, settings, seed, every):
            watch(moment)
    seen = _trained(prepared, classifier, settings, networks, seed, watch)
    places = waiting.result() if waiting else None
    return _scored(prepared, seen, classifier, places, elements, provenance)


def spatial_or_tell(source: Any, **options: Any) -> Score:
    """Score as ``score_spatial`` does; what cannot be read becomes the row that says so."""
    try:
        return score_spatial(source, **options)
    except InputError as error:
        path = source if isinstance(source, str) else type(source).__name__
        outcome = error.outcome or Outcome.UNREADABLE
        known = {"dimension": _dimension_of(source, options.get("dimension"))}
        return Score(str(path), outcome, str(error), provenance=versions() | known)


def _dimension_of(source: Any, dimension: int | None) -> int:
    """Tell the dimension of what could not be read: 3, that of most, where nothing else tells."""
    try:
        return dimension_of_input(source, dimension) or 2
    except InputError:
        return dimension or 3


def _trained(
    prepared: Input,
    classifier: CalibratedClassifierND | None,
    settings: Settings,
    networks: int | None,
    seed: int,
    watch: Callable[[Stage], None] | None = None,
) -> _Seen:
    """Train the decoys of a field, as many as it needs, and read them."""
    dimension = prepared.field.dimension
    usual = NETWORKS.get(dimension, (OTHER_NETWORKS, OTHER_NETWORKS))
    least, most = (networks, networks) if networks else usual
    classes = classifier.classes if classifier else ()
    decoys: list[Decoys] = []
    pictures: list[Layers] = []
    probabilities = np.zeros((0, len(classes)), np.float32)
    while len(probabilities) < most:
        more = min(least, most - len(probabilities))
        made = train([prepared.field], more, settings, seed, len(probabilities))[0]
        shown = layers(made, dimension)
        decoys.append(made)
        pictures.append(shown)
        read = (
            classifier.read(shown, threads().map) if classifier else np.zeros((more, 0), np.float32)
        )
        probabilities = np.concatenate([probabilities, read])
        if watch:
            watch(Trained.of(probabilities, classes, most))
        if classifier is None:
            continue
        none = probabilities[:, classes.index(Symmetry.NONE)]
        error = float(none.std(ddof=min(1, len(none) - 1)))
        certain = error / len(probabilities) ** 0.5 <= STANDARD_ERROR
        if certain or _fit(prepared, decoys).skill < LEAST_SKILL:  # more would learn no better
            break
    return _Seen(tuple(decoys), tuple(pictures), probabilities)


def _fit(prepared: Input, decoys: Sequence[Decoys]) -> Fit:
    levels = prepared.field.levels
    learned = np.concatenate([some.training_accuracy for some in decoys])
    held_out = np.concatenate([some.validation_accuracy for some in decoys])
    steps = np.concatenate([some.settings.steps * some.rounds for some in decoys])
    return Fit(
        float(learned.mean()),
        float(held_out.mean()),
        float(np.bincount(levels).max() / len(levels)),
        float(steps.mean()),
        prepared.grid.retained_variance if prepared.grid else 1.0,
    )


def _distrust(fit: Fit) -> str | None:
    """Say why the probabilities say nothing about the field, if so."""
    if fit.retained_variance < LEAST_RESOLVED:
        return (
            f"the field's detail is finer than the grid, which keeps {fit.retained_variance:.1%} of its "
            "variance: the probabilities say nothing about it; look at a part of it with --zoom"
        )
    if fit.skill < LEAST_SKILL:
        return (
            f"the networks reproduce {fit.validation_accuracy:.0%} of the held-out points, a constant guess "
            f"{fit.chance_accuracy:.0%}: the probabilities say nothing about the field; look at a part of it "
            "with --zoom"
        )
    return None


def _views(prepared: Input, seen: _Seen) -> Views:
    learned = np.concatenate([some.answers[..., 1] for some in seen.decoys])
    shape = prepared.grid.values.shape if prepared.grid else learned.shape[1:]
    return Views(
        learned.reshape(-1, *shape),
        np.concatenate([some.maps for some in seen.pictures]),
        np.concatenate([some.plane for some in seen.pictures]),
        np.concatenate([some.variance for some in seen.pictures]),
        seen.probabilities,
    )


def _read(classifier: CalibratedClassifierND, probabilities: NDArray[np.float32]) -> dict[str, Any]:
    """Sum up the probabilities (N, C) of N networks."""
    classes = classifier.classes
    mean, spread = mean_and_spread(probabilities, classes)
    none = probabilities[:, classes.index(Symmetry.NONE)]
    return {
        "probabilities": mean,
        "probabilities_sd": spread,
        "symmetry": float(1 - none.mean()),
        "symmetry_sd": float(none.std()),
        "label": str(classes[int(most_like(probabilities.mean(axis=0), classes))]),
    }


def _scored(
    prepared: Input,
    seen: _Seen,
    classifier: CalibratedClassifierND | None,
    places: Places | None,
    elements: bool,
    provenance: dict[str, Any],
) -> Score:
    """Turn what was seen into a Score."""
    fit = _fit(prepared, seen.decoys)
    message = _distrust(fit)
    dimension = prepared.field.dimension
    generators: Generators | None = None
    if elements and dimension > 1:
        generators = find_generators(seen.jacobian, seen.hidden, dimension)
    if places is not None and places.found:
        places = places.with_hidden(hidden_agreement(places, seen.hidden, dimension))
    found: dict[str, Any] = _read(classifier, seen.probabilities) if classifier else {}
    if generators is not None and classifier is None and generators.verdict is Verdict.SYMMETRIC:
        found = {"label": generators.group}
    return Score(
        path=prepared.path,
        outcome=Outcome.NOT_LEARNED if message else Outcome.OK,
        message=message,
        **found,
        fit=fit,
        provenance=provenance | {"networks": len(seen.probabilities)},
        views=_views(prepared, seen),
        sampled=prepared.grid,
        places=places,
        generators=generators,
    )
