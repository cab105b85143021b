"""Claim 2: decoys do not overfit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.drawing import style
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import Claim, Effort, Measured, Panel, Progress
from symscope.evaluation.claims.numbers import Number, mean
from symscope.evaluation.claims.rule import Condition, Relation, Rule
from symscope.field import Field
from symscope.groups import PAPER
from symscope.networks.decoys import Decoys, train
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

Shares = NDArray[np.float64]


def _shares(
    fields: Sequence[Field], networks: int, settings: Settings, seed: int
) -> tuple[Shares, Shares]:
    """Train → shares of training and of held-out points right, (B,) each, means over networks."""
    found: list[Decoys] = train(fields, networks, settings, seed)
    learned = np.array([decoys.training_accuracy.mean() for decoys in found], float)
    return learned, np.array([decoys.validation_accuracy.mean() for decoys in found], float)


def _skill(held_out: Shares, fields: Sequence[Field]) -> Shares:
    """Share of what the commoner colour gets wrong that is right."""
    majority = np.array([max(f.levels.mean(), 1 - f.levels.mean()) for f in fields])
    return (held_out - majority) / (1 - majority)


def permuted(field: Field, seed: int) -> Field:
    """Deal the colours of a picture out to its points at random: nothing to learn is left."""
    levels = np.random.default_rng([seed, len(field.levels)]).permutation(field.levels)
    return replace(field, levels=levels)


def measure(effort: Effort, progress: Progress) -> Measured:
    """Train decoys on templates and on random colours, as usual and with leave to overfit."""
    drawn = templates(
        effort.choose(*PER_CLASS_AND_FAMILY),
        classes=PAPER,
        families=effort.choose(*FAMILIES),
        seed=effort.stream(NUMBER),
    )
    fields = [template.field for template in drawn]
    random = [permuted(field, number) for number, field in enumerate(fields)]
    networks, few = effort.choose(*NETWORKS), effort.choose(*FREE_FIELDS)
    # A few of all classes: they come class by class.
    some = np.linspace(0, len(fields) - 1, few).round().astype(int)
    tasks = {
        "templates": (fields, networks, SETTINGS["fast"]),
        "random": (random, 1, SETTINGS["fast"]),
        "free": ([fields[i] for i in some], 1, FREE),
        "free random": ([random[i] for i in some], 1, FREE),
    }
    found: dict[str, tuple[Shares, Shares]] = {}
    for number, (name, (some_fields, count, settings)) in enumerate(tasks.items()):
        found[name] = _shares(some_fields, count, settings, effort.seed)
        progress(number + 1, len(tasks))
    skills = {name: _skill(found[name][1], tasks[name][0]) for name in ("templates", "random")}
    numbers = _numbers(found, skills, some, effort.seed)
    return Measured(
        f"{len(fields)} templates of the five classes, {networks} networks each, which see 90 % "
        "of the points; the other 10 % are held out. Control: the same pictures with their "
        "colours dealt out to the points at random, which can only be memorised; once with the "
        "usual training, which forbids that by a strong weight decay and few steps, and once "
        "with leave to overfit (no decay, eight times the steps).",
        numbers,
        (_panel(found), _gaps(numbers)),
        (
            "“Not allowed to overfit” means: what a network says where it was not trained is as "
            "good as where it was. It matters for what follows. A network that may store the "
            "picture point by point has no need of its symmetry; one that may not does better to "
            "use it.",
            "Skill is the share of what always saying the commoner colour gets wrong that the "
            "network gets right: 0 for a guess, 100 % for a perfect copy.",
        ),
    )


def _numbers(
    found: Mapping[str, tuple[Shares, Shares]],
    skills: Mapping[str, Shares],
    some: NDArray[np.int64],
    seed: int,
) -> dict[str, Number]:
    gaps = {name: learned - held_out for name, (learned, held_out) in found.items()}
    many: dict[str, Any] = {"unit": "%", "rests_on": f"{len(gaps['templates'])} templates"}
    few: dict[str, Any] = {"unit": "%", "rests_on": f"{len(some)} templates"}
    gap, skill = "learned minus held out", "skill on held-out points"
    extra = gaps["free"] - gaps["templates"][some]
    return {
        "gap": mean(gap, gaps["templates"], seed, **many),
        "held": mean("held-out points right", found["templates"][1], seed, **many),
        "skill": mean(skill, skills["templates"], seed, **many),
        "extra": mean("how much larger the gap is with leave to overfit", extra, seed, **few),
        "gap random": mean(f"{gap}, random colours", gaps["random"], seed, control=True, **many),
        "skill random": mean(
            f"{skill}, random colours", skills["random"], seed, control=True, **many
        ),
        "gap memorised": mean(
            f"{gap}, random colours, leave to overfit",
            gaps["free random"],
            seed,
            control=True,
            **few,
        ),
        "gap free": mean(
            f"{gap}, templates, leave to overfit", gaps["free"], seed, control=True, **few
        ),
    }


def _panel(found: dict[str, tuple[Shares, Shares]]) -> Panel:
    figure, axes = plots.axes(2.9, "learned: training points right", "held-out points right")
    looks = {
        "templates": (style.ACCENT, "templates"),
        "random": (style.CALM, "random colours"),
        "free random": (plots.SERIES[1], "random colours, leave to overfit"),
    }
    for name, (colour, label) in looks.items():
        learned, held_out = found[name]
        axes.plot(learned, held_out, "o", color=colour, markersize=3.5, alpha=0.8, label=label)
    axes.plot([0.4, 1], [0.4, 1], **plots.DASHED)
    axes.set(xlim=(0.45, 1.01), ylim=(0.35, 1.32), yticks=np.arange(0.4, 1.01, 0.2))
    plots.legend(axes, loc="upper left")
    caption = (
        "A dot for each picture. On the dotted line points that were never shown are as good as "
        "those that were; the further below, the more is only memorised."
    )
    return Panel("Learned against held out", caption, figure)


def _gaps(numbers: Mapping[str, Number]) -> Panel:
    names = {
        "gap": "templates",
        "gap free": "templates, leave to overfit",
        "gap random": "random colours",
        "gap memorised": "random colours, leave to overfit",
    }
    shown = [replace(numbers[key], name=name) for key, name in names.items()]
    figure = plots.intervals(shown, "learned minus held out", GAP)
    caption = f"The gap with its 95 % interval; dotted: {GAP:.0%}, from which it counts."
    return Panel("How much is memorised", caption, figure)


CLAIM = Claim(
    key="overfitting",
    title="The decoys learn their picture and do not overfit",
    source="talk, decoy task; arXiv:2103.06115",
    says=(
        "Many fully connected networks learn a task that says nothing of symmetry: from the "
        "position of a point, its colour. They learn it well, and they are not allowed to overfit."
    ),
    rule=Rule(
        (
            Condition("skill", Relation.CLEARLY_ABOVE, SKILL, "the task is learned"),
            Condition("gap", Relation.CLEARLY_BELOW, GAP, "and not by heart"),
            Condition(
                "gap",
                Relation.CLEARLY_BELOW,
                "gap memorised",
                "the gap is one that opens when a network does overfit",
            ),
        ),
        (
            Condition(
                "skill random",
                Relation.AT_MOST,
                0.05,
                "where there is nothing to learn, nothing is: held-out points are held out",
            ),
            Condition(
                "extra",
                Relation.CLEARLY_ABOVE,
                0.0,
                "and it is the training that forbids it: with leave to, they overfit",
            ),
        ),
    ),
    headline="gap",
    control="gap memorised",
    measure=measure,
)
