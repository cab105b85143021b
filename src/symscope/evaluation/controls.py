"""What has no symmetry must not get any: noise, photographs, textures, specks, two grains."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.fft import fft2, fftfreq, ifft2
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.api import score_many
from symscope.errors import Outcome
from symscope.groups import Symmetry
from symscope.io.images import read_picture
from symscope.results import Result
from symscope.synth.textures import in_range, with_random_phases

SIDE = 128
"""Pixels along a side of a control picture."""

PER_KIND = (40, 4)
NETWORKS = (8, 4)
"""Full and quick."""

PHOTOGRAPHS = (
    *("astronaut", "brick", "camera", "cell", "chelsea", "clock_motion", "coffee", "coins"),
    *("grass", "gravel", "hubble_deep_field", "ihc", "moon", "motorcycle_left"),
    *("motorcycle_right", "page", "retina", "rocket", "text"),
)
"""Those of scikit-image's samples that are photographs of at least SIDE pixels. The others are
drawings, test charts and files of a dozen pixels: their spectra are those of stripes and boards."""

UNSYMMETRIC = ("astronaut", "chelsea", "coffee", "ihc", "motorcycle_left")
"""Photographs whose parts have no symmetry: neither patterns, discs nor empty sky."""

TEXTURES = ("grass", "gravel")

Picture = NDArray[np.floating]


def _photograph(rng: Generator, names: Sequence[str] = PHOTOGRAPHS) -> Picture:
    """Take a random square of a random photograph of scikit-image."""
    grey = read_picture(f"sample:{rng.choice(names)}").grey
    row, column = (int(rng.integers(0, length - SIDE + 1)) for length in grey.shape)
    return grey[row : row + SIDE, column : column + SIDE].astype(np.float64)


def white(rng: Generator) -> Picture:
    """Draw every pixel independently."""
    return rng.random((SIDE, SIDE))


def pink(rng: Generator) -> Picture:
    """Draw noise whose amplitude falls as 1/f, as in natural pictures."""
    frequency = np.hypot(fftfreq(SIDE)[:, None], fftfreq(SIDE)[None])
    frequency[0, 0] = np.inf
    return in_range(ifft2(fft2(rng.normal(size=(SIDE, SIDE))) / frequency).real)


def random_phase(rng: Generator) -> Picture:
    """Take a photograph's amplitudes with random phases."""
    return with_random_phases(_photograph(rng), rng)


def shuffled(rng: Generator) -> Picture:
    """Put a photograph's pixels in random order."""
    photograph = _photograph(rng)
    return rng.permutation(photograph.ravel()).reshape(photograph.shape)


def specks(rng: Generator) -> Picture:
    """Scatter a few specks over an empty scan with a little grain."""
    x, y = _across()
    scan = 1 + 0.01 * rng.normal(size=x.shape)
    for _ in range(int(rng.integers(5, 13))):
        place, width = rng.uniform(-0.9, 0.9, 2), rng.uniform(0.01, 0.06)
        away = (x - place[0]) ** 2 + (y - place[1]) ** 2
        scan -= rng.uniform(0.2, 0.8) * np.exp(-away / (2 * width**2))
    return in_range(scan)


def photograph(rng: Generator) -> Picture:
    """Take a part of a photograph that has no symmetry."""
    return _photograph(rng, UNSYMMETRIC)


def texture(rng: Generator) -> Picture:
    """Take a part of a photographed texture without a period."""
    return _photograph(rng, TEXTURES)


def _across() -> tuple[Picture, Picture]:
    along = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    x, y = np.meshgrid(along, -along)
    return x, y


def uneven_light(rng: Generator) -> Picture:
    """Light noise from one side, or from a lamp."""
    x, y = _across()
    angle, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.8, 0.8, 2)
    lamp = np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2))
    light = lamp if rng.random() < 0.5 else 1 + 0.7 * (np.cos(angle) * x + np.sin(angle) * y)
    return in_range((0.3 + pink(rng)) * light)


def tilted(rng: Generator) -> Picture:
    """Draw noise that is drawn out along one direction, as wood and cloth are, and shade it."""
    angle, aspect = rng.uniform(0, np.pi), rng.uniform(2, 5)
    down, right = np.meshgrid(fftfreq(SIDE), fftfreq(SIDE), indexing="ij")
    along = right * np.cos(angle) + down * np.sin(angle)
    across = down * np.cos(angle) - right * np.sin(angle)
    frequency = np.hypot(along * aspect, across)
    frequency[0, 0] = np.inf
    noise = ifft2(fft2(rng.normal(size=(SIDE, SIDE))) / np.maximum(frequency, 0.02)).real
    x, y = _across()
    slope = rng.uniform(-0.5, 0.5, 2)
    return in_range(in_range(noise) + slope[0] * x + slope[1] * y)


def two_grains(rng: Generator) -> Picture:
    """Lay two grains of a crystal side by side: the same lattice in two directions."""
    x, y = _across()
    angle = rng.uniform(0, np.pi)
    first = x * np.cos(angle) + y * np.sin(angle) < rng.uniform(-0.2, 0.2)
    period, start = rng.uniform(0.12, 0.3), rng.uniform(0, np.pi)
    grains = []
    for turn in (start, start + np.deg2rad(rng.uniform(15, 40))):
        u = x * np.cos(turn) + y * np.sin(turn)
        v = y * np.cos(turn) - x * np.sin(turn)
        grains.append(np.cos(2 * np.pi * u / period) + np.cos(2 * np.pi * v / period))
    return in_range(np.where(first, *grains) + 0.2 * rng.normal(size=x.shape))


KINDS: dict[str, Callable[[Generator], Picture]] = {
    "white": white,
    "pink": pink,
    "random_phase": random_phase,
    "shuffled": shuffled,
    "specks": specks,
    "photograph": photograph,
    "texture": texture,
    "uneven_light": uneven_light,
    "tilted": tilted,
    "two_grains": two_grains,
}


def is_rejected(score: Result) -> bool:
    """Whether a picture is read as ∅ or refused."""
    return score.outcome is not Outcome.OK or score.label == Symmetry.NONE


def measure(
    *,
    classes: str,
    seed: int,
    quick: bool,
    evidence: str = "both",
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
) -> dict[str, Any]:
    """Measure the share of controls that are read as ∅ or get an outcome other than ok.

    Parameters
    ----------
    evidence : what the class is read from (``options.Options``); of weighed evidence with as many
        networks as it has by itself

    Returns
    -------
    dict with ``rejected`` (all), ``rejected_by_kind`` and ``outcomes``
    """
    drawn = [
        (kind, make(np.random.default_rng([seed, number, i])))
        for number, (kind, make) in enumerate(KINDS.items())
        for i in range(PER_KIND[quick])
    ]
    scores = score(
        [picture for _, picture in drawn],
        networks=NETWORKS[quick] if evidence == "cnn" else None,
        seed=seed,
        classifier=classes,
        evidence=evidence,
        elements=False,
        progress=progress,
    )
    rejected: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    outcomes: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for (kind, _), result in zip(drawn, scores, strict=True):
        rejected[kind].append(is_rejected(result))
        ok = result.outcome is Outcome.OK
        outcomes[kind][f"ok {result.label}" if ok else str(result.outcome)] += 1
    return {
        "suite": "controls",
        "classes": classes,
        "evidence": evidence,
        "seed": seed,
        "quick": quick,
        "pictures": len(drawn),
        "rejected": float(np.mean([value for kind in rejected.values() for value in kind])),
        "rejected_by_kind": {kind: float(np.mean(values)) for kind, values in rejected.items()},
        "outcomes": {kind: dict(counts) for kind, counts in outcomes.items()},
    }
