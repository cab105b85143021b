"""The only door for weights: safetensors files and their cards, checked whole before any use.

A safetensors file holds numbers and nothing that runs. What could still be wrong with one (an
endless header, arrays of other shapes, NaN, another classifier's numbers) is refused here, before
the first array is made. The checksum guards against damage and mix-ups, and against whoever can
change one of the two files; not against whoever can change both.
"""

import hashlib
import json
import math
import os
import re
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from symscope.errors import WeightsRejected
from symscope.io.files import write_whole

SUFFIX = ".safetensors"

CARDS = "cards.json"

MOST_CARD_BYTES = 1 << 20
"""Of all cards of a folder: a hundred times what ships."""

MOST_HEADER_BYTES = 1 << 16
"""Of a safetensors header: ten times what ships."""

LARGEST_WEIGHT = 1000.0
"""Trained ones stay below 2. With seven layers of fewer than a thousand terms each nothing can
overflow below this, so probabilities stay finite."""

TEMPERATURES = 0.01, 100.0
"""What a calibration can give (0.22 to 7.4), with room."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CHECKSUM = re.compile(r"[0-9a-f]{64}")

Shapes = Mapping[str, tuple[int, ...]]
"""The shape of every array that a file must hold, by name."""


def read_cards(folder: Path) -> dict[str, Any]:
    """Return the cards of a folder of classifiers by name: what its ``cards.json`` holds.

    Raises
    ------
    WeightsRejected
        There is none, it is no regular file of a sound size, no JSON object, or has a name that
        no classifier could have.
    """
    content = _content(folder / CARDS, MOST_CARD_BYTES, "the model cards")
    try:
        cards = json.loads(content.decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise WeightsRejected(
            f"found model cards at {CARDS} that are no JSON, expected the file that `symscope "
            f"train` writes beside the weights; reinstall symscope or train anew"
        ) from error
    if not isinstance(cards, dict) or not cards:
        raise WeightsRejected(
            f"found a {type(cards).__name__} of no classifiers as model cards, expected a JSON "
            f"object with one for each; reinstall symscope or train anew"
        )
    wrong = next((name for name in cards if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise WeightsRejected(
            f"found a classifier called {wrong[:64]!a} in the model cards, expected small letters, "
            f"digits and hyphens; reinstall symscope or train anew"
        )
    return cards


def sound_card(card: Any, classes: Mapping[str, Any], kinds: tuple[str, ...]) -> bool:
    """Tell whether a card has a checksum, known classes, a known kind and a sound temperature.

    >>> card = {"sha256": "0" * 64, "classes": "paper", "kind": "maps", "temperature": 1.5}
    >>> sound_card(card, {"paper": ()}, ("maps",))
    True
    >>> sound_card(card | {"temperature": 1e30}, {"paper": ()}, ("maps",))
    False
    """
    if not isinstance(card, dict):
        return False
    text = [card.get(key) for key in ("sha256", "classes", "kind")]
    temperature = card.get("temperature")
    return (
        all(isinstance(value, str) for value in text)
        and _CHECKSUM.fullmatch(card["sha256"]) is not None
        and card["classes"] in classes
        and card["kind"] in kinds
        and isinstance(temperature, float)
        and TEMPERATURES[0] <= temperature <= TEMPERATURES[1]
    )


def read_weights(
    folder: Path, name: str, sha256: str, shapes: Shapes
) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of a classifier, in the order of ``shapes``.

    Checked in this order: a regular file of no more bytes than such arrays need, its checksum,
    the header (these names, 32-bit floats, these shapes, nothing else), then the numbers.

    Raises
    ------
    WeightsRejected
        Whatever is wrong with the file; nothing else leaves this function.
    """
    needed = 4 * sum(math.prod(shape) for shape in shapes.values())
    most = needed + MOST_HEADER_BYTES + 8
    content = _content(folder / f"{name}{SUFFIX}", most, f"the weights of classifier {name!r}")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsRejected(
            f"found weights of classifier {name!r} with checksum {found[:12]}, expected "
            f"{sha256[:12]}: they were altered; reinstall symscope or run `symscope train`"
        )
    _check_header(name, content, shapes)
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, TypeError, LookupError) as error:
        raise _no_weights(name, "that are no safetensors") from error
    _check_values(name, arrays, shapes)
    return {key: arrays[key] for key in shapes}


def _content(path: Path, most: int, what: str) -> bytes:
    """Read a whole regular file (or a link to one) of at most so many bytes."""
    remedy = "reinstall symscope or run `symscope train`"
    try:
        # A pipe would keep an open without this flag waiting; a device may do so all the same.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise WeightsRejected(f"found {what} at {path.name} to be no regular file; {remedy}")
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise WeightsRejected(f"found {what} to be no regular file; {remedy}")
            if status.st_size > most:
                raise WeightsRejected(
                    f"found {what} with {status.st_size} bytes, expected at most {most}; {remedy}"
                )
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise WeightsRejected(f"{what} at {path.name} cannot be read; {remedy}") from error
    if len(content) > most:
        raise WeightsRejected(f"found {what} growing while they are read; {remedy}")
    return content


_FLAGS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_BINARY", "O_CLOEXEC"))


def _check_header(name: str, content: bytes, shapes: Shapes) -> None:
    size = struct.unpack_from("<Q", content)[0] if len(content) >= 8 else 0
    if not 2 <= size <= min(len(content) - 8, MOST_HEADER_BYTES):
        raise _no_weights(name, "without a header")
    try:
        header = json.loads(content[8 : 8 + size].decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise _no_weights(name, "whose header is no JSON") from error
    if not isinstance(header, dict):
        raise _no_weights(name, "whose header is no JSON object")
    if set(header) - {"__metadata__"} != set(shapes):
        raise _no_weights(name, "of other names than a classifier's arrays have")
    for key, shape in shapes.items():
        entry = header[key]
        if not isinstance(entry, dict) or entry.get("dtype") != "F32":
            raise _no_weights(name, f"whose array {key} is not of 32-bit floats")
        if entry.get("shape") != list(shape):
            raise _no_weights(name, f"whose array {key} has another shape than {shape}")


def _check_values(name: str, arrays: Mapping[str, NDArray[Any]], shapes: Shapes) -> None:
    for key, shape in shapes.items():
        array = arrays[key]
        if array.shape != shape or array.dtype != np.float32:
            raise _no_weights(name, f"whose array {key} is not what its header says")
        # NaN compares as False.
        if not (np.abs(array) <= LARGEST_WEIGHT).all():
            raise _no_weights(
                name, f"whose array {key} has values that are not finite or beyond {LARGEST_WEIGHT}"
            )


def _no_weights(name: str, which: str) -> WeightsRejected:
    return WeightsRejected(
        f"found weights of classifier {name!r} {which}, expected those of its card; "
        f"reinstall symscope or run `symscope train`"
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name that stands twice")
    return found


def write_classifier(
    folder: Path, name: str, arrays: dict[str, NDArray[np.float32]], card: dict[str, Any]
) -> None:
    """Write a classifier's arrays, then the folder's cards with their checksum, each whole."""
    content = save(arrays)
    write_whole(folder / f"{name}{SUFFIX}", content)
    path = folder / CARDS
    cards = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    cards[name] = {"sha256": hashlib.sha256(content).hexdigest(), **card}
    write_whole(path, f"{json.dumps(cards, indent=1, sort_keys=True)}\n".encode())
