"""The tables of a shard against the hash of them that it carries, for no checksum of HDF5 lies over them."""

from __future__ import annotations

from typing import Any

from kp2heat.errors import ShardError
from kp2heat.shards.content_hash import Dataset, Group, content_of, content_sha256
from kp2heat.shards.reading import hdf5_guard
from kp2heat.shards.schema import TABLES, TABLES_SHA256


def check_tables(file: Any, where: str) -> None:
    """Raise a ShardError where the tables of an open shard are not those that were written; format 1.0 has no hash."""
    if TABLES_SHA256 not in file.attrs:
        return
    with hdf5_guard.refused(where, "its tables cannot be read"):
        computed = tables_sha256(file)
    if computed != hdf5_guard.text(file, TABLES_SHA256, where):
        raise ShardError(where, "holds other tables than were written", hdf5_guard.AGAIN)


def tables_sha256(file: Any) -> str:
    """Return the hash of the tables of an open shard."""
    tables: dict[str, Group | Dataset] = {name: content_of(file[name]) for name in TABLES if name in file}
    return content_sha256(Group({}, tables))
