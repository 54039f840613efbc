"""What the image files themselves say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kp2heat.formats.checks import PLACES
from kp2heat.formats.findings import Finding
from kp2heat.formats.image_sizes import Folder, size_of
from kp2heat.formats.parsed import ParsedFile


def examine_images(parsed: ParsedFile, folder: Path) -> Iterator[Finding]:
    """Missing images, and sizes that disagree with the files or fit only the unturned picture (EXIF)."""
    images = Folder(folder)
    lost: list[str] = []
    wrong: list[str] = []
    turned: list[str] = []
    for name, (w, h) in zip(parsed.file_name.tolist(), parsed.size.tolist(), strict=True):
        file = images.find(name)
        if file is None:
            lost.append(name)
        elif (shown := size_of(file)) != (w, h) and w == w:
            (turned if shown == (h, w) else wrong).append(
                f"{name}: {w:g}x{h:g} stated, {shown[0]}x{shown[1]} found"
            )
    todo = {
        "missing-image": "is not in the folder", "image-size-differs": "has another size than the file states",
        "exif-rotated": "is turned by its EXIF mark: its width and height are exchanged",
    }  # fmt: skip
    advice = (
        "name the folder that holds it",
        "correct width and height",
        "exchange width and height, or remove the mark",
    )
    for (code, found), places, hint in zip(todo.items(), (lost, wrong, turned), advice, strict=True):
        if places:
            yield Finding(
                code,
                "error" if code != "missing-image" else "warning",
                len(places),
                tuple(places[:PLACES]),
                found,
                hint,
            )
