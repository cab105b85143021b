"""Pictures of known symmetry as broad as what people bring: a symmetric body on any ground.

A texture without symmetry (``textures``) is made symmetric by asking it at coordinates that the
group cannot tell apart. An outline of the same symmetry cuts the body out; it is laid at any place,
angle and size on another texture and spoilt as pictures are: halves that differ in texture, warps,
uneven light, frames, blur, noise, compression. In some, one odd part ends the symmetry: those have
none.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from symscope.groups import EXTENDED, Symmetry
from symscope.synth.strokes import (
    DRAWN,
    ODD_LINE,
    STEADY,
    STRAYS,
    WIDTHS,
    by_hand,
    circle,
    inked,
    meant,
)
from symscope.synth.textures import (
    Image2D,
    bands,
    flat_shape,
    in_range,
    looked_up,
    texture,
    with_random_phases,
)

Texture = Callable[[Image2D, Image2D], Image2D]
Orbit = Callable[[Image2D, Image2D], list[tuple[Image2D, Image2D]]]
Style = Literal["any", "design", "pair", "grains"]

SIDE = 160
"""Longer side of a scene, in pixels."""

ODD, ODD_CLEAN, ODD_DESIGN = 0.22, 0.45, 0.12
"""Share of symmetric bodies that get one odd part, and so have no symmetry; of clean scenes, in
which nothing else differs; of designs."""

GRAINS, ODD_GRAINS = 0.6, 0.6
"""Share of broken lattices that are two grains, the same lattice turned in one half; and of the
lattices of that style that are broken so."""

PAIRS = 0.45
"""Share of mirrors and half turns that are pairs of halves, unlike in texture, in clutter."""

CLEAN = 0.35
"""Share of scenes as designs are: nothing warped, noisy or unevenly lit."""

CLEAN_DRAWINGS = 0.75
"""Share of drawings of a few lines that are as clean as scanned ink."""

MANY_ARMS = 0.15
"""Share of rosettes with 9 to 16 arms, which come near to rings."""

RINGS, DISCS = (0.9, 1.4), 0.3
"""Radius of a ring around a drawing, in its reach; and share of rings that are filled."""

REACHES = (0.5, 0.5, 1.0)
"""How far bodies lie from the middle at most, in what room there is."""

CHARGED = 0.6
"""Share of patterns with an odd part whose part is an emblem or the quarter of a flag."""

ODD_EMBLEM, LEAST_ODD, MOTTLED = 0.35, 12, 0.2
"""Share of emblems with an odd shape, which shows in so many pixels; and share that lie on a
texture."""

ODD_FEW = 0.12
"""Share of emblems with an odd shape where these are few, as among icons."""

UNLIKE, MISSING = (0.2, 1.0), 0.15
"""How unlike the parts of a near miss are; and the share of parts that the most unlike lack."""

PLACES, ANGLES, SIZES = 0.12, 0.3, 0.25
"""By how much the parts of the most unlike are moved, turned (radians) and scaled (logarithm):
deviations."""

BANDED = 0.25
"""Share of bodies that lie on bands, as emblems do: those that do not fill the frame."""


@dataclass(frozen=True)
class Scene:
    """A picture and the symmetry that it was made with.

    Attributes
    ----------
    grey : array of shape (R, C), float32 in 0 … 1, rows from the top
    label : its class; that of no symmetry too where one part is odd
    order : n of C_n and D_n, 1 of the others
    axis_deg : a mirror axis, or the direction of the stripes, in degrees; None for other classes
    centre : the body's middle (x, y); the longer side spans [-1, 1], y up
    made_as : the class before a part was made odd
    """

    grey: NDArray[np.float32]
    label: Symmetry
    order: int
    axis_deg: float | None
    centre: tuple[float, float]
    made_as: Symmetry


# Symmetric values


def orbit_of(label: Symmetry, order: int, rng: Generator, shift: float) -> tuple[Orbit, str]:
    """Say at which coordinates a texture is asked, and how the answers are combined."""
    steps = 2 * np.pi * np.arange(order) / order
    if label is Symmetry.MIRROR:
        if rng.random() < 0.7:
            return lambda x, y: [(np.abs(x) - shift, y)], "fold"
        return lambda x, y: [(x - shift, y), (-x - shift, y)], rng.choice(["max", "min", "mean"])
    if label is Symmetry.CYCLIC:

        def turned(x: Image2D, y: Image2D) -> list[tuple[Image2D, Image2D]]:
            return [
                (x * np.cos(t) - y * np.sin(t) + shift, x * np.sin(t) + y * np.cos(t))
                for t in steps
            ]

        return turned, rng.choice(["max", "min", "mean"])
    if label is Symmetry.DIHEDRAL:

        def folded(x: Image2D, y: Image2D) -> list[tuple[Image2D, Image2D]]:
            radius, angle, sector = np.hypot(x, y), np.arctan2(x, y), 2 * np.pi / order
            angle = np.abs((angle + sector / 2) % sector - sector / 2)
            return [(radius * np.sin(angle) + shift, radius * np.cos(angle))]

        def both(x: Image2D, y: Image2D) -> list[tuple[Image2D, Image2D]]:
            return [
                (side * (x * np.cos(t) - y * np.sin(t)) + shift, x * np.sin(t) + y * np.cos(t))
                for t in steps
                for side in (1, -1)
            ]

        if rng.random() < 0.5:
            return folded, "fold"
        return both, rng.choice(["max", "min", "mean"])
    if label is Symmetry.ROUND:
        return lambda x, y: [(np.hypot(x, y) * 1.2 - 1.2, 0 * x)], "fold"
    if label is Symmetry.STRIPED:
        return lambda x, y: [(x, 0 * x)], "fold"
    return lambda x, y: [(x, y)], "fold"


def _unlike(label: Symmetry, order: int, rng: Generator, strength: float) -> Orbit:
    """Ask for each part of a mirror or a rosette at a place, an angle and a size of its own."""
    steps = 2 * np.pi * np.arange(1 if label is Symmetry.MIRROR else order) / order
    sides = (1,) if label is Symmetry.CYCLIC else (1, -1)

    def each(x: Image2D, y: Image2D) -> list[tuple[Image2D, Image2D]]:
        parts = []
        for turn in steps:
            for side in sides:
                along, up = in_body(x, y, turn, 1.0)
                along, up = side * along + away(PLACES), up + away(PLACES)
                if not parts or rng.random() >= MISSING * strength:
                    parts.append(in_body(along, up, away(ANGLES), np.exp(away(SIZES))))
        return parts

    def away(deviation: float) -> float:
        return float(rng.normal() * deviation * strength)

    return each


def _combined(answers: list[Image2D], how: str) -> Image2D:
    if how == "fold":
        return answers[0]
    return {"max": np.max, "min": np.min, "mean": np.mean}[how](answers, axis=0)


def _repeated(rng: Generator, size: float) -> Texture:
    """Draw a lattice or a frieze of 2 to 30 periods, as tiles or as plane waves."""
    periods = np.exp(rng.uniform(np.log(2.2), np.log(30)))
    length = 2 / periods * size
    kind = rng.choice(["square", "hexagonal", "rectangular", "oblique", "frieze"])
    start, frieze = rng.uniform(0, np.pi), kind == "frieze"
    between = {"hexagonal": np.pi / 3, "oblique": rng.uniform(1.1, 2.0)}.get(kind, np.pi / 2)
    ratio = rng.uniform(1.1, 1.7) if kind not in ("square", "hexagonal") else 1.0
    basis = length * np.array(
        [
            [np.cos(start), np.sin(start)],
            [ratio * np.cos(start + between), ratio * np.sin(start + between)],
        ]
    )
    across, band, ground = texture(rng, 0), rng.uniform(0.3, 0.8), rng.uniform()
    if rng.random() < 0.5:
        tile, scale, away = texture(rng), rng.uniform(0.6, 1.4), rng.uniform(-0.4, 0.4, (2, 1))

        def tiled(x: Image2D, y: Image2D) -> Image2D:
            cell = np.linalg.solve(basis.T, np.stack([x.ravel(), y.ravel()]))
            number = np.floor(cell)
            if frieze:
                number[1] = 0
            inner = basis.T @ (cell - number - 0.5)
            inner = inner / np.linalg.norm(basis, axis=1).max() * scale
            values = looked_up(tile, *(inner + away)).reshape(x.shape)
            inside = np.abs(cell[1].reshape(x.shape)) < band
            return np.where(inside, values, ground) if frieze else values

        return tiled
    reciprocal = np.linalg.inv(basis).T * 2 * np.pi
    orders = [(i, j) for i in range(-2, 3) for j in range(-2, 3) if (i, j) > (0, 0)]
    waves = [
        (
            i * reciprocal[0] + (0 if frieze else j) * reciprocal[1],
            rng.normal() * np.exp(-0.25 * (i * i + j * j)),
            rng.uniform(0, 2 * np.pi),
        )
        for i, j in orders
        if rng.random() < 0.75
    ]
    threshold = rng.uniform(-0.8, 0.8) if rng.random() < 0.5 else None

    def waved(x: Image2D, y: Image2D) -> Image2D:
        points = np.stack([x.ravel(), y.ravel()])
        values = np.cos(reciprocal[0] @ points)
        for wave, height, phase in waves:
            values = values + height * np.cos(wave @ points + phase)
        values = (values / values.std()).reshape(x.shape)
        if frieze:
            envelope = np.cos(np.pi * np.clip(y, -1, 1))
            values = values + (looked_up(across, 0 * y, y) - 0.5) * 3 * envelope
        if threshold is not None:
            values = (values > threshold).astype(float)
        return (values - values.min()) / max(np.ptp(values), 1e-9)

    return waved


def quarter(rng: Generator, across: Image2D, up: Image2D) -> NDArray[np.bool_]:
    """Cut a rectangle out of a corner of a frame whose sides lie at ±1."""
    width, height = rng.uniform(0.4, 1.0), rng.uniform(0.5, 1.2)
    left, top = rng.choice([-1, 1], 2, p=[0.7, 0.3])
    return (left * across > 1 - width) & (top * up > 1 - height)


def _charge(rng: Generator, across: Image2D, up: Image2D) -> NDArray[np.bool_]:
    """Cut an emblem or a quarter out of a frame whose sides lie at ±1, as flags have them."""
    if rng.random() < 0.5:
        return quarter(rng, across, up)
    x, y = across - rng.normal() * 0.15, up - rng.normal() * 0.15
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    points, depth = int(rng.integers(3, 9)), rng.choice([0.0, rng.uniform(0.2, 0.5)])
    return radius < rng.uniform(0.2, 0.6) * (1 + depth * np.cos(points * angle + rng.normal()))


# Scenes


@dataclass(frozen=True)
class Layout:
    """Where a scene's body lies.

    Attributes
    ----------
    frame_x, frame_y : coordinates in the frame, (R, C)
    x, y : the same in the body, whose half side is 1; perhaps warped
    half : halves of the frame's sides, (2,)
    size, angle, centre : of the body, in the frame
    full : whether the body fills the frame
    ground : what kind of ground it lies on, in 0 … 1: plain, shaded, then textures
    """

    frame_x: Image2D
    frame_y: Image2D
    x: Image2D
    y: Image2D
    half: NDArray[np.float64]
    size: float
    angle: float
    centre: NDArray[np.float64]
    full: bool
    ground: float


def _laid_out(rng: Generator, pair: bool, long: bool, clean: bool) -> Layout:
    """Choose a frame, and a body's place, size and angle in it; some coordinates are warped."""
    rows, columns = SIDE, SIDE
    if rng.random() < 0.35:
        shorter = int(SIDE * rng.uniform(0.5, 1))
        rows, columns = (SIDE, shorter) if rng.random() < 0.4 else (shorter, SIDE)
    frame_x, frame_y = frame(rows, columns)
    half = np.array([columns, rows]) * (2 / SIDE) / 2
    full = not pair and rng.random() < (0.85 if long else 0.3)
    ground = 0.9 if pair else rng.random()
    # A striped body on a plain ground ends: it has mirrors at most.
    full |= long and ground < 0.6
    if full:
        size = rng.uniform(0.8, 1.2) * half.min()
        centre = rng.uniform(-0.15, 0.15, 2) * half.min()
    else:
        size = rng.uniform(0.35, 0.85) * half.min()
        reach = rng.choice(REACHES)
        centre = rng.uniform(-reach, reach, 2) * np.maximum(0, half - size)
    if rng.random() < 0.3:
        centre = centre * 0
    angle = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.4:
        angle = rng.choice([0, np.pi / 2]) + rng.normal() * 0.01 * (rng.random() < 0.5)
    x, y = frame_x - centre[0], frame_y - centre[1]
    if not clean and rng.random() < (0.7 if pair else 0.25):
        amount, smooth = rng.uniform(0.003, 0.02), rng.uniform(12, 30)
        for axis in (x, y):
            warp = gaussian_filter(rng.normal(size=axis.shape), smooth)
            axis += amount * warp / warp.std()
    x, y = in_body(x, y, angle, size)
    return Layout(frame_x, frame_y, x, y, half, size, angle, centre, full, ground)


def _cut_out(
    at: Layout, rng: Generator, body: Image2D, orbit: Orbit, long: bool, pair: bool
) -> tuple[Image2D, Image2D]:
    """Cut a body out by an outline of its symmetry → body, and how much it covers, 0 or 1.

    Some are then of flat spots, or lines alone.
    """
    radius = np.hypot(at.x, at.y)
    if long and rng.random() < 0.5:
        inside = radius < 1
    elif long:
        away = np.maximum(np.abs(at.frame_x - at.centre[0]), np.abs(at.frame_y - at.centre[1]))
        inside = away < at.size
    else:
        smooth = gaussian_filter(texture(rng, 0), rng.uniform(6, 25))
        edge = np.mean([looked_up(smooth, *place) for place in orbit(at.x, at.y)], axis=0)
        edge = (edge - edge.mean()) / (edge.std() + 1e-9) * np.clip(2 * radius, 0, 1)
        inside = radius + rng.uniform(0.1, 0.5) * edge < rng.uniform(0.7, 1)
    look = "texture" if pair else rng.choice(["texture", "texture", "flat", "outline"])
    if look == "flat":
        spots = body > np.quantile(body, rng.uniform(0.6, 0.95))
        flat, spot = rng.uniform(size=2)
        body = np.where(spots & (rng.random() < 0.7), spot, flat)
    elif look == "outline":
        down, right = np.gradient(gaussian_filter(body * inside, 1.0))
        slope = np.hypot(down, right)
        body = (slope > np.quantile(slope, 0.85)).astype(float)
    return body, inside.astype(float)


def _on_bands(
    label: Symmetry, order: int, at: Layout, rng: Generator
) -> tuple[Image2D, Symmetry, int]:
    """Draw bands that share what they can of a body's symmetry → ground, class and order left."""
    if label is Symmetry.ROUND or (label is Symmetry.DIHEDRAL and order % 2 == 0):
        label, order = Symmetry.DIHEDRAL, 2
    elif label is Symmetry.DIHEDRAL:
        label, order = Symmetry.MIRROR, 1
    elif label is Symmetry.CYCLIC:
        label, order = (Symmetry.NONE, 1) if order % 2 else (label, 2)
    across, up = (at.x, at.y) if label is Symmetry.NONE else (np.abs(at.x), np.abs(at.y))
    if label is Symmetry.MIRROR:
        up = at.y
    return bands(rng, across if rng.random() < 0.5 else up), label, order


def _ground(at: Layout, rng: Generator) -> Image2D:
    """Draw what a body lies on: one level, shaded, or a texture of its own."""
    if at.full or at.ground < 0.5:
        return np.full(at.x.shape, rng.choice([0, 1, rng.uniform()]))
    if at.ground < 0.6:
        slope_x, slope_y = rng.uniform(-0.5, 0.5, 2)
        return rng.uniform() + slope_x * at.frame_x + slope_y * at.frame_y
    away_x, away_y = rng.uniform(-0.4, 0.4, 2)
    ground = looked_up(texture(rng), at.frame_x + away_x, at.frame_y + away_y)
    return ground * rng.uniform(0.3, 1)


def _with_odd_part(
    body: Image2D, label: Symmetry, at: Layout, rng: Generator, lattice: Texture, style: Style
) -> Image2D:
    """Change one part of a body: a spot, of mirrors half of it, of a lattice one of two grains."""
    x, y = at.x, at.y
    other = looked_up(texture(rng), x + 0.3, y - 0.2)
    place, width = rng.uniform(-0.6, 0.6, 2), rng.uniform(0.15, 0.4)
    if label is Symmetry.MIRROR and abs(place[0]) < width:
        place[0] = 1.1 * width
    hole = np.hypot(x - place[0], y - place[1]) < width
    long = label in (Symmetry.STRIPED, Symmetry.REPEATED)
    if long and style != "grains" and rng.random() < CHARGED:
        hole = _charge(rng, at.frame_x / at.half[0], at.frame_y / at.half[1])
        if rng.random() < 0.5:
            other = np.full(x.shape, rng.uniform())
    elif label is Symmetry.REPEATED:
        hole = x > rng.uniform(-0.2, 0.7)
        if style == "grains" or rng.random() < GRAINS:
            turn = np.deg2rad(rng.uniform(8, 45))
            hole = x > rng.uniform(-0.3, 0.3)
            other = lattice(*in_body(x, y, turn, 1.0))
    elif label is Symmetry.MIRROR and rng.random() < 0.4:
        hole = (x > 0) & (y > rng.uniform(-1, 0.6))
    return np.where(hole, other, body)


def scene(label: Symmetry, rng: Generator, style: Style = "any") -> Scene:
    """Draw one scene of a class; the same state of ``rng`` gives the same scene.

    A ``design`` is clean, and seldom has an odd part; a ``pair``, a mirror or a half turn, is of
    halves in clutter; of lattices of ``grains`` most are two.
    """
    clean = (rng.random() < CLEAN) & (style != "pair") | (style == "design")
    pair = not clean and label in (Symmetry.MIRROR, Symmetry.CYCLIC) and rng.random() < PAIRS
    pair |= style == "pair"
    order = int(rng.choice([2, 2, 3, 4, 4, 5, 6, 6, 7, 8]))
    if label is Symmetry.DIHEDRAL and rng.random() < MANY_ARMS:
        order = int(rng.integers(9, 17))
    if pair:
        order = 2
    long = label in (Symmetry.STRIPED, Symmetry.REPEATED)
    at = _laid_out(rng, pair, long, clean)

    shift, drawn = rng.uniform(-0.5, 0.5), texture(rng)
    orbit, how = orbit_of(label, order, rng, shift)
    lattice = _repeated(rng, at.half.min() / at.size)
    if label is Symmetry.REPEATED:
        body = lattice(at.x, at.y)
    else:
        body = _combined([looked_up(drawn, *place) for place in orbit(at.x, at.y)], how)
        if how == "mean":
            body = (body - body.min()) / max(np.ptp(body), 1e-9)
    inside = np.ones(at.x.shape)
    if not at.full:
        body, inside = _cut_out(at, rng, body, orbit, long, pair)

    if not (at.full or pair or long) and rng.random() < BANDED:
        ground, label, order = _on_bands(label, order, at, rng)
    else:
        ground = _ground(at, rng)

    # One odd part ends the symmetry; halves that differ everywhere do not.
    made_as = label
    odd = ODD_CLEAN if clean else ODD
    if style == "grains":
        odd = ODD_GRAINS
    elif style == "design" and not long:
        odd = ODD_DESIGN
    if label is not Symmetry.NONE and not pair and rng.random() < odd:
        changed = _with_odd_part(body, label, at, rng, lattice, style)
        if (np.abs(changed - body) * inside).max() >= 0.1:
            body, label = changed, Symmetry.NONE
    elif label in (Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL) and (
        pair or (not clean and rng.random() < 0.3)
    ):
        differ = rng.uniform(0.1, 1.6 if pair else 1.0)
        grain = looked_up(texture(rng, 0), at.x, at.y) - 0.5
        body = body * (1 - 0.4 * differ) + differ * grain * rng.uniform(0.4, 1)

    values = body * inside + ground * (1 - inside)
    grey = in_range(values).astype(np.float32) if clean else spoilt(values, rng)
    return _placed(grey, label, order, at.angle, at.centre, made_as)


def frame(rows: int, columns: int) -> tuple[Image2D, Image2D]:
    """Coordinates x and y of a scene's pixels, (R, C): y up, the longer side spans [-1, 1]."""
    across, up = ((np.arange(n) - (n - 1) / 2) * (2 / SIDE) for n in (columns, rows))
    x, y = np.meshgrid(across, -up)
    return x, y


def _sides(rng: Generator) -> tuple[int, int]:
    """Draw rows and columns of a drawing's frame: most are square."""
    if rng.random() >= 0.3:
        return SIDE, SIDE
    shorter = int(SIDE * rng.uniform(0.6, 1)) // 2 * 2
    return (SIDE, shorter) if rng.random() < 0.6 else (shorter, SIDE)


def in_body(x: Image2D, y: Image2D, angle: float, size: float) -> tuple[Image2D, Image2D]:
    """Turn coordinates about a body into its own: it lies at an angle, and half its side is 1."""
    along, up = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return along / size, up / size


def _placed(
    grey: NDArray[np.float32],
    label: Symmetry,
    order: int,
    angle: float,
    centre: Image2D,
    made_as: Symmetry,
) -> Scene:
    """Say what a picture shows whose body was turned by an angle, in radians, about a centre."""
    return Scene(
        grey=grey,
        label=label,
        order=order if label in (Symmetry.CYCLIC, Symmetry.DIHEDRAL) else 1,
        axis_deg=float(np.rad2deg(angle) + 90) % 180,
        centre=(float(centre[0]), float(centre[1])),
        made_as=made_as,
    )


def pair(_: Symmetry, rng: Generator) -> Scene:
    """Draw two halves in clutter, as mirror images of each other or by a half turn."""
    return scene(Symmetry.MIRROR if rng.random() < 0.5 else Symmetry.CYCLIC, rng, "pair")


def grains(_: Symmetry, rng: Generator) -> Scene:
    """Draw a lattice, or two grains of one, which have none."""
    return scene(Symmetry.REPEATED, rng, "grains")


def design(label: Symmetry, rng: Generator) -> Scene:
    """Draw one scene of a class as designs are."""
    return scene(label, rng, "design")


def ringed(label: Symmetry, rng: Generator) -> Scene:
    """Draw one scene of a few lines in a ring or on a disc, which have every rotation."""
    return drawing(label, rng, ring=True)


def drawing(label: Symmetry, rng: Generator, ring: bool = False) -> Scene:
    """Draw one scene of a few lines by hand; of a class that these have not (DRAWN), a design."""
    if label not in DRAWN:
        return scene(label, rng, "design")
    order = 1
    if label in (Symmetry.CYCLIC, Symmetry.DIHEDRAL):
        order = int(rng.choice([2, 2, 2, 3, 4, 4, 5, 6, 8]))
    lines, made_as = meant(label, order, rng), label
    if label not in (Symmetry.NONE, Symmetry.ROUND) and rng.random() < ODD_LINE:
        label = Symmetry.NONE
        lines += meant(Symmetry.NONE, 1, rng)[:1]
    radius, disc = 0.0, False
    if ring:
        radius = float(np.abs(np.concatenate(lines)).max()) * rng.uniform(*RINGS)
        disc = rng.random() < DISCS
        lines.append(circle(np.zeros(2), radius))

    # The frame, and the drawing's place, size and angle in it: most stand upright and fill it.
    rows, columns = _sides(rng)
    half = np.array([columns, rows]) / SIDE
    every = np.concatenate(lines)
    reach = max(float(np.abs(every).max()), 0.2)
    size = rng.uniform(0.45, 0.95) * half.min() / reach
    centre = rng.uniform(-0.6, 0.6, 2) * np.maximum(0, half - size * reach)
    angle = rng.normal() * 0.03 if rng.random() < 0.6 else rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stray = 0.0 if rng.random() < STEADY else np.exp(rng.uniform(*np.log(STRAYS))) * reach
    hand = [(by_hand(line, stray, rng) if stray else line) @ turn.T for line in lines]
    ink = inked(hand, (rows, columns), rng.uniform(*WIDTHS) * reach, centre, size)
    ground, line = (1.0, rng.uniform(0, 0.3)) if rng.random() < 0.7 else rng.uniform(size=2)
    if disc:
        x, y = frame(rows, columns)
        inside = np.hypot(x - centre[0], y - centre[1]) < radius * size
        ground = np.where(inside, (ground + rng.uniform(0.3, 0.7)) % 1, ground)
    values = ground + (line - ground) * ink.astype(np.float64)
    clean = rng.random() < CLEAN_DRAWINGS
    grey = in_range(values).astype(np.float32) if clean else spoilt(values, rng)
    return _placed(grey, label, order, angle, centre, made_as)


def emblem(label: Symmetry, rng: Generator, odd: float = ODD_EMBLEM, unlike: float = 0.0) -> Scene:
    """Draw one scene of a few flat shapes, as icons are; of a class without (DRAWN), a design.

    Where parts that answer each other are ``unlike``, 0 … 1, it has no symmetry.
    """
    if label not in DRAWN:
        return scene(label, rng, "design")
    order = int(rng.choice([2, 2, 3, 4, 4, 5, 6, 8]))
    orbit, made_as = orbit_of(label, order, rng, 0.0)[0], label
    if unlike:
        orbit, label, odd = _unlike(label, order, rng, unlike), Symmetry.NONE, 0.0

    # The frame, and the emblem's place, size and angle in it: half stand upright.
    rows, columns = _sides(rng)
    half = np.array([columns, rows]) / SIDE
    size = rng.uniform(0.25, 0.95) * half.min()
    centre = rng.uniform(-1, 1, 2) * (half - size) * (rng.random() < 0.7)
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else 0.0
    frame_x, frame_y = frame(rows, columns)
    x, y = frame_x - centre[0], frame_y - centre[1]
    x, y = in_body(x, y, angle, size)

    levels = rng.uniform(size=int(rng.integers(2, 6)))
    values = np.full(x.shape, levels[0])
    if rng.random() < MOTTLED:
        values = looked_up(texture(rng), frame_x, frame_y) * rng.uniform(0.3, 1)
    within = np.hypot(x, y) < 1
    for _ in range(int(rng.integers(1, 10))):
        shape, level = flat_shape(rng)
        inside = np.any([shape(*at) for at in orbit(x, y)], axis=0)
        values[inside & within] = levels[int(level * len(levels))]
    if label is not Symmetry.NONE and rng.random() < odd:
        before, (shape, level) = values.copy(), flat_shape(rng)
        values[shape(x, y) & within] = levels[int(level * len(levels))]
        if (np.abs(values - before) >= 0.1).sum() >= LEAST_ODD:
            label = Symmetry.NONE
        else:
            values = before
    if rng.random() < 0.6:
        values = gaussian_filter(values, 0.5)
    clean = rng.random() < CLEAN_DRAWINGS
    grey = in_range(values).astype(np.float32) if clean else spoilt(values, rng)
    return _placed(grey, label, order, angle, centre, made_as)


def near_miss(_: Symmetry, rng: Generator) -> Scene:
    """Draw an emblem whose parts answer each other without being alike: it has no symmetry."""
    label = (Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL)[int(rng.integers(3))]
    return emblem(label, rng, unlike=rng.uniform(*UNLIKE))


def surrogate(label: Symmetry, rng: Generator) -> Scene:
    """Draw noise with the amplitudes of a scene's waves, of some with its levels too.

    Not of stripes and lattices, whose periods are kept by any phases.
    """
    periodic = label in (Symmetry.STRIPED, Symmetry.REPEATED)
    grey = scene(Symmetry.NONE if periodic else label, rng).grey
    values = with_random_phases(grey, rng)
    if rng.random() < 0.5:
        ranks = np.argsort(np.argsort(values, axis=None))
        values = np.sort(grey, axis=None)[ranks].reshape(grey.shape)
    none = Symmetry.NONE
    return Scene(values.astype(np.float32), none, 1, None, (0.0, 0.0), none)


def unsymmetric(_: Symmetry, rng: Generator) -> Scene:
    """Draw a design or an emblem that was made without symmetry."""
    return (design if rng.random() < 0.5 else emblem)(Symmetry.NONE, rng)


def spoilt(values: Image2D, rng: Generator) -> NDArray[np.float32]:
    """Take a picture as pictures are taken: uneven light, a frame, blur, noise, compression."""
    x, y = frame(*values.shape)
    if rng.random() < 0.35:
        strength, bend = rng.uniform(0.1, 0.6), rng.normal()
        direction = rng.normal(size=2)
        direction /= np.hypot(*direction)
        light = strength * (direction[0] * x + direction[1] * y + 0.4 * bend * x * x)
        values = values * (1 + light) if rng.random() < 0.5 else values + 0.6 * light
    if rng.random() < 0.15:
        border, inner = int(rng.integers(3, 14)), values
        values = np.full(values.shape, rng.uniform())
        values[border:-border, border:-border] = inner[border:-border, border:-border]
    if rng.random() < 0.4:
        values = gaussian_filter(values, rng.uniform(0.4, 2.0))
    if rng.random() < 0.4:
        strength = rng.uniform(0.01, 0.25) if rng.random() < 0.7 else rng.uniform(0.2, 0.6)
        noise = rng.normal(size=values.shape)
        values = values + 2 * strength * max(float(values.std()), 0.02) * noise
    values = in_range(values)
    if rng.random() < 0.5:
        values = 1 - values
    if rng.random() < 0.3:
        quality, file = int(rng.integers(15, 90)), io.BytesIO()
        Image.fromarray((values * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
        values = np.asarray(Image.open(file), np.float64) / 255
    return values.astype(np.float32)


def scenes(
    count: int,
    seed: int | tuple[int, ...],
    none: float = 0.2,
    draw: Callable[[Symmetry, Generator], Scene] = scene,
) -> list[Scene]:
    """Draw scenes of all classes, ``none`` of them made without symmetry; flat ones are not kept.

    >>> [each.grey.shape for each in scenes(1, 0)][0][0] <= SIDE
    True
    """
    rng = np.random.default_rng(seed)
    shares = [none] + [(1 - none) / (len(EXTENDED) - 1)] * (len(EXTENDED) - 1)
    drawn: list[Scene] = []
    while len(drawn) < count:
        each = draw(EXTENDED[rng.choice(len(EXTENDED), p=shares)], rng)
        if each.grey.std() > 0.02:
            drawn.append(each)
    return drawn
