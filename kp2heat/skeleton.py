"""The joints of one kind of body: names, limbs, left/right partners, OKS sigmas, groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

COCO_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip

COCO_SIGMAS = (
    .026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089,
)  # fmt: skip
"""Per-joint falloff of COCO's keypoint similarity (cocodataset.org, keypoint evaluation)."""


@dataclass(frozen=True)
class Skeleton:
    """Joint names and what is known of them.

    names
        K distinct names, in channel order.
    limbs
        Pairs of joint numbers, 0-based (COCO's ``skeleton`` is 1-based; readers convert).
    swap
        A permutation of 0..K-1 naming each joint's mirror partner; empty means "take it from the names".
    sigmas
        OKS sigmas, K of them, or empty where unknown.
    groups
        Joint numbers, 0-based, that belong to one map or one line of a report.
    group_names
        A name for each group, or empty.
    """

    names: tuple[str, ...]
    limbs: tuple[tuple[int, int], ...] = ()
    swap: tuple[int, ...] = ()
    sigmas: tuple[float, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()
    group_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.swap:
            object.__setattr__(self, "swap", swap_from_names(self.names))
        if not self.sigmas and self.names == COCO_NAMES:
            object.__setattr__(self, "sigmas", COCO_SIGMAS)

    def __len__(self) -> int:
        return len(self.names)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and strings, as they are stored in a shard."""
        fields = asdict(self)
        if not self.group_names:
            del fields["group_names"]
        return fields

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Skeleton:
        """The inverse of :meth:`to_json`."""
        return cls(
            names=tuple(fields["names"]),
            limbs=tuple((int(a), int(b)) for a, b in fields.get("limbs", ())),
            swap=tuple(fields.get("swap", ())),
            sigmas=tuple(fields.get("sigmas", ())),
            groups=tuple(tuple(group) for group in fields.get("groups", ())),
            group_names=tuple(fields.get("group_names", ())),
        )

    @classmethod
    def numbered(cls, count: int) -> Skeleton:
        """A skeleton of nameless joints: ``joint_0``, ``joint_1``, ..."""
        return cls(tuple(f"joint_{k}" for k in range(count)))


_CAMEL = re.compile(r"(?<=[a-z])(?=[LR](?![a-z]))|(?<=^[LRlr])(?=[A-Z][a-z])")
"""Where a one-letter side is set off by case alone: eyeL, LHip, lHip."""
_WORDS = (
    ("left", "right"), ("sinistra", "destra"), ("sinistro", "destro"), ("gauche", "droite"), ("links", "rechts"),
    ("izquierda", "derecha"), ("izquierdo", "derecho"), ("esquerda", "direita"), ("esquerdo", "direito"),
)  # fmt: skip
_SIDES = re.compile(
    "|".join(word for pair in _WORDS for word in pair) + r"|(?:(?<=^)|(?<=[ _.\-]))[lr](?=$|[ _.\-\d])"
)
_OTHER = {side: other for a, b in (*_WORDS, ("l", "r")) for side, other in ((a, b), (b, a))}


def _spelled(name: str) -> str:
    """The name in lower case, its one-letter side set off by an underscore."""
    return _CAMEL.sub("_", name).lower()


def swap_from_names(names: Sequence[str]) -> tuple[int, ...]:
    """Mirror partner of each joint, read off ``left``/``right`` (in several languages), ``l_``/``_r``, ``LHip`` and ``eyeR`` marks."""
    spelled = [_spelled(name) for name in names]
    where = {name: k for k, name in enumerate(spelled)}
    mirrored = [_SIDES.sub(lambda mark: _OTHER[mark[0]], name) for name in spelled]
    partner = [where.get(name, k) for k, name in enumerate(mirrored)]
    return tuple(p if partner[p] == k else k for k, p in enumerate(partner))
