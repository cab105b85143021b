"""The page: its verdicts, that it needs nothing else, and that it is whole at any time.

What it says is compared with the text that is kept of it, by ``test_pages.py``.
"""

from __future__ import annotations

import re

import pytest

from browsers import browser, needs_browser
from fakes.claims import a_claim, a_panel
from symscope.drawing import style
from symscope.drawing.svg import COLOURS, inline_svg
from symscope.evaluation.claims.claim import Effort
from symscope.evaluation.claims.page import page_html
from symscope.evaluation.claims.run import measured


def page(*values: float, claims=None) -> str:
    claims = claims or [a_claim(f"claim-{n}", value, drawn=True) for n, value in enumerate(values)]
    effort = Effort(seed=5)
    sections = {
        claim.key: measured(claim, effort, lambda done, total: None) | {"seconds": 12.0}
        for claim in claims
    }
    return page_html(claims, effort, sections)


def test_verdicts_are_told_by_a_word_and_counted():
    html = page(0.9, 0.45, 0.3)
    for badge in ("badge holds", "badge partly", "badge not"):
        assert html.count(f'class="{badge}"') == 2  # in the table and in its section
    assert html.count('class="met"') == 3
    assert html.count('class="unmet"') == 3


def test_what_is_not_computed_yet_is_marked():
    html = page_html([a_claim("one"), a_claim("two")], Effort(), {}, now="one")
    assert html.count("being measured") == html.count("not computed yet") == 2
    assert html.count('class="badge waiting"') == 4
    assert 'class="conditions"' not in html
    assert html.endswith("</html>")


def test_the_page_needs_nothing_else():
    html = page(0.9, 0.3)
    assert "<script" not in html
    assert "<link" not in html
    assert not re.search(r"\son\w+=", html)
    assert set(re.findall(r"url\((.)", html)) <= {"#"}
    assert "@import" not in html
    assert set(re.findall(r'(?:src|href)="([^"]{5})', html)) <= {"https", "data:"} | {
        link[:5] for link in re.findall(r'href="(#[^"]+)', html)
    }
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in html


def test_ids_are_unique_and_links_lead_somewhere():
    html = page(0.9, 0.3)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', html)) <= set(ids)
    for names in re.findall(r'aria-labelledby="([^"]+)"', html):
        assert names in ids


def test_what_claims_say_is_escaped():
    claim = a_claim("one", title="<script>alert(1)</script>", says="a & b")
    html = page(claims=[claim])
    assert "<script>" not in html
    assert "a &amp; b" in html


def test_a_drawing_takes_its_colours_and_letters_from_the_page():
    svg = inline_svg(a_panel().figure, 'a "figure"', "x-0")
    assert svg.startswith('<svg class="drawn-figure" viewBox="0 0 244.8 108"')
    assert 'aria-label="a &#34;figure&#34;"' in svg
    for colour in (style.INK, style.MUTED, style.FAINT):
        assert colour not in svg
        assert f"var({COLOURS[colour]})" in svg
    assert "across" in svg
    assert "font-size: 8px" in svg
    assert "DejaVu" not in svg
    assert "<?xml" not in svg
    assert "<metadata" not in svg


def test_the_same_figure_gives_the_same_drawing():
    assert inline_svg(a_panel().figure, "a", "x") == inline_svg(a_panel().figure, "a", "x")


@needs_browser
def test_in_a_browser_nothing_is_asked_for_nothing_sticks_out_and_axe_is_content(tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    file = tmp_path / "page.html"
    file.write_text(page(0.9, 0.3), "utf-8")
    asked, complaints = [], []
    with browser() as opened:
        for scheme, width in (("light", 360), ("dark", 1280)):
            tab = opened.new_page(color_scheme=scheme, viewport={"width": width, "height": 700})
            tab.set_default_timeout(120_000)
            tab.on("request", lambda request: asked.append(request.url))
            tab.on("console", lambda message: complaints.append(message.text))
            tab.goto(file.as_uri())
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            found = axe.Axe().run(tab, options=None)
            assert found.violations_count == 0, found.generate_report()
    assert {url for url in asked if not url.startswith("data:")} == {file.as_uri()}
    assert complaints == []
