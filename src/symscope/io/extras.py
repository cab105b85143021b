"""Libraries that are installed only where somebody wants what they read."""

from importlib import import_module
from typing import Any

from symscope.errors import Unreadable


def library(name: str, extra: str, kind: str) -> Any:
    """Import the library that reads one kind of file.

    Raises
    ------
    Unreadable
        It is not installed: the message says how it comes to be.

    >>> library("math", "pictures", "a HEIC picture").pi > 3
    True
    """
    try:
        return import_module(name)
    except ImportError:
        raise Unreadable(
            f"found {kind}, expected the library {name} beside symscope; "
            f'pip install "symscope[{extra}]"'
        ) from None
