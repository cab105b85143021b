"""The claims in the order of the page. To add one, write its module and list it here."""

from symscope.evaluation.claims import (
    approximate,
    art,
    classifier,
    generators,
    orbits,
    overfitting,
    runs,
    templates,
)

CLAIMS = tuple(
    module.CLAIM
    for module in (
        *(templates, overfitting, runs, classifier),
        *(orbits, generators, art, approximate),
    )
)
