"""Training data: what sources look at, shards that are whole, a run that can be stopped."""

from dataclasses import replace

import numpy as np
import pytest

from fakes.small import TINY
from fakes.training import PLAN, SHARDS, SIGNAL_PLAN, Stopped, contents
from symscope.classifier.dataset import (
    CALIBRATION_FAMILIES,
    PLANS,
    SOURCES,
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    Dataset,
    Shard,
    load_dataset,
    make_shards,
    observe,
    shards,
)
from symscope.features.features import CHANNELS, COMPONENTS, GRID, count_numbers
from symscope.groups import CLASS_SETS, CLASSES, Symmetry
from symscope.networks.settings import DIMENSIONS
from symscope.synth.families import BROAD, FAMILIES
from symscope.synth.templates import templates

NETWORKS = 2


# What classifiers look at


@pytest.fixture(scope="module")
def drawn():
    return templates(classes=["Z_2", "O(2)"], families=["wells"], seed=2)


@pytest.fixture(scope="module")
def observed(drawn):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DIMENSIONS, 2, replace(DIMENSIONS[2], settings=TINY))
        return observe(drawn, NETWORKS, seed=0)


@pytest.fixture(scope="module")
def row(observed):
    """What is looked at of one template."""
    return observed[0]


def test_sources_have_the_pictures_of_their_networks(observed, drawn):
    for observation in observed:
        assert set(observation.pictures) == set(SOURCES[2])
        for source in ("maps", "beyond", "untrained"):
            maps, plane = observation.pictures[source]
            assert maps.shape == (NETWORKS, COMPONENTS, GRID, GRID)
            assert maps.dtype == np.float16
            assert plane is None
        assert observation.pictures["plane"][1].shape == (NETWORKS, GRID, GRID)
        assert observation.fit.shape == (NETWORKS, 2)
        assert (observation.fit > (0.75, 0.7)).all()


def test_a_template_is_looked_at_alike_in_any_company(drawn, observed, monkeypatch):
    monkeypatch.setitem(DIMENSIONS, 2, replace(DIMENSIONS[2], settings=TINY))
    (alone,) = observe(drawn[1:], NETWORKS, seed=0)
    for source in SOURCES[2]:
        for one, other in zip(alone.pictures[source], observed[1].pictures[source], strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_controls_look_at_something_else(row):
    maps, beyond, untrained = (row.pictures[s][0] for s in ("maps", "beyond", "untrained"))
    for one, other in ((maps, beyond), (maps, untrained), (beyond, untrained)):
        assert not np.allclose(one, other, atol=0.1)


def test_every_source_has_features_of_one_shape_in_its_own_channels(row):
    features = {source: row.features(source) for source in SOURCES[2]}
    for source, own in features.items():
        assert own["picture"].shape == (1 if source == "pixels" else NETWORKS, CHANNELS, GRID, GRID)
        assert all(np.isfinite(value).all() for value in own.values())
        assert {k: v.shape[1:] for k, v in own.items()} == {
            k: v.shape[1:] for k, v in features["maps"].items()
        }
    maps = list(range(COMPONENTS))
    used = {
        source: [i for i in range(CHANNELS) if np.any(own["picture"][0, i])]
        for source, own in features.items()
    }
    assert used["maps"] == used["beyond"] == used["untrained"] == maps
    assert used["plane"] == [COMPONENTS]
    assert used["both"] == [*maps, COMPONENTS]
    assert used["pixels"] == [0]
    # Groups of channels are correlated apart.
    for key, value in features["both"].items():
        np.testing.assert_array_equal(value, features["maps"][key] + features["plane"][key])


# Families, shards, targets


def test_families_are_kept_apart():
    kept_out = {*CALIBRATION_FAMILIES, *UNSEEN_FAMILIES}
    assert kept_out < set(FAMILIES)
    assert len(kept_out) == len(CALIBRATION_FAMILIES) + len(UNSEEN_FAMILIES)
    for plan in PLANS.values():
        assert not kept_out & set(plan.families)
        assert plan.calibration_families == CALIBRATION_FAMILIES
    assert len(TRAINING_FAMILIES) == len(FAMILIES) - len(kept_out) >= 5
    assert PLANS[1].families == PLANS[2].families == TRAINING_FAMILIES
    assert PLANS[3].families == (*TRAINING_FAMILIES, *BROAD)


def test_part_of_a_shard_is_broken_by_degrees_and_none_has_nothing_to_break():
    plan = replace(SIGNAL_PLAN, block=5, broken=3, phases=2)
    exact, same, *broken = Shard(1, Symmetry.MIRROR, "wells", 0).draw(0, plan)
    assert exact.kept == same.kept == 1
    assert [t.breaking for t in broken] == pytest.approx([1 / 12, 5 / 12, 9 / 12])
    assert 1 > broken[0].kept > broken[1].kept > broken[2].kept > 0
    later = Shard(1, Symmetry.MIRROR, "wells", 1).draw(0, plan)
    assert [t.breaking for t in later] == pytest.approx([0, 0, 3 / 12, 7 / 12, 11 / 12])
    assert not any(t.breaking for t in Shard(1, Symmetry.NONE, "wells", 0).draw(0, plan))


def test_what_is_lost_of_a_symmetry_is_to_be_read_as_none():
    data = Dataset({}, np.array([1, 2, 0]), np.array([0.5, 1, 1], np.float32))
    np.testing.assert_array_equal(data.targets(3), [[0.75, 0.25, 0], [0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(data.weights(0.25), np.float32([0.25, 1, 1]))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_shards_are_named_apart_and_balanced(dimension):
    both = list(shards(dimension, 2, PLAN))
    count = 2 * len(CLASSES[dimension])
    assert len({shard.name for shard in both}) == len(both) == 2 * count
    assert {(s.label, s.family) for s in both[:count]} == {
        (s.label, s.family) for s in both[count:]
    }


def test_blocks_and_seeds_draw_other_templates():
    first, second = (Shard(1, Symmetry.MIRROR, "wells", b).draw(0, SIGNAL_PLAN)[0] for b in (0, 1))
    assert not np.array_equal(first.levels, second.levels)
    other = Shard(1, Symmetry.MIRROR, "wells", 0).draw(1, SIGNAL_PLAN)[0]
    assert not np.array_equal(first.levels, other.levels)


# A run that is stopped


def make(folder, seed=0, told=None):
    progress = (lambda *at: told.append(at)) if told is not None else lambda *at: None
    make_shards(folder, 2, 1, seed, PLAN, progress)


def test_a_stopped_run_makes_nothing_twice_and_ends_as_one_that_was_not(tmp_path, observer):
    stopped = observer(stop_after=5)
    with pytest.raises(Stopped):
        make(tmp_path / "stopped")
    early = contents(tmp_path / "stopped")
    assert len(early) == stopped.calls == 5

    told = []
    rest = observer()
    make(tmp_path / "stopped", told=told)
    assert rest.calls == SHARDS - 5
    assert told[-1] == (SHARDS - 5, SHARDS - 5)
    assert {name: contents(tmp_path / "stopped")[name] for name in early} == early

    again = observer()
    make(tmp_path / "stopped")
    assert again.calls == 0
    make(tmp_path / "whole")
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")
    assert not list(tmp_path.glob("**/*.part"))

    # What is loaded is what was looked at, of the classes and families asked for.
    classes = CLASS_SETS["paper"]
    data = load_dataset(tmp_path / "whole", 2, classes, "pixels", ("wells",), 1, PLAN)
    assert data.features["picture"].shape == (len(classes), 1, CHANNELS, GRID, GRID)
    assert data.networks == 1
    np.testing.assert_array_equal(data.labels, range(len(classes)))
    np.testing.assert_array_equal(data.kept, np.ones(len(classes)))
    for number, label in enumerate(classes):
        levels = Shard(2, label, "wells", 0).draw(0, PLAN)[0].levels
        shares = levels.reshape(GRID, 2, GRID, 2).mean(axis=(1, 3))
        np.testing.assert_array_equal(data.features["picture"][number, 0, 0], 2 * shares - 1)


def test_signals_have_numbers_and_planes(tmp_path, observer):
    observer()
    make_shards(tmp_path, 1, 1, 0, SIGNAL_PLAN, lambda *at: None)
    both, plane, pixels = (
        load_dataset(tmp_path, 1, CLASSES[1], source, ("wells",), 1, SIGNAL_PLAN).features
        for source in ("both", "plane", "pixels")
    )
    assert both["numbers"].shape == (3, 1, count_numbers(1))
    assert both["numbers"].dtype == np.float32
    np.testing.assert_array_equal(both["plane"], plane["plane"])
    assert not plane["numbers"].any()
    assert not pixels["plane"].any()
