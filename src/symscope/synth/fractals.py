"""Well-known fractals whose symmetry is known, computed as pictures.

Each is drawn SIDE × SIDE, dark on white, about the middle of the picture, which is the centre of
its symmetry. Polygons and cells are drawn several times too large and averaged down; sets of
iterated maps are shaded by an estimate of their distance, |z| log|z| / |dz|, after Milnor
(arXiv:math/9201272, appendix G), which shows threads thinner than a pixel. They are drawn only
as deep as a sketch of 64 × 64 points can show.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from symscope.groups import Symmetry
from symscope.synth.known import Known

Grey = NDArray[np.float64]
Complex = NDArray[np.complex128]

SIDE = 512
"""Pixels along a side."""

FINER = 4
"""Pixels along the side of a pixel, where a picture is drawn too large and averaged down."""

REACH = 0.92
"""Of the half side, how far the fractals reach that are drawn about a point."""

STEPS = 200
"""Iterations after which a point counts as inside; with five times as many, no pixel changes by a
tenth."""

THREAD = 4.0
"""Half the width of a thread, in pixels, where a set is made of nothing else."""

ESCAPED = 1e3
"""Modulus from which on a point has escaped: the distance estimate is then good to 1e-3."""


def _averaged(fine: Grey) -> Grey:
    """Average FINER × FINER pixels each."""
    rows, columns = (length // FINER for length in fine.shape)
    return fine.reshape(rows, FINER, columns, FINER).mean(axis=(1, 3))


def _polygons(corners: Iterable[Complex]) -> Grey:
    """Fill polygons, their corners in the plane where the picture spans [-1, 1]²."""
    size = SIDE * FINER
    image = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(image)
    for corner in corners:
        # Pillow's pixel (c, r) is centred at (c, r).
        columns = (corner.real + 1) * size / 2 - 0.5
        rows = (1 - corner.imag) * size / 2 - 0.5
        pen.polygon(list(zip(columns.tolist(), rows.tolist(), strict=True)), fill=0)
    return _averaged(np.asarray(image, dtype=np.float64) / 255)


def _cells(motif: list[list[int]], depth: int) -> Grey:
    """Put a motif of cells into its own filled cells, again and again; with a white margin."""
    pattern = cells = np.array(motif, dtype=np.float64)
    for _ in range(depth - 1):
        cells = np.kron(cells, pattern)
    grown = np.kron(cells, np.ones(2 * [SIDE // len(cells)])).astype(np.float64)
    margin = (SIDE - len(grown)) // 2
    return 1 - np.pad(grown, margin)


def koch() -> Grey:
    """Draw Koch's snowflake: a triangle each of whose edges grows a triangle, five times."""
    corners = REACH * np.exp(2j * np.pi * (np.arange(3) / 3 + 0.25))
    for _ in range(5):
        step = np.roll(corners, -1) - corners
        # The corners run counter-clockwise: the outside is to the right of an edge.
        peak = corners + step / 3 + step / 3 * np.exp(-1j * np.pi / 3)
        added = (corners, corners + step / 3, peak, corners + 2 * step / 3)
        corners = np.stack(added, axis=1).ravel()
    return _polygons([np.asarray(corners, dtype=np.complex128)])


def sierpinski() -> Grey:
    """Draw Sierpiński's triangle after four divisions."""
    corners = REACH * np.exp(2j * np.pi * (np.arange(3) / 3 + 0.25))
    middles, size = np.zeros(1, dtype=np.complex128), 1.0
    for _ in range(4):
        size /= 2
        middles = (middles[:, None] + size * corners).ravel()
    return _polygons(middle + size * corners for middle in middles)


def carpet() -> Grey:
    """Draw Sierpiński's carpet: squares without their middle ninth, four times."""
    return _cells([[1, 1, 1], [1, 0, 1], [1, 1, 1]], 4)


def vicsek() -> Grey:
    """Draw Vicsek's fractal: a cross of five squares, each of them such a cross, three times."""
    return _cells([[0, 1, 0], [1, 1, 1], [0, 1, 0]], 3)


def cantor() -> Grey:
    """Draw Cantor's dust in the plane: four corners out of nine cells, three times."""
    return _cells([[1, 0, 1], [0, 0, 0], [1, 0, 1]], 3)


def tree() -> Grey:
    """Draw a symmetric binary tree: two branches of 0.72 times the length, 30° to either side."""
    tips, ahead = np.array([-0.9j]), np.array([0.52j])
    branches = []
    for level in range(7):
        width = 0.04 * 0.75**level + 0.004
        side = 1j * ahead / np.abs(ahead) * width
        quads = (tips + side, tips - side, tips + ahead - 0.7 * side, tips + ahead + 0.7 * side)
        branches += list(np.stack(quads, axis=1))
        turns = 0.72 * np.exp(1j * np.pi / 6 * np.array([1, -1]))
        tips = np.repeat(tips + ahead, 2)
        ahead = (ahead[:, None] * turns).ravel()
    return _polygons(branches)


def _plane(half: float, middle: complex = 0j) -> Complex:
    """Return the pixels' centres as complex numbers, a square of that half side."""
    x = (2 * np.arange(SIDE) + 1) / SIDE - 1
    return middle + half * (x[None] - 1j * x[:, None])


def _shaded(
    start: Complex, add: Complex | complex, half: float, own: bool, thread: float = 0.0
) -> Grey:
    """Iterate z → z² + add, and shade by the distance to the set that does not escape.

    Parameters
    ----------
    start : array of shape (S, S)
    add : c, the same for all (a Julia set) or one for each (the Mandelbrot set)
    half : half side of the picture in the plane
    own : whether c is the pixel's own, and the derivative is by it
    thread : pixels around the set that count as it
    """
    z, c = start.ravel().copy(), np.broadcast_to(add, start.shape).ravel()
    slope = np.zeros_like(z) if own else np.ones_like(z)
    distance, inside = np.zeros(z.shape), np.arange(z.size)
    for _ in range(STEPS):
        slope = 2 * z * slope + (1 if own else 0)
        z = z * z + c
        size = np.abs(z)
        out = size > ESCAPED
        distance[inside[out]] = size[out] * np.log(size[out]) / np.abs(slope[out])
        z, c, slope = (part[~out] for part in (z, c, slope))
        inside = inside[~out]
    pixel = 2 * half / SIDE
    return np.clip(distance.reshape(start.shape) / pixel - thread, 0, 1)


def julia(c: complex, half: float, thread: float = 0.0) -> Grey:
    """Draw the filled Julia set of z² + c: unchanged by z → -z."""
    return _shaded(_plane(half), c, half, own=False, thread=thread)


def mandelbrot() -> Grey:
    """Draw the Mandelbrot set, about (-0.65, 0): unchanged by c → its conjugate."""
    half = 1.45
    plane = _plane(half, -0.65)
    return _shaded(np.zeros_like(plane), plane, half, own=True)


def _histogram(points: Complex) -> Grey:
    """Count points (P,) that lie within [-1, 1]² in the picture's pixels."""
    edges = np.linspace(-1, 1, SIDE + 1)
    counts, _, _ = np.histogram2d(-points.imag, points.real, bins=(edges, edges))
    return counts


def twindragon() -> Grey:
    """Draw the twindragon: the numbers Σ d_k b^-k with digits 0 and 1 to the base b = 1 + i."""
    powers = (1 + 1j) ** -np.arange(1.0, 21)
    points = np.zeros(1, dtype=np.complex128)
    for power in powers:
        points = np.concatenate([points, points + power])
    # Exchanging the digits is a half turn about the sum of all powers / 2.
    points -= powers.sum() / 2
    points *= REACH / np.abs(np.r_[points.real, points.imag]).max()
    counts = _histogram(points)
    return 1 - np.minimum(counts / np.median(counts[counts > 0]), 1)


FERN = (
    (0.01, (0.0, 0.0, 0.0, 0.16), (0.0, 0.0)),
    (0.85, (0.85, 0.04, -0.04, 0.85), (0.0, 1.6)),
    (0.07, (0.2, -0.26, 0.23, 0.22), (0.0, 1.6)),
    (0.07, (-0.15, 0.28, 0.26, 0.24), (0.0, 0.44)),
)
"""Barnsley, Fractals Everywhere (1988), table III.3: probability, matrix and shift of each map."""

FERN_POINTS, FERN_ROUNDS, FERN_SETTLED = 20_000, 70, 20
"""Points that wander at once, for how long, and how long they need to reach the fern."""


def fern() -> Grey:
    """Draw Barnsley's fern: points that wander by one of four affine maps, at random."""
    random = np.random.default_rng(0)
    matrices = np.array([matrix for _, matrix, _ in FERN]).reshape(-1, 2, 2)
    shifts, share = np.array([shift for *_, shift in FERN]), [p for p, *_ in FERN]
    points, counts = np.zeros((FERN_POINTS, 2)), np.zeros((SIDE, SIDE))
    for number in range(FERN_ROUNDS):
        which = random.choice(len(FERN), FERN_POINTS, p=share)
        points = np.einsum("pij,pj->pi", matrices[which], points) + shifts[which]
        if number >= FERN_SETTLED:
            # It lies within -2.2 … 2.7 and 0 … 10.
            counts += _histogram(0.18 * (points[:, 0] - 0.25 + 1j * (points[:, 1] - 5.0)))
    return np.exp(-counts / 2)


FRACTALS: dict[str, tuple[Callable[[], Grey], Known]] = {
    "koch": (koch, Known(Symmetry.DIHEDRAL, 6, 0)),
    "sierpinski": (sierpinski, Known(Symmetry.DIHEDRAL, 3, 90)),
    "carpet": (carpet, Known(Symmetry.DIHEDRAL, 4, 0)),
    "vicsek": (vicsek, Known(Symmetry.DIHEDRAL, 4, 0)),
    "cantor-dust": (cantor, Known(Symmetry.DIHEDRAL, 4, 0)),
    "twindragon": (twindragon, Known(Symmetry.CYCLIC, 2)),
    "julia-rabbit": (lambda: julia(-0.123 + 0.745j, 1.5), Known(Symmetry.CYCLIC, 2)),
    "julia-dendrite": (lambda: julia(1j, 1.6, THREAD), Known(Symmetry.CYCLIC, 2)),
    "julia-dragon": (lambda: julia(-0.8 + 0.156j, 1.7, 1.0), Known(Symmetry.CYCLIC, 2)),
    "julia-basilica": (lambda: julia(-1, 1.8), Known(Symmetry.DIHEDRAL, 2, 0)),
    "mandelbrot": (mandelbrot, Known(Symmetry.MIRROR, 1, 0)),
    "tree": (tree, Known(Symmetry.MIRROR, 1, 90)),
    "fern": (fern, Known(Symmetry.NONE)),
}
"""Each fractal's drawing and its symmetry; angles in degrees."""
