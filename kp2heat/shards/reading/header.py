"""What a shard says of itself, checked: the file's attributes, its levels, and the people it was made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.errors import ShardError, SpecError
from kp2heat.frame import Alignment, parse_size
from kp2heat.normalize import normalization
from kp2heat.scene import OUTSIDE, hidden_policy
from kp2heat.shards.reading import hdf5_guard
from kp2heat.shards.reading.hdf5_guard import AGAIN
from kp2heat.shards.schema import DRAWN_PLANES, FORMAT, LEVEL_NAME, MAJOR, MOST_CHUNK
from kp2heat.skeleton import Skeleton

MOST_ROWS = 1 << 40


@dataclass(frozen=True, eq=False)
class LevelInfo:
    """One level of a shard: its grid and how its maps were made. planes: shape of a row and dtype by name."""

    level: Level
    channels: tuple[str, ...]
    codec: str
    params: Mapping[str, Any]
    normalize: str
    normalize_params: Mapping[str, float]
    scale_factor: float
    planes: Mapping[str, tuple[tuple[int, ...], str]]


def file_attributes(file: Any, where: str) -> dict[str, Any]:
    """Return the file's attributes, ``spec`` and ``skeleton`` as JSON values; ShardError if it is not a finished shard."""
    name = hdf5_guard.attribute(file, "format", where) if "format" in file.attrs else None
    if not isinstance(name, str) or name != FORMAT:
        raise ShardError(where, "is HDF5, but not a kp2heat shard", "give a file of kp2heat encode")
    version = hdf5_guard.text(file, "format_version", where)
    major = version.partition(".")[0]
    if not major.isdecimal() or len(major) > 9 or int(major) > MAJOR:
        raise ShardError(
            where,
            f"format version {version[:20]} is newer than {MAJOR}, the newest this kp2heat reads",
            "install a newer kp2heat",
        )
    if "complete" not in file.attrs or not hdf5_guard.numbers(file, "complete", where):
        raise ShardError(where, "was never finished", "run the same encode command again")
    attributes: dict[str, Any] = {"format": FORMAT, "format_version": version, "complete": True}
    for name in ("generator", "fingerprint", "input_size"):
        attributes[name] = hdf5_guard.text(file, name, where)
    for name in ("rows", "codec_revision"):
        attributes[name] = int(hdf5_guard.numbers(file, name, where))
    for name in ("spec", "skeleton"):
        attributes[name] = hdf5_guard.json_value(file, name, where, dict)
    if not 0 <= attributes["rows"] < MOST_ROWS:
        raise ShardError(where, f"claims {attributes['rows']} rows", AGAIN)
    _check_settings(attributes, where)
    return attributes


def _check_settings(attributes: Mapping[str, Any], where: str) -> None:
    """Raise a ShardError unless the settings that reading depends on are usable."""
    settings = attributes["spec"]
    try:
        hidden_policy(str(settings["hidden"]))
        parse_size(attributes["input_size"])
        if settings["sample"] in ("instance", "image") and settings["outside"] in OUTSIDE:
            return
    except (KeyError, TypeError, SpecError):
        pass
    raise ShardError(where, "attribute spec is not of this format", AGAIN)


def skeleton(fields: dict[str, Any], where: str) -> Skeleton:
    """Return the skeleton; ShardError where they are not a skeleton."""
    with hdf5_guard.refused(where, "attribute skeleton is not one"):
        made = Skeleton.from_json(fields)
        joints = range(len(made))
        numbered = [
            *made.swap,
            *(k for pair in made.limbs for k in pair),
            *(k for g in made.groups for k in g),
        ]
        if (
            not all(isinstance(name, str) for name in made.names)
            or len(set(made.names)) != len(made)
            or not all(isinstance(k, int) and k in joints for k in numbered)
            or sorted(made.swap) != list(joints)
            or len(made.sigmas) not in (0, len(made))
            or not all(isinstance(sigma, int | float) for sigma in made.sigmas)
        ):
            raise ValueError("names, limbs, swap and sigmas do not fit each other")
        return made


def levels(file: Any, rows: int, joints: int, where: str) -> dict[str, LevelInfo]:
    """Return the levels by name, largest first."""
    with hdf5_guard.refused(where):
        names = [name for name in file if LEVEL_NAME.fullmatch(name)]
    if not names:
        raise ShardError(where, "holds no level", "encode again")
    names.sort(key=lambda name: (-int(np.prod(parse_size(name))), name))
    return {name: _level(hdf5_guard.member(file, name, where), name, rows, joints, where) for name in names}


def _level(group: Any, name: str, rows: int, joints: int, where: str) -> LevelInfo:
    channels = tuple(map(str, hdf5_guard.json_value(group, "channels", where, list)))
    info = LevelInfo(
        level=Level(parse_size(name), _positive(group, "sigma", where), _alignment(group, where)),
        channels=channels,
        codec=hdf5_guard.text(group, "codec", where),
        params=hdf5_guard.json_value(group, "params", where, dict),
        normalize=hdf5_guard.text(group, "normalize", where),
        normalize_params=hdf5_guard.json_value(group, "normalize_params", where, dict),
        scale_factor=_positive(group, "scale_factor", where),
        planes=_drawn_planes(group, where) if DRAWN_PLANES in group.attrs else _planes(group, rows, where),
    )
    if info.codec not in CODECS or not set(info.params) <= set(CODECS[info.codec].params):
        raise ShardError(
            where,
            f"/{name} was made by the codec '{info.codec[:40]}' {dict(info.params)}, which is not known here",
            "install the kp2heat that wrote it, or a newer one",
        )
    try:
        normalization(info.normalize, info.normalize_params)
    except (SpecError, TypeError, ValueError) as error:
        raise ShardError(
            where, f"/{name} is normalised in a way that is not known here ({error})", AGAIN
        ) from None
    width, height = info.level.size
    rightly = {"heatmaps": (len(channels), height, width), "weights": (joints,)}
    for plane, (row, _) in info.planes.items():
        if row != rightly.get(plane, row):
            raise ShardError(where, f"/{name}/{plane} has rows of {row}, not {rightly[plane]}", AGAIN)
    if "weights" not in info.planes:
        raise ShardError(where, f"/{name} holds no weights", AGAIN)
    return info


def _alignment(group: Any, where: str) -> Alignment:
    pairs = [
        tuple(hdf5_guard.numbers(group, name, where, (2,)).tolist())
        for name in ("stride", "origin_input", "origin_cell", "back_stride")
    ]
    if min(*pairs[0], *pairs[3]) <= 0:
        raise ShardError(where, f"{group.name} has a stride of {pairs[0]}", AGAIN)
    return Alignment(hdf5_guard.text(group, "alignment", where), *pairs)


def _positive(group: Any, name: str, where: str) -> float:
    value = float(hdf5_guard.numbers(group, name, where))
    if value <= 0:
        raise ShardError(where, f"attribute {name} of {group.name} is {value:g}", AGAIN)
    return value


def _planes(group: Any, rows: int, where: str) -> dict[str, tuple[tuple[int, ...], str]]:
    planes = {}
    with hdf5_guard.refused(where):
        names = sorted(group)
    for name in names:
        data = hdf5_guard.member(group, name, where)
        hdf5_guard.check_plane(data, rows, f"{where}, {group.name}/{name}")
        planes[name] = (tuple(data.shape[1:]), data.dtype.str)
    return planes


def _drawn_planes(group: Any, where: str) -> dict[str, tuple[tuple[int, ...], str]]:
    """Return the shape of a row and the dtype of each plane that is drawn when it is read; ShardError if damaged."""
    planes = {}
    for name, described in hdf5_guard.json_value(group, DRAWN_PLANES, where, dict).items():
        with hdf5_guard.refused(where, f"{group.name} does not say how {name[:40]} is drawn"):
            row, dtype = described
            if np.dtype(dtype).kind not in "fui" or not all(isinstance(n, int) and n >= 0 for n in row):
                raise ValueError(f"{row} {dtype}")
            if math.prod(row) * np.dtype(dtype).itemsize > MOST_CHUNK:
                raise ValueError("a sample of it is larger than any of ours")
            planes[name] = (tuple(row), str(dtype))
    return planes
