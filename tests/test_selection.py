"""What ``--select`` takes, and what is told of it."""

import pytest

from symscope.errors import Unreadable, UsageError
from symscope.options import Options
from symscope.selection import choose, parse_selection

STACK = {"t": 1, "z": 3, "c": 2}


def test_what_is_not_named_is_the_first():
    assert choose("Z=2", STACK)[0] == {"t": 0, "z": 1, "c": 0}
    assert choose(None, {}) == ({}, ())
    assert choose(None, {"t": 1}) == ({"t": 0}, ())
    assert "c" not in choose("z=3", STACK, frozenset("c"))[0]
    assert choose("c=2", STACK, frozenset("c"))[0]["c"] == 1


@pytest.mark.parametrize("select", ["t=2", "z=4", "page=1", "c=1,x=1"])
def test_what_is_not_there_is_refused_with_what_is(select):
    with pytest.raises(Unreadable, match="t=1 to 1, z=1 to 3, c=1 to 2"):
        choose(select, STACK)


@pytest.mark.parametrize("text", ["", "3", "t=0", "t=-1", "t=1,t=2", "t=1;c=2", "t=" + "9" * 99])
def test_other_words_are_wrong_use(text):
    with pytest.raises(UsageError):
        parse_selection(text)
    with pytest.raises(UsageError):
        Options(select=text)


def test_an_option_is_written_as_it_is_read():
    options = Options(select=" T = 3")
    assert options.select == "t=3"
    assert options.arguments() == ["--select", "t=3"]
