"""Scores of signals, volumes, functions and samples, and what is told where there is none."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import jax
import numpy as np
import pytest

import symscope
from fakes.small import TINY as OF_PICTURES
from fakes.small import random_classifier
from symscope import cli
from symscope.classifier.classifier import load_cards
from symscope.errors import MissingFile, NotFinite, Outcome, UsageError
from symscope.field import Field, cell_centres
from symscope.groups import CLASSES
from symscope.io import functions
from symscope.io.inputs import dimension_of_input, load, read_input
from symscope.lie.rigid import find_generators, group_of
from symscope.networks.settings import DIMENSIONS, OTHER_DIMENSIONS, SETTINGS
from symscope.options import Options
from symscope.pipeline import Pipeline

TINY = replace(SETTINGS["fast"], width=24, depth=3, frequencies=16, steps=60, rounds=1)
BARE = replace(TINY, width=48, frequencies=0, steps=250)
"""Of four dimensions: enough to learn a sphere."""


@pytest.fixture
def small(monkeypatch):
    """Classifiers that have learned nothing, and networks that train in a moment."""

    monkeypatch.setattr(
        "symscope.pipeline.load_classifier",
        lambda name, dimension: random_classifier(DIMENSIONS[dimension].classifier or name),
    )
    for dimension, row in DIMENSIONS.items():
        monkeypatch.setitem(DIMENSIONS, dimension, replace(row, settings=TINY))
    monkeypatch.setitem(DIMENSIONS, 4, replace(OTHER_DIMENSIONS, settings=BARE))
    monkeypatch.setitem(SETTINGS, "fast", OF_PICTURES)


def hill(count=400) -> np.ndarray:
    x = np.linspace(-1, 1, count)
    return np.exp(-8 * (x - 0.1) ** 2)


def test_a_signal_is_scored_with_all_that_recomputes_it(small, tmp_path):
    np.save(tmp_path / "s.npy", hill())
    found = symscope.score(str(tmp_path / "s.npy"), networks=1, seed=3)
    assert list(found.probabilities) == ["∅", "Z_2", "T_n"]
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-5)
    row = found.to_row()
    made = row["provenance"]
    assert (made["dimension"], made["networks"], made["seed"]) == (1, 1, 3)
    assert made["classifier"] == "signal"
    again = symscope.score(str(tmp_path / "s.npy"), networks=1, seed=3)
    assert json.dumps(again.to_row()) == json.dumps(row)
    assert row["elements"][0]["kind"] == "mirror"


def test_a_score_may_be_watched_and_is_the_same(small, monkeypatch):
    monkeypatch.setitem(DIMENSIONS, 1, replace(DIMENSIONS[1], look=20))
    prepared, seen = read_input(hill(), 1), []
    plainly = {"networks": 1, "elements": False, "evidence": "cnn"}
    watched = symscope.score(prepared, **plainly, watch=seen.append)
    assert [type(moment).__name__ for moment in seen] == ["Learning"] * 3 + ["Trained"]
    assert seen[0].answers.shape == (1, 256)
    assert seen[-1].probabilities == watched.probabilities
    alone = symscope.score(hill(), **plainly)
    assert alone.probabilities == watched.probabilities


def test_signals_and_pictures_are_scored_in_one_call(small, tmp_path):
    np.save(tmp_path / "s.npy", hill())
    np.save(tmp_path / "p.npy", np.outer(hill(64), hill(64)))
    (tmp_path / "bad.npy").write_bytes(b"nothing")
    paths = [str(tmp_path / name) for name in ("s.npy", "bad.npy", "p.npy")]
    found = list(symscope.score_many(paths, networks=1, elements=False))
    assert [score.path for score in found] == paths
    outcomes = [score.outcome for score in found]
    assert outcomes[1] is Outcome.UNREADABLE
    assert "dimension" not in found[2].to_row()["provenance"]
    assert "C_n" in found[2].probabilities


@pytest.mark.parametrize("evidence", ["both", "cnn"])
def test_a_volume_is_scored_with_its_elements_and_generators(small, evidence):
    radius = np.linalg.norm(cell_centres((32,) * 3) - [0.1, 0.0, -0.1], axis=1)
    volume = np.cos(6 * radius).reshape((32,) * 3)
    found = symscope.score(volume, networks=1, evidence=evidence)
    assert list(found.probabilities) == [str(c) for c in CLASSES[3]]
    assert [item.kind for item in found.elements.items] == ["spherical"]
    # So small a network learns nothing: then the volume alone answers, and no layer is quoted.
    alone = found.message is not None and "the volume alone" in found.message
    assert alone == (evidence == "both")
    assert (found.elements.items[0].hidden is None) == alone
    row = found.to_row()
    assert len(row["generators"]["defects"]) == 6
    json.dumps(row)


def test_a_constant_field_has_no_score(small):
    found = symscope.score(np.zeros((16, 16, 16)))
    assert found.outcome is Outcome.CONSTANT
    assert found.probabilities is None


def test_functions_are_scored_on_their_domain(small):
    signal = symscope.score(lambda x: np.cos(9 * x), dimension=1, networks=1, elements=False)
    assert signal.provenance["dimension"] == 1
    plane = symscope.score(lambda x, y: x * x + y, networks=1, elements=False)
    assert "C_n" in plane.probabilities


def test_a_function_is_cut_in_the_middle_of_its_values_whatever_they_are():
    picture = load("potential:mexican-hat").picture.grey
    assert np.median(picture) == pytest.approx(0.5, abs=0.01)
    assert np.abs(picture - np.rot90(picture)).max() < 1e-3
    steep = read_input(lambda x, y, z: np.exp(9 * (x**2 + y**2 + z**2)), 3)
    assert steep.field.levels.mean() == pytest.approx(0.5, abs=0.01)
    flat = read_input(lambda x, y, z: 1e-30 * x + 1.0, 3)
    assert flat.field.is_constant


def test_four_dimensions_have_generators_and_no_probabilities(small):
    found = symscope.score(lambda x: (x**2).sum(axis=1), dimension=4, networks=2)
    assert (found.outcome, found.probabilities, found.symmetry) == (Outcome.OK, None, None)
    assert found.provenance["classifier"] is None
    assert len(found.generators.defects) == 10
    assert found.label == found.generators.group == "SO(4)"
    assert found.elements is None
    found.figure().draw_without_rendering()


def test_samples_in_space_are_scored(small, tmp_path):
    points = np.random.default_rng(0).uniform(3, 9, (32**3, 3))  # as many as a volume has
    values = np.sin(np.linalg.norm(points - 6, axis=1))
    np.savez(tmp_path / "a.npz", X=points, y=values)
    found = symscope.score(str(tmp_path / "a.npz"), networks=1)
    assert found.provenance["dimension"] == 3
    assert found.views.maps.shape[2:] == (24, 24, 24)
    with pytest.raises(MissingFile):
        symscope.score(str(tmp_path / "none.npz"))


def _broken(x, y, z):
    raise ValueError("no")


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (_broken, UsageError, "failed at the point"),
        (lambda x, y, z: np.stack([x, y]), UsageError, "numbers"),
        (lambda x, y, z: "word", UsageError, "failed"),
        (lambda x, y, z: np.where(x > 0.5, np.nan, x), NotFinite, "finite at"),
        (lambda x: x, UsageError, "how many coordinates"),
    ],
)
def test_functions_that_fail_are_told(small, function, error, message):
    with pytest.raises(error, match=message):
        symscope.score(function, networks=1)


def test_a_slow_function_is_given_up(small, monkeypatch):
    monkeypatch.setattr(functions, "SECONDS", 0.5)

    def slow(x, y, z):
        time.sleep(0.002)
        return float(x) + float(y) * float(z)

    started = time.monotonic()
    with pytest.raises(UsageError, match="points, expected at most"):
        functions.asked(slow, np.random.default_rng(0).random((30000, 3)), 0.5)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("source", "dimension", "expected"),
    [
        ("a.png", None, None),
        ("a.tif", None, None),
        ("a.tif", 3, 3),
        ("a.csv", None, 1),
        ("a.nii.gz", None, 3),
        ("a.MRC", None, 3),
        ("potential:sphere", None, 3),
        ("potential:circle", None, None),
        ("potential:mexican-hat-5", None, 5),
        (np.zeros(50), None, 1),
        (np.zeros((9, 9, 9)), None, 3),
        (np.zeros((9, 9, 3)), None, None),
        (np.zeros((9, 9, 3)), 3, 3),
        (b"bytes", None, None),
    ],
)
def test_an_input_s_dimension_is_known_by_what_it_is(source, dimension, expected):
    assert dimension_of_input(source, dimension) == expected


def test_a_dimension_that_an_input_has_not_is_wrong_use():
    with pytest.raises(UsageError, match="leave the option out"):
        dimension_of_input("a.png", 3)
    with pytest.raises(UsageError, match="1 to 32"):
        dimension_of_input("a.tif", 99)


def test_fields_of_any_grid_are_taken():
    found = read_input(Field.on_grid(np.eye(40, dtype=int)[0]), 1)
    assert found.grid.values.shape == (40,)
    scattered = Field(np.zeros((20, 4), np.float32), np.zeros(20, np.int32))
    assert read_input(scattered, 4).grid is None


def test_generators_of_an_exact_layer_are_named():
    def hidden(x):
        radius = np.linalg.norm(x, axis=1)
        return np.stack([np.cos(3 * radius), radius], axis=1)[None].astype(np.float32)

    def jacobian(x):
        slope = jax.vmap(
            jax.jacfwd(
                lambda p: jax.numpy.stack(
                    [jax.numpy.cos(3 * jax.numpy.linalg.norm(p)), jax.numpy.linalg.norm(p)]
                )
            )
        )
        return np.asarray(slope(np.asarray(x, np.float32)))[None]

    found = find_generators(jacobian, hidden, 3)
    assert found.group == "SO(3)"
    assert found.defects[:3].max() < 0.01
    assert found.defects[3] > 0.5


def test_groups_are_named_by_their_fields():
    turn = np.zeros((1, 3, 4))
    turn[0, 0, 1], turn[0, 1, 0] = 1, -1
    shift = np.zeros((1, 3, 4))
    shift[0, 2, 3] = 1
    assert group_of(turn) == "SO(2)"
    assert group_of(shift) == "T"
    assert group_of(np.concatenate([turn, shift])) == "SO(2) × T"
    assert group_of(turn[:0]) == "none"
    sideways = np.zeros((2, 3, 4))
    sideways[0, 0, 3] = sideways[1, 1, 3] = 1
    mixed = np.tensordot(
        np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0],
        np.concatenate([turn, sideways]),
        1,
    )
    assert group_of(mixed) == "E(2)"


def test_the_command_line_takes_them(small, tmp_path, capsys):
    np.save(tmp_path / "s.npy", hill())
    (tmp_path / "bad.mrc").write_bytes(b"nothing")
    arguments = ["score", str(tmp_path / "s.npy"), str(tmp_path / "bad.mrc"), "--networks", "1"]
    code = cli.main([*arguments, "--format", "json", "--figure", str(tmp_path / "f")])
    assert code == 3
    rows = json.loads(capsys.readouterr().out)
    assert [row["outcome"] for row in rows][1] == "unreadable"
    assert (tmp_path / "f" / "s.png").stat().st_size > 10000
    assert cli.main(["score", "potential:waffle"]) == 4


def test_a_page_of_a_report_shows_them(small, tmp_path, capsys):
    np.save(tmp_path / "s.npy", hill())
    page = tmp_path / "r.html"
    arguments = ["report", str(tmp_path / "s.npy"), "potential:mexican-hat-4", "--networks", "1"]
    assert cli.main([*arguments, "--no-elements", "--out", str(page)]) == 0
    assert "mexican-hat-4" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("dimension", [1, 3])
def test_decoys_are_trained_as_those_that_the_readers_have_met(dimension):
    trained_on = load_cards()[DIMENSIONS[dimension].classifier]["trained_on"]
    assert trained_on["decoy_settings"] == DIMENSIONS[dimension].settings.fingerprint


def test_what_was_chosen_in_reading_is_in_the_row(tmp_path):
    ramp = np.linspace(0, 1, 64)
    np.savez(tmp_path / "a.npz", ramp=ramp)
    (tmp_path / "a.csv").write_text("t;v\n" + "".join(f"{i};{i % 7},5\n" for i in range(64)))
    pipeline = Pipeline(Options())
    for name, told in (("a.npz", "its only array, ramp"), ("a.csv", "decimal commas")):
        item = pipeline.load(str(tmp_path / name))
        assert pipeline.provenance(1, item)["read"] == [told]
    item = pipeline.load(f"{tmp_path / 'a.npz'}::ramp")
    assert "read" not in pipeline.provenance(1, item)
