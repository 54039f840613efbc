"""Groups of joints that share a map: how they are written, and which joints they mean.

A text or a table names its groups, and counts joints from 1, as annotation files do::

    eyes=8,12;mouth=15,17,18          groups = { eyes = [8, 12], mouth = [15, 17, 18] }

Members may be joint names as well, and in a text a range such as ``37-42``. A list of lists, which only
Python code can pass, holds joint names or array indices from 0; its groups are named after their joints.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kp2heat.errors import SpecError
from kp2heat.skeleton import Skeleton

Member = int | str
Groups = str | Mapping[str, Sequence[Member]] | Sequence[Sequence[Member]]

HINT = 'write --groups "eyes=8,12;mouth=15,17,18", with joint names or numbers counted from 1'


@dataclass(frozen=True)
class JointGroups:
    """Named groups of joints: names (G), and for each group its joints as indices from 0.

    >>> face = Skeleton(("left_eye", "right_eye", "nose", "mouth"))
    >>> joint_groups("eyes=left_eye,right_eye;mouth=4", face)
    JointGroups(names=('eyes', 'mouth'), members=((0, 1), (3,)))
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]


def each_alone(skeleton: Skeleton) -> JointGroups:
    """Return the groups in which every joint is alone, named as the joints are."""
    return JointGroups(skeleton.names, tuple((k,) for k in range(len(skeleton))))


def joint_groups(groups: Groups, skeleton: Skeleton) -> JointGroups:
    """Return the groups of a text, a table or a list; ``skeleton`` means the skeleton's own groups.

    SpecError names a group or joint that is unknown, empty, repeated, or of two meanings.
    """
    if groups == "skeleton":
        groups = own_groups(skeleton)
    if isinstance(groups, str):
        groups = parse_groups(groups)
    if isinstance(groups, Mapping):
        by_name = {str(name): _members(str(name), of, skeleton, first=1) for name, of in groups.items()}
        return _checked(JointGroups(tuple(by_name), tuple(by_name.values())), skeleton)
    members = tuple(_members("a group", of, skeleton, first=0) for of in groups)
    names = tuple("+".join(skeleton.names[k] for k in of) for of in members)
    return _checked(JointGroups(names, members), skeleton)


def own_groups(skeleton: Skeleton) -> Groups:
    """Return the groups that the skeleton records; SpecError where it has none."""
    if not skeleton.groups:
        raise SpecError("groups", "the skeleton names no groups", HINT)
    if not skeleton.group_names:
        return skeleton.groups
    named = zip(skeleton.group_names, skeleton.groups, strict=True)
    return {name: [k + 1 for k in members] for name, members in named}


def parse_groups(text: str) -> dict[str, list[Member]]:
    """Return the table that a text such as ``eyes=8,12;mouth=15`` stands for; SpecError where it is malformed.

    >>> parse_groups("eyes=8,12; brow=18-20,nose")
    {'eyes': [8, 12], 'brow': ['18-20', 'nose']}
    """
    table: dict[str, list[Member]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, mark, members = (word.strip() for word in part.partition("="))
        if not mark or not name:
            raise SpecError("groups", f"'{part}' is not a group", HINT)
        if name in table:
            raise SpecError("groups", f"'{name}' is given twice", "give every group a name of its own")
        words = [word.strip() for word in members.split(",") if word.strip()]
        table[name] = [int(word) if word.isdecimal() else word for word in words]
    if not table:
        raise SpecError("groups", f"'{text}' names no group", HINT)
    return table


def _members(name: str, members: Sequence[Member], skeleton: Skeleton, first: int) -> tuple[int, ...]:
    if isinstance(members, str) or not isinstance(members, Sequence):
        members = [members]
    joints = [k for member in members for k in _joints(member, skeleton, first)]
    if not joints:
        raise SpecError("groups", f"{name} has no joints", HINT)
    twice = [skeleton.names[k] for i, k in enumerate(joints) if k in joints[:i]]
    if twice:
        raise SpecError("groups", f"{name} lists joint {twice[0]} twice", "list every joint once")
    return tuple(joints)


def _joints(member: Member, skeleton: Skeleton, first: int) -> list[int]:
    """Return the joint of a name or number, or the joints of a range, counted from ``first``."""
    names, last = skeleton.names, len(skeleton) - 1 + first
    number = member if isinstance(member, int) and not isinstance(member, bool) else None
    named = names.index(str(member)) if str(member) in names else None
    if number is not None and named is not None and number - first != named:
        found = f"{member} is the name of joint {named + 1} and the number of '{names[number - first]}'"
        raise SpecError("groups", found, "name the joint in TOML, as a text")
    if number is not None and first <= number <= last:
        return [number - first]
    if named is not None:
        return [named]
    ends = re.fullmatch(r"(\d+)-(\d+)", str(member))
    if ends and first <= int(ends[1]) <= int(ends[2]) <= last:
        return list(range(int(ends[1]) - first, int(ends[2]) - first + 1))
    raise SpecError(
        "groups", f"there is no joint {member!r}", f"use names, or numbers from {first} to {last}"
    )


def _checked(groups: JointGroups, skeleton: Skeleton) -> JointGroups:
    """Refuse a group with the name of a joint that is not the group, for maps are found by name."""
    for name, members in zip(groups.names, groups.members, strict=True):
        if name in skeleton.names and members != (skeleton.names.index(name),):
            raise SpecError("groups", f"'{name}' is the name of a joint, too", "choose another group name")
    return groups
