"""Lengths that normalise errors: one per instance, NaN where it is unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.errors import SpecError, plural
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.skeleton import Skeleton

HEAD_SHARE = 0.6
"""MPII's SC_BIAS: the head's size is 0.6 times the diagonal of its box."""


class Eyes(NamedTuple):
    """Joint numbers of a face: the two outer eye corners; the points whose mean is each pupil."""

    corners: tuple[int, int]
    pupils: tuple[Sequence[int], Sequence[int]] | None = None


EYES: Mapping[int, Eyes] = {
    68: Eyes((36, 45), (range(36, 42), range(42, 48))),
    98: Eyes((60, 72), (range(60, 68), range(68, 76))),
    29: Eyes((8, 9), ((16,), (17,))),
    106: Eyes((66, 79)),
}
"""Eyes of the face skeletons, by number of joints: 68 300W, 98 WFLW, 29 COFW, 106 LaPa (mmpose NME)."""


def canonical(name: str) -> str:
    """Return a joint's name without case and separators, its side written out.

    >>> [canonical(name) for name in ("L_Hip", "LHip", "left hip")]
    ['lefthip', 'lefthip', 'lefthip']
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|^([LR])(?=[A-Z])", r"\1 ", name)
    words = re.split(r"[^a-z0-9]+", apart.lower())
    return "".join({"l": "left", "r": "right"}.get(word, word) for word in words)


def joint(skeleton: Skeleton, name: str) -> int:
    """Return the number of the joint with this name in any spelling, or with this number; SpecError if there is none.

    >>> joint(Skeleton(("nose", "left_eye")), "LEye")
    1
    """
    spelled = [canonical(n) for n in skeleton.names]
    if canonical(name) in spelled:
        return spelled.index(canonical(name))
    if name.strip().isdecimal() and int(name) < len(skeleton):
        return int(name)
    raise SpecError(
        "metric", f"the skeleton has no joint '{name}'", f"it has {', '.join(skeleton.names[:20])}"
    )


def head(pairs: Pairs) -> Floats:
    """Return 0.6 times the diagonal of the head box (MPII's PCKh)."""
    if not np.isfinite(pairs.head).any():
        todo = "give --head-boxes FILE, or normalise by two joints, as by=head_top,neck"
        raise SpecError("metric", "no head box is known", todo)
    return np.asarray(HEAD_SHARE * np.hypot(*pairs.head[:, 2:].T))


def inter_pupil(pairs: Pairs) -> Floats:
    """Return the distance between the centres of the eyes: the means of their contours, or the annotated pupils."""
    pupils = _eyes(pairs).pupils
    if pupils is None:
        raise SpecError(
            "metric", "the pupils of this skeleton are not known", "use inter-ocular, or two joints"
        )
    first, second = (pairs.truth[:, list(points)].mean(axis=1) for points in pupils)
    return np.asarray(np.hypot(*(first - second).T))


def between(pairs: Pairs, a: int, b: int) -> Floats:
    """Return the distance of two labelled joints of the truth."""
    return np.asarray(np.hypot(*(pairs.truth[:, a] - pairs.truth[:, b]).T))


def _eyes(pairs: Pairs) -> Eyes:
    eyes = EYES.get(len(pairs.skeleton))
    if eyes is None:
        found = (
            f"the corners of the eyes are not known for a skeleton of {plural(len(pairs.skeleton), 'joint')}"
        )
        raise SpecError("metric", found, "name two joints instead, as by=left_eye,right_eye")
    return eyes


LENGTHS: Mapping[str, Callable[[Pairs], Floats]] = {
    # the longer side of the truth's box (mmpose's "bbox" normaliser of PCK)
    "box": lambda pairs: pairs.bbox[:, 2:].max(axis=1),
    # sqrt(w h) of the truth's box (AFLW, 300W-LP)
    "box-root": lambda pairs: np.sqrt(pairs.bbox[:, 2:].clip(min=0).prod(axis=1)),
    "diagonal": lambda pairs: np.hypot(*pairs.bbox[:, 2:].T),
    # left shoulder to right hip (Sapp & Taskar 2013, MODEC; mmpose's tPCK on sub-JHMDB)
    "torso": lambda pairs: between(
        pairs, joint(pairs.skeleton, "left_shoulder"), joint(pairs.skeleton, "right_hip")
    ),
    "head": head,
    # the outer corners of the eyes (300W, WFLW, COFW, LaPa)
    "inter-ocular": lambda pairs: between(pairs, *_eyes(pairs).corners),
    "inter-pupil": inter_pupil,
}
"""Functions of pairs that return (N,) lengths, by name; what is not positive counts as unknown."""


def length(pairs: Pairs, by: str) -> Floats:
    """Return (N,) lengths: one of :data:`LENGTHS`, ``30px`` for all, or two joints such as ``left_eye,right_eye``.

    SpecError for anything else.

    >>> truth = np.array([[[0.0, 0.0], [30.0, 40.0]]])
    >>> length(Pairs(Skeleton(("left_eye", "right_eye")), truth, truth, np.full((1, 2), 2)), "left_eye,right_eye")
    array([50.])
    """
    if by in LENGTHS:
        lengths = LENGTHS[by](pairs)
    elif re.fullmatch(r"\d*\.?\d+px", by):
        lengths = np.full(len(pairs), float(by[:-2]))
    elif by.count(",") == 1:
        lengths = between(pairs, *(joint(pairs.skeleton, name) for name in by.split(",")))
    else:
        todo = f"use one of {', '.join(LENGTHS)}, a number such as 30px, or two joints such as left_eye,right_eye"
        raise SpecError("metric", f"'{by}' is not a normalising length", todo)
    return np.where(np.isfinite(lengths) & (lengths > 0), lengths, np.nan)
