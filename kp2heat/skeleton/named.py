"""The skeletons of the known data sets, by name, and those a user writes in a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kp2heat.errors import SpecError
from kp2heat.files.input_file import MOST_SETTINGS, check_regular
from kp2heat.skeleton import COCO_NAMES, COCO_SIGMAS, Skeleton, sapiens, tables
from kp2heat.skeleton.groups import joint_groups
from kp2heat.skeleton.tables import Pairs


def _mirrored(
    count: int, *pairs: tuple[int, int], runs: Sequence[tuple[int, int]] = (), first: int = 0
) -> tuple[int, ...]:
    """Return the partners of ``count`` joints: single pairs, and runs (a, b) in which a+i mirrors b-i; offset by ``first``."""
    swap = [*range(count)]
    in_runs = [(a + i, b - i) for a, b in runs for i in range((b - a) // 2 + 1)]
    for a, b in (*pairs, *in_runs):
        swap[a + first], swap[b + first] = b + first, a + first
    return tuple(swap)


_FACE_PAIRS = ((36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46), (55, 59), (56, 58), (65, 67))
_FACE_RUNS = ((0, 16), (17, 26), (31, 35), (48, 54), (60, 64))
FACE_SWAP = _mirrored(68, *_FACE_PAIRS, runs=_FACE_RUNS)
_WFLW_PAIRS = (
    *((33 + i, 46 - i) for i in range(5)),
    *((38 + i, 50 - i) for i in range(4)),
    *((60 + i, 72 - i) for i in range(5)),
    *((65 + i, 75 - i) for i in range(3)),
    (96, 97),
)
_WFLW_RUNS = ((0, 32), (55, 59), (76, 82), (83, 87), (88, 92), (93, 95))
WFLW_SWAP = _mirrored(98, *_WFLW_PAIRS, runs=_WFLW_RUNS)


def _with_face(names: tuple[str, ...], limbs: Pairs, sigmas: tuple[float, ...]) -> Skeleton:
    """Return the skeleton of names that contain the 68 points of the face, mirrored as in 300-W, the others by their names."""
    by_name, first = Skeleton(names), names.index(tables.FACE[0])
    face = _mirrored(len(names), *_FACE_PAIRS, runs=_FACE_RUNS, first=first)
    swap = tuple(
        f if first <= k < first + 68 else s for k, (f, s) in enumerate(zip(face, by_name.swap, strict=True))
    )
    return Skeleton(names, limbs, swap, sigmas)


_CROWDPOSE = (*COCO_NAMES[5:], "head", "neck")
_HALPE26 = (*COCO_NAMES, "head", "neck", "hip", *tables.HALPE_FEET)
_POSETRACK = ("nose", "head_bottom", "head_top", *COCO_NAMES[3:])
_POSETRACK_LIMBS = ((0, 1), (0, 2), (1, 5), (1, 6), *tables.COCO_LIMBS[:12])
_WHOLE_BODY_SIGMAS = (
    *COCO_SIGMAS,
    *tables.WHOLE_BODY_FEET_SIGMAS,
    *tables.FACE_SIGMAS,
    *tables.HAND_SIGMAS,
    *tables.HAND_SIGMAS,
)
_HALPE_SIGMAS = (*COCO_SIGMAS, *tables.numbers(".08*3 .089*6 .015*110"))
_HALPE26_SIGMAS = (*COCO_SIGMAS, *tables.numbers(".026*2 .066 .079*6"))

SKELETONS: Mapping[str, Skeleton] = {
    "coco": Skeleton(COCO_NAMES, tables.COCO_LIMBS, sigmas=COCO_SIGMAS),
    "coco-wholebody": _with_face(
        (*COCO_NAMES, *tables.FEET, *tables.FACE, *tables.HANDS), tables.COCO_LIMBS, _WHOLE_BODY_SIGMAS
    ),
    "halpe": _with_face((*_HALPE26, *tables.FACE, *tables.HANDS), tables.COCO_LIMBS, _HALPE_SIGMAS),
    "halpe26": Skeleton(_HALPE26, tables.COCO_LIMBS, sigmas=_HALPE26_SIGMAS),
    "crowdpose": Skeleton(
        _CROWDPOSE, tables.CROWDPOSE_LIMBS, sigmas=(*COCO_SIGMAS[5:], *tables.numbers(".079*2"))
    ),
    "posetrack18": Skeleton(_POSETRACK, _POSETRACK_LIMBS, sigmas=COCO_SIGMAS),
    "mpii": Skeleton(tables.MPII, tables.MPII_LIMBS, sigmas=tables.MPII_SIGMAS),
    "aic": Skeleton(tables.AIC, tables.AIC_LIMBS, sigmas=tables.AIC_SIGMAS),
    "jhmdb": Skeleton(tables.JHMDB, tables.JHMDB_LIMBS, sigmas=tables.JHMDB_SIGMAS),
    "ap10k": Skeleton(tables.AP10K, tables.AP10K_LIMBS, sigmas=tables.AP10K_SIGMAS),
    "animalpose": Skeleton(tables.ANIMALPOSE, tables.ANIMALPOSE_LIMBS, sigmas=tables.ANIMALPOSE_SIGMAS),
    "hand21": Skeleton(tables.HAND, tables.HAND_LIMBS),
    "mediapipe-pose": Skeleton(tables.MEDIAPIPE),
    "sapiens308": Skeleton(sapiens.NAMES, sapiens.LIMBS, sapiens.SWAP, sapiens.SIGMAS),
    "300w": replace(Skeleton.numbered(68), swap=FACE_SWAP),
    "wflw": replace(Skeleton.numbered(98), swap=WFLW_SWAP),
}


def _squashed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(re.sub(r"[^a-z0-9]", "", name.lower()) for name in names)


_BY_NAMES = {
    _squashed(skeleton.names): name for name, skeleton in SKELETONS.items() if skeleton.names[0] != "joint_0"
}


def known(names: Sequence[str]) -> Skeleton | None:
    """Return the known skeleton of just these joints in this order, however they are spelled, under the names given."""
    name = _BY_NAMES.get(_squashed(names))
    return replace(SKELETONS[name], names=tuple(names)) if name else None


def load(name: str | Path) -> Skeleton:
    """Return a skeleton by its name in ``SKELETONS``, or of a TOML file; SpecError says what is wrong with either.

    The file has ``names``, and may have ``limbs`` and ``swap`` (pairs of names), ``sigmas``, and ``groups``
    (a table from name to joint names, or numbers counted from 1).
    """
    if str(name) in SKELETONS:
        return SKELETONS[str(name)]
    path = Path(name)
    if path.suffix != ".toml":
        raise SpecError(
            "skeleton", f"'{name}' is not known", f"use a .toml file or one of {', '.join(SKELETONS)}"
        )
    check_regular(path, MOST_SETTINGS)
    try:
        return _from_toml(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (OSError, ValueError, RecursionError) as problem:
        raise SpecError(
            f"skeleton {path.name}", f"cannot be read ({problem})", "write names = [...]"
        ) from None
    except TypeError as problem:
        raise SpecError(
            f"skeleton {path.name}",
            f"has an entry of another kind than it should be ({problem})",
            'write names = ["a", "b"], limbs = [["a", "b"]], sigmas = [0.1, 0.1]',
        ) from None


def _from_toml(fields: dict[str, Any], source: str) -> Skeleton:
    names = tuple(map(str, fields.get("names", ())))
    unknown = [key for key in fields if key not in ("names", "limbs", "swap", "sigmas", "groups")]
    sigmas = tuple(map(float, fields.get("sigmas", ())))
    if not names or len(set(names)) < len(names) or unknown or len(sigmas) not in (0, len(names)):
        counts = f"has {len(names)} names, {len(sigmas)} sigmas" + f", unknown {unknown}" * bool(unknown)
        form = "write distinct names, and optionally limbs, swap (pairs of names), groups, and one sigma per name"
        raise SpecError(f"skeleton {source}", counts, form)
    skeleton = Skeleton(names, numbered(fields.get("limbs", ()), names, source), sigmas=sigmas)
    if "groups" in fields:
        groups = joint_groups(fields["groups"], skeleton)
        skeleton = replace(skeleton, groups=groups.members, group_names=groups.names)
    return swapped(skeleton, fields["swap"], source) if "swap" in fields else skeleton


def numbered(pairs: Iterable[Sequence[str]], names: Sequence[str], source: str) -> Pairs:
    """Return pairs of names as pairs of joint numbers; SpecError names the joint that does not exist."""
    indices = []
    for pair in pairs:
        lost = [name for name in pair if name not in names]
        if lost or len(pair) != 2:
            raise SpecError(
                f"skeleton {source}",
                f"{list(pair)} is not a pair of its joints",
                f"use {', '.join(names[:6])}, ...",
            )
        indices.append((names.index(pair[0]), names.index(pair[1])))
    return tuple(indices)


def swapped(skeleton: Skeleton, pairs: Iterable[Sequence[str]], source: str) -> Skeleton:
    """Return the skeleton with just these mirror pairs."""
    return replace(skeleton, swap=_mirrored(len(skeleton), *numbered(pairs, skeleton.names, source)))
