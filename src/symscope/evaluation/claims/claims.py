"""The claims in the order of the page. To add one, write its module and list it here."""

from symscope.evaluation.claims.approximate import CLAIM as APPROXIMATE
from symscope.evaluation.claims.art import CLAIM as ART
from symscope.evaluation.claims.clustering import CLAIM as CLUSTERING
from symscope.evaluation.claims.constructed import CLAIM as CONSTRUCTED
from symscope.evaluation.claims.overfitting import CLAIM as OVERFITTING
from symscope.evaluation.claims.reading import CLAIM as READING
from symscope.evaluation.claims.regression import CLAIM as REGRESSION
from symscope.evaluation.claims.runs import CLAIM as RUNS

CLAIMS = (
    CONSTRUCTED,
    OVERFITTING,
    RUNS,
    READING,
    CLUSTERING,
    REGRESSION,
    ART,
    APPROXIMATE,
)
