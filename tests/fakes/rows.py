"""Rows of a collection, as they come from its table, and the pictures behind them."""

from __future__ import annotations

from typing import Any

from fakes.scores import a_failure, a_picture, a_score
from symscope.errors import MissingFile, Outcome

PROVENANCE = {
    "symscope": "0.1.0",
    "sketch": "edges",
    "classifier": "paper",
    "arguments": "--seed 3",
}


def row(name: str, symmetry: float = 0.5, **manifest: Any) -> dict[str, Any]:
    """Make the row of a picture: from 2/3 on with a mirror, below with nothing."""
    label = "Z_2" if symmetry >= 2 / 3 else "∅"
    made = a_score(name, label=label, symmetry=symmetry).to_row()
    return made | {"manifest": manifest, "provenance": PROVENANCE | {"networks": 16}}


def failed(name: str, outcome: Outcome = Outcome.MISSING) -> dict[str, Any]:
    """Make the row of a picture without a score."""
    return a_failure(name, outcome).to_row() | {"manifest": {"artist": "Ada"}}


def read(path: str) -> Any:
    """Give every file the same picture; the file called gone is gone."""
    if "gone" in path:
        raise MissingFile(f"{path}: found no such file, expected a picture; check the path")
    return a_picture(path)
