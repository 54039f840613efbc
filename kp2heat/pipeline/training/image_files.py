"""The pictures that annotations name: from a folder, a zip or a tar of images, or a store, safe under fork, spawn and threads."""

from __future__ import annotations

import os
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

import numpy as np

from kp2heat.arrays import Bytes
from kp2heat.errors import InputError
from kp2heat.files.input_file import MOST_PICTURE, check_regular, damage_reported
from kp2heat.files.storage import location
from kp2heat.formats.images.store import image_folder
from kp2heat.formats.images.stored_sizes import SUFFIXES, Folder
from kp2heat.frame import Size, show_size
from kp2heat.libraries import opencv


class ImageFiles:
    """Images by the names that annotations give them. Picklable; an archive is opened anew in each process.

    A name is found by its path; in an archive also by the path's tail, where only one member fits.

    keep: whether pictures from a store are kept in the cache
    """

    def __init__(self, source: str | Path, *, keep: bool = True) -> None:
        self.source = location(source)
        self._archive: Any = None
        self._owner = -1
        self._lock = Lock()
        self._folder: Folder | None = None
        if isinstance(self.source, str) or self.source.is_dir():
            self._folder = image_folder(self.source, keep=keep)
        self._members = {} if self._folder else _by_base_name(self._member_names())

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_archive": None, "_owner": -1, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = Lock()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive; the next read opens it again."""
        archive, self._archive = self.__dict__.get("_archive"), None
        if archive is not None:
            archive.close()

    def find(self, name: str) -> str | None:
        """Return the relative path or member that an annotation calls ``name``, or None."""
        if self._folder:
            return self._folder.match(name)
        wanted = PurePosixPath(name.replace("\\", "/"))
        fitting = self._members.get(wanted.name, [])
        best = [m for m in fitting if PurePosixPath(m) == wanted] or [
            m for m in fitting if m.endswith(f"/{wanted}")
        ]
        best = best or fitting
        if len(best) > 1:
            raise InputError(
                str(self.source),
                f"both {best[0]} and {best[1]} could be the image '{name}'",
                "write the folder into the annotations' file name",
            )
        return best[0] if best else None

    def read_bytes(self, name: str) -> bytes:
        """Return the encoded bytes of an image; InputError where it is missing."""
        place = self.find(name)
        if place is None:
            raise InputError(
                str(self.source), f"holds no image '{name}'", "check the folder or archive of images"
            )
        return self._folder.read_bytes(place) if self._folder else self._read_member(place)

    def read(self, name: str, size: Size = (0, 0)) -> Bytes:
        """Return (h, w, 3) uint8 RGB of the size the annotations state, (0, 0) where they state none.

        EXIF's orientation is followed unless the stated size is that of the picture as stored. InputError where the
        image is missing, broken, or of another size.
        """
        return decode_image(self.read_bytes(name), name, size)

    def _member_names(self) -> list[str]:
        archive = self._open()
        if isinstance(archive, zipfile.ZipFile):
            return [m for m in archive.namelist() if not m.endswith("/")]
        with self._damage_reported():
            self._tar_members = {m.name: m for m in archive if m.isfile()}
        return list(self._tar_members)

    def _damage_reported(self) -> AbstractContextManager[None]:
        return damage_reported(str(self.source), "is not a folder, zip or tar of images", "check the path")

    def _open(self) -> Any:
        """Return this process's own handle: a file position is shared by what was forked."""
        if self._archive is None or self._owner != os.getpid():
            self.close()
            check_regular(Path(self.source), sys.maxsize)
            with self._damage_reported():
                if zipfile.is_zipfile(self.source):
                    self._archive = zipfile.ZipFile(self.source)
                else:
                    self._archive = tarfile.open(self.source)  # noqa: SIM115 (kept open)
            self._owner = os.getpid()
        return self._archive

    def _read_member(self, member: str) -> bytes:
        where = f"{self.source}, {member}"
        with self._lock, damage_reported(where, "cannot be read", "replace it"):
            archive = self._open()
            zipped = isinstance(archive, zipfile.ZipFile)
            size = archive.getinfo(member).file_size if zipped else self._tar_members[member].size
            if size > MOST_PICTURE:
                raise InputError(where, f"has {size} bytes, which is no image", "replace it")
            if zipped:
                return bytes(archive.read(member))
            file = archive.extractfile(self._tar_members[member])
            return b"" if file is None else bytes(file.read())


def decode_image(encoded: bytes, name: str, size: Size = (0, 0)) -> Bytes:
    """Return (h, w, 3) uint8 RGB of encoded bytes, as ``ImageFiles.read`` does; ``name`` is for messages."""
    cv2 = opencv()
    data = np.frombuffer(encoded, np.uint8)
    reason = ""
    try:
        shown = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if shown is not None and size not in ((0, 0), shown.shape[1::-1]):
            shown = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:  # such as more pixels than OpenCV reads
        shown, reason = None, f" ({' '.join(str(error).split())[:200]})"
    if shown is None:
        raise InputError(name, f"is not a readable image{reason}", "replace it, or skip broken images")
    if size not in ((0, 0), shown.shape[1::-1]):
        found = show_size(shown.shape[1::-1])
        raise InputError(
            name, f"is {found} px, and its annotations are for {show_size(size)}", "give the original images"
        )
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB))


def missing_images(files: ImageFiles, names: Iterable[str]) -> list[str]:
    """Return the names, in order and each once, of images that are not there."""
    return [name for name in dict.fromkeys(names) if files.find(name) is None]


def _by_base_name(members: Iterable[str]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for member in members:
        path = PurePosixPath(member)
        if path.suffix.lower() in SUFFIXES:
            paths.setdefault(path.name, []).append(member)
    return paths
