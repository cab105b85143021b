"""The page itself: one template, filled in with the options' words."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from symscope.groups import CLASS_SETS, EXTENDED
from symscope.report import words

METHODS = {
    "otsu": "One threshold",
    "adaptive": "Local threshold",
    "edges": "Edges",
    "quantile": "Equal halves",
}
FRAMES = {"crop": "Middle square", "pad": "Whole picture"}
READERS = {"extended": "Seven classes", "paper": "Five, as in the paper"}
SETTINGS = {"fast": "Fast", "paper": "As in the paper, slow"}


@cache
def html() -> str:
    """Return the page; it is the same for every visit, and all that is private comes later."""
    environment = Environment(
        loader=PackageLoader("symscope.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    classes = [
        {
            "symbol": str(symbol),
            "name": words.CLASS_NAMES[str(symbol)][0],
            "meaning": words.CLASS_MEANINGS[str(symbol)],
            "paper": symbol in CLASS_SETS["paper"],
        }
        for symbol in EXTENDED
    ]
    return environment.get_template("page.html.j2").render(
        classes=classes, methods=METHODS, frames=FRAMES, readers=READERS, settings=SETTINGS
    )
