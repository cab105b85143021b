"""The page itself: one template, filled in with the options' words."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from symscope.drawing import words
from symscope.groups import EXTENDED, Symmetry
from symscope.io.suffixes import NO_PICTURES
from symscope.tasks import TASKS

METHODS = {
    "otsu": "One threshold",
    "adaptive": "Local threshold",
    "edges": "Edges",
    "quantile": "Equal halves",
}
FRAMES = {"crop": "Middle square", "pad": "Whole picture"}
CLASSIFIERS = {"extended": "Seven classes", "paper": "Five, as in the paper"}
VIEWS = {"pitch": "Time and pitch", "similarity": "Time and time"}
VOLUMES = {"": "A picture, its first page", "3": "A volume of grey pages"}
PICTURES = ("image/*", ".tif", ".tiff", "audio/*", ".aif", ".aiff")
SETTINGS = {"fast": "Fast", "paper": "As in the paper, slow"}
GROUPS = {"What is learned": False, "Controls": True}


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
    kinds = [
        {
            "symbol": str(symbol),
            "name": words.CLASS_NAMES[str(symbol)][0],
            "meaning": words.CLASS_MEANINGS[str(symbol)],
        }
        for symbol in (*EXTENDED, Symmetry.BALL)
    ]
    tasks = {
        name: [task for task in TASKS.values() if task.control is control]
        for name, control in GROUPS.items()
    }
    return environment.get_template("page.html.j2").render(
        classes=[kind for kind in kinds if kind["symbol"] in EXTENDED],
        kinds=kinds,
        volumes=VOLUMES,
        taken=",".join((*PICTURES, *sorted(NO_PICTURES), ".gz")),
        methods=METHODS,
        frames=FRAMES,
        classifiers=CLASSIFIERS,
        settings=SETTINGS,
        tasks=tasks,
        views=VIEWS,
    )
