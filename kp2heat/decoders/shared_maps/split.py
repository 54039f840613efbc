"""``shared-maps``: the centres of several blobs of peak 1 and known sigma that share a map.

``maximum`` takes maps apart that merge their blobs by maximum, ``total`` those that add them up, cut at 1 or not. How many
blobs a map holds is told by ``counts``, or is ``top`` in every map; what they are stored with, by ``relative`` and
``absolute``: a value v is off by relative v + absolute at most. Blobs end where they fall below ``least``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.peak_cells import stack
from kp2heat.decoders.shared_maps import maximum, total
from kp2heat.decoders.shared_maps.drawn import Drawn
from kp2heat.errors import check_choice
from kp2heat.peaks import Peaks

FLOAT32 = 2.0**-24

Centres = Callable[[Floats, Ints, Drawn], tuple[Floats, Bools]]
MERGES: Mapping[str, Centres] = {
    "max": maximum.centres,
    "sum": total.centres,
    "sum-clamp": total.centres,
}


def decode(
    planes: Planes,
    level: Level,
    *,
    merge: str = "max",
    counts: Ints | None = None,
    top: int = 1,
    relative: float = FLOAT32,
    absolute: float = 0.0,
    least: float = 0.0,
    limbs: Sequence[tuple[int, int]] = (),
) -> Peaks:
    """Return the centres (N, C, P, 2) of maps (N, C, H, W), P the greatest count; NaN where a map holds fewer.

    counts (N, C): blobs in each map; limbs: pairs of maps whose joints lie near each other. A score is 1 for a centre that is known to a fraction of a cell, and the
    map's value for one that is known to the cell only.

    >>> from kp2heat.frame import alignment
    >>> level = Level((12, 9), 1.5, alignment("half-pixel", (48, 36), (12, 9)))
    >>> x, y = np.arange(12), np.arange(9)[:, None]
    >>> blobs = [np.exp(-((x - u) ** 2 + (y - v) ** 2) / 4.5) for u, v in ((4.25, 3.5), (4.5, 4.25))]
    >>> maps = {"heatmaps": (blobs[0] + blobs[1])[None, None]}
    >>> sorted(decode(maps, level, merge="sum", top=2).xy[0, 0].round(4).tolist())
    [[4.25, 3.5], [4.5, 4.25]]
    """
    check_choice("merge", merge, MERGES)
    n, channels, height, width = planes["heatmaps"].shape
    maps = stack(planes["heatmaps"]).astype(np.float64)
    each = np.full(n * channels, top) if counts is None else np.asarray(counts).reshape(-1)
    joined = np.zeros((channels, channels), bool)
    for a, b in limbs:
        joined[a, b] = joined[b, a] = True
    clamp = 1.0 if merge == "sum-clamp" else np.inf
    drawn = Drawn(level.sigma, least, relative, absolute, joined, clamp)
    places, exact = MERGES[merge](maps, each, drawn)
    seats = places.shape[1]
    inside = np.isfinite(places[..., 0])
    cells = np.clip(np.nan_to_num(np.rint(places)), 0, [width - 1, height - 1]).astype(np.int64)
    values = maps[np.arange(len(maps))[:, None], cells[..., 1], cells[..., 0]]
    score = np.where(exact, 1.0, np.where(inside, values, 0.0))
    shape = (n, channels, seats)
    return Peaks(places.reshape(*shape, 2), score.reshape(shape), exact.reshape(shape), "cell")


DECODER = Decoder(
    "shared-maps",
    decode,
    "several blobs of known sigma in one map: trilateration of maxima, Levenberg-Marquardt of sums",
    accepts_float16=True,
)
