"""What has no symmetry must not get any: noise, shuffled pixels and blank pictures."""

from collections import Counter
from collections.abc import Callable, Iterable
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

Picture = NDArray[np.float64]


def _scaled(values: Picture) -> Picture:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _photograph(rng: Generator) -> Picture:
    """Take a random square of a random photograph of scikit-image."""
    grey = read_picture(f"sample:{rng.choice(PHOTOGRAPHS)}").grey
    row, column = (int(rng.integers(0, length - SIDE + 1)) for length in grey.shape)
    return grey[row : row + SIDE, column : column + SIDE].astype(np.float64)


def white(rng: Generator) -> Picture:
    """Draw every pixel independently."""
    return rng.random((SIDE, SIDE))


def pink(rng: Generator) -> Picture:
    """Draw noise whose amplitude falls as 1/f, as in natural pictures."""
    frequency = np.hypot(fftfreq(SIDE)[:, None], fftfreq(SIDE)[None])
    frequency[0, 0] = np.inf
    return _scaled(ifft2(fft2(rng.normal(size=(SIDE, SIDE))) / frequency).real)


def with_random_phases(picture: Picture, rng: Generator) -> Picture:
    """Keep a picture's amplitudes and draw its phases anew; scaled to 0 … 1."""
    amplitude = np.abs(fft2(picture - picture.mean()))
    phase = np.angle(fft2(rng.normal(size=picture.shape)))
    return _scaled(ifft2(amplitude * np.exp(1j * phase)).real)


def random_phase(rng: Generator) -> Picture:
    """Take a photograph's amplitudes with random phases."""
    return with_random_phases(_photograph(rng), rng)


def shuffled(rng: Generator) -> Picture:
    """Put a photograph's pixels in random order."""
    photograph = _photograph(rng)
    return rng.permutation(photograph.ravel()).reshape(photograph.shape)


def blank(rng: Generator) -> Picture:
    """One grey everywhere."""
    return np.full((SIDE, SIDE), rng.random())


KINDS: dict[str, Callable[[Generator], Picture]] = {
    "white": white,
    "pink": pink,
    "random_phase": random_phase,
    "shuffled": shuffled,
    "blank": blank,
}


def is_rejected(score: Result) -> bool:
    """Whether a picture is read as ∅ or refused."""
    return score.outcome is not Outcome.OK or score.label == Symmetry.NONE


def measure(
    *,
    classes: str,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
) -> dict[str, Any]:
    """Measure the share of controls that are read as ∅ or get an outcome other than ok.

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
        networks=NETWORKS[quick],
        seed=seed,
        classifier=classes,
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
        "seed": seed,
        "quick": quick,
        "pictures": len(drawn),
        "rejected": float(np.mean([value for kind in rejected.values() for value in kind])),
        "rejected_by_kind": {kind: float(np.mean(values)) for kind, values in rejected.items()},
        "outcomes": {kind: dict(counts) for kind, counts in outcomes.items()},
    }
