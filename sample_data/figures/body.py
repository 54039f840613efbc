"""A body: its measures, its poses, and where its points are in space by forward kinematics."""

from typing import NamedTuple

import numpy as np

from figures.shape import Array

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
