"""Pictures of two levels against their images."""

import numpy as np

from symscope.evaluation.own_elements import agreement
from symscope.groups import Isometry


def test_an_element_that_is_not_there_is_not_seen():
    picture = np.random.default_rng(0).integers(0, 2, (64, 64)).astype(np.int8)
    assert abs(agreement(picture, Isometry.mirror([1.0, 0.3]))) < 0.1
    assert agreement(picture, Isometry.identity()) == 1
    assert np.isnan(agreement(picture, Isometry.translation([1.9, 0.0])))
    assert np.isnan(agreement(np.zeros((64, 64), np.int8), Isometry.identity()))
