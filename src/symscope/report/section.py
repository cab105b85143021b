"""One score as a section of a page: its images, drawings, words and numbers."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from markupsafe import Markup

from symscope.drawing import heard, style, words
from symscope.drawing.asked import fit_lines, is_two_coloured, seen_caption, task_of
from symscope.drawing.inline import Inline, map_image, photo
from symscope.drawing.inputs import Input, input_of
from symscope.drawing.style import COMPONENTS_SHOWN, MAP_PERCENTILE, NETWORKS_SHOWN
from symscope.drawing.svg import elements_svg, pictogram_svg, probabilities_svg, seen_svg
from symscope.drawing.table import plain, printable
from symscope.drawing.verdict import Verdict, verdict
from symscope.drawing.whereabouts import Line, flow_words, legend, lines
from symscope.groups import Symmetry
from symscope.music.names import CLASS_OF, strength
from symscope.options import Options
from symscope.report.command import arguments, score_words, shell_line

if TYPE_CHECKING:
    from symscope.music.names import Music
    from symscope.results import Score, Views

PICTURE_SIDE = 900
"""Longest side, in pixels, of the picture in a report: twice what a wide screen shows it at."""

FIGURE_SIDE = 1400
"""The same of the figure that stands for a signal, a volume or a function."""

THUMBNAIL_SIDE, THUMBNAIL_BYTES = 240, 15_000
"""Longest side of its picture in an index, and bytes up to which it is kept without loss."""

PROVENANCE = {
    "symscope": "symscope",
    "jax": "JAX",
    "networks": "networks trained",
    "seed": "seed",
    "task": "task of the networks",
    "settings": "settings",
    "settings_fingerprint": "fingerprint of the settings",
    "sketch": "sketch",
    "side": "points along a side of the sketch",
    "frame": "frame",
    "zoom": "zoom",
    "classifier": "classifier",
    "file_sha256": "SHA-256 of the file",
    "field_sha256": "SHA-256 of the sketch",
    "classifier_sha256": "SHA-256 of the classifier's weights",
}
"""What must be known to compute a row again, in the order in which it is shown."""

SPATIAL_PROVENANCE = PROVENANCE | {
    "sketch": "cut in two levels by",
    "side": "points along a side of the grid",
    "field_sha256": "SHA-256 of the levels",
    "dimension": "dimensions",
}
"""The same of a signal, a volume, a function or samples."""


@dataclass(frozen=True)
class Network:
    """What one network has become: its answers, its plane, its maps with their shares."""

    number: int
    learned: Inline
    right: str
    plane: Inline
    maps: list[tuple[Inline, str]]


@dataclass(frozen=True)
class Section:
    """All that the template of a picture shows; every text is still to be escaped."""

    anchor: str
    name: str
    path: str
    given: Input
    scored: bool
    outcome: str
    reason: str
    label: str
    label_name: str
    number: str
    symmetry: float | None
    low: float
    high: float
    verdict: Verdict
    picture: Inline | None
    thumbnail: Inline | None
    overlays: list[Markup]
    legend: str
    cropped: bool
    sketch: Inline | None
    sketch_words: str
    seen_words: str
    networks: list[Network]
    trained: int
    probabilities: Markup
    elements: list[Line] | None
    more_elements: int
    flow: str
    fit: list[tuple[str, str]]
    baselines: list[tuple[str, str]]
    command: str
    provenance: list[tuple[str, str]]
    sign: Markup
    musical: bool = False
    along: str = ""
    view: str = ""


def section_of(score: "Score", options: Options, anchor: str) -> Section:
    """Make the section of one score.

    Parameters
    ----------
    score : Score
        With any outcome; what it lacks is left out.
    options : Options
        What it was made with, for the command that makes it again.
    anchor : str
        The id of the section, unique in its page.

    Returns
    -------
    Section
    """
    scored = score.symmetry is not None and str(score.outcome) == "ok"
    symmetry, spread = score.symmetry or 0.0, score.symmetry_sd or 0.0
    rows, columns = _shape(score)
    rgb = score.picture.rgb if score.picture else None
    views = score.views
    elements = score.elements
    said = verdict(score)
    against = (reason.text for reason in said.reasons if reason.speaks == "against")
    listed = lines(elements, rows, columns, score.music) if elements else None
    section = Section(
        anchor=anchor,
        name=_name(score.path),
        path=printable(score.path),
        given=input_of(score),
        scored=scored,
        outcome=_outcome(score),
        reason=next(against, ""),
        label=score.label or "",
        label_name=words.CLASS_NAMES.get(score.label or "", (score.label or "", ""))[0],
        number=words.with_spread(score.symmetry, score.symmetry_sd),
        symmetry=score.symmetry if scored else None,
        low=max(symmetry - spread, 0.0),
        high=min(symmetry + spread, 1.0),
        verdict=said,
        picture=None if rgb is None else photo(rgb, _side(score)),
        thumbnail=None if rgb is None else photo(rgb, THUMBNAIL_SIDE, THUMBNAIL_BYTES),
        overlays=_overlays(score, rows, columns),
        legend=legend(elements) if elements else "",
        cropped=_seen(score) < 1,
        sketch=_sketch(score),
        sketch_words=_sketch_words(score),
        seen_words=seen_caption(task_of(score)),
        networks=_networks(score) if views is not None else [],
        trained=0 if views is None else len(views.probabilities),
        probabilities=probabilities_svg(score),
        elements=listed,
        more_elements=len(elements.items) - len(listed) if elements and listed else 0,
        flow=flow_words(elements.flow, rows, columns) if elements and elements.flow else "",
        fit=fit_lines(score),
        baselines=[(name, f"{value:.3f}") for name, value in (score.baselines or {}).items()],
        command=shell_line(score_words("score", [score.path], arguments(score, options))),
        provenance=_provenance(score),
        sign=pictogram_svg(score.label or "∅"),
    )
    return section if score.music is None else _of_sound(section, score.music)


def _of_sound(section: Section, music: "Music") -> Section:
    """Put the sound's own answer in the place of the classifier's, which stays in the probabilities."""
    if not music.structures:
        named, held = Symmetry.NONE, 0.0
    else:
        item = music.structures[0].element
        named, held = CLASS_OF[item.kind], min(max(strength(item), 0.0), 1.0)
    return replace(
        section,
        musical=True,
        label=str(named),
        label_name=music.name,
        number=f"{held:.2f}" if music.structures else "–",
        symmetry=held if section.scored else None,
        low=held,
        high=held,
        sign=pictogram_svg(str(named)),
        along=heard.direction_words(music),
        view=heard.view_words(music.heard),
    )


def _side(score: "Score") -> int:
    """Longest side at which a picture is shown; a figure has small print."""
    return PICTURE_SIDE if score.dimension == 2 else FIGURE_SIDE


def _outcome(score: "Score") -> str:
    if score.symmetry is None and score.generators is not None:
        return f"continuous symmetry: {score.label or 'none'}"
    return words.OUTCOMES.get(str(score.outcome), str(score.outcome))


def _name(path: str) -> str:
    """Take a path's last part; a sample keeps its prefix."""
    return printable(path.rstrip("/").rsplit("/", 1)[-1] or path)


def _shape(score: "Score") -> tuple[int, int]:
    if score.picture is not None:
        rows, columns = score.picture.rgb.shape[:2]
        return rows, columns
    side = int(score.provenance.get("side", 64))
    return side, side


def _overlays(score: "Score", rows: int, columns: int) -> list[Markup]:
    if score.picture is None:
        return []
    found = []
    if _seen(score) < 1:
        found.append(seen_svg(_seen(score) * max(rows, columns), rows, columns))
    if score.elements is not None and score.elements.items:
        found.append(elements_svg(score.elements, rows, columns))
    return found


def _seen(score: "Score") -> float:
    """Return the networks' square as a share of the picture's longer side."""
    if score.picture is None or score.sketch is None:
        return 1.0
    return score.sketch.extent / max(score.picture.grey.shape)


def _sketch(score: "Score") -> Inline | None:
    if score.sketch is None:
        return None
    most = max(int(score.sketch.levels.max()), 1)
    return map_image(score.sketch.levels, style.TWO_COLOURS, 0, most)


def _sketch_words(score: "Score") -> str:
    sketch = score.sketch
    if sketch is None:
        return ""
    count = max(int(sketch.levels.max()) + 1, 2)
    colours = "two colours" if count == 2 else f"{count} shades"
    return f"{colours} on {sketch.side} × {sketch.side} points (method: {sketch.method})"


def _networks(score: "Score") -> list[Network]:
    views = score.views
    assert views is not None
    count = min(NETWORKS_SHOWN, len(views.answers))
    return [_network(score, views, index) for index in range(count)]


def _network(score: "Score", views: "Views", index: int) -> Network:
    learned = views.answers[index]
    right = ""
    same = score.sketch is not None and score.sketch.levels.shape == learned.shape
    if score.sketch is not None and same and is_two_coloured(score):
        right = words.percent(float(np.mean((learned > 0.5) == (score.sketch.levels > 0))))
    plane = views.plane[index]
    inferno, red_blue = matplotlib.colormaps["inferno"], matplotlib.colormaps["RdBu_r"]
    maps = []
    for component in range(min(COMPONENTS_SHOWN, views.maps.shape[1])):
        values = views.maps[index, component]
        limit = float(np.percentile(np.abs(values), MAP_PERCENTILE)) or 1.0
        share = _share(float(views.variance[index, component]))
        maps.append((map_image(values, red_blue, -limit, limit), share))
    return Network(
        index + 1,
        map_image(learned, style.TWO_COLOURS, 0, 1),
        right,
        map_image(plane, inferno, 0, max(float(plane.max()), 1e-9)),
        maps,
    )


def _share(fraction: float) -> str:
    """Write a share of variance: 86 %, 1.2 %, < 0.1 %."""
    if fraction < 0.001:
        return "< 0.1 %"
    return f"{100 * fraction:.0f} %" if fraction >= 0.1 else f"{100 * fraction:.1f} %"


def _provenance(score: "Score") -> list[tuple[str, str]]:
    known: dict[str, Any] = plain(score.provenance)
    names = PROVENANCE if score.dimension == 2 else SPATIAL_PROVENANCE
    order = [*names, *(key for key in known if key not in names)]
    return [
        (names.get(key, key.replace("_", " ")), str(known[key]))
        for key in order
        if known.get(key) is not None
    ]
