"""How networks are built and trained, and the settings that have a name."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from symscope.options import NetworkSettings, Options
from symscope.tasks import COLOURS


class _Fingerprinted:
    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that name these settings."""
        # The classifiers' cards hold fingerprints from before there were other tasks.
        values = sorted(item for item in vars(self).items() if item != ("task", COLOURS))
        return hashlib.sha256(repr(values).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Settings(_Fingerprinted):
    """How decoy networks are built and trained.

    Attributes
    ----------
    width : H, neurons in each hidden layer
    depth : number of hidden layers
    frequencies : random plane waves that encode a point (0 = the bare coordinates)
    bandwidth : standard deviation of their wave vectors, in radians per half frame, isotropic
    steps : optimiser steps in one round (one cycle of the learning rate)
    rounds : most rounds; a network stops after the round in which it has learned
    batch : points in a minibatch
    learning_rate : peak of the one-cycle schedule
    betas : AdamW's memories of gradient and squared gradient, shorter than usual: few steps
    weight_decay : AdamW's
    learned : share of the training points right at which a network stops
    least_gain : a network that gained less in its last round stops too
    held_out : share of the points kept from training
    task : what is learned, see tasks.py
    """

    width: int = 64
    depth: int = 4
    frequencies: int = 32
    bandwidth: float = 6.0
    steps: int = 250
    rounds: int = 2
    batch: int = 128
    learning_rate: float = 1e-2
    betas: tuple[float, float] = (0.8, 0.99)
    weight_decay: float = 1.2
    learned: float = 0.97
    least_gain: float = 0.01
    held_out: float = 0.1
    task: str = COLOURS


SETTINGS = {
    "fast": Settings(),
    # The paper's last layer has 200 neurons and it keeps two components; its depth, optimiser and
    # batch are not published where we could look: depth 4, AdamW and the rest are our choice.
    "paper": Settings(
        width=200,
        frequencies=0,
        steps=400,
        rounds=3,
        batch=512,
        learning_rate=3e-3,
        betas=(0.9, 0.999),
        weight_decay=1.0,
    ),
}
"""``fast`` (default): chosen in development trials; benchmarks/bench_settings.py
compares it with its neighbours. ``paper``: bare coordinates
and a last layer of 200 neurons (arXiv:2103.06115)."""

LEFT_OUT = 0.25
"""Share of the points that inpainting leaves out: a quarter of the blocks."""


@dataclass(frozen=True)
class PatchSettings(_Fingerprinted):
    """How networks of patches are built and trained; the same for every name of settings.

    Attributes
    ----------
    task : ``vae`` or ``gan``, with its variant
    patch : pixels along a side of a patch, of the picture's 64; even
    width : neurons in each hidden layer but the last one looked at
    latent : H, neurons in the layer that is looked at: the latent layer, or the discriminator's
        last hidden one
    noise : numbers that a generator makes a patch of
    steps : optimiser steps
    batch : patches in a minibatch
    learning_rate : peak of the one-cycle schedule
    beta : weight of the latent layer's divergence from a normal distribution (beta-VAE)
    gain : variance of a layer's first weights, in units of 1 / inputs
    held_out : share of the patches kept from training
    """

    task: str = "vae"
    patch: int = 12
    width: int = 128
    latent: int = 4
    noise: int = 16
    steps: int = 300
    batch: int = 128
    learning_rate: float = 3e-3
    beta: float = 1.0
    gain: float = 2.0
    held_out: float = 0.1


PATCH_SETTINGS = {"vae": PatchSettings(), "gan": PatchSettings(task="gan", patch=8, latent=8)}
"""Chosen in development trials: larger patches and narrower layers leave less to networks that have
not been trained; adversarial ones learn larger patches less well."""


def settings_for(
    options: Options, dimension: int = 2, sound: object = None
) -> Settings | PatchSettings:
    """Return the settings of the networks of D dimensions: of a picture, those of its task.

    >>> settings_for(Options(task="colours")) == SETTINGS["fast"]
    True
    """
    if dimension != 2:
        return of_dimension(dimension).settings
    settings, kind = SETTINGS[options.settings], options.learned(2, sound)
    if kind.name == COLOURS:
        return settings
    if kind.unsupervised:
        return replace(PATCH_SETTINGS[kind.name], task=kind.text)
    held_out = LEFT_OUT if kind.name == "inpainting" else settings.held_out
    return replace(settings, task=kind.text, held_out=held_out)


class Skill(StrEnum):
    """How much better than a constant guess networks know held-out points."""

    EXPLAINED_VARIANCE = "explained variance"  # share of the held-out points' variance explained
    ACCURACY_OVER_CHANCE = "accuracy over chance"  # share right of what a constant guess has wrong


@dataclass(frozen=True)
class Dimension:
    """What depends on the number of coordinates D of a field.

    Attributes
    ----------
    side : points along an axis of the sketch or grid; None: points are scattered
    networks : least and most decoys of a field, with the settings ``fast``
    standard_error : more decoys are trained while the symmetry's standard error is above this
    of_halves : the same of what is weighed, where halves of the networks are compared: of two
        values a spread is told badly, and is larger than this five times in six if it is 0.02
    skill, least_skill : below this skill (``Fit.skill``) probabilities say nothing
    settings : how decoys learn
    map_side : points along an axis of the maps of the hidden layer; None: scattered points
    look : steps between two looks at networks that are watched
    classifier : name of its weights; None: those of ``Options.classifier``, or there are none
    """

    side: int | None
    networks: tuple[int, int]
    standard_error: float
    of_halves: float
    skill: Skill
    least_skill: float
    settings: Settings
    map_side: int | None
    look: int
    classifier: str | None


_SPATIAL = replace(SETTINGS["fast"], frequencies=64, bandwidth=5.0, batch=512)

DIMENSIONS = {
    1: Dimension(
        side=256,
        networks=(16, 64),
        standard_error=0.03,
        of_halves=0.03,
        skill=Skill.ACCURACY_OVER_CHANCE,
        least_skill=0.5,
        settings=replace(SETTINGS["fast"], bandwidth=16.0),  # more bandwidth learns noise too
        map_side=256,
        look=10,
        classifier="signal",
    ),
    # Most pictures need no more than the least networks, ambiguous ones do: a standard error of
    # 0.016 is a spread over seeds of at most 0.03 (``symscope evaluate repeatability``), on whose
    # photographs that of halves was chosen too, after looking at a rocket. The least skill is from
    # benchmarks/bench_skill.py, with its controls, chosen on seed 100.
    2: Dimension(
        side=64,
        networks=(16, 96),
        standard_error=0.016,
        of_halves=0.004,
        skill=Skill.EXPLAINED_VARIANCE,
        least_skill=0.1,
        settings=SETTINGS["fast"],
        map_side=32,
        look=10,
        classifier=None,
    ),
    # On six classes of volumes 0.97 of the training and 0.96 of the held-out points are learned in
    # 0.55 s a network; with 32 frequencies of bandwidth 3 0.95. Fifty steps between two looks: to
    # ask networks at all points of a volume costs as much as twenty steps.
    3: Dimension(
        side=32,
        networks=(8, 24),
        standard_error=0.03,
        of_halves=0.03,
        skill=Skill.ACCURACY_OVER_CHANCE,
        least_skill=0.5,
        settings=_SPATIAL,
        map_side=24,
        look=50,
        classifier="volume",
    ),
}
"""The row of each D. In one and three dimensions the least skill, half, is by judgement; that skill
has two definitions is to be mended once the classifiers are trained again."""

OTHER_DIMENSIONS = Dimension(
    side=None,
    networks=(8, 8),
    standard_error=0.03,
    of_halves=0.03,
    skill=Skill.ACCURACY_OVER_CHANCE,
    least_skill=0.5,
    settings=replace(_SPATIAL, frequencies=128, bandwidth=3.0),
    map_side=None,
    look=50,
    classifier=None,
)
"""Of four dimensions and more."""

PAPER_NETWORKS = (8, 8)
"""Least and most decoys of a picture with the settings ``paper``."""


def of_dimension(dimension: int) -> Dimension:
    """Return the row of D."""
    return DIMENSIONS.get(dimension, OTHER_DIMENSIONS)


def network_range(options: Options, dimension: int = 2) -> tuple[int, int]:
    """Return the least and the most networks that a field of D dimensions is learned by."""
    if options.networks:
        return options.networks, options.networks
    if dimension == 2 and options.settings == NetworkSettings.PAPER:
        return PAPER_NETWORKS
    return of_dimension(dimension).networks
