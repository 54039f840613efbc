"""``manifest.json``: what an output folder holds, written last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from kp2heat.errors import ShardError
from kp2heat.shards.atomic import whole_or_absent
from kp2heat.shards.schema import MANIFEST, SHARD_NAME


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write ``folder/manifest.json``, whole or not at all: a line a key, and a line a shard."""
    lines = [f"{json.dumps(key)}: {_lines(value)}" for key, value in content.items()]
    with whole_or_absent(folder / MANIFEST) as part:
        part.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _lines(value: Any) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n " + ",\n ".join(json.dumps(item) for item in value) + "\n]"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder, or None where there is none; ShardError if it is not one."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] == "kp2heat":
            return dict(content)
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        pass
    raise ShardError(str(path), "is not a manifest of kp2heat", "give another folder, or --overwrite")


def listed_files(manifest: Mapping[str, Any]) -> list[str]:
    """Names of the shards that a manifest lists; ShardError where one is no shard's name."""
    entries = manifest.get("shards", [])
    names = []
    for entry in entries if isinstance(entries, list) else [entries]:
        name = entry.get("file") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not SHARD_NAME.fullmatch(name):
            raise ShardError(
                MANIFEST, f"lists {str(name)[:60]!r}, which is no shard", "encode again with --overwrite"
            )
        names.append(name)
    return names
