"""Finished sections beside the page, so that an interrupted run goes on where it was.

One line for what the run is, then one for each finished section. The file goes when the page is
complete: a new run computes everything anew.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symscope.errors import UsageError
from symscope.evaluation.claims.section import Section
from symscope.io.files import write_whole


class Journal:
    """The journal of one page.

    Parameters
    ----------
    page : file of the page; the journal is ``page.html.journal`` beside it
    made_with : all that the sections depend on; another run's sections are not taken
    """

    def __init__(self, page: Path, made_with: Mapping[str, Any]) -> None:
        self.path = page.with_name(f"{page.name}.journal")
        self._head = json.dumps(dict(made_with), sort_keys=True)

    def read(self) -> dict[str, Section]:
        """Return the sections of an interrupted run like this one; a torn last line is left out."""
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        if not lines or lines[0] != self._head:
            return {}
        found: dict[str, Section] = {}
        for line in lines[1:]:
            try:
                section = Section.from_row(json.loads(line))
            except (ValueError, KeyError, TypeError):
                break
            found[section.key] = section
        return found

    def begin(self, sections: Mapping[str, Section]) -> None:
        """Start the file, with what was taken over: whole, or the old one stays."""
        rows = [json.dumps(section.to_row()) for section in sections.values()]
        write_whole(self.path, "".join(f"{line}\n" for line in (self._head, *rows)).encode())

    def add(self, section: Section) -> None:
        """Append a section, on the disk at once."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(section.to_row())}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(
                f"could not write {self.path} ({error.strerror}): free some space or choose "
                "another --out"
            ) from error

    def remove(self) -> None:
        """Take the file away: the page is complete."""
        self.path.unlink(missing_ok=True)
