"""What is drawn: the joints, and the size and the people of every image."""

from typing import NamedTuple

JOINTS = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder"),
    *("right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip"),
    *("right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
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
