"""The desk that scores: networks in the making, whole results, and files of them on demand."""

import base64
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symscope.errors import InputError, Outcome, UsageError
from symscope.options import Options

if TYPE_CHECKING:
    from symscope.results import Result
    from symscope.web.worker import Request, Tell

KEPT = 4
"""Scores that are kept whole, for their figures; others are computed again, with the same seed."""

THUMBNAIL_SIDE = 160
"""Longest side of a picture in lists, in pixels."""

FIGURES = ("png", "svg", "pdf")

PLAYED = ("wav", "mid")


class Scorer:
    """Score pictures, sounds, signals and volumes, one at a time.

    Requests: ``score`` with ``job``, ``source``, ``name``, ``options``, ``thumbnail`` (a path) and
    ``watch``; ``file`` with the same and ``kind`` (one of FIGURES, ``html``, ``wav`` or ``mid``)
    and ``path``; both with ``part`` (whether the source is a
    window of a sound). Paths are relative to the process's folder and were made by the
    server. Of a sound of several windows, ``score`` answers ``parts``: where they are.
    """

    def __init__(self) -> None:
        from symscope.io.images import GuardedReader

        self._read = GuardedReader()
        self._kept: OrderedDict[str, Result] = OrderedDict()

    def prepare(self, wanted: Callable[[], bool]) -> None:
        """Import and compile, so that the first picture finds warm programs: of the usual task."""
        from symscope.networks.devices import enable_compilation_cache

        enable_compilation_cache()
        from symscope.api import score
        from symscope.groups import Symmetry
        from symscope.synth.templates import templates

        drawn = templates(1, classes=(Symmetry.MIRROR,), families=("wells",), seed=0)
        with suppress(_EnoughError):
            score(drawn[0].field, watch=_unless(wanted))

    def answer(self, request: "Request", tell: "Tell") -> Mapping[str, Any]:
        """Answer ``score`` or ``file``."""
        options = Options(**request["options"])
        if request["do"] == "score":
            from symscope.web.play import parts

            windows = [] if request["part"] else parts(request["source"], options.window)
            if windows:
                return {"parts": windows}
            score = self._score(request, options, tell)
            from symscope.web.show import result

            return result(score, options)
        self._file(request, options)
        return {}

    def _file(self, request: "Request", options: Options) -> None:
        from symscope.io.paths import is_sound
        from symscope.web.play import write_heard, write_played

        kind, path = request["kind"], Path(request["path"])
        if kind in PLAYED and is_sound(request["source"]):
            write_heard(request["source"], kind, path)  # nothing needs to be learned for it
            return
        kept = self._kept.get(request["job"]) or self._score(request, options, None)
        if kind in PLAYED:
            write_played(kept, options, kind, path)
        else:
            _write(kept, options, kind, path)

    def _score(self, request: "Request", options: Options, tell: "Tell | None") -> "Result":
        from symscope.drawing.images import picture_of
        from symscope.results import Failure
        from symscope.web.intake import without_path

        source, name = request["source"], request["name"]
        told = tell if request.get("watch") else None
        try:
            found = self._spatial(request, options, told) or self._pictured(source, options, told)
        except InputError as error:
            # The messages name the file as this process knows it; the user called it otherwise.
            message = without_path(str(error), source, name)
            volume = {"dimension": 3} if options.dimension == 3 else {}
            outcome = error.outcome or Outcome.UNREADABLE
            found = Failure(name, outcome, message, volume)
        shown = picture_of(found)
        if shown is not None:
            _write_thumbnail(shown, Path(request["thumbnail"]))
        picture = found.picture and replace(found.picture, name=name)
        found = replace(found, path=name, picture=picture)
        self._kept[request["job"]] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _pictured(self, source: str, options: Options, tell: "Tell | None") -> "Result":
        """Score a picture, or one window of a sound."""
        from symscope.api import score
        from symscope.io.paths import is_sound
        from symscope.io.sounds import listen_apart
        from symscope.web.show import stage

        def watch(seen: Any) -> None:
            if tell is not None:
                tell(stage(seen, options.learned(2, is_sound(source))))

        guarded: dict[str, Any] = {"read": self._read, "listen": listen_apart}
        return score(source, options, **guarded, watch=watch if tell else None)

    def _spatial(
        self, request: "Request", options: Options, tell: "Tell | None"
    ) -> "Result | None":
        """Score a signal, volume or samples; None for what is none of them."""
        from symscope.api import score
        from symscope.web.intake import read_spatial
        from symscope.web.show import field_stage, stage

        seen: dict[str, Any] = {
            "frame": options.frame,
            "zoom": options.zoom,
            "select": options.select,
        }
        prepared = read_spatial(request["source"], options.dimension, seed=options.seed, **seen)
        if prepared is None:
            return None
        if tell is not None:
            tell(field_stage(prepared, request["name"]))
        task, dimension = options.learned(prepared.dimension), prepared.dimension

        def watch(moment: Any) -> None:
            if tell is not None:
                tell(stage(moment, task, dimension))

        return score(prepared, options, watch=watch if tell else None)


class _EnoughError(Exception):
    """Somebody is waiting: stop warming up."""


def _unless(wanted: Callable[[], bool]) -> Callable[[Any], None]:
    def look(_: Any) -> None:
        if wanted():
            raise _EnoughError

    return look


def _write_thumbnail(rgb: Any, path: Path) -> None:
    from symscope.drawing.images import photo
    from symscope.io.files import write_whole

    if not path.exists():
        write_whole(path, base64.b64decode(photo(rgb, THUMBNAIL_SIDE).src.partition(",")[2]))


def _write(score: "Result", options: Options, kind: str, path: Path) -> None:
    from symscope.io.files import write_figure, write_whole

    if kind in FIGURES:
        from symscope.drawing.figure import score_figure

        write_figure(path, score_figure(score))
    elif kind == "html":
        from symscope.report.html import report_html

        write_whole(path, report_html([score], options=options).encode())
    else:
        raise UsageError(f"found no file of kind {kind!r}")
