"""What the page shows of a score, as plain values: stages while it is made, and the whole result.

Signals, volumes and samples are in ``spatial``.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from symscope.drawing.explain import fit_lines
from symscope.drawing.parts import Parts
from symscope.drawing.style import COMPONENTS_SHOWN, NETWORKS_SHOWN
from symscope.drawing.words import watched_captions
from symscope.tasks import Task
from symscope.web.pixels import two_coloured

if TYPE_CHECKING:
    from symscope.options import Options
    from symscope.preprocess.sketch import Sketch
    from symscope.results import Score, Stage, Views

PICTURE_SIDE = 900

LIMITS = (
    "One set of probabilities describes the whole square, from a sketch of 64 × 64 points. The classifier knows "
    "templates only: on other pictures the probabilities are a ranking, not a calibrated chance."
)


def stage(seen: "Stage", task: Task, dimension: int = 2) -> dict[str, Any]:
    """Say what is to be shown of a score under way.

    Parameters
    ----------
    seen : what it tells
    task : what the networks learn
    dimension : of the field, whose networks are seen to learn
    """
    from symscope.networks.learning import Learning
    from symscope.results import Drawn
    from symscope.web.shapes import seen_square

    if isinstance(seen, Drawn):
        found: dict[str, Any] = {"stage": "drawn", "captions": captions(task)}
        if seen.picture is not None:
            from symscope.drawing.images import photo

            found["picture"] = photo(seen.picture.rgb, PICTURE_SIDE).src
            found["rows"], found["columns"] = seen.picture.grey.shape
        if seen.sketch is not None:
            found["sketch"] = sketch_image(seen.sketch)
            found["retained_variance"] = seen.sketch.retained_variance
            if seen.picture is not None:
                found["square"] = seen_square(seen.picture.grey.shape, seen.sketch.extent)
        return found
    if isinstance(seen, Learning):
        return {
            "stage": "learning",
            "step": seen.step,
            "answers": _squares(seen.answers, dimension),
            "learned": [float(share) for share in seen.training_accuracy],
        }
    return {
        "stage": "trained",
        "networks": seen.networks,
        "most": seen.most,
        "probabilities": seen.probabilities,
        "probabilities_sd": seen.probabilities_sd,
    }


def captions(task: Task, heard: str = "") -> dict[str, str]:
    """Say what the three pictures on top of a score show; ``heard`` says it of a sound's."""
    return {"picture": heard or "The picture", **watched_captions(task)}


def _squares(answers: Any, dimension: int) -> list[str]:
    if dimension != 2:
        from symscope.web.spatial import squares

        return squares(answers, dimension)
    side = round(answers.shape[1] ** 0.5)
    return [two_coloured(square) for square in answers.reshape(-1, side, side)]


def sketch_image(sketch: "Sketch") -> str:
    """Draw a sketch in its two colours."""
    return two_coloured(sketch.levels / max(int(sketch.levels.max()), 1))


def result(score: "Score", options: "Options") -> dict[str, Any]:
    """Return all that the page shows of a finished score, ready for JSON.

    Parameters
    ----------
    score : Score
        With any outcome; what it lacks is left out.
    options : Options
        What it was made with.

    Returns
    -------
    dict
        ``row`` is the row of the table; the rest is for the eye.
    """
    from symscope.drawing.explain import verdict
    from symscope.drawing.rows import plain
    from symscope.drawing.words import in_music
    from symscope.report.command import arguments, score_words, shell_line

    said = verdict(score)
    found: dict[str, Any] = {
        "row": plain(score.to_row()),
        "verdict": {
            "headline": said.headline,
            "sure": said.sure,
            "reasons": [{"speaks": r.speaks, "text": r.text} for r in said.reasons],
        },
        "fit": [{"what": what, "value": value} for what, value in fit_lines(score)],
        "command": shell_line(score_words("score", [score.path], arguments(score, options))),
        "limits": LIMITS,
    }
    if score.music is not None:
        found["in_music"] = in_music(found["row"]["music"])
    if score.dimension != 2:
        from symscope.web import spatial

        return found | spatial.result(score)
    found |= {"captions": captions(Parts.of(score).task, _heard_words(score)), **_looks(score)}
    if score.music is not None:
        found["heard"] = {"start": score.music.heard.start, "end": score.music.heard.end}
    if score.elements is not None and score.picture is not None:
        from symscope.web.shapes import elements

        rows, columns = score.picture.grey.shape
        found |= elements(score.elements, rows, columns, score.music)
    return found


def _heard_words(score: "Score") -> str:
    """Say how a sound's picture is to be read, and what its edges are."""
    if score.music is None:
        return ""
    from symscope.drawing.sound import ticks, view_words

    heard = score.music.heard
    notes = ticks(heard)[1][1]
    edges = f", {notes[0]} to {notes[-1]} upwards" if len(notes) > 1 else ""
    return f"{view_words(heard)} From second {heard.start:.1f} to {heard.end:.1f}{edges}."


def _looks(score: "Score") -> dict[str, Any]:
    from symscope.drawing.images import photo
    from symscope.web.shapes import seen_square

    found: dict[str, Any] = {}
    if score.picture is not None:
        found["picture"] = photo(score.picture.rgb, PICTURE_SIDE).src
        found["rows"], found["columns"] = score.picture.grey.shape
        if score.sketch is not None:
            found["square"] = seen_square(score.picture.grey.shape, score.sketch.extent)
    if score.sketch is not None:
        found["sketch"] = sketch_image(score.sketch)
    if score.views is not None:
        found |= _inside(score.views)
        if shares := Parts.of(score).training_shares:
            found["learned"] = shares[:NETWORKS_SHOWN]
    return found


def _inside(views: "Views") -> dict[str, Any]:
    from symscope.drawing.images import component_image, density_image

    maps = views.maps[0][:COMPONENTS_SHOWN]
    return {
        "answers": [two_coloured(one) for one in views.answers[:NETWORKS_SHOWN]],
        "plane": density_image(views.plane[0]).src,
        "maps": [
            {"image": component_image(values).src, "share": float(share)}
            for values, share in zip(maps, views.variance[0], strict=False)
        ],
        "per_network": np.round(views.probabilities, 4).tolist(),
    }
