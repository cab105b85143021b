"""What is counted of a collection's rows in one pass: some bytes for each, whatever it holds."""

import json
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Row = Mapping[str, Any]
Group = str | int | float

UNGROUPED = "(none)"
"""Where a row lacks what pictures are grouped by."""

MOST_FAILURES = 40
"""Failures of each kind that are named; of others only the number is kept."""

MOST_SETTINGS = 8
"""Different ways of making a row that are told apart."""

OF_ONE_PICTURE = frozenset({"file_sha256", "field_sha256", "networks", "view", "window", "part"})
"""What provenance says of one picture, or of sounds alone; the rest is common to all that were
scored alike."""


@dataclass
class Failures:
    """Rows of one outcome: how many, and the first of them with their reasons."""

    count: int = 0
    first: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Tally:
    """A collection counted.

    Attributes
    ----------
    rows : how many there are
    sounds : how many of them say what they are in music
    symmetry : of those with a score to rely on, in their order
    member : index into ``groups`` of each of these
    groups : what the pictures are grouped by, in the order in which it was met
    kinds : how many are most like each class
    kinds_of : the same by (index into ``groups``, class)
    failures : by outcome, for all other rows
    settings : how the rows were made, as JSON, and how many of them
    networks : least and most networks trained for a row
    """

    rows: int = 0
    sounds: int = 0
    symmetry: array = field(default_factory=lambda: array("d"))
    member: array = field(default_factory=lambda: array("l"))
    groups: list[Group] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    kinds_of: Counter[tuple[int, str]] = field(default_factory=Counter)
    failures: dict[str, Failures] = field(default_factory=dict)
    settings: Counter[str] = field(default_factory=Counter)
    networks: tuple[int, int] | None = None

    @classmethod
    def of(cls, rows: Iterable[Row], group: str) -> "Tally":
        """Count rows, grouped by the column ``group``."""
        tally, known = cls(), {}
        for row in rows:
            tally._add(row, group_of(row, group), known)
        return tally

    def _add(self, row: Row, group: Group, known: dict[Group, int]) -> None:
        self.rows += 1
        self.sounds += bool(row.get("music"))
        self._note_settings(row.get("provenance") or {})
        if not is_scored(row):
            failed = self.failures.setdefault(str(row["outcome"]), Failures())
            failed.count += 1
            if len(failed.first) < MOST_FAILURES:
                failed.first.append((str(row["path"]), str(row.get("message") or "")))
            return
        index = known.setdefault(group, len(self.groups))
        if index == len(self.groups):
            self.groups.append(group)
        self.symmetry.append(float(row["symmetry"]))
        self.member.append(index)
        label = str(row.get("label") or "∅")
        self.kinds[label] += 1
        self.kinds_of[index, label] += 1

    def _note_settings(self, provenance: Mapping[str, Any]) -> None:
        networks = provenance.get("networks")
        if networks:
            least, most = self.networks or (networks, networks)
            self.networks = (min(least, networks), max(most, networks))
        made = {key: value for key, value in provenance.items() if key not in OF_ONE_PICTURE}
        text = json.dumps(made, sort_keys=True, default=str)
        if made and (text in self.settings or len(self.settings) < MOST_SETTINGS):
            self.settings[text] += 1

    @property
    def values(self) -> NDArray[np.float64]:
        """The symmetry of all that have a score, shape (scored,)."""
        return np.frombuffer(self.symmetry, dtype=np.float64) if self.symmetry else np.zeros(0)

    @property
    def members(self) -> NDArray[np.int64]:
        """The group of each of them, shape (scored,)."""
        return np.asarray(self.member, dtype=np.int64)


def is_scored(row: Row) -> bool:
    """Whether a row has a score to rely on."""
    return str(row["outcome"]) == "ok" and row.get("symmetry") is not None


def group_of(row: Row, group: str) -> Group:
    """Return what a row belongs to: a number stays one, so that years keep their order."""
    value = row.get("group")
    if value is None:
        value = (row.get("manifest") or {}).get(group)
    if isinstance(value, int | float) and math.isfinite(value) and not isinstance(value, bool):
        return value
    return str(value) if value not in (None, "") else UNGROUPED
