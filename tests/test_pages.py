"""What each page says, whole: its text is compared with the one that is kept in ``snapshots``.

Each page is made of a fixed input with everything in it, and from a number of that input. How a
text is renewed stands in ``snapshots.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import snapshots
from fakes.claims import a_claim
from fakes.fields import a_signal, a_volume, in_four_dimensions
from fakes.rows import PROVENANCE, failed, read, row
from fakes.scores import a_failure, a_picture, a_score, a_sound, elements
from snapshots import assert_as_kept, changes, page_text
from symscope.elements import Element, Elements
from symscope.errors import Outcome, TooSmall
from symscope.evaluation.claims.claim import Claim, Effort
from symscope.evaluation.claims.page import page_html
from symscope.evaluation.claims.run import measured
from symscope.options import Options
from symscope.report.doctor import machine, versions
from symscope.report.gallery import CONSTRUCTED, SILENT, Exhibit, Gallery, Room
from symscope.report.html import report_html
from symscope.report.summary import write_summary
from symscope.web.app import html

MACHINE = (*versions(), *machine())
"""What a page says of the machine that made it."""


def report(symmetry: float, folder: Path) -> str:
    """Pictures with and without elements, what is no picture, and what could not be scored."""
    hashes = {"file_sha256": "a" * 64, "classifier_sha256": "b" * 64, "something_new": 12}
    kite = a_score("art/kite.png", symmetry=symmetry)
    plain = replace(a_score("square.png", label="∅", symmetry=0.1), views=None)
    every = replace(a_score("all.png", symmetry=0.7), views=None)
    vague = replace(a_score("vague.png"), views=None, message="nothing learned")
    scores = (
        replace(kite, elements=elements("mirror", "glide", "stripes"), provenance=hashes),
        replace(plain, picture=a_picture(rows=60, columns=60), baselines={"mirror": 0.25}),
        replace(every, elements=elements()),
        *(a_sound("∅"), replace(a_signal(), path="beat.csv"), a_volume(), in_four_dimensions()),
        replace(vague, outcome=Outcome.NOT_LEARNED),
        a_failure("gone.png"),
    )
    return report_html(scores, options=Options(networks=3, seed=5))


def collection(symmetry: float, folder: Path) -> str:
    """Two artists, pictures that are gone or changed, a sound, rows made otherwise, failures."""
    rows = [row(f"a{i}.png", 0.1 + 0.05 * i, artist="Ada") for i in range(6)]
    rows += [row(f"b{i}.png", symmetry, artist="Bob & <i>") for i in range(3)]
    rows += [row("gone.png"), row("loop.wav") | {"music": {"name": "loop"}}]
    rows[0]["provenance"] = PROVENANCE | {"file_sha256": "f" * 64, "networks": 16}
    rows[1]["provenance"] = PROVENANCE | {"symscope": "0.0.9", "networks": 96}
    rows += [failed(f"m{i}.png") for i in range(2)] + [failed("bad.png", Outcome.UNREADABLE)]
    page = folder / "summary.html"
    write_summary(page, lambda: iter(rows), group="artist", title="Paintings", read=read)
    return page.read_text("utf-8")


def reproduction(value: float, folder: Path) -> str:
    """A claim for each verdict, and one that could not be measured."""

    def fail(effort, progress):
        raise TooSmall("found 2 points, expected 50")

    claims = (
        a_claim("holding", value, drawn=True),
        a_claim("partly", 0.45),
        a_claim("failing", 0.3),
        a_claim("unmeasured", measure=fail),
    )
    return reproduced(claims, claims, Effort(seed=5))


def reproduction_begun(value: float, folder: Path) -> str:
    """A quick run: one claim is measured, one is being measured, and one waits."""
    claims = a_claim("measured", value), a_claim("second"), a_claim("third")
    return reproduced(claims, claims[:1], Effort(quick=True), now="second")


def reproduced(
    claims: Sequence[Claim], finished: Sequence[Claim], effort: Effort, now: str = ""
) -> str:
    sections = {
        claim.key: measured(claim, effort, lambda done, total: None) | {"seconds": 12.0}
        for claim in finished
    }
    return page_html(claims, effort, sections, now)


def gallery(symmetry: float, folder: Path) -> str:
    """Pictures that eye, networks and search name alike and otherwise, in two rooms of three."""
    turn, line = Element("rotation", (), 0.9, 1.0, order=2), elements("mirror").items[0]
    turned = replace(a_score("turned.png", label="D_n"), elements=Elements((turn,), {}))
    both = replace(a_score("both.png", label="C_n"), elements=Elements((line, turn), {}))
    mine, computed = "My <room>", "Fractals"
    hung = (
        (Exhibit(mine, "a.png", "Z_2", "Z_2"), a_score("a.png", symmetry=symmetry)),
        (Exhibit(mine, "b.png", "D_4", "D_n"), a_score("b.png")),
        (Exhibit(mine, "silent.png"), a_score("silent.png", label="∅", symmetry=0.2)),
        (Exhibit(mine, "bad.png"), a_failure("bad.png")),
        (Exhibit(computed, "turned.png", "C_2", "C_n"), turned),
        (Exhibit(computed, "both.png", "C_2", "C_n"), both),
    )
    rooms = ((mine, SILENT), (computed, CONSTRUCTED), ("Empty", SILENT))
    made = Gallery(
        [Room(name, source, tuple(e for e, _ in hung if e.room == name)) for name, source in rooms],
        Options(),
    )
    for exhibit, score in hung:
        made.add(exhibit, score)
    return made.html("symscope gallery 'my <room>'")


def local_page(number: float, folder: Path) -> str:
    """The page before anything is given to it: of tables alone, so a number is written into it."""
    return html() if number == USUAL else html().replace("4 grey levels", f"{number} grey levels")


USUAL, OTHER = 0.9, 0.88

PAGES: dict[str, Callable[[float, Path], str]] = {
    "report": report,
    "collection": collection,
    "reproduction": reproduction,
    "reproduction-begun": reproduction_begun,
    "gallery": gallery,
    "local-page": local_page,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_is_kept_of_it(name: str, tmp_path: Path) -> None:
    assert_as_kept(name, PAGES[name](USUAL, tmp_path), MACHINE)


@pytest.mark.parametrize("name", PAGES)
def test_another_number_is_another_text(name: str, tmp_path: Path) -> None:
    found = changes(name, PAGES[name](OTHER, tmp_path), MACHINE).splitlines()[2:]
    new = [line for line in found if line.startswith("+")]
    assert 0 < len(new) < 20, found
    assert any("88" in line for line in new), found


def test_every_text_that_is_kept_is_of_a_page() -> None:
    assert {file.stem for file in snapshots.KEPT.iterdir()} == set(PAGES)


PAGE = """<!DOCTYPE html><html><head><title>no</title><style>p {}</style></head><body>
<h1>One <bdi>page</bdi></h1><p>Some   words, <span class="s">Z<sub>2</sub></span>.</p>
<img src="data:image/png;base64,AAAA" alt="a picture">
<svg aria-label="bars 0.9"><text>1</text></svg><p>cores</p>
<table><tr><th>a</th><td>0.90</td><td>–</td></tr></table>
<dl><div><dt>cores</dt><dd>64</dd></div><div><dt>seed</dt><dd>3</dd></div></dl>
<ul><li>first</li><li><h3>second</h3><p>more</p></li></ul><pre>a
  b</pre><pre class="bibtex">@book{key,
  year = {2021},
}
</pre>
<label><input type="radio" checked> yes</label><input type="number" value="3"></body></html>"""

TEXT = """\
# One page
Some words, Z_2.
[a picture] [bars 0.9]
cores
a | 0.90 | –
cores: …
seed: 3
- first
- ### second
more
a
b
@book{key
[x] yes
[3]
"""


def test_a_pages_text_is_what_is_read_and_no_more() -> None:
    assert page_text(PAGE, ["cores"]) == TEXT


def test_a_text_that_differs_is_shown_and_kept_when_that_is_wished(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(snapshots.RENEW, raising=False)
    with pytest.raises(pytest.fail.Exception, match="keep it: SYMSCOPE_SNAPSHOTS=renew"):
        assert_as_kept("new", PAGE, kept=tmp_path)
    monkeypatch.setenv(snapshots.RENEW, "renew")
    assert_as_kept("new", PAGE, kept=tmp_path)
    monkeypatch.delenv(snapshots.RENEW)
    assert_as_kept("new", PAGE, kept=tmp_path)
    with pytest.raises(pytest.fail.Exception, match=r"-a \| 0.90 \| –\n\+a \| 0.91 \| –"):
        assert_as_kept("new", PAGE.replace("0.90", "0.91"), kept=tmp_path)
