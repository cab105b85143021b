"""What the page shows of a score, as plain values: stages while it is made, and the whole result.

Images are ``data:`` addresses of small PNGs, one pixel a value; the page enlarges them.
"""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from symscope.report import style, words
from symscope.report.asked import fit_labels, is_two_coloured, task_of

if TYPE_CHECKING:
    from symscope.options import ScoreOptions
    from symscope.result import Score, Stage, Views
    from symscope.sources.sketch import Sketch

SHADES = 32
"""Shades between the two colours in a frame of learning: more are not seen, and cost bytes."""

PICTURE_SIDE = 900
NETWORKS_SHOWN = 4
COMPONENTS_SHOWN = 3

# A component's map is scaled to this percentile of its absolute values: a few extreme points
# would otherwise leave the rest grey.
MAP_PERCENTILE = 99.0


def stage(seen: "Stage") -> dict[str, Any]:
    """Say what is to be shown of a score under way."""
    from symscope.learning import Learning
    from symscope.result import Drawn
    from symscope.web.shapes import seen_square

    if isinstance(seen, Drawn):
        found: dict[str, Any] = {"stage": "drawn"}
        if seen.picture is not None:
            from symscope.report.inline import photo

            found["picture"] = photo(seen.picture.rgb, PICTURE_SIDE).src
            found["rows"], found["columns"] = seen.picture.grey.shape
        if seen.sketch is not None:
            found["sketch"] = sketch_image(seen.sketch)
            found["resolved"] = seen.sketch.resolved
            if seen.picture is not None:
                found["square"] = seen_square(seen.picture.grey.shape, seen.sketch.extent)
        return found
    if isinstance(seen, Learning):
        side = round(seen.answers.shape[1] ** 0.5)
        squares = seen.answers.reshape(-1, side, side)
        return {
            "stage": "learning",
            "step": seen.step,
            "answers": [two_coloured(square) for square in squares],
            "learned": [float(share) for share in seen.learned],
        }
    return {
        "stage": "trained",
        "networks": seen.networks,
        "most": seen.most,
        "profile": seen.profile,
        "spread": seen.spread,
    }


def two_coloured(values: NDArray[Any]) -> str:
    """Draw an array (R, C) of 0 … 1 between the sketch's two colours."""
    shades = np.rint(np.clip(values, 0, 1) * (SHADES - 1)).astype(np.uint8)
    image = Image.fromarray(shades).convert("L")
    image.putpalette(_palette(), "RGB")
    sink = io.BytesIO()
    image.save(sink, "png", bits=8)
    return f"data:image/png;base64,{base64.b64encode(sink.getvalue()).decode('ascii')}"


def _palette() -> list[int]:
    dark, light = (np.array(_rgb(colour)) for colour in (style.INK, style.PAPER))
    steps = np.linspace(0, 1, SHADES)[:, None]
    return np.rint(dark + steps * (light - dark)).astype(int).ravel().tolist()


def _rgb(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def sketch_image(sketch: "Sketch") -> str:
    """Draw a sketch in its two colours."""
    return two_coloured(sketch.levels / max(int(sketch.levels.max()), 1))


def result(score: "Score", options: "ScoreOptions") -> dict[str, Any]:
    """Return all that the page shows of a finished score, ready for JSON.

    Parameters
    ----------
    score : Score
        With any outcome; what it lacks is left out.
    options : ScoreOptions
        What it was made with.

    Returns
    -------
    dict
        ``row`` is the row of the table; the rest is for the eye.
    """
    from symscope.report.command import score_words, shell_line
    from symscope.report.table import plain
    from symscope.report.verdict import verdict

    said = verdict(score)
    found: dict[str, Any] = {
        "row": plain(score.to_row()),
        "verdict": {
            "headline": said.headline,
            "sure": said.sure,
            "reasons": [{"speaks": r.speaks, "text": r.text} for r in said.reasons],
        },
        "fit": _fit(score),
        "command": shell_line(score_words("score", [score.path], options.arguments())),
        **_looks(score),
    }
    if score.music is not None:
        from symscope.report.heard import ticks, view_words

        heard = score.music.heard
        (across, seconds), (upward, notes) = ticks(heard)
        found["heard"] = {
            "start": heard.start,
            "end": heard.end,
            "view": view_words(heard),
            "across": [list(pair) for pair in zip(across, seconds, strict=True)],
            "upward": [list(pair) for pair in zip(upward, notes, strict=True)],
        }
    if score.elements is not None and score.picture is not None:
        from symscope.web.shapes import elements

        rows, columns = score.picture.grey.shape
        found |= elements(score.elements, rows, columns, score.music)
    return found


def _looks(score: "Score") -> dict[str, Any]:
    from symscope.report.inline import photo
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
        same = score.sketch and score.sketch.levels.shape == score.views.learned.shape[1:]
        if score.sketch is not None and same and is_two_coloured(score):
            right = (score.views.learned > 0.5) == (score.sketch.levels > 0)
            found["learned"] = right.mean(axis=(1, 2)).tolist()[:NETWORKS_SHOWN]
    return found


def _inside(views: "Views") -> dict[str, Any]:
    import matplotlib

    from symscope.report.inline import map_image

    inferno, red_blue = matplotlib.colormaps["inferno"], matplotlib.colormaps["RdBu_r"]
    plane, maps = views.plane[0], views.maps[0][:COMPONENTS_SHOWN]
    limits = [float(np.percentile(np.abs(one), MAP_PERCENTILE)) or 1.0 for one in maps]
    return {
        "answers": [two_coloured(one) for one in views.learned[:NETWORKS_SHOWN]],
        "plane": map_image(plane, inferno, 0, max(float(plane.max()), 1e-9)).src,
        "maps": [
            {"image": map_image(one, red_blue, -limit, limit).src, "share": float(share)}
            for one, limit, share in zip(maps, limits, views.variance[0], strict=False)
        ],
        "profiles": np.round(views.profiles, 4).tolist(),
    }


def _fit(score: "Score") -> list[dict[str, str]]:
    fit = score.fit
    if fit is None:
        return []
    reached = fit.learned, fit.held_out, fit.majority
    lines = {
        **dict(zip(fit_labels(task_of(score)), map(words.percent, reached), strict=True)),
        "learned beyond what holds elsewhere (overfit)": f"{100 * fit.overfit:.1f} %",
        "of the picture's variation kept by its sketch": words.percent(fit.resolved),
        "training steps, mean": f"{fit.steps:.0f}",
    }
    return [{"what": what, "value": value} for what, value in lines.items()]
