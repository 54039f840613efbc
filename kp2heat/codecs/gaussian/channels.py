"""Which joints are drawn in which map, and the names of the maps."""

from __future__ import annotations

from typing import Any

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.switches import BACKGROUNDS
from kp2heat.errors import SpecError, check_choice
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.groups import Groups, JointGroups, each_alone, joint_groups, own_groups


def drawn_groups(row: Convention, skeleton: Skeleton, groups: Groups = ()) -> JointGroups:
    """Return the joints of every map but the background.

    These are the groups asked for, else those of the skeleton where the convention draws groups, else every
    joint alone. SpecError on a group or joint that does not exist.
    """
    if groups:
        return joint_groups(groups, skeleton)
    if row.maps_of == "groups" and skeleton.groups:
        return joint_groups(own_groups(skeleton), skeleton)
    return each_alone(skeleton)


def check(background: str, empty: str = "zero") -> None:
    """Refuse, with a SpecError, unknown values of the switches ``background`` and ``empty``."""
    check_choice("background", background, ("none", *BACKGROUNDS), "is not a rule")
    if empty not in ("zero", "uniform"):
        raise SpecError("empty", f"'{empty}' is not a filling", "use zero or uniform")


def names(
    row: Convention, skeleton: Skeleton, *, background: str | None = None, groups: Groups = (), **_: Any
) -> tuple[str, ...]:
    """Return the names of the maps: joints or groups, ``background``, ``center``; ``all/...`` for bystanders' maps.

    >>> from kp2heat.codecs import CODECS
    >>> CODECS["cpm-label"].channels(Skeleton(("nose", "left_eye", "right_eye")), groups="face=1-3")
    ('face', 'background')
    """
    rule = row.background if background is None else background
    check(rule)
    maps = ("center",) if row.maps_of == "center" else drawn_groups(row, skeleton, groups).names
    if rule != "none" and "background" in maps:
        raise SpecError("groups", "'background' is the name of a channel, too", "choose another group name")
    if rule != "none":
        maps = ("background", *maps) if row.background_first else (*maps, "background")
    return maps + tuple(f"all/{name}" for name in maps) if row.with_bystanders else maps
