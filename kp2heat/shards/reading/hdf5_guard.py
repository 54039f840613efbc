"""What is asked of an HDF5 file from anywhere before any of it is used.

Nothing outside the file is opened (links, virtual and external datasets are refused unread), no filter plugin
is loaded, and memory follows what the file stores, not what its header claims.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats
from kp2heat.errors import InputError, Kp2heatError, ShardError
from kp2heat.shards.schema import MOST_CHUNK
from kp2heat.shards.text import from_utf8

MOST_ATTRIBUTE = 1 << 24
"""Bytes of the longest attribute read."""
FILTERS = (1, 2, 3)
"""gzip, shuffle, fletcher32: built into every HDF5."""
AGAIN = "run kp2heat verify OUT --repair ANNOTATIONS, or remove the file and encode again"


class refused:  # noqa: N801 - reads as a word; a generator would cost more than a sample's bookkeeping
    """Turns whatever h5py, HDF5 or JSON raise inside, of any type, into one ShardError."""

    def __init__(self, where: str, what: str = "cannot be read") -> None:
        self.where = where
        self.what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, Kp2heatError):
            raise failure(self.where, self.what, error) from error


def failure(where: str, what: str, error: BaseException) -> ShardError:
    """Return a ShardError that says what went wrong, with the library's own first line."""
    reason = str(error).partition("\n")[0][:200]
    return ShardError(where, f"{what} ({reason})", AGAIN)


def open_h5(path: Path) -> Any:
    """Return the file, open for reading; ShardError or InputError if there is none or it is not HDF5."""
    import h5py

    if not path.is_file():
        raise InputError(str(path), "is not a file", "give a shard written by kp2heat encode")
    with refused(path.name, "cannot be opened"):
        if not h5py.is_hdf5(path):
            raise ShardError(path.name, "is not an HDF5 file", "give a shard written by kp2heat encode")
        try:
            return h5py.File(path, "r", locking=False)
        except OSError as error:
            if "locking flag" not in str(error):
                raise
            # This process holds it open already, and HDF5 wants all to lock or none.
            return h5py.File(path, "r")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open the file for a block; whatever HDF5 raises there is a ShardError, and closing never hides it."""
    file = open_h5(path)
    try:
        with refused(path.name):
            yield file
    finally:
        close(file)


def close(file: Any) -> None:
    """Close an h5py file, whatever HDF5 says to that: nothing was written."""
    with suppress(Exception):
        file.close()


def member(group: Any, name: str, where: str) -> Any:
    """Return an object that lies in this very file, or None; ShardError where the name is a link out of it."""
    import h5py

    with refused(where):
        link = group.get(name, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise ShardError(where, f"{group.name.rstrip('/')}/{name} is a link to elsewhere", AGAIN)
        return group[name]


def attribute(item: Any, name: str, where: str) -> Any:
    """Return an attribute's value; ShardError if it is missing or absurdly large."""
    import h5py

    with refused(where, f"attribute {name} cannot be read"):
        try:
            opened = h5py.h5a.open(item.id, name.encode())
        except KeyError:
            raise ShardError(where, f"{item.name} lacks the attribute {name}", AGAIN) from None
        if opened.get_storage_size() > MOST_ATTRIBUTE:
            raise ShardError(where, f"attribute {name} of {item.name} is too long to be one of ours", AGAIN)
        value = item.attrs[name]
        return value.decode() if isinstance(value, bytes) else value


def text(item: Any, name: str, where: str) -> str:
    """Return a text attribute."""
    value = attribute(item, name, where)
    if not isinstance(value, str):
        raise ShardError(where, f"attribute {name} of {item.name} is not text", AGAIN)
    return value


def numbers(item: Any, name: str, where: str, shape: tuple[int, ...] = ()) -> Floats:
    """Return a numeric attribute of this shape, finite, as float64."""
    value = np.asarray(attribute(item, name, where))
    if value.dtype.kind not in "fiub" or value.shape != shape or not np.isfinite(value).all():
        raise ShardError(where, f"attribute {name} of {item.name} is not the number it should be", AGAIN)
    return value.astype(np.float64)


def json_value(item: Any, name: str, where: str, kind: type) -> Any:
    """Return the value of a JSON attribute holding a ``dict`` or a ``list``."""
    try:
        value = json.loads(text(item, name, where))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise ShardError(where, f"attribute {name} of {item.name} is not JSON of a {kind.__name__}", AGAIN)
    return value


def check_own(data: Any, where: str) -> None:
    """Raise a ShardError unless the dataset's bytes are in this file, behind filters that every HDF5 has."""
    import h5py

    with refused(where):
        if not isinstance(data, h5py.Dataset):
            raise ShardError(where, "is not a dataset", AGAIN)
        made = data.id.get_create_plist()
        if made.get_layout() == h5py.h5d.VIRTUAL or made.get_external_count():
            raise ShardError(where, "keeps its data in other files", "only data of the shard itself is read")
        filters = {made.get_filter(i)[0] for i in range(made.get_nfilters())}
        if not filters <= set(FILTERS):
            raise ShardError(
                where, "needs an HDF5 filter plugin", "only gzip, shuffle and fletcher32 are read"
            )


def check_plane(data: Any, rows: int, where: str) -> None:
    """Raise a ShardError unless it is (rows, ...) numbers in chunks of whole rows, none absurdly large."""
    check_own(data, where)
    with refused(where):
        shape, chunks = data.shape, data.chunks
        if shape is None or not shape or shape[0] != rows or data.dtype.kind not in "fui":
            raise ShardError(where, f"is not an array of {rows} rows of numbers", AGAIN)
        if chunks is None or chunks[1:] != shape[1:]:
            raise ShardError(where, "is not stored in chunks of whole rows", AGAIN)
        if int(np.prod(chunks, dtype=object)) * data.dtype.itemsize > MOST_CHUNK:
            raise ShardError(where, f"has chunks of {chunks}, larger than any of ours", AGAIN)


def table(group: Any, name: str, shape: tuple[int, ...], dtype: str, where: str) -> NDArray[Any]:
    """Return a table column, whole. dtype: an exact one, ``text``, or ``id`` (int64 or text)."""
    place = f"{where}, {group.name}/{name}"
    data = member(group, name, where)
    if data is None:
        raise ShardError(where, f"the table column '{name}' is missing", AGAIN)
    check_own(data, place)
    with refused(place):
        is_text = data.dtype.kind == "S" and dtype in ("text", "id")
        if data.shape != shape or not (
            is_text or data.dtype == {"id": "<i8", "text": "S1"}.get(dtype, dtype)
        ):
            raise ShardError(place, f"is {data.dtype} {data.shape}, and should be {dtype} {shape}", AGAIN)
        if data.chunks is not None or data.id.get_storage_size() < data.size * data.dtype.itemsize:
            raise ShardError(place, "claims more than the file holds", AGAIN)
        return from_utf8(data[:]) if is_text else np.asarray(data[:])
