"""Links to files of the repository become links to the pages that show them.

Where the repository is kept, ``../src/symscope/classifier/weights/MODEL_CARD.md`` is a file that
one can open. In the built documentation the same text stands on a page of its own.
"""

import posixpath
import re
from typing import Any

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "src/symscope/lie/README.md": "derivation.md",
    "src/symscope/classifier/weights/MODEL_CARD.md": "model-card.md",
}
"""Files of the repository, and the pages that include them."""

LINK = re.compile(r"\]\((?P<target>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")

DOCS = "docs"


def relinked(text: str, folder: str, page: str) -> str:
    """Point links to files of the repository at the pages that hold them.

    Parameters
    ----------
    text : Markdown
    folder : of the file that the text stands in, relative to the repository
    page : of the documentation, which shows the text

    >>> relinked("see [it](../SECURITY.md)", "docs", "method")
    'see [it](security.md)'
    >>> relinked("see [it](images/score.png)", "docs", "tutorials/painting")
    'see [it](../images/score.png)'
    """

    def one(match: re.Match[str]) -> str:
        meant = posixpath.normpath(posixpath.join(folder, match["target"]))
        inside = posixpath.relpath(meant, DOCS)
        if meant in PAGES:
            inside = PAGES[meant]
        elif inside.startswith(".."):
            return match.group()
        there = posixpath.relpath(inside, posixpath.dirname(page) or ".")
        return f"]({there}{match['anchor'] or ''})"

    return LINK.sub(one, text)


def _on_read(app: Any, page: str, source: list[str]) -> None:
    source[0] = relinked(source[0], posixpath.join(DOCS, posixpath.dirname(page)), page)


def _on_include(app: Any, path: Any, page: str, content: list[str]) -> None:
    repository = app.srcdir.parent
    folder = posixpath.dirname((app.srcdir / path).resolve().relative_to(repository).as_posix())
    content[0] = relinked(content[0], folder, page)


def setup(app: Any) -> dict[str, Any]:
    """Connect this extension to Sphinx."""
    app.connect("source-read", _on_read)
    app.connect("include-read", _on_include)
    return {"version": "1", "parallel_read_safe": True}
