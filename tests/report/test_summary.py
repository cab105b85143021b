"""The summary of a collection: groups, kinds, galleries, failures, however many rows there are.

What it says is compared with the text that is kept of it, by ``test_pages.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes.rows import PROVENANCE, failed, read, row
from symscope.classifier import classifier as classifier
from symscope.drawing.kinds import CLASSES
from symscope.errors import Outcome
from symscope.report import distribution
from symscope.report.distribution import MOST_GROUPS, interval_of_median, strip_svg
from symscope.report.distribution import lines as lines_of
from symscope.report.summary import GALLERY, write_summary
from symscope.report.tally import MOST_FAILURES, Tally, group_of

Summarised = Callable[..., str]


@pytest.fixture
def summarised(tmp_path: Path) -> Summarised:
    """Write the summary of rows and return the page."""

    def write(*rows: dict[str, Any], group: str = "artist", title: str = "Paintings") -> str:
        write_summary(tmp_path / "s.html", lambda: iter(rows), group=group, title=title, read=read)
        return (tmp_path / "s.html").read_text("utf-8")

    return write


def names(html: str) -> list[str]:
    return re.findall(r'<bdi class="card-name">(\w+)\.png</bdi>', html)


def text(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_groups_are_sorted_by_their_median_with_count_and_interval(summarised: Summarised):
    rows = [row(f"a{i}.png", 0.1 + 0.001 * i, artist="Ada") for i in range(6)]
    rows += [row(f"b{i}.png", 0.9, artist="Bob & <i>") for i in range(3)]
    html = summarised(*rows)
    lines = re.findall(r'rowheader"><bdi>(.*?)</bdi></th>(.*?)</tr>', html, re.DOTALL)
    assert [name for name, _ in lines] == ["all pictures", "Bob &amp; &lt;i&gt;", "Ada"]
    assert re.search(r"3 0.90 – 100 % mirror", text(lines[1][1]))
    assert re.search(r"6 0.10 0.10 – 0.1\d 0 % none", text(lines[2][1]))
    assert "9 pictures: 9 scored" in text(html)


def test_a_group_may_be_the_folder_a_value_of_the_row_or_missing():
    assert group_of({"manifest": {"folder": "x/y"}}, "folder") == "x/y"
    assert group_of({"manifest": {"year": 1889}}, "year") == 1889
    assert group_of({"group": "mine", "manifest": {"artist": "Ada"}}, "artist") == "mine"
    assert group_of({"manifest": {"artist": ""}}, "artist") == "(none)"
    assert group_of({}, "artist") == "(none)"


def test_years_stay_in_order_and_are_taken_together_when_there_are_many():
    few = Tally.of([row("a.png", 0.9 - 0.1 * i, year=1900 + i) for i in range(3)], "year")
    assert [line.name for line in lines_of(few)] == ["all pictures", "1900", "1901", "1902"]
    many = lines_of(Tally.of([row("a.png", year=1500 + i) for i in range(400)], "year"))
    assert len(many) <= MOST_GROUPS + 1
    assert (many[1].name, many[2].name) == ("1500 – 1509", "1510 – 1519")
    assert sum(line.count for line in many[1:]) == 400
    undated = [row("a.png", 0.9, year=""), row("a.png", year=1901), row("a.png", year=1900)]
    found = lines_of(Tally.of(undated, "year"))
    assert [line.name for line in found[1:]] == ["1900", "1901", "(none)"]


def test_of_many_artists_those_with_the_most_pictures_are_shown_and_no_picture_is_lost():
    rows = [row("a.png", 0.9, artist=f"artist {i}") for i in range(100)]
    rows += [row("b.png", 0.2, artist="artist 99") for _ in range(5)]
    lines = lines_of(Tally.of(rows, "artist"))
    assert len(lines) == MOST_GROUPS + 1
    assert "artist 99" in {line.name for line in lines}
    assert lines[-1].name == "41 groups with fewer pictures"
    assert sum(line.count for line in lines[1:]) == len(rows)


def test_the_interval_holds_the_median_and_narrows_with_more_pictures():
    values = np.random.default_rng(0).uniform(size=1000)
    few, many = interval_of_median(values[:20]), interval_of_median(values)
    assert few is not None
    assert many is not None
    assert few[0] < np.median(values[:20]) < few[1]
    assert many[0] < np.median(values) < many[1]
    assert many[1] - many[0] < 0.5 * (few[1] - few[0])
    assert interval_of_median(values[:4]) is None
    assert interval_of_median(np.full(9, 0.5)) == (0.5, 0.5)


def test_a_drawing_has_its_dot_at_the_median_and_is_small_for_any_number():
    drawn = strip_svg(np.random.default_rng(0).uniform(size=100_001), (0.49, 0.51), "one")
    assert float(
        re.search(r'<use [^>]*?x="([\d.]+)" y="[\d.]+" style="fill: var\(--accent', drawn)[1]
    ) == pytest.approx(150, abs=2)
    assert len(drawn) < 6000


def test_symmetric_means_what_the_reader_means_by_it():
    assert distribution.NAMED_FROM == classifier.NAMED_FROM


def test_galleries_show_the_most_the_middle_and_the_least(summarised: Summarised):
    count = 3 * GALLERY + 11
    html = summarised(*(row(f"p{i}.png", i / count) for i in range(count)))
    shown = names(html)
    assert shown[:GALLERY] == [f"p{count - 1 - i}" for i in range(GALLERY)]
    assert shown[-1] == "p0"
    assert len(shown) == len(set(shown)) == 3 * GALLERY
    middle = [int(name[1:]) for name in shown[GALLERY : 2 * GALLERY]]
    assert min(middle) < count // 2 < max(middle)
    assert html.count('id="gallery-') == 3


def test_a_small_collection_has_one_gallery(summarised: Summarised):
    html = summarised(row("low.png", 0.1), row("high.png", 0.9))
    assert names(html) == ["high", "low"]


def test_a_file_gone_or_changed_meanwhile_is_named(summarised: Summarised):
    changed = row("new.png")
    changed["provenance"] = PROVENANCE | {"file_sha256": "f" * 64}
    html = summarised(row("gone.png"), row("here.png"), changed)
    assert html.count("<img") == 2
    assert html.count('<span class="gone">') == 1
    assert sorted(names(html)) == ["gone", "here", "new"]


def test_failures_are_grouped_by_outcome_with_their_reasons(summarised: Summarised):
    rows = [failed(f"m{i}.png") for i in range(MOST_FAILURES + 7)]
    html = summarised(row("a.png"), *rows, failed("<b>.png", Outcome.UNREADABLE))
    said = text(html)
    assert f"Missing: {MOST_FAILURES + 7}" in said
    assert "And 7 more" in said
    assert "Unreadable: 1" in said
    assert said.index("Missing:") < said.index("Unreadable:")
    assert "<b>" not in html


def test_of_rows_that_were_made_otherwise_the_number_is_said(summarised: Summarised):
    other = row("b.png")
    other["provenance"] = PROVENANCE | {"symscope": "0.0.9", "networks": 96}
    said = text(summarised(row("a.png"), row("c.png"), other))
    assert "networks trained 16 to 96" in said
    assert "1 rows were made differently" in said
    # The paper's classifier tells five classes apart.
    assert CLASSES["T"].meaning in said
    assert CLASSES["C_n"].meaning not in said


def test_a_sound_is_made_as_the_pictures_beside_it_are(summarised: Summarised):
    sounds = [row(f"{i}.wav") for i in range(3)]
    for number, one in enumerate(sounds):
        heard = {"view": "pitch", "window": 30.0, "part": f"t={number},{number + 1}"}
        one["provenance"] = one["provenance"] | heard
    assert "were made differently" not in text(summarised(row("a.png"), *sounds))


def test_nothing_scored_is_a_page_too(summarised: Summarised):
    assert "0 pictures: 0 scored" in text(summarised())
    assert "1 picture: 0 scored, 1 without a score" in text(summarised(failed("a.png")))


def test_names_do_no_harm_and_nothing_else_is_needed(summarised: Summarised):
    bad = "<script>alert(1)</script>\x00\u202e\udcff"
    html = summarised(row(bad, artist=bad), row("a.png", artist="Ada"), title=bad, group=bad)
    for forbidden in ("<script", "<link", "\x00", "\u202e"):
        assert forbidden not in html
    assert set(re.findall(r'src="(.{11})', html)) == {"data:image/"}
    assert "Content-Security-Policy" in html


def test_rows_of_a_large_collection_are_never_held_together(tmp_path: Path):
    """The rows that exist at a time are counted, as is every reading of a picture."""
    alive, most, opened = 0, 0, 0

    class Counted(dict):
        def __init__(self, *given: Any) -> None:
            nonlocal alive, most
            super().__init__(*given)
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    base = row("a.png", artist="Ada")

    def rows() -> Iterator[Counted]:
        for i in range(5000):
            symmetry = (i * 37 % 5000) / 5000
            yield Counted(base | {"path": f"{i}.png", "symmetry": symmetry, "group": i % 70})

    def counted_read(path: str) -> Any:
        nonlocal opened
        opened += 1
        return read(path)

    file = tmp_path / "s.html"
    write_summary(file, rows, group="artist", title="Many", read=counted_read)
    assert most <= 3
    assert opened == 3 * GALLERY
    assert file.stat().st_size < 1_000_000


def test_whose_number_a_sound_has_is_said_where_there_are_sounds(summarised: Summarised):
    heard = row("a.wav") | {"music": {"name": "loop"}}
    assert "2 files: 2 scored" in text(summarised(row("a.png"), heard))
    assert "Of a sound" in text(summarised(heard))
    assert "Of a sound" not in text(summarised(row("a.png")))
