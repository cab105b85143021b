"""Which of the best candidates count as there, and which follow from others."""

from collections.abc import Sequence

import numpy as np

from symscope.elements.element import Element, Elements, strongest

PRESENT = 0.8
"""Agreement from which an element counts as there; see ``symscope evaluate elements``."""

BESIDE = 0.15
"""Elements whose agreement is that much below the strongest one's are chance resemblance."""

LAG = 0.1
"""The same for a whole family, stripes or a circle: where it holds, nothing holds much better."""

NEAR = 0.125
"""Distance up to which two centres are taken for one, in half the searched part's longer side."""


def chosen(candidates: Sequence[Element], upright: float, reach: float) -> Elements:
    """Choose what a picture has.

    Parameters
    ----------
    candidates : all that were refined; ``stripes`` and ``round`` at most once
    upright : best agreement of an upright mirror
    reach : half of the searched part's longer side

    Returns
    -------
    Elements
        Stripes or a circle come alone: mirrors, rotations about the centre and shifts along the
        stripes follow from them.
    """
    of_each = strongest(candidates, upright)
    best = max(of_each.values())
    present = [item for item in candidates if item.pixels >= max(PRESENT, best - BESIDE)]
    families = {item.kind: item for item in candidates if item.kind in ("stripes", "round")}
    stripes, circle = families.get("stripes"), families.get("round")
    if stripes and stripes.pixels >= max(PRESENT, best - LAG) and not _refuted(stripes, candidates):
        return Elements((stripes,), of_each)
    turns = [item for item in present if item.kind == "rotation"]
    kept = [
        item
        for item in present
        if item.kind not in families and not _implied(item, turns, NEAR * reach)
    ]
    if circle and (
        circle.pixels >= max(PRESENT, best - LAG) or _only_a_circle_has(kept, NEAR * reach)
    ):
        return Elements((circle,), of_each)
    return Elements(tuple(kept), of_each)


def _only_a_circle_has(kept: Sequence[Element], near: float) -> bool:
    """Whether turns of three orders, none a multiple of another, are about one centre."""
    turns = [item for item in kept if item.kind == "rotation"]
    return sum(_concentric(item, turns[0], near) for item in turns) > 2


def _concentric(one: Element, other: Element, near: float) -> bool:
    assert one.centre is not None
    assert other.centre is not None
    return float(np.hypot(*np.subtract(one.centre, other.centre))) < near


def _refuted(stripes: Element, candidates: Sequence[Element]) -> bool:
    """Whether shifts by one period hold along the stripes and others do not as well."""
    assert stripes.angle_deg is not None
    return any(
        item.angle_deg is not None
        and abs((item.angle_deg - stripes.angle_deg + 90) % 180 - 90) < 10
        and item.pixels > stripes.pixels + LAG / 2
        for item in candidates
        if item.kind == "translation"
    )


def _implied(item: Element, turns: Sequence[Element], near: float) -> bool:
    """Whether a rotation follows from one of a higher order about the same centre."""
    return item.order is not None and any(
        other.order is not None
        and other.order > item.order
        and other.order % item.order == 0
        and _concentric(item, other, near)
        for other in turns
    )
