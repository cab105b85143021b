"""Libraries that only some files need, and that an extra of the package installs."""

from importlib import import_module
from types import ModuleType

from symscope.errors import Unreadable


def needed(module: str, extra: str, kind: str) -> ModuleType:
    """Import what reads a kind of file.

    Raises
    ------
    Unreadable
        It is not installed: the message names the extra.

    >>> needed("json", "none", "a JSON file").__name__
    'json'
    """
    try:
        return import_module(module)
    except ImportError:
        raise Unreadable(
            f"found {kind}, expected that {module.partition('.')[0]} is installed, which reads it; "
            f'pip install "symscope[{extra}]"'
        ) from None
