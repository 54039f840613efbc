"""Sizes of pictures, read from the heads of their files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np

from kp2heat.annotations import SourceFile
from kp2heat.arrays import Floats
from kp2heat.errors import InputError

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm", ".jp2"}
SIDEWAYS = {5, 6, 7, 8}
"""EXIF orientations whose pictures are stored turned by a quarter (CIPA DC-008, tag 0x0112)."""


def size_of(file: Path) -> tuple[int, int]:
    """Return (w, h) px as the picture is shown, its EXIF orientation respected; only the file's head is read."""
    w, h, turned = _stored_size(file)
    return (h, w) if turned else (w, h)


def _stored_size(file: Path) -> tuple[int, int, bool]:
    """Return w and h as they are stored, and whether EXIF turns the picture by a quarter."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as picture:
            return (*picture.size, picture.getexif().get(0x0112) in SIDEWAYS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as problem:
        raise InputError(str(file), f"is not a readable image ({problem})", "replace or remove it") from None


class Folder:
    """The pictures under a folder, looked up by relative path, by the path's tail, by base name, by stem."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InputError(str(folder), "is not a folder", "name the folder that holds the images")
        self.folder = folder
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        self._bytes: dict[str, int] = {}
        for file in sorted(folder.rglob("*")):
            if file.suffix.lower() in SUFFIXES and file.is_file():
                self._by_stem[file.stem].append(file)
                self._bytes[file.relative_to(folder).as_posix()] = file.stat().st_size

    def source(self) -> SourceFile:
        """Return the folder's name, the bytes of its images, and a hash over their names and bytes."""
        lines = "".join(f"{name}\t{size}\n" for name, size in sorted(self._bytes.items()))
        name = self.folder.resolve().name
        return SourceFile(name, sum(self._bytes.values()), sha256(lines.encode()).hexdigest())

    def find(self, name: str) -> Path | None:
        """Return the file that an annotation calls ``name``, or None; InputError where two fit equally well."""
        wanted = PurePosixPath(name.replace("\\", "/"))
        exact = self.folder / wanted
        with suppress(OSError):  # a name longer than a file system takes
            if wanted.name and exact.is_file():
                return exact
        candidates = self._by_stem.get(wanted.stem, []) or self._by_stem.get(wanted.name, [])
        same_suffix = [f for f in candidates if f.name == wanted.name]
        ranked = sorted(((_common_tail(f, wanted), f) for f in same_suffix or candidates), reverse=True)
        if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
            a, b = (f.relative_to(self.folder) for _, f in ranked[:2])
            raise InputError(
                str(self.folder),
                f"both {a} and {b} could be the image '{name}'",
                "write the folder into the annotations' file name, or name a narrower folder",
            )
        return ranked[0][1] if ranked else None


def _common_tail(file: Path, wanted: PurePosixPath) -> int:
    """Return how many folders above the base name agree."""
    pairs = zip(reversed(file.parent.parts), reversed(wanted.parent.parts), strict=False)
    count = 0
    for mine, theirs in pairs:
        if mine != theirs:
            break
        count += 1
    return count


@dataclass(frozen=True)
class Comparison:
    """Images whose picture is missing, has another size than stated, or has it only unturned (EXIF), in words."""

    missing: tuple[str, ...]
    different: tuple[str, ...]
    turned: tuple[str, ...]


def compare_sizes(images: Folder, names: Sequence[str], stated: Floats) -> Comparison:
    """Return how the pictures in a folder differ from the sizes (M, 2) that a file states, NaN where it does not."""
    missing: list[str] = []
    different: list[str] = []
    turned: list[str] = []
    for name, (w, h) in zip(names, stated.tolist(), strict=True):
        file = images.find(name)
        if file is None:
            missing.append(name)
        elif (shown := size_of(file)) != (w, h) and w == w:
            words = f"{name}: {w:g}x{h:g} stated, {shown[0]}x{shown[1]} found"
            (turned if shown == (h, w) and _stored_size(file)[2] else different).append(words)
    return Comparison(tuple(missing), tuple(different), tuple(turned))


def sizes_in(folder: Folder, names: Iterable[str]) -> Floats:
    """Return (M, 2) float64 sizes (w, h) of the named images; NaN for those the folder does not hold."""
    files = [*map(folder.find, names)]
    sizes = [size_of(file) if file else (np.nan, np.nan) for file in files]
    return np.array(sizes, float).reshape(-1, 2)
