"""N networks of patches for each field: trained as one compiled program, and looked at.

As decoys are, each is fixed by the field, the seed and its number alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from operator import itemgetter
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Bool, Float, Int
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.field import Field
from symscope.networks.decoys import network_key
from symscope.networks.devices import in_chunks, mesh
from symscope.networks.ensemble import Ensemble
from symscope.networks.patches.gan import Gan
from symscope.networks.patches.patches import all_patches, patches_at, shown_picture, shuffled
from symscope.networks.patches.vae import Vae
from symscope.networks.settings import PatchSettings
from symscope.tasks import Measure, parse_task

MODELS: dict[str, type[Vae] | type[Gan]] = {"vae": Vae, "gan": Gan}

BETAS = (0.5, 0.99)
"""Adam's memories, short as is usual where two networks learn from each other (Radford et al.,
arXiv:1511.06434, section 4)."""

Pool = Callable[[], Sequence[NDArray[np.integer]]]
"""Gives the levels (S, S) of the pictures that ``vae:templates`` learns."""

JUDGED = 256
"""Patches of each kind that the fit is taken on."""


class Encoder(eqx.Module):
    """One model, and the picture that its patches are cut from."""

    image: Float[Array, "*N S S"]
    model: Vae | Gan
    patch: int = eqx.field(static=True)

    def encoded(self, points: Float[Array, "P 2"]) -> Float[Array, "P patch"]:
        """Return the patch around each point."""
        return patches_at(self.image, points, self.patch)

    def __call__(
        self, patches: Float[Array, "P patch"]
    ) -> tuple[Float[Array, "P H"], Float[Array, " P"]]:
        """Return the layer that is looked at, and what the model says of each patch, 0 … 1."""
        return self.model.layer(patches), self.model.shade(patches)


def _train_one(
    settings: PatchSettings,
    key_data: Array,
    images: Float[Array, "M S S"],
    steps: Int[Array, ""],
    mixed_up: Bool[Array, ""],
    wanted: Bool[Array, ""],
) -> tuple[Vae | Gan, Float[Array, " 2"]]:
    """Train one model on the patches of M pictures → (it, how well they and held-out ones fit).

    Steps, and whether the pixels are mixed up, are arguments: the controls are the same program.
    Places that nobody wants take no steps.
    """
    key = jax.random.wrap_key_data(key_data)
    start, order, draws, mixing, judging = jax.random.split(key, 5)
    structureless = jax.vmap(shuffled)(jax.random.split(mixing, len(images)), images)
    shown = jnp.where(mixed_up, structureless, images)
    patches, others = (_patches(some, settings.patch) for some in (shown, structureless))
    mixed = jnp.argsort(jax.random.uniform(order, (len(patches),)))
    kept = len(patches) - round(settings.held_out * len(patches))
    model: Any = MODELS[parse_task(settings.task).name].initial(start, settings)
    schedule = optax.cosine_onecycle_schedule(settings.steps, settings.learning_rate)
    optimiser = optax.adam(schedule, *BETAS)

    def step(number: Array, carry: Any) -> Any:
        model, state = carry
        choice, chance = jax.random.split(jax.random.fold_in(draws, number))
        drawn = jax.random.randint(choice, (settings.batch,), 0, kept)
        gradient = model.gradient(patches[mixed[drawn]], chance, settings)
        updates, state = optimiser.update(gradient, state)
        return optax.apply_updates(model, updates), state

    model, _ = jax.lax.fori_loop(
        0, jnp.where(wanted, steps, 0), step, (model, optimiser.init(model))
    )
    other = others[jax.random.randint(judging, (JUDGED,), 0, len(others))]
    judged = mixed[:JUDGED], mixed[kept : kept + JUDGED]
    return model, jnp.stack([model.fit(patches[some], other) for some in judged])


def _patches(images: Float[Array, "M S S"], size: int) -> Float[Array, "_ patch"]:
    return jax.vmap(lambda image: all_patches(image, size))(images).reshape(-1, size * size)


@partial(jax.jit, static_argnums=0)
def _train_chunk(settings: PatchSettings, jobs: tuple[Array, ...]) -> Any:
    """Train CHUNK models, spread over the devices, one after the other on each."""
    each = partial(jax.lax.map, lambda job: _train_one(settings, *job))
    spec = PartitionSpec("n")
    return jax.shard_map(each, mesh=mesh(), in_specs=spec, out_specs=spec, check_vma=False)(jobs)


def train(
    fields: Sequence[Field],
    networks: int,
    settings: PatchSettings,
    seed: int = 0,
    first: int = 0,
    pool: Pool | None = None,
) -> list[Ensemble]:
    """Train networks number ``first`` … ``first + networks - 1`` on the patches of each field.

    Parameters
    ----------
    fields : B Fields of square grids of one size
    networks, seed, first : as for ``decoys.train``
    pool : gives the pictures that are learned instead, for ``vae:templates``

    Raises
    ------
    UsageError
        For N < 1, fields that are no such grids, or no pool where one is needed.
    """
    if networks < 1:
        raise UsageError(f"found {networks} networks: expected at least 1")
    if not fields:
        return []
    images = np.stack([_image(field, fields[0]) for field in fields])
    if parse_task(settings.task).variant == "templates":
        if pool is None:
            raise UsageError(f"the task {settings.task} learns templates: give a pool of them")
        return _of_templates(fields, images, networks, settings, seed, first, pool)
    jobs = [
        (network_key(field.sha256, seed, first + network), image[None])
        for field, image in zip(fields, images, strict=True)
        for network in range(networks)
    ]
    trained, ensembles = _trained(settings, jobs), []
    for number, (field, image) in enumerate(zip(fields, images, strict=True)):
        of_field = itemgetter(slice(number * networks, (number + 1) * networks))
        models, fit = jax.tree.map(of_field, trained)
        ensembles.append(_ensemble(image, field, models, fit, settings))
    return ensembles


def _of_templates(
    fields: Sequence[Field],
    images: NDArray[np.float32],
    networks: int,
    settings: PatchSettings,
    seed: int,
    first: int,
    pool: Pool,
) -> list[Ensemble]:
    """Show pictures to models that have learned templates: they were not trained on it."""
    models, fit = _template_models(settings, networks, seed, first, pool)
    held_out = [np.asarray(_fit_of(models, image, settings.patch)) for image in images]
    return [
        _ensemble(image, shown, models, np.stack([fit[:, 0], held], axis=1), settings)
        for image, shown, held in zip(images, fields, held_out, strict=True)
    ]


def _ensemble(
    image: NDArray[np.float32],
    learned: Field,
    models: Any,
    fit: NDArray[np.float32],
    settings: PatchSettings,
) -> Ensemble:
    """Gather N models, fit (N, 2), and the picture that their patches are cut from."""
    stack = Encoder(jnp.asarray(np.repeat(image[None], len(fit), 0)), models, settings.patch)
    held_out, task = fit[:, 1], parse_task(settings.task)
    steps = 0 if task.variant == "untrained" else settings.steps
    made = Ensemble(
        stacks=(stack,),
        untrained=(),
        answers=np.zeros((len(fit), 0, 1), np.float32),
        training_accuracy=fit[:, 0],
        validation_accuracy=held_out,
        explained_variance=2 * held_out - 1 if task.measure is Measure.ORDER else held_out,
        steps=np.full(len(fit), steps),
        settings=settings,
    )
    return replace(made, answers=made.answers_at(learned.coords))


@cache
def _template_models(
    settings: PatchSettings, networks: int, seed: int, first: int, pool: Pool
) -> Any:
    """Train models on the patches of many templates, the same for every picture."""
    images = np.stack([shown_picture(levels) for levels in pool()])
    keys = [network_key("templates", seed, first + network) for network in range(networks)]
    return _trained(settings, [(key, images) for key in keys])


@partial(jax.jit, static_argnums=2)
def _fit_of(models: Any, image: Array, size: int) -> Array:
    patches = all_patches(jnp.asarray(image), size)
    others = all_patches(shuffled(jax.random.key(0), jnp.asarray(image)), size)
    return jax.lax.map(lambda model: model.fit(patches, others[:JUDGED]), models)


def _trained(
    settings: PatchSettings, jobs: Sequence[tuple[NDArray[np.uint32], NDArray[np.float32]]]
) -> Any:
    """Train a model for each key and images (M, S, S)."""
    task = parse_task(settings.task)
    run = partial(_train_chunk, replace(settings, task=task.name))
    steps = np.int32(0 if task.variant == "untrained" else settings.steps)
    mixed_up = np.bool_(task.variant == "shuffled")
    return in_chunks(run, [(*job, steps, mixed_up) for job in jobs])


def _image(field: Field, like: Field) -> NDArray[np.float32]:
    shape = field.shape
    if shape is None or len(shape) != 2 or shape[0] != shape[1] or shape != like.shape:
        raise UsageError(
            f"patches are cut from square grids of one size, found a Field of shape {shape}: make "
            "it with Field.from_levels"
        )
    return shown_picture(field.levels.reshape(shape))
