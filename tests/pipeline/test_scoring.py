"""The pipeline: outcomes, batches that keep going, rows that can be computed again."""

import hashlib
import io
import json
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from fakes.small import SIDE, TINY, disc, grid, random_classifier, white_noise
from symscope.api import score, score_many
from symscope.classifier.classifier import WEIGHTS
from symscope.errors import MissingFile, Outcome, TooSmall, Unreadable, UsageError
from symscope.features.features import COMPONENTS, GRID
from symscope.field import Field
from symscope.groups import CLASS_SETS, PAPER
from symscope.io.images import read_picture
from symscope.networks.decoys import SETTINGS, Settings
from symscope.networks.settings import DIMENSIONS
from symscope.results import Drawn, Fit, Learning, Trained
from symscope.synth.templates import templates

# The package's own attribute of this name is the function.
scoring = import_module("symscope.pipeline")

CLASSES = [str(symmetry) for symmetry in CLASS_SETS["extended"]]
TWO = {"networks": 2, "elements": False}


@pytest.fixture(scope="module")
def classifier():
    return random_classifier()


@pytest.fixture(scope="module", autouse=True)
def tiny():
    """Small decoys for every score of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "fast", TINY)
        yield


@pytest.fixture(scope="module")
def template():
    return templates(classes=["Z_2"], families=["waves"], seed=6)[0]


@pytest.fixture(scope="module")
def picture():
    """A grey picture, not square, of a disc that is brighter than its ground."""
    x, y = grid(90)
    grey = 0.3 + 0.4 * (np.hypot(x, y - 0.1) < 0.6) + 0.05 * x
    return grey[:, 5:85]


@pytest.fixture
def file(tmp_path, picture):
    path = tmp_path / "disc.png"
    Image.fromarray((255 * picture).astype(np.uint8)).save(path)
    return str(path)


@pytest.fixture(scope="module")
def of_template(template, classifier):
    return score(template.field, calibrated=classifier, **TWO)


# One picture


def test_a_template_is_scored(of_template, template):
    found = of_template
    assert found.outcome is Outcome.OK
    assert found.message is None
    assert list(found.probabilities) == list(found.probabilities_sd) == CLASSES
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert all(
        value >= 0 for value in [*found.probabilities.values(), *found.probabilities_sd.values()]
    )
    assert found.label == max(found.probabilities, key=found.probabilities.get)
    assert found.symmetry == pytest.approx(1 - found.probabilities["∅"])
    assert found.fit.validation_accuracy > found.fit.chance_accuracy
    assert found.fit.chance_accuracy == pytest.approx(
        max(template.levels.mean(), 1 - template.levels.mean())
    )
    assert 0 < found.fit.steps <= TINY.steps * TINY.rounds
    assert (found.picture, found.sketch) == (None, None)


def test_mean_and_spread_are_those_of_the_networks(of_template):
    probabilities = of_template.views.probabilities
    assert probabilities.shape == (2, len(CLASSES))
    np.testing.assert_allclose(
        list(of_template.probabilities.values()), probabilities.mean(axis=0), atol=1e-6
    )
    np.testing.assert_allclose(
        list(of_template.probabilities_sd.values()), probabilities.std(axis=0), atol=1e-6
    )
    none = probabilities[:, CLASSES.index("∅")]
    assert of_template.symmetry_sd == pytest.approx(none.std(), abs=1e-6)


def test_the_views_show_what_was_learned(of_template, template):
    views = of_template.views
    assert views.answers.shape == (2, SIDE, SIDE)
    assert views.maps.shape == (2, COMPONENTS, GRID, GRID)
    assert views.plane.shape == (2, GRID, GRID)
    assert views.variance.shape == (2, COMPONENTS)
    right = ((views.answers > 0.5) == template.levels).mean()
    assert right == pytest.approx(of_template.fit.training_accuracy, abs=0.02)


def test_white_noise_is_not_learned(classifier):
    found = score(Field.from_levels(white_noise()), calibrated=classifier, **TWO)
    assert found.outcome is Outcome.NOT_LEARNED
    assert "held-out" in found.message
    assert "explain 0% of their variance" in found.message
    assert found.fit.skill < DIMENSIONS[2].least_skill
    assert found.probabilities is not None  # shown, with the warning that nothing rests on it


def test_detail_finer_than_the_sketch_is_not_learned_until_one_looks_closer(classifier):
    """Sixty periods on 64 points beat with the grid: a few large dots that are not there."""
    x, y = grid(480)
    dots = (np.hypot((x + 1) * 30 % 1 - 0.5, (y + 1) * 30 % 1 - 0.5) < 0.3).astype(np.float32)
    found = score(dots, calibrated=classifier, **TWO)
    assert found.outcome is Outcome.NOT_LEARNED
    assert found.fit.retained_variance < 0.05
    assert "--zoom" in found.message
    closer = score(dots, calibrated=classifier, zoom=15.0, **TWO)
    assert closer.fit.retained_variance > 0.5
    assert closer.outcome is Outcome.OK
    assert closer.provenance["zoom"] == 15
    assert closer.sketch.extent == 32


def test_one_colour_is_constant_and_trains_nothing(classifier, monkeypatch):
    monkeypatch.setattr(scoring, "train", None)
    found = score(np.full((50, 50), 0.4), calibrated=classifier, **TWO)
    assert found.outcome is Outcome.CONSTANT
    assert "one level" in found.message
    assert found.probabilities is found.symmetry is found.fit is found.views is None
    assert found.sketch is not None


def test_a_picture_keeps_its_sketch(file, classifier):
    options = {"networks": 2, "sketch": "quantile", "frame": "pad"}
    found = score(file, calibrated=classifier, **options)
    assert found.path == file
    assert found.picture.grey.shape == (90, 80)
    assert found.sketch.method == "quantile"
    assert found.sketch.levels.shape == (SIDE, SIDE)
    assert found.provenance["frame"] == "pad"
    assert len(found.provenance["file_sha256"]) == 64
    assert "round" in {item.kind for item in found.elements.items}
    assert all(0 <= item.hidden <= 1 for item in found.elements.items)


def test_bytes_and_arrays_are_pictures_too(file, picture, classifier):
    options = {"calibrated": classifier, **TWO}
    with open(file, "rb") as stream:
        of_bytes = score(stream.read(), **options)
    of_file, of_array = score(file, **options), score(picture, **options)
    assert of_bytes.probabilities == of_file.probabilities
    assert of_bytes.provenance == of_file.provenance
    assert of_array.outcome is Outcome.OK
    assert of_array.path == of_array.picture.name


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("no/such/file.png", MissingFile),
        (np.zeros((1, 1)), TooSmall),
        (b"no picture", Unreadable),
        ("sample:no-such-picture", MissingFile),
    ],
)
def test_what_cannot_be_read_raises(source, error, classifier):
    with pytest.raises(error):
        score(source, calibrated=classifier)


@pytest.mark.parametrize(
    "options",
    [
        {"settings": "slow"},
        {"networks": 0},
        {"networks": -3},
        {"classifier": "other"},
        {"sketch": "pencil"},
        {"frame": "stretch"},
        {"zoom": 0.5},
    ],
)
def test_wrong_options_are_wrong_use(options, classifier, picture):
    with pytest.raises(UsageError):
        score(picture, **({"calibrated": classifier} | options))
    with pytest.raises(UsageError):
        list(score_many([picture], **({"calibrated": classifier} | options)))


@pytest.mark.parametrize("shape", [(32, 32), (64, 32)])
def test_a_field_must_have_the_side_of_the_templates(shape, classifier):
    field = Field.from_levels(np.random.default_rng(0).integers(0, 2, shape))
    with pytest.raises(UsageError, match="64×64"):
        score(field, calibrated=classifier)


# Many pictures


def test_one_bad_file_does_not_stop_the_others(tmp_path, file, classifier):
    broken, tiny_file = tmp_path / "broken.png", tmp_path / "tiny.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    Image.new("L", (1, 1)).save(tiny_file)
    grey = io.BytesIO()
    Image.new("L", (40, 40), 128).save(grey, "PNG")
    sources = [
        *(str(broken), file, str(tmp_path / "gone.png"), str(tiny_file)),
        *(grey.getvalue(), np.full((20, 20), np.nan), file),
    ]
    told = []
    found = list(
        score_many(sources, calibrated=classifier, progress=lambda *at: told.append(at), **TWO)
    )
    assert [row.outcome for row in found] == [
        *(Outcome.UNREADABLE, Outcome.OK, Outcome.MISSING, Outcome.TOO_SMALL),
        *(Outcome.CONSTANT, Outcome.NOT_FINITE, Outcome.OK),
    ]
    assert told == [(i, len(sources)) for i in range(1, len(sources) + 1)]
    for row in found:
        assert (row.message is None) == (row.outcome is Outcome.OK)
        assert row.provenance["seed"] == 0
        json.dumps(row.to_row())
    assert found[0].path == str(broken)
    assert "\n" not in found[0].message
    assert found[1].to_row() == found[6].to_row()


def test_too_many_pixels_are_a_row_too(file, classifier):
    (row,) = score_many([file], calibrated=classifier, max_megapixels=0.001)
    assert row.outcome is Outcome.TOO_LARGE
    assert "max-megapixels" in row.message


def test_nothing_is_no_rows(classifier):
    assert list(score_many([], calibrated=classifier)) == []


def test_a_score_does_not_depend_on_its_neighbours(of_template, template, classifier):
    noise, round_one = Field.from_levels(white_noise(3)), Field.from_levels(disc())
    company = [noise, template.field, "no/such/file.png", round_one, template.field]
    rows = list(score_many(company, calibrated=classifier, **TWO))
    alone = of_template.to_row()
    assert rows[1].to_row() == rows[4].to_row() == alone
    np.testing.assert_array_equal(rows[1].views.maps, of_template.views.maps)
    # More than fill one call of the trainer.
    many = list(score_many([round_one] * 8 + [template.field], calibrated=classifier, **TWO))
    assert many[-1].to_row() == alone


def test_a_score_can_be_watched_and_is_the_same(of_template, template, classifier):
    stages = []
    watched = score(template.field, calibrated=classifier, watch=stages.append, **TWO)
    assert watched.to_row() == of_template.to_row()
    kinds = [type(stage) for stage in stages]
    assert kinds[0] is Drawn
    assert set(kinds[1:-1]) == {Learning}
    assert kinds[-1] is Trained
    assert stages[-1].networks == 2
    assert stages[-1].probabilities == watched.probabilities


def test_a_picture_is_read_by_whom_one_names(picture, classifier):
    asked = []

    def read(source, *, max_megapixels, select):
        asked.append((source, max_megapixels))
        return read_picture(picture)

    (found,) = score_many(
        ["anything.png"], calibrated=classifier, read=read, max_megapixels=3, **TWO
    )
    assert asked == [("anything.png", 3)]
    assert found.path == "anything.png"


def test_a_batch_is_scored_as_it_is_asked_for(classifier):
    """Rows come while the rest waits: the first does not cost the training of all."""
    fields = [Field.from_levels(disc(radius=r)) for r in np.linspace(0.3, 0.7, 20)]
    calls = []

    def counting(batch, *rest):
        calls.append(len(batch))
        return train(batch, *rest)

    train = scoring.train
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "train", counting)
        scores = iter(score_many(fields, calibrated=classifier, **TWO))
        next(scores)
        assert calls == [1]
        next(scores)
    assert calls == [1, 8]


# Rows


def test_the_provenance_computes_the_row_again(file, classifier):
    options = {"sketch": "adaptive", "frame": "pad", "zoom": 1.5, "networks": 2, "seed": 5}
    row = score(file, calibrated=classifier, elements=False, **options).to_row()
    kept = json.loads(json.dumps(row))["provenance"]
    again = score(
        file,
        calibrated=classifier,
        **{key: kept[key] for key in (*options, "settings")},
        elements=False,
    )
    assert again.to_row() == row
    assert {key: kept[key] for key in options} == options
    assert kept["settings_fingerprint"] == TINY.fingerprint
    assert (kept["side"], kept["classifier"], kept["classifier_sha256"]) == (
        SIDE,
        "given",
        classifier.sha256,
    )
    other = score(file, calibrated=classifier, elements=False, **(options | {"seed": 6}))
    assert other.probabilities != row["probabilities"]
    assert other.provenance["field_sha256"] == kept["field_sha256"]


def test_a_row_is_ready_for_json(of_template):
    row = of_template.to_row()
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert set(row) >= {
        "path",
        "outcome",
        "probabilities",
        "probabilities_sd",
        "symmetry",
        "fit",
        "provenance",
    }
    assert row["outcome"] == "ok"
    assert row["fit"]["generalisation_gap"] == pytest.approx(
        row["fit"]["training_accuracy"] - row["fit"]["validation_accuracy"]
    )
    assert set(row["provenance"]) >= {
        *("symscope", "jax", "classifier", "classifier_sha256", "settings", "settings_fingerprint"),
        *("networks", "seed", "sketch", "frame", "zoom", "side", "field_sha256"),
    }


def test_the_number_of_networks_is_by_settings(template, classifier, monkeypatch):
    monkeypatch.setitem(DIMENSIONS, 2, replace(DIMENSIONS[2], networks=(2, 2)))
    found = score(template.field, calibrated=classifier, elements=False)
    assert found.provenance["networks"] == 2
    assert len(found.views.probabilities) == 2


def test_an_uncertain_picture_gets_more_networks_and_is_the_same_as_if_asked(
    template, classifier, monkeypatch
):
    plane = replace(DIMENSIONS[2], networks=(2, 4))
    monkeypatch.setitem(DIMENSIONS, 2, replace(plane, standard_error=1.0))
    few = {"calibrated": classifier, "elements": False}
    assert score(template.field, **few).provenance["networks"] == 2
    monkeypatch.setitem(DIMENSIONS, 2, replace(plane, standard_error=0.0))
    most, noise = score_many([template.field, Field.from_levels(white_noise())], **few)
    assert most.provenance["networks"] == len(most.views.maps) == 4
    asked = score(template.field, networks=4, **few)
    assert asked.to_row() == most.to_row()
    # More networks would learn noise no better.
    assert noise.outcome is Outcome.NOT_LEARNED
    assert noise.provenance["networks"] == 2


def test_what_halves_of_the_networks_disagree_on_is_weighed_again_by_more(template, monkeypatch):
    plane = replace(DIMENSIONS[2], networks=(2, 6))
    monkeypatch.setitem(DIMENSIONS, 2, replace(plane, of_halves=1.0))
    fields = [template.field, Field.from_levels(white_noise())]
    few, noise = score_many(fields, elements=False)
    assert few.provenance["networks"] == noise.provenance["networks"] == 2
    monkeypatch.setitem(DIMENSIONS, 2, replace(plane, of_halves=-1.0))
    most, noise = score_many(fields, elements=False)
    assert most.provenance["networks"] == len(most.views.maps) == 6
    assert most.to_row() == score(template.field, networks=6, elements=False).to_row()
    # What is not learned is answered from the picture alone, whatever number learns it.
    assert noise.realised is None
    assert noise.provenance["networks"] == 2


def test_skill_is_what_a_constant_guess_does_not_get():
    assert Fit(1.0, 1.0, 0.7, 0).skill == pytest.approx(1)
    assert Fit(1.0, 0.7, 0.7, 0).skill == pytest.approx(0)
    assert Fit(0.9, 0.85, 0.7, 0).skill == pytest.approx(0.5)
    assert Fit(0.9, 0.85, 0.7, 0).generalisation_gap == pytest.approx(0.05)
    assert Fit(1.0, 1.0, 1.0, 0).skill == 0


def test_a_score_shows_itself(of_template, file, classifier):
    shown = score(file, calibrated=classifier, **TWO)
    assert "<" in shown._repr_html_()
    assert shown._repr_png_().startswith(b"\x89PNG")
    assert "∅" in of_template._repr_html_()
    assert "array" not in repr(shown)  # pictures are not spelled out


def test_the_paper_reader_has_its_classes(template):
    found = score(template.field, calibrated=random_classifier("paper"), **TWO)
    assert list(found.probabilities) == [str(symmetry) for symmetry in CLASS_SETS["paper"]]


def test_the_function_is_what_the_package_gives_in_any_order():
    code = "from symscope import Score, score; assert callable(score), score"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


# The classifiers that ship


@pytest.fixture(scope="module", params=["both", "cnn"])
def shipped(request):
    """Scores of a template of each of the paper's classes, and of noise, as users get them."""
    drawn = templates(classes=PAPER, families=["wells"], seed=(9, 2))
    fields = [template.field for template in drawn] + [Field.from_levels(white_noise())]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "fast", Settings())
        return list(score_many(fields, classifier="paper", evidence=request.param, **TWO))


def test_templates_are_read_as_what_they_are(shipped):
    rows = shipped[:-1]
    assert {row.outcome for row in rows} == {Outcome.OK}
    right = sum(row.label == label for row, label in zip(rows, PAPER, strict=True))
    assert right >= 4
    symmetry = [row.symmetry for row in rows]
    assert min(symmetry) == symmetry[PAPER.index("∅")]


def test_of_noise_which_is_not_learned_only_the_picture_can_say_something(shipped):
    noise = shipped[-1]
    if "evidence" not in noise.provenance:
        assert noise.outcome is Outcome.NOT_LEARNED
        return
    assert noise.outcome is Outcome.OK
    assert noise.label == "∅"
    assert noise.realised is noise.joint is None
    assert "picture alone" in noise.message


@pytest.mark.parametrize("side", [8, 11, 15])
def test_the_smallest_pictures_have_an_answer(side):
    """Sprites are pictures too: each pixel is repeated until there is enough to be searched."""
    half = np.random.default_rng(3).random((side, side // 2)) > 0.5
    rest = side - 2 * half.shape[1]
    whole = np.hstack([half, np.ones((side, rest), bool), half[:, ::-1]])
    found = score(whole.astype(np.float32), networks=1)
    assert found.outcome is Outcome.OK
    assert found.label == "Z_2"
    axis = found.elements.of("mirror")[0]
    assert axis.angle_deg == pytest.approx(90, abs=1)
    assert axis.offset == pytest.approx(0, abs=0.02)
    # A single network has no spread.
    assert found.symmetry_sd is None
    assert not found.probabilities_sd


def test_what_could_not_be_read_was_to_be_weighed_too(tmp_path, picture):
    rows = list(score_many([str(tmp_path / "gone.png"), picture], **TWO))
    for name in ("evidence", "classifier_sha256"):
        assert rows[0].provenance[name] == rows[1].provenance[name]
    # A sound's answer is its own structure: nothing is weighed.
    (sound,) = score_many([str(tmp_path / "gone.wav")], **TWO)
    assert "evidence" not in sound.provenance


def test_the_provenance_names_the_classifier_that_ships(shipped):
    kept = shipped[0].provenance
    name = f"evidence-{kept['evidence']}" if "evidence" in kept else "paper"
    content = (WEIGHTS / f"{name}.safetensors").read_bytes()
    assert kept["classifier"] == "paper"
    assert kept["classifier_sha256"] == hashlib.sha256(content).hexdigest()
    task = kept.get("task", "colours")
    assert kept["settings_fingerprint"] == replace(Settings(), task=task).fingerprint


def test_how_a_picture_was_read_is_in_its_row(tmp_path, classifier):
    first, second = (Image.fromarray(disc(radius=r).astype(np.uint8) * 255) for r in (0.3, 0.6))
    file = tmp_path / "turning.gif"
    first.save(file, save_all=True, append_images=[second])
    rows = [
        score(str(file), calibrated=classifier, select=select, **TWO).to_row()["provenance"]
        for select in (None, "t=2")
    ]
    assert [row["read"][0][:12] for row in rows] == ["frame 1 of 2", "frame 2 of 2"]
    assert [row.get("select") for row in rows] == [None, "t=2"]
    assert rows[0]["field_sha256"] != rows[1]["field_sha256"]
    plain = tmp_path / "plain.png"
    second.save(plain)
    same = score(str(plain), calibrated=classifier, **TWO).to_row()["provenance"]
    assert same["field_sha256"] == rows[1]["field_sha256"]
    assert not {"read", "select"} & set(same)
    (gone,) = score_many([str(file)], calibrated=classifier, select="t=3", **TWO)
    assert gone.outcome is Outcome.UNREADABLE
    (array,) = score_many([np.arange(99.0)], calibrated=classifier, select="t=3", **TWO)
    assert array.outcome is Outcome.UNREADABLE
