"""``cid``: the people of contextual instance decoupling, each with maps of their own.

Wang and Zhang 2022, in the form of mmpose 1.3.2 codecs/decoupled_heatmap.py ``decode``: a joint is the greatest cell of
its person's map and a quarter cell towards the larger neighbour, and its score the cell's times the person's. What the
network's head does before (averaging each map with its mean over 3x3 cells) and after (half a cell added) is not of it.
The published step leaves out two cells at the left and top, and one at the right and bottom; here it is taken wherever
both neighbours exist.
"""

from __future__ import annotations

import numpy as np

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.bottom_up.ranking import best_people
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.quarter import quarter_steps
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks


def decode(planes: Planes, level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return the joints (N, K, top, 2) of up to ``top`` people, best mean score first; (N, K, 2) where ``top`` is 1.

    heatmaps (N, K, H, W) say how many joints there are; instance_heatmaps (N, M K, H, W) are one person's joints after
    the other's; ``instance_scores`` (N, M) or, of labels, ``instance_valid`` (N, M): the people's scores, 1 where neither
    is given. SpecError where the maps are no whole number of people's, or the scores of another number.

    >>> import kp2heat
    >>> more = {"input_size": (96, 128), "codec": "cid-instances"}
    >>> planes = kp2heat.encode([[[32, 52], [60, 88]]], size=(24, 32), **more)
    >>> kp2heat.decode(planes, **more).xy.tolist()
    [[[32.0, 52.0], [60.0, 88.0]]]
    """
    n, k, height, width = planes["heatmaps"].shape
    maps = planes["instance_heatmaps"]
    if len(maps) != n or maps.ndim != 4 or maps.shape[1] % k or maps.shape[2:] != (height, width):
        raise SpecError(
            "instance_heatmaps", f"have shape {maps.shape}", f"give {(n, f'M x {k}', height, width)}"
        )
    people = maps.shape[1] // k
    each = np.ascontiguousarray(maps).reshape(n * people, k, height, width)
    certain = planes.get("instance_scores", planes.get("instance_valid", np.ones((n, people))))
    if certain.shape != (n, people):
        raise SpecError("instance_scores", f"have shape {certain.shape}", f"give {(n, people)}")
    located = locate(each, 1, threshold)
    found = located.peaks(quarter_steps(located, level))
    shape = (n, people, k)
    score = np.where(certain[..., None] > 0, found.score.reshape(shape) * certain[..., None], 0.0)
    absent = (certain <= 0)[..., None]
    xy = np.where(absent[..., None], np.nan, found.xy.reshape(*shape, 2))
    refined = found.refined.reshape(shape) & ~absent
    by_joint = Peaks(xy.transpose(0, 2, 1, 3), score.transpose(0, 2, 1), refined.transpose(0, 2, 1), "cell")
    return best_people(by_joint, top)


DECODER = Decoder(
    "cid",
    decode,
    "each person's own maps, a quarter cell: Wang and Zhang 2022 (CID); mmpose 1.3.2 DecoupledHeatmap.decode",
    ("heatmaps", "instance_heatmaps"),
)
