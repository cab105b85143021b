"""Results as JSON and back, and as a table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import symscope
from fakes.fields import a_signal, a_volume, in_four_dimensions, in_space
from fakes.scores import FOUND, a_failure, a_score, a_sound, elements
from symscope.drawing.explain import sentence, verdict
from symscope.drawing.rows import encoded, plain
from symscope.elements import Elements
from symscope.errors import InputError, UsageError
from symscope.results import Failure, Score, from_json

SCORES = {
    "picture": a_score(),
    "failure": a_failure(),
    "none": replace(
        a_score(label="∅", symmetry=0.1),
        **{"there": 0.5, "realised": 0.4, "chance": 0.3, "nearest": "Z_2"},
        elements=Elements((), {}, nearest=(FOUND["mirror"],)),
    ),
    "pattern": replace(
        a_score(label="T_n"),
        **{"there": 0.9, "realised": 0.8, "chance": 0.01, "elements": elements("translation")},
    ),
    "sound": a_sound("Z_2"),
    "signal": a_signal(),
    "volume": a_volume(),
    "samples": in_space(),
    "elsewhere": in_four_dimensions(),
}


def same(one: Elements | None, other: Elements | None) -> None:
    assert (one is None) == (other is None)
    for mine, theirs in zip(one.items if one else (), other.items if other else (), strict=True):
        assert mine.to_row() == theirs.to_row()
        for move, moved in zip(mine.moves, theirs.moves, strict=True):
            np.testing.assert_array_equal(move.linear, moved.linear)
            np.testing.assert_array_equal(move.shift, moved.shift)


@pytest.mark.parametrize("name", SCORES)
def test_a_result_comes_back_with_its_row_its_words_and_its_elements(name: str) -> None:
    given = SCORES[name]
    back = from_json(given.to_json())
    assert type(back) is type(given)
    assert plain(back.to_row()) == plain(given.to_row())
    assert verdict(back).headline == verdict(given).headline
    assert verdict(back).sure == verdict(given).sure
    assert sentence(from_json(back.to_json())) == sentence(given)
    assert repr(back) == repr(given)
    same(given.elements, back.elements)
    assert from_json(back.to_json()).to_json() == back.to_json()
    assert "<table>" in back._repr_html_()


def test_what_was_read_back_says_that_it_cannot_be_drawn() -> None:
    back = Score.from_json(a_score().to_json())
    with pytest.raises(UsageError, match="JSON"):
        back.figure()
    assert back._repr_png_() is None
    with pytest.raises(InputError):
        Failure.from_json(a_score().to_json())


def changed(path: str, value: Any) -> str:
    held = json.loads(a_volume().to_json())
    *way, last = path.split(".")
    branch = held
    for step in way:
        branch = branch[int(step) if step.isdigit() else step]
    branch[last] = value
    return json.dumps(held)


HOSTILE = {
    "nothing": "",
    "no object": "[]",
    "not closed": "{",
    "not a number": '{"kind": NaN}',
    "deep": "[" * 100_000,
    "long number": "1" * 10_000,
    "bytes": b"\xff\xfe\x00",
    "another kind": changed("kind", ["Score"]),
    "another version": changed("version", 2),
    "no path": changed("result", {"outcome": "ok"}),
    "another outcome": changed("result.outcome", "fine"),
    "more": changed("result.more", 1),
    "drawn": changed("result.picture", None),
    "read back": changed("result.read_back", False),
    "words for a number": changed("result.symmetry", "0.5"),
    "a truth for a number": changed("result.symmetry", True),
    "huge": changed("result.symmetry", 10**400),
    "huge in what is free": changed("result.provenance.seed", 10**400),
    "deep in what is free": changed("result.provenance", json.loads('{"a":' * 99 + "1" + "}" * 99)),
    "another element": changed("result.elements.items.0.kind", "spiral"),
    "no moves": changed("result.elements.items.0.moves", {}),
    "a short move": changed("result.elements.items.0.moves.0.shift", {"shape": [9], "values": [1]}),
    "a huge move": changed(
        "result.elements.items.0.moves.0.shift", {"shape": [2**40, 2**40, 0], "values": [1]}
    ),
    "a short pair": changed("result.elements.items.0.centre", [1.0]),
    "another dimension": changed("result.provenance.dimension", "many"),
    "a list": changed("result.probabilities", [1.0]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_other_json_is_one_error(name: str) -> None:
    with pytest.raises(InputError):
        from_json(HOSTILE[name])
    with pytest.raises(InputError):
        Score.from_json(HOSTILE[name])


def test_what_is_no_text_is_an_error() -> None:
    with pytest.raises(InputError):
        from_json(None)  # pyright: ignore[reportArgumentType]


def test_a_table_has_the_columns_of_a_csv_with_types() -> None:
    pd = pytest.importorskip("pandas")
    results = [a_score(), a_failure(), a_sound("Z_2")]
    table = symscope.table(results)
    header = encoded([each.to_row() for each in results], "csv").decode().split("\n")[0]
    assert list(table.columns) == header.split(",")
    assert table["path"].tolist() == ["kite.png", "gone.png", "a.wav"]
    assert table["symmetry"].dtype == np.float64
    assert table["symmetry"].isna().tolist() == [False, True, False]
    assert table["provenance.seed"].dtype == pd.Int64Dtype()
    assert symscope.table(results[0]).shape[0] == 1
    assert symscope.table([]).shape == (0, 0)
    with pytest.raises(UsageError):
        symscope.table(["a.png"])


def test_a_table_without_pandas_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(UsageError, match=r"symscope\[pandas\]"):
        symscope.table([a_failure()])


def test_found_elements_stay_what_they_are() -> None:
    from dataclasses import replace

    given = replace(a_score(), elements=elements())
    same(given.elements, Score.from_json(given.to_json()).elements)
