"""Choose OKS sigmas: those given, the skeleton's, or those published with its data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.errors import SpecError, check_choice
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.named import SKELETONS, known
from kp2heat.skeleton.tables import FACE_SIGMAS, HAND_SIGMAS

SIGMAS: Mapping[str, tuple[float, ...]] = {
    **{name: skeleton.sigmas for name, skeleton in SKELETONS.items() if skeleton.sigmas},
    "hand": HAND_SIGMAS,
    "face": FACE_SIGMAS,
}
"""Published tables by name; hand and face are those of COCO-WholeBody."""

BY_COUNT = {133: "coco-wholebody", 136: "halpe"}
"""Skeletons recognised by their number of joints, where a file does not name them."""


LEAST, MOST = 1e-6, 1e6
"""Sigmas beyond these are mistakes: their squares would overflow, or be 0."""


def sigmas_of(skeleton: Skeleton, given: str | Sequence[float] = "") -> Floats:
    """Return (K,) sigmas: those ``given`` (the name of a table, K numbers, or one for all), else the skeleton's, else the data set's.

    SpecError where none are known, their count is not K, or one is not a positive number.

    >>> sigmas_of(Skeleton(("a", "b")), (0.05, 0.1))
    array([0.05, 0.1 ])
    """
    if isinstance(given, str):
        values = _named(given) if given else skeleton.sigmas or _recognised(skeleton)
    else:
        values = tuple(given) * (len(skeleton) if len(given) == 1 else 1)
    if len(values) != len(skeleton):
        raise SpecError(
            "sigmas",
            f"{len(values)} sigmas for {len(skeleton)} joints",
            "give one number, or one for each joint",
        )
    array = np.asarray(values, dtype=np.float64)
    if not ((array > LEAST) & (array < MOST)).all():
        raise SpecError("sigmas", f"a sigma is not a positive number from {LEAST} to {MOST}", "correct it")
    return array


def _named(name: str) -> tuple[float, ...]:
    check_choice("sigmas", name, SIGMAS, "is not a table of sigmas")
    return SIGMAS[name]


def _recognised(skeleton: Skeleton) -> tuple[float, ...]:
    named = known(skeleton.names)
    nameless = skeleton.names == Skeleton.numbered(len(skeleton)).names
    if named is None and nameless and len(skeleton) in BY_COUNT:
        return SIGMAS[BY_COUNT[len(skeleton)]]
    if named is None or not named.sigmas:
        todo = f"name a table ({', '.join(SIGMAS)}), give {len(skeleton)} numbers, or estimate them (kp2heat sigmas)"
        raise SpecError(
            "sigmas", f"no OKS sigmas are known for this skeleton of {len(skeleton)} joints", todo
        )
    return named.sigmas
