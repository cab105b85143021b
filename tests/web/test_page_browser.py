"""The page in a real browser: once with the real networks, else with results made up before."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from browsers import browser as opened_browser
from browsers import needs_browser
from fakes.fields import a_signal
from fakes.scores import a_failure, a_score
from fakes.serving import TOKEN, opened
from symscope.elements import Element, Elements
from symscope.errors import Outcome
from symscope.music.files import sound_bytes
from symscope.options import Options
from symscope.web.show import result

pytestmark = needs_browser

LEARNED = 90_000
"""Milliseconds in which networks have learned a small picture, on a machine with other work."""

DROP = """([name, text]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
  const zone = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const more = { dataTransfer: transfer, bubbles: true, cancelable: true };
    zone.dispatchEvent(new DragEvent(kind, more));
  }
}"""

WATCH = """() => {
  window.frames_seen = new Set();
  new MutationObserver(() => {
    const image = document.querySelector(".network img");
    if (image && image.getAttribute("src")) window.frames_seen.add(image.getAttribute("src"));
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


def a_mirror(seed: int = 0, side: int = 64) -> bytes:
    """Draw a picture whose halves mirror each other."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side - 0.5
    grey = np.zeros((side, side))
    for _ in range(4):
        x0, y0, radius = rng.uniform(0.1, 0.4), rng.uniform(-0.4, 0.4), rng.uniform(0.05, 0.15)
        grey[np.hypot(abs(x) - x0, y - y0) < radius] = 255
    sink = io.BytesIO()
    Image.fromarray(grey.astype(np.uint8)).save(sink, "png")
    return sink.getvalue()


class Visit:
    """A browser's tab on a running page, and what was wrong in it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.base = address.partition("/?")[0]
        self.wrong: list[str] = []
        page.set_default_timeout(LEARNED)
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.goto(address)
        page.wait_for_selector("#drop")

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.wrong.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.wrong.append(f"asked {url}")

    def drop(self, name: str, data: bytes) -> None:
        self.page.evaluate(DROP, [name, base64.b64encode(data).decode()])

    def scored(self, name: str) -> None:
        """Wait until the score that is shown is that of a picture, whole."""
        self.page.wait_for_selector(f'.score:has(.of:text-is("{name}")) .files')

    def check(self) -> None:
        """Nothing was wrong, nothing is out of reach, and nothing is too wide."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], [(one["id"], one["nodes"][0]["html"]) for one in serious]
        for width in (360, 1280):
            self.page.set_viewport_size({"width": width, "height": 800})
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width
        assert self.wrong == []


@pytest.fixture
def served(tmp_path):
    """A running ``symscope serve``, and its address."""
    command = [sys.executable, "-m", "symscope", "serve", "--port", "0", "--no-open"]
    temporary = tmp_path
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    assert process.stdout is not None
    address = process.stdout.readline().decode().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=\S{43}", address)
    assert len(list(temporary.iterdir())) == 1
    yield address
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stdout.close()
    assert list(temporary.iterdir()) == []


@pytest.fixture(scope="module")
def faked(tmp_path_factory):
    """A page whose scorer has its results from here; its previews are real."""
    folder = tmp_path_factory.mktemp("page")
    square = Element("mirror", (), 0.95, 1.0, angle_deg=90.0, offset=0.1, hidden=0.9, hidden_sd=0.1)
    pictured = replace(a_score(), elements=Elements((square,), {"mirror": 0.95}))
    shown = result(pictured, Options())
    music = {"in_music": "drone", "heard": {"start": 0.0, "end": 2.0}}
    row = shown["row"] | {"music": {"name": "drone", "strength": 0.7}, "probabilities": None}
    row["provenance"] = {"view": "pitch"}
    results = {
        "png": shown,
        "csv": result(a_signal(), Options()),
        "wav": shown | music | {"row": row},
        "flac": shown | music | {"row": row | {"music": {"name": "drone", "strength": 0.4}}},
        "bad": result(a_failure(outcome=Outcome.UNREADABLE), Options()),
    }
    (folder / "results.json").write_text(json.dumps(results))
    with opened(folder, previewer="symscope.web.preview:Previewer") as page:
        yield f"{page.base}/?token={TOKEN}"


@pytest.fixture(scope="module")
def browser():
    """A browser without a window."""
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def tab(browser):
    """A new tab, which comes without a cookie."""
    context = browser.new_context(accept_downloads=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(tab, faked):
    """A new tab on the page with made-up results."""
    return Visit(tab, faked)


def plays(page: Any) -> bool:
    """Wait until the player has begun (the page's policy forbids to wait for an expression)."""
    for _ in range(100):
        if page.evaluate("document.querySelector('audio').currentTime > 0"):
            return True
        page.wait_for_timeout(200)
    return False


def test_a_picture_is_learned_before_ones_eyes_and_is_there_again_after_a_reload(served, tab):
    visit = Visit(tab, served)
    page = visit.page
    assert "token" not in page.url
    page.evaluate(WATCH)
    page.locator("#networks").fill("4")
    visit.drop("mirror.png", a_mirror())
    page.wait_for_selector(".network img:not([hidden])")
    visit.scored("mirror.png · networks 4")
    assert page.evaluate("window.frames_seen.size") >= 2
    page.locator(".look-back input").fill("0")
    assert page.inner_text(".look-back .steps") == "step 10"
    assert re.search(r"Symmetry 0?\.?[01]\.\d\d", page.inner_text(".symmetry"))
    assert page.locator(".probabilities .row:not(.scale)").count() == 7
    assert page.locator(".probabilities .dot").count() == 7 * 2  # of each half

    # Elements: drawn, listed, and each row shows which one it is.
    assert page.locator(".overlay .mark").count() == page.locator(".elements tbody tr").count() > 0
    page.locator(".elements tbody tr").first.focus()
    assert page.locator(".overlay .mark.chosen").count() == 1
    page.get_by_label("Draw over the picture").uncheck()
    assert not page.locator(".overlay .mark").first.is_visible()

    for text, start in (("Figure, PNG", b"\x89PNG"), ("Report, HTML", b"<!"), ("Row, CSV", b"")):
        with page.expect_download() as waiting:
            page.get_by_text(text).click()
        assert Path(waiting.value.path()).read_bytes().lstrip(b"\xef\xbb\xbf").startswith(start)
        assert waiting.value.suggested_filename.startswith("mirror.")
    assert page.inner_text(".command code") == "symscope score --networks 4 mirror.png"
    page.get_by_role("button", name="Hear it").press("Enter")
    assert plays(page)
    assert page.evaluate("document.activeElement.tagName") == "AUDIO"
    for text, start in (("Sound, WAV", b"RIFF"), ("Notes, MIDI", b"MThd")):
        with page.expect_download() as waiting:
            page.get_by_text(text).click()
        assert Path(waiting.value.path()).read_bytes().startswith(start)
    visit.check()

    page.reload()
    visit.scored("mirror.png · networks 4")
    page.locator(".look-back input").fill("0")
    assert page.inner_text(".look-back .steps") == "step 10"
    assert page.locator("#history-list li").count() == 1
    page.wait_for_selector("#history-list img")
    page.emulate_media(color_scheme="dark")
    visit.check()


def test_a_tab_that_is_closed_amid_the_learning_loses_nothing(visit):
    page = visit.page
    visit.drop("again soon.png", a_mirror(3))
    page.wait_for_selector(".network img:not([hidden])")
    page.reload()
    # The frames so far are told again: one can look back to the first.
    visit.scored("again soon.png")
    page.locator(".look-back input").fill("0")
    assert page.inner_text(".look-back .steps") == "step 10"
    page.get_by_label("Remove again soon.png").click()
    assert visit.wrong == []


def test_the_sketch_follows_the_options_and_two_scores_stand_side_by_side(visit):
    page = visit.page
    visit.drop("mirror.png", a_mirror())
    visit.scored("mirror.png")
    page.wait_for_selector("#preview-sketch img")
    before = page.get_attribute("#preview-sketch img", "src")
    page.locator("#zoom").fill("2")
    page.wait_for_selector(f'#preview-sketch img:not([src="{before}"])')
    page.wait_for_selector("#preview-picture .square", state="attached")
    page.locator("#again").click()
    visit.scored("mirror.png · zoom 2")
    for box in page.locator("#history-list input").all():
        box.check()
    page.locator("#compare").click()
    page.wait_for_selector(".compare .probabilities")
    assert page.locator(".compare .column").count() == 2
    assert page.locator(".compare .probabilities .values span").count() == 2 * 7
    visit.check()
    page.emulate_media(color_scheme="dark")
    visit.check()


def test_results_of_different_shapes_stand_at_the_same_heights(visit):
    page = visit.page
    visit.drop("beside.png", a_mirror())
    visit.scored("beside.png")
    page.get_by_label("Compare beside.png").check()
    beat = "\n".join(str(np.sin(k / 9)) for k in range(1000)).encode()
    sound = sound_bytes(np.sin(np.arange(16_000) / 3), 8000, "wav")
    for name, data in (("beside.csv", beat), ("beside.wav", sound)):
        visit.drop(name, data)
        visit.scored(name)
        page.get_by_label(f"Compare {name}").check()
        page.locator("#compare").click()
        page.wait_for_selector(f'.compare a:text-is("{name}")')
        for part in (".panel", "figcaption", ".answer", ".sure", ".meter"):
            one, other = (shown.bounding_box() for shown in page.locator(f".column {part}").all())
            assert (one["y"], one["width"]) == (other["y"], other["width"]), part
            if part == ".panel":
                assert one["height"] == other["height"] == pytest.approx(one["width"])
        page.get_by_label(f"Compare {name}").uncheck()
    visit.check()


def test_sounds_are_sorted_by_how_well_their_own_structure_holds(visit):
    page = visit.page
    sound = sound_bytes(np.sin(np.arange(16_000) / 3), 8000, "wav")
    names = ("one.flac", "bad.wav", "two.wav")
    files = [{"name": name, "mimeType": "audio/wav", "buffer": sound} for name in names]
    page.set_input_files("#files", files)
    page.wait_for_selector(".set tbody tr:nth-child(3)")
    page.wait_for_selector(".set progress[hidden]", state="attached")
    page.get_by_role("button", name="agreement").click()
    rows = page.locator(".set tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == ["two.wav", "one.flac", "bad.wav"]
    assert [row.split()[1] for row in rows] == ["0.70", "0.40", "–"]
    visit.check()


def test_a_second_window_is_let_in_and_no_window_holds_the_token(visit, tab, faked):
    second = tab.context.new_page()
    second.goto(visit.base)
    second.wait_for_selector("#drop")
    for page in (visit.page, second):
        told = tab.context.new_cdp_session(page).send("Page.getNavigationHistory")
        assert not any(TOKEN in entry["url"] for entry in told["entries"])
        assert TOKEN not in page.evaluate("[location.href, document.cookie].join()")
    assert visit.wrong == []


def test_several_pictures_become_a_set_that_goes_on_past_what_is_none(visit):
    page = visit.page
    files = [
        {"name": "one.png", "mimeType": "image/png", "buffer": a_mirror(1)},
        {"name": "bad.png", "mimeType": "image/png", "buffer": b"no picture"},
        {"name": "<b>two</b>.png", "mimeType": "image/png", "buffer": a_mirror(2)},
    ]
    page.set_input_files("#files", files)
    page.wait_for_selector(".set tbody tr:nth-child(3)")
    page.wait_for_selector(".set progress[hidden]", state="attached")
    rows = page.locator(".set tbody tr").all_inner_texts()
    assert len(rows) == 3
    assert "unreadable" in rows[-1]
    assert "unreadable was found: do otherwise" in rows[-1]
    assert page.get_by_role("link", name="b>.png", exact=True).count() >= 1
    with page.expect_download() as waiting:
        page.get_by_text("Table, CSV").click()
    assert Path(waiting.value.path()).read_text("utf-8-sig").count("\n") == 4
    visit.check()


def test_everything_is_reached_by_keyboard_alone(visit):
    page = visit.page
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where, outline = page.evaluate(
            """() => {
              const at = document.activeElement;
              const shown = at.matches(".segments input") ? at.nextElementSibling : at;
              const name = at.id || at.name || at.textContent.trim().slice(0, 30);
              return [name, getComputedStyle(shown).outlineStyle];
            }"""
        )
        if where in reached or not where or where.startswith("symscope\n"):
            break
        assert outline != "none", where
        reached.append(where)
    wanted = {"choose-files", "choose-folder", "zoom", "frame", "networks", "compare"}
    assert wanted - set(reached) <= {"compare"}
    assert "Skip to the result" in reached
    assert reached.index("choose-files") < reached.index("zoom") < reached.index("networks")

    # A template is chosen, scored, and removed without a pointer.
    page.locator("#templates summary").press("Enter")
    page.locator('[data-template="Z_2"]').press("Enter")
    page.wait_for_selector(".score .files")
    first = page.locator("#history-list li").first
    name = first.locator(".name").inner_text()
    assert name.startswith("mirror_")
    first.get_by_role("button").press("Enter")
    page.wait_for_selector(f'#history-list .name:text-is("{name}")', state="detached")
    assert "no longer here" in page.inner_text("#view")
    assert visit.wrong == []


def test_a_sound_is_named_in_music_and_can_be_played(visit):
    page = visit.page
    visit.drop("drone.wav", sound_bytes(np.sin(np.arange(16_000) / 3), 8000, "wav"))
    visit.scored("drone.wav")
    assert "0.70 · drone" in page.locator("#history-list li").first.inner_text()
    page.evaluate("document.querySelector('audio').play()")
    assert plays(page)
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(2.0, abs=0.01)
    page.emulate_media(color_scheme="dark")
    visit.check()


def test_a_signal_is_shown_with_what_was_found_drawn_on_it(visit):
    page = visit.page
    visit.drop("beat.csv", "\n".join(str(np.sin(k / 9)) for k in range(1000)).encode())
    visit.scored("beat.csv")
    assert "the level at every place" in page.inner_text(".looks")
    assert "period of 140" in page.inner_text(".found")
    assert page.locator(".signal .period").count() == 1
    assert page.locator(".ticks-along span").all_inner_texts()[0] == "0"
    page.wait_for_selector("#history-list img")
    visit.check()
