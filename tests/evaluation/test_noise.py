"""Pictures against noise of their own spectrum, with a score that is known beforehand."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from symscope.errors import Outcome, UsageError
from symscope.evaluation import noise
from symscope.groups import CLASS_SETS
from symscope.synth.textures import with_random_phases

CLASSES = [str(c) for c in CLASS_SETS["paper"]]


def scored(of_pictures, of_noise):
    """Run the suite where a picture's mirror score is given, and its noise's too."""

    def score(pictures, **options):
        half = len(pictures) // 2
        for number in range(len(pictures)):
            value = of_pictures if number < half else of_noise
            probabilities = dict.fromkeys(CLASSES, 0.0) | {"∅": 1 - value, "Z_2": value}
            yield SimpleNamespace(probabilities=probabilities, symmetry=value, outcome=Outcome.OK)

    options = {"classes": "paper", "seed": 1, "quick": True, "progress": lambda *at: None}
    return noise.measure(**options, score=score, peers=tuple)


def test_noise_below_its_pictures_is_counted():
    found = scored(0.8, 0.3)
    assert found["pictures"] == len(found["best"]) == 3
    assert found["below"] == found["auc"]["value"] == 1
    assert found["pictures_best"] == pytest.approx(0.8)
    assert found["noise"] == pytest.approx({"Z_2": 0.3, "T_n": 0, "T": 0, "O(2)": 0})
    assert {row["class"] for row in found["best"].values()} == {"Z_2"}


def test_noise_above_its_pictures_is_found_out():
    found = scored(0.3, 0.8)
    assert found["below"] == found["auc"]["value"] == 0


def test_random_phases_keep_the_spectrum_and_lose_the_picture():
    y, x = np.mgrid[:40, :40] - 19.5
    disc = (np.hypot(x, y) < 12).astype(float)
    other = with_random_phases(disc, np.random.default_rng(0))
    kept, new = (np.abs(np.fft.fft2(p - p.mean())).ravel() for p in (disc, other))
    assert np.corrcoef(kept, new)[0, 1] > 0.999
    assert abs(np.corrcoef(disc.ravel(), other.ravel())[0, 1]) < 0.5
    assert (other.min(), other.max()) == (0, 1)


def test_a_folder_is_drawn_from_and_what_cannot_be_read_is_passed_over(tmp_path):
    for name in ("a", "b"):
        picture = np.random.default_rng(1).integers(0, 255, (30, 30), np.uint8)
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    names = [f"{tmp_path}/{n}.png" for n in ("a", "broken", "b")]
    assert len(noise._drawn(names, 10, np.random.default_rng(0))) == 2
    with pytest.raises(UsageError, match="no picture"):
        noise._drawn(names[1:2], 10, np.random.default_rng(0))
