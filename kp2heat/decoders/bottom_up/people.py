"""``people``: joints joined into people by part affinity fields (Cao et al. 2017, section 2.3-2.4).

Candidates are the peaks of every joint's map. For each limb, every pair of candidates of its two joints is
scored along the line between them; pairs are taken best first, each candidate once. Two candidates so joined
belong to one person, as do all they are joined to, unless that person had two of one joint.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.bottom_up.integral import INTEGRALS
from kp2heat.decoders.nms import nms
from kp2heat.decoders.refinement import lsq
from kp2heat.decoders.refinement.locate import stepped
from kp2heat.errors import SpecError, check_choice
from kp2heat.peaks import Peaks

Limbs = Sequence[tuple[int, int]]


def people(
    planes: Planes,
    level: Level,
    *,
    limbs: Limbs = (),
    peaks: str = "lsq",
    integral: str = "openpose",
    least: float = 0.75,
    candidates: int = 20,
    joints: int = 3,
    top: int = 1,
    threshold: float = 0.05,
) -> Peaks:
    """Join the peaks of heatmaps (N, K, H, W) by pafs (N, 2L, H, W) to the ``top`` best people (N, K, top, 2).

    limbs       L pairs of joints, in the order of the fields
    peaks       lsq: to a fraction of a cell; openpose, matlab, demo: the published rules of ``nms``
    integral    openpose | matlab: the score of a pair, with ``least``, the share of samples that must agree
                (0.95 in OpenPose, where one cell shared with a stranger's limb can break a pair)
    candidates  peaks considered in a map
    joints      people of fewer are dropped, as in OpenPose

    One person, ``top=1``, is (N, K, 2).

    >>> import kp2heat
    >>> from kp2heat.skeleton import Skeleton
    >>> leg = Skeleton(("knee", "ankle"), limbs=((0, 1),))
    >>> size = {"input_size": (96, 128), "codec": "paf"}
    >>> planes = kp2heat.encode([[[31.3, 52.8], [40.1, 90.4]]], size=(24, 32), skeleton=leg, **size)
    >>> kp2heat.decode(planes, method="people", limbs=leg.limbs, joints=2, **size).xy.round(1).tolist()
    [[[31.3, 52.8], [40.1, 90.4]]]
    """
    if 2 * len(limbs) != planes["pafs"].shape[1]:
        misfit = f"{len(limbs)} limbs for {planes['pafs'].shape[1]} field maps"
        raise SpecError("limbs", misfit, "give the pairs of joints the fields were drawn for")
    check_choice("integral", integral, INTEGRALS)
    several = max(2, candidates, top)
    points = _candidates(planes, level, peaks, several, threshold)
    owner = np.where(np.isfinite(points.xy[..., 0]), _numbered(points.score.shape), -1)
    bonus = np.zeros(owner.shape)
    for number, (a, b) in enumerate(limbs):
        fields = planes["pafs"][:, 2 * number : 2 * number + 2]
        score = INTEGRALS[integral](fields, points.xy[:, a], points.xy[:, b], least)
        for first, second, worth in _best_first(score):
            bonus[:, a][np.arange(len(first)), first] += worth
            _join(owner, (a, first), (b, second), worth > 0)
    return _ranked(points, owner, bonus, top, joints)


def _candidates(planes: Planes, level: Level, peaks: str, several: int, threshold: float) -> Peaks:
    if peaks == "lsq":
        return stepped(planes, level, partial(lsq.steps, crowded=several > 1), several, threshold)
    return nms(planes, level, rule=peaks, top=several, threshold=threshold)


def _numbered(shape: tuple[int, ...]) -> Ints:
    """Return (N, K, P): at first every candidate is a person of its own."""
    return np.broadcast_to(np.arange(shape[1] * shape[2]).reshape(shape[1:]), shape)


def _best_first(score: Floats) -> list[tuple[Ints, Ints, Floats]]:
    """Return rounds of (first (N,), second (N,), worth (N,)): the best pair left in every sample; worth 0: none."""
    left = score.copy()
    n, a, b = left.shape
    rows, rounds = np.arange(n), []
    for _ in range(min(a, b)):
        flat = left.reshape(n, -1).argmax(axis=1)
        first, second = np.divmod(flat, b)
        worth = left[rows, first, second].copy()
        if not (worth > 0).any():
            break
        rounds.append((first, second, np.maximum(worth, 0)))
        left[rows, first, :] = 0
        left[rows, :, second] = 0
    return rounds


def _join(owner: Ints, one: tuple[int, Ints], other: tuple[int, Ints], wanted: Bools) -> None:
    """Make the people of two candidates one, in place, where they share no joint."""
    rows = np.arange(len(owner))
    a, b = owner[rows, one[0], one[1]], owner[rows, other[0], other[1]]
    of_a, of_b = owner == a[:, None, None], owner == b[:, None, None]
    apart = ~(of_a.any(axis=2) & of_b.any(axis=2)).any(axis=1)
    merged = of_b & (wanted & apart)[:, None, None]
    owner[merged] = np.broadcast_to(a[:, None, None], owner.shape)[merged]


def _ranked(points: Peaks, owner: Ints, bonus: Floats, top: int, joints: int) -> Peaks:
    """Return people of enough joints, by the sum of their peaks and pairs, best first, as (N, K, top)."""
    n, k, p = owner.shape
    rows, joint, place = np.nonzero(owner >= 0)
    person = rows * (k * p) + owner[rows, joint, place]
    worth = points.score[rows, joint, place] + bonus[rows, joint, place]
    size = np.bincount(person, minlength=n * k * p).reshape(n, k * p)
    total = np.bincount(person, worth, minlength=n * k * p).reshape(n, k * p)
    total = np.where(size >= joints, total, -np.inf)
    order = np.argsort(-total, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    seat = rank.reshape(-1)[person]
    kept = (seat < top) & np.isfinite(total.reshape(-1)[person])
    rows, joint, place, seat = rows[kept], joint[kept], place[kept], seat[kept]
    xy, score = np.full((n, k, top, 2), np.nan), np.zeros((n, k, top))
    refined = np.zeros((n, k, top), bool)
    xy[rows, joint, seat] = points.xy[rows, joint, place]
    score[rows, joint, seat] = points.score[rows, joint, place]
    refined[rows, joint, seat] = points.refined[rows, joint, place]
    return Peaks(xy, score, refined, "cell").first(top)


DECODER = Decoder(
    "people",
    people,
    "Cao et al. 2017: greedy assembly; OpenPose bodyPartConnectorBase.cpp, ZheC connect56LineVec.m",
    ("heatmaps", "pafs"),
)
