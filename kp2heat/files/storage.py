"""Files in object stores (``s3://``, ``gs://``, ``az://`` and whatever fsspec knows): an extra, loaded on use."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from kp2heat.errors import DependencyError, InputError, OutputError

TRIES = 4
WAIT = 0.2
"""Seconds before the second try, doubled for each further one."""

CACHE = "KP2HEAT_CACHE"
"""Environment variable that names the cache [default: ~/.cache/kp2heat]."""
MEMBER = 1 << 17
"""Bytes of an archive in a store that are fetched at a time."""

T = TypeVar("T")


def is_remote(path: object) -> bool:
    """Return whether this is a URL of an object store and not a path.

    >>> is_remote("s3://bucket/labels"), is_remote("labels")
    (True, False)
    """
    return re.match(r"[a-z][a-z0-9+.-]+://", str(path)) is not None


def location(path: str | Path) -> Path | str:
    """Return a path, or the URL of an object store as text.

    >>> location("s3://bucket/labels/")
    's3://bucket/labels'
    """
    return str(path).rstrip("/") if is_remote(path) else Path(path)


def cache_folder() -> Path:
    """Return the folder of local copies of what was read from stores."""
    return Path(os.environ.get(CACHE) or Path.home() / ".cache" / "kp2heat")


@dataclass(frozen=True)
class Store:
    """A folder of an object store. Every request is tried again after a passing fault."""

    url: str

    def __str__(self) -> str:
        return self.url

    def sizes(self) -> dict[str, int]:
        """Return the size in bytes of each object directly in the folder, by name."""
        files, root = _filesystem(self.url)

        def listed() -> dict[str, int]:
            try:
                entries = files.ls(root, detail=True)
            except FileNotFoundError:
                return {}
            return {e["name"].rsplit("/", 1)[-1]: int(e["size"]) for e in entries if e["type"] == "file"}

        return self._tried("", "cannot be listed", listed)

    def tree(self) -> dict[str, tuple[int, str]]:
        """Return the size in bytes and the version of each object in the folder and below, by relative path.

        The members of a zip or tar, where the URL is that of one.
        """
        files, root = _filesystem(self.url)

        def listed() -> dict[str, tuple[int, str]]:
            entries = files.find(root, detail=True).items()
            return {
                path.removeprefix(root).strip("/"): (int(entry["size"]), _version(entry))
                for path, entry in entries
            }

        return self._tried("", "cannot be listed", listed)

    def upload(self, path: Path) -> None:
        """Upload a file under its own name; OutputError unless the store then holds as many bytes, and the same."""
        files, root = _filesystem(self.url)
        place, size = f"{root}/{path.name}", path.stat().st_size

        def put() -> None:
            files.put_file(str(path), place)
            info = files.info(place)
            if int(info["size"]) != size:
                raise OSError(f"{info['size']} of {size} bytes arrived")
            tag = str(info.get("ETag", "")).strip('"')
            if re.fullmatch("[0-9a-f]{32}", tag) and tag != hashlib.md5(path.read_bytes()).hexdigest():
                raise OSError("other bytes arrived")

        self._tried(path.name, "cannot be uploaded", put)

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the content of these small objects, fetched together."""
        files, root = _filesystem(self.url)
        places = {f"{root}/{name}": name for name in names}
        if not places:
            return {}

        def fetch() -> dict[str, bytes]:
            content = files.cat(list(places), on_error="raise")
            return {
                places[place.removeprefix("/") if place not in places else place]: d
                for place, d in content.items()
            }

        return self._tried("", "cannot be read", fetch)

    def content(self, name: str) -> bytes:
        """Return the bytes of one object."""
        files, root = _filesystem(self.url)
        return self._tried(name, "cannot be read", lambda: bytes(files.cat_file(f"{root}/{name}")))

    def download(self, name: str, path: Path) -> None:
        """Download one object to a path."""
        files, root = _filesystem(self.url)
        self._tried(name, "cannot be downloaded", lambda: files.get_file(f"{root}/{name}", str(path)))

    def read_range(self, name: str, start: int, stop: int) -> bytes:
        """Return bytes start..stop of one object, by one request; OutputError unless so many come."""
        files, root = _filesystem(self.url)

        def fetch() -> bytes:
            data = bytes(files.cat_file(f"{root}/{name}", start=start, end=stop))
            if len(data) != stop - start:
                raise OSError(f"{len(data)} of {stop - start} bytes arrived")
            return data

        return self._tried(name, "cannot be read", fetch)

    def remove(self, names: Iterable[str]) -> None:
        """Remove these objects."""
        files, root = _filesystem(self.url)
        places = [f"{root}/{name}" for name in names]
        if places:
            self._tried("", "cannot be removed", lambda: files.rm(places))

    def _tried(self, name: str, problem: str, action: Callable[[], T]) -> T:
        place = f"{self.url}/{name}".rstrip("/")
        for attempt in range(TRIES):
            try:
                return action()
            except Exception as error:  # each store's library has errors of its own
                if attempt == TRIES - 1 or isinstance(error, PermissionError | FileNotFoundError):
                    raise OutputError(
                        place,
                        f"{problem} ({_sentence(error)})",
                        "what is finished is kept; run the same command again",
                    ) from error
            time.sleep(WAIT * 2**attempt)
        raise AssertionError("the last try returns or raises")


def read_url(url: str) -> bytes:
    """Return the bytes of one object; InputError where it cannot be read."""
    folder, _, name = url.rpartition("/")
    try:
        return Store(folder).content(name)
    except OutputError as error:
        raise InputError(error.where, error.found, "check the address and your rights") from error.__cause__


def _version(entry: Mapping[str, Any]) -> str:
    """Return what differs where an object or a member of an archive was replaced: its tag, or time, or checksum."""
    known = (entry.get(key) for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime", "CRC", "chksum"))
    return f"{entry['size']} {next((value for value in known if value), '')}"


def _sentence(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _filesystem(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, one per process, and the path in it without a slash at the end."""
    return _opened(url, os.getpid())


@lru_cache(maxsize=8)
def _opened(url: str, _process: int) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise DependencyError(
            url, f"needs a package that is not installed ({_sentence(error)})", "install kp2heat[remote]"
        ) from None
    except ValueError as error:
        raise InputError(
            url, f"is no address of a store ({_sentence(error)})", "write s3://bucket/folder"
        ) from None
    root = root.rstrip("/")
    kind = PurePosixPath(root).suffix[1:].lower()
    return (_members(files, root, kind), "") if kind in ("zip", "tar") else (files, root)


def _members(files: Any, archive: str, kind: str) -> Any:
    """Return the file system in a zip or tar, which is read by ranges; InputError where it is none."""
    from fsspec import filesystem

    try:
        opened = files.open(archive, "rb", block_size=MEMBER)
        return filesystem(kind, fo=opened, skip_instance_cache=True)
    except Exception as error:  # each store's library has errors of its own
        found = f"cannot be opened as a {kind} ({_sentence(error)})"
        raise InputError(archive, found, "check the address and your rights") from error
