"""Pictures by formulas, whose symmetry is known."""

import numpy as np

ROWS = COLUMNS = 96


def grid(shift=(0.0, 0.0)):
    along = (np.arange(COLUMNS) + 0.5) / COLUMNS * 2 - 1
    x, y = np.meshgrid(along, -along)
    return x - shift[0], y - shift[1]


def texture(x, y, seed=0):
    rng = np.random.default_rng(seed)
    waves, phase = rng.normal(size=(12, 2)) * 5, rng.uniform(0, 6, 12)
    return sum(np.cos(a * x + b * y + p) for (a, b), p in zip(waves, phase, strict=True))


def mirrored(angle_deg, shift=(0.1, -0.05)):
    x, y = grid(shift)
    angle = np.deg2rad(angle_deg)
    across, along = y * np.cos(angle) - x * np.sin(angle), x * np.cos(angle) + y * np.sin(angle)
    return texture(np.abs(across), along)


def on_plain_ground(place, size, angle_deg=25.0):
    """An ellipse with the mirrors and the half turn of D_2, on a ground of one level."""
    x, y = grid(place)
    angle = np.deg2rad(angle_deg)
    u = (x * np.cos(angle) + y * np.sin(angle)) / size
    v = (y * np.cos(angle) - x * np.sin(angle)) / size
    inside = u**2 + (1.6 * v) ** 2 < 1
    return np.where(inside, 0.7 + 0.1 * np.tanh(texture(np.abs(u), np.abs(v), 3)), 0.2)


def dots(turned_deg=0.0):
    x, y = grid()
    angle = np.deg2rad(turned_deg)
    x, y = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.cos(22 * x) + np.cos(22 * y)
