"""Fractals against what is known, with scores that are given."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import rotate

from symscope.baselines import Measured
from symscope.elements import Element, Elements
from symscope.errors import Outcome, UsageError
from symscope.evaluation import fractals, run
from symscope.groups import Symmetry
from symscope.synth.fractals import FRACTALS
from symscope.synth.known import Known
from symscope.synth.samples import computed


def found(kind: str, **values: object) -> Element:
    return Element(kind, (), 0.9, 1.0, **values)  # type: ignore[arg-type]


def scored(right: bool) -> dict[str, Any]:
    """Run the suite with scores that are right, or nothing at all, on small pictures."""
    turns: list[float] = []

    def draw(name, random):
        turns.append(float(random.uniform(0, 360)))
        return random.random((16, 16)), turns[-1]

    def score(pictures, **options):
        assert options["classifier"] == "extended"
        known = [known for _, known in FRACTALS.values()]
        for number in range(len(pictures)):
            if number >= len(known) or not right:
                yield SimpleNamespace(label="∅", outcome=Outcome.OK, elements=None)
                continue
            one = known[number]
            items = [found("rotation", order=one.order)] if one.order > 1 else []
            angles = [(axis + turns[number]) % 180 for axis in one.mirrors]
            items += [found("mirror", angle_deg=angle) for angle in angles]
            elements = Elements(tuple(items), {"mirror": 0.9 if angles else 0.1})
            yield SimpleNamespace(label=str(one.symbol), outcome=Outcome.OK, elements=elements)

    said = Measured(0.8, axis_deg=0.0, order=4)
    measures = dict.fromkeys(fractals.MEASURES, lambda picture: said)
    return fractals.measure(
        seed=3, quick=True, progress=lambda *at: None, draw=draw, score=score, measures=measures
    )


def test_what_is_right_counts_as_right() -> None:
    figures = scored(True)
    assert figures["evaluated"] == len(FRACTALS) == len(figures["pictures"])
    for column in ("class", "rotation_order", "has_mirror"):
        assert figures[column]["accuracy"]["value"] == 1
    assert figures["class"]["search"]["value"] == figures["learned"] == 1
    assert figures["has_mirror"]["auc"]["value"] == 1
    assert figures["axis_within_2_deg"] == 1
    assert figures["random_phases"] == 1
    fourfold = sum(known.order == 4 for _, known in FRACTALS.values()) / len(FRACTALS)
    beside = figures["rotation_order"]["rotated_correlation"]["value"]
    assert beside == pytest.approx(fourfold)
    assert set(fractals.MEASURES) == {fractals.TURN, fractals.FOLD}


def test_what_finds_nothing_is_right_only_where_there_is_nothing() -> None:
    figures = scored(False)
    none = sum(not known.mirrors for _, known in FRACTALS.values()) / len(FRACTALS)
    assert figures["has_mirror"]["accuracy"]["value"] == pytest.approx(none)
    assert figures["class"]["accuracy"]["value"] == pytest.approx(1 / len(FRACTALS))
    assert figures["class"]["search"]["value"] == pytest.approx(1 / len(FRACTALS))
    assert figures["axis_within_2_deg"] == 0


def test_a_fractal_is_turned_counter_clockwise_by_the_angle_that_is_said() -> None:
    picture, angle = fractals.turned("koch", np.random.default_rng(1))
    assert picture.shape == (512, 512)
    tree, angle = fractals.turned("tree", np.random.default_rng(2))
    straight = rotate(tree, -angle, reshape=False, order=1, cval=1.0)
    small, _ = fractals.turned("tree", SimpleNamespace(uniform=lambda low, high: 0.0))  # type: ignore[arg-type]
    assert np.corrcoef(straight.ravel(), small.ravel())[0, 1] > 0.95
    assert small.min() >= 0
    assert (1 - small).sum() == pytest.approx(
        0.49 * (1 - computed("tree").astype(float) / 255).sum(), rel=0.02
    )


def test_axes_are_compared_with_the_nearest_known_one() -> None:
    elements = Elements((found("mirror", angle_deg=131.0),), {})
    assert fractals.axis_error(elements, Known(Symmetry.DIHEDRAL, 4, 0), 40.0) == pytest.approx(1.0)
    assert fractals.axis_error(Elements((), {}), Known(Symmetry.MIRROR, 1, 0), 0.0) == 90


def test_a_folder_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="folder"):
        run("fractals", folder=tmp_path)
