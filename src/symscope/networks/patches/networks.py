"""N networks of patches for each field: trained as one compiled program, and looked at.

As decoys are, each is fixed by the field, the seed and its number alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
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
from symscope.networks.decoys import named_key, network_key
from symscope.networks.devices import in_chunks, mesh
from symscope.networks.ensemble import Ensemble
from symscope.networks.patches.gan import Gan
from symscope.networks.patches.patches import all_patches, patches_at, shown_picture, shuffled
from symscope.networks.patches.vae import Vae
from symscope.networks.settings import PatchSettings
from symscope.tasks import Measure

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

    def hidden(self, points: Float[Array, "P 2"]) -> Float[Array, "P H"]:
        """Return the layer that is looked at, for the patch around each point."""
        return self.model.layer(patches_at(self.image, points, self.patch))

    def shade(self, points: Float[Array, "P 2"]) -> Float[Array, " P"]:
        """Return what the model says of the patch around each point, 0 … 1."""
        return self.model.shade(patches_at(self.image, points, self.patch))

    def jacobian(self, points: Float[Array, "P 2"]) -> Float[Array, "P H 2"]:
        """Return the derivative of that layer by the point."""
        return jax.vmap(jax.jacfwd(lambda point: self.hidden(point[None])[0]))(points)


def _train_one(
    settings: PatchSettings,
    key_data: Array,
    images: Float[Array, "M S S"],
    steps: Int[Array, ""],
    mixed_up: Bool[Array, ""],
) -> tuple[Vae | Gan, Float[Array, " 2"]]:
    """Train one model on the patches of M pictures → (it, how well they and held-out ones fit).

    Steps, and whether the pixels are mixed up, are arguments: the controls are the same program.
    """
    key = jax.random.wrap_key_data(key_data)
    start, order, draws, mixing, judging = jax.random.split(key, 5)
    structureless = jax.vmap(shuffled)(jax.random.split(mixing, len(images)), images)
    shown = jnp.where(mixed_up, structureless, images)
    patches, others = (_patches(some, settings.patch) for some in (shown, structureless))
    mixed = jnp.argsort(jax.random.uniform(order, (len(patches),)))
    kept = len(patches) - round(settings.held_out * len(patches))
    model: Any = MODELS[settings.kind.name].initial(start, settings)
    schedule = optax.cosine_onecycle_schedule(settings.steps, settings.learning_rate)
    optimiser = optax.adam(schedule, *BETAS)

    def step(number: Array, carry: Any) -> Any:
        model, state = carry
        choice, chance = jax.random.split(jax.random.fold_in(draws, number))
        drawn = jax.random.randint(choice, (settings.batch,), 0, kept)
        gradient = model.gradient(patches[mixed[drawn]], chance, settings)
        updates, state = optimiser.update(gradient, state)
        return optax.apply_updates(model, updates), state

    model, _ = jax.lax.fori_loop(0, steps, step, (model, optimiser.init(model)))
    other = others[jax.random.randint(judging, (JUDGED,), 0, len(others))]
    judged = mixed[:JUDGED], mixed[kept : kept + JUDGED]
    return model, jnp.stack([model.fit(patches[some], other) for some in judged])


def _patches(images: Float[Array, "M S S"], size: int) -> Float[Array, "_ patch"]:
    return jax.vmap(lambda image: all_patches(image, size))(images).reshape(-1, size * size)


@cache
def _trainer(settings: PatchSettings) -> Any:
    """Compile: CHUNK models, spread over the devices, one after the other on each."""

    def share(*jobs: Array) -> Any:
        return jax.lax.map(lambda job: _train_one(settings, *job), jobs)

    spec = PartitionSpec("n")
    return jax.jit(
        jax.shard_map(share, mesh=mesh(), in_specs=(spec,) * 4, out_specs=spec, check_vma=False)
    )


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
    jobs = [(b, n) for b in range(len(fields)) for n in range(networks)]
    keys = np.stack([network_key(fields[b], seed, first + n) for b, n in jobs])
    if settings.kind.variant == "templates":
        if pool is None:
            raise UsageError(f"the task {settings.task} learns templates: give a pool of them")
        return _of_templates(fields, images, networks, settings, seed, first, pool)
    models, fit = _trained(settings, keys, images[[b for b, _ in jobs], None])

    def of(b: int, tree: Any) -> Any:
        return jax.tree.map(lambda leaf: leaf[b * networks : (b + 1) * networks], tree)

    return [
        _ensemble(image, fields[b], of(b, models), of(b, fit), settings)
        for b, image in enumerate(images)
    ]


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
    held_out = fit[:, 1]
    steps = 0 if settings.kind.variant == "untrained" else settings.steps
    made = Ensemble(
        stacks=(stack,),
        untrained=(),
        answers=np.zeros((len(fit), 0, 1), np.float32),
        training_accuracy=fit[:, 0],
        validation_accuracy=held_out,
        explained_variance=2 * held_out - 1 if settings.kind.measure is Measure.ORDER else held_out,
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
    names = [f"templates:{seed}:{first + n}" for n in range(networks)]
    keys = np.stack([named_key(name) for name in names])
    return _trained(settings, keys, np.broadcast_to(images, (networks, *images.shape)))


@partial(jax.jit, static_argnums=2)
def _fit_of(models: Any, image: Array, size: int) -> Array:
    patches = all_patches(jnp.asarray(image), size)
    others = all_patches(shuffled(jax.random.key(0), jnp.asarray(image)), size)
    return jax.lax.map(lambda model: model.fit(patches, others[:JUDGED]), models)


def _trained(settings: PatchSettings, keys: NDArray[np.uint32], images: NDArray[np.float32]) -> Any:
    """Train as many models as there are keys, on images (jobs, M, S, S)."""
    variant = settings.kind.variant
    run = _trainer(replace(settings, task=settings.kind.name))
    steps = 0 if variant == "untrained" else settings.steps

    def call(numbers: NDArray[np.int64], wanted: NDArray[np.bool_]) -> Any:
        # Places that nobody wants take no steps.
        todo = np.where(wanted, steps, 0).astype(np.int32)
        mixed_up = np.full(len(numbers), variant == "shuffled")
        return run(keys[numbers], images[numbers], todo, mixed_up)

    return in_chunks(call, len(keys))


def _image(field: Field, like: Field) -> NDArray[np.float32]:
    shape = field.shape
    if shape is None or len(shape) != 2 or shape[0] != shape[1] or shape != like.shape:
        raise UsageError(
            f"patches are cut from square grids of one size, found a Field of shape {shape}: make "
            "it with Field.from_levels"
        )
    return shown_picture(field.levels.reshape(shape))
