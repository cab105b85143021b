"""The scikit-learn transformer: scikit-learn's own checks, forms of X, features, failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import symscope.api
from fakes.scores import a_failure, a_score, make_score
from fakes.small import disc
from symscope import Field, SymmetryTransformer, score
from symscope.errors import MissingFile, NotFinite, Outcome, Unreadable
from symscope.groups import EXTENDED, PAPER
from symscope.options import Options
from symscope.transformer import TransformerError

SHORT_ROWS = "draws rows of 1 to 10 numbers, which are no pictures of 8 pixels a side or more"

NOT_FOR_PICTURES = dict.fromkeys(
    (
        "check_dict_unchanged",
        "check_dont_overwrite_parameters",
        "check_dtype_object",
        "check_estimators_dtypes",
        "check_estimators_fit_returns_self",
        "check_estimators_nan_inf",
        "check_estimators_overwrite_params",
        "check_estimators_pickle",
        "check_f_contiguous_array_estimator",
        "check_fit2d_1feature",
        "check_fit2d_1sample",
        "check_fit2d_predict1d",
        "check_fit_check_is_fitted",
        "check_fit_idempotent",
        "check_fit_score_takes_y",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_n_features_in",
        "check_n_features_in_after_fitting",
        "check_pipeline_consistency",
        "check_positive_only_tag_during_fit",
        "check_readonly_memmap_input",
        "check_transformer_data_not_an_array",
        "check_transformer_general",
        "check_transformers_unfitted_stateless",
    ),
    SHORT_ROWS,
)
"""Each of them passes where rows of any length are taken: see OfAnyRows."""


class OfAnyRows(SymmetryTransformer):
    """Takes rows of any length, so that checks that draw short ones reach the rest."""

    def _squares(self, rows: Any) -> Any:
        padded = np.zeros((len(rows), 64))
        padded[:, : rows.shape[1]] = rows
        return padded.reshape(len(rows), 8, 8)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the science: an array's probabilities depend on its values, a path's are made up."""
    called: dict[str, Any] = {}

    def score_many(sources: list[Any], options: Options) -> Iterator[Any]:
        called.update(asdict(options), sources=sources)
        classes = PAPER if options.classifier == "paper" else EXTENDED
        for source in sources:
            if isinstance(source, str) and source.startswith("gone"):
                yield a_failure(source)
            elif isinstance(source, np.ndarray) and not np.isfinite(source).all():
                yield a_failure("array", Outcome.NOT_FINITE)
            elif isinstance(source, np.ndarray):
                rng = np.random.default_rng(abs(hash(source.astype(float).tobytes())))
                probabilities = dict(
                    zip(map(str, classes), rng.dirichlet([1] * len(classes)), strict=True)
                )
                yield make_score(
                    path="array", outcome=Outcome.OK, probabilities=probabilities, symmetry=0.5
                )
            else:
                yield a_score(str(source))

    monkeypatch.setattr(symscope.api, "score_many", score_many)
    return called


@parametrize_with_checks([OfAnyRows()], xfail_strict=True)
@pytest.mark.usefixtures("fake")
def test_scikit_learns_checks_of_all_but_the_folding_of_rows(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [SymmetryTransformer()], expected_failed_checks=lambda _: NOT_FOR_PICTURES, xfail_strict=True
)
@pytest.mark.usefixtures("fake")
def test_scikit_learns_checks(estimator, check):
    check(estimator)


FORMS = {
    "paths": ["a.png", "sample:moon"],
    "array of paths": np.array(["a.png", "b.png"]),
    "column of paths": np.array([["a.png"], ["b.png"]], dtype=object),
    "arrays of two sizes": [np.zeros((9, 9)), np.zeros((12, 15, 3))],
    "fields": [Field.from_levels(disc()), Field.from_levels(disc())],
    "bytes": [b"one", b"other"],
    "a tuple": ("a.png", "b.png"),
}


@pytest.mark.parametrize("form", FORMS)
def test_lists_of_pictures_are_taken_one_by_one(fake, form):
    found = SymmetryTransformer().fit_transform(FORMS[form])
    assert found.shape == (2, len(EXTENDED))
    assert len(fake["sources"]) == 2
    assert not any(isinstance(source, list) for source in fake["sources"])


@pytest.mark.parametrize(
    ("shape", "picture"),
    [
        ((3, 9, 12), (9, 12)),
        ((3, 9, 12, 3), (9, 12, 3)),
        ((3, 9, 12, 4), (9, 12, 4)),
        ((3, 100), (10, 10)),
    ],
)
def test_arrays_of_pictures(fake, shape, picture):
    SymmetryTransformer().fit_transform(np.random.default_rng(0).random(shape))
    assert [source.shape for source in fake["sources"]] == [picture] * 3


def test_a_row_is_a_picture_from_the_top(fake):
    pictures = np.random.default_rng(0).random((2, 8, 8))
    SymmetryTransformer().fit_transform(pictures.reshape(2, 64))
    assert np.array_equal(fake["sources"], pictures)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a.png", "found one str as X"),
        (np.zeros((20, 30)), r"shape \(20, 30\)"),
        (np.zeros((20, 49)), r"shape \(20, 49\)"),
        (np.zeros(5), "Expected 2D array"),
        ([], "found no pictures"),
        (iter(["a.png", "b.png"]), "expected a list"),
    ],
)
def test_what_is_no_list_of_pictures_is_refused(fake, given, message):
    with pytest.raises(ValueError, match=message):
        SymmetryTransformer().fit(given)


@pytest.mark.parametrize(
    "wrong", [{"zoom": 0.5}, {"classifier": "mine"}, {"errors": "ignore"}, {"networks": 0}]
)
def test_wrong_parameters_are_told_when_fitted(fake, wrong):
    estimator = SymmetryTransformer(**wrong)
    with pytest.raises(TransformerError, match="found"):
        estimator.fit(["a.png"])


def test_columns_are_named_as_in_a_csv(fake):
    made = SymmetryTransformer(symmetry=True, elements=True, baselines=True, classifier="paper")
    names = list(made.get_feature_names_out())
    assert names[: len(PAPER) + 1] == [*(f"probabilities.{symbol}" for symbol in PAPER), "symmetry"]
    assert "strongest.bilateral" in names
    assert any(name.startswith("baselines.") for name in names)
    found = made.fit_transform(np.random.default_rng(0).random((2, 9, 9)))
    assert found.shape == (2, len(names))
    assert np.isnan(found[:, len(PAPER) + 1 :]).all()  # made-up scores have neither
    assert found[:, : len(PAPER)].sum(axis=1) == pytest.approx(1)
    assert fake["elements"] is True
    assert fake["baselines"] is True


def test_a_picture_that_fails_is_an_error_of_its_kind(fake):
    with pytest.raises(MissingFile, match=r"picture 1 of X \(gone.png\): missing"):
        SymmetryTransformer().fit_transform(["a.png", "gone.png"])


def test_a_picture_that_fails_can_be_a_row_of_nan(fake):
    found = SymmetryTransformer(errors="nan").fit_transform(["a.png", "gone.png", "b.png"])
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False]
    array = np.zeros((2, 9, 9))
    array[1, 2, 3] = np.nan
    found = SymmetryTransformer(errors="nan").fit_transform(array)
    assert np.isnan(found).all(axis=1).tolist() == [False, True]
    with pytest.raises(ValueError, match="NaN"):
        SymmetryTransformer().fit_transform(array)


def test_what_was_not_learned_keeps_its_profile_with_a_warning(monkeypatch):
    sound = a_score("a.png")
    poor = replace(sound, path="b.png", outcome=Outcome.NOT_LEARNED, message="too fine")
    monkeypatch.setattr(symscope.api, "score_many", lambda *_, **__: [sound, poor])
    with pytest.warns(UserWarning, match=r"1 of 2 pictures were not learned.*\(b\.png\)"):
        found = SymmetryTransformer().fit_transform(["a.png", "b.png"])
    assert np.isfinite(found).all()
    found = SymmetryTransformer(errors="nan").fit_transform(["a.png", "b.png"])
    assert np.isnan(found).all(axis=1).tolist() == [False, True]


def test_messages_name_parameters_not_options():
    with pytest.raises(ValueError, match="found sketch 'edge'"):
        SymmetryTransformer(sketch="edge").fit(["a.png"])


@pytest.mark.parametrize(
    "outcome", [kind for kind in list(Outcome)[1:] if kind is not Outcome.NOT_LEARNED]
)
def test_every_outcome_without_a_profile_is_an_error(monkeypatch, outcome):
    monkeypatch.setattr(symscope.api, "score_many", lambda *_, **__: [a_failure("a", outcome)])
    with pytest.raises(symscope.errors.InputError, match=str(outcome)) as raised:
        SymmetryTransformer().fit_transform(["a"])
    assert raised.value.outcome in (outcome, None)
    assert not (outcome is Outcome.UNREADABLE and not isinstance(raised.value, Unreadable))
    assert not (outcome is Outcome.NOT_FINITE and not isinstance(raised.value, NotFinite))


def test_a_pipeline_and_a_clone(fake):
    pictures = np.random.default_rng(0).random((6, 9, 9))
    model = make_pipeline(SymmetryTransformer(seed=3), LogisticRegression())
    model.fit(pictures, [0, 1] * 3)
    assert model.predict(pictures).shape == (6,)
    assert model[:-1].get_feature_names_out()[0] == "probabilities.∅"
    assert clone(model[0]).get_params() == model[0].get_params()
    assert fake["seed"] == 3


def test_tables_have_names(fake):
    pandas = pytest.importorskip("pandas")
    made = SymmetryTransformer().set_output(transform="pandas")
    found = made.fit_transform(pandas.Series(["a.png", "b.png"], index=[7, 8]))
    assert list(found.columns) == list(made.get_feature_names_out())
    assert list(found.index) == [7, 8]


def test_features_are_those_of_a_score():
    picture = disc().astype(float)
    made = SymmetryTransformer(networks=1, symmetry=True, elements=True)
    found = dict(zip(made.get_feature_names_out(), made.fit_transform([picture])[0], strict=True))
    alone = score(picture, networks=1)
    assert alone.outcome is Outcome.OK
    for symbol, probability in alone.probabilities.items():
        assert found[f"probabilities.{symbol}"] == pytest.approx(probability)
    assert found["symmetry"] == pytest.approx(alone.symmetry)
    assert found["strongest.round"] == pytest.approx(alone.elements.strongest["round"])
    assert found["strongest.round"] > 0.9


def test_importing_symscope_loads_no_scikit_learn():
    code = "import sys, symscope; dir(symscope); print('sklearn' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout.strip() == "False"
