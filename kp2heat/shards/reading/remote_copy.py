"""Heads of shards in an object store: fetched once, checked against the manifest, kept in a cache.

The local file of a shard has its size and holds its head and its small planes; the rest is a hole, which nothing
reads: streams of chunks come from the store (``remote_file.RemoteFile``).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from kp2heat.errors import InputError, OutputError, ShardError
from kp2heat.files.atomic import whole_or_absent, write_whole
from kp2heat.files.storage import Store, cache_folder
from kp2heat.machine.cores import threads
from kp2heat.shards.manifest import listed_files, read_manifest
from kp2heat.shards.reading.chunks.remote_file import RemoteFile, set_origin
from kp2heat.shards.reading.small_planes import small_chunks
from kp2heat.shards.schema import MANIFEST, SHARD_NAME, SKIPPED

AT_ONCE = 8
"""Heads that are fetched at the same time."""


def local_copy(url: str) -> Path:
    """Return a local path for the folder or shard at this URL; heads that the cache lacks are fetched.

    ShardError where the manifest's own checksum, or that of a head, differs.
    """
    folder, _, last = url.rstrip("/").rpartition("/")
    name = last if SHARD_NAME.fullmatch(last) else ""
    store = Store(folder if name else url.rstrip("/"))
    path = manifest_copy(store.url)
    manifest = read_manifest(path) or {"shards": []}
    entries = {entry["file"]: entry for entry in manifest["shards"]}
    if name and name not in entries:
        raise InputError(url, f"is not in the {MANIFEST} of its folder", "check the address")
    set_origin(path, store)
    names = [name] if name else listed_files(manifest)
    with threads(AT_ONCE, "fetch") as executor:
        for _ in executor.map(lambda file: _fetch(store, path, file, entries[file]), names):
            pass
    return path / name if name else path


def manifest_copy(url: str) -> Path:
    """Return the local folder of a folder in a store, with its manifest as it is now, and its list of skipped rows.

    Heads of another manifest are removed. InputError where there is no manifest, ShardError where it is damaged.
    """
    store = Store(url.rstrip("/"))
    path = cache_folder() / sha256(store.url.encode()).hexdigest()[:16]
    path.mkdir(parents=True, exist_ok=True)
    try:
        data = store.read([MANIFEST])[MANIFEST]
        if not (path / MANIFEST).is_file() or (path / MANIFEST).read_bytes() != data:
            for old in [*path.glob("shard-*"), path / SKIPPED]:  # they may be of another encoding
                old.unlink(missing_ok=True)
            write_whole(path / MANIFEST, data)
        manifest = read_manifest(path) or {}
        if manifest.get("skipped") and not (path / SKIPPED).is_file():
            write_whole(path / SKIPPED, store.read([SKIPPED])[SKIPPED])
    except OutputError as error:
        raise InputError(error.where, error.found, "check the address and your rights") from error
    return path


def _fetch(store: Store, path: Path, name: str, entry: Mapping[str, Any]) -> None:
    target = path / name
    if target.is_file() and target.stat().st_size == entry["bytes"]:
        return
    size = int(entry.get("head_bytes") or entry["bytes"])
    with whole_or_absent(target) as part:
        head = store.read_range(name, 0, size)
        if sha256(head).hexdigest() != entry["head_sha256" if "head_bytes" in entry else "sha256"]:
            raise ShardError(
                f"{store.url}/{name}", "differs in its head from what was written", "encode it again"
            )
        with part.open("wb") as file:
            file.write(head)
            file.truncate(entry["bytes"])
        remote = RemoteFile(store, name, size)
        with part.open("r+b") as file:
            for place, stream in remote.streams(small_chunks(part)):
                file.seek(place.offset)
                file.write(stream)
