"""A picture: the backdrop, and the figures on it."""

from collections.abc import Iterable

import numpy as np

from figures.figure import Figure
from figures.parts import Colour
from figures.shape import Array, coverage, signed_distance

BACKDROPS: tuple[tuple[Colour, Colour, Colour], ...] = (  # the wall above, the wall below, the floor
    ((190, 216, 232), (228, 236, 232), (168, 188, 150)),
    ((238, 224, 206), (226, 206, 184), (164, 138, 116)),
    ((206, 206, 224), (232, 224, 232), (150, 150, 164)),
    ((176, 206, 200), (214, 228, 214), (134, 160, 144)),
)


def paint(canvas: Array, colour: Iterable[float], alpha: Array) -> None:
    """Lay a colour over the canvas."""
    canvas += alpha[..., None] * (np.array(colour) - canvas)


def paint_backdrop(canvas: Array, x: Array, y: Array, rng: np.random.Generator) -> None:
    """A wall in two tones with soft discs on it, and a floor."""
    height, width = x.shape
    above, below, floor = BACKDROPS[rng.integers(len(BACKDROPS))]
    paint(canvas, above, np.ones_like(x))
    paint(canvas, below, y / height)
    for _ in range(6):
        disc = np.array(
            [[rng.uniform(0, width), rng.uniform(0, 0.6 * height), rng.uniform(0.06, 0.2) * height]]
        )
        tint = BACKDROPS[rng.integers(len(BACKDROPS))][rng.integers(2)]
        paint(canvas, tint, 0.6 * coverage(signed_distance(disc, x, y)))
    paint(canvas, floor, coverage(rng.uniform(0.62, 0.68) * height - y))
    paint(canvas, (255, 255, 255), 0.25 * np.clip(y / height - 0.6, 0, 1))


def window(corners: Array) -> tuple[slice, slice]:
    """The rows and columns of an image that a shape can reach."""
    centres, radii = corners[:, :2], corners[:, 2:]
    left, top = np.maximum(np.floor((centres - radii).min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.maximum(np.ceil((centres + radii).max(axis=0)).astype(int) + 2, 0)
    return slice(top, bottom), slice(left, right)


def paint_figure(canvas: Array, figure: Figure, x: Array, y: Array) -> Array:
    """Draw the figure on its shadow; the answer is the share of each pixel it covers."""
    ground = max(shape.corners[:, 1].max() for shape in figure.shapes)
    middle = np.mean([figure.points["left_hip"], figure.points["right_hip"]], axis=0)[0]
    reach = ((x - middle) / (0.24 * figure.height)) ** 2 + ((y - ground) / (0.045 * figure.height)) ** 2
    paint(canvas, (40, 40, 60), 0.4 * np.exp(-reach))

    bare = np.ones_like(x)
    line = 0.006 * figure.height
    for part, corners, _ in figure.shapes:
        near = window(corners)
        distance = signed_distance(corners, x[near], y[near])
        fill = np.array(figure.palette[part.colour])
        paint(canvas[near], 0.62 * fill, coverage(distance))
        paint(canvas[near], fill, coverage(distance + line))
        bare[near] *= 1 - coverage(distance)
    return 1 - bare
