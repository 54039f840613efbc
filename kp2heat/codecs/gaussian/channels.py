"""Which joint is drawn in which map, and the maps' names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kp2heat.codecs.gaussian.convention import Blob
from kp2heat.codecs.gaussian.switches import BACKGROUNDS
from kp2heat.errors import SpecError
from kp2heat.skeleton import Skeleton

Groups = Sequence[Sequence[int | str]]


def members(row: Blob, skeleton: Skeleton, groups: Groups = ()) -> list[list[int]]:
    """Joint numbers of every map but the background; SpecError on a joint the skeleton lacks."""
    if row.of != "groups":
        return [[k] for k in range(len(skeleton))]
    chosen: Groups = groups or skeleton.groups or [[k] for k in range(len(skeleton))]
    return [[_joint(skeleton, member) for member in group] for group in chosen]


def _joint(skeleton: Skeleton, member: int | str) -> int:
    if isinstance(member, str) and member in skeleton.names:
        return skeleton.names.index(member)
    if isinstance(member, int) and 0 <= member < len(skeleton):
        return member
    raise SpecError(
        "groups", f"there is no joint {member!r}", f"use names, or numbers from 0 to {len(skeleton) - 1}"
    )


def check(background: str, empty: str = "zero") -> None:
    """SpecError on words these switches do not know."""
    if background != "none" and background not in BACKGROUNDS:
        known = ", ".join(("none", *BACKGROUNDS))
        raise SpecError("background", f"'{background}' is no rule", f"use one of {known}")
    if empty not in ("zero", "uniform"):
        raise SpecError("empty", f"'{empty}' is no filling", "use zero or uniform")


def names(
    row: Blob, skeleton: Skeleton, *, background: str | None = None, groups: Groups = (), **_: Any
) -> tuple[str, ...]:
    """Joints, ``a+b+c`` for a group, ``background``, ``center``; ``all/...`` for the maps of everyone."""
    rule = row.background if background is None else background
    check(rule)
    if row.of == "center":
        maps: tuple[str, ...] = ("center",)
    else:
        maps = tuple("+".join(skeleton.names[k] for k in group) for group in members(row, skeleton, groups))
    if rule != "none":
        maps = ("background", *maps) if row.first else (*maps, "background")
    return maps + tuple(f"all/{name}" for name in maps) if row.doubled else maps
