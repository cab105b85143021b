"""Observations: what each classifier, those of the controls included, is given of a template."""

import numpy as np
import pytest
from safetensors.numpy import load, save

from small import SIDE, TINY
from symscope.classifier.classifier import CHANNELS
from symscope.classifier.observation import SOURCES, observe, source_features
from symscope.features.pca import COMPONENTS, GRID
from symscope.networks.decoys import SETTINGS
from symscope.synth.templates import templates

NETWORKS = 2


@pytest.fixture(scope="module")
def drawn():
    return templates(classes=["Z_2", "O(2)"], families=["wells"], seed=2)


@pytest.fixture(scope="module")
def seen(drawn):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "fast", TINY)
        return observe(drawn, NETWORKS, seed=0)


@pytest.fixture(scope="module")
def row(seen):
    """The arrays of one template."""
    return {key: value[0] for key, value in seen.items()}


def test_shapes_and_precision(seen, drawn):
    maps = (2, NETWORKS, COMPONENTS, GRID, GRID)
    assert {key: value.shape for key, value in seen.items()} == {
        "levels": (2, SIDE, SIDE),
        "maps": maps,
        "beyond": maps,
        "untrained": maps,
        "plane": (2, NETWORKS, GRID, GRID),
        "fit": (2, NETWORKS, 2),
        "kept": (2,),
    }
    assert {seen[key].dtype for key in ("maps", "beyond", "untrained", "plane")} == {
        np.dtype(np.float16)
    }
    np.testing.assert_array_equal(seen["levels"], [t.levels for t in drawn])
    assert all(np.isfinite(value).all() for value in seen.values())


def test_the_networks_learned_what_they_were_shown(seen):
    assert (seen["fit"][..., 0] > 0.75).all()
    assert (seen["fit"][..., 1] > 0.7).all()


def test_observations_survive_being_saved(seen):
    for key, value in load(save(seen)).items():
        np.testing.assert_array_equal(value, seen[key])


def test_a_template_is_seen_alike_in_any_company(drawn, seen, monkeypatch):
    monkeypatch.setitem(SETTINGS, "fast", TINY)
    alone = observe(drawn[1:], NETWORKS, seed=0)
    for key, value in alone.items():
        np.testing.assert_array_equal(value[0], seen[key][1])


def test_the_controls_see_something_else(row):
    for one, other in (("maps", "beyond"), ("maps", "untrained"), ("beyond", "untrained")):
        assert not np.allclose(row[one], row[other], atol=0.1)


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_features_of_one_shape(row, source):
    rows = source_features(row, source)
    assert len(rows) == (1 if source == "pixels" else NETWORKS)
    for features in rows:
        assert features["picture"].shape == (CHANNELS, GRID, GRID)
        assert all(np.isfinite(value).all() for value in features.values())
    shapes = {key: value.shape for key, value in rows[0].items()}
    expected = source_features(row, "pixels")[0]
    assert shapes == {key: value.shape for key, value in expected.items()}


def used_channels(row, source):
    picture = source_features(row, source)[0]["picture"]
    return [i for i in range(CHANNELS) if np.any(picture[i])]


def test_a_source_fills_its_own_channels_only(row):
    maps = list(range(COMPONENTS))
    assert used_channels(row, "maps") == maps
    assert used_channels(row, "plane") == [COMPONENTS]
    assert used_channels(row, "both") == [*maps, COMPONENTS]
    assert used_channels(row, "pixels") == [0]


def test_both_is_what_correlating_both_gives(row):
    """Features of the parts are added, which is right only if groups are correlated apart."""
    from symscope.classifier.classifier import arrange, features

    for network, found in enumerate(source_features(row, "both")):
        expected = features(arrange(row["maps"][network], row["plane"][network]))
        for key, value in expected.items():
            np.testing.assert_allclose(found[key], value, atol=1e-4)
