"""How a Score shows itself in a notebook."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fake_scores import a_failure, a_score
from symscope.errors import Outcome

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e&amp;.png'


class Tags(HTMLParser):
    """Collects the tags and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def seen(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def test_html_holds_the_figure_and_the_numbers():
    html = a_score("kite.png", label="Z_2", symmetry=0.9)._repr_html_()
    (picture,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert base64.b64decode(picture).startswith(b"\x89PNG\r\n\x1a\n")
    text = seen(html).text
    for expected in ("kite.png", "Z_2 mirror", "0.90 ± 0.02", "97 %"):
        assert expected in text
    assert "$" not in text  # not all notebooks set mathematics


@pytest.mark.parametrize("made", [a_score, a_failure])
def test_a_hostile_name_stays_a_name(made):
    tags = seen(made(HOSTILE)._repr_html_())
    assert {tag for tag, _ in tags.found} <= {"img", "table", "caption", "tr", "th", "td"}
    assert all(set(attributes) <= {"alt", "src"} for _, attributes in tags.found)
    assert "<script>alert(1)</script>" in tags.text
    assert "\x1b" not in tags.text
    assert "\u202e" not in tags.text


def test_a_hostile_message_stays_a_message():
    html = a_failure("<b>gone</b>.png")._repr_html_()
    assert "<b>" not in html
    assert "img" not in {tag for tag, _ in seen(html).found}
    assert "missing" in seen(html).text


def test_png_is_there_for_those_who_show_no_html():
    for made in (a_score(HOSTILE), a_failure(HOSTILE)):
        assert made._repr_png_().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_score_is_one_line_and_says_when_not_to_rely_on_it():
    assert repr(a_score("kite.png")) == "Score('kite.png', ok, symmetry 0.90 ± 0.02, Z_2)"
    assert repr(a_failure("gone.png")) == "Score('gone.png', missing)"
    poor = replace(a_score("kite.png"), outcome=Outcome.NOT_LEARNED, message="too fine")
    assert "to be relied on" in seen(poor._repr_html_()).text
    assert "to be relied on" not in seen(a_score("kite.png")._repr_html_()).text
