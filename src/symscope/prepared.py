"""What is known of an input before its networks are trained: picture, sketch, field, elements."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symscope.baselines import baselines
from symscope.elements import LEAST_SIDE, Elements, find_elements
from symscope.errors import InputError, Outcome, UsageError
from symscope.field import Field
from symscope.io.images import Picture, one_line
from symscope.io.inputs import path_of, plane_array
from symscope.io.sounds import Broken, SoundWindow, is_sound
from symscope.job import SIDE, Job
from symscope.music.names import candidates
from symscope.preprocess.sketch import Sketch
from symscope.preprocess.sketch import sketch as make_sketch
from symscope.preprocess.targets import given_field, picture_field
from symscope.preprocess.time_pitch import Heard, time_pitch
from symscope.results import Score


@dataclass(frozen=True)
class Prepared:
    """An input that can be learned, or its Score: why it cannot be, or of what is no picture."""

    path: str
    picture: Picture | None = None
    sketch: Sketch | None = None
    field: Field | None = None
    failed: Score | None = None
    elements: Elements | None = None
    baselines: dict[str, float] | None = None
    scale: float = 1.0  # half a side of the networks' square, in the picture's coordinates
    given: Field | None = None  # the input, where it is a Field
    heard: Heard | None = None


def prepare(source: Any, job: Job) -> Prepared:
    """Read and sketch an input; raises InputError, UsageError for what is none."""
    if isinstance(source, Field):
        if source.dimension != 2 or source.shape != (SIDE, SIDE):
            raise UsageError(
                f"a Field to be scored must be a {SIDE}×{SIDE} grid, found {source.shape}: make "
                f"it with Field.from_levels from an array of {SIDE} rows and columns"
            )
        prepared = Prepared("field", field=given_field(job.kind, source), given=source)
    else:
        path, picture, heard = _pictured(source, job)
        drawn = make_sketch(
            picture.grey, side=SIDE, method=job.sketch, frame=job.frame, zoom=job.zoom
        )
        field = picture_field(job.kind, picture, drawn, job.frame, job.zoom)
        prepared = Prepared(path, picture, drawn, field, heard=heard)
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
        provenance=with_hashes(job, prepared),
        picture=prepared.picture,
        sketch=prepared.sketch,
    )
    return Prepared(prepared.path, failed=failed)


def _pictured(source: Any, job: Job) -> tuple[str, Picture, Heard | None]:
    """Read a source → its path or name, its picture, and what that shows of a sound."""
    if isinstance(source, Broken):
        raise source.error
    if isinstance(source, SoundWindow):
        try:
            return source.path, *time_pitch(source, job.view)
        except InputError as error:
            raise type(error)(f"{one_line(source.path)}: {error}") from error
    plane = plane_array(source)
    picture = job.read(source if plane is None else plane, max_megapixels=job.max_megapixels)
    path = picture.name if isinstance(source, bytes | np.ndarray) else path_of(source)
    return path, picture, None


def opened(sources: Iterable[Any], job: Job) -> Iterator[Any]:
    """Replace each sound among some sources by its windows, one after the other."""
    for source in sources:
        if job.listen is not None and is_sound(source):
            yield from job.listen(source, job.window)
        else:
            yield source


def only(source: Any, job: Job) -> Any:
    """Replace a sound by its only window.

    Raises
    ------
    UsageError
        If it has several.
    """
    if job.listen is None or not is_sound(source):
        return source
    windows = job.listen(source, job.window)
    first = next(windows)
    if next(windows, None) is not None:
        raise UsageError(
            f"found a sound of more than {job.window:g} seconds, which has several scores: take "
            f"score_many, or a part of it such as {source}#t=0,{job.window:g}"
        )
    return first


def searched(prepared: Prepared, job: Job) -> Prepared:
    """Search the whole picture, or a Field's levels, for elements; ask the baselines."""
    if prepared.given is not None:
        grey, scale = prepared.given.levels.reshape(SIDE, SIDE).astype(np.float32), 1.0
    else:
        assert prepared.picture is not None
        assert prepared.sketch is not None
        grey = prepared.picture.grey
        scale = prepared.sketch.extent / max(grey.shape)
    if min(grey.shape) < LEAST_SIDE:
        return prepared
    if not job.elements:
        elements = None
    else:
        elements = candidates(grey, prepared.heard) if prepared.heard else find_elements(grey)
    return replace(
        prepared,
        elements=elements,
        baselines={b.name: b(grey).strength for b in baselines()} if job.baselines else None,
        scale=scale,
    )


def with_hashes(job: Job, prepared: Prepared) -> dict[str, Any]:
    """Return the call's provenance with the fingerprints of this input."""
    found = job.provenance()
    if prepared.picture is not None:
        found["file_sha256"] = prepared.picture.sha256
    if prepared.field is not None:
        found["field_sha256"] = prepared.field.sha256
    if prepared.heard is not None:
        found |= {"view": str(prepared.heard.view), "window": job.window}
    return found


def prepare_or_tell(source: Any, job: Job) -> Prepared:
    """Prepare an input; one that cannot be read becomes the Score that says so."""
    try:
        return prepare(source, job)
    except InputError as error:
        named = isinstance(source, SoundWindow | Broken)
        path = (
            source.path if named else source if isinstance(source, str) else type(source).__name__
        )
        outcome = error.outcome or Outcome.UNREADABLE
        failed = Score(str(path), outcome, str(error), provenance=job.provenance())
        return Prepared(str(path), failed=failed)
