"""How symmetric is this, and how do we know?

>>> from symscope import Field
>>> Field.from_levels([[0, 1], [1, 0]]).dimension
2

Names are loaded at first use, so that importing the package is instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symscope.api import score as score
    from symscope.api import score_many as score_many
    from symscope.api import table as table
    from symscope.classifier.classifier import load_classifier as load_classifier
    from symscope.errors import Outcome as Outcome
    from symscope.errors import SymscopeError as SymscopeError
    from symscope.field import Field as Field
    from symscope.groups import Isometry as Isometry
    from symscope.groups import Symmetry as Symmetry
    from symscope.io.images import read_picture as read_picture
    from symscope.lie.algebra import Algebra as Algebra
    from symscope.lie.discover import discover as discover
    from symscope.networks.ensemble import Ensemble as Ensemble
    from symscope.networks.settings import Settings as Settings
    from symscope.options import Options as Options
    from symscope.results import Failure as Failure
    from symscope.results import Score as Score
    from symscope.results import from_json as from_json
    from symscope.synth.templates import Template as Template
    from symscope.synth.templates import templates as templates
    from symscope.transformer import SymmetryTransformer as SymmetryTransformer

_HOME = {
    "Algebra": "lie.algebra",
    "Isometry": "groups",
    "Ensemble": "networks.ensemble",
    "Failure": "results",
    "Field": "field",
    "Options": "options",
    "Outcome": "errors",
    "Score": "results",
    "Settings": "networks.settings",
    "Symmetry": "groups",
    "SymmetryTransformer": "transformer",
    "SymscopeError": "errors",
    "Template": "synth.templates",
    "discover": "lie.discover",
    "from_json": "results",
    "load_classifier": "classifier.classifier",
    "read_picture": "io.images",
    "score": "api",
    "score_many": "api",
    "table": "api",
    "templates": "synth.templates",
}

__all__ = [*_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'symscope' has no attribute {name!r}")
    return getattr(import_module(f"symscope.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
