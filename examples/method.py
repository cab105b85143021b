"""The whole method in one file, from top to bottom as in the talk (arXiv:2103.06115).

    python examples/method.py PICTURE [NETWORKS [SEED]]

Many small networks learn a picture, (x, y) → colour: a decoy task that never mentions symmetry.
Their last hidden layer, projected by PCA, is a picture of its own, and a CNN trained on potentials
of known symmetry names the symmetry in it. Only the CNN's weights are symscope's; a test holds
this file to the package's numbers. Axis letters: P points of the picture, H neurons of the hidden
layer, K components, G points along a side of the hidden layer's grid, C classes, N networks.
"""

import hashlib
import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import load_file
from scipy.ndimage import map_coordinates
from skimage import color, filters, io, util

CLASSES = ("∅", "Z_2", "C_n", "D_n", "T_n", "T", "O(2)")
SIDE, GRID, COMPONENTS = 64, 32, 4  # points along a side of the sketch; of a PCA picture (G); K
WEIGHTS = Path(__file__).parents[1] / "src/symscope/classifier/weights"


# 1. Picture → sketch: two colours on a grid of 64 × 64 points, all that the networks ever see.
def sketch(picture):
    """Average the central square of a picture (R, C[, 3]) over cells, split them by Otsu."""
    grey = util.img_as_float(picture) if picture.ndim == 2 else color.rgb2gray(picture)
    # Sums of whole numbers are exact in any order: a mirrored picture gives the mirrored sketch.
    grey = np.rint(grey.astype(np.float32) * 2.0**24)
    square = min(grey.shape)
    shares = []  # of each pixel of an axis in each cell: (SIDE, R), (SIDE, C)
    for length in grey.shape:
        edges = (length - square) / 2 + square / SIDE * np.arange(SIDE + 1)[:, None]
        low, pixels = np.maximum(edges[:-1], np.arange(length)), np.arange(1, length + 1)
        shares.append(np.maximum(0, np.minimum(edges[1:], pixels) - low) * SIDE / square)
    cells = (shares[0] @ grey @ shares[1].T / 2.0**24).astype(np.float32)
    return (cells > filters.threshold_otsu(cells)).astype(np.int32)


def grid(side):
    """Centres of a square grid's cells in [-1, 1]² → (side², 2): x to the right, y up."""
    along = (2 * np.arange(side) + 1 - side) / side
    y, x = np.meshgrid(-along, along, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


# 2. Decoy networks learn colour from position. What matters afterwards is their last hidden layer.
WIDTH, DEPTH = 64, 4
FREQUENCIES, BANDWIDTH = 32, 6.0  # random plane waves that encode a point, drawn and never trained
STEPS, BATCH, PEAK_RATE, BETAS = 250, 128, 1e-2, (0.8, 0.99)
WEIGHT_DECAY, HELD_OUT = 1.2, 0.1  # a decay so strong keeps them from overfitting
ROUNDS, LEARNED, LEAST_GAIN = 2, 0.97, 0.01  # when to stop, by training accuracy after each round


@jax.jit
def train(key_data, points, levels):
    """Points (P, 2), levels (P,) → last hidden layer (G², H), explained variance held out."""
    key, order, draws = jax.random.split(jax.random.wrap_key_data(key_data), 3)
    mixed = jnp.argsort(jax.random.uniform(order, levels.shape))
    kept = len(mixed) - round(HELD_OUT * len(mixed))
    training, held_out = mixed[:kept], mixed[kept:]
    keys = jax.random.split(key, DEPTH + 2)
    waves = jax.random.normal(keys[0], (2, FREQUENCIES)) * BANDWIDTH
    sizes = [2 + 2 * FREQUENCIES, *[WIDTH] * DEPTH, 1]
    layers = [
        (jax.random.normal(k, (m, n)) * np.sqrt(2 / m), jnp.zeros(n))  # He initialisation
        for k, m, n in zip(keys[1:], sizes[:-1], sizes[1:], strict=True)
    ]
    rate = optax.cosine_onecycle_schedule(STEPS, PEAK_RATE)
    optimiser = optax.adamw(rate, *BETAS, weight_decay=WEIGHT_DECAY)

    def encode(points):
        return jnp.concatenate([points, jnp.cos(points @ waves), jnp.sin(points @ waves)], axis=-1)

    def forward(layers, x):  # → last hidden layer (…, H), log odds of the brighter colour (…,)
        for weight, bias in layers[:-1]:
            x = jax.nn.leaky_relu(x @ weight + bias)
        return x, (x @ layers[-1][0] + layers[-1][1])[:, 0]

    def loss(layers, batch):
        _, logits = forward(layers, encoded[batch])
        return optax.sigmoid_binary_cross_entropy(logits, levels[batch]).mean()

    def step(carry, batch):
        layers, state = carry
        updates, state = optimiser.update(jax.grad(loss)(layers, batch), state, layers)
        return (optax.apply_updates(layers, updates), state), None

    def one_round(carry):
        layers, accuracy, _, number = carry
        batches = jax.random.randint(jax.random.fold_in(draws, number), (STEPS, BATCH), 0, kept)
        (layers, _), _ = jax.lax.scan(step, (layers, optimiser.init(layers)), training[batches])
        now = ((forward(layers, encoded)[1] > 0) == levels)[training].mean()
        return layers, now, now - accuracy, number + 1

    def unfinished(carry):
        _, accuracy, gain, number = carry
        return (number < ROUNDS) & (accuracy < LEARNED) & (gain >= LEAST_GAIN)

    encoded = encode(points)
    layers, *_ = jax.lax.while_loop(unfinished, one_round, (layers, 0.0, 1.0, 0))
    missed = (jax.nn.sigmoid(forward(layers, encoded)[1]) - levels) ** 2
    explained = 1 - missed[held_out].mean() / (levels.var() + 1e-12)
    return forward(layers, encode(grid(GRID)))[0], explained


# 3. By PCA, the last hidden layer becomes pictures: what the network made of the picture.
def pca_pictures(layer):
    """A layer (G², H) → its principal components as maps over the picture (K, G, G)."""
    centred = np.asarray(layer, np.float64) - np.asarray(layer, np.float64).mean(axis=0)
    covariance = centred.T @ centred
    vectors = np.linalg.eigh(covariance)[1][:, : -COMPONENTS - 1 : -1]
    vectors *= np.sign(vectors[np.abs(vectors).argmax(axis=0), range(COMPONENTS)])
    maps = (centred @ vectors).T / np.sqrt(np.trace(covariance) / len(layer))
    return maps.astype(np.float32).reshape(COMPONENTS, GRID, GRID)


# 4. Features: how well these pictures agree with mirrored, turned and shifted copies of themselves,
# over what both cover, by FFT (Padfield, IEEE Trans. Image Processing 21 (2012) 2706).
ANGLES, ORDERS = np.pi * np.arange(36) / 36, (2, 3, 4, 5, 6, 7, 8)  # of mirrors and of rotations
GROUPS = ([0], [1, 2, 3], [4])  # compared as one vector; 4, the paper's plane, is left blank
FAR, LEAST_OVERLAP, VARIANCE_FLOOR = GRID // 2, 0.3, 0.1  # blank parts agree with nothing


def agreement(f, part):
    """Normalised correlation of f(x) (c, G, G) with f(L⁻¹(x − t)) for all shifts t up to FAR."""
    middle, twice, near = (GRID - 1) / 2, (2 * GRID, 2 * GRID), slice(GRID - FAR, GRID + FAR + 1)
    x, y = (GRID / 2 * grid(GRID) @ np.linalg.inv(part).T).T.reshape(2, GRID, GRID)
    mask = (np.maximum(np.abs(x), np.abs(y)) <= middle + 1e-5).astype(float)
    place = np.stack([middle - y, middle + x])
    g = mask * [map_coordinates(channel, place, order=1, mode="nearest") for channel in f]

    def at_shifts(left, right):  # sum over x of left(x) right(x − t)
        product = np.fft.rfft2(left, twice) * np.conj(np.fft.rfft2(right, twice))
        return np.fft.fftshift(np.fft.irfft2(product), (-2, -1))[..., near, near]

    frame = np.ones_like(mask)
    count = np.maximum(np.rint(at_shifts(frame, mask)), 1)
    sum_f, sum_g = at_shifts(f, mask), at_shifts(frame, g)
    covariance = (at_shifts(f, g) - sum_f * sum_g / count).sum(axis=0)
    variance_f = (at_shifts(f**2, mask) - sum_f**2 / count).sum(axis=0)
    variance_g = (at_shifts(frame, g**2) - sum_g**2 / count).sum(axis=0)
    floor = VARIANCE_FLOOR * f.var(axis=(1, 2)).sum() * count + 1e-9
    scale = (np.maximum(variance_f, 0) + floor) * (np.maximum(variance_g, 0) + floor)
    return np.where(count >= LEAST_OVERLAP * GRID**2, covariance / np.sqrt(scale), 0)


def features(maps):
    """PCA pictures → agreement by axis × offset, by order × centre, by shift, of each group."""
    picture = np.concatenate([maps, np.zeros_like(maps[:1])])
    f = picture.astype(float) - picture.mean(axis=(1, 2), keepdims=True)

    def at(part, x, y):  # agreements (groups, …) at shifts (x, y), in steps of the grid
        images = [agreement(f[group], np.array(part)) for group in GROUPS]
        place = np.stack([FAR - y, FAR + x])
        return np.stack([map_coordinates(a, place, order=1, mode="grid-constant") for a in images])

    mirror, rotation, reach = [], [], np.linspace(-GRID / 4, GRID / 4, GRID + 1)
    for a in ANGLES:  # a mirror in an axis off the middle is one in the middle, and a shift
        part = [[np.cos(2 * a), np.sin(2 * a)], [np.sin(2 * a), -np.cos(2 * a)]]
        mirror.append(at(part, -2 * reach * np.sin(a), 2 * reach * np.cos(a)))
    y, x = np.meshgrid(-reach[::2], reach[::2], indexing="ij")
    for a in 2 * np.pi / np.array(ORDERS):  # so is a rotation about a centre
        part = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
        shift = np.einsum("ij,jrc->irc", np.eye(2) - part, [x, y])
        rotation.append(at(part, *shift) * (np.hypot(x, y) <= GRID / 4 + 1e-9))
    steps = np.arange(-FAR, FAR + 1)
    found = np.stack(mirror, 1), np.stack(rotation, 1), at(np.eye(2), *np.meshgrid(steps, -steps))
    return [array.astype(np.float32) for array in (picture, *found)]


# 5. Classifier: a CNN, trained on potentials of known symmetry, reads pictures and agreements.
RINGS = [(0.1 * k, 0.1 * k + 0.1) for k in range(2, 10)]  # lengths of shifts, in half frames


def branch(weights, name, *images):
    """Convolve images (channels, rows, columns); pool the largest and the mean responses."""
    x, agreements = jnp.concatenate(images), name != "picture"
    if agreements:  # a peak may be one point wide: keep the largest of each 2 × 2
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2), (1, 2, 2), "VALID")
    for i in range(sum(key.startswith(name) for key in weights) // 2):
        kernel, bias = (weights[f"{name}.convolutions[{i}].{key}"] for key in ("weight", "bias"))
        strides = (1, 1) if agreements and i == 0 else (2, 2)
        x = jax.lax.conv_general_dilated(x[None], kernel, strides, ((1, 1), (1, 1)))[0]
        x = jax.nn.leaky_relu(x + bias)
    return jnp.concatenate([x.max(axis=(1, 2)), x.mean(axis=(1, 2))])


@jax.jit
def probabilities(weights, temperature, picture, mirror, rotation, shift):
    """Features of one network's pictures → probability of each class (C,)."""
    offset = jnp.broadcast_to(jnp.linspace(-1, 1, mirror.shape[2]), (1, *mirror.shape[1:]))
    along = [jnp.linspace(-1, 1, image.shape[-1]) for image in (rotation, shift)]
    centre, length = (jnp.hypot(a[:, None], a)[None] for a in along)  # where a peak lies matters
    x = jnp.concatenate(
        [
            branch(weights, "picture", picture),
            branch(weights, "mirror", mirror, jnp.abs(offset), offset),
            branch(weights, "rotation", rotation.reshape(-1, *centre.shape[1:]), centre),
            branch(weights, "translation", shift, length),
        ]
    )
    rings = [jnp.where((a <= length) & (length < b), shift, -1).max(axis=(1, 2)) for a, b in RINGS]
    axes = jnp.sort(mirror.max(axis=2), axis=1)[:, ::-3].ravel()  # every third, from the best on
    best = [axes, rotation.max(axis=(2, 3)).ravel(), rotation.min(axis=1).max(axis=(1, 2)), *rings]
    x = jnp.concatenate([x, 5 * (jnp.concatenate(best) - 0.6)])
    for i in range(3):
        x = jax.nn.leaky_relu(x) if i else x
        x = weights[f"head.layers[{i}].weight"] @ x + weights[f"head.layers[{i}].bias"]
    return jax.nn.softmax(x / temperature)


# 6. Score: the mean over networks; their disagreement is its uncertainty.
FEW, MOST, STANDARD_ERROR = 16, 96, 0.016  # more networks while the symmetry's error is larger
LEAST_SKILL, NAMED_FROM = 0.1, 2 / 3  # explained variance, symmetry: below, no class is named


def score(picture, networks=None, seed=0):
    """Picture (R, C[, 3]) → probabilities of each network (N, C), explained variances (N,)."""
    levels, points = sketch(picture).ravel(), grid(SIDE)
    field = hashlib.sha256(points.tobytes() + levels.tobytes()).hexdigest()
    weights = load_file(WEIGHTS / "extended.safetensors")
    temperature = json.loads((WEIGHTS / "cards.json").read_text())["extended"]["temperature"]
    rows, explained = [], []
    while len(rows) < (networks or MOST):
        digest = hashlib.sha256(f"{field}:{seed}:{len(rows)}".encode()).digest()
        layer, skill = train(np.frombuffer(digest[:8], np.uint32), points, levels)
        rows.append(probabilities(weights, temperature, *features(pca_pictures(layer))))
        explained.append(skill)
        if networks is None and len(rows) % FEW == 0:
            error = np.std(rows, axis=0, ddof=1)[0] / np.sqrt(len(rows))
            if error <= STANDARD_ERROR or np.mean(explained) < LEAST_SKILL:
                break
    return np.array(rows), np.array(explained)


if __name__ == "__main__":
    rows, explained = score(io.imread(sys.argv[1]), *map(int, sys.argv[2:]))
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    for name, value, spread in zip(CLASSES, mean, deviation, strict=True):
        print(f"{name:5}{value:.3f} ± {spread:.3f}")
    known = explained.mean() >= LEAST_SKILL and 1 - mean[0] >= NAMED_FROM
    label = CLASSES[1 + mean[1:].argmax()] if known else CLASSES[0]
    print(f"symmetry {1 - mean[0]:.3f} ± {deviation[0]:.3f}, {label}, {len(rows)} networks")
