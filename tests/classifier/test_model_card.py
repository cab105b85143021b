"""The model card: what it lists is what lies in the folder."""

import json

from symscope.classifier.classifier import CARDS, WEIGHTS, load_cards
from symscope.classifier.model_card import CONTROLS, write_model_card


def rows(folder):
    """The names in the first column of the card's tables."""
    text = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    return [cell for cell in cells if cell != "classifier"]


def test_all_classifiers_of_a_folder_are_listed_those_of_controls_too(tmp_path):
    every = load_cards(WEIGHTS)
    control = {"control-plane": next(c for c in every.values() if c["kind"] != "evidence")}
    (tmp_path / CARDS).write_text(json.dumps(every))
    (tmp_path / CONTROLS).mkdir()
    (tmp_path / CONTROLS / CARDS).write_text(json.dumps(control))
    write_model_card(tmp_path)
    assert sorted(rows(tmp_path)) == sorted([*every, *control])


def test_those_of_evidence_alone_have_a_card_too(tmp_path):
    weighing = {n: c for n, c in load_cards(WEIGHTS).items() if c["kind"] == "evidence"}
    (tmp_path / CARDS).write_text(json.dumps(weighing))
    write_model_card(tmp_path)
    assert rows(tmp_path) == sorted(weighing)
