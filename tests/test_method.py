"""The method in one file: it gives the package's numbers for one picture."""

from pathlib import Path

import numpy as np

import method
from symscope import score
from symscope.io.images import read_picture

TOLERANCE = 1e-5
"""The features are correlated in double precision, one after the other, instead of in single
precision, together; found 1.2e-7. Networks are trained by the same arithmetic: where a version of
JAX compiles the two programs differently, their last bits, and then the networks, differ."""


def test_one_file_gives_the_probabilities_of_the_package():
    picture = read_picture("sample:retina")
    wanted = score("sample:retina", evidence="cnn", networks=2, elements=False)
    probabilities, explained = method.score(picture.rgb, networks=2)
    assert np.abs(probabilities - wanted.views.probabilities).max() < TOLERANCE
    assert abs(explained.mean() - wanted.fit.explained_variance) < TOLERANCE
    assert tuple(wanted.probabilities) == method.CLASSES


def test_it_is_short_and_uses_nothing_of_the_package_but_the_weights():
    text = Path(method.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert "import symscope" not in text
    assert "from symscope" not in text
