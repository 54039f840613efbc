"""The drawn parts of a figure, and their colours."""

from typing import NamedTuple

import numpy as np


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
