"""The figures of the pages, drawn when the documentation is built, and again when code changes."""

from pathlib import Path
from typing import Any


def _draw(app: Any) -> None:
    from exhibits import hang
    from figures import draw_all

    draw_all(Path(app.srcdir) / "_figures")
    hang(Path(app.srcdir) / "_figures")


def setup(app: Any) -> dict[str, Any]:
    """Connect this extension to Sphinx."""
    app.connect("builder-inited", _draw)
    return {"version": "1", "parallel_read_safe": True}
