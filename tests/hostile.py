"""Files that mean harm, or are broken: each one is refused, in one line."""

import pytest

from symscope.io.inputs import read_input


def refused(path, error, message=""):
    """The file is refused with this error, which says this, in one line."""
    with pytest.raises(error, match=message) as told:
        read_input(str(path), 3)
    assert "\n" not in str(told.value)
