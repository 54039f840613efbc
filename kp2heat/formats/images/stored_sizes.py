"""Sizes of pictures, read from the heads of their files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

import numpy as np

from kp2heat.annotations import SourceFile
from kp2heat.arrays import Floats
from kp2heat.errors import InputError
from kp2heat.files.input_file import MOST_PICTURE, check_regular

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm", ".jp2"}
SIDEWAYS = {5, 6, 7, 8}
"""EXIF orientations whose pictures are stored turned by a quarter (CIPA DC-008, tag 0x0112)."""


class StoredSize(NamedTuple):
    """Width and height of a picture in px as they are stored, and whether EXIF turns it by a quarter."""

    width: int
    height: int
    turned: bool

    @property
    def shown(self) -> tuple[int, int]:
        """(w, h) px as the picture is shown, its EXIF orientation respected.

        >>> StoredSize(640, 480, turned=True).shown
        (480, 640)
        """
        return (self.height, self.width) if self.turned else (self.width, self.height)


def stored_size(file: Path | IO[bytes], where: str) -> StoredSize:
    """Return the size of a picture, of which only the head is read; InputError about ``where`` if it tells none."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as picture:
            return StoredSize(*picture.size, picture.getexif().get(0x0112) in SIDEWAYS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as problem:
        raise InputError(where, f"is not a readable image ({problem})", "replace or remove it") from None


class Folder:
    """The pictures under a folder, looked up by relative path, by the path's tail, by base name, by stem."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InputError(str(folder), "is not a folder", "name the folder that holds the images")
        self.folder: Path | str = folder
        files = (f for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
        self._index({file.relative_to(folder).as_posix(): file.stat().st_size for file in files})

    def _index(self, sizes: Mapping[str, int]) -> None:
        """Take in the relative paths of the pictures, with their bytes."""
        pictures = sorted(map(PurePosixPath, sizes))
        self._bytes = {str(p): sizes[str(p)] for p in pictures if p.suffix.lower() in SUFFIXES}
        self._by_stem: dict[str, list[PurePosixPath]] = defaultdict(list)
        for path in map(PurePosixPath, self._bytes):
            self._by_stem[path.stem].append(path)

    @property
    def name(self) -> str:
        """The folder's name."""
        return Path(self.folder).resolve().name

    def source(self) -> SourceFile:
        """Return the folder's name, the bytes of its images, and a hash over their names and bytes."""
        lines = "".join(f"{name}\t{size}\n" for name, size in sorted(self._bytes.items()))
        return SourceFile(self.name, sum(self._bytes.values()), sha256(lines.encode()).hexdigest())

    def find(self, name: str) -> Path | None:
        """Return the file that an annotation calls ``name``, or None; InputError where two fit equally well."""
        picture = self.match(name)
        return None if picture is None else Path(self.folder, picture)

    def read_bytes(self, picture: str) -> bytes:
        """Return the bytes of a picture that ``match`` returned; InputError where it cannot be read."""
        path = Path(self.folder, picture)
        check_regular(path, MOST_PICTURE)
        try:
            return path.read_bytes()
        except OSError as error:
            raise InputError(str(path), f"cannot be read ({error.strerror})", "check the file") from None

    def stored_sizes(self, names: Iterable[str]) -> Iterator[StoredSize | None]:
        """Yield the size of each named picture, None for those that are missing."""
        files = map(self.find, names)
        return (None if file is None else stored_size(file, str(file)) for file in files)

    def match(self, name: str) -> str | None:
        """Return the relative path of the picture that an annotation calls ``name``, as ``find`` does."""
        wanted = PurePosixPath(name.replace("\\", "/"))
        if str(wanted) in self._bytes or self._is_file(wanted):
            return str(wanted)
        candidates = self._by_stem.get(wanted.stem, []) or self._by_stem.get(wanted.name, [])
        same_suffix = [f for f in candidates if f.name == wanted.name]
        ranked = sorted(((_common_tail(f, wanted), f) for f in same_suffix or candidates), reverse=True)
        if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
            a, b = (path for _, path in ranked[:2])
            raise InputError(
                str(self.folder),
                f"both {a} and {b} could be the image '{name}'",
                "write the folder into the annotations' file name, or name a narrower folder",
            )
        return str(ranked[0][1]) if ranked else None

    def _is_file(self, path: PurePosixPath) -> bool:
        """Return whether this is a file, though its suffix is none of a picture or it lies elsewhere."""
        with suppress(OSError):  # a name longer than a file system takes
            return bool(path.name) and Path(self.folder, path).is_file()
        return False


def _common_tail(file: PurePosixPath, wanted: PurePosixPath) -> int:
    """Return how many folders above the base name agree."""
    pairs = zip(reversed(file.parent.parts), reversed(wanted.parent.parts), strict=False)
    count = 0
    for mine, theirs in pairs:
        if mine != theirs:
            break
        count += 1
    return count


def compare_sizes(
    images: Folder, names: Sequence[str], stated: Floats
) -> tuple[list[str], list[str], list[str]]:
    """Return in words which images' pictures are missing, of another size than stated, or of it only unturned (EXIF).

    stated (M, 2): sizes, NaN where a file does not say.
    """
    missing, different, turned = list[str](), list[str](), list[str]()
    for name, (w, h), size in zip(names, stated.tolist(), images.stored_sizes(names), strict=True):
        if size is None:
            missing.append(name)
        elif (shown := size.shown) != (w, h) and w == w:
            words = f"{name}: {w:g}x{h:g} stated, {shown[0]}x{shown[1]} found"
            (turned if shown == (h, w) and size.turned else different).append(words)
    return missing, different, turned


def sizes_in(folder: Folder, names: Iterable[str]) -> Floats:
    """Return (M, 2) float64 sizes (w, h) of the named images; NaN for those the folder does not hold."""
    sizes = [size.shown if size else (np.nan, np.nan) for size in folder.stored_sizes(names)]
    return np.array(sizes, float).reshape(-1, 2)
