"""The report: its order and its numbers, that it needs nothing else, that no name does harm in it.

What it says is compared with the text that is kept of it, by ``test_pages.py``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from browsers import browser, needs_browser
from fakes.fields import a_signal, a_volume, in_four_dimensions
from fakes.scores import a_failure, a_picture, a_score, elements
from symscope.drawing.kinds import CLASSES
from symscope.drawing.panels import probabilities_svg
from symscope.drawing.words import HEADLINES
from symscope.errors import Outcome
from symscope.groups import EXTENDED, PAPER
from symscope.options import Options
from symscope.report.command import score_words, shell_line
from symscope.report.html import report_html

CONTRAST = {"runOnly": ["color-contrast"]}
"""The only rule of axe whose answer depends on the colours."""

HOSTILE = (
    "<script>alert(1)</script>.png",
    '"><img src=x onerror=alert(1)>.png',
    "{{ 7 * 7 }}{% raw %}.png",
    "a\x00\x1b[31mb\nc.png",
    "\u202egnp.exe",
    "not utf-8 \udcff.png",
    "אבג & 漢.png",
    "javascript:alert(1)",
    "'; rm -rf $HOME #.png",
)


def report(*scores, **options) -> str:
    return report_html(scores, options=Options(**options))


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    def all(self, *names: str) -> list[dict[str, Any]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def assert_needs_nothing(html: str) -> None:
    page = Page(html)
    assert not page.all("script", "link", "iframe", "object", "embed", "base", "form")
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
    assert {image["src"][:11] for image in page.all("img")} <= {"data:image/"}
    for link in page.all("a"):
        assert link["href"].startswith(("#", "https://arxiv.org/"))
    assert set(re.findall(r"url\(.", html)) <= {"url(#"}
    assert "@import" not in html
    policy = page.all("meta")[1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"] == ("default-src 'none'; img-src data:; style-src 'unsafe-inline'")


def test_a_report_of_one_picture_has_its_name_for_a_title_and_no_index():
    page = Page(report(a_score("art/kite.png")))
    assert "How symmetric is kite.png?" in page.text
    assert not page.all("nav")


@pytest.mark.parametrize(("classifier", "classes"), [("extended", EXTENDED), ("paper", PAPER)])
def test_every_class_that_can_be_told_is_explained(classifier, classes):
    said = Page(report(a_score(), classifier=classifier)).text
    for symbol, kind in CLASSES.items():
        assert (kind.meaning in said) == (symbol in set(classes))


def test_a_report_needs_nothing_else():
    assert_needs_nothing(report(a_score(), replace(a_score(), elements=elements())))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_does_harm(name):
    html = report(a_score(name), a_score(f"folder/{name}"), replace(a_failure(name), message=name))
    html.encode("utf-8")
    assert_needs_nothing(html)
    assert not set("\x00\x1b\u202e") & set(html)
    assert "49.png" not in html
    shown = name.encode("unicode_escape").decode() if not name.isprintable() else name
    assert " ".join(shown.split()) in Page(html).text


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_the_command_can_be_pasted_whatever_the_file_is_called():
    given = [*(name.replace("\x00", "") for name in HOSTILE), "-x.png", "a\u202e7.png", "\t"]
    line = shell_line(score_words("score", given, ["--seed", "3"]))
    echo = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    words = [os.fsdecode(word) for word in echo.stdout.split(b"\0")[:-1]]
    assert words == ["symscope", "score", "--seed", "3", "--", *given]


def test_a_set_is_ordered_from_the_most_to_the_least_symmetric_and_failures_say_why():
    scores = [
        a_score("low.png", label="∅", symmetry=0.1),
        a_failure("gone.png"),
        a_score("high.png", symmetry=0.95),
        replace(a_score("vague.png"), outcome=Outcome.NOT_LEARNED, message="nothing learned"),
        a_score("some.png", symmetry=0.7),
    ]
    page = Page(report(*scores))
    index = re.findall(r"(\w+)\.png", page.text[: page.text.index("One half looks")])
    assert index[:5] == ["high", "some", "low", "gone", "vague"]
    sections = [s["id"] for s in page.all("section") if s.get("class") == "picture"]
    assert sections == [f"picture-{number}" for number in (3, 5, 1, 2, 4)]
    assert {link["href"] for link in page.all("a")} >= {f"#{name}" for name in sections}


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.OK])
def test_every_failure_has_a_section_that_says_why(outcome):
    said = Page(report(a_failure("gone.png", outcome))).text
    assert HEADLINES[outcome] in said
    assert f"{outcome} was found: do otherwise" in said


def test_nothing_to_report_is_a_page_too():
    assert "How symmetric are these 0 pictures?" in report()


def test_a_report_can_be_read_aloud():
    page = Page(report(replace(a_score(), elements=elements()), a_failure()))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) == 1
    assert all("alt" in image for image in page.all("img"))
    assert all(head.get("scope") in ("row", "col") for head in page.all("th"))
    for drawing in page.all("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing["aria-label"]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_same_scores_give_the_same_page():
    assert report(a_score(), a_failure()) == report(a_score(), a_failure())


def test_a_noisy_photograph_of_many_pixels_stays_small():
    noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3)).astype(np.uint8)
    picture = replace(a_picture(rows=1500, columns=2000), rgb=noise)
    one = report(replace(a_score(), picture=picture))
    assert len(one.encode()) < 600_000


def test_scores_are_taken_one_at_a_time():
    asked: list[int] = []

    def scores() -> Iterator[Any]:
        for number in range(3):
            asked.append(number)
            yield a_score(f"{number}.png")

    assert report_html(scores(), options=Options(), title="Mine").count("Mine") == 2
    assert asked == [0, 1, 2]


def page_words(page: str) -> str:
    """The text of a page's sections, without what is said of the method."""
    body = page[page.index("<main>") : page.index('<div class="abouts">')]
    body = re.sub(r"<svg.*?</svg>|data:[^\"]*", "", body, flags=re.DOTALL)
    alternatives = " ".join(re.findall(r'alt="([^"]*)"', body))
    return re.sub(r"<[^>]+>", " ", body) + alternatives


@pytest.mark.parametrize("make", [a_volume, a_signal, in_four_dimensions])
def test_a_page_of_other_inputs_says_neither_picture_nor_sketch_nor_colour(make):
    said = page_words(report(make())).lower()
    for word in ("picture", "sketch", "colour", "pixel"):
        assert word not in said
    assert "levels" in said


def test_bars_in_a_page_take_its_colours_and_say_their_numbers():
    svg = probabilities_svg(a_score(symmetry=0.99), "one")
    assert "mirror 0.99" in svg
    assert "var(--accent)" in svg
    assert len(svg) < 40_000
    assert probabilities_svg(a_failure(), "one") == ""


@needs_browser
def test_in_a_browser_nothing_is_asked_for_nothing_sticks_out_and_axe_is_content(tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    file = tmp_path / "report.html"
    scores = [replace(a_score(name), elements=elements()) for name in HOSTILE[:3]]
    file.write_text(report(*scores, a_failure()), "utf-8")
    asked, complaints = [], []
    with browser() as opened:
        for scheme, width, rules in (("light", 360, None), ("dark", 1280, CONTRAST)):
            page = opened.new_page(color_scheme=scheme, viewport={"width": width, "height": 700})
            page.set_default_timeout(120_000)
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.goto(file.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            loaded = "[...document.images].every(image => image.complete && image.naturalWidth)"
            assert page.evaluate(loaded)
            # The policy forbids scripts; axe is put in by the driver, not by the page.
            found = axe.Axe().run(page, options=rules)
            assert found.violations_count == 0, found.generate_report()
            page.get_by_role("radio", name="name", exact=True).check()
            cards = "[...document.querySelectorAll('.cards > li')]"
            order = page.evaluate(f"{cards}.map(card => getComputedStyle(card).order)")
            assert sorted(order) == ["0", "1", "2"]
    assert {url for url in asked if not url.startswith("data:")} == {file.as_uri()}
    assert complaints == []
