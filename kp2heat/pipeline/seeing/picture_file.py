"""Pictures written to a file, whole or not at all, in the format that the file's name says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kp2heat.arrays import Bytes
from kp2heat.errors import OutputError
from kp2heat.files.atomic import write_whole
from kp2heat.libraries import opencv
from kp2heat.pipeline.seeing.output_file import check_output

MOST_PIXELS = {".png": 1_000_000, ".jpg": 65_500, ".jpeg": 65_500, ".webp": 16_383}
"""Suffix -> the longest side that the format holds."""


def check_picture_path(path: Path, option: str = "-o") -> None:
    """Refuse at the start what could not be written at the end: SpecError on the suffix, OutputError on the folder."""
    check_output(path, MOST_PIXELS, "not a picture's name", option)


def picture_bytes(picture: Bytes, suffix: str) -> bytes:
    """Return an RGB picture (h, w, 3) encoded as PNG, JPEG or WebP; OutputError where the format is too small."""
    cv2 = opencv()
    longest = max(picture.shape[:2])
    if longest > MOST_PIXELS[suffix]:
        raise OutputError(
            f"a picture of {picture.shape[1]}x{picture.shape[0]} px",
            f"is too long for {suffix}",
            "write .png, or show fewer samples or smaller panels",
        )
    quality = {".png": _png_settings(cv2), ".webp": [cv2.IMWRITE_WEBP_QUALITY, 88]}.get(
        suffix, [cv2.IMWRITE_JPEG_QUALITY, 90]
    )
    done, data = cv2.imencode(suffix, picture[..., ::-1], quality)
    if not done:
        raise OutputError(f"a {suffix} picture", "could not be encoded", "write .png")
    return bytes(data)


def _png_settings(cv2: Any) -> list[int]:
    """Return the fastest settings: deflate's first level, and one filter for all rows where OpenCV can choose it.

    Without a choice, all five filters are tried on every row, which takes twice as long for files of the same size.
    """
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    if hasattr(cv2, "IMWRITE_PNG_FILTER"):
        settings += [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
        settings += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    return settings


def write_picture(picture: Bytes, path: Path) -> None:
    """Write an RGB picture (h, w, 3), whole or not at all."""
    write_whole(path, picture_bytes(picture, path.suffix.lower()))
