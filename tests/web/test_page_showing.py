"""What the page is given to show: stages, whole results, elements as shapes; all of it plain."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image

from fakes.fields import a_volume
from fakes.scores import a_failure, a_picture, a_score, a_sketch
from symscope.drawing import style
from symscope.elements import KINDS, Element, Elements
from symscope.errors import InputError, Outcome
from symscope.io.images import read_picture
from symscope.networks.learning import Learning
from symscope.options import (
    ClassSet,
    Frame,
    NetworkSettings,
    Options,
    SketchMethod,
    SoundView,
)
from symscope.results import Drawn, Trained
from symscope.tasks import parse_task
from symscope.web.app import CHOICES
from symscope.web.preview import Previewer
from symscope.web.show import elements, result, seen_square, stage, two_coloured

TASK = parse_task("greys:4")

PREVIEW = {"do": "sketch", "picture": True, "options": asdict(Options())}


def pixels(address: str) -> np.ndarray:
    """Decode a data: address."""
    kind, _, text = address.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"))


def colour(text: str) -> list[int]:
    return [int(text[start : start + 2], 16) for start in (1, 3, 5)]


def nothing(stage):
    raise AssertionError(stage)


def test_the_two_colours_are_those_of_the_sketch():
    seen = pixels(two_coloured(np.array([[0.0, 1.0], [-3.0, 0.5]])))
    assert seen[0, 0].tolist() == seen[1, 0].tolist() == colour(style.INK)
    assert seen[0, 1].tolist() == colour(style.PAPER)
    assert colour(style.INK) < seen[1, 1].tolist() < colour(style.PAPER)


def test_frames_of_learning_are_squares_with_the_share_learned():
    answers = np.zeros((2, 16), np.float32)
    answers[1, 3] = 1
    seen = stage(Learning(20, answers, np.array([0.5, 0.75], np.float32)), TASK)
    assert (seen["stage"], seen["step"], seen["learned"]) == ("learning", 20, [0.5, 0.75])
    assert pixels(seen["answers"][1])[0, 3].tolist() == colour(style.PAPER)
    json.dumps(seen, allow_nan=False)


def test_what_is_drawn_comes_with_the_square_that_the_networks_see():
    seen = stage(Drawn(a_picture(), a_sketch()), TASK)
    assert (seen["rows"], seen["columns"]) == (60, 80)
    assert seen["square"] == {"x": 10.0, "y": 0.0, "side": 60.0}
    assert seen_square((60, 80), 80) is None
    assert "the shade of grey at every point" in seen["captions"]["answers"]
    assert "4 grey levels" in seen["captions"]["sketch"]
    json.dumps(seen, allow_nan=False)


def test_a_profile_so_far_says_of_how_many_networks():
    seen = stage(Trained(32, 96, {"Z_2": 0.9}, {"Z_2": 0.1}), TASK)
    assert (seen["networks"], seen["most"], seen["probabilities"]) == (32, 96, {"Z_2": 0.9})


def test_a_result_is_plain_and_whole():
    shown = json.loads(json.dumps(result(a_score(), Options(seed=3)), allow_nan=False))
    assert shown["row"]["symmetry"] == 0.9
    assert shown["command"] == "symscope score --seed 3 kite.png"
    assert len(shown["per_network"]) == len(shown["answers"]) == len(shown["learned"]) == 3
    assert len(shown["maps"]) == 3
    assert shown["verdict"]["headline"]
    assert all(set(reason) == {"speaks", "text"} for reason in shown["verdict"]["reasons"])


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.OK])
def test_a_failure_is_shown_with_its_reason(outcome):
    shown = result(a_failure(outcome=outcome), Options())
    assert shown["row"]["outcome"] == outcome
    assert shown["row"]["message"]
    assert "picture" not in shown
    json.dumps(shown, allow_nan=False)


def test_every_kind_of_element_has_a_shape_and_a_line():
    found = (
        Element("mirror", (), 0.95, 1.0, angle_deg=90.0, offset=-0.5, hidden=0.9, hidden_sd=0.1),
        Element("rotation", (), 0.97, 1.0, order=4, centre=(0.5, 0.25)),
        Element("translation", (), 0.99, 0.7, angle_deg=0.0, vector=(0.5, 0.0)),
        Element("glide", (), 0.9, 0.7, angle_deg=0.0, offset=0.1, vector=(0.2, 0.0)),
        Element("stripes", (), 0.9, 0.7, angle_deg=0.0),
        Element("round", (), 0.9, 0.7, centre=(0.0, 0.0)),
    )
    shown = elements(Elements(found, dict.fromkeys(KINDS, 0.0)), 100, 200)
    shapes = {one["kind"]: one["shape"] for one in shown["elements"]}
    assert len(shapes) == len(KINDS)
    assert shown["more"] == 0
    # Offset -0.5 along the normal (-1, 0) of an upright axis: three quarters of the width.
    assert [x for x, _ in shapes["mirror axis"]["line"]] == pytest.approx([150, 150])
    assert shapes["rotation centre"]["at"] == pytest.approx((150, 25))
    assert shapes["period"]["line"] == [(100, 50), (150, 50)]
    assert shapes["stripes"]["line"] == [pytest.approx((40, 50)), pytest.approx((160, 50))]
    assert shapes["rings"]["radius"] == 45
    json.dumps(shown, allow_nan=False)


def test_previews_follow_the_options(tmp_path):
    picture = tmp_path / "a"
    Image.fromarray(np.tile(np.uint8([0, 255]), (40, 40))).save(picture, "png")
    previewer = Previewer()
    wish = PREVIEW | {"source": str(picture)}
    assert previewer.answer(wish, nothing)["square"] is None
    wish |= {"options": asdict(Options(frame="crop"))}
    whole = previewer.answer(wish, nothing)
    assert (whole["rows"], whole["columns"], whole["blank"]) == (40, 80, False)
    assert whole["square"] == {"x": 20.0, "y": 0.0, "side": 40.0}
    closer = previewer.answer(
        wish | {"options": asdict(Options(frame="crop", zoom=2.0)), "picture": False}, nothing
    )
    assert closer["square"]["side"] == 20
    assert "picture" not in closer
    assert closer["sketch"] != whole["sketch"]


def test_a_preview_of_what_is_no_picture_is_refused_without_the_servers_path(tmp_path):
    (tmp_path / "a").write_bytes(b"no picture")
    wish = PREVIEW | {"source": str(tmp_path / "a")}
    with pytest.raises(InputError) as refusal:
        Previewer().answer(wish, nothing)
    assert str(tmp_path) not in str(refusal.value)


def test_a_template_is_written_as_a_picture(tmp_path):
    path = tmp_path / "template"
    request = {"do": "template", "symmetry": "Z_2", "seed": 1, "path": str(path)}
    made = Previewer().answer(request, nothing)
    assert made["name"] == "mirror_waves_000.png"
    assert made["bytes"] == path.stat().st_size
    assert read_picture(path).grey.shape == (64, 64)


def test_samples_come_with_small_pictures():
    found = Previewer().answer({"do": "samples"}, nothing)["samples"]
    assert {"brick", "camera"} <= {one["name"] for one in found}
    assert all(one["thumbnail"].startswith("data:image/") for one in found)


def test_what_is_said_of_a_result_follows_its_task():
    score = a_score()
    grey = replace(score, provenance=score.provenance | {"task": "intensity"})
    said = [result(one, Options())["captions"] for one in (score, grey)]
    assert said[0]["reached"] == "of the points right"
    assert said[1]["reached"] == "of the variance explained"
    assert "the colour at every point" in said[0]["answers"]
    assert "the grey at every point" in said[1]["answers"]


def test_a_signal_is_previewed_as_a_curve_and_its_two_levels(tmp_path):
    np.save(tmp_path / "s.npy", np.sin(np.linspace(0, 9, 400)))
    wish = PREVIEW | {"source": str(tmp_path / "s.npy")}
    seen = Previewer().answer(wish, nothing)
    assert pixels(seen["picture"]).shape == (256, 256, 3)
    assert (seen["said"], seen["blank"]) == ("Its two levels", False)


def test_the_page_offers_every_word_of_an_option():
    words = {"sketch": SketchMethod, "frame": Frame, "classifier": ClassSet, "view": SoundView}
    for option, offered in (words | {"settings": NetworkSettings}).items():
        assert set(CHOICES[option][1]) == set(offered)


def test_the_fit_of_a_volume_speaks_of_its_grid():
    said = [line["what"] for line in result(a_volume(), Options())["fit"]]
    assert "variation of the volume that its grid keeps" in said
