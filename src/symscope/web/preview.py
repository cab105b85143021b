"""What the page shows before a score: sketches as the options change, samples, templates."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symscope.errors import InputError
from symscope.options import Options

if TYPE_CHECKING:
    from symscope.io.images import Picture
    from symscope.web.worker import Request, Tell

PREVIEW_SIDE = 480
SAMPLE_SIDE = 120

TEMPLATE_FAMILY = "waves"

COUNTS = "Of signals and volumes, only zoom, frame, networks, seed and the search count."

SCATTERED = "Samples at scattered points: there is no picture of them to be shown."


class Previewer:
    """Draw previews, one at a time.

    Requests: ``sketch`` with ``source``, ``options`` and ``picture`` (whether it is wanted too);
    ``samples``; ``template`` with ``symmetry`` (a class's symbol), ``seed`` and ``path``;
    ``summary`` with ``title``, ``path`` and ``members``, each a ``row``, or the files ``result``
    and ``thumbnail``.
    """

    def __init__(self) -> None:
        from symscope.io.images import GuardedReader

        self._read = GuardedReader()
        self._last: tuple[str, Picture] | None = None

    def prepare(self, wanted: Callable[[], bool]) -> None:
        """Import what the first preview needs."""
        import symscope.preprocess.sketch
        import symscope.web.show  # noqa: F401

    def answer(self, request: "Request", tell: "Tell") -> Mapping[str, Any]:
        """Answer ``sketch``, ``samples``, ``template`` or ``summary``."""
        answers = {
            "sketch": self._sketch,
            "samples": self._samples,
            "template": self._template,
            "summary": self._summary,
        }
        return answers[request["do"]](request)

    def _picture(self, source: str, options: Options) -> "Picture":
        """Read a picture; the last one is kept, because its sketch is asked for many times."""
        from symscope.collection.sounds import sound_picture
        from symscope.io.inputs import load
        from symscope.io.paths import is_sound
        from symscope.web.play import first_window

        key = f"{options.view} {options.window} {options.select} {source}"
        if self._last is None or self._last[0] != key:
            self._last = None
            if is_sound(source):
                first = first_window(source, options.window)
                picture = sound_picture(first, options.view, options.window)
            else:
                picture = load(source, replace(options, dimension=None), self._read).picture
                assert picture is not None  # fields are shown by _field
            self._last = key, picture
        return self._last[1]

    def _sketch(self, request: "Request") -> Mapping[str, Any]:
        from symscope.web.intake import without_path

        options = Options(**request["options"])
        try:
            return self._field(request, options) or self._drawn(request, options)
        except InputError as error:
            raise type(error)(without_path(str(error), request["source"])) from None

    def _field(self, request: "Request", options: Options) -> Mapping[str, Any] | None:
        """Show a signal or volume and its two levels; None for what is a picture or a sound."""
        from symscope.web.intake import read_spatial

        seen: dict[str, Any] = {"frame": options.frame, "zoom": options.zoom}
        seen["select"] = options.select
        prepared = read_spatial(request["source"], options.dimension, **seen)
        if prepared is None:
            return None
        if prepared.grid is None:
            return {"note": SCATTERED}
        from symscope.web.show import grid_looks

        levels = prepared.grid.levels
        blank = bool(levels.min() == levels.max())
        shown = {"square": None, "blank": blank, "said": "Its two levels", "note": COUNTS}
        return {**grid_looks(prepared.grid, request["source"]), **shown}

    def _drawn(self, request: "Request", options: Options) -> Mapping[str, Any]:
        from symscope.drawing.images import photo
        from symscope.drawing.words import sketch_title
        from symscope.io.paths import is_sound
        from symscope.preprocess.sketch import sketch
        from symscope.web.show import seen_square, two_coloured

        picture = self._picture(request["source"], options)
        task = options.learned(2, is_sound(request["source"]))
        drawn = sketch(
            picture.grey,
            method=options.sketch,
            frame=options.frame,
            zoom=options.zoom,
        )
        rows, columns = picture.grey.shape
        seen = drawn.seen(task)
        found = {
            "rows": rows,
            "columns": columns,
            "square": seen_square(picture.grey.shape, drawn.extent),
            "sketch": two_coloured(seen),
            "said": sketch_title(task),
            "retained_variance": drawn.retained_variance,
            "blank": bool(seen.min() == seen.max()),
        }
        if request["picture"]:
            found["picture"] = photo(picture.rgb, PREVIEW_SIDE).src
        return found

    def _samples(self, request: "Request") -> Mapping[str, Any]:
        from symscope.drawing.images import photo
        from symscope.io.images import SAMPLE_PREFIX, sample_names

        found = []
        for name in sample_names():
            try:
                picture = self._read(f"{SAMPLE_PREFIX}{name}")
            except InputError:
                continue
            found.append({"name": name, "thumbnail": photo(picture.rgb, SAMPLE_SIDE).src})
        return {"samples": found}

    def _template(self, request: "Request") -> Mapping[str, Any]:
        """Draw a physics template and write it as a PNG."""
        from symscope.groups import Symmetry
        from symscope.io.files import write_whole
        from symscope.report.labelled import labelled_files
        from symscope.synth.templates import templates

        symmetry, seed = Symmetry(request["symmetry"]), request["seed"]
        drawn = templates(1, classes=(symmetry,), families=(TEMPLATE_FAMILY,), seed=seed)
        name, data = next(labelled_files(drawn))
        write_whole(Path(request["path"]), data)
        return {"name": name, "bytes": len(data)}

    def _summary(self, request: "Request") -> Mapping[str, Any]:
        """Write the page that sums up those of a set that are over."""
        from symscope.report.summary import write_summary

        thumbnail = ""

        def rows() -> Iterator[dict[str, Any]]:
            nonlocal thumbnail
            for member in request["members"]:
                thumbnail = member.get("thumbnail", "")
                row = member.get("row")
                if row is None:
                    row = json.loads(Path(member["result"]).read_text("utf-8"))["row"]
                    # What is shown is the small picture: its fingerprint is not the file's.
                    made = row.get("provenance") or {}
                    made = {name: value for name, value in made.items() if name != "file_sha256"}
                    row = row | {"provenance": made}
                yield row | {"manifest": {"set": request["title"]}}

        write_summary(
            Path(request["path"]),
            rows,
            group="set",
            title=request["title"],
            read=lambda path: self._read(thumbnail),
        )
        return {}
