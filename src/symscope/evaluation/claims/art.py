"""Claim 7: scores of art."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import NAMED_FROM
from symscope.drawing import style
from symscope.drawing.layout import shrunk
from symscope.drawing.table import short_name
from symscope.errors import Outcome
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import Claim, Effort, Measured, Panel, Progress
from symscope.evaluation.claims.numbers import Number, mean, share
from symscope.evaluation.claims.rule import Condition, Relation, Rule
from symscope.evaluation.noise import Pairs, scored_pairs
from symscope.evaluation.statistics import auc
from symscope.io.images import Picture

CLASSES = "paper"
MOST_PICTURES = (40, 12)
NETWORKS = (None, 8)
"""Full and quick; None: as many as each picture needs."""

SHOWN = 4
THUMBNAIL = 160
"""Pixels along a side in the figure."""

NOISE_NAMED = 0.1
"""Share of noises that may be named symmetric, by judgement."""

Values = NDArray[np.float64]


def measure(effort: Effort, progress: Progress) -> Measured:
    """Score pictures and their noises, and compare them pair by pair."""
    pairs = scored_pairs(
        effort.pictures,
        effort.choose(*MOST_PICTURES),
        classes=CLASSES,
        seed=effort.seed,
        networks=effort.choose(*NETWORKS),
        progress=progress,
    )
    own = np.array([score.symmetry or 0.0 for score in pairs.scores], float)
    noise = np.array([score.symmetry or 0.0 for score in pairs.noise_scores], float)
    count, seed = len(own), effort.seed
    what: dict[str, Any] = {"rests_on": f"{count} pictures"}
    found = auc(np.append(own, noise), np.arange(2 * count) < count, seed)
    low, high = found["interval"]
    numbers = {
        "difference": mean("symmetry of a picture minus its noise's", own - noise, seed, **what),
        "auc": Number("chance that a picture is above a noise", found["value"], low, high, **what),
        "above": share("pictures above their own noise", int((own > noise).sum()), count, **what),
        "own": mean("symmetry of the pictures", own, seed, **what),
        "named": share("pictures named symmetric", int((own >= NAMED_FROM).sum()), count, **what),
        "noise": mean("symmetry of their noise", noise, seed, control=True, **what),
        "noise named": share(
            "noises named symmetric", int((noise >= NAMED_FROM).sum()), count, control=True, **what
        ),
    }
    return Measured(
        f"{count} {_kind(effort)}, and as many noises with the same amplitudes and random "
        "phases: all that a spectrum tells is the same, all that a picture shows is gone. Both "
        "become sketches, decoys learn them, the classifier of the five classes reads the hidden "
        f"layers ({_networks(effort)}). The symmetry is 1 − the probability of none.",
        numbers,
        (_gallery(pairs), _pairs(own, noise), _distribution(own, noise)),
        _remarks(effort, pairs),
    )


def _kind(effort: Effort) -> str:
    return "pictures of the folder" if effort.pictures else "photographs of scikit-image's samples"


def _networks(effort: Effort) -> str:
    networks = effort.choose(*NETWORKS)
    return f"{networks} networks each" if networks else "16 to 96 networks each"


def _remarks(effort: Effort, pairs: Pairs) -> tuple[str, ...]:
    unsure = sum(score.outcome is not Outcome.OK for score in (*pairs.scores, *pairs.noise_scores))
    found = [
        "The score says nothing of beauty or quality. What is tested is only that it sees more in "
        "a picture than in noise with the same spectrum: several published scores of symmetry "
        "rate such noise higher.",
    ]
    if effort.pictures is None:
        found.append(
            "These are photographs and micrographs, not paintings: symscope ships none. "
            "“--pictures DIR” scores paintings of your own."
        )
    if unsure:
        found.append(
            f"{unsure} of the {2 * len(pairs.scores)} pictures and noises were not learned well "
            "enough for a score to rely on; they are counted all the same."
        )
    return tuple(found)


def _square(grey: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Cut the middle square out and shrink it."""
    rows, columns = grey.shape
    side = min(rows, columns)
    top, left = (rows - side) // 2, (columns - side) // 2
    cut = np.asarray(grey[top : top + side, left : left + side], float)
    cut = np.round(255 * np.clip(cut, 0, 1)).astype(np.uint8)
    return shrunk(np.repeat(cut[..., None], 3, axis=2), THUMBNAIL)[..., 0]


def _gallery(pairs: Pairs) -> Panel:
    some = range(min(SHOWN, len(pairs.pictures)))
    said = [
        [f"{score.symmetry or 0:.2f}" for score in scores[:SHOWN]]
        for scores in (pairs.scores, pairs.noise_scores)
    ]
    figure = plots.grid_of_pictures(
        [
            [_square(pairs.pictures[i].grey) for i in some],
            [_square(pairs.noises[i]) for i in some],
        ],
        said,
        ["picture", "noise"],
        cmap="gray",
        vmin=0,
        vmax=255,
    )
    names = ", ".join(_name(picture) for picture in pairs.pictures[:SHOWN])
    caption = f"Above each its symmetry. From the left: {names}."
    return Panel("Pictures and their noise", caption, figure)


def _name(picture: Picture) -> str:
    return short_name(picture.name, 28)


def _pairs(own: Values, noise: Values) -> Panel:
    figure, axes = plots.axes(2.5, "symmetry of its noise", "symmetry of the picture")
    above = own > noise
    axes.plot([0, 1], [0, 1], **plots.DASHED)
    for some, colour in ((above, style.ACCENT), (~above, style.CALM)):
        axes.plot(noise[some], own[some], "o", color=colour, markersize=4.5, alpha=0.85)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    caption = "A dot for each picture; above the dotted line it scores higher than its noise."
    return Panel("Picture by picture", caption, figure)


def _distribution(own: Values, noise: Values) -> Panel:
    figure, axes = plots.axes(2.1, "symmetry", "share that is at least as high")
    for values, colour, name in ((own, style.ACCENT, "pictures"), (noise, style.CALM, "noise")):
        steps = np.sort(values)[::-1]
        x = np.concatenate([[1.0], steps, [0.0]])
        y = np.concatenate([[0.0], np.arange(1, len(steps) + 1) / len(steps), [1.0]])
        axes.step(x, y, where="post", color=colour, linewidth=1.8, label=name)
    axes.axvline(NAMED_FROM, **plots.DASHED)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    plots.legend(axes)
    caption = "Dotted: 2/3, from which a symmetry is named."
    return Panel("How the scores are distributed", caption, figure)


CLAIM = Claim(
    key="art",
    title="Pictures of art and life have a measurable symmetry",
    source="talk, symmetry of art; arXiv:2103.06115",
    says=(
        "The same networks, trained on nothing but potentials, give any picture a symmetry score: "
        "a painting is taken as if it were a potential. The scores of painters differ, and mean "
        "something."
    ),
    rule=Rule(
        (
            Condition(
                "difference",
                Relation.CLEARLY_ABOVE,
                0.0,
                "a picture scores higher than noise with its spectrum",
            ),
        ),
        (
            Condition("auc", Relation.CLEARLY_ABOVE, 0.5, "so does any picture against any noise"),
            Condition("above", Relation.CLEARLY_ABOVE, 0.5, "and most pictures by themselves"),
            Condition("noise named", Relation.AT_MOST, NOISE_NAMED, "noise is not named symmetric"),
        ),
    ),
    headline="own",
    control="noise",
    measure=measure,
)
