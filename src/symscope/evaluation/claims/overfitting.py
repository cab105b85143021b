"""Claim 2: decoys do not overfit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.drawing import style
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import (
    Claim,
    Effort,
    Measured,
    Number,
    Numbers,
    Panel,
    Progress,
    Rule,
    mean,
)
from symscope.field import Field
from symscope.groups import PAPER
from symscope.networks.decoys import train
from symscope.networks.settings import SETTINGS, Settings
from symscope.synth.templates import templates

NUMBER = 2
PER_CLASS_AND_FAMILY = (2, 1)
FAMILIES = (TRAINING_FAMILIES, TRAINING_FAMILIES[:3])
NETWORKS = (4, 2)
"""Full and quick."""

FREE = replace(
    SETTINGS["fast"], weight_decay=0.0, steps=1000, rounds=2, learned=0.995, least_gain=0.0
)
"""A decoy that is allowed to overfit: no weight decay and eight times the steps, with which it
keeps 0.9 of random labels (chosen in a development trial)."""

FREE_FIELDS = (20, 5)
"""Fields that such decoys learn, one network each: they take eight times as long."""

GAP = 0.05
"""Points of which training knows more than others, above which a decoy counts as overfitted. By
judgement: one pixel in twenty."""

SKILL = 0.5
"""Share of what a constant guess gets wrong that must be right on held-out points. By judgement:
half."""


def permuted(field: Field, seed: int) -> Field:
    """Deal the colours of a picture out to its points at random: nothing to learn is left."""
    levels = np.random.default_rng([seed, len(field.levels)]).permutation(field.levels)
    return replace(field, levels=levels)


def measure(
    effort: Effort,
    progress: Progress,
    families: tuple[Sequence[str], Sequence[str]] = FAMILIES,
    free_fields: tuple[int, int] = FREE_FIELDS,
    free: Settings = FREE,
) -> Measured:
    """Train decoys on templates and on random colours, as usual and with leave to overfit."""
    drawn = templates(
        effort.choose(*PER_CLASS_AND_FAMILY),
        classes=PAPER,
        families=effort.choose(*families),
        seed=effort.stream(NUMBER),
    )
    fields = [template.field for template in drawn]
    random = [permuted(field, number) for number, field in enumerate(fields)]
    networks = effort.choose(*NETWORKS)
    # A few of all classes: they come class by class.
    few = np.linspace(0, len(fields) - 1, effort.choose(*free_fields)).round().astype(int)
    trainings = {
        "templates": (fields, networks, SETTINGS["fast"]),
        "random": (random, 1, SETTINGS["fast"]),
        "free": ([fields[i] for i in few], 1, free),
        "free random": ([random[i] for i in few], 1, free),
    }
    # Shares of training and of held-out points that are right, means over networks, (B,) each.
    learned, held_out, gaps, skills = {}, {}, {}, {}
    for number, (name, (learning, count, settings)) in enumerate(trainings.items()):
        decoys = train(learning, count, settings, effort.seed)
        learned[name] = np.array([d.training_accuracy.mean() for d in decoys], float)
        held_out[name] = np.array([d.validation_accuracy.mean() for d in decoys], float)
        gaps[name] = learned[name] - held_out[name]
        chance = np.array([max(f.levels.mean(), 1 - f.levels.mean()) for f in learning])
        skills[name] = (held_out[name] - chance) / (1 - chance)
        progress(number + 1, len(trainings))

    def number_of(name: str, values: Any, control: bool = False) -> Number:
        return mean(name, values, "templates", effort.seed, unit="%", control=control)

    gap, skill = "learned minus held out", "skill on held-out points"
    numbers = {
        "gap": number_of(gap, gaps["templates"]),
        "held": number_of("held-out points right", held_out["templates"]),
        "skill": number_of(skill, skills["templates"]),
        "extra": number_of(
            "how much larger the gap is with leave to overfit",
            gaps["free"] - gaps["templates"][few],
        ),
        "gap random": number_of(f"{gap}, random colours", gaps["random"], True),
        "skill random": number_of(f"{skill}, random colours", skills["random"], True),
        "gap memorised": number_of(
            f"{gap}, random colours, leave to overfit", gaps["free random"], True
        ),
        "gap free": number_of(f"{gap}, templates, leave to overfit", gaps["free"], True),
    }

    figure, axes = plots.axes(2.9, "learned: training points right", "held-out points right")
    for name, colour, label in (
        ("templates", style.ACCENT, "templates"),
        ("random", style.CALM, "random colours"),
        ("free random", plots.SERIES[1], "random colours, leave to overfit"),
    ):
        look: dict[str, Any] = {"color": colour, "markersize": 3.5, "alpha": 0.8, "label": label}
        axes.plot(learned[name], held_out[name], "o", **look)
    axes.plot([0.4, 1], [0.4, 1], **plots.DASHED)
    axes.set(xlim=(0.45, 1.01), ylim=(0.35, 1.32), yticks=np.arange(0.4, 1.01, 0.2))
    plots.legend(axes, loc="upper left")
    shown = {
        "gap": "templates",
        "gap free": "templates, leave to overfit",
        "gap random": "random colours",
        "gap memorised": "random colours, leave to overfit",
    }
    return Measured(
        f"{len(fields)} templates of the five classes, {networks} networks each, which see 90 % "
        "of the points; the other 10 % are held out. Control: the same pictures with their "
        "colours dealt out to the points at random, which can only be memorised; once with the "
        "usual training, which forbids that by a strong weight decay and few steps, and once "
        "with leave to overfit (no decay, eight times the steps).",
        numbers,
        (
            Panel(
                "Learned against held out",
                "A dot for each picture. On the dotted line points that were never shown are as "
                "good as those that were; the further below, the more is only memorised.",
                figure,
            ),
            Panel(
                "How much is memorised",
                f"The gap with its 95 % interval; dotted: {GAP:.0%}, from which it counts.",
                plots.intervals(
                    [replace(numbers[key], name=name) for key, name in shown.items()], gap, GAP
                ),
            ),
        ),
        (
            "“Not allowed to overfit” means: what a network says where it was not trained is as "
            "good as where it was. It matters for what follows. A network that may store the "
            "picture point by point has no need of its symmetry; one that may not does better to "
            "use it.",
            "Skill is the share of what always saying the commoner colour gets wrong that the "
            "network gets right: 0 for a guess, 100 % for a perfect copy.",
        ),
    )


def rule(n: Numbers) -> Rule:
    """The picture must be learned, without the gap of memorised points."""
    return Rule(
        essential=(
            n["skill"].clearly_above(SKILL, "the task is learned"),
            n["gap"].clearly_below(GAP, "and not by heart"),
            n["gap"].clearly_below(
                n["gap memorised"], "the gap is one that opens when a network does overfit"
            ),
        ),
        further=(
            n["skill random"].at_most(
                0.05, "where there is nothing to learn, nothing is: held-out points are held out"
            ),
            n["extra"].clearly_above(
                0.0, "and it is the training that forbids it: with leave to, they overfit"
            ),
        ),
    )


CLAIM = Claim(
    key="overfitting",
    title="The decoys learn their picture and do not overfit",
    source="talk, decoy task; arXiv:2103.06115",
    says=(
        "Many fully connected networks learn a task that says nothing of symmetry: from the "
        "position of a point, its colour. They learn it well, and they are not allowed to overfit."
    ),
    headline="gap",
    control="gap memorised",
    measure=measure,
    rule=rule,
)
