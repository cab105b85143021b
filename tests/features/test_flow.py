"""The flow that a layer is unchanged by: layers whose symmetry is known by their formula."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symscope.features.lie_defect import best_flow, flow_sums, judged
from symscope.field import pixel_centres

POINTS = pixel_centres(24, 24).astype(np.float64)


def sums_of(layer, scales=(1.0, 3.0)):
    """Sums of two networks, whose layers differ by a factor; derivatives by small steps."""
    step = 1e-5
    columns = [
        (layer(POINTS + step * axis) - layer(POINTS - step * axis)) / (2 * step)
        for axis in np.eye(2)
    ]
    jacobian = np.stack(columns, axis=-1)  # (P, H, 2)
    return flow_sums(np.stack([scale * jacobian for scale in scales]), POINTS)


def striped(angle):
    normal = np.array([-np.sin(angle), np.cos(angle)])
    return lambda x: np.stack([np.sin(3 * x @ normal), (x @ normal) ** 2], axis=1)


def round_about(centre):
    return lambda x: np.stack([np.cos(2 * ((x - centre) ** 2).sum(axis=1))], axis=1)


@given(st.floats(0, np.pi - 0.01))
def test_a_shift_along_stripes_is_found(angle):
    flow = best_flow(sums_of(striped(angle)))
    assert flow.kind == "stripes"
    assert flow.defect == pytest.approx(0, abs=1e-4)
    assert flow.defect_spread == pytest.approx(0, abs=1e-4)
    assert abs((flow.angle_deg - np.rad2deg(angle) + 90) % 180 - 90) < 0.01


@given(st.tuples(st.floats(-0.8, 0.8), st.floats(-0.8, 0.8)))
def test_a_centre_of_rotation_is_found(centre):
    layer = round_about(np.array(centre))
    flow = best_flow(sums_of(layer))
    assert flow.kind == "round"
    assert flow.defect == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(flow.centre, centre, atol=1e-4)
    ensemble = SimpleNamespace(hidden=lambda x: layer(x)[None])
    followed = judged(flow, [ensemble], POINTS, 0.5)
    assert followed.centre == pytest.approx(np.array(centre) / 2, abs=1e-4)
    assert followed.agreement == pytest.approx(1, abs=1e-3)
    assert followed.verdict == "symmetric"


def test_a_layer_without_symmetry_has_a_large_defect():
    waves = np.random.default_rng(0).normal(size=(2, 40)) * 6
    flow = best_flow(sums_of(lambda x: np.cos(x @ waves)))
    assert 0.5 < flow.defect <= 1
    assert len({"angle_deg", "centre"} & set(flow.to_row())) == 1


def test_networks_that_disagree_have_a_spread():
    both = np.concatenate([sums_of(striped(0.3), (1.0,)), sums_of(striped(1.2), (50.0,))])
    flow = best_flow(both)
    assert flow.defect > 0.2
    one, other = (best_flow(both[[i]]) for i in (0, 1))
    assert max(one.defect, other.defect) < 1e-3


def test_a_constant_layer_is_no_symmetry_of_its_own():
    flow = best_flow(sums_of(lambda x: np.ones((len(x), 2))))
    assert np.isfinite(flow.defect)
