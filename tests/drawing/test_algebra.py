"""Algebras as figures, tables and HTML: what is on them, and that it stays on the page."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from rich.console import Console

from looks import assert_in_place, words
from symscope.drawing.algebra import algebra_figure, algebra_html, algebra_tables, facts
from symscope.lie.algebra import Algebra, Verdict
from symscope.lie.discover import discover
from symscope.lie.discrete import Discrete, mirror

MADE = {
    "O(2)": lambda: discover(lambda x, y: x**2 + y**2),
    "D_4": lambda: discover(lambda x, y: x**4 + y**4),
    "O(10)": lambda: discover(
        lambda x: np.sqrt((x**2).sum(axis=-1)), dimension=10, kind="isometry"
    ),
    "SO(2)": lambda: discover(cloud()),
    "undecided": lambda: discover(np.random.default_rng(0).standard_normal((200, 2))),
    "generated": lambda: Algebra(Verdict.NONE, "six mirrors", 3, "affine", discrete=mirrors()),
    "empty": lambda: Algebra(Verdict.UNDECIDED, "nothing is known", 3, "affine"),
}


def cloud():
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def mirrors():
    """Return the mirrors of a tetrahedron, x⁴ + y⁴ + z⁴ - x y z."""
    pairs = [(i, j, sign) for i, j in combinations(range(3), 2) for sign in (1, -1)]
    normals = [np.eye(3)[i] + sign * np.eye(3)[j] for i, j, sign in pairs]
    return tuple(
        Discrete("mirror", mirror(n, 0.0), 0.0, 2, f"mirror x{i + 1} ↔ {'-' * (s > 0)}x{j + 1}")
        for n, (i, j, s) in zip(normals, pairs, strict=True)
    )


@pytest.fixture(scope="module")
def algebras():
    """One of each, made once."""
    return {name: make() for name, make in MADE.items()}


def all_text(figure):
    return " ".join(words(figure))


@pytest.mark.parametrize("name", MADE)
def test_no_text_leaves_the_page_and_none_overlaps_another(algebras, name):
    assert_in_place(algebra_figure(algebras[name]))


@pytest.mark.parametrize(
    ("name", "group"),
    [("O(2)", "O(2)"), ("D_4", "D_4"), ("O(10)", "O(10)"), ("undecided", "no symmetry found")],
)
def test_the_group_and_the_verdict_are_on_the_figure(algebras, name, group):
    algebra = algebras[name]
    text = all_text(algebra_figure(algebra))
    assert group in text
    assert str(algebra.verdict) in text


@pytest.mark.parametrize("name", ["O(2)", "empty"])
def test_a_notebook_gets_a_picture(algebras, name):
    assert algebras[name]._repr_png_().startswith(b"\x89PNG\r\n\x1a\n")


def test_what_is_not_shown_is_counted(algebras):
    text = all_text(algebra_figure(algebras["O(10)"]))
    assert algebras["O(10)"].dimension == 45
    assert "39 more are not shown" in text


def test_without_generators_the_figure_says_so(algebras):
    without, with_one = (all_text(algebra_figure(algebras[name])) for name in ("D_4", "O(2)"))
    assert "No generators" in without
    assert "At finite times" not in without
    assert "No generators" not in with_one
    assert "At finite times" in with_one


def test_the_numbers_of_a_generator_are_on_the_figure(algebras):
    text = all_text(algebra_figure(algebras["O(2)"]))
    assert "1.00" in text
    assert "-1.00" in text
    assert "-0.00" not in text


def test_symmetries_and_their_control_are_in_the_spectrum(algebras):
    algebra = algebras["O(2)"]
    spectrum = next(axes for axes in algebra_figure(algebra).axes if axes.get_legend())
    heights = [float(y) for line in spectrum.lines for y in np.atleast_1d(line.get_ydata())]
    assert any(np.isclose(height, algebra.null) for height in heights)
    assert sum(1 for height in heights if height < 1e-4) >= 1


def test_html_is_escaped(algebras):
    attack = "<script>alert('x')</script> & more"
    html = algebra_html(replace(algebras["O(2)"], message=attack))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "&amp; more" in html
    assert "O(2)" in algebras["O(2)"]._repr_html_()
    assert html.count("<tr>") == html.count("</tr>") == len(facts(algebras["O(2)"]))


@pytest.mark.parametrize("name", MADE)
def test_a_table_holds_what_is_known(algebras, name):
    algebra = algebras[name]
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(*algebra_tables(algebra))
    printed = captured.get().split()
    assert algebra.group.split()[0] in printed
    assert str(algebra.verdict).split()[0] in printed
    assert captured.get().count("A | b") == min(algebra.dimension, 6)
    known = dict(facts(algebra))
    assert known["why"] == algebra.message
    assert ("generators" in known) == bool(algebra.dimension)
