"""Maps that several joints or people share: who they are, how they were merged, and whose peak is whose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.codecs.gaussian.channels import drawn_groups
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.contracts import Planes
from kp2heat.errors import SpecError
from kp2heat.normalize import normalization
from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.assign_peaks import match
from kp2heat.pipeline.decoding.undo_normalisation import methods_for, peaks_in_cells, recorded
from kp2heat.pipeline.like import MapSettings
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.groups import JointGroups, each_alone

EXACT = "shared-maps"
"""The decoder of maps that hold several blobs of known sigma and peak 1."""
FOUND = "shared-peaks"
"""The decoder of a network's maps of groups, where the number of blobs is not known."""
MOST_CLAMPED = 1e-4
"""Greatest ``eps`` of a clamp with which blobs are still taken apart as blobs of peak 1."""


def map_groups(info: LevelInfo, skeleton: Skeleton) -> JointGroups:
    """Return the joints that each map of a level holds."""
    row = CONVENTIONS.get(info.codec)
    if row is None or row.maps_of == "center":
        return each_alone(skeleton)
    return drawn_groups(row, skeleton, info.params.get("groups") or ())


def map_skeleton(groups: JointGroups, skeleton: Skeleton) -> Skeleton:
    """Return the maps of these groups as joints: their names, and which of them are each other's mirror.

    >>> face = Skeleton(("nose", "left_eye", "right_eye"))
    >>> map_skeleton(JointGroups(("l", "r", "all"), ((1,), (2,), (0, 1, 2))), face).swap
    (1, 0, 2)
    """
    if groups == each_alone(skeleton):
        return skeleton
    sets = [frozenset(members) for members in groups.members]
    mirrored = [frozenset(skeleton.swap[k] for k in members) for members in sets]
    swap = tuple(sets.index(of) if of in sets else g for g, of in enumerate(mirrored))
    return Skeleton(groups.names, swap=swap)


def in_a_map(groups: JointGroups, joints: int) -> Bools:
    """Return which joints (K,) have a map.

    >>> in_a_map(JointGroups(("eyes",), ((0, 2),)), 4).tolist()
    [True, False, True, False]
    """
    held = np.zeros(joints, bool)
    for members in groups.members:
        held[list(members)] = True
    return held


def joined_maps(groups: JointGroups, limbs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs of maps whose joints limbs join.

    >>> joined_maps(JointGroups(("head", "arms"), ((0, 1), (2, 3))), [(0, 1), (1, 3)])
    [(0, 1)]
    """
    maps = {joint: channel for channel, members in enumerate(groups.members) for joint in members}
    pairs = [(maps.get(a), maps.get(b)) for a, b in limbs]
    return [(a, b) for a, b in pairs if a is not None and b is not None and a != b]


def known_blobs(made: LevelInfo | MapSettings) -> Convention | None:
    """Return the convention of maps that merge Gaussians of one sigma and peak 1; None for any others."""
    row = CONVENTIONS.get(made.codec)
    if row is None or hides_peaks(made):
        return None
    row = row.as_published() if made.params.get("literal") else row
    plain = row.shape == "gaussian" and row.merge in ("max", "sum", "sum-clamp") and row.sigma_from == "level"
    other = row.peak != "one" or row.unit_sum or row.shrink or row.empty != "zero"
    return row if plain and not other else None


def hides_peaks(made: LevelInfo | MapSettings) -> bool:
    """Return whether a normalisation hides that blobs have peak 1: a sum of several does, and a clamp that cuts their tops."""
    given = normalization(made.normalize, made.normalize_params)[1]
    return made.normalize == "sum" or (made.normalize == "clamp" and given["eps"] > MOST_CLAMPED)


def methods_of(
    info: LevelInfo, skeleton: Skeleton, method: str, *, single: bool, predicted: bool
) -> list[str]:
    """Return the decoders' names; ``auto`` is ``shared-maps`` where maps hold several blobs that it can take apart.

    For a network's maps of groups it is ``shared-peaks``. SpecError where ``shared-maps`` is asked for and cannot be had.

    single: every sample holds one person; predicted: the maps are a network's, or have its noise.
    """
    grouped = max(map(len, map_groups(info, skeleton).members)) > 1
    names = [name.strip() for name in method.split(",")]
    several = grouped or not (single or predicted)
    if several and known_blobs(info) is not None:
        auto = FOUND if predicted else EXACT
        names = [auto if name == "auto" else name for name in names]
    chosen = methods_for(",".join(names), info.codec, list(info.planes), predicted=predicted)
    if several and hides_peaks(info) and EXACT in chosen:
        if names != ["all"]:
            found = f"takes blobs of peak 1 apart, and '{info.normalize}' hides what their peaks were"
            raise SpecError(f"method {EXACT}", found, "use auto")
        chosen.remove(EXACT)
    return chosen


def shared_settings(
    row: Convention, dtype: np.dtype[Any], scale: float, normalize: str, given: Mapping[str, float]
) -> dict[str, Any]:
    """Return the settings of ``shared-maps`` for stored maps: how blobs merge, and how values were rounded.

    scale: what a count of uint8 is worth; given: the normalisation's parameters
    """
    relative, absolute = {
        "f2": (2.0**-11, 2.0**-25),
        "f4": (2.0**-24, 0.0),
        "f8": (2.0**-24, 0.0),
        "u1": (0.0, scale / 2),
    }[dtype.str[1:]]
    if normalize == "sigmoid":
        gain, bias = (given.get(key, value) for key, value in (("gain", 1.0), ("bias", 0.0)))
        absolute = (relative + absolute) * (1 + math.exp(gain + bias)) / gain
    elif normalize == "softmax":
        absolute = 2 * (relative + absolute) / given.get("beta", 1.0)
    return {"merge": row.merge, "relative": relative, "absolute": absolute, "least": row.least}


class Sharers(NamedTuple):
    """The joints of M people that share C maps of each of S samples.

    truth    (M T, C, 2) the T joints that a person has in a map, one row each; NaN where a group has fewer
    sample   (M T,) ascending
    joints   (M T, C) the joint of each, -1 where there is none
    counts   (S, C) how many blobs each map holds
    most     the most joints that may have a peak in one map
    """

    truth: Floats
    sample: Ints
    joints: Ints
    counts: Ints
    most: int


def sharers(groups: JointGroups, truth: Floats, drawn: Bools, sample: Ints, samples: int) -> Sharers:
    """Lay out the truth (M, K, 2) in cells, and which joints were drawn (M, K), by the maps they share."""
    people, most = len(truth), max(len(members) for members in groups.members)
    table = np.full((most, len(groups.members)), -1)
    for channel, members in enumerate(groups.members):
        table[: len(members), channel] = members
    rows = np.where(table[..., None] >= 0, truth[:, table], np.nan)
    held = np.where(table >= 0, drawn[:, table], False)
    counts = np.zeros((samples, table.shape[1]), np.int64)
    np.add.at(counts, sample, held.sum(axis=1))
    joints = np.broadcast_to(table, (people, *table.shape)).reshape(-1, table.shape[1])
    crowd = int(np.bincount(sample).max(initial=1)) * most
    return Sharers(rows.reshape(-1, table.shape[1], 2), np.repeat(sample, most), joints, counts, crowd)


def assigned(peaks: Peaks, of: Sharers, people: int, joints: int) -> Peaks:
    """Return one peak per person and joint (M, K) out of the peaks (S, C, P) of shared maps."""
    matched = match(peaks, of.truth, of.sample)
    xy = np.full((people, joints, 2), np.nan)
    score, refined = np.zeros((people, joints)), np.zeros((people, joints), bool)
    row, channel = np.nonzero((of.joints >= 0) & np.isfinite(matched.xy[..., 0]))
    place = row // (len(of.truth) // max(1, people)), of.joints[row, channel]
    xy[place], score[place] = matched.xy[row, channel], matched.score[row, channel]
    refined[place] = matched.refined[row, channel]
    return Peaks(xy, score, refined, peaks.space)


def peaks_of_maps(
    planes: Planes, info: LevelInfo, skeleton: Skeleton, method: str, shared: Sharers | None, **params: Any
) -> Peaks:
    """Return the peaks in cells of a level's raw planes by one method, as many per map as share it.

    SpecError where maps hold one person each (``shared`` is None) and the method is asked for several peaks.
    """
    crowding = 1 if shared is None or params.get("literal") else shared.most
    known = recorded(method, info.params, skeleton, crowding)
    row = known_blobs(info)
    if method == EXACT and shared is not None and row is not None:
        dtype = np.dtype(info.planes["heatmaps"][1])
        settings = shared_settings(row, dtype, info.scale_factor, info.normalize, info.normalize_params)
        limbs = joined_maps(map_groups(info, skeleton), skeleton.limbs)
        known = {**known, **settings, "counts": shared.counts, "limbs": limbs}
    if method == FOUND and row is not None:
        known = {**known, "merge": row.merge}
    peaks = peaks_in_cells(planes, info.level, info.codec, method, **{**known, **params})
    if shared is not None or peaks.xy.ndim == 3:
        return peaks
    if peaks.xy.shape[2] > 1:
        todo = "choose another, or leave out top; the labels hold one person per sample"
        raise SpecError(f"method {method}", f"it finds {peaks.xy.shape[2]} peaks per map", todo)
    return peaks.first()
