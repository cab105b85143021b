"""The figure of a study of orbits: four columns, their defects, nothing beyond the page."""

import io
from dataclasses import replace

import numpy as np
import pytest

from looks import assert_in_place, words
from symscope.drawing.orbits import orbits_figure
from symscope.lie.orbits import Case, Study

DEFECTS = {"data": 0.04, "untrained": 0.55, "no symmetry": 0.41, "permuted labels": 0.47}


def a_study(source="double-well", levels=11, dimension=2):
    """Make up a study: no network is trained."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(levels), 20)
    cases = tuple(
        Case(
            name, random.uniform(-1, 1, (len(labels), dimension)), labels,
            random.standard_normal((len(labels), 2)), random.standard_normal((len(labels), 2)),
            0.61, defect, 0.01, 0.97,
        )
        for name, defect in DEFECTS.items()
    )  # fmt: skip
    parts = tuple({"level": 0.5 * i - 1, "points": 20, "orbits": 1 + i % 2} for i in range(levels))
    return Study(source, cases, parts, "affine", 3)


STUDIES = {
    "the usual": a_study(),
    "two levels in space": a_study("norm-3", 2, 3),
    "fifty levels": a_study("mexican-hat-10", 50, 10),
    "a long name": a_study("measurements_of_the_field_in_the_second_run_of_2026.csv"),
    "a name with a formula": a_study("a$^b$_c.csv", 3),
}


@pytest.mark.parametrize("name", STUDIES)
def test_no_text_leaves_the_page_and_none_overlaps_another(name):
    assert_in_place(orbits_figure(STUDIES[name]))


def test_every_case_is_a_column_with_its_defect():
    study = STUDIES["the usual"]
    figure = orbits_figure(study)
    said = set(words(figure))
    for case in study.cases:
        assert f"defect {case.defect:.2f} ± {case.spread:.2f}" in said
    assert {"double-well", "no symmetry", "permuted labels", "untrained network"} <= said
    panels = [axes for axes in figure.axes[1:] if axes.collections]
    assert len(panels) == 3 * len(study.cases)
    assert {len(axes.collections[0].get_offsets()) for axes in panels} == {220}
    assert any("-1.00: 1, -0.50: 2" in text for text in said)


def test_only_small_defects_are_set_off_by_colour():
    def colours(study):
        return {
            text.get_text(): text.get_color()
            for text in orbits_figure(study).axes[0].texts
            if text.get_text().startswith("defect ")
        }

    study = STUDIES["the usual"]
    seen = colours(study)
    assert seen["defect 0.04 ± 0.01"] not in (
        seen["defect 0.55 ± 0.01"], seen["defect 0.41 ± 0.01"], seen["defect 0.47 ± 0.01"]
    )  # fmt: skip
    worse = replace(study, cases=(replace(study.cases[0], defect=0.5), *study.cases[1:]))
    assert len(set(colours(worse).values())) == 1


def test_the_order_of_the_cases_does_not_matter():
    study = STUDIES["the usual"]
    first, other = (
        [text.get_text() for text in orbits_figure(one).axes[0].texts]
        for one in (study, replace(study, cases=study.cases[::-1]))
    )
    assert first == other


def test_labels_may_be_words():
    study = STUDIES["two levels in space"]
    named = replace(
        study, levels=tuple({"level": n, "points": 9, "orbits": 2} for n in ("ice", "water"))
    )
    texts = " ".join(text.get_text() for text in orbits_figure(named).axes[0].texts)
    assert "ice: 2, water: 2" in texts


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_it_can_be_saved(kind):
    data = io.BytesIO()
    orbits_figure(STUDIES["two levels in space"]).savefig(data, format=kind)
    assert data.getvalue().startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[kind])
