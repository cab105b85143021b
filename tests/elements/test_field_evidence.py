"""Evidence of signals and volumes: each kind of element, and what the others reach."""

import numpy as np

from symscope.elements.element import Element, Elements
from symscope.elements.evidence import CONTEXT
from symscope.elements.field_evidence import field_evidence
from symscope.groups import Symmetry


def test_the_evidence_of_a_field_sets_each_kind_against_the_others():
    plane = Element("mirror", (), 0.98)
    periods = tuple(Element("translation", (), a, vector=(0.1, 0.0, 0.0)) for a in (0.7, 0.6))
    ball = Element("spherical", (), 0.3)
    found = Elements((plane, *periods), {}, nearly=(ball,))
    seen = np.array([0.85, 0.6, np.nan, 0.1])
    of = field_evidence(found, seen, (0.9, 1.0))
    classes = [candidate.symmetry for candidate in of.candidates]
    assert classes == [Symmetry.MIRROR, Symmetry.REPEATED, Symmetry.BALL]
    assert [len(candidate.elements) for candidate in of.candidates] == [1, 2, 1]
    np.testing.assert_allclose(of.column("least"), [0.98, 0.7, 0.3])
    np.testing.assert_allclose(of.column("layer_least"), [0.85, 0.6, 0.1])
    np.testing.assert_allclose(of.column("picture_other"), [0.7, 0.98, 0.98])
    # Each element keeps what was measured of it.
    told = [[(e.pixels, e.hidden) for e in candidate.elements] for candidate in of.candidates]
    assert told == [[(0.98, 0.85)], [(0.7, 0.6), (0.6, 0.0)], [(0.3, 0.1)]]
    assert of.context[CONTEXT.index("explained_variance")] == 0.9
    assert not field_evidence(found).column("layer_overlap").any()
