"""What the networks of an input have become: their pictures, probabilities, fit and agreements."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.classifier import CalibratedClassifier
from symscope.elements import hidden_agreement
from symscope.features.lie_defect import flow_sums
from symscope.features.pca import GRID, Pictures, grid_hidden, pictures
from symscope.field import pixel_centres
from symscope.job import SIDE
from symscope.networks.hidden import HiddenLayers
from symscope.prepared import Prepared
from symscope.results import Views


@dataclass(frozen=True)
class Seen:
    """What N networks of one field have become.

    ``fit`` has shape (N, 4): shares of training and of held-out points right, of the latter's
    variance explained, steps; ``realised``
    (N, elements): agreement of the hidden layer; ``flows`` (N, 2, 3, 3): see ``flow_sums``;
    ``decoys`` are the networks themselves.
    """

    views: Views
    fit: NDArray[np.float64]
    realised: NDArray[np.float64]
    flows: NDArray[np.float64]
    decoys: tuple[HiddenLayers, ...]

    @classmethod
    def of(
        cls,
        found: Sequence[HiddenLayers],
        classifier: CalibratedClassifier,
        fields: Sequence[Prepared],
    ) -> "list[Seen]":
        """Look at the networks of some fields; the classifier takes all their pictures together."""
        shown = [pictures(grid_hidden(decoys)) for decoys in found]
        ends = np.cumsum([len(seen.maps) for seen in shown])[:-1]
        probabilities = np.split(classifier.read(Pictures.joined(shown)), ends)
        return [cls._of_one(*one) for one in zip(found, shown, probabilities, fields, strict=True)]

    @classmethod
    def _of_one(
        cls,
        decoys: HiddenLayers,
        seen: Pictures,
        probabilities: NDArray[np.float32],
        prepared: "Prepared",
    ) -> "Seen":
        told = (
            decoys.training_accuracy,
            decoys.validation_accuracy,
            decoys.explained_variance,
            decoys.steps,
        )
        fit = np.stack(told, axis=1).astype(np.float64)
        views = Views(decoys.shades(SIDE), seen.maps, seen.plane, seen.variance, probabilities)
        if prepared.elements is None:
            return cls(views, fit, np.zeros((len(fit), 0)), np.zeros((len(fit), 2, 3, 3)), ())
        points = pixel_centres(GRID, GRID).astype(np.float64)
        realised = hidden_agreement(prepared.elements, decoys.hidden, points, prepared.scale)
        return cls(views, fit, realised, flow_sums(decoys.jacobian(points), points), (decoys,))

    def __add__(self, other: "Seen") -> "Seen":
        """Take the networks of both."""
        views = {
            key: np.concatenate([value, getattr(other.views, key)])
            for key, value in vars(self.views).items()
        }
        return Seen(
            Views(**views),
            np.concatenate([self.fit, other.fit]),
            np.concatenate([self.realised, other.realised]),
            np.concatenate([self.flows, other.flows]),
            self.decoys + other.decoys,
        )
