"""``tags``: the peaks of all joints' maps put together to people by their tags (associative embedding).

Newell, Huang and Deng 2017, section 3.3: joint after joint, the peaks of its map are matched with the people found so
far by the distance of their tags, in whole units, and where that is equal by the better score; a peak whose tag is
further than ``tag_threshold`` from every person's mean begins a new one. Peaks are the maxima of ``nms`` x ``nms``
cells. ``tags`` (N, K, H, W) or, with D numbers per cell, (N, D K, H, W), all joints' first numbers first as mmpose has
them, are the network's own maps.
"""

from __future__ import annotations

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.bottom_up.ranking import best_people
from kp2heat.decoders.bottom_up.suppression import greatest_around
from kp2heat.decoders.refinement import weighted_fit
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.peak_cells import stack
from kp2heat.errors import SpecError
from kp2heat.libraries import library
from kp2heat.peaks import Peaks

FAR = 1e6
"""Cost of a pair that must not be."""


def decode(
    planes: Planes,
    level: Level,
    *,
    top: int = 30,
    threshold: float = 0.1,
    tag_threshold: float = 1.0,
    nms: int = 5,
) -> Peaks:
    """Return the joints (N, K, top, 2) of up to ``top`` people, best mean score first; (N, K, 2) where ``top`` is 1.

    SpecError where the tags are of another size than the maps.

    >>> import kp2heat
    >>> more = {"input_size": (96, 128), "codec": "associative-embedding"}
    >>> maps = kp2heat.encode([[[32, 52], [60, 88]], [[68, 52], [20, 88]]], size=(24, 32), **more)["heatmaps"]
    >>> tags = np.where(maps[:1] > maps[1:], 1.0, 5.0)
    >>> both = {"heatmaps": maps.max(axis=0, keepdims=True), "tags": tags}
    >>> kp2heat.decode(both, method="tags", top=2, **more).xy[0].round(0).tolist()
    [[[32.0, 52.0], [68.0, 52.0]], [[60.0, 88.0], [20.0, 88.0]]]
    """
    n, k, height, width = planes["heatmaps"].shape
    tags = planes["tags"].astype(np.float64)
    if tags.shape[0] != n or tags.shape[1] % k or tags.shape[2:] != (height, width):
        raise SpecError("tags", f"have shape {tags.shape}", f"give {(n, k, height, width)}, or D K channels")
    located = locate(greatest_around(planes["heatmaps"], nms), max(2, top), threshold)
    on_maps = located._replace(maps=stack(planes["heatmaps"]))
    peaks = located.peaks(on_maps.stepped(weighted_fit.steps, level), level.sigma)
    each = np.full((n * k * peaks.xy.shape[2], tags.shape[1] // k), np.nan)
    by_map = tags.reshape(n, -1, k, height, width).swapaxes(1, 2).reshape(n * k, -1, height, width)
    each[located.slot] = by_map[located.which, :, located.y, located.x]
    each = each.reshape(n, k, -1, each.shape[1])
    seat = np.stack([_grouped(each[i], peaks.score[i], top, tag_threshold) for i in range(n)])
    return _seated(peaks, seat, top)


def _grouped(tags: Floats, scores: Floats, top: int, tag_threshold: float) -> Ints:
    """Return whose each peak (K, P) of one sample is, -1 for nobody's, by their tags (K, P, D) and scores (K, P)."""
    seat = np.full(scores.shape, -1)
    people: list[Floats] = []
    for joint in range(len(scores)):
        rows = np.flatnonzero(np.isfinite(tags[joint]).all(axis=1))
        near = _matched(tags[joint, rows], scores[joint, rows], people, tag_threshold)
        for row, person in zip(rows, near, strict=True):
            if person < 0 and len(people) == top:
                continue
            if person < 0:
                people.append(tags[joint, row][None])
                person = len(people) - 1
            else:
                people[person] = np.concatenate([people[person], tags[joint, row][None]])
            seat[joint, row] = person
    return seat


def _matched(tags: Floats, scores: Floats, people: list[Floats], tag_threshold: float) -> list[int]:
    """Return the person of each peak's tag (P, D), -1 where there is none within the threshold."""
    near = [-1] * len(tags)
    if not people or not len(tags):
        return near
    means = np.stack([each.mean(axis=0) for each in people])
    away = np.linalg.norm(tags[:, None] - means, axis=2)
    cost = np.where(away < tag_threshold, np.rint(away) * 100 - scores[:, None], FAR)
    for row, person in zip(*library("scipy.optimize", "tags").linear_sum_assignment(cost), strict=True):
        if away[row, person] < tag_threshold:
            near[row] = int(person)
    return near


def _seated(peaks: Peaks, seat: Ints, top: int) -> Peaks:
    """Return the peaks (N, K, P) by person (N, K, top), best mean score first."""
    n, k, _ = seat.shape
    xy, score, refined = np.full((n, k, top, 2), np.nan), np.zeros((n, k, top)), np.zeros((n, k, top), bool)
    where = np.nonzero(seat >= 0)
    to = where[0], where[1], seat[where]
    xy[to], score[to], refined[to] = peaks.xy[where], peaks.score[where], peaks.refined[where]
    return best_people(Peaks(xy, score, refined, "cell"), top)


DECODER = Decoder(
    "tags",
    decode,
    "joints grouped by their tags: Newell et al. 2017 (associative embedding), section 3.3",
    ("heatmaps", "tags"),
)
