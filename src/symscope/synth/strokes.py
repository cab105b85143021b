"""Pictures of a few lines, drawn by a hand, of known symmetry: signs, letters, doodles.

A group copies each line; a line that meets its copy on an axis, or in the middle, goes on as that.
What is meant is symmetric to the last digit; the hand strays along each line, and puts each one a
little aside, larger or smaller, and turned. In some, one line is odd: those have no symmetry.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter1d

from symscope.groups import Symmetry

Points = NDArray[np.float64]

FINER = 2
"""Pixels of the ink along each of the drawing's."""

ALONG, SMOOTH = 80, 10
"""Points along a line, and how many of them stray together."""

DRAWN = (Symmetry.NONE, Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL, Symmetry.ROUND)
"""Classes that a few lines may have."""

WIDTHS = (0.012, 0.06)
"""Half widths of a line, in half sides of the body."""

STEADY = 0.3
"""Share of drawings by a steady hand: as a plotter draws."""

STRAYS, ASIDE, TURNED = (0.005, 0.045), 0.7, 1.0
"""How far a hand strays from its line, in half sides (standard deviation); how far it puts a line
aside, in that unit; and how much it turns and enlarges one."""

ODD_LINE = 0.2
"""Share of symmetric drawings that get one odd line."""


def _line(rng: Generator, start: Points, reach: float) -> Points:
    """Draw one line from a start: straight, bent at corners, or a part of a circle → (ALONG, 2)."""
    way = rng.uniform(0, 2 * np.pi)
    length = rng.uniform(0.3, 1.1) * reach
    if rng.random() < 0.4:
        turn = rng.choice([-1, 1]) * rng.uniform(0.4, 1.9) * np.pi
        radius = length / max(abs(turn), 1.5)
        angle = way + np.linspace(0, turn, ALONG)
        arc = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return start + radius * (arc - arc[0])
    corners = [start]
    for _ in range(int(rng.choice([1, 1, 1, 2, 2, 3]))):
        corners.append(corners[-1] + length * np.array([np.cos(way), np.sin(way)]))
        way += rng.choice([-1, 1]) * rng.choice([np.pi / 2, rng.uniform(0.5, 2.6)])
        length *= rng.uniform(0.5, 1.1)
    return _along(np.array(corners))


def _along(corners: Points) -> Points:
    far = np.r_[0, np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))]
    at = np.linspace(0, far[-1], ALONG)
    return np.stack([np.interp(at, far, column) for column in corners.T], axis=1)


def circle(middle: Points, radius: float) -> Points:
    """Draw a circle → (ALONG, 2)."""
    angle = np.linspace(0, 2 * np.pi, ALONG)
    return middle + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _group(label: Symmetry, order: int) -> list[Points]:
    """Return the matrices of a group; its mirror axis is x = 0."""
    angles = 2 * np.pi * np.arange(order) / order
    turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles]
    if label in (Symmetry.MIRROR, Symmetry.DIHEDRAL):
        return [turn @ side for turn in turns for side in (np.eye(2), np.diag([-1.0, 1.0]))]
    return turns


def meant(label: Symmetry, order: int, rng: Generator) -> list[Points]:
    """Choose lines (ALONG, 2) in [-1, 1]² that have a symmetry, to the last digit."""
    if label is Symmetry.ROUND:
        return [circle(np.zeros(2), r) for r in rng.uniform(0.1, 0.9, int(rng.choice([1, 1, 2])))]
    group = _group(label, order)
    lines: list[Points] = []
    for _ in range(int(rng.integers(2, 6)) if len(group) == 1 else int(rng.choice([1, 1, 2, 3]))):
        kind, start = rng.random(), rng.uniform(-0.7, 0.7, 2)
        if len(group) > 1 and kind < 0.45:
            # A line and its copy are drawn in one go, where they meet.
            start = np.array([0.0, rng.uniform(-0.8, 0.8)])
            if label is Symmetry.CYCLIC:
                start *= 0
            line = _line(rng, start, 1.0)
            if len(group) == 2:
                lines.append(np.concatenate([(line @ group[1].T)[::-1], line]))
                continue
        elif label in (Symmetry.MIRROR, Symmetry.DIHEDRAL) and kind < 0.65:
            # Along the axis, or a ring on it.
            ends = np.sort(rng.uniform(-0.9, 0.9, 2))
            line = _along(np.array([[0, ends[0]], [0, ends[1]]]))
            if rng.random() < 0.3:
                line = circle(np.array([0.0, ends[0]]), rng.uniform(0.08, 0.5))
            side = group[::2] if label is Symmetry.DIHEDRAL else group[:1]
            lines += [line @ move.T for move in side]
            continue
        elif kind > 0.9:
            line = circle(start, rng.uniform(0.06, 0.3))
        else:
            line = _line(rng, start, 0.9)
        lines += [line @ move.T for move in group]
    return lines


def by_hand(line: Points, stray: float, rng: Generator) -> Points:
    """Draw a line as a hand does that strays so far from it."""
    wobble = gaussian_filter1d(rng.standard_normal(line.shape), SMOOTH, axis=0, mode="nearest")
    wobble *= stray / max(float(wobble.std()), 1e-9)
    middle, turn = line.mean(axis=0), TURNED * stray * rng.normal()
    turned = np.array([[1.0, -turn], [turn, 1.0]]) * (1 + TURNED * stray * rng.normal())
    return middle + (line - middle) @ turned.T + ASIDE * stray * rng.normal(size=2) + wobble


def inked(
    lines: list[Points], shape: tuple[int, int], width: float, place: Points, size: float
) -> NDArray[np.float32]:
    """Ink lines of this half width → (R, C), 1 where there is ink.

    Parameters
    ----------
    place, size : where (0, 0) of the lines lies, and how long 1 is; the longer side is 2
    """
    rows, columns = (FINER * n for n in shape)
    step = 2 / max(rows, columns)
    image = Image.new("L", (columns, rows), 0)
    pen = ImageDraw.Draw(image)
    across = max(1.0, width * size / step)
    for line in lines:
        at = (place + size * line) / step
        pixels = np.stack([at[:, 0] + (columns - 1) / 2, (rows - 1) / 2 - at[:, 1]], axis=1)
        pen.line([tuple(p) for p in pixels.tolist()], 255, round(2 * across), joint="curve")
        for x, y in pixels[[0, -1]].tolist():
            pen.ellipse((x - across, y - across, x + across, y + across), 255)
    fine = np.asarray(image, np.float32) / 255
    return fine.reshape(shape[0], FINER, shape[1], FINER).mean(axis=(1, 3))
