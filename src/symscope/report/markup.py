"""HTML from templates: everything that comes from outside is escaped and made visible."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from symscope.drawing.kinds import CLASSES

KEPT = "\n\t\u00a0"
"""Characters that are not printable and yet do no harm: ends of lines, spaces that never break."""


def visible(text: str) -> str:
    r"""Show characters that cannot be seen, or that turn the text around them, as escapes.

    A file's name may hold control characters, marks of direction and bytes that are no UTF-8.

    >>> visible("a\x00b\u202egnp.exe\udcff")
    'a\\x00b\\u202egnp.exe\\udcff'
    """
    return "".join(
        c if c.isprintable() or c in KEPT else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def _finished(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("symscope.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finished,
    )
    environment.globals["stylesheet"] = stylesheet
    environment.filters["symbol"] = _symbol
    environment.filters["symbols"] = _symbols
    return environment


def _symbol(symbol: str) -> Markup:
    """Set the symbol of a class or group, its index lower."""
    letter, _, index = symbol.partition("_")
    below = Markup("<sub>{}</sub>").format(index) if index else ""
    return Markup('<span class="symbol">{}{}</span>').format(letter, below)


def _symbols(text: str) -> Markup:
    """Set the symbols of classes, and of groups C_n and D_n, in a list of words."""

    def is_symbol(part: str) -> bool:
        letter, _, index = part.partition("_")
        return part in CLASSES or (letter in ("C", "D") and index.isdecimal())

    parts = (
        _symbol(part) if is_symbol(part) else escape(visible(part)) for part in text.split(", ")
    )
    return Markup(", ").join(parts)


def sign(symbol: str) -> Markup:
    """Draw a small sign that has the symmetry of a class; it says nothing to a screen reader."""
    drawn = CLASSES[symbol if symbol in CLASSES else "∅"].sign
    head = '<svg class="sign" aria-hidden="true" viewBox="0 0 40 40" width="40" height="40"'
    return Markup(f'{head} fill="currentColor">{drawn}</svg>')


def render(template: str, **values: Any) -> Markup:
    """Fill in one of the templates of ``report/templates``.

    Texts in ``values`` are escaped, only Markup is taken as it is.
    """
    return Markup(_environment().get_template(template).render(**values))


@cache
def stylesheet() -> Markup:
    """Return the one style sheet of all pages, to be set inside ``<style>``."""
    text = files("symscope.report").joinpath("templates", "page.css").read_text("utf-8")
    return Markup(text)
