"""The desk that draws previews: a picture's sketch as the options change, samples, templates."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symscope.errors import InputError

if TYPE_CHECKING:
    from symscope.io.images import Picture
    from symscope.web.worker import Request, Tell

PREVIEW_SIDE = 480
SAMPLE_SIDE = 120

TEMPLATE_FAMILY = "waves"

COUNTS = "Of signals and volumes, only zoom, frame, networks, seed and the search count."

SCATTERED = "Samples at scattered points: there is no picture of them to be shown."


class Looker:
    """Draw previews, one at a time.

    Requests: ``sketch`` with ``source``, ``sketch``, ``frame``, ``zoom``, ``view``, ``window``,
    ``dimension``, ``picture`` (whether it is wanted too) and ``max_megapixels``; ``samples``;
    ``template`` with ``symmetry`` (a class's symbol), ``seed`` and ``path``.
    """

    def __init__(self) -> None:
        from symscope.io.sandboxed import GuardedReader

        self._read = GuardedReader()
        self._last: tuple[str, Picture] | None = None

    def prepare(self, wanted: Callable[[], bool]) -> None:
        """Import what the first preview needs."""
        import symscope.drawing.inline
        import symscope.preprocess.sketch  # noqa: F401

    def answer(self, request: "Request", tell: "Tell") -> Mapping[str, Any]:
        """Answer ``sketch``, ``samples`` or ``template``."""
        answers = {"sketch": self._sketch, "samples": self._samples, "template": self._template}
        return answers[request["do"]](request)

    def _picture(self, request: "Request") -> "Picture":
        """Read a picture; the last one is kept, because its sketch is asked for many times."""
        key = f"{request['view']} {request['window']} {request['source']}"
        if self._last is None or self._last[0] != key:
            self._last = None
            self._last = key, self._read_or_heard(request)
        return self._last[1]

    def _read_or_heard(self, request: "Request") -> "Picture":
        from symscope.io.inputs import plane_array
        from symscope.io.sounds import Broken, is_sound

        source = request["source"]
        if not is_sound(source):
            plane = plane_array(source)
            read = source if plane is None else plane
            return self._read(read, max_megapixels=request["max_megapixels"])
        from symscope.io.sandboxed import listen_apart
        from symscope.options import SoundView
        from symscope.preprocess.time_pitch import time_pitch
        from symscope.web.hearing import first_window

        seconds = request["window"]
        windows = listen_apart(first_window(source, seconds), seconds)
        window = next(windows)
        if isinstance(window, Broken):
            raise window.error
        return time_pitch(window, SoundView(request["view"]))[0]

    def _sketch(self, request: "Request") -> Mapping[str, Any]:
        from symscope.web.intake import without_path

        try:
            return self._field(request) or self._drawn(request)
        except InputError as error:
            raise type(error)(without_path(str(error), request["source"])) from None

    def _field(self, request: "Request") -> Mapping[str, Any] | None:
        """Show a signal or volume and its two levels; None for what is a picture or a sound."""
        from symscope.web.intake import read_spatial

        seen = {"frame": request["frame"], "zoom": request["zoom"]}
        prepared = read_spatial(request["source"], request["dimension"], **seen)
        if prepared is None:
            return None
        if prepared.grid is None:
            return {"note": SCATTERED}
        from symscope.web.spatial import looks

        levels = prepared.grid.levels
        blank = bool(levels.min() == levels.max())
        shown = {"square": None, "blank": blank, "said": "Its two levels", "note": COUNTS}
        return {**looks(prepared.grid, request["source"]), **shown}

    def _drawn(self, request: "Request") -> Mapping[str, Any]:
        from symscope.drawing.inline import photo
        from symscope.preprocess.sketch import sketch
        from symscope.web.shapes import seen_square
        from symscope.web.showing import sketch_image

        picture = self._picture(request)
        drawn = sketch(
            picture.grey,
            method=request["sketch"],
            frame=request["frame"],
            zoom=request["zoom"],
        )
        rows, columns = picture.grey.shape
        found = {
            "rows": rows,
            "columns": columns,
            "square": seen_square(picture.grey.shape, drawn.extent),
            "sketch": sketch_image(drawn),
            "retained_variance": drawn.retained_variance,
            "blank": bool(drawn.levels.min() == drawn.levels.max()),
        }
        if request["picture"]:
            found["picture"] = photo(picture.rgb, PREVIEW_SIDE).src
        return found

    def _samples(self, request: "Request") -> Mapping[str, Any]:
        from symscope.drawing.inline import photo
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
