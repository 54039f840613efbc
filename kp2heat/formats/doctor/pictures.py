"""What the image files themselves say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kp2heat.formats.checks import PLACES
from kp2heat.formats.findings import Finding, Severity
from kp2heat.formats.images.store import image_folder
from kp2heat.formats.images.stored_sizes import compare_sizes
from kp2heat.formats.parsed import ParsedFile

KINDS: tuple[tuple[str, Severity, str, str], ...] = (
    ("missing-image", "warning", "is not in the folder", "name the folder that holds it"),
    ("image-size-differs", "error", "has another size than the file states", "correct width and height"),
    (
        "exif-rotated",
        "error",
        "is turned by its EXIF mark: its width and height are exchanged",
        "exchange width and height, or remove the mark",
    ),
)


def examine_images(parsed: ParsedFile, folder: Path | str) -> Iterator[Finding]:
    """Yield findings on missing images, and on stated sizes that are not the picture's or fit it only unturned."""
    by_kind = compare_sizes(image_folder(folder), parsed.file_name.tolist(), parsed.size)
    for (code, severity, found, todo), places in zip(KINDS, by_kind, strict=True):
        if places:
            yield Finding(code, severity, len(places), tuple(places[:PLACES]), found, todo)
