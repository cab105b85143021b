"""One score as a section of a page: its images, drawings, words and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from symscope.drawing import sound
from symscope.drawing.explain import (
    Line,
    Verdict,
    element_lines,
    fit_lines,
    flow_words,
    legend,
    verdict,
)
from symscope.drawing.images import (
    Inline,
    component_image,
    density_image,
    explained_picture_of,
    levels_image,
    photo,
)
from symscope.drawing.kinds import class_name
from symscope.drawing.panels import overlay_svg, probabilities_svg
from symscope.drawing.parts import Parts
from symscope.drawing.rows import plain
from symscope.drawing.style import COMPONENTS_SHOWN, NETWORKS_SHOWN
from symscope.drawing.words import (
    OUTCOMES,
    Input,
    last_part,
    percent,
    sketch_caption,
    sketch_title,
    with_sd,
)
from symscope.groups import Symmetry
from symscope.io.paths import printable
from symscope.music.names import CLASS_OF, strength
from symscope.report.command import arguments, score_words, shell_line
from symscope.report.markup import sign

if TYPE_CHECKING:
    from symscope.options import Options

PICTURE_SIDE, FIGURE_SIDE = 900, 1400
"""Longest side, in pixels, of the picture in a report, twice what a wide screen shows it at; and of
the figure that stands for a signal, a volume or a function, which has small print."""

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

LEARNED_PROVENANCE = PROVENANCE | {
    "side": "points along a side of what networks learn",
    "field_sha256": "SHA-256 of what networks learn",
}
"""The same of a picture that networks learn without a sketch."""

SPATIAL_PROVENANCE = PROVENANCE | {
    "sketch": "cut in two levels by",
    "side": "points along a side of the grid",
    "field_sha256": "SHA-256 of the levels",
    "dimension": "dimensions",
}
"""The same of a signal, a volume, a function or samples."""


def provenance_lines(
    provenance: Mapping[str, Any], names: Mapping[str, str] = PROVENANCE
) -> list[tuple[str, str]]:
    """List what is known of how something was computed, in words."""
    known: dict[str, Any] = {k: v for k, v in plain(provenance).items() if v is not None}
    order = [*filter(known.__contains__, names), *(key for key in known if key not in names)]
    said = {k: "; ".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in known.items()}
    return [(names.get(key, key.replace("_", " ")), said[key]) for key in order]


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
    overlay: Markup
    legend: str
    cropped: bool
    sketch: Inline | None
    sketch_title: str
    sketch_words: str
    networks: list[Network]
    trained: int
    weighed: bool
    probabilities: Markup
    elements: list[Line] | None
    more_elements: int
    flow: str
    fit: list[tuple[str, str]]
    baselines: list[tuple[str, str]]
    command: str
    provenance: list[tuple[str, str]]
    sign: Markup
    musical: bool
    along: str
    view: str


def section_of(score: Any, options: "Options", anchor: str) -> Section:
    """Make the section of one Score or Failure; what it lacks is left out.

    Parameters
    ----------
    score : with any outcome
    options : what it was made with, for the command that makes it again
    anchor : the id of the section, unique in its page
    """
    parts = Parts.of(score)
    judged, picture = verdict(parts), explained_picture_of(parts)
    if not parts.input.pictured:
        # The figure that stands for it shows its networks and elements.
        parts = replace(parts, views=None, elements=None)
    music, given, elements = parts.music, parts.input, parts.elements
    rows, columns = (64, 64) if picture is None else picture.shape[:2]
    outcome = OUTCOMES.get(parts.outcome, parts.outcome)
    if parts.symmetry is None and parts.generators is not None:
        outcome = f"continuous symmetry: {parts.label or 'none'}"
    label, label_name = parts.label or "", class_name(parts.label)
    symmetry, sd = parts.symmetry or 0.0, parts.symmetry_sd or 0.0
    number = with_sd(parts.symmetry, parts.symmetry_sd)
    if music is not None:
        # The sound's own answer stands in the place of the classifier's.
        label, symmetry, sd, number = str(Symmetry.NONE), 0.0, 0.0, "–"
        label_name = music.name
        if music.structures:
            item = music.structures[0].element
            label, symmetry = str(CLASS_OF[item.kind]), min(max(strength(item), 0.0), 1.0)
            number = f"{symmetry:.2f}"
    lines = element_lines(elements, rows, columns, music) if elements else None
    sketch = parts.sketch
    return Section(
        anchor=anchor,
        name=last_part(parts.path),
        path=printable(parts.path),
        given=given,
        scored=parts.scored,
        outcome=outcome,
        reason=next((reason.text for reason in judged.reasons if reason.speaks == "against"), ""),
        label=label,
        label_name=label_name,
        number=number,
        symmetry=symmetry if parts.scored else None,
        low=max(symmetry - sd, 0.0),
        high=min(symmetry + sd, 1.0),
        verdict=judged,
        picture=None
        if picture is None
        else photo(picture, PICTURE_SIDE if given.pictured else FIGURE_SIDE),
        thumbnail=None if picture is None else photo(picture, THUMBNAIL_SIDE, THUMBNAIL_BYTES),
        overlay=overlay_svg(parts, anchor) if given.pictured else Markup(""),
        legend=legend(elements) if elements else "",
        cropped=parts.sketched_share < 1,
        sketch=None if sketch is None else levels_image(sketch.seen(parts.task)),
        sketch_title="" if sketch is None else sketch_title(parts.task),
        sketch_words="" if sketch is None else sketch_caption(sketch, parts.task),
        networks=[] if parts.views is None else _networks(parts),
        trained=parts.networks,
        weighed=parts.weighed,
        probabilities=probabilities_svg(parts, f"{anchor}-kinds"),
        elements=lines,
        more_elements=len(elements.items) - len(lines) if elements and lines else 0,
        flow=flow_words(elements.flow, rows, columns) if elements and elements.flow else "",
        fit=fit_lines(parts),
        baselines=[(name, f"{value:.3f}") for name, value in parts.baselines.items()],
        command=shell_line(score_words("score", [parts.path], arguments(parts, options))),
        provenance=provenance_lines(
            parts.provenance,
            SPATIAL_PROVENANCE
            if parts.dimension != 2
            else PROVENANCE
            if parts.task.sees_levels
            else LEARNED_PROVENANCE,
        ),
        sign=sign(label or "∅"),
        musical=music is not None,
        along="" if music is None else sound.direction_words(music),
        view="" if music is None else sound.view_words(music.heard),
    )


def _networks(parts: Parts) -> list[Network]:
    views, right = parts.views, parts.training_shares
    return [
        Network(
            index + 1,
            levels_image(views.answers[index]),
            percent(right[index]) if right else "",
            density_image(views.plane[index]),
            [
                (component_image(values), _share(float(share)))
                for values, share in zip(
                    views.maps[index][:COMPONENTS_SHOWN], views.variance[index], strict=False
                )
            ],
        )
        for index in range(min(NETWORKS_SHOWN, len(views.answers)))
    ]


def _share(fraction: float) -> str:
    """Write a share of variance: 86 %, 1.2 %, < 0.1 %."""
    if fraction < 0.001:
        return "< 0.1 %"
    return f"{100 * fraction:.0f} %" if fraction >= 0.1 else f"{100 * fraction:.1f} %"
