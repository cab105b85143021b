"""Mirrors in clutter: what is composed, and how answers about it are counted."""

from types import SimpleNamespace

import numpy as np
import pytest

from symscope.elements.element import Element
from symscope.elements.evidence import CONTEXT, NUMBERS, Evidence
from symscope.elements.find import reflection
from symscope.elements.scene import SampledScene
from symscope.errors import UsageError
from symscope.evaluation.mirrors import AGREEMENTS, NEAR, SIDE, composed, measure
from symscope.groups import Symmetry
from symscope.results import Score
from symscope.synth.textures import texture


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    return [texture(rng, 0) for _ in range(3)]


def test_a_mirror_agrees_along_its_axis_and_a_half_turn_does_not(pictures):
    rng = np.random.default_rng(1)
    mirror, control = (composed(pictures, turned, rng) for turned in (False, True))
    assert mirror.grey.shape == (SIDE, SIDE)
    assert AGREEMENTS[0] - 0.02 < mirror.agreement < AGREEMENTS[1] + 0.02
    assert control.agreement < mirror.agreement
    scene = SampledScene(mirror.grey)
    angle = np.deg2rad(mirror.axis_deg)
    offsets = np.linspace(-0.3, 0.3, 61)
    best = max(scene.agreement(*reflection(angle, offset))[0] for offset in offsets)
    across = max(scene.agreement(*reflection(angle + np.pi / 2, d))[0] for d in offsets)
    assert best > across


def test_pictures_without_detail_make_no_mirrors():
    flat = [np.zeros((80, 80)), np.zeros((80, 80))]
    with pytest.raises(UsageError, match="detail"):
        composed(flat, False, np.random.default_rng(0), tries=2)


@pytest.mark.parametrize("sees", [True, False])
def test_answers_are_counted_by_each_kind_of_evidence(sees, monkeypatch):
    drawn = []
    empty = Evidence((), np.zeros((0, len(NUMBERS))), np.zeros(len(CONTEXT)))

    def score(greys, networks, seed, progress):
        for number, grey in enumerate(greys):
            drawn.append(grey)
            progress(number + 1, len(greys))
            yield Score("a", "ok", evidence=Evidence((), empty.numbers, np.full(9, number)))

    def weigh(source, of):
        number = int(of.context[0])
        mirror = number % 2 == 0 and sees and source == "both"
        label = Symmetry.MIRROR if mirror else Symmetry.NONE
        share = 0.9 if mirror else 0.1
        # An axis that is nowhere near: found, but not where it is.
        axis = Element("mirror", (), 0.9, angle_deg=np.nan, offset=0.0)
        return SimpleNamespace(
            label=label,
            probabilities={"Z_2": share},
            elements=(axis,) if mirror else (),
            chances={"Z_2": (number + 1) / 13},
        )

    told = []
    figures = measure(
        quick=True,
        seed=3,
        progress=lambda done, total: told.append((done, total)),
        score=score,
        weigh=weigh,
        peers=(),
    )
    assert len(drawn) == 12 == told[-1][1]
    both, hidden = figures["evidence"]["both"], figures["evidence"]["hidden"]
    assert both["auc"]["value"] == (1.0 if sees else 0.5)
    assert both["called_mirror"]["value"] == float(sees)
    assert both["false_mirrors"]["value"] == hidden["called_mirror"]["value"] == 0
    assert both["chance_from_even"] < 0.3
    if sees:
        assert both["axis_within_3_deg"]["value"] == 0
        assert NEAR == 3.0
