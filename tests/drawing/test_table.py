"""Results as tables for people: in a terminal, in a file, in a notebook."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from fakes.scores import a_failure, a_score, a_sound
from symscope.drawing.table import (
    NEAREST_CAPTION,
    Layout,
    figures_tables,
    notes,
    score_table,
    to_text,
)
from symscope.errors import Outcome

ROWS = [a_failure("gone.png").to_row(), a_score("kite.png", label="Z_2").to_row()]

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e&amp;.png'


def printed(*tables: object) -> str:
    console = Console(width=100, file=io.StringIO())
    with console.capture() as captured:
        for each in tables:
            console.print(each)
    return captured.get()


def test_the_table_tells_score_class_and_outcome() -> None:
    text = printed(score_table(ROWS))
    assert "0.90 ± 0.02" in text
    assert "Z_2 0.90" in text
    assert "missing" in text


def test_the_table_names_the_first_class_and_others_that_are_probable() -> None:
    row = a_score().to_row() | {"probabilities": {"∅": 0.03, "Z_2": 0.9, "T": 0.07}}
    text = printed(score_table([row]))
    assert "Z_2 0.90 · T 0.07" in text
    assert "∅" not in text


def test_a_name_keeps_to_its_line_and_its_folder_is_left_out_where_names_do_without() -> None:
    rows = [a_score(f"far/away/{name}.png").to_row() for name in ("kite", "a" * 90)]
    lines = printed(score_table(rows)).splitlines()
    assert len(lines) == 1 + len(rows)
    assert lines[1].startswith("kite.png")
    same = printed(score_table([a_score(f"{f}/kite.png").to_row() for f in ("one", "two")]))
    assert "one/kite.png" in same
    assert "two/kite.png" in same


def test_the_table_obeys_neither_markup_nor_control_characters_of_a_name() -> None:
    row = a_score("[red]a\x1b[2Jb.png").to_row()
    text = printed(score_table([row]))
    assert "[red]a" in text
    assert "\x1b[2J" not in text


def test_a_table_in_a_file_has_no_colours() -> None:
    assert b"\x1b" not in to_text(ROWS)


def test_figures_of_an_evaluation_are_numbers_and_matrices() -> None:
    figures = {
        "accuracy": {"hidden": 0.93456, "interval": [0.9, 0.95]},
        "confusion": {"∅": {"∅": 9, "T": 1}, "T": {"∅": 2, "T": 8}},
        "plain": [[1, 2], [3, 4]],
    }
    tables = figures_tables(figures)
    text = printed(*tables)
    assert len(tables) == 3
    assert "accuracy.hidden    0.935" in text
    assert "0.900 … 0.950" in text


def test_a_table_with_sounds_says_whose_answer_is_whose() -> None:
    text = to_text([a_sound("∅").to_row()]).decode()
    assert "loop, 2 s (time)" in text
    assert "the music counts" in text
    assert not notes([a_score().to_row()])


def test_the_header_does_not_depend_on_what_could_be_read() -> None:
    weighed = a_score().to_row() | {"there": 0.9, "chance": 0.1}
    for one, path in ((weighed, "gone.png"), (a_sound("T_n").to_row(), "gone.wav")):
        headers = [
            [column.header for column in score_table(rows).columns]
            for rows in ([one, one], [one, a_failure(path).to_row()])
        ]
        assert headers[0] == headers[1]
    assert "there" in printed(score_table([a_failure().to_row()]))
    assert "in music" in printed(score_table([a_failure("gone.wav").to_row()]))


@pytest.mark.parametrize("label", ["D_n", "∅"])
def test_where_there_is_little_room_names_are_cut_and_nothing_else(label) -> None:
    row = a_score(label=label, symmetry=1.0).to_row() | {"symmetry_sd": 0.001}
    row |= {"there": 0.99, "realised": 0.98, "chance": 1e-6, "path": "the name of a picture.png"}
    row["nearest"] = "Z_2" if label == "∅" else None
    console = Console(width=80, file=io.StringIO())
    with console.capture() as captured:
        console.print(score_table([row]))
    text = captured.get()
    line = text.splitlines()[-1]
    shown = line.split()
    assert label in shown
    assert {"1.00", "0.99", "0.98", "1/10,000", "ok"} <= set(shown)
    assert line.startswith("the name of")
    assert "…" in line
    assert len(text.splitlines()) <= 3


@pytest.mark.parametrize("width", [46, 50, 60, 70, 76, 79])
def test_in_a_narrow_window_columns_are_left_out_and_names_stay(width) -> None:
    row = a_score("the name of a picture.png").to_row() | {"symmetry_sd": 0.001}
    row |= {"there": 0.99, "realised": 0.98, "chance": 1e-6}
    layout = Layout.of([row["path"]], musical=False, weighed=True, width=width)
    for table in (score_table([row], width=width), score_table([row], layout)):
        console = Console(width=width, file=io.StringIO())
        with console.capture() as captured:
            console.print(table)
        head, line = captured.get().splitlines()
        assert line.startswith("the name")
        assert line.split()[-1] == "ok"
        assert "symmetry" in head
        assert line.count("…") == 1
        assert ("learned" in head) == ("learned" not in layout.spared)
        assert ("chance" in head) == (width >= 60)


def test_the_nearest_stands_beside_none() -> None:
    row = a_score(label="∅").to_row() | {"there": 0.5, "chance": 0.3, "nearest": "Z_2"}
    text = to_text([row, row]).decode()
    assert "∅ (Z_2)" in text
    assert NEAREST_CAPTION in " ".join(text.split())


class Tags(HTMLParser):
    """The tags and attributes that a browser would see, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_html_holds_the_figure_and_the_numbers() -> None:
    html = a_score("kite.png", label="Z_2", symmetry=0.9)._repr_html_()
    (picture,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert base64.b64decode(picture).startswith(b"\x89PNG\r\n\x1a\n")
    text = Tags(html).text
    for expected in ("kite.png", "Z_2 mirror", "0.90 ± 0.02", "97 %"):
        assert expected in text
    assert "$" not in text  # not all notebooks set mathematics


def test_a_hostile_name_stays_a_name() -> None:
    page = Tags(a_failure(HOSTILE)._repr_html_())
    assert {tag for tag, _ in page.tags} <= {"table", "caption", "tr", "th", "td"}
    assert not any(attributes for _, attributes in page.tags)
    assert "<script>alert(1)</script>" in page.text
    assert not {"\x1b", "\u202e"} & set(page.text)


@pytest.mark.parametrize("made", [a_score, a_failure])
def test_png_is_there_for_those_who_show_no_html(made) -> None:
    assert made(HOSTILE)._repr_png_().startswith(b"\x89PNG\r\n\x1a\n")


def test_it_is_said_when_not_to_rely_on_a_score() -> None:
    poor = replace(a_score(), outcome=Outcome.NOT_LEARNED, message="too fine", views=None)
    assert "to be relied on" in Tags(poor._repr_html_()).text
    assert "to be relied on" not in Tags(replace(a_score(), views=None)._repr_html_()).text


def test_rows_that_come_one_by_one_are_one_table() -> None:
    paths = ["a.png", f"folder/{'long' * 40}.png"]
    layout = Layout.of(paths, musical=False, weighed=True, width=80)
    rows = [a_score(path).to_row() | {"there": 0.5, "chance": 1e-5} for path in paths]
    first = Console(width=80, file=io.StringIO())
    with first.capture() as captured:
        first.print(score_table(rows[:1], layout))
        first.print(score_table(rows[1:], replace(layout, first=False)))
    head, one, *more = captured.get().splitlines()
    assert max(map(len, (head, one, *more))) <= 80
    assert head.index("outcome") == one.index("ok") == more[0].index("ok")
    assert "picture" in head
    assert not any("picture" in line for line in more)
