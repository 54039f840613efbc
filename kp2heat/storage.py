"""Files in object stores (``s3://``, ``gs://``, ``az://`` and whatever fsspec knows): an extra, loaded on use."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from kp2heat.errors import DependencyError, InputError, OutputError

TRIES = 4
WAIT = 0.2
"""Seconds before the second try, doubled for each further one."""

T = TypeVar("T")


def is_remote(path: object) -> bool:
    """Return whether this is a URL of an object store and not a path.

    >>> is_remote("s3://bucket/labels"), is_remote("labels")
    (True, False)
    """
    return re.match(r"[a-z][a-z0-9+.-]+://", str(path)) is not None


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
        return Store(folder).read([name])[name]
    except OutputError as error:
        raise InputError(error.where, error.found, "check the address and your rights") from error.__cause__


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
    return files, root.rstrip("/")
