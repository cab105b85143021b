"""A run: the page after each claim, what an interruption leaves, and how it goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes.claims import a_claim
from symscope.errors import TooSmall, UsageError
from symscope.evaluation.claims.claim import Claim, Effort
from symscope.evaluation.claims.run import check_page, journal_of, made_with, reproduce

EFFORT = Effort(seed=3, quick=True)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "page.html"


def claims(measured: list[str] | None = None) -> list[Claim]:
    return [a_claim(key, measured=measured) for key in ("one", "two", "three")]


def stopped(at: str, error: BaseException, measured: list[str] | None = None) -> list[Claim]:
    """Claims of which one ends the run, or cannot be measured."""

    def fail(effort, progress):
        raise error

    return [claim if claim.key != at else a_claim(at, measure=fail) for claim in claims(measured)]


def interrupted(out: Path, some: Sequence[Claim]) -> None:
    with pytest.raises(KeyboardInterrupt):
        reproduce(out, EFFORT, some)


def test_a_run_measures_all_claims_and_leaves_one_file(out: Path):
    told: list[str] = []
    figures = reproduce(out, EFFORT, claims(), tell=told.append)
    assert [claim["verdict"] for claim in figures["claims"].values()] == ["holds"] * 3
    assert list(out.parent.iterdir()) == [out]
    assert told[0].startswith("1 of 3: The claim one: holds (")
    assert "not computed yet" not in out.read_text("utf-8")


def test_the_figures_are_json_and_say_all(out: Path):
    found = json.loads(json.dumps(reproduce(out, EFFORT, [a_claim("one", value=0.45)])))
    assert (found["seed"], found["quick"], found["pictures"]) == (3, True, None)
    one = found["claims"]["one"]
    assert one["verdict"] == "holds in part"
    assert one["numbers"]["found"]["interval"] == pytest.approx([0.35, 0.55])
    assert one["numbers"]["control"]["control"] is True
    assert [(c["essential"], c["met"]) for c in one["conditions"]] == [(True, True), (False, False)]
    assert one["seconds"] >= 0


def test_an_interruption_leaves_a_whole_page_and_the_next_run_goes_on(out: Path):
    interrupted(out, stopped("two", KeyboardInterrupt()))
    page = out.read_text("utf-8")
    assert page.endswith("</html>")
    assert page.count("not computed yet") == 2
    measured: list[str] = []
    told: list[str] = []
    figures = reproduce(out, EFFORT, claims(measured), tell=told.append)
    assert measured == ["two", "three"]
    assert "1 claim finished" in told[0]
    assert [*figures["claims"]] == ["one", "two", "three"]
    assert list(out.parent.iterdir()) == [out]


def test_what_is_taken_over_is_shown_as_if_it_had_just_been_measured(out: Path, tmp_path: Path):
    interrupted(out, stopped("two", KeyboardInterrupt()))
    resumed = reproduce(out, EFFORT, claims())["claims"]
    whole = reproduce(tmp_path / "whole.html", EFFORT, claims())["claims"]
    for found in (*resumed.values(), *whole.values()):
        found.pop("seconds")
    assert resumed == whole


@pytest.mark.parametrize("effort", [Effort(seed=4, quick=True), Effort(seed=3)])
def test_a_run_with_other_options_starts_anew(out: Path, effort: Effort):
    interrupted(out, stopped("three", KeyboardInterrupt()))
    measured: list[str] = []
    reproduce(out, effort, claims(measured))
    assert measured == ["one", "two", "three"]


def test_a_changed_folder_of_pictures_is_another_run(tmp_path: Path):
    effort = Effort(pictures=tmp_path)
    assert made_with(effort) == made_with(effort)
    before = made_with(effort)
    (tmp_path / "a\udcff.png").write_bytes(b"1")
    assert made_with(effort) != before


def test_fresh_forgets_what_was_finished(out: Path):
    interrupted(out, stopped("three", KeyboardInterrupt()))
    measured: list[str] = []
    reproduce(out, EFFORT, claims(measured), fresh=True)
    assert measured == ["one", "two", "three"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace('"holds"', '"perhaps"'),
        lambda text: text.splitlines()[0] + "\n{}\n",
        lambda text: text + " ",
        lambda text: "",
        lambda text: "\x00" + text,
    ],
)
def test_a_damaged_journal_costs_a_measurement_and_no_more(out: Path, damage):
    interrupted(out, stopped("two", KeyboardInterrupt()))
    journal = journal_of(out)
    journal.write_text(damage(journal.read_text("utf-8")), "utf-8")
    measured: list[str] = []
    reproduce(out, EFFORT, claims(measured))
    assert measured == ["one", "two", "three"]


def test_a_claim_that_cannot_be_measured_is_said_and_tried_again(out: Path):
    why = TooSmall("found <b>2</b> points, expected 50")
    two = reproduce(out, EFFORT, stopped("two", why))["claims"]["two"]
    assert (two["verdict"], two["failed"]) == (None, str(why))
    page = out.read_text("utf-8")
    assert "found &lt;b&gt;2&lt;/b&gt; points, expected 50" in page
    measured: list[str] = []
    assert reproduce(out, EFFORT, claims(measured))["claims"]["two"]["verdict"] == "holds"
    assert measured == ["two"]


def test_other_peoples_files_are_left_alone(out: Path, tmp_path: Path):
    out.write_text("<html>a diary</html>")
    with pytest.raises(UsageError, match="did not make"):
        reproduce(out, EFFORT, claims())
    assert out.read_text() == "<html>a diary</html>"
    for name, why in (
        ("page.pdf", r"ends in \.html"),
        (".", "expected a file"),
    ):
        with pytest.raises(UsageError, match=why):
            check_page(tmp_path / name)


def test_a_page_of_an_earlier_run_is_replaced(out: Path):
    reproduce(out, EFFORT, claims())
    reproduce(out, Effort(seed=9), claims())
    assert "seed 9" in out.read_text("utf-8")


def test_the_fingerprint_depends_on_the_options():
    different = [made_with(Effort(seed, quick)) for seed in (1, 2) for quick in (False, True)]
    assert len({json.dumps(one) for one in different}) == 4
