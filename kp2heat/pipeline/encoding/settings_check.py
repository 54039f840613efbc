"""Tell two encodings apart, setting by setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kp2heat.errors import OutputError
from kp2heat.pipeline.encoding.planning.digests import VERSION
from kp2heat.spec.language import OPTIONS

OPTION_OF = {field: option for option, field in OPTIONS.items()}
"""A field of the settings -> its option, where the names differ."""


def check_same_settings(folder: object, existing: object, planned: Mapping[str, Any]) -> None:
    """Raise an OutputError that says how the settings of a folder or store differ from those planned, if they do."""
    if not isinstance(existing, Mapping):
        raise OutputError(
            str(folder), "holds files of an unknown encoding", "choose another OUT, or give --overwrite"
        )
    changed = differences(existing, planned)
    if changed:
        raise OutputError(
            str(folder),
            f"holds another encoding: {'; '.join(changed)}",
            "choose another OUT, or give --overwrite (without --part) to replace what changes",
        )


def differences(existing: Mapping[str, Any], planned: Mapping[str, Any]) -> list[str]:
    """Return a phrase for every setting that differs.

    >>> differences({"sigma": [2], "dtype": "f16"}, {"sigma": [3], "dtype": "f16", "shard_rows": 64})
    ['sigma was 2, is 3', 'shard-rows was not set, is 64']
    """
    names = [*planned, *(name for name in existing if name not in planned)]
    return [
        _difference(name, existing.get(name), planned.get(name))
        for name in names
        if existing.get(name) != planned.get(name)
    ]


def _difference(name: str, old: Any, new: Any) -> str:
    if name == "annotations":
        earlier = old is not None and not str(old).startswith(VERSION)
        return "an earlier version began it" if earlier else "the annotations were different"
    return f"{OPTION_OF.get(name, name).replace('_', '-')} was {_shown(old)}, is {_shown(new)}"


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, Mapping):
        return ",".join(f"{k}={v}" for k, v in sorted(value.items()))
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
