"""A local copy of shards in an object store: downloaded once, checked against the manifest, kept in a cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from kp2heat.atomic import whole_or_absent
from kp2heat.errors import InputError, OutputError, ShardError
from kp2heat.shards.manifest import file_sha256, listed_files, read_manifest
from kp2heat.shards.schema import MANIFEST, SHARD_NAME
from kp2heat.storage import Store

CACHE = "KP2HEAT_CACHE"
"""Environment variable that names the cache [default: ~/.cache/kp2heat]."""


def local_copy(url: str) -> Path:
    """Return a local path for the folder or shard at this URL; what the cache lacks is downloaded whole.

    ShardError where the manifest's own checksum or a shard's sha256 differs.
    """
    folder, _, last = url.rstrip("/").rpartition("/")
    name = last if SHARD_NAME.fullmatch(last) else ""
    store = Store(folder if name else url.rstrip("/"))
    path = cache_folder() / sha256(store.url.encode()).hexdigest()[:16]
    path.mkdir(parents=True, exist_ok=True)
    try:
        manifest = _fetched_manifest(store, path)
    except OutputError as error:
        raise InputError(error.where, error.found, "check the address and your rights") from error
    entries = {entry["file"]: entry for entry in manifest["shards"]}
    if name and name not in entries:
        raise InputError(url, f"is not in the {MANIFEST} of its folder", "check the address")
    for file in [name] if name else listed_files(manifest):
        _fetch(store, path, file, entries[file])
    return path / name if name else path


def cache_folder() -> Path:
    """Return the folder of local copies."""
    return Path(os.environ.get(CACHE) or Path.home() / ".cache" / "kp2heat")


def _fetched_manifest(store: Store, path: Path) -> Mapping[str, Any]:
    data = store.read([MANIFEST])[MANIFEST]
    if not (path / MANIFEST).is_file() or (path / MANIFEST).read_bytes() != data:
        for old in path.glob("shard-*"):  # they may be of another encoding
            old.unlink()
        with whole_or_absent(path / MANIFEST) as part:
            part.write_bytes(data)
    return read_manifest(path) or {}


def _fetch(store: Store, path: Path, name: str, entry: Mapping[str, Any]) -> None:
    target = path / name
    if target.is_file() and target.stat().st_size == entry["bytes"]:
        return
    with whole_or_absent(target) as part:
        store.download(name, part)
        if file_sha256(part) != entry["sha256"]:
            raise ShardError(
                f"{store.url}/{name}", "differs from what was written (its sha256)", "encode it again"
            )
