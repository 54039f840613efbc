"""``manifest.json``: what an output folder holds, written last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from kp2heat.errors import ShardError
from kp2heat.files.atomic import write_whole
from kp2heat.files.input_file import check_regular
from kp2heat.shards.schema import FORMAT, MANIFEST, SHARD_NAME

SUM = "manifest_sha256"
"""The manifest's last key: the sha256 of all the others as JSON with sorted keys."""


def file_sha256(path: Path) -> str:
    """Return the hex sha256 of a file, read in pieces."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, content: dict[str, Any], name: str = MANIFEST) -> None:
    """Write the manifest, whole or not at all: a line per key, a line per shard, and a sum over all of it."""
    signed = {**content, SUM: _sum(content)}
    lines = [f"{json.dumps(key)}: {_lines(value)}" for key, value in signed.items()]
    write_whole(folder / name, "{\n" + ",\n".join(lines) + "\n}\n")


def _lines(value: Any) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n " + ",\n ".join(json.dumps(item) for item in value) + "\n]"


def read_manifest(folder: Path, name: str = MANIFEST) -> dict[str, Any] | None:
    """Return the manifest of a folder, or None where there is none; ShardError if the file is not one."""
    path = folder / name
    if not path.exists():
        return None
    check_regular(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        sum_of_all = content.pop(SUM)
        shaped = isinstance(content["settings"], dict) and isinstance(content["totals"], dict)
        if (
            content["format"] != FORMAT
            or not shaped
            or not all(isinstance(e, dict) for e in content["shards"])
        ):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        raise ShardError(
            str(path), "is not a manifest of kp2heat", "give another folder, or encode with --overwrite"
        ) from None
    if sum_of_all != _sum(content):
        raise ShardError(
            str(path),
            "is damaged: its own checksum differs",
            "remove it and run the same encode command again, which reads the shards instead",
        )
    return dict(content)


def recorded_sources(folder: Path) -> dict[str, Any]:
    """Return where the annotations and images of an output folder came from; {} where no manifest says so."""
    sources = (read_manifest(folder) or {}).get("sources")
    return sources if isinstance(sources, dict) else {}


def _sum(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def listed_files(manifest: Mapping[str, Any]) -> list[str]:
    """Return the names of the shards that a manifest lists; ShardError where one is no shard's name."""
    names = []
    for entry in manifest.get("shards", ()):
        name = entry.get("file")
        if not isinstance(name, str) or not SHARD_NAME.fullmatch(name):
            raise ShardError(
                MANIFEST, f"lists {str(name)[:60]!r}, which is no shard", "encode again with --overwrite"
            )
        names.append(name)
    return names
