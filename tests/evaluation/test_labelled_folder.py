"""A labelled folder: figures that can be checked by hand, and every fault of the table named."""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from fakes.scores import make_score
from symscope.baselines import SIMPLE, Baseline, Measured
from symscope.elements import BILATERAL, Element, Elements, find_elements
from symscope.elements.evidence import evidence as weigh
from symscope.errors import Outcome, UsageError
from symscope.evaluation import labelled, labels, run


def tile(seed, mirrored):
    half = np.kron(np.random.default_rng(seed).random((8, 4)), np.ones((10, 10)))
    other = (
        half[:, ::-1]
        if mirrored
        else np.kron(np.random.default_rng(seed + 100).random((8, 4)), np.ones((10, 10)))
    )
    return np.concatenate([half, other], axis=1)


@pytest.fixture
def folder(tmp_path):
    """Four pictures with an upright mirror, four without, and a table."""

    def make(columns, extra=()):
        lines = []
        for seed in range(8):
            mirrored = seed % 2 == 0
            picture = np.pad(tile(seed, mirrored), 5, constant_values=1.0)
            Image.fromarray((255 * picture).astype(np.uint8)).save(tmp_path / f"{seed}.png")
            lines.append({"file": f"{seed}.png"} | columns(mirrored))
        with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as table:
            writer = csv.DictWriter(table, list(lines[0]))
            writer.writeheader()
            writer.writerows([*lines, *extra])
        return tmp_path

    return make


def mirrors_of(grey):
    """Find the upright and the lying mirror of a picture's pixels, if it has them."""
    agreements = {
        90.0: np.corrcoef(grey.ravel(), grey[:, ::-1].ravel())[0, 1],
        0.0: np.corrcoef(grey.ravel(), grey[::-1].ravel())[0, 1],
    }
    items = [
        Element("mirror", (), value, 1.0, angle_deg=angle)
        for angle, value in agreements.items()
        if value > 0.9
    ]
    strongest = {"mirror": max(agreements.values()), BILATERAL: agreements[90.0]}
    return Elements(tuple(items), strongest)


PEERS = (
    *(simple for simple in SIMPLE if simple.name == "pixel mirror correlation"),
    Baseline(
        "unscaled", "mirror", lambda grey: Measured(mirrors_of(grey).strongest["mirror"]), None
    ),
    Baseline("shifts", "translation", lambda grey: Measured(0.0)),
)

CROP = "5,5,85,85"


def measure(path, find=mirrors_of, crop=CROP, **options):
    told = {"evidence": "cnn"} | options
    return labelled.measure(folder=path, crop=crop, progress=lambda *at: None, find=find, **told)


def test_what_is_there_is_found_and_beside_it_what_baselines_find(folder):
    path = folder(lambda m: {"has_mirror": int(m), "axis_deg": "90" if m else "", "bravais": ""})
    found = measure(path, find_elements, with_baselines=True, peers=PEERS)
    assert found["pictures"] == found["evaluated"] == 8
    mirror = found["columns"]["has_mirror"]
    assert mirror["accuracy"]["value"] == mirror["auc"]["value"] == 1
    assert mirror["confusion"] == {"0": {"0": 4, "1": 0}, "1": {"0": 0, "1": 4}}
    assert found["columns"]["axis_deg"]["median_error_deg"]["value"] < 0.5
    assert found["columns"]["axis_deg"]["median_error_deg"]["pictures"] == 4
    simple = mirror["baselines"]["pixel mirror correlation"]
    assert simple["accuracy"]["value"] == simple["auc"]["value"] == 1
    # Strengths without a scale can be ranked, but are neither yes nor no.
    assert set(mirror["baselines"]["unscaled"]) == {"auc"}
    assert "shifts" not in mirror["baselines"]
    assert found["wrong"] == ["column bravais: no usable label"]
    assert found["mistakes"] == {}
    json.dumps(found, allow_nan=False)


def test_classes_and_ratings_are_compared_with_the_scores(folder):
    def score(pictures, **options):
        for picture in pictures:
            mirrored = bool(mirrors_of(picture).items)
            label = "Z_2" if mirrored else "T"
            symmetry = 0.9 if mirrored else 0.1
            yield SimpleNamespace(label=label, outcome=Outcome.OK, symmetry=symmetry)

    path = folder(lambda m: {"class": "mirror" if m else "none", "rating": 5 if m else 1})
    columns = measure(path, score=score, evidence="cnn")["columns"]
    assert columns["class"]["accuracy"]["value"] == 0.5
    assert columns["class"]["confusion"] == {"Z_2": {"T": 0, "Z_2": 4, "∅": 0},
                                             "∅": {"T": 4, "Z_2": 0, "∅": 0}}  # fmt: skip
    assert columns["rating"]["spearman"]["value"] == pytest.approx(1)


def test_the_elements_of_an_answer_are_compared_with_axis_and_centre(folder):
    def score(files, *, seed, evidence):
        assert evidence == "pixels"
        for number, file in enumerate(files):
            picture = SimpleNamespace(grey=np.asarray(Image.open(file), float) / 255)
            mirrored = bool(mirrors_of(picture.grey).items)
            # The first axis is where it should be; the others lie by 5 % of the side from there.
            offset = 0.0 if number == 0 else 0.1
            axis = Element("mirror", (), 0.99, 1.0, angle_deg=91.0, offset=offset)
            elements = Elements((axis,) if mirrored else (), {})
            label = "Z_2" if mirrored else "∅"
            yield SimpleNamespace(
                label=label, outcome=Outcome.OK, symmetry=0.5, elements=elements, picture=picture
            )

    path = folder(
        lambda m: {
            "class": "mirror" if m else "none",
            "has_mirror": int(m),
            "axis_deg": "90" if m else "",
            "centre_x": "44.5",
            "centre_y": "44.5",
        }
    )
    found = measure(path, crop=None, score=score, evidence="pixels")
    assert found["labels_without_element"] == 0
    answers = found["columns"]["class"]
    assert answers["axis_within_2_deg"]["value"] == 1
    assert answers["centre_within_2_percent"]["value"] == 0.25
    assert found["columns"]["has_mirror"]["answer"]["value"] == 1


@pytest.mark.parametrize(
    ("label", "right"), [("O(2)", 1.0), ("O(3)", 1.0), ("T", 1.0), ("C_n", 0.0)]
)
def test_what_is_round_or_striped_has_mirrors_and_what_only_turns_has_none(folder, label, right):
    def score(files, **options):
        for file in files:
            turn = Element("rotation", (), 0.99, 1.0, centre=(0.0, 0.0), order=2)
            made = make_score(path=str(file), outcome=Outcome.OK, label=label, symmetry=0.9)
            yield replace(made, elements=Elements((turn,), {}))

    path = folder(lambda m: {"has_mirror": 1})
    found = measure(path, score=score, evidence="both")
    assert found["columns"]["has_mirror"]["answer"]["value"] == right


def test_wrong_labels_are_counted_and_named(folder):
    path = folder(lambda m: {"has_mirror": int(not m)})
    found = measure(path)
    assert found["columns"]["has_mirror"]["accuracy"]["value"] == 0
    assert found["columns"]["has_mirror"]["auc"]["value"] == 0
    assert len(found["mistakes"]["has_mirror"]) == 8


def test_faults_are_named_and_the_rest_is_evaluated(folder):
    extra = [
        {"file": "gone.png", "has_mirror": "1"},
        {"file": "0.png", "has_mirror": "perhaps"},
        {"file": "", "has_mirror": "1"},
    ]
    found = measure(folder(lambda m: {"has_mirror": int(m)}, extra))
    assert found["evaluated"] == 9
    assert found["columns"]["has_mirror"]["accuracy"]["pictures"] == 8
    wrong = "\n".join(found["wrong"])
    for hint in ("gone.png", "'perhaps'", "line 12: no file"):
        assert hint in wrong


@pytest.mark.parametrize(
    "content", [None, "", "name,has_mirror\na,1\n", "file,colour\na.png,red\n"]
)
def test_a_table_that_says_nothing_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(UsageError, match="file"):
        labels.read_labels(tmp_path / "labels.csv")


def test_a_crop_moves_the_places_of_the_table_and_keeps_colours(folder):
    """A red half and a green one that are as grey: cropped, the centre is where it was."""
    shown = []

    def score(pictures, *, seed, evidence):
        for picture in pictures:
            shown.append(picture)
            axis = Element("mirror", (), 0.99, 1.0, angle_deg=90.0, offset=0.0)
            yield SimpleNamespace(
                label="Z_2",
                outcome=Outcome.OK,
                symmetry=0.9,
                elements=Elements((axis,), {}),
                picture=SimpleNamespace(grey=picture[..., 0]),
            )

    path = folder(lambda m: {"class": "mirror", "centre_x": "50", "centre_y": "45"})
    red_and_green = np.zeros((90, 90, 3), np.uint8)
    red_and_green[:, :50, 0], red_and_green[:, 50:, 1] = 200, 90
    for file in path.glob("*.png"):
        Image.fromarray(red_and_green).save(file)
    found = measure(path, crop="11,0,90,90", score=score, evidence="pixels")
    assert {picture.shape for picture in shown} == {(90, 79, 3)}
    assert found["columns"]["class"]["centre_within_2_percent"]["value"] == 1


def test_what_no_network_learned_is_weighed_as_it_is_answered(folder):
    """Both kinds of evidence are then the picture alone; of the hidden layer nothing is known."""

    def score(files, *, seed, evidence):
        for file in files:
            picture = np.asarray(Image.open(file), float) / 255
            of = weigh(picture[4:-4, 4:-4])
            assert not of.has_layer
            made = make_score(path=str(file), outcome=Outcome.OK, label="Z_2", symmetry=0.9)
            yield replace(made, evidence=of)

    path = folder(lambda m: {"class": "mirror" if m else "none"})
    found = measure(path, crop=None, score=score, evidence="both", quick=True)
    by = {k: v["value"] for k, v in found["columns"]["class"]["by_evidence"].items()}
    assert by["both"] == by["pixels"] > by["hidden"] == 0


@pytest.mark.parametrize("crop", ["1,2,3", "a,b,c,d", "5,5,5,9", "9,1,2,3", "-1,0,4,4"])
def test_a_crop_that_is_none_is_refused(crop):
    with pytest.raises(UsageError, match="--crop"):
        labelled.parse_crop(crop)


def test_a_crop_beyond_the_picture_is_that_pictures_fault(folder):
    path = folder(lambda m: {"has_mirror": int(m)})
    found = measure(path, crop="0,0,500,500")
    assert found["evaluated"] == 0
    assert sum("beyond" in line for line in found["wrong"]) == 8


@pytest.mark.parametrize(
    "options",
    [
        {"suite": "labelled"},
        {"suite": "controls", "crop": "0,0,1,1"},
        {"suite": "elements", "baselines": True},
    ],
)
def test_options_of_other_suites_are_refused(options):
    with pytest.raises(UsageError):
        run(**options)


def test_cells_are_read_as_their_columns_say():
    assert labels._value("class", "mirror") == labels._value("class", "Z_2") == "Z_2"
    assert labels._value("bravais", "rhombic (centred rectangular)") == "centred rectangular"
    assert labels._value("rotation_order", " 6 ") == 6
    assert labels._value("rating", "3.5") == 3.5
    assert labels._value("rating", "") is None
    for column, cell in (("has_mirror", "2"), ("rotation_order", "1.5"), ("rating", "nan")):
        with pytest.raises(ValueError):
            labels._value(column, cell)


def test_a_table_of_ones_own_and_groups(folder, tmp_path):
    path = folder(lambda m: {"has_upright_mirror": int(m)})
    table = tmp_path / "elsewhere" / "mine.csv"
    table.parent.mkdir()
    lines = (path / "labels.csv").read_text().splitlines()
    # Two pictures of each group; the last group has both labels and is left out.
    names = ["a", "x", "a", "x", "b", "y", "both", "both"]
    table.write_text(
        "\n".join(
            [lines[0] + ",group", *(f"{a},{b}" for a, b in zip(lines[1:], names, strict=True))]
        )
    )
    (path / "labels.csv").unlink()
    upright = measure(path, labels=table, with_baselines=True, peers=PEERS)["columns"][
        "has_upright_mirror"
    ]
    assert upright["auc"]["value"] == upright["accuracy"]["value"] == 1
    assert upright["auc_of_groups"]["value"] == 1
    assert upright["auc_of_groups"]["pictures"] == 4
    assert upright["baselines"]["pixel mirror correlation"]["auc_of_groups"]["value"] == 1


def test_a_lying_mirror_is_no_upright_one(folder):
    path = folder(lambda m: {"has_upright_mirror": 0})
    for picture in path.glob("*.png"):
        turned = Image.open(picture).transpose(Image.Transpose.ROTATE_90)
        turned.save(picture)
    assert measure(path)["columns"]["has_upright_mirror"]["accuracy"]["value"] == 1


def test_the_odds_of_an_upright_mirror_rank_pictures_by_each_kind_of_evidence(folder):
    def score(files, *, seed, evidence):
        first = []
        for number, file in enumerate(files):
            picture = np.asarray(Image.open(file), float) / 255
            made = make_score(path=str(file), outcome=Outcome.OK, label="∅", symmetry=0.1)
            # The search takes its time: the first of each kind stands for the others.
            if number < 2:
                first.append(weigh(picture[4:-4, 4:-4]))
            yield replace(made, evidence=first[number % 2])

    path = folder(lambda m: {"has_mirror": int(m), "has_upright_mirror": int(m)})
    found = measure(path, crop=None, score=score, evidence="both")
    assert found["labels_without_element"] == 0
    for column in ("has_mirror", "has_upright_mirror"):
        by_source = found["columns"][column]["weighed"]
        assert set(by_source) == {"both", "hidden", "pixels"}
        assert by_source["pixels"]["auc"]["value"] == 1.0
    # No network was asked: the hidden layer knows nothing.
    assert by_source["hidden"]["auc"]["value"] < 1.0
