"""Pictures in an object store: under a folder, or in a zip or tar of images, fetched when they are asked for."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path, PurePosixPath

from kp2heat.errors import InputError, OutputError
from kp2heat.files.atomic import write_whole
from kp2heat.files.input_file import MOST_PICTURE
from kp2heat.files.storage import Store, cache_folder, is_remote
from kp2heat.formats.images.stored_sizes import Folder, StoredSize, stored_size

HEAD = 1 << 16
"""Bytes at the beginning of a picture, which nearly always tell its size."""
AT_ONCE = 16
"""Heads of pictures that are fetched at the same time."""


class StoreFolder(Folder):
    """The pictures of a store, looked up as in a folder. A picture that is read stays in the cache until it changes.

    keep: whether pictures are kept in the cache, which is of no use to those who read each once.
    """

    def __init__(self, url: str, *, keep: bool = True) -> None:
        self.folder = url.rstrip("/")
        self.keep = keep
        self._store = Store(self.folder)
        try:
            entries = self._store.tree()
        except OutputError as error:
            raise InputError(error.where, error.found, "check the address and your rights") from error
        if not entries:
            raise InputError(self.folder, "holds no file", "name the folder or archive that holds the images")
        paths = {str(PurePosixPath(name)): name for name in entries}  # a tar may write ./a.jpg
        self._entries = {path: (name, entries[name][1]) for path, name in paths.items()}
        self._index({path: entries[name][0] for path, name in paths.items()})

    @property
    def name(self) -> str:
        """The last part of the URL."""
        return PurePosixPath(self.folder).name

    def find(self, name: str) -> Path | None:
        """Return the cached copy of the picture that an annotation calls ``name``, or None."""
        picture = self.match(name)
        return None if picture is None else self._kept(picture)

    def read_bytes(self, picture: str) -> bytes:
        """Return the bytes of a picture that ``match`` returned."""
        if self.keep or self._cached(picture).is_file():
            return self._kept(picture).read_bytes()
        return self._fetch(picture)

    def stored_sizes(self, names: Iterable[str]) -> Iterator[StoredSize | None]:
        """Yield the size of each named picture; several heads are fetched at a time."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            yield from threads.map(self._stored_size, names)

    def _stored_size(self, name: str) -> StoredSize | None:
        picture = self.match(name)
        if picture is None:
            return None
        size, where = self._bytes[picture], f"{self.folder}/{picture}"
        try:
            if size > HEAD:
                head = self._store.read_range(self._entries[picture][0], 0, HEAD)
                return stored_size(io.BytesIO(head), where)
        except InputError:  # a head that is longer than most
            pass
        return stored_size(io.BytesIO(self.read_bytes(picture)), where)

    def _cached(self, picture: str) -> Path:
        key = sha256(f"{self.folder}\t{picture}\t{self._entries[picture][1]}".encode()).hexdigest()
        return cache_folder() / "images" / f"{key}{PurePosixPath(picture).suffix}"

    def _kept(self, picture: str) -> Path:
        path = self._cached(picture)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, self._fetch(picture))
        return path

    def _fetch(self, picture: str) -> bytes:
        if self._bytes[picture] > MOST_PICTURE:
            where, size = f"{self.folder}/{picture}", self._bytes[picture]
            raise InputError(where, f"has {size} bytes, which is no image", "replace it")
        try:
            return self._store.content(self._entries[picture][0])
        except OutputError as error:
            raise InputError(error.where, error.found, "check the address and your rights") from error


def image_folder(source: str | Path, *, keep: bool = True) -> Folder:
    """Return the pictures under a folder, or those of a store; InputError where there is neither."""
    return StoreFolder(str(source), keep=keep) if is_remote(source) else Folder(Path(source))
