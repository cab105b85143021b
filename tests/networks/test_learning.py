"""Watching decoys learn: what is seen is what ``train`` makes."""

import numpy as np
import pytest

from fakes.small import TINY, disc
from symscope.errors import UsageError
from symscope.field import Field
from symscope.networks.decoys import train
from symscope.networks.learning import learning


def test_learning_shows_the_networks_that_train_makes():
    field = Field.from_levels(disc())
    moments = list(learning(field, 2, TINY, seed=3, every=10))
    (made,) = train([field], 2, TINY, seed=3)
    assert [moment.step for moment in moments] == [10 * (i + 1) for i in range(len(moments))]
    assert moments[-1].step == made.steps.max()
    assert moments[-1].training_accuracy == pytest.approx(made.training_accuracy, abs=0.01)
    answers = made.answers_at(field.coords)[..., 1]
    assert np.abs(answers - moments[-1].answers).mean() < 0.01
    assert moments[0].training_accuracy.mean() < moments[-1].training_accuracy.mean()


def test_learning_looks_only_at_whole_parts_of_a_round():
    with pytest.raises(UsageError, match="divisor"):
        next(learning(Field.from_levels(disc()), 1, TINY, every=7))
