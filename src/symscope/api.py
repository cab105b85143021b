"""What a user calls: ``score`` and ``score_many``."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from math import gcd
from typing import Any

from symscope.classifier.classifier import CalibratedClassifier
from symscope.drawing.live import live, live_bar
from symscope.drawing.rows import to_frame
from symscope.errors import InputError, UsageError
from symscope.io.images import read_picture
from symscope.io.inputs import Input
from symscope.io.paths import is_sound
from symscope.io.sounds import Broken, SoundWindow
from symscope.io.sounds import listen as listen_here
from symscope.networks.devices import CHUNK
from symscope.networks.settings import network_range
from symscope.options import Options
from symscope.pipeline import Loaded, Pipeline, Reading, Watch
from symscope.results import Failure, Result, Score

Listening = Callable[[Any, float], Iterator[SoundWindow | Broken]]
"""How a sound's path becomes windows of so many seconds: ``listen``, guarded or not."""


def score(
    source: Any,
    options: Options | None = None,
    *,
    calibrated: CalibratedClassifier | None = None,
    read: Reading = read_picture,
    listen: Listening | None = listen_here,
    watch: Watch | None = None,
    progress: bool = False,
    **choices: Any,
) -> Result:
    """Score the symmetry of one picture, sound (of one window), signal, volume or function.

    In four dimensions and more there are no probabilities, only ``generators``, and their group as
    label.

    Parameters
    ----------
    source : path, bytes, ``sample:NAME``, ``potential:NAME``, ndarray of shape (R, C) or
        (R, C, 3 or 4), of one axis (signal) or of three (volume), a Field, a function of
        numbers x, y, … or of points (P, D), or what ``io.inputs.read_input`` has read;
        a sound's path may end in ``#t=START,END`` (seconds); or an object of another library, such
        as a PIL image, an open file, a DataArray, a Series (``io.objects.read_object``)
    options, choices : Options, or its fields by name (``networks=4``), also to change some of it
    calibrated : a classifier of pictures, in the place of those that ship
    read : how a source becomes a Picture: in this process, or by a ``GuardedReader`` in another
    listen : the same for sounds: ``listen``, or with ``decode=decoded_apart``; None takes no sounds
    watch : is shown how the score comes about: what is Drawn, four networks Learning a few steps at
        a time (trained once more for it, as they are for the score), and what is Trained so far
    progress : whether a notebook shows the same, as a bar and a figure while it is made; needs
        ipywidgets (``symscope[notebook]``), and is silent without

    Returns
    -------
    Score, or Failure where one level is everywhere

    Raises
    ------
    InputError
        If the source cannot be read (its class says why).
    UsageError
        For options that symscope does not take.
    WeightsRejected
        If the classifier's file was altered.
    """
    with live(watch) if progress else nullcontext(watch) as shown:
        return _score(source, _pipeline(options, choices, read, calibrated, shown), listen)


def _pipeline(
    options: Options | None,
    choices: dict[str, Any],
    read: Reading,
    calibrated: CalibratedClassifier | None,
    watch: Watch | None = None,
) -> Pipeline:
    return Pipeline(replace(options or Options(), **choices), read, watch, calibrated)


def _score(source: Any, pipeline: Pipeline, listen: Listening | None) -> Result:
    if not isinstance(source, Input) and listen is not None and is_sound(source):
        window = pipeline.options.window
        windows = listen(source, window)
        whole, source = source, next(windows)
        if next(windows, None) is not None:
            raise UsageError(
                f"found a sound of more than {window:g} seconds, which has several scores: take "
                f"score_many, or a part of it such as {whole}#t=0,{window:g}"
            )
    loaded = pipeline.load(source)
    return loaded if isinstance(loaded, Failure) else pipeline.score([loaded])[0]


def score_many(
    sources: Iterable[Any],
    options: Options | None = None,
    *,
    calibrated: CalibratedClassifier | None = None,
    read: Reading = read_picture,
    listen: Listening | None = listen_here,
    progress: Callable[[int, int], None] | bool | None = None,
    **choices: Any,
) -> Iterator[Result]:
    """Score many inputs, in order; what cannot be read is a Failure that says why.

    A sound gives one score for each of its windows, at least one. Parameters are those of
    ``score``; ``progress`` is told how many of how many are done, as far as that is known; True
    shows it as a bar in a notebook.
    """
    pipeline = _pipeline(options, choices, read, calibrated)
    with live_bar() if progress is True else nullcontext(progress or None) as told:
        yield from _score_many(sources, pipeline, listen, told)


def _score_many(
    sources: Iterable[Any],
    pipeline: Pipeline,
    listen: Listening | None,
    progress: Callable[[int, int], None] | None,
) -> Iterator[Result]:
    options = pipeline.options
    pipeline.classifier(2)  # altered weights are no fault of the first picture
    waiting, number = list(sources), 0

    # How many windows a sound has is known when it has been heard: none is kept.
    stream = (
        part
        for source in waiting
        for part in (listen(source, options.window) if listen and is_sound(source) else [source])
    )
    # The first batch is of one: whoever waits sees a row, and how long the others will take.
    together_most = 1
    while batch := list(islice(stream, together_most)):
        together_most = fields_together(options)
        loaded: list[Loaded | Failure] = []
        for source in batch:
            try:
                loaded.append(pipeline.load(source))
            except InputError as error:
                loaded.append(pipeline.unreadable(source, error))
        # Pictures that are alike share calls of the trainer; a signal or volume fills its own.
        together: dict[Any, list[Loaded]] = {}
        for item in loaded:
            if isinstance(item, Loaded) and item.field.dimension == 2:
                together.setdefault(pipeline.alike(item), []).append(item)
        scores = {kind: iter(pipeline.score(items)) for kind, items in together.items()}
        for item in loaded:
            number += 1
            if isinstance(item, Failure):
                yield item
            else:
                kind = pipeline.alike(item)
                yield next(scores[kind]) if kind in scores else pipeline.score([item])[0]
            if progress:
                progress(number, max(number, len(waiting)))


def table(results: Result | Iterable[Result]) -> Any:
    """Lay results out as a DataFrame of pandas, one row for each.

    Columns, their order and names are those of ``symscope score --out rows.csv``: text, floats, and
    whole numbers that may be missing.

    Raises
    ------
    UsageError
        Without pandas, or for what are no results.
    """
    every = [results] if isinstance(results, Score | Failure) else list(results)
    if not all(isinstance(each, Score | Failure) for each in every):
        raise UsageError("found something else, expected what score or score_many returned")
    return to_frame([each.to_row() for each in every])


def fields_together(options: Options) -> int:
    """Count the pictures whose networks fill calls of the trainer without a rest."""
    return CHUNK // gcd(CHUNK, network_range(options)[0])
