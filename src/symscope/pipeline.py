"""The pipeline: picture → sketch → Field → decoys → hidden layer → pictures → classifier → Score."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from itertools import islice
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from symscope.classifier.classifier import CalibratedClassifier, most_like
from symscope.errors import Outcome
from symscope.features.lie_defect import best_flow, judged
from symscope.features.pca import GRID
from symscope.field import Field, pixel_centres
from symscope.groups import Symmetry
from symscope.io.images import read_picture
from symscope.io.inputs import dimension_of_input
from symscope.io.sounds import WINDOW
from symscope.io.sounds import listen as listen_here
from symscope.job import Job, Listening, Reading, Watch, job_of
from symscope.music.names import named
from symscope.networks.devices import CHUNK, threads
from symscope.networks.ensemble import train
from symscope.networks.learning import WATCHED, learning
from symscope.networks.objectives import constant_guess
from symscope.networks.settings import Settings
from symscope.options import SoundView
from symscope.pipeline_nd import score_spatial, spatial_or_tell
from symscope.prepared import (
    Prepared,
    only,
    opened,
    prepare,
    prepare_or_tell,
    searched,
    with_hashes,
)
from symscope.results import LEAST_RESOLVED, Drawn, Fit, Score, Trained, mean_and_spread
from symscope.seen import Seen
from symscope.tasks import COLOURS, Measure, Task

STANDARD_ERROR = 0.016
"""More decoys are trained while the standard error of a picture's symmetry is above this: most
pictures need no more than the least, ambiguous ones do. Chosen for a spread over seeds of at most
0.03 (``symscope evaluate repeatability``)."""

LEAST_SKILL = 0.1
"""Least skill (``Fit.skill``: of levels, the share of the held-out points' variance that the
networks explain) with which probabilities says something: below it a class is read hardly better than
by chance, above it about as often as at greater skill (benchmarks/bench_skill.py, with its
controls; chosen on seed 100)."""


def _fit(seen: Seen, field: Field, task: Task, retained_variance: float = 1.0) -> Fit:
    learned, held_out, explained, steps = seen.fit.mean(axis=0).tolist()
    guess = constant_guess(task, field.levels)
    return Fit(learned, held_out, guess, steps, retained_variance, explained)


def _observe(batch: list[Prepared], job: Job) -> list[tuple[Prepared, Seen]]:
    """Train the decoys of each field, as many as it needs, and look at them.

    The elements are searched for meanwhile.
    """
    searching = [threads().submit(searched, prepared, job) for prepared in batch]
    try:
        return _trained(batch, searching, job)
    finally:
        for search in searching:
            search.cancel()


def _trained(
    batch: list[Prepared], searching: list[Future[Prepared]], job: Job
) -> list[tuple[Prepared, Seen]]:
    fields = [prepared.field for prepared in batch if prepared.field is not None]
    none = job.classifier.classes.index(Symmetry.NONE)

    def uncertain(field: Field, seen: Seen) -> bool:
        values = seen.views.probabilities[:, none]
        error = float(values.std(ddof=1)) / len(values) ** 0.5
        return error > STANDARD_ERROR and _fit(seen, field, job.kind).skill >= LEAST_SKILL

    found: dict[int, Seen] = {}
    wanting, count, more = list(range(len(fields))), 0, job.least
    while wanting:
        some = [fields[i] for i in wanting]
        trained = train(some, more, job.trained, job.seed, count)
        ready = [searching[i].result() for i in wanting]
        for i, seen in zip(wanting, Seen.of(trained, job.classifier, ready), strict=True):
            found[i] = found[i] + seen if i in found else seen
            if job.watch:
                probabilities = found[i].views.probabilities
                job.watch(Trained.of(probabilities, job.classifier.classes, job.most))
        count += more
        more = min(job.least, job.most - count)
        wanting = [i for i in wanting if more > 0 and uncertain(fields[i], found[i])]
    return [(searching[i].result(), found[i]) for i in range(len(fields))]


def _distrust(fit: Fit, task: Task, sound: bool) -> str | None:
    """Say why the probabilities say nothing about the picture, if so."""
    part = "take a shorter --window" if sound else "look at a part of it with --zoom"
    if fit.retained_variance < LEAST_RESOLVED:
        return (
            f"the picture's detail is finer than the sketch, which keeps {fit.retained_variance:.1%} of its "
            f"variance: the probabilities say nothing about it; {part}"
        )
    if fit.skill < LEAST_SKILL:
        return (
            f"{_learned(fit, task)}: the probabilities say nothing about the picture; "
            f"try another --sketch, or {part}"
        )
    if task.control:
        return (
            f"the task {task.text} is a control, of networks that are not trained on the picture: "
            "the probabilities show what is read from those"
        )
    return None


def _learned(fit: Fit, task: Task) -> str:
    if task.measure is Measure.VARIANCE:
        return f"the networks explain {fit.validation_accuracy:.0%} of the variance of what was held out"
    if task.measure is Measure.ORDER:
        return (
            f"the networks put {fit.validation_accuracy:.0%} of the held-out patches above patches with their "
            "pixels in random order, a guess 50%"
        )
    return (
        f"the networks reproduce {fit.validation_accuracy:.0%} of the held-out points, a constant guess "
        f"{fit.chance_accuracy:.0%}, and explain {max(fit.skill, 0.0):.0%} of their variance"
    )


def _read(prepared: Prepared, seen: Seen, job: Job) -> Score:
    """Turn what was seen into a Score."""
    assert prepared.field is not None
    probabilities = seen.views.probabilities
    retained_variance = prepared.sketch.retained_variance if prepared.sketch else 1.0
    fit = _fit(seen, prepared.field, job.kind, retained_variance)
    classes = job.classifier.classes
    mean, spread = mean_and_spread(probabilities, classes)
    none = probabilities[:, classes.index(Symmetry.NONE)]
    message = _distrust(fit, job.kind, prepared.heard is not None)
    grid = pixel_centres(GRID, GRID).astype(np.float64)
    elements = prepared.elements and prepared.elements.with_hidden(
        seen.realised, judged(best_flow(seen.flows), seen.decoys, grid).scaled(prepared.scale)
    )
    heard = prepared.heard
    music = named(elements, heard, message is None) if elements and heard else None
    if elements and music:
        elements = replace(elements, found=tuple(held.element for held in music.structures))
    return Score(
        path=prepared.path,
        outcome=Outcome.NOT_LEARNED if message else Outcome.OK,
        message=message,
        probabilities=mean,
        probabilities_sd=spread,
        symmetry=float(1 - none.mean()),
        symmetry_sd=float(none.std()),
        label=str(classes[int(most_like(probabilities.mean(axis=0), classes))]),
        fit=fit,
        elements=elements,
        baselines=prepared.baselines,
        provenance=with_hashes(job, prepared) | {"networks": len(probabilities)},
        picture=prepared.picture,
        sketch=prepared.sketch,
        views=seen.views,
        music=music,
    )


def score(
    source: Any,
    *,
    networks: int | None = None,
    seed: int = 0,
    settings: str = "fast",
    sketch: str = "otsu",
    frame: str = "crop",
    zoom: float = 1.0,
    classifier: str | CalibratedClassifier = "extended",
    max_megapixels: float = 50.0,
    elements: bool = True,
    with_baselines: bool = False,
    task: str = COLOURS,
    view: str = SoundView.PITCH,
    window: float = WINDOW,
    read: Reading = read_picture,
    listen: Listening | None = listen_here,
    watch: Watch | None = None,
    dimension: int | None = None,
    domain: tuple[ArrayLike, ArrayLike] = (-1.0, 1.0),
) -> Score:
    """Score the symmetry of one picture, sound (of one window), signal, volume or function.

    What is neither picture nor sound is scored by ``score_spatial``; ``settings``, ``sketch``,
    ``classifier``, ``with_baselines`` and ``watch`` are not for it.

    Parameters
    ----------
    source : path, bytes, ``sample:NAME``, ``potential:NAME``, ndarray of shape (R, C) or
        (R, C, 3 or 4), of one axis (signal) or of three (volume), a Field, or a function of
        numbers x, y, … or of points (P, D);
        a sound's path may end in ``#t=START,END`` (seconds)
    networks : decoys to train; where not given, as many as the picture needs (NETWORKS,
        STANDARD_ERROR)
    seed : fixes the networks, together with the picture's content
    settings : ``"fast"`` or ``"paper"`` (settings.SETTINGS)
    sketch, frame, zoom : how the picture, or its middle, becomes a square of two levels
        (sources.sketch)
    classifier : ``"extended"`` (seven classes), ``"paper"`` (five) or a CalibratedClassifier
    max_megapixels : largest picture read
    elements : whether to search for axes, centres and periods
    with_baselines : whether to ask the simple measures of baselines.py too
    task : what the networks learn: a word of task.TASKS, with a parameter where it takes one
    view, window : how a sound becomes pictures: ``"pitch"`` or ``"similarity"``
        (sources.time_pitch), and how many seconds of it at a time
    read : how a source becomes a Picture: in this process, or by a ``GuardedReader`` in another
    listen : the same for sounds: ``listen``, or with ``decode=decoded_apart``; None takes no sounds
    watch : is told how the score comes about: what is Drawn, four networks Learning a few steps at
        a time (trained once more for it, as they are for the score), and what is Trained so far
    dimension : D, where the source does not tell: a TIFF of many pages as a volume, a function that
        takes a whole point
    domain : (low, high), each a number or (D,): where a function is looked at

    Returns
    -------
    Score

    Raises
    ------
    InputError
        If the source cannot be read (its class says why).
    UsageError
        For options that symscope does not take.
    WeightsRejected
        If the classifier's file was altered.
    """
    if dimension_of_input(source, dimension) is not None:
        return score_spatial(
            source,
            dimension=dimension,
            networks=networks,
            seed=seed,
            frame=frame,
            zoom=zoom,
            elements=elements,
            domain=domain,
        )
    job = job_of(
        *(networks, seed, settings, sketch, frame, zoom, classifier),
        *(max_megapixels, elements, with_baselines, read, watch, task, view, window, listen),
    )
    prepared = prepare(only(source, job), job)
    if prepared.failed:
        return prepared.failed
    assert prepared.field is not None
    if watch:
        watch(Drawn(prepared.picture, prepared.sketch))
        count = min(WATCHED, job.least)
        # Only answers on the whole grid can be watched, and only while decoys learn.
        if isinstance(job.trained, Settings) and prepared.field.shape is not None:
            for moment in learning(prepared.field, count, job.trained, job.seed):
                watch(moment)
    return _read(*_observe([prepared], job)[0], job)


def score_many(
    sources: Iterable[Any],
    *,
    networks: int | None = None,
    seed: int = 0,
    settings: str = "fast",
    sketch: str = "otsu",
    frame: str = "crop",
    zoom: float = 1.0,
    classifier: str | CalibratedClassifier = "extended",
    max_megapixels: float = 50.0,
    elements: bool = True,
    with_baselines: bool = False,
    task: str = COLOURS,
    view: str = SoundView.PITCH,
    window: float = WINDOW,
    read: Reading = read_picture,
    listen: Listening | None = listen_here,
    progress: Callable[[int, int], None] | None = None,
    dimension: int | None = None,
) -> Iterator[Score]:
    """Score many inputs, in order; what cannot be read is a row with its outcome.

    A sound gives one score for each of its windows, at least one. Parameters are those of
    ``score``; ``progress`` is told how many of how many are done, as far as that is known.
    """
    job = job_of(
        *(networks, seed, settings, sketch, frame, zoom, classifier),
        *(max_megapixels, elements, with_baselines, read, None, task, view, window, listen),
    )
    waiting = list(sources)
    stream, together, number = opened(waiting, job), fields_together(job.least), 0
    # How many windows a sound has is known when it has been heard: none is kept.
    while batch := [begun(source, job, dimension) for source in islice(stream, together)]:
        seen = iter(_observe([item for item in batch if not item.failed], job))
        for item in batch:
            number += 1
            yield item.failed or _read(*next(seen), job)
            if progress:
                progress(number, max(number, len(waiting)))


def begun(source: Any, job: Job, dimension: int | None = None) -> Prepared:
    """Prepare a picture; score what is none at once."""
    found = dimension_of_input(source, dimension)
    if found is None:
        return prepare_or_tell(source, job)
    score = spatial_or_tell(
        source,
        dimension=dimension,
        networks=job.least if job.least == job.most else None,
        seed=job.seed,
        frame=job.frame,
        zoom=job.zoom,
        elements=job.elements,
    )
    return Prepared(score.path, failed=score)


def fields_together(networks: int) -> int:
    """Count the pictures whose networks fill calls of the trainer without a rest."""
    return CHUNK // gcd(CHUNK, networks)
