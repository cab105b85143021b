"""Work on many pictures: the same results in order, here or in processes."""

import math
import os

import pytest

from symscope.networks import processes


@pytest.mark.parametrize("few", [1, 100])
def test_results_come_in_order_wherever_the_work_is_done(monkeypatch, few):
    monkeypatch.setattr(processes, "FEW", few)
    assert list(processes.in_processes(math.sqrt, [4, 9, 16], together=2)) == [2, 3, 4]


def test_few_items_stay_in_this_process():
    here = os.getpid()
    assert list(processes.in_processes(lambda item: os.getpid(), [1, 2])) == [here, here]
