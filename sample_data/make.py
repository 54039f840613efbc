"""The sample data set: drawn figures whose joints are known exactly, and the script that draws them.

Photographs carry a licence, weigh megabytes, and their joints are only as right as the person who
clicked them. The figures here are ours, small, and their truth is computed, not clicked:

    images/000001.jpg ...   small images, landscape, portrait and square; one of them has nobody in it
    annotations.json        COCO keypoints, with what real files hold: v = 0, 1 and 2, joints just outside
                            the frame, a crowd, polygons on the figures that are alone in their image
    annotations_wide.csv    the same truth, one row per person (crowds left out)
    annotations_dlc.csv     the same truth in DeepLabCut's form: the largest person of each image

Each figure is a 3-D puppet posed by forward kinematics and seen by an orthographic camera, drawn as
overlapping rounded parts. Coordinates are pixels, and an integer is the centre of a pixel; boxes are in
the same coordinates, clipped to 0 ... width - 1 and 0 ... height - 1. The drawing is plain NumPy and uses
the annotated sub-pixel positions themselves; OpenCV only writes the JPEG files.

    python sample_data/make.py            writes the folder anew
    python sample_data/make.py --check    exits with 1 if the annotation files differ from the committed ones
"""

import argparse
import csv
import io
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SEED = 17
SCORER = "kp2heat"

JOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
LIMBS = (
    *((16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9)),
    *((8, 10), (9, 11), (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7)),
)


class Scene(NamedTuple):
    """The size of an image, how many people stand in it, and how much larger than the frame they are drawn."""

    width: int
    height: int
    people: int
    zoom: float = 1.0


SCENES = (
    Scene(320, 240, 1),
    Scene(240, 320, 1),
    Scene(400, 300, 2),
    Scene(256, 256, 1),
    Scene(320, 240, 3),
    Scene(240, 320, 2),
    Scene(256, 256, 2, 1.7),
    Scene(400, 300, 4),
    Scene(320, 240, 2),
    Scene(240, 320, 1, 1.6),
    Scene(320, 240, 0),
    Scene(400, 300, 3),
    Scene(256, 256, 2),
    Scene(320, 240, 4),
    Scene(240, 320, 3),
    Scene(400, 300, 2),
    Scene(320, 240, 2, 1.5),
    Scene(256, 256, 1),
    Scene(400, 300, 3),
    Scene(240, 320, 2),
    Scene(320, 240, 1),
    Scene(400, 300, 4),
    Scene(256, 256, 3),
    Scene(240, 320, 1),
)
CROWDED = 16  # the id of the image with a crowd at its back
CROWD_SIZE = 9

SKIPPED = 0.03  # the share of joints the annotator forgot
GUESSED = 6.0  # pixels beyond the border within which the annotator still guesses a joint
JITTER = 7.0  # degrees
CAMERA_PITCH = 8.0  # degrees, looking down


class Pose(NamedTuple):
    """Joint angles in degrees: of the trunk, and per side as the columns of `ANGLE_LIMITS`."""

    turn: tuple[float, float]  # from the viewer, to the figure's own left: the range it is drawn from
    lean: float
    left: tuple[float, ...]
    right: tuple[float, ...]


ANGLE_LIMITS = np.array(
    [
        (-50, 170),  # arm, forward
        (4, 165),  # arm, sideways
        (0, 140),  # forearm, forward of the arm
        (-95, 95),  # forearm, sideways of the arm
        (-30, 120),  # thigh, forward
        (2, 45),  # thigh, sideways
        (0, 130),  # knee, backward
    ]
)
POSES = (
    Pose((-50, 50), 2, (4, 14, 14, 0, 0, 6, 3), (0, 12, 12, 0, 0, 7, 4)),  # standing
    Pose((-40, 40), 0, (-8, 42, 20, -80, 4, 10, 4), (2, 12, 10, 0, 0, 7, 4)),  # a hand on the hip
    Pose((40, 80), 6, (30, 8, 32, 0, -22, 4, 22), (-30, 8, 24, 0, 28, 4, 10)),  # walking
    Pose((45, 80), 14, (48, 10, 85, 0, -24, 4, 75), (-44, 10, 80, 0, 58, 4, 60)),  # running
    Pose((-35, 35), 0, (10, 138, 5, 18, 0, 12, 4), (8, 142, 5, 14, 0, 14, 4)),  # arms raised
    Pose((-35, 35), 2, (6, 88, 8, 66, 4, 6, 4), (0, 14, 14, 0, 0, 8, 4)),  # waving
    Pose((45, 75), 8, (42, 10, 30, 0, 112, 8, 78), (36, 12, 30, 0, 104, 8, 70)),  # sitting on the ground
    Pose((35, 70), 30, (70, 14, 20, 0, 92, 12, 115), (64, 14, 20, 0, 84, 12, 110)),  # crouching
    Pose((-20, 20), 0, (8, 95, 8, 6, 0, 30, 6), (8, 88, 8, 4, 0, 28, 6)),  # a star
    Pose((145, 215), 2, (10, 16, 30, 0, 4, 6, 4), (6, 60, 10, 70, 0, 8, 4)),  # from behind
)

# The body, in units of its height: points fixed to the trunk (left, up, forward; the hips' middle is 0),
# and the bones that hang from them.
TRUNK = {
    "left_shoulder": (0.105, 0.29, 0.0),
    "right_shoulder": (-0.105, 0.29, 0.0),
    "throat": (0.0, 0.30, 0.0),
    "chin": (0.0, 0.415, 0.012),
    "crown": (0.0, 0.455, 0.0),
    "hair": (0.0, 0.468, -0.022),
    "nape": (0.0, 0.425, -0.036),
    "nose": (0.0, 0.425, 0.068),
    "left_eye": (0.027, 0.447, 0.053),
    "right_eye": (-0.027, 0.447, 0.053),
    "left_ear": (0.07, 0.432, 0.0),
    "right_ear": (-0.07, 0.432, 0.0),
}
HIP = 0.058
UPPER_ARM, FOREARM, HAND = 0.16, 0.145, 0.03
THIGH, SHIN, FOOT = 0.235, 0.23, 0.075


class Part(NamedTuple):
    """A drawn part: rounded corners (point, radius), colour, and how much nearer than its middle it counts."""

    corners: tuple[tuple[str, float], ...]
    colour: str
    lift: float = 0.0
    covers_own: bool = False  # whether it can hide the joints at its own corners


PARTS = (
    Part((("throat", 0.034), ("chin", 0.030)), "skin", -0.05),
    Part(
        (("left_shoulder", 0.044), ("right_shoulder", 0.044), ("right_hip", 0.050), ("left_hip", 0.050)),
        "shirt",
        -0.06,
        covers_own=True,
    ),
    Part((("hair", 0.074), ("nape", 0.060)), "hair"),
    Part((("chin", 0.058), ("crown", 0.068)), "skin", -0.01),
    Part((("nose", 0.013),), "nose"),
    *(
        Part(tuple((f"{side}_{point}", radius) for point, radius in corners), colour.format(side), lift)
        for side in ("left", "right")
        for corners, colour, lift in (
            ((("ear", 0.018),), "skin", 0.0),
            ((("eye", 0.011),), "eye", 0.0),
            ((("shoulder", 0.043), ("elbow", 0.033)), "{}", 0.0),
            ((("elbow", 0.032), ("wrist", 0.024)), "{}_pale", 0.01),
            ((("wrist", 0.024), ("hand", 0.030)), "skin", 0.01),
            ((("hip", 0.056), ("knee", 0.042)), "{}", -0.10),
            ((("knee", 0.040), ("ankle", 0.029)), "{}_pale", -0.09),
            ((("ankle", 0.029), ("toe", 0.026)), "shoe", 0.0),
        )
    ),
)

Colour = tuple[int, int, int]  # red, green, blue
SHIRTS: tuple[Colour, ...] = (
    *((244, 208, 111), (236, 236, 228), (146, 190, 140), (201, 170, 214)),
    *((250, 190, 160), (160, 200, 216)),
)
LEFTS: tuple[Colour, ...] = ((214, 84, 60), (226, 122, 44), (196, 62, 104))
RIGHTS: tuple[Colour, ...] = ((46, 108, 176), (32, 134, 140), (88, 90, 184))
SKINS: tuple[Colour, ...] = ((250, 214, 184), (226, 176, 136), (176, 122, 88), (120, 80, 60))
HAIRS: tuple[Colour, ...] = ((58, 42, 36), (112, 70, 40), (196, 150, 84), (40, 40, 52), (150, 66, 40))
BACKDROPS: tuple[tuple[Colour, Colour, Colour], ...] = (  # the wall above, the wall below, the floor
    ((190, 216, 232), (228, 236, 232), (168, 188, 150)),
    ((238, 224, 206), (226, 206, 184), (164, 138, 116)),
    ((206, 206, 224), (232, 224, 232), (150, 150, 164)),
    ((176, 206, 200), (214, 228, 214), (134, 160, 144)),
)


def rotation(axis: int, degrees: float) -> Array:
    """The right-handed rotation about an axis of space."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix


def bone(side: int, length: float, forward: float, sideways: float) -> Array:
    """A bone that hangs down, swung forward and then to its own side (left is 1, right is -1)."""
    swing, spread = np.radians(forward), np.radians(sideways)
    direction = (side * np.sin(spread), -np.cos(swing) * np.cos(spread), np.sin(swing) * np.cos(spread))
    return np.multiply(length, direction)


def skeleton(rng: np.random.Generator) -> dict[str, Array]:
    """Every point of a figure in a random pose, in units of its height: (right, up, towards the viewer)."""
    pose = POSES[rng.integers(len(POSES))]
    angles = np.array([pose.left, pose.right]) + rng.normal(0, JITTER, (2, len(ANGLE_LIMITS)))
    angles = np.clip(angles, *ANGLE_LIMITS.T)
    turn, lean, tilt = rng.uniform(*pose.turn), pose.lean + rng.normal(0, 3), rng.normal(0, 3)
    if rng.random() < 0.5:  # mirrored: the sides swap their angles, so left stays left
        angles, turn, tilt = angles[::-1], -turn, -tilt

    pelvis = rotation(0, CAMERA_PITCH) @ rotation(1, turn)
    trunk = pelvis @ rotation(0, lean) @ rotation(2, tilt)
    points = {name: trunk @ np.array(offset) for name, offset in TRUNK.items()}
    for side, sign, (arm, arm_out, elbow, elbow_out, leg, leg_out, knee) in zip(
        ("left", "right"), (1, -1), angles, strict=True
    ):
        reach, reach_out = arm + elbow, arm_out + elbow_out
        chain = (
            ("elbow", "shoulder", trunk @ bone(sign, UPPER_ARM, arm, arm_out)),
            ("wrist", "elbow", trunk @ bone(sign, FOREARM, reach, reach_out)),
            ("hand", "wrist", trunk @ bone(sign, HAND, reach, reach_out)),
            ("knee", "hip", pelvis @ bone(sign, THIGH, leg, leg_out)),
            ("ankle", "knee", pelvis @ bone(sign, SHIN, leg - knee, leg_out / 2)),
            ("toe", "ankle", pelvis @ bone(sign, FOOT, leg - knee + 80, leg_out)),
        )
        points[f"{side}_hip"] = pelvis @ np.array([sign * HIP, 0, 0])
        for child, parent, offset in chain:
            points[f"{side}_{child}"] = points[f"{side}_{parent}"] + offset
    return points


def signed_distance(corners: Array, x: Array, y: Array) -> Array:
    """How far (x, y) lies outside the polygon with rounded corners (x, y, radius); inside is negative."""
    distance = np.full(np.shape(x), np.inf)
    inside = np.zeros(np.shape(x), bool)
    for (ax, ay, ar), (bx, by, br) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        ux, uy = bx - ax, by - ay
        t = np.clip(((x - ax) * ux + (y - ay) * uy) / ((ux * ux + uy * uy) or 1.0), 0, 1)
        distance = np.minimum(distance, np.hypot(x - ax - t * ux, y - ay - t * uy) - ar - t * (br - ar))
        inside ^= ((ay > y) != (by > y)) & (x < ax + ux * (y - ay) / (uy or 1.0))
    return np.where(inside, -np.inf, distance)


def coverage(distance: Array) -> Array:
    """The share of a pixel that a shape covers, given its centre's distance from the edge."""
    return np.clip(0.5 - distance, 0, 1)


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


def pale(colour: Colour) -> Colour:
    """The colour, halfway to white."""
    red, green, blue = ((channel + 255) // 2 for channel in colour)
    return red, green, blue


def random_palette(rng: np.random.Generator) -> dict[str, Colour]:
    """The colours of a figure's parts; left limbs are always warm, right limbs always cool."""
    shirt, left, right, skin, hair = (
        choices[rng.integers(len(choices))] for choices in (SHIRTS, LEFTS, RIGHTS, SKINS, HAIRS)
    )
    red, green, blue = skin
    return {
        "shirt": shirt,
        "skin": skin,
        "hair": hair,
        "nose": (red * 4 // 5, green * 2 // 3, blue * 3 // 5),
        "eye": (34, 30, 38),
        "shoe": (70, 62, 66),
        "left": left,
        "left_pale": pale(left),
        "right": right,
        "right_pale": pale(right),
    }


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


def make_image(image_id: int, scene: Scene) -> tuple[NDArray[np.uint8], list[Any]]:
    """An image (red, green, blue) and its annotations: people by falling area, then the crowd."""
    rng = np.random.Generator(np.random.PCG64([SEED, image_id]))
    people = random_people(rng, scene)
    labels = [label(people, index, scene, rng) for index in range(len(people))]
    crowd = random_crowd(rng, scene) if image_id == CROWDED else []

    y, x = np.mgrid[: scene.height, : scene.width].astype(float)
    canvas = np.zeros((scene.height, scene.width, 3))
    paint_backdrop(canvas, x, y, rng)
    visible: list[Array] = []
    for figure in crowd + people:
        covered = paint_figure(canvas, figure, x, y)
        visible = [*(seen * (1 - covered) for seen in visible), covered]
    canvas += rng.normal(0, 1.5, (scene.height, scene.width, 1))

    records = [
        annotate_person(people, index, scene, labels[index], visible[len(crowd) + index])
        for index in range(len(people))
    ]
    records.sort(key=lambda record: -record["area"])
    if crowd:
        records.append(annotate_crowd(crowd, scene, np.sum(visible[: len(crowd)], axis=0)))
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8), records


def coco_text(images: list[Any], annotations: list[Any]) -> str:
    """The COCO file, with one record per line."""
    sections: dict[str, list[Any]] = {
        "licenses": [{"id": 1, "name": "MIT", "url": "https://opensource.org/license/mit"}],
        "images": images,
        "categories": [
            {"id": 1, "name": "person", "supercategory": "person", "keypoints": JOINTS, "skeleton": LIMBS}
        ],
        "annotations": annotations,
    }
    info = {
        "description": "kp2heat sample data: drawn figures with exact joints",
        "version": "1.0",
        "year": 2026,
    }
    lines = [f'"info": {json.dumps(info)}']
    for name, records in sections.items():
        lines.append(f'"{name}": [\n' + ",\n".join(map(json.dumps, records)) + "\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_cells(record: Any, with_v: bool) -> list[Any]:
    """The joints of an annotation as cells; an unlabelled joint has an empty x and y."""
    keypoints = record["keypoints"]
    cells: list[Any] = []
    for x, y, v in zip(keypoints[::3], keypoints[1::3], keypoints[2::3], strict=True):
        cells += [x, y] if v else ["", ""]
        cells += [v] if with_v else []
    return cells


def wide_text(images: list[Any], people: list[Any]) -> str:
    """The CSV with a row per person."""
    by_id = {image["id"]: image for image in images}
    rows: list[list[Any]] = [["image", "width", "height", *(f"{j}_{c}" for j in JOINTS for c in "xyv")]]
    for record in people:
        image = by_id[record["image_id"]]
        rows.append([image["file_name"], image["width"], image["height"], *csv_cells(record, with_v=True)])
    return csv_text(rows)


def dlc_text(images: list[Any], people: list[Any]) -> str:
    """The CSV in DeepLabCut's form: a row per image, of its first person."""
    first = {record["image_id"]: record for record in reversed(people)}
    rows: list[list[Any]] = [
        ["scorer", *[SCORER] * 2 * len(JOINTS)],
        ["bodyparts", *(joint for joint in JOINTS for _ in "xy")],
        ["coords", *"xy" * len(JOINTS)],
    ]
    for image in images:
        if image["id"] in first:
            rows.append([f"images/{image['file_name']}", *csv_cells(first[image["id"]], with_v=False)])
    return csv_text(rows)


def write(folder: Path) -> list[str]:
    """Write the data set into the folder; the answer is the names of the annotation files."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[Any] = []
    annotations: list[Any] = []
    for image_id, scene in enumerate(SCENES, start=1):
        name = f"{image_id:06d}.jpg"
        pixels, records = make_image(image_id, scene)
        cv2.imwrite(str(folder / "images" / name), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        images.append(
            {"id": image_id, "file_name": name, "width": scene.width, "height": scene.height, "license": 1}
        )
        for record in records:
            annotations.append({"id": len(annotations) + 1, "image_id": image_id, **record})
    people = [record for record in annotations if not record["iscrowd"]]
    texts = {
        "annotations.json": coco_text(images, annotations),
        "annotations_wide.csv": wide_text(images, people),
        "annotations_dlc.csv": dlc_text(images, people),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return list(texts)


def differing(folder: Path) -> list[str]:
    """The annotation files in the folder that are not what this script writes."""
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        return [name for name in write(fresh) if (fresh / name).read_bytes() != (folder / name).read_bytes()]


def main() -> None:
    """Write the folder this script lies in, or check it."""
    parser = argparse.ArgumentParser(description="Make the sample data.")
    parser.add_argument("--check", action="store_true", help="only compare the annotation files")
    folder = Path(__file__).resolve().parent
    if not parser.parse_args().check:
        write(folder)
    elif names := differing(folder):
        sys.exit(f"differs from what make.py writes: {', '.join(names)}")


if __name__ == "__main__":
    main()
