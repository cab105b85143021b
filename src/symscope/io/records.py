"""Dataclasses as JSON and back, by the types that their fields state: no pickles, no code.

An array is its shape and its values. What is not a number (NaN, infinity) is null.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from symscope.errors import Unreadable

MOST_LETTERS = 64 << 20
"""Of a text that is read."""

MOST_DEPTH = 32
"""Lists in lists, and objects in objects."""

LARGEST = 2**63
"""Whole numbers are smaller."""


def to_plain(value: Any, left_out: frozenset[str] = frozenset()) -> Any:
    """Reduce a value to what JSON knows; ``left_out`` are fields of the outermost dataclass.

    >>> to_plain({"a": np.arange(2.0), "b": (1, float("nan"))})
    {'a': {'shape': [2], 'values': [0.0, 1.0]}, 'b': [1, None]}
    """
    if is_dataclass(value):
        names = [each.name for each in fields(value) if each.name not in left_out]
        return {name: to_plain(getattr(value, name)) for name in names}
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "values": to_plain(value.ravel().tolist())}
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, Enum) else value


def parsed(text: str | bytes) -> Any:
    """Parse strict JSON.

    Raises
    ------
    Unreadable
        It is none, or too long or too deep.
    """
    if not isinstance(text, str | bytes | bytearray):
        raise Unreadable(f"found a {type(text).__name__}, expected JSON as text or bytes")
    if len(text) > MOST_LETTERS:
        raise Unreadable(f"found {len(text)} letters, expected at most {MOST_LETTERS}")

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no number")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        reason = str(error)[:100] if isinstance(error, ValueError) else "it is nested too deeply"
        raise Unreadable(f"found no JSON that can be read ({reason}); write it anew") from None


def of_plain(kind: Any, value: Any, place: str = "it", depth: int = 0) -> Any:
    """Make a value of a type from what ``to_plain`` made of it.

    Parameters
    ----------
    kind : a dataclass, a type that its fields state, or Any
    place : what the value is called in an error

    Raises
    ------
    Unreadable
        It is none of this type.
    """
    wrong = Unreadable(f"found {place} of another kind, expected {_shown(kind)}; write it anew")
    if depth > MOST_DEPTH:
        raise Unreadable(f"found {place} nested too deeply; write it anew")
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None and NoneType in inner:
            return None
        (known,) = (each for each in inner if each is not NoneType)
        return of_plain(known, value, place, depth)
    if is_dataclass(kind):
        return _record(kind, value, place, depth, wrong)
    if kind is np.ndarray or origin is np.ndarray:
        return _array(inner, value, wrong)
    if origin is tuple and isinstance(value, list):
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
        if len(kinds) != len(value):
            raise wrong
        pairs = zip(kinds, value, strict=True)
        return tuple(of_plain(k, v, f"{place}[{n}]", depth + 1) for n, (k, v) in enumerate(pairs))
    if origin is dict and isinstance(value, dict):
        return {k: of_plain(inner[1], v, f"{place}.{k[:40]}", depth + 1) for k, v in value.items()}
    if kind is Any:
        return _anything(value, place, depth)
    if kind is float:
        return float("nan") if value is None else _number(value, wrong)
    if kind is int and type(value) is int and abs(value) < LARGEST:
        return value
    if kind is str and isinstance(value, str):
        return value
    if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, str):
        named = next((member for member in kind if str(member) == value), None)
        if named is not None:
            return named
    raise wrong


def _record(kind: Any, value: Any, place: str, depth: int, wrong: Unreadable) -> Any:
    if not isinstance(value, dict):
        raise wrong
    known, hints = {each.name: each for each in fields(kind)}, get_type_hints(kind)
    strange = next((name for name in value if name not in known), None)
    lacking = next(
        (
            name
            for name, each in known.items()
            if name not in value and each.default is MISSING and each.default_factory is MISSING
        ),
        None,
    )
    if strange is not None or lacking is not None:
        found = f"with {strange[:40]!r}" if strange is not None else f"without {lacking!r}"
        raise Unreadable(f"found {place} {found}, expected {_shown(kind)}; write it anew")
    made = {n: of_plain(hints[n], v, f"{place}.{n}", depth + 1) for n, v in value.items()}
    return kind(**made)


def _array(inner: Any, value: Any, wrong: Unreadable) -> np.ndarray[Any, Any]:
    if not isinstance(value, dict) or set(value) != {"shape", "values"}:
        raise wrong
    shape, values = value["shape"], value["values"]
    if not isinstance(shape, list) or not isinstance(values, list) or len(shape) > MOST_DEPTH:
        raise wrong
    if not all(type(n) is int and 0 <= n < LARGEST for n in shape):
        raise wrong
    if math.prod(shape) != len(values):
        raise wrong
    numbers = [float("nan") if item is None else _number(item, wrong) for item in values]
    dtype = get_args(inner[1])[0] if len(inner) > 1 and get_args(inner[1]) else np.float64
    whole = isinstance(dtype, type) and issubclass(dtype, np.generic)
    return np.array(numbers, dtype if whole else np.float64).reshape(shape)


def _number(value: Any, wrong: Unreadable) -> float:
    if type(value) not in (int, float) or not abs(value) < 1e300:
        raise wrong
    return float(value)


def _anything(value: Any, place: str, depth: int) -> Any:
    """Take a plain value as it is: what a row says of how it was made."""
    if depth > MOST_DEPTH:
        raise Unreadable(f"found {place} nested too deeply; write it anew")
    if isinstance(value, dict):
        return {key: _anything(item, place, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_anything(item, place, depth + 1) for item in value]
    if isinstance(value, int | float) and not abs(value) < LARGEST:
        raise Unreadable(f"found a number in {place} that is too large; write it anew")
    return value


def _shown(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))
