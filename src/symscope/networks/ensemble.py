"""An ensemble: N networks of one field, and what their last hidden layers have become."""

from dataclasses import dataclass, field, replace
from functools import partial
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike, NDArray

from symscope.field import Field, pixel_centres
from symscope.networks.settings import PatchSettings, Settings, Skill, of_dimension
from symscope.tasks import Measure, Task, parse_task


def answers_of(task: Task, outputs: Float[Array, "P L"]) -> Float[Array, "P A"]:
    """Turn a network's outputs into its answers: the probability of each level, or the values."""
    if task.regression:
        return outputs
    if outputs.shape[-1] == 1:  # A single logit is that of level 1.
        outputs = jnp.concatenate([jnp.zeros_like(outputs), outputs], axis=-1)
    return jax.nn.softmax(outputs, axis=-1)


@partial(jax.jit, static_argnums=0)
def _read(what: str, networks: Any, points: Array, count: Array) -> Array:
    """Ask each of a stack of networks for one thing at the same points → (N, P, …)."""

    def of(number: Array | int) -> Array:
        network = jax.tree.map(lambda leaf: leaf[number], networks)
        if what == "jacobian":
            layer = lambda point: network(network.encoded(point[None]))[0][0]  # noqa: E731
            return jax.vmap(jax.jacfwd(layer))(points)
        hidden, outputs = network(network.encoded(points))
        return hidden if what == "hidden" else outputs

    shape = jax.eval_shape(of, 0)
    empty = jnp.zeros((len(jax.tree.leaves(networks)[0]), *shape.shape), shape.dtype)
    # How many there are is an argument: a loop that is known to have one round is compiled as
    # none, and the last bits of a network alone would not be those of it among others.
    return jax.lax.fori_loop(0, count, lambda i, made: made.at[i].set(of(i)), empty)


@dataclass(frozen=True)
class Ensemble:
    """N trained networks of one field: decoys, or networks of its patches.

    Attributes
    ----------
    stacks : the networks, as modules whose arrays have a leading axis; those of joined ensembles
        stay apart, so that nothing is compiled anew
    untrained : decoys before training, for the control; empty of networks of patches
    answers : ndarray of shape (N, P, A)
        At the field's own points: the probability of each level, or the values (``answers_of``); of
        patches, the shade in the middle of each decoded one, or the belief in it.
    training_accuracy, validation_accuracy : ndarray of shape (N,)
        Share of the training and of the held-out points reproduced, 0 … 1, or of the variance of
        the values explained, up to 1; of patches, which overlap, how often they are told from
        patches without structure (gan). Their difference is the generalisation gap.
    explained_variance : ndarray of shape (N,)
        Share of what a constant guess leaves open that the answers explain of what was held out
        (``decoys.judge``), up to 1.
    steps : ndarray of shape (N,), optimiser steps until learned or given up
    settings : Settings or PatchSettings
    """

    stacks: tuple[Any, ...]
    untrained: tuple[Any, ...]
    answers: NDArray[np.float32]
    training_accuracy: NDArray[np.float32]
    validation_accuracy: NDArray[np.float32]
    explained_variance: NDArray[np.float32]
    steps: NDArray[np.int64]
    settings: Settings | PatchSettings
    _kept: dict[bytes, NDArray[np.float32]] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.training_accuracy)

    def __add__(self, other: "Ensemble") -> "Ensemble":
        """Join the networks of both, of the same field and settings."""
        joined = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _OF_EACH
        }
        both = self._kept.keys() & other._kept.keys()
        return Ensemble(
            self.stacks + other.stacks,
            self.untrained + other.untrained,
            **joined,
            settings=self.settings,
            _kept={key: np.concatenate([self._kept[key], other._kept[key]]) for key in both},
        )

    def hidden(self, points: ArrayLike, keep: bool = False) -> NDArray[np.float32]:
        """Return the last hidden layer at points (P, D) → (N, P, H).

        What is kept is computed once, however often the same points are asked.
        """
        asked = np.asarray(points, np.float32)
        key = asked.tobytes() if keep or self._kept else b""
        if key in self._kept:
            return self._kept[key]
        layer = self._ask("hidden", asked)
        if keep:
            self._kept[key] = layer
        return layer

    def jacobian(self, points: ArrayLike) -> NDArray[np.float32]:
        """Return its derivative by the point at points (P, D) → (N, P, H, D)."""
        return self._ask("jacobian", points)

    def answers_at(self, points: ArrayLike) -> NDArray[np.float32]:
        """Return the answers at points (P, D) → (N, P, A): see ``answers``."""
        outputs = self._ask("outputs", points)
        if isinstance(self.settings, PatchSettings):
            return outputs[..., None]
        # One at a time: a network's answers must not depend, to the last bit, on its neighbours.
        task = parse_task(self.settings.task)
        return np.stack([np.asarray(answers_of(task, row)) for row in outputs])

    def preview(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the answers on a grid, each as one grey, (N, …), 0 … 1 where they are right."""
        answers, task = self.answers, parse_task(self.settings.task)
        if answers.shape[1] != prod(shape):  # The field's points are no such grid.
            answers = self.answers_at(pixel_centres(*shape))
        highest = answers.shape[-1] - 1
        if task.regression:
            greys = answers.mean(axis=-1).clip(0, 1)
        elif task.unsupervised:
            greys = answers[..., 0]
        elif highest == 1:
            greys = answers[..., 1]
        else:
            greys = answers @ (np.arange(highest + 1, dtype=np.float32) / highest)
        return greys.reshape(-1, *shape)

    @property
    def output_directions(self) -> NDArray[np.float32]:
        """The directions of the hidden layer that make the colour: (N, H, outputs)."""
        return np.concatenate([np.asarray(stack.weights[-1]) for stack in self.stacks])

    def before_training(self) -> "Ensemble":
        """The same decoys as they were drawn: the control for all that training does.

        What training tells of itself (answers, accuracies, steps) is zero.
        """
        zeros = {name: np.zeros_like(getattr(self, name)) for name in _OF_EACH}
        return replace(self, stacks=self.untrained, _kept={}, **zeros)

    def _ask(self, what: str, points: ArrayLike) -> NDArray[np.float32]:
        asked, layers = np.asarray(points, np.float32), []
        for stack in self.stacks:
            count = np.int32(len(jax.tree.leaves(stack)[0]))
            layers.append(np.asarray(_read(what, stack, asked, count)))
        return layers[0] if len(layers) == 1 else np.concatenate(layers)


_OF_EACH = ("answers", "training_accuracy", "validation_accuracy", "explained_variance", "steps")


@dataclass(frozen=True)
class Fit:
    """How well an ensemble learned its field, as means over networks.

    What is counted depends on the task (``tasks.Measure``): points that are right, the share of the
    variance that is explained, or patches told from patches without structure.

    Attributes
    ----------
    training_accuracy : share of the training points reproduced, 0 … 1, or of what else is counted
    validation_accuracy : the same of the held-out points
    chance_accuracy : what a constant guess gets right: the share of the more frequent level, 0 of
        the variance, half of the patches
    steps : optimiser steps until a network had learned or gave up
    retained_variance : share of the variance of the input that its sketch or grid keeps
    explained_variance : share of the variance of what was held out that the networks' answers
        explain, up to 1; of pictures only
    """

    training_accuracy: float
    validation_accuracy: float
    chance_accuracy: float
    steps: float
    retained_variance: float = 1.0
    explained_variance: float | None = None

    @classmethod
    def of(cls, ensemble: Ensemble, learned: Field, retained_variance: float = 1.0) -> "Fit":
        """Sum up the networks of a field."""
        measure = parse_task(ensemble.settings.task).measure
        guess = 0.5 if measure is Measure.ORDER else 0.0
        if measure is Measure.POINTS:
            guess = float(np.bincount(learned.levels).max() / len(learned.levels))
        values = [getattr(ensemble, name) for name in _OF_EACH[1:]]
        if of_dimension(learned.dimension).skill is Skill.ACCURACY_OVER_CHANCE:
            right, held_out, _, steps = (float(value.mean()) for value in values)
            return cls(right, held_out, guess, steps, retained_variance)
        table = np.stack(values, axis=1).astype(np.float64)
        right, held_out, explained, steps = table.mean(axis=0).tolist()
        return cls(right, held_out, guess, steps, retained_variance, explained)

    @property
    def generalisation_gap(self) -> float:
        """What is learned beyond what holds on held-out points."""
        return self.training_accuracy - self.validation_accuracy

    @property
    def skill(self) -> float:
        """How much better than a constant guess the networks know held-out points, up to 1.

        It is what they explain; where that was not taken, the share right of what a constant guess
        gets wrong.
        """
        if self.explained_variance is not None:
            return self.explained_variance
        right = self.validation_accuracy - self.chance_accuracy
        return right / max(1 - self.chance_accuracy, 1e-6)
