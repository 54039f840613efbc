"""The joints of one kind of body: names, limbs, left/right partners, OKS sigmas, groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kp2heat.errors import check_type
from kp2heat.skeleton.tables import numbers, words

COCO_NAMES = words(
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow "
    "left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"
)
COCO_SIGMAS = numbers(".026 .025 .025 .035 .035 .079 .079 .072 .072 .062 .062 .107 .107 .087 .087 .089 .089")
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

    >>> eyes = Skeleton(("nose", "left_eye", "right_eye"), limbs=((0, 1), (0, 2)))
    >>> len(eyes), eyes.swap  # partners by their names
    (3, (0, 2, 1))
    """

    names: tuple[str, ...]
    limbs: tuple[tuple[int, int], ...] = ()
    swap: tuple[int, ...] = ()
    sigmas: tuple[float, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()
    group_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_type("names", self.names, (list, tuple), 'give the joints\' names: ("nose", "tail")')
        object.__setattr__(self, "names", tuple(self.names))
        if not self.swap:
            object.__setattr__(self, "swap", swap_from_names(self.names))
        if not self.sigmas and self.names == COCO_NAMES:
            object.__setattr__(self, "sigmas", COCO_SIGMAS)

    def __len__(self) -> int:
        return len(self.names)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and strings, as they are stored in a shard."""
        fields = asdict(self)
        if not self.group_names:
            del fields["group_names"]
        return fields

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Skeleton:
        """Return the skeleton that ``fields``, made by :meth:`to_json`, describe."""
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
        """Return a skeleton of nameless joints: ``joint_0``, ``joint_1``, ..."""
        return cls(tuple(f"joint_{k}" for k in range(count)))

    @classmethod
    def of(cls, joints: Skeleton | int) -> Skeleton:
        """Return a skeleton as it is, or that of so many nameless joints; SpecError for anything else.

        >>> Skeleton.of(2).names
        ('joint_0', 'joint_1')
        """
        check_type("joints", joints, (Skeleton, int), "give a Skeleton, or how many joints there are")
        return joints if isinstance(joints, Skeleton) else cls.numbered(joints)


_CAMEL = re.compile(r"(?<=[a-z])(?=[LR](?![a-z]))|(?<=^[LRlr])(?=[A-Z][a-z])")
"""Where a one-letter side is set off by case alone: eyeL, LHip, lHip."""
_LEFT = words("left sinistra sinistro gauche links izquierda izquierdo esquerda esquerdo")
_RIGHT = words("right destra destro droite rechts derecha derecho direita direito")
_WORDS = tuple(zip(_LEFT, _RIGHT, strict=True))
_LETTERS = r"(?<![^ _.\-])(?:l|r|lt|rt)(?=$|[ _.\-\d])"
_SIDES = re.compile("|".join(word for pair in _WORDS for word in pair) + f"|{_LETTERS}")
_OTHER = {side: other for a, b in (*_WORDS, ("l", "r"), ("lt", "rt")) for side, other in ((a, b), (b, a))}
_PREFIX = re.compile(r"[LRlr](?=[^aeiou_\W\d])|[LR](?=[A-Z]{3,}$)")
"""A first letter that no word begins with (Lforepaw), or that is one of a marker's four capitals or more (LANK)."""
_LIMB_CODE = re.compile(r"(?<![A-Za-z])[LR][FHBM](?![A-Za-z])")
"""The side and row of an animal's leg (paw1LH): a side, though the whole name may tell no partner."""


def _spelled(name: str) -> str:
    """Return the name in lower case, its one-letter side set off by an underscore."""
    return _CAMEL.sub("_", name).lower()


def other_side(name: str) -> str:
    """Return a name in lower case with all its sides exchanged.

    >>> other_side("end_of_r_eyebrow"), other_side("left_knee")
    ('end_of_l_eyebrow', 'right_knee')
    """
    return _SIDES.sub(lambda mark: _OTHER[mark[0]], name)


def _pairs(names: Sequence[str], mirrored: Sequence[str]) -> list[int]:
    """Return the joint that each mirrored name is, where the two name each other; else the joint itself."""
    where = {name: k for k, name in enumerate(names)}
    partner = [where.get(name, k) for k, name in enumerate(mirrored)]
    return [p if partner[p] == k else k for k, p in enumerate(partner)]


def _first_letter_pairs(names: Sequence[str]) -> list[int]:
    """Return the partners of names that differ in a first letter L or R alone."""
    letters = {"l": "r", "r": "l"}
    lower = [name.lower() for name in names]
    return _pairs(lower, [letters.get(name[:1], name[:1]) + name[1:] for name in lower])


def swap_from_names(names: Sequence[str]) -> tuple[int, ...]:
    """Return the mirror partner of each joint, read off its name; a joint without one is its own.

    Sides are words (``left``, in several languages), letters set off by case or by a mark (``l_hip``, ``LHip``,
    ``eyeR``, ``mouth_lt``), and first letters (``Lforepaw``, ``LANK``). A first letter before a vowel may belong to
    a word (Lear, Rear): it counts where several pairs are named in this way.

    >>> swap_from_names(["nose", "left_eye", "right_eye", "Lforepaw", "Rforepaw"])
    (0, 2, 1, 4, 3)
    """
    spelled = [_spelled(name) for name in names]
    swap = _pairs(spelled, [other_side(name) for name in spelled])
    by_letter = _first_letter_pairs(names)
    free = [k for k, p in enumerate(by_letter) if p != k and swap[k] == k and swap[p] == p]
    sure = len(free) >= 4 or all(_PREFIX.match(names[k]) for k in free)
    for k in free if sure else ():
        swap[k] = by_letter[k]
    return tuple(swap)


def unpaired_sides(skeleton: Skeleton) -> tuple[str, ...]:
    """Return the joints whose names look like one side of the body and that have no mirror partner.

    >>> unpaired_sides(Skeleton(("left_eye", "nose", "right_ear")))
    ('left_eye', 'right_ear')
    """
    by_letter = _first_letter_pairs(skeleton.names)
    return tuple(
        name
        for k, name in enumerate(skeleton.names)
        if skeleton.swap[k] == k
        and (_SIDES.search(_spelled(name)) or _LIMB_CODE.search(name) or by_letter[k] != k)
    )
