"""The claims in the order of the page. To add one, write its module and list it here."""

from symscope.reproduction.approximate import CLAIM as APPROXIMATE
from symscope.reproduction.art import CLAIM as ART
from symscope.reproduction.clustering import CLAIM as CLUSTERING
from symscope.reproduction.constructed import CLAIM as CONSTRUCTED
from symscope.reproduction.overfitting import CLAIM as OVERFITTING
from symscope.reproduction.reading import CLAIM as READING
from symscope.reproduction.regression import CLAIM as REGRESSION
from symscope.reproduction.runs import CLAIM as RUNS

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
