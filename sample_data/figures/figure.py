"""A posed figure in pixels, and the people and the crowd of a scene."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from figures.body import skeleton
from figures.parts import PARTS, Colour, Part, random_palette
from figures.scenes import CROWD_SIZE, JOINTS, Scene
from figures.shape import Array, signed_distance


class Shape(NamedTuple):
    """A part in its place: corners (x, y, radius) in pixels."""

    part: Part
    corners: Array
    depth: float


@dataclass(frozen=True)
class Figure:
    """A posed figure in pixels; depth, the third coordinate, points at the viewer."""

    points: dict[str, Array]
    height: float
    palette: dict[str, Colour]

    @cached_property
    def joints(self) -> Array:
        """The (17, 3) joints, rounded as they are annotated: what is drawn is what is written."""
        return np.array([self.points[name] for name in JOINTS])

    @cached_property
    def shapes(self) -> list[Shape]:
        """The parts, far to near."""
        return sorted((self._shape(part) for part in PARTS), key=lambda shape: shape.depth)

    def _shape(self, part: Part) -> Shape:
        points = np.array([self.points[name] for name, _ in part.corners])
        radii = np.array([[radius * self.height] for _, radius in part.corners])
        depth = float(points[:, 2].mean() + part.lift * self.height)
        return Shape(part, np.hstack([points[:, :2], radii]), depth)

    def covers(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """Whether each place lies on the figure."""
        inside = np.array([signed_distance(shape.corners, x, y) < 0 for shape in self.shapes])
        return np.asarray(inside.any(axis=0))

    def hides_own(self) -> NDArray[np.bool_]:
        """Whether each joint lies behind a part of the figure itself."""
        hidden = np.zeros(len(JOINTS), bool)
        x, y, depth = self.joints.T
        for part, corners, part_depth in self.shapes:
            own = [not part.covers_own and name in dict(part.corners) for name in JOINTS]
            hidden |= (signed_distance(corners, x, y) < 0) & (part_depth > depth) & np.logical_not(own)
        return hidden


def random_figure(rng: np.random.Generator, x: float, ground: float, height: float) -> Figure:
    """A figure in a random pose whose hips' middle is at `x` and whose lowest point is on the ground."""
    points = {name: height * point * (1, -1, 1) for name, point in skeleton(rng).items()}
    lowest = max(points[name][1] + radius * height for part in PARTS for name, radius in part.corners)
    offset = np.array([x, ground - lowest, 0])
    placed = {name: np.round(point + offset, 3) for name, point in points.items()}
    return Figure(placed, height, random_palette(rng))


def random_people(rng: np.random.Generator, scene: Scene) -> list[Figure]:
    """The people of a scene side by side, far to near."""
    slots = (np.arange(scene.people) + 0.5 + rng.uniform(-0.34, 0.34, scene.people)) / max(scene.people, 1)
    grounds = np.sort(rng.uniform(0.82, 0.97, scene.people)) * scene.height
    figures = []
    for x, ground in zip(rng.permutation(slots) * scene.width, grounds, strict=True):
        height = rng.uniform(0.72, 0.86) * scene.zoom * min(ground, 1.1 * scene.width)
        figures.append(random_figure(rng, x, max(ground, 0.1 * scene.height + height), height))
    return figures


def random_crowd(rng: np.random.Generator, scene: Scene) -> list[Figure]:
    """A row of small people at the back of a scene."""
    xs = np.linspace(0.3, 0.7, CROWD_SIZE) * scene.width
    height = 0.2 * scene.height
    return [random_figure(rng, x, rng.uniform(0.68, 0.7) * scene.height, height) for x in xs]
