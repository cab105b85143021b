"""Training data: shards that are whole, a run that can be stopped, features that fit."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from fake_run import SHARDS, Stopped, contents
from symscope.classifier import dataset
from symscope.classifier.classifier import CHANNELS
from symscope.classifier.dataset import (
    BROKEN_WEIGHT,
    CALIBRATION_FAMILIES,
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    Dataset,
    Shard,
    load_dataset,
    make_features,
    make_shards,
    save_atomically,
    shards,
)
from symscope.features.pca import GRID
from symscope.groups import CLASS_SETS, Symmetry
from symscope.synth.families import FAMILIES

pytestmark = pytest.mark.usefixtures("small_run")


def test_families_are_kept_apart():
    kept_out = {*CALIBRATION_FAMILIES, *UNSEEN_FAMILIES}
    assert kept_out < set(FAMILIES)
    assert len(kept_out) == len(CALIBRATION_FAMILIES) + len(UNSEEN_FAMILIES)
    assert not kept_out & set(TRAINING_FAMILIES)
    assert len(TRAINING_FAMILIES) == len(FAMILIES) - len(kept_out) >= 5


def test_part_of_a_shard_is_broken_by_degrees_and_none_has_nothing_to_break(monkeypatch):
    monkeypatch.setattr(dataset, "BLOCK", 5)
    monkeypatch.setattr(dataset, "BROKEN", 3)
    monkeypatch.setattr(dataset, "BLOCKS", 2)
    drawn = Shard(Symmetry.MIRROR, "wells", 0).draw(0)
    assert [t.breaking for t in drawn] == pytest.approx([0, 0, 1 / 12, 5 / 12, 9 / 12])
    assert [t.kept for t in drawn[:2]] == [1, 1]
    assert 1 > drawn[2].kept > drawn[3].kept > drawn[4].kept > 0
    later = Shard(Symmetry.MIRROR, "wells", 1).degrees
    assert later == pytest.approx([0, 0, 3 / 12, 7 / 12, 11 / 12])
    assert not Shard(Symmetry.NONE, "wells", 0).degrees.any()


def test_what_is_lost_of_a_symmetry_is_to_be_read_as_none():
    data = Dataset({}, np.array([1, 2, 0]), np.array([0.5, 1, 1], np.float32))
    classes = (Symmetry.NONE, Symmetry.MIRROR, Symmetry.ROUND)
    np.testing.assert_array_equal(data.targets(classes), [[0.75, 0.25, 0], [0, 0, 1], [1, 0, 0]])
    for use, weight in BROKEN_WEIGHT.items():
        np.testing.assert_array_equal(data.weights(use), np.float32([weight, 1, 1]))


def test_shards_are_named_apart_and_draw_other_templates():
    both = list(shards(2))
    assert len({shard.name for shard in both}) == len(both) == 2 * SHARDS
    assert {(s.label, s.family) for s in both[:SHARDS]} == {
        (s.label, s.family) for s in both[SHARDS:]
    }
    first, second = (next(s for s in both if s.block == b).draw(0)[0] for b in (0, 1))
    assert not np.array_equal(first.levels, second.levels)
    assert not np.array_equal(first.levels, both[0].draw(1)[0].levels)


# Files


def test_what_is_saved_comes_back_however_it_lies_in_memory(tmp_path):
    """Once, arrays that did not lie row by row were written scrambled."""
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    given = {
        "plain": array,
        "transposed": array.T,
        "swapped": array.swapaxes(0, 1),
        "columns first": np.asfortranarray(array),
        "every second": array[:, :, ::2],
        "reversed": array[::-1],
        "repeated": np.broadcast_to(np.float32(7), (3, 2)),
    }
    save_atomically(given, tmp_path / "a.safetensors")
    found = load_file(tmp_path / "a.safetensors")
    assert set(found) == set(given)
    for name, value in given.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_file_that_could_not_be_written_is_not_there(tmp_path, monkeypatch):
    def full_disk(arrays, path):
        path.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(dataset, "save_file", full_disk)
    path = tmp_path / "a.safetensors"
    with pytest.raises(OSError, match="no space"):
        save_atomically({"a": np.zeros(3)}, path)
    assert not path.exists()


# A run that is stopped


def test_stopped_shards_are_not_made_twice(tmp_path, observer):
    stopped = observer(stop_after=5)
    with pytest.raises(Stopped):
        make_shards(tmp_path, 1, seed=0)
    early = contents(tmp_path)
    assert len(early) == stopped.seen == 5

    told = []
    rest = observer()
    make_shards(tmp_path, 1, 0, lambda done, total: told.append((done, total)))
    assert rest.seen == SHARDS - 5
    assert told[-1] == (SHARDS - 5, SHARDS - 5)
    assert {name: contents(tmp_path)[name] for name in early} == early

    again = observer()
    make_shards(tmp_path, 1, seed=0)
    assert again.seen == 0


def test_a_stopped_run_ends_as_one_that_was_not(tmp_path, observer):
    observer(stop_after=9)
    with pytest.raises(Stopped):
        make_shards(tmp_path / "stopped", 1, seed=3)
    observer()
    make_shards(tmp_path / "stopped", 1, seed=3)
    make_shards(tmp_path / "whole", 1, seed=3)
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")


def test_features_are_made_once_and_know_their_templates(tmp_path, observer):
    observer()
    make_shards(tmp_path / "shards", 1, seed=0)
    told = []
    make_features(tmp_path, "pixels", 1, lambda done, total: told.append((done, total)))
    assert told[-1] == (SHARDS, SHARDS)
    make_features(tmp_path, "pixels", 1, lambda done, total: told.append("again"))
    assert told[-1] != "again"

    classes = CLASS_SETS["paper"]
    data = load_dataset(tmp_path, classes, "pixels", ("wells",), 1)
    assert data.features["picture"].shape == (len(classes), 1, CHANNELS, GRID, GRID)
    assert data.networks == 1
    np.testing.assert_array_equal(data.labels, range(len(classes)))
    np.testing.assert_array_equal(data.kept, np.ones(len(classes)))
    for number, label in enumerate(classes):
        shard = next(s for s in shards(1) if (s.label, s.family) == (label, "wells"))
        levels = load_file(tmp_path / "shards" / shard.name)["levels"][0]
        shares = levels.reshape(GRID, 2, GRID, 2).mean(axis=(1, 3))
        np.testing.assert_array_equal(data.features["picture"][number, 0, 0], 2 * shares - 1)


def test_features_of_both_are_those_of_the_pictures_together(tmp_path, observer):
    observer()
    make_shards(tmp_path / "shards", 1, seed=0)
    for source in ("maps", "plane", "both"):
        make_features(tmp_path, source, 1)
    maps, plane, both = (
        load_dataset(tmp_path, CLASS_SETS["paper"], source, ("wells",), 1).features
        for source in ("maps", "plane", "both")
    )
    for key, value in both.items():
        np.testing.assert_array_equal(value, maps[key] + plane[key])
        assert np.any(plane[key])


def test_features_are_made_in_processes_too(tmp_path, observer, monkeypatch):
    from concurrent.futures import ProcessPoolExecutor

    monkeypatch.setattr(dataset, "ProcessPoolExecutor", ProcessPoolExecutor)
    monkeypatch.setattr(dataset, "cores", lambda: 1)
    observer()
    make_shards(tmp_path / "shards", 1, seed=0)
    only = next(shards(1))
    monkeypatch.setattr(dataset, "shards", lambda blocks: iter([only]))
    make_features(tmp_path, "pixels", 1)
    assert [path.name for path in (tmp_path / "features/pixels").iterdir()] == [only.name]
