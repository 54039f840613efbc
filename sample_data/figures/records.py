"""The COCO records of people and crowds, as an annotator would make them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures.figure import Figure, Shape
from figures.scenes import JOINTS, Scene
from figures.shape import Array

SKIPPED = 0.03  # the share of joints the annotator forgot
GUESSED = 6.0  # pixels beyond the border within which the annotator still guesses a joint


def bounding_box(figures: list[Figure], scene: Scene) -> list[float]:
    """The box [x, y, width, height] around the figures as drawn, clipped to the image."""
    corners = np.vstack([shape.corners for figure in figures for shape in figure.shapes])
    centres, radii, last = corners[:, :2], corners[:, 2:], (scene.width - 1, scene.height - 1)
    low = np.clip((centres - radii).min(axis=0), 0, last)
    high = np.clip((centres + radii).max(axis=0), 0, last)
    return [round(float(value), 3) for value in (*low, *(high - low))]


def outline(shape: Shape, directions: int = 12) -> list[float]:
    """A convex polygon around a part: its farthest point in each of some directions, x and y in turn."""
    theta = np.arange(directions) * 2 * np.pi / directions
    normals = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    centres, radii = shape.corners[:, :2], shape.corners[:, 2]
    farthest = np.argmax(normals @ centres.T + radii, axis=1)
    return [round(float(v), 3) for v in (centres[farthest] + radii[farthest, None] * normals).ravel()]


def run_lengths(mask: NDArray[np.bool_]) -> dict[str, list[int]]:
    """COCO's uncompressed run lengths: down the columns, the first run counts zeros."""
    flat = mask.ravel(order="F")
    bounds = np.flatnonzero(np.diff(flat, prepend=False))
    return {"size": list(mask.shape), "counts": np.diff([0, *bounds, flat.size]).tolist()}


def label(people: list[Figure], index: int, scene: Scene, rng: np.random.Generator) -> list[float]:
    """The x, y, v of a person's joints in turn, as an annotator would give them."""
    x, y, _ = people[index].joints.T
    hidden = people[index].hides_own()
    for nearer in people[index + 1 :]:
        hidden |= nearer.covers(x, y)
    beyond = np.max([-0.5 - x, x - scene.width + 0.5, -0.5 - y, y - scene.height + 0.5], axis=0)
    v = np.where(hidden | (beyond > 0), 1, 2)
    v[(beyond > GUESSED) | (rng.random(len(JOINTS)) < SKIPPED)] = 0
    return [
        value
        for jx, jy, jv in zip(x.tolist(), y.tolist(), v.tolist(), strict=True)
        for value in ((jx, jy, jv) if jv else (0, 0, 0))
    ]


def annotate_person(
    people: list[Figure], index: int, scene: Scene, labels: list[float], visible: Array
) -> Any:
    """The COCO record of a person, but for its ids.

    Alone and whole in its image, the person also has polygons: one per part, which overlap.
    """
    left, top, width, height = box = bounding_box([people[index]], scene)
    record: dict[str, Any] = {
        "category_id": 1,
        "keypoints": labels,
        "num_keypoints": sum(v > 0 for v in labels[2::3]),
        "bbox": box,
        "area": round(float(visible.sum()), 2),
        "iscrowd": 0,
    }
    whole = min(left, top, scene.width - 1 - left - width, scene.height - 1 - top - height) > 0
    if whole and len(people) == 1:
        record["segmentation"] = [outline(shape) for shape in people[index].shapes]
    return record


def annotate_crowd(crowd: list[Figure], scene: Scene, visible: Array) -> Any:
    """The COCO record of a crowd, but for its ids."""
    mask = visible >= 0.5
    return {
        "category_id": 1,
        "keypoints": [0] * 3 * len(JOINTS),
        "num_keypoints": 0,
        "bbox": bounding_box(crowd, scene),
        "area": float(mask.sum()),
        "iscrowd": 1,
        "segmentation": run_lengths(mask),
    }
