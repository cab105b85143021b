"""Scores after other tasks: what is learned, what is not, and what cannot be."""

import json

import numpy as np
import pytest
from PIL import Image

from fakes.small import SIDE, TINY, disc, random_classifier, white_noise
from symscope import cli
from symscope.api import score, score_many
from symscope.errors import Outcome, UsageError
from symscope.field import Field
from symscope.networks.ensemble import Fit
from symscope.networks.settings import SETTINGS
from symscope.options import Options
from symscope.pipeline import Loaded, Pipeline
from symscope.results import Drawn, Trained

OPTIONS = {"networks": 1, "elements": False}


@pytest.fixture(scope="module", autouse=True)
def tiny():
    """Small decoys for every score of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SETTINGS, "fast", TINY)
        yield


@pytest.fixture(scope="module")
def classifier():
    return random_classifier()


@pytest.fixture(scope="module")
def coloured():
    """A disc whose colour changes from left to right on a dark ground."""
    x = np.linspace(0, 255, SIDE)[None].repeat(SIDE, 0)
    inside = disc() > 0
    channels = [np.where(inside, 255, 20), np.where(inside, x, 20), np.where(inside, 255 - x, 20)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def test_values_are_learned(classifier, coloured):
    found = score(coloured, task="rgb", calibrated=classifier, **OPTIONS)
    assert found.outcome is Outcome.OK
    assert found.provenance["task"] == "rgb"
    assert found.fit.chance_accuracy == 0
    assert found.fit.skill > 0.7
    assert found.views.answers.shape == (1, SIDE, SIDE)


def test_a_control_is_one_however_well_it_guesses():
    item = Loaded("disc", Field.from_levels(disc()))
    fit = Fit(1.0, 1.0, 0.5, 100, explained_variance=0.9)
    assert "is a control" in Pipeline(Options(task="frozen")).distrust(fit, item)[0]
    assert Pipeline(Options()).distrust(fit, item) is None


def test_the_answers_of_bands_are_asked_for_everywhere(classifier, coloured):
    told = []
    found = score(coloured, task="bands:3", calibrated=classifier, watch=told.append, **OPTIONS)
    # Points here and there make no picture that can be watched.
    assert [type(stage) for stage in told] == [Drawn, Trained]
    assert found.views.answers.shape == (1, SIDE, SIDE)


def test_a_task_does_not_change_what_shares_its_batch(classifier, coloured):
    grey = 255 * white_noise().astype(np.uint8)
    pictures = [coloured[::-1], grey, coloured]
    _, failed, together = score_many(pictures, task="rgb", calibrated=classifier, **OPTIONS)
    alone = score(coloured, task="rgb", calibrated=classifier, **OPTIONS)
    assert together.probabilities == alone.probabilities
    assert together.fit == alone.fit
    # A grey picture has no colours to learn.
    assert failed.outcome is Outcome.NO_COLOUR
    assert "intensity" in failed.message


def test_rows_of_two_colours_do_not_name_their_task(classifier):
    blank = Field.from_levels(np.zeros((SIDE, SIDE), int))
    assert "task" not in score(blank, calibrated=classifier, **OPTIONS).provenance
    assert score(blank, task="greys", calibrated=classifier).provenance["task"] == "greys:4"


def test_a_field_without_values_is_refused(classifier):
    with pytest.raises(UsageError, match="needs a Field with values"):
        score(Field.from_levels(disc()), task="intensity", calibrated=classifier, **OPTIONS)


@pytest.mark.parametrize("word", ["colors", "greys:1", "greys:1000", "vae:old"])
def test_the_command_line_refuses_other_tasks(capfd, word):
    assert cli.main(["score", "sample:camera", "--task", word]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert f"found task {word!r}" in err
    assert "Traceback" not in err


def test_the_command_line_tells_that_a_picture_is_grey(capfd, tmp_path):
    path = tmp_path / "grey.png"
    Image.fromarray(255 * disc().astype(np.uint8)).save(path)
    code = cli.main(["score", str(path), "--task", "rgb", "--format", "json"])
    out, err = capfd.readouterr()
    assert code == 4
    assert json.loads(out)[0]["outcome"] == "no_colour"
    assert "use --task intensity" in err


def test_provenance_lists_a_sketch_only_where_it_was_used():
    assert "sketch" not in Pipeline(Options()).provenance(2)
    assert Pipeline(Options(task="colours")).provenance(2)["sketch"] == "otsu"
    assert Pipeline(Options(evidence="cnn")).provenance(2)["sketch"] == "otsu"
    assert Pipeline(Options(task="greys:4")).provenance(2)["sketch"] == "otsu"
    # Its levels tell the seeds of networks apart.
    assert Pipeline(Options(sketch="edges")).provenance(2)["sketch"] == "edges"
    assert Pipeline(Options()).provenance(3)["sketch"] == "otsu"
