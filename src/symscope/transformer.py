"""Symmetry as features: a scikit-learn transformer from pictures to their probabilities."""

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, validate_data

import symscope.api
from symscope.baselines import baselines as simple_measures
from symscope.elements.element import BILATERAL, KINDS
from symscope.errors import InputError, Outcome, UsageError
from symscope.groups import CLASS_SETS
from symscope.io.pixels import MIN_SIDE
from symscope.options import Options
from symscope.results import Result

ERRORS = ("raise", "nan")

MOST_NAMED = 5
"""Pictures that a warning names."""


class TransformerError(UsageError, ValueError):
    """Parameters or pictures that the transformer does not take; scikit-learn's are ValueErrors."""


class SymmetryTransformer(TransformerMixin, BaseEstimator):
    """Turn pictures into the probabilities of their symmetry classes.

    Nothing is fitted: a picture's features depend on that picture and the parameters alone, so
    that they are the same in training and in use, and whatever else is transformed with it.

    Parameters
    ----------
    networks, seed, settings, sketch, frame, zoom, classifier, max_megapixels, task, evidence
        As in ``symscope.score``.
    elements : bool
        Add the best agreement of each kind of element, 0 … 1: ``strongest.mirror`` and so on.
    baselines : bool
        Add what the simple measures say: ``baselines.…``.
    symmetry : bool
        Add 1 - P(∅).
    errors : ``"raise"`` or ``"nan"``
        What becomes of a picture that cannot be read or has one level: an error, or a row of NaN.
        One that was not learned (``outcome`` of ``Score``) keeps its probabilities, with a
        warning, or becomes a row of NaN.

    Attributes
    ----------
    n_features_in_ : int
        Pixels of a picture; only where the pictures are the rows of a 2-D array.

    Notes
    -----
    ``X`` is one of

    - an array of shape (n, R, C), (n, R, C, 3) for RGB, or (n, R, C, 4) for RGB and opacity;
    - an array of shape (n, S·S): each row is a picture of S rows and S columns, as in
      ``sklearn.datasets``; **a single picture of shape (R, C) is to be given as** ``[picture]``;
    - a list, series or one column of paths, ``sample:NAME``, bytes, arrays or Fields.

    >>> SymmetryTransformer(classifier="paper", symmetry=True).get_feature_names_out().tolist()[1:]
    ['probabilities.Z_2', 'probabilities.T_n', 'probabilities.T', 'probabilities.O(2)', 'symmetry']
    """

    def __init__(
        self,
        *,
        networks: int | None = None,
        seed: int = 0,
        settings: str = "fast",
        sketch: str = "otsu",
        frame: str = "pad",
        zoom: float = 1.0,
        classifier: str = "extended",
        max_megapixels: float = 50.0,
        elements: bool = False,
        baselines: bool = False,
        task: str | None = None,
        evidence: str = "both",
        symmetry: bool = False,
        errors: str = "raise",
    ) -> None:
        self.networks = networks
        self.seed = seed
        self.settings = settings
        self.sketch = sketch
        self.frame = frame
        self.zoom = zoom
        self.classifier = classifier
        self.max_megapixels = max_megapixels
        self.elements = elements
        self.baselines = baselines
        self.task = task
        self.evidence = evidence
        self.symmetry = symmetry
        self.errors = errors

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters and the form of X; no picture is scored.

        Raises
        ------
        TransformerError, ValueError
            For parameters or an X that are not taken; both are ValueErrors.
        """
        self._options()
        self._pictures(X, reset=True)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Score each picture.

        Returns
        -------
        ndarray of shape (n, F)
            Columns as ``get_feature_names_out`` names them.

        Raises
        ------
        InputError
            With ``errors="raise"``: of the class that says what is wrong with the picture.
        TransformerError, ValueError
            For parameters or an X that are not taken.
        """
        options = self._options()
        sources = self._pictures(X, reset=False)
        names = self.get_feature_names_out()
        scores = symscope.api.score_many(sources, options)
        unlearned: list[str] = []
        rows = [self._row(n, score, names, unlearned) for n, score in enumerate(scores)]
        if unlearned:
            warnings.warn(
                f"{len(unlearned)} of {len(rows)} pictures were not learned, so that their "
                f"probabilities say little of them (errors='nan' leaves such rows empty): "
                f"{', '.join(unlearned[:MOST_NAMED])}{', …' * (len(unlearned) > MOST_NAMED)}",
                stacklevel=2,
            )
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns, as those of ``symscope score --format csv``."""
        options = self._options()
        names = [f"probabilities.{symbol}" for symbol in CLASS_SETS[options.classifier]]
        if self.symmetry:
            names.append("symmetry")
        if options.elements:
            names += [f"strongest.{kind}" for kind in (BILATERAL, *KINDS)]
        if options.baselines:
            names += [f"baselines.{measure.name}" for measure in simple_measures()]
        return np.array(names, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.input_tags.allow_nan = self.errors == "nan"
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _options(self) -> Options:
        """Give the parameters as options of a score."""
        if self.errors not in ERRORS:
            expected = " or ".join(map(repr, ERRORS))
            raise TransformerError(f"found errors={self.errors!r}, expected {expected}")
        try:
            shared = {field.name for field in fields(Options)} & self.get_params(deep=False).keys()
            return Options(**{name: getattr(self, name) for name in shared})
        except UsageError as error:
            # The options are parameters here.
            told = re.sub(r"--([a-z-]+)", lambda m: m[1].replace("-", "_"), str(error))
            raise TransformerError(told) from error

    def _pictures(self, X: Any, reset: bool) -> list[Any]:
        """Part X into pictures, in order."""
        found = _listed(X)
        if isinstance(found, list):
            return found
        finite = self.errors != "nan"
        if found.ndim in (3, 4):
            return list(
                check_array(found, allow_nd=True, ensure_all_finite=finite, dtype="numeric")
            )
        rows: Any = validate_data(self, X, reset=reset, ensure_all_finite=finite, dtype="numeric")
        return list(self._squares(rows))

    def _squares(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Fold rows (n, S·S) into pictures (n, S, S)."""
        side = round(rows.shape[1] ** 0.5)
        if side**2 != rows.shape[1] or side < MIN_SIDE:
            raise TransformerError(
                f"found an X of shape {rows.shape}, expected rows of S * S pixels with S at least "
                f"{MIN_SIDE}, or an array (n, R, C): give a single picture as [picture]"
            )
        return rows.reshape(len(rows), side, side)

    def _row(
        self, number: int, score: Result, names: NDArray[np.object_], unlearned: list[str]
    ) -> list[float]:
        if score.outcome is not Outcome.OK:
            if self.errors == "nan":
                return [float("nan")] * len(names)
            if score.outcome is not Outcome.NOT_LEARNED:
                raise _error(number, score)
            unlearned.append(_called(number, score))
        row = score.to_row()
        # A picture too small for a search has no elements, and nothing to say of them.
        return [_leaf(row, str(name)) for name in names]


def _listed(X: Any) -> list[Any] | NDArray[Any]:
    """Tell a list of pictures from an array of numbers."""
    if isinstance(X, str | bytes | os.PathLike):
        raise TransformerError(
            f"found one {type(X).__name__} as X, expected many pictures: give it as [picture]"
        )
    if issparse(X):
        raise TransformerError("found a sparse X, expected dense pictures: use X.toarray()")
    if isinstance(X, Iterator):
        raise TransformerError("found an iterator as X, expected a list: it is gone through twice")
    if isinstance(X, Sequence):
        X = list(X)
        if not X:
            raise TransformerError("found no pictures in X, expected at least one")
        if not all(isinstance(item, list | tuple | float | int) for item in X):
            return X
    array = np.asarray(X)
    if array.ndim == 2 and array.shape[1] == 1 and _names(array[:, 0]):
        array = array[:, 0]
    if array.ndim == 1 and array.dtype.kind in "OUS" and not _numbers(array):
        return array.tolist()
    return array


def _names(column: NDArray[Any]) -> bool:
    return all(isinstance(item, str | bytes | os.PathLike) for item in column)


def _numbers(column: NDArray[Any]) -> bool:
    return all(isinstance(item, int | float) for item in column)


def _leaf(row: dict[str, Any], name: str) -> float:
    branch, _, leaf = name.partition(".")
    value = row.get(branch)
    if leaf:
        value = value.get(leaf) if value else None
    return float("nan") if value is None else float(value)


def _error(number: int, score: Result) -> InputError:
    """Make the error that says what is wrong with a picture."""
    kinds = {kind.outcome: kind for kind in InputError.__subclasses__()}
    kind = kinds.get(score.outcome, InputError)
    # What went wrong in reading names its picture already.
    named = score.message and score.message.startswith(f"{score.path}: ")
    which = f"picture {number} of X" if named else _called(number, score)
    return kind(f"{which}: {score.message} (errors='nan' leaves such rows empty)")


def _called(number: int, score: Result) -> str:
    """Say which picture it is, by its path where it has one."""
    place = f"picture {number} of X"
    return place if score.path in ("array", "bytes", "field") else f"{place} ({score.path})"
