"""Builders of weights and cards that are not what they say; the checksum always agrees."""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from safetensors.numpy import save

SHAPES = {"head.bias": (4,), "head.weight": (2, 3)}
SOUND = {
    "head.bias": np.arange(4, dtype=np.float32),
    "head.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 7,
}
BYTES = 40
"""Of the two arrays."""


def entry(shape: Any, start: Any, end: Any, dtype: Any = "F32", **more: Any) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end], **more}


def file(header: Any, data: bytes = bytes(BYTES), size: int | None = None) -> bytes:
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(content) if size is None else size) + content + data


def header(**changes: Any) -> dict[str, Any]:
    """The header of a sound file, with changes (``bias`` or ``weight``)."""
    found = {"bias": entry([4], 0, 16), "weight": entry([2, 3], 16, 40)} | changes
    return {f"head.{name}": value for name, value in found.items() if value is not None}


def halved() -> bytes:
    """The header of a sound file of 16-bit floats."""
    bias, weight = entry([4], 0, 8, "F16"), entry([2, 3], 8, 20, "F16")
    return json.dumps(header(bias=bias, weight=weight)).encode()


HALVES = bytes(BYTES // 2)


def with_value(value: float, precision: type = np.float32) -> bytes:
    arrays = {name: array.astype(precision) for name, array in SOUND.items()}
    arrays["head.weight"][1, 1] = value
    return save(arrays)


TWICE = json.dumps(header()).replace("{", '{"head.bias": 1, ', 1).encode()

FILES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "seven-bytes": lambda: bytes(7),
    "eight-zeros": lambda: bytes(8),
    "text": lambda: b"these are no weights at all",
    "pickle": lambda: b"\x80\x04\x95" + bytes(60) + b".",
    "pickle-that-would-run": lambda: b"cos\nsystem\n(S'exit 1'\ntR.",
    "zip-as-of-torch": lambda: b"PK\x03\x04" + bytes(60),
    "hdf5": lambda: b"\x89HDF\r\n\x1a\n" + bytes(60),
    "npz": lambda: b"PK\x05\x06" + bytes(18),
    "header-of-2-to-the-64": lambda: file(header(), size=2**64 - 1),
    "header-of-2-to-the-63": lambda: file(header(), size=2**63),
    "header-of-100-megabytes": lambda: file(header(), size=100_000_000),
    "header-longer-than-the-file": lambda: file(header(), size=len(json.dumps(header())) + 41),
    "header-shorter-than-it-is": lambda: file(header(), size=9),
    "header-of-nothing": lambda: file(b""),
    "header-of-spaces": lambda: file(b" " * 60_000),
    "header-of-zeros": lambda: file(bytes(500)),
    "header-is-a-list": lambda: file([1, 2]),
    "header-is-a-number": lambda: file(7),
    "header-is-null": lambda: file(None),
    "header-is-empty": lambda: file({}),
    "header-nested-ten-thousand-times": lambda: file(b"[" * 30_000 + b"]" * 30_000),
    "header-of-a-number-with-ten-thousand-digits": lambda: file(b'{"a":' + b"9" * 10_000 + b"}"),
    "header-in-utf-16": lambda: file(json.dumps(header()).encode("utf-16")),
    "header-that-is-no-text": lambda: file(b"{\xff\xfe}"),
    "header-with-a-byte-order-mark": lambda: file(b"\xef\xbb\xbf" + json.dumps(header()).encode()),
    "header-in-python": lambda: file(str(header()).encode()),
    "header-with-something-behind": lambda: file(json.dumps(header()).encode() + b"{}"),
    "name-that-stands-twice": lambda: file(TWICE),
    "name-that-is-missing": lambda: file(header(bias=None)),
    "name-that-is-too-many": lambda: file(header(more=entry([0], 40, 40))),
    "name-like-a-path": lambda: file(header() | {"../../etc/passwd": entry([0], 40, 40)}),
    "name-that-is-empty": lambda: file(header() | {"": entry([0], 40, 40)}),
    "name-in-other-letters": lambda: file(header() | {"head.bіas": entry([0], 40, 40)}),
    "ten-thousand-names": lambda: file({str(i): entry([0], 0, 0) for i in range(10_000)}),
    "entry-is-null": lambda: file(header() | {"head.bias": None}),
    "entry-is-text": lambda: file(header(bias="F32")),
    "entry-is-empty": lambda: file(header(bias={})),
    "entry-without-a-shape": lambda: file(header(bias={"dtype": "F32", "data_offsets": [0, 16]})),
    "entry-without-offsets": lambda: file(header(bias={"dtype": "F32", "shape": [4]})),
    "type-of-64-bits": lambda: file(header(bias=entry([4], 0, 32, "F64")), bytes(56)),
    "type-of-16-bits-of-32": lambda: file(header(bias=entry([4], 0, 16, "F16"))),
    "type-of-32-bits-of-16": lambda: file(halved().replace(b"F16", b"F32"), HALVES),
    "type-bfloat16": lambda: file(header(bias=entry([4], 0, 8, "BF16")), bytes(32)),
    "type-of-integers": lambda: file(header(bias=entry([4], 0, 16, "I32"))),
    "type-that-does-not-exist": lambda: file(header(bias=entry([4], 0, 16, "OBJECT"))),
    "type-is-a-number": lambda: file(header(bias=entry([4], 0, 16, 32))),
    "type-is-a-list": lambda: file(header(bias=entry([4], 0, 16, ["F32"]))),
    "shape-transposed": lambda: file(header(weight=entry([3, 2], 16, 40))),
    "shape-flat": lambda: file(header(weight=entry([6], 16, 40))),
    "shape-with-more-axes": lambda: file(header(weight=entry([2, 3, 1], 16, 40))),
    "shape-negative": lambda: file(header(weight=entry([-2, -3], 16, 40))),
    "shape-whose-product-overflows": lambda: file(header(weight=entry([2**32, 2**32], 16, 40))),
    "shape-of-floats": lambda: file(header(weight=entry([2.5, 3], 16, 40))),
    "shape-is-text": lambda: file(header(weight=entry("23", 16, 40))),
    "shape-is-null": lambda: file(header(weight=entry(None, 16, 40))),
    "shape-of-a-million-axes": lambda: file(header(weight=entry([1] * 1_000_000, 16, 40))),
    "shape-of-a-scalar": lambda: file(header(weight=entry([], 16, 20)), bytes(20)),
    "offsets-behind-the-end": lambda: file(header(weight=entry([2, 3], 1016, 1040))),
    "offsets-reversed": lambda: file(header(weight=entry([2, 3], 40, 16))),
    "offsets-negative": lambda: file(header(bias=entry([4], -16, 0))),
    "offsets-that-overlap": lambda: file(header(weight=entry([2, 3], 0, 24))),
    "offsets-with-a-hole": lambda: file(header(weight=entry([2, 3], 20, 44)), bytes(44)),
    "offsets-of-another-size": lambda: file(header(weight=entry([2, 3], 16, 36)), bytes(36)),
    "offsets-of-2-to-the-64": lambda: file(header(weight=entry([2, 3], 2**64 - 25, 2**64 - 1))),
    "offsets-beyond-64-bits": lambda: file(header(weight=entry([2, 3], 2**70, 2**70 + 24))),
    "offsets-are-text": lambda: file(header(weight=entry([2, 3], "16", "40"))),
    "offsets-of-three": lambda: file(
        header(weight={"dtype": "F32", "shape": [2, 3], "data_offsets": [16, 28, 40]})
    ),
    "metadata-of-numbers": lambda: file(header() | {"__metadata__": {"a": 1}}),
    "metadata-is-a-list": lambda: file(header() | {"__metadata__": [1]}),
    "numbers-cut-short": lambda: file(header(), bytes(39)),
    "numbers-missing": lambda: file(header(), b""),
    "numbers-and-more": lambda: file(header(), bytes(41)),
    "numbers-and-a-megabyte-more": lambda: file(header(), bytes(1 << 20)),
    "nan": lambda: with_value(np.nan),
    "infinity": lambda: with_value(np.inf),
    "minus-infinity": lambda: with_value(-np.inf),
    "numbers-that-overflow-later": lambda: with_value(3e38),
    "nan-in-16-bits": lambda: with_value(np.nan, np.float16),
    "infinity-in-16-bits": lambda: with_value(np.inf, np.float16),
    "numbers-of-16-bits-that-overflow-later": lambda: with_value(65504, np.float16),
    "halves-cut-short": lambda: file(halved(), HALVES[1:]),
    "halves-and-more": lambda: file(halved(), HALVES + b"0"),
}
"""Files that do not hold the two arrays of SHAPES: WeightsRejected."""

CARD = {"sha256": "0" * 64, "classes": "paper", "kind": "maps", "temperature": 1.5}


def card(**changes: Any) -> bytes:
    return json.dumps({"paper": CARD | changes}).encode()


CARDS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "zeros": lambda: bytes(500),
    "half": lambda: card()[:30],
    "no-card": lambda: b"{}",
    "a-list": lambda: b"[1, 2]",
    "a-number": lambda: b"7",
    "text": lambda: b'"paper"',
    "null": lambda: b"null",
    "nested-a-hundred-thousand-times": lambda: b"[" * 100_000 + b"]" * 100_000,
    "nested-objects": lambda: b'{"a":' * 100_000,
    "a-number-of-ten-thousand-digits": lambda: b'{"paper": ' + b"9" * 10_000 + b"}",
    "two-megabytes": lambda: card() + b" " * (2 << 20),
    "no-utf-8": lambda: b'{"paper\xff": 1}',
    "utf-16": lambda: card().decode().encode("utf-16"),
    "a-classifier-twice": lambda: card()[:-1] + b", " + card()[1:],
    "an-entry-twice": lambda: card().replace(b'"kind"', b'"classes"'),
    "a-name-like-a-path": lambda: b'{"../../../etc/passwd": {}}',
    "a-name-of-a-windows-device": lambda: b'{"C:\\\\con": {}}',
    "a-name-with-a-newline": lambda: b'{"paper\\n\\u001b[2J": {}}',
    "a-name-that-is-empty": lambda: b'{"": {}}',
    "a-name-that-never-ends": lambda: json.dumps({"a" * 100_000: {}}).encode(),
    "a-name-with-a-zero": lambda: b'{"paper\\u0000": {}}',
    "a-name-of-half-a-letter": lambda: b'{"\\ud800": {}}',
    "card-is-null": lambda: b'{"paper": null}',
    "card-is-text": lambda: b'{"paper": "yes"}',
    "card-is-a-list": lambda: b'{"paper": [1]}',
    "card-is-empty": lambda: b'{"paper": {}}',
    "checksum-is-a-number": lambda: card(sha256=0),
    "checksum-is-short": lambda: card(sha256="0"),
    "checksum-is-empty": lambda: card(sha256=""),
    "checksum-with-a-newline": lambda: card(sha256="0" * 64 + "\n"),
    "checksum-that-is-no-checksum": lambda: card(sha256="\x1b" * 64),
    "classes-unknown": lambda: card(classes="other"),
    "classes-are-a-list": lambda: card(classes=["paper"]),
    "classes-are-an-object": lambda: card(classes={"paper": 1}),
    "classes-are-null": lambda: card(classes=None),
    "classes-like-a-path": lambda: card(classes="../paper"),
    "kind-unknown": lambda: card(kind="sound"),
    "kind-is-a-list": lambda: card(kind=["maps"]),
    "kind-is-null": lambda: card(kind=None),
    "temperature-zero": lambda: card(temperature=0.0),
    "temperature-minus-zero": lambda: card(temperature=-0.0),
    "temperature-negative": lambda: card(temperature=-1.5),
    "temperature-tiny": lambda: card(temperature=5e-324),
    "temperature-huge": lambda: card(temperature=1e308),
    "temperature-nan": lambda: card(temperature=float("nan")),
    "temperature-infinite": lambda: card(temperature=float("inf")),
    "temperature-overflowing": lambda: card().replace(b"1.5", b"1e999"),
    "temperature-is-text": lambda: card(temperature="1.5"),
    "temperature-is-true": lambda: card(temperature=True),
    "temperature-is-an-endless-integer": lambda: card(temperature=10**4000),
    "temperature-is-null": lambda: card(temperature=None),
    "temperature-is-a-list": lambda: card(temperature=[1.5]),
}
"""Files of cards that no classifier can be loaded by: WeightsRejected."""
