"""Claim 7: scores of art."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import NAMED_FROM
from symscope.drawing import style
from symscope.drawing.layout import shrunk
from symscope.drawing.words import short_name
from symscope.errors import Outcome
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import (
    Claim,
    Effort,
    Measured,
    Numbers,
    Panel,
    Progress,
    Rule,
    mean,
    number_of,
    share,
)
from symscope.evaluation.noise import Pairs, scored_pairs
from symscope.evaluation.statistics import auc

MOST_PICTURES = (40, 12)
NETWORKS = (None, 8)
"""Full and quick; None: as many as each picture needs."""

SHOWN = 4
THUMBNAIL = 160
"""Pixels along a side in the figure."""

NOISE_NAMED = 0.1
"""Share of noises that may be named symmetric, by judgement."""


def thumbnail(grey: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Cut the middle square out and shrink it."""
    rows, columns = grey.shape
    side = min(rows, columns)
    top, left = (rows - side) // 2, (columns - side) // 2
    cut = np.asarray(grey[top : top + side, left : left + side], float)
    cut = np.round(255 * np.clip(cut, 0, 1)).astype(np.uint8)
    return shrunk(np.repeat(cut[..., None], 3, axis=2), THUMBNAIL)[..., 0]


def measure(
    effort: Effort,
    progress: Progress,
    most_pictures: tuple[int, int] = MOST_PICTURES,
    scored: Callable[..., Pairs] = scored_pairs,
) -> Measured:
    """Score pictures and their noises, and compare them pair by pair."""
    networks, seed, of = effort.choose(*NETWORKS), effort.seed, "pictures"
    pairs = scored(
        effort.pictures,
        effort.choose(*most_pictures),
        classes="paper",
        seed=seed,
        networks=networks,
        progress=progress,
    )
    own = np.array([score.symmetry or 0.0 for score in pairs.scores], float)
    noise = np.array([score.symmetry or 0.0 for score in pairs.noise_scores], float)
    count, above, name = len(own), own > noise, "named symmetric"
    chance = auc(np.append(own, noise), np.arange(2 * count) < count, seed)
    numbers = {
        "difference": mean("symmetry of a picture minus its noise's", own - noise, of, seed),
        "auc": number_of("chance that a picture is above a noise", chance, f"{count} {of}"),
        "above": share("pictures above their own noise", int(above.sum()), count, of),
        "own": mean("symmetry of the pictures", own, of, seed),
        "named": share(f"pictures {name}", int((own >= NAMED_FROM).sum()), count, of),
        "noise": mean("symmetry of their noise", noise, of, seed, control=True),
        "noise named": share(
            f"noises {name}", int((noise >= NAMED_FROM).sum()), count, of, control=True
        ),
    }

    shown = slice(SHOWN)
    gallery = plots.grid_of_pictures(
        [
            [thumbnail(picture.grey) for picture in pairs.pictures[shown]],
            [thumbnail(grey) for grey in pairs.noises[shown]],
        ],
        [[f"{value:.2f}" for value in values[shown]] for values in (own, noise)],
        ["picture", "noise"],
        cmap="gray",
        vmin=0,
        vmax=255,
    )
    names = ", ".join(short_name(picture.name, 28) for picture in pairs.pictures[shown])
    each, axes = plots.axes(2.5, "symmetry of its noise", "symmetry of the picture")
    axes.plot([0, 1], [0, 1], **plots.DASHED)
    for chosen, colour in ((above, style.ACCENT), (~above, style.CALM)):
        axes.plot(noise[chosen], own[chosen], "o", color=colour, markersize=4.5, alpha=0.85)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    distribution, axes = plots.axes(2.1, "symmetry", "share that is at least as high")
    for values, colour, label in ((own, style.ACCENT, "pictures"), (noise, style.CALM, "noise")):
        x = np.concatenate([[1.0], np.sort(values)[::-1], [0.0]])
        y = np.concatenate([[0.0], np.arange(1, count + 1) / count, [1.0]])
        axes.step(x, y, where="post", color=colour, linewidth=1.8, label=label)
    axes.axvline(NAMED_FROM, **plots.DASHED)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    plots.legend(axes)

    remarks = [
        "The score says nothing of beauty or quality. What is tested is only that it sees more in "
        "a picture than in noise with the same spectrum: several published scores of symmetry "
        "rate such noise higher.",
    ]
    kind = "pictures of the folder"
    if effort.pictures is None:
        kind = "photographs of scikit-image's samples"
        remarks.append(
            "These are photographs and micrographs, not paintings: symscope ships none. "
            "“--pictures DIR” scores paintings of your own."
        )
    unsure = sum(score.outcome is not Outcome.OK for score in (*pairs.scores, *pairs.noise_scores))
    if unsure:
        remarks.append(
            f"{unsure} of the {2 * count} pictures and noises were not learned well "
            "enough for a score to rely on; they are counted all the same."
        )
    return Measured(
        f"{count} {kind}, and as many noises with the same amplitudes and random phases: all that "
        "a spectrum tells is the same, all that a picture shows is gone. Both become sketches, "
        "decoys learn them, the classifier of the five classes reads the hidden layers "
        f"({networks or '16 to 96'} networks each). The symmetry is 1 − the probability of none.",
        numbers,
        (
            Panel(
                "Pictures and their noise",
                f"Above each its symmetry. From the left: {names}.",
                gallery,
            ),
            Panel(
                "Picture by picture",
                "A dot for each picture; above the dotted line it scores higher than its noise.",
                each,
            ),
            Panel(
                "How the scores are distributed",
                "Dotted: 2/3, from which a symmetry is named.",
                distribution,
            ),
        ),
        tuple(remarks),
    )


def rule(n: Numbers) -> Rule:
    """Pictures must score above noise with their spectrum."""
    return Rule(
        essential=(
            n["difference"].clearly_above(
                0.0, "a picture scores higher than noise with its spectrum"
            ),
        ),
        further=(
            n["auc"].clearly_above(0.5, "so does any picture against any noise"),
            n["above"].clearly_above(0.5, "and most pictures by themselves"),
            n["noise named"].at_most(NOISE_NAMED, "noise is not named symmetric"),
        ),
    )


CLAIM = Claim(
    key="art",
    title="Pictures of art and life have a measurable symmetry",
    source="talk, symmetry of art; arXiv:2103.06115",
    says=(
        "The same networks, trained on nothing but potentials, give any picture a symmetry score: "
        "a painting is taken as if it were a potential. The scores of painters differ, and mean "
        "something."
    ),
    headline="own",
    control="noise",
    measure=measure,
    rule=rule,
)
