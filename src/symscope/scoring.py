"""The pipeline: picture → sketch → Field → decoys → hidden layer → pictures → reader → Score."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.baselines import baselines
from symscope.decoy import CHUNK, SETTINGS, Decoys, train
from symscope.elements import (
    LEAST_SIDE,
    Elements,
    find_elements,
    hidden_agreement,
)
from symscope.engine import mesh, threads
from symscope.errors import InputError, Outcome, UsageError
from symscope.field import Field, pixel_centres
from symscope.groups import CLASS_SETS, Symmetry
from symscope.learning import learning
from symscope.lie.flow import best_flow, flow_sums, judged
from symscope.picture import GRID, Pictures, grid_hidden, pictures
from symscope.reader import CalibratedReader, load_reader, most_like
from symscope.result import Drawn, Fit, Score, Stage, Trained, Views
from symscope.sources.images import Picture, read_picture
from symscope.sources.sketch import Sketch
from symscope.sources.sketch import sketch as make_sketch

SIDE = 64
"""Points along a side of the sketch; the templates have as many."""

NETWORKS = {"fast": (16, 96), "paper": (8, 8)}
"""Least and most decoys per picture by settings; as many more as STANDARD_ERROR asks for."""

STANDARD_ERROR = 0.016
"""More decoys are trained while the standard error of a picture's symmetry is above this: most
pictures need no more than the least, ambiguous ones do. Chosen for a spread over seeds of at most
0.03 (``symscope evaluate repeatability``)."""

LEAST_RESOLVED = 0.1
"""Least share of the grey's variance that the sketch must keep: below it, it shows a beat of the
grid with the detail. Patterns of 60 periods keep 0.002 to 0.01, paintings 0.3 to 0.97."""

LEAST_SKILL = 0.5
"""Least share of what a constant guess gets wrong that the networks must get right on held-out
points; below it the picture counts as not learned (chosen by judgement, not yet by a benchmark)."""


Reading = Callable[..., Picture]
"""How a source becomes a Picture: ``read_picture``, or a ``GuardedReader``."""

Watch = Callable[[Stage], None]
"""What is told how a score comes about, while it does."""

WATCHED = 4
"""Networks whose learning is watched."""


@dataclass(frozen=True)
class _Seen:
    """What N networks of one field have become.

    ``fit`` has shape (N, 3): shares of training and of held-out points right, steps; ``realised``
    (N, elements): agreement of the hidden layer; ``flows`` (N, 2, 3, 3): see ``flow_sums``;
    ``decoys`` are the networks themselves.
    """

    views: Views
    fit: NDArray[np.float64]
    realised: NDArray[np.float64]
    flows: NDArray[np.float64]
    decoys: tuple[Decoys, ...]

    @classmethod
    def of(
        cls, found: Sequence[Decoys], reader: CalibratedReader, fields: "Sequence[_Prepared]"
    ) -> "list[_Seen]":
        """Look at the networks of some fields; the reader takes all their pictures together."""
        shown = [pictures(grid_hidden(decoys)) for decoys in found]
        ends = np.cumsum([len(seen.maps) for seen in shown])[:-1]
        profiles = np.split(reader.read(Pictures.joined(shown)), ends)
        return [cls._of_one(*one) for one in zip(found, shown, profiles, fields, strict=True)]

    @classmethod
    def _of_one(
        cls,
        decoys: Decoys,
        seen: Pictures,
        profiles: NDArray[np.float32],
        prepared: "_Prepared",
    ) -> "_Seen":
        learned = decoys.answers[..., 1].reshape(-1, SIDE, SIDE)
        steps = decoys.settings.steps * decoys.rounds
        fit = np.stack([decoys.learned, decoys.held_out, steps], axis=1).astype(np.float64)
        views = Views(learned, seen.maps, seen.plane, seen.variance, profiles)
        if prepared.elements is None:
            return cls(views, fit, np.zeros((len(fit), 0)), np.zeros((len(fit), 2, 3, 3)), ())
        points = pixel_centres(GRID, GRID).astype(np.float64)
        realised = hidden_agreement(prepared.elements, decoys.hidden, points, prepared.scale)
        return cls(views, fit, realised, flow_sums(decoys.jacobian(points), points), (decoys,))

    def __add__(self, other: "_Seen") -> "_Seen":
        """Take the networks of both."""
        views = {
            key: np.concatenate([value, getattr(other.views, key)])
            for key, value in vars(self.views).items()
        }
        return _Seen(
            Views(**views),
            np.concatenate([self.fit, other.fit]),
            np.concatenate([self.realised, other.realised]),
            np.concatenate([self.flows, other.flows]),
            self.decoys + other.decoys,
        )


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("symscope", "jax")}


@dataclass(frozen=True)
class _Job:
    """What all pictures of one call share."""

    least: int
    most: int
    seed: int
    settings: str
    sketch: str
    frame: str
    zoom: float
    reader_name: str
    reader: CalibratedReader
    max_megapixels: float
    elements: bool
    baselines: bool
    read: "Reading"
    watch: "Watch | None" = None

    def provenance(self) -> dict[str, Any]:
        return {
            **_versions(),
            "reader": self.reader_name,
            "reader_sha256": self.reader.sha256,
            "settings": self.settings,
            "settings_fingerprint": SETTINGS[self.settings].fingerprint,
            "networks": 0,
            "seed": self.seed,
            "sketch": self.sketch,
            "frame": self.frame,
            "zoom": self.zoom,
            "side": SIDE,
        }


@dataclass(frozen=True)
class _Prepared:
    """An input that can be learned, or the Score that says why not."""

    path: str
    picture: Picture | None = None
    sketch: Sketch | None = None
    field: Field | None = None
    failed: Score | None = None
    elements: Elements | None = None
    baselines: dict[str, float] | None = None
    scale: float = 1.0  # half a side of the networks' square, in the picture's coordinates


def _prepare(source: Any, job: _Job) -> _Prepared:
    if isinstance(source, Field):
        if source.dimension != 2 or source.shape != (SIDE, SIDE):
            raise UsageError(
                f"a Field to be scored must be a {SIDE}×{SIDE} grid, found {source.shape}: make "
                f"it with Field.from_levels from an array of {SIDE} rows and columns"
            )
        prepared = _Prepared("field", None, None, source)
    else:
        picture = job.read(source, max_megapixels=job.max_megapixels)
        path = str(source) if not isinstance(source, bytes | np.ndarray) else picture.name
        drawn = make_sketch(
            picture.grey, side=SIDE, method=job.sketch, frame=job.frame, zoom=job.zoom
        )
        prepared = _Prepared(path, picture, drawn, Field.from_levels(drawn.levels))
    assert prepared.field is not None
    if not prepared.field.is_constant:
        return prepared
    message = (
        "found one level everywhere: nothing can be learned from it; "
        "try another --sketch, or a picture with contrast"
    )
    failed = Score(
        prepared.path,
        Outcome.CONSTANT,
        message,
        provenance=_with_hashes(job, prepared),
        picture=prepared.picture,
        sketch=prepared.sketch,
    )
    return _Prepared(prepared.path, failed=failed)


def _searched(prepared: _Prepared, job: _Job) -> _Prepared:
    """Search the whole picture, or a Field's levels, for elements; ask the baselines."""
    assert prepared.field is not None
    grey, scale = prepared.field.levels.reshape(SIDE, SIDE), 1.0
    if prepared.picture is not None:
        grey = prepared.picture.grey
        assert prepared.sketch is not None
        scale = prepared.sketch.extent / max(grey.shape)
    if min(grey.shape) < LEAST_SIDE:
        return prepared
    return replace(
        prepared,
        elements=find_elements(grey) if job.elements else None,
        baselines={b.name: b(grey).strength for b in baselines()} if job.baselines else None,
        scale=scale,
    )


def _with_hashes(job: _Job, prepared: _Prepared) -> dict[str, Any]:
    found = job.provenance()
    if prepared.picture is not None:
        found["file_sha256"] = prepared.picture.sha256
    if prepared.field is not None:
        found["field_sha256"] = prepared.field.sha256
    return found


def _fit(seen: _Seen, levels: NDArray[np.int32], resolved: float = 1.0) -> Fit:
    learned, held_out, steps = seen.fit.mean(axis=0).tolist()
    majority = float(np.bincount(levels).max() / len(levels))
    return Fit(learned, held_out, majority, steps, resolved)


def _observe(batch: list[_Prepared], job: _Job) -> list[tuple[_Prepared, _Seen]]:
    """Train the decoys of each field, as many as it needs, and look at them.

    The elements are searched for meanwhile.
    """
    searching = [threads().submit(_searched, prepared, job) for prepared in batch]
    try:
        return _trained(batch, searching, job)
    finally:
        for search in searching:
            search.cancel()


def _trained(
    batch: list[_Prepared], searching: list[Future[_Prepared]], job: _Job
) -> list[tuple[_Prepared, _Seen]]:
    fields = [prepared.field for prepared in batch if prepared.field is not None]
    none = job.reader.classes.index(Symmetry.NONE)

    def uncertain(field: Field, seen: _Seen) -> bool:
        values = seen.views.profiles[:, none]
        error = float(values.std(ddof=1)) / len(values) ** 0.5
        return error > STANDARD_ERROR and _fit(seen, field.levels).skill >= LEAST_SKILL

    found: dict[int, _Seen] = {}
    wanting, count, more = list(range(len(fields))), 0, job.least
    while wanting:
        some = [fields[i] for i in wanting]
        trained = train(some, more, SETTINGS[job.settings], job.seed, count)
        ready = [searching[i].result() for i in wanting]
        for i, seen in zip(wanting, _Seen.of(trained, job.reader, ready), strict=True):
            found[i] = found[i] + seen if i in found else seen
            if job.watch:
                job.watch(_trained_so_far(found[i], job))
        count += more
        more = min(job.least, job.most - count)
        wanting = [i for i in wanting if more > 0 and uncertain(fields[i], found[i])]
    return [(searching[i].result(), found[i]) for i in range(len(fields))]


def _trained_so_far(seen: _Seen, job: _Job) -> Trained:
    profiles, classes = seen.views.profiles, [str(symbol) for symbol in job.reader.classes]
    mean, spread = profiles.mean(axis=0).tolist(), profiles.std(axis=0).tolist()
    return Trained(
        len(profiles),
        job.most,
        dict(zip(classes, mean, strict=True)),
        dict(zip(classes, spread, strict=True)),
    )


def _distrust(fit: Fit) -> str | None:
    """Say why the profile says nothing about the picture, if so."""
    if fit.resolved < LEAST_RESOLVED:
        return (
            f"the picture's detail is finer than the sketch, which keeps {fit.resolved:.1%} of its "
            "variance: the profile says nothing about it; look at a part of it with --zoom"
        )
    if fit.skill < LEAST_SKILL:
        return (
            f"the networks reproduce {fit.held_out:.0%} of the held-out points, a constant guess "
            f"{fit.majority:.0%}: the profile says nothing about the picture; "
            "try another --sketch, or look at a part of it with --zoom"
        )
    return None


def _read(prepared: _Prepared, seen: _Seen, job: _Job) -> Score:
    """Turn what was seen into a Score."""
    assert prepared.field is not None
    profiles = seen.views.profiles
    resolved = prepared.sketch.resolved if prepared.sketch else 1.0
    fit = _fit(seen, prepared.field.levels, resolved)
    classes = job.reader.classes
    mean, spread = profiles.mean(axis=0), profiles.std(axis=0)
    none = profiles[:, classes.index(Symmetry.NONE)]
    message = _distrust(fit)
    grid = pixel_centres(GRID, GRID).astype(np.float64)
    return Score(
        path=prepared.path,
        outcome=Outcome.NOT_LEARNED if message else Outcome.OK,
        message=message,
        profile={str(c): float(p) for c, p in zip(classes, mean, strict=True)},
        spread={str(c): float(p) for c, p in zip(classes, spread, strict=True)},
        symmetry=float(1 - none.mean()),
        symmetry_spread=float(none.std()),
        label=str(classes[int(most_like(mean, classes))]),
        fit=fit,
        elements=prepared.elements
        and prepared.elements.with_hidden(
            seen.realised,
            judged(best_flow(seen.flows), seen.decoys, grid).scaled(prepared.scale),
        ),
        baselines=prepared.baselines,
        provenance=_with_hashes(job, prepared) | {"networks": len(profiles)},
        picture=prepared.picture,
        sketch=prepared.sketch,
        views=seen.views,
    )


def _job(
    networks: int | None,
    seed: int,
    settings: str,
    sketch: str,
    frame: str,
    zoom: float,
    reader: str | CalibratedReader,
    max_megapixels: float,
    elements: bool,
    with_baselines: bool,
    read: Reading,
    watch: Watch | None = None,
) -> _Job:
    if settings not in SETTINGS:
        raise UsageError(f"found settings {settings!r}: expected one of {', '.join(SETTINGS)}")
    if networks is not None and networks < 1:
        raise UsageError(f"found {networks} networks: expected at least 1")
    mesh()  # JAX would keep to a single device if anything else used it first
    if isinstance(reader, str):
        if reader not in CLASS_SETS:
            raise UsageError(f"found reader {reader!r}: expected one of {', '.join(CLASS_SETS)}")
        name, loaded = reader, load_reader(reader)
    else:
        name, loaded = "given", reader
    least, most = (networks, networks) if networks else NETWORKS[settings]
    return _Job(
        least,
        most,
        seed,
        settings,
        sketch,
        frame,
        zoom,
        name,
        loaded,
        max_megapixels,
        elements,
        with_baselines,
        read,
        watch,
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
    reader: str | CalibratedReader = "extended",
    max_megapixels: float = 50.0,
    elements: bool = True,
    with_baselines: bool = False,
    read: Reading = read_picture,
    watch: Watch | None = None,
) -> Score:
    """Score the symmetry of one picture.

    Parameters
    ----------
    source : path, bytes, ``sample:NAME``, ndarray of shape (R, C) or (R, C, 3 or 4), or a Field
    networks : decoys to train; where not given, as many as the picture needs (NETWORKS,
        STANDARD_ERROR)
    seed : fixes the networks, together with the picture's content
    settings : ``"fast"`` or ``"paper"`` (decoy.SETTINGS)
    sketch, frame, zoom : how the picture, or its middle, becomes a square of two levels
        (sources.sketch)
    reader : ``"extended"`` (seven classes), ``"paper"`` (five) or a CalibratedReader
    max_megapixels : largest picture read
    elements : whether to search for axes, centres and periods
    with_baselines : whether to ask the simple measures of baselines.py too
    read : how a source becomes a Picture: in this process, or by a ``GuardedReader`` in another
    watch : is told how the score comes about: what is Drawn, four networks Learning a few steps at
        a time (trained once more for it, as they are for the score), and what is Trained so far

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
        If the reader's file was altered.
    """
    job = _job(
        *(networks, seed, settings, sketch, frame, zoom, reader),
        *(max_megapixels, elements, with_baselines, read, watch),
    )
    prepared = _prepare(source, job)
    if prepared.failed:
        return prepared.failed
    assert prepared.field is not None
    if watch:
        watch(Drawn(prepared.picture, prepared.sketch))
        count = min(WATCHED, job.least)
        for moment in learning(prepared.field, count, SETTINGS[job.settings], job.seed):
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
    reader: str | CalibratedReader = "extended",
    max_megapixels: float = 50.0,
    elements: bool = True,
    with_baselines: bool = False,
    read: Reading = read_picture,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Score]:
    """Score many pictures, in order; one that cannot be read is a row with its outcome.

    Parameters are those of ``score``; ``progress`` is told how many of how many are done.
    """
    job = _job(
        *(networks, seed, settings, sketch, frame, zoom, reader),
        *(max_megapixels, elements, with_baselines, read),
    )
    waiting = list(sources)
    together = fields_together(job.least)
    for first in range(0, len(waiting), together):
        batch = [_prepare_or_tell(source, job) for source in waiting[first : first + together]]
        seen = iter(_observe([item for item in batch if not item.failed], job))
        for number, item in enumerate(batch, start=first + 1):
            yield item.failed or _read(*next(seen), job)
            if progress:
                progress(number, len(waiting))


def fields_together(networks: int) -> int:
    """Count the pictures whose networks fill calls of the trainer without a rest."""
    return CHUNK // gcd(CHUNK, networks)


def _prepare_or_tell(source: Any, job: _Job) -> _Prepared:
    try:
        return _prepare(source, job)
    except InputError as error:
        path = source if isinstance(source, str) else type(source).__name__
        outcome = error.outcome or Outcome.UNREADABLE
        failed = Score(str(path), outcome, str(error), provenance=job.provenance())
        return _Prepared(str(path), failed=failed)
