"""Training: a run that can be stopped, files that are whole, readers that learn."""

import json
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file

from symscope import training
from symscope.correlation import MIRROR_ANGLES
from symscope.groups import CLASS_SETS, EXTENDED, ORDERS, Symmetry
from symscope.observation import SOURCES
from symscope.picture import COMPONENTS, GRID
from symscope.reader import CHANNELS, GROUPS, Reader, load_cards, load_reader
from symscope.sources.families import FAMILIES
from symscope.training import (
    CALIBRATION_FAMILIES,
    RECIPES,
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    Dataset,
    Recipe,
    Shard,
    dataset_logits,
    fit_reader,
    fit_temperature,
    load_dataset,
    make_features,
    make_shards,
    save_atomically,
    shards,
    train,
)


class Stopped(Exception):
    """Somebody pulled the plug."""


class Observer:
    """Stands in for the decoys: pictures of noise, fixed by the templates; counts its calls."""

    def __init__(self, stop_after=None):
        self.seen, self.stop_after = 0, stop_after

    def __call__(self, drawn, networks, seed):
        if self.seen == self.stop_after:
            raise Stopped
        self.seen += 1
        levels = np.stack([template.levels for template in drawn]).astype(np.uint8)
        rng = np.random.default_rng([int(levels.sum()), seed])
        count = len(drawn)
        maps = (count, networks, COMPONENTS, GRID, GRID)
        found = {name: rng.normal(size=maps) for name in ("maps", "beyond", "untrained")}
        found["plane"] = rng.random((count, networks, GRID, GRID))
        found["fit"] = rng.random((count, networks, 2))
        found = {k: v.astype(np.float16) for k, v in found.items()}
        return found | {"levels": levels, "kept": np.linspace(1, 0.5, count, dtype=np.float32)}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """One template of two families in a shard, two readers, no processes."""
    monkeypatch.setattr(training, "BLOCK", 1)
    monkeypatch.setattr(training, "BROKEN", 0)
    monkeypatch.setattr(training, "NETWORKS", 1)
    monkeypatch.setattr(training, "FAMILIES", {name: FAMILIES[name] for name in ("wells", "waves")})
    monkeypatch.setattr(training, "TRAINING_FAMILIES", ("wells",))
    monkeypatch.setattr(training, "CALIBRATION_FAMILIES", ("waves",))
    monkeypatch.setattr(training, "SOURCES", ("maps", "plane", "both", "pixels"))
    monkeypatch.setattr(training, "RECIPES", (Recipe("paper"), Recipe("paper", "pixels")))
    monkeypatch.setattr(
        training, "ProcessPoolExecutor", lambda count, context: ThreadPoolExecutor(count)
    )


@pytest.fixture
def observer(monkeypatch):
    """Replace the decoys by an Observer, which is returned."""

    def install(stop_after=None):
        new = Observer(stop_after)
        monkeypatch.setattr(training, "observe", new)
        return new

    return install


SHARDS = 2 * len(EXTENDED)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("**/*.safetensors")}


# What is made


def test_the_recipes_are_the_readers_that_the_suites_ask_for():
    names = [recipe.name for recipe in RECIPES]
    assert len(set(names)) == len(names) == 2 * (len(SOURCES) + 1)
    assert {"paper", "extended"} < set(names)
    assert {"control-pixels-paper", "control-permuted-extended"} < set(names)
    assert {recipe.kind for recipe in RECIPES} == {"maps", "plane", "both", "pixels"}


def test_families_are_kept_apart():
    kept_out = {*CALIBRATION_FAMILIES, *UNSEEN_FAMILIES}
    assert kept_out < set(FAMILIES)
    assert len(kept_out) == len(CALIBRATION_FAMILIES) + len(UNSEEN_FAMILIES)
    assert not kept_out & set(TRAINING_FAMILIES)
    assert len(TRAINING_FAMILIES) == len(FAMILIES) - len(kept_out) >= 5


def test_part_of_a_shard_is_broken_by_degrees_and_none_has_nothing_to_break(monkeypatch):
    monkeypatch.setattr(training, "BLOCK", 5)
    monkeypatch.setattr(training, "BROKEN", 3)
    monkeypatch.setattr(training, "BLOCKS", 2)
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

    monkeypatch.setattr(training, "save_file", full_disk)
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

    data = load_dataset(tmp_path, Recipe("paper", "pixels"), ("wells",), 1)
    classes = CLASS_SETS["paper"]
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
        load_dataset(tmp_path, Recipe("paper", source), ("wells",), 1).features
        for source in ("maps", "plane", "both")
    )
    for key, value in both.items():
        np.testing.assert_array_equal(value, maps[key] + plane[key])
        assert np.any(plane[key])


def test_features_are_made_in_processes_too(tmp_path, observer, monkeypatch):
    from concurrent.futures import ProcessPoolExecutor

    monkeypatch.setattr(training, "ProcessPoolExecutor", ProcessPoolExecutor)
    monkeypatch.setattr(training, "cores", lambda: 1)
    observer()
    make_shards(tmp_path / "shards", 1, seed=0)
    only = next(shards(1))
    monkeypatch.setattr(training, "shards", lambda blocks: iter([only]))
    make_features(tmp_path, "pixels", 1)
    assert [path.name for path in (tmp_path / "features/pixels").iterdir()] == [only.name]


@pytest.fixture
def untrained(monkeypatch):
    """Let readers be as they are drawn, and list their numbers of templates."""
    made = []

    def fit(data, classes, seed, epochs, progress):
        made.append(len(data.labels))
        return Reader.initial(jax.random.key(seed), len(classes))

    monkeypatch.setattr(training, "fit_reader", fit)
    return made


def test_a_run_makes_readers_that_load_and_resumes_where_it_was_stopped(
    tmp_path, observer, untrained
):
    out, work = tmp_path / "weights", tmp_path / "work"
    observer(stop_after=SHARDS - 1)
    with pytest.raises(Stopped):
        train(out, seed=1, quick=True, work=work)
    assert not list(out.glob("*.safetensors"))

    rest, told = observer(), []
    train(out, seed=1, quick=True, work=work, progress=lambda *at: told.append(at))
    assert rest.seen == 1
    assert untrained == [len(CLASS_SETS["paper"])] * 2
    assert told == sorted(told)
    assert told[-1] == (100, 100)
    cards = load_cards(out)
    assert set(cards) == {"paper", "control-pixels-paper"}
    for name, card in cards.items():
        reader = load_reader(name, out)
        assert reader.classes == CLASS_SETS["paper"]
        assert reader.temperature == card["temperature"] > 0
        assert card["trained_on"]["families"] == ["wells"]
        assert card["trained_on"]["templates"] == len(CLASS_SETS["paper"])
        assert card["calibrated_on"]["families"] == ["waves"]
        assert 0 <= card["calibrated_on"]["accuracy"] <= 1
    assert "control-pixels-paper" in (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert not list(out.glob("*.part"))

    # Nothing is made again, but a reader that was lost is, and is the same.
    before = contents(out)
    kept = (out / "paper.safetensors").stat().st_mtime_ns
    (out / "control-pixels-paper.safetensors").unlink()
    again = observer()
    train(out, seed=1, quick=True, work=work)
    assert again.seen == 0
    assert len(untrained) == 3
    assert (out / "paper.safetensors").stat().st_mtime_ns == kept
    assert contents(out) == before
    assert json.loads((out / "cards.json").read_text()) == cards


# Readers


def some_features(labels, networks, seed=0, grid=8):
    """Features of noise whose mirror agreement is high for label 1."""
    rng = np.random.default_rng(seed)
    lead = (len(labels), networks)
    found = {
        "picture": rng.normal(size=(*lead, CHANNELS, grid, grid)),
        "mirror": rng.normal(size=(*lead, len(GROUPS), MIRROR_ANGLES, grid + 1)) * 0.1,
        "rotation": rng.normal(size=(*lead, len(GROUPS) * len(ORDERS), 5, 5)) * 0.1,
        "translation": rng.normal(size=(*lead, len(GROUPS), grid + 1, grid + 1)) * 0.1,
    }
    which = rng.integers(0, MIRROR_ANGLES, len(labels))
    for i, label in enumerate(labels):
        found["mirror"][i, :, 0, which[i], 4] += 0.8 * label
    return {key: value.astype(np.float16) for key, value in found.items()}


def test_a_reader_learns_what_the_agreements_tell():
    labels = np.arange(128) % 2
    told = []
    data = Dataset(some_features(labels, 2), labels, np.ones(128, np.float32))
    classes = (Symmetry.NONE, Symmetry.MIRROR)
    reader = fit_reader(data, classes, seed=0, epochs=25, progress=lambda *at: told.append(at))
    assert told[-1] == (25, 25)
    new = np.arange(40) % 2
    logits = dataset_logits(reader, Dataset(some_features(new, 2, seed=9), new, np.ones(40)))
    assert logits.shape == (40, 2, 2)
    assert (logits.argmax(axis=-1) == new[:, None]).mean() > 0.9


@pytest.mark.parametrize("known", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found(known):
    rng = np.random.default_rng(4)
    logits = rng.normal(size=(4000, 1, 5)) * 2
    chances = np.exp(logits[:, 0])
    chances /= chances.sum(axis=1, keepdims=True)
    labels = (chances.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    assert fit_temperature(known * logits, np.eye(5)[labels]) == pytest.approx(known, rel=0.1)


def test_the_temperature_is_that_of_the_mean_over_networks():
    """Networks that contradict each other are flat together: the mean wants sharper profiles."""
    rng = np.random.default_rng(5)
    targets = np.eye(3)[rng.integers(0, 3, 500)]
    sure = 3.0 * targets[:, None]
    noisy = np.concatenate([sure, rng.normal(size=(500, 3, 3))], axis=1)
    assert fit_temperature(noisy, targets) < fit_temperature(noisy[:, 1:], targets)
    assert fit_temperature(sure, targets) == pytest.approx(np.exp(-1.5))  # never wrong: the limit
