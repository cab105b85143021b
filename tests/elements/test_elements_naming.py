"""What the elements of a picture make together."""

from __future__ import annotations

import pytest

from symscope.elements import Element, Elements, class_of, find_elements, group_of
from symscope.synth.samples import computed

MIRROR, CROSSING, PARALLEL = (
    Element("mirror", (), 0.9, 1.0, angle_deg=angle) for angle in (1.0, 46.0, 179.0)
)
TURN = Element("rotation", (), 0.9, 1.0, order=4, centre=(0.0, 0.0))
SHIFT = Element("translation", (), 0.9, 0.7, vector=(0.5, 0.0))
COPY = Element("translation", (), 0.95, 0.36, vector=(0.0, 1.27))
GLIDE = Element("glide", (), 0.9, 0.7, angle_deg=0.0, vector=(0.2, 0.0))
STRIPES = Element("stripes", (), 0.9, 0.7, angle_deg=45.0)
RINGS = Element("round", (), 0.9, 0.7, centre=(0.0, 0.0))


@pytest.mark.parametrize(
    ("found", "symbol", "group"),
    [
        ((), "∅", "∅"),
        ((GLIDE,), "∅", "∅"),
        ((MIRROR,), "Z_2", "Z_2"),
        ((MIRROR, PARALLEL), "Z_2", "Z_2"),
        ((MIRROR, CROSSING), "D_n", "D_n"),
        ((MIRROR, TURN), "D_n", "D_4"),
        ((TURN,), "C_n", "C_4"),
        ((MIRROR, TURN, SHIFT), "T_n", "T_n, rotations of order 4"),
        ((SHIFT, GLIDE), "T_n", "T_n"),
        ((MIRROR, TURN, COPY), "D_n", "D_4"),
        ((STRIPES,), "T", "T"),
        ((RINGS,), "O(2)", "O(2)"),
    ],
)
def test_elements_make_a_group(found, symbol, group) -> None:
    elements = Elements(tuple(found), {})
    assert (str(class_of(elements)), group_of(elements)) == (symbol, group)


def test_those_of_a_picture_make_its_group() -> None:
    assert group_of(find_elements(computed("vicsek")[::4, ::4])) == "D_4"
    assert group_of(find_elements(computed("twindragon")[::4, ::4])) == "C_2"
