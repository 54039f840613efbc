"""Text on pictures in any script: the font that Pillow carries, or one of the system's that has the letters."""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil
from typing import Any

import numpy as np
from PIL import ImageFont

from kp2heat.arrays import Bytes
from kp2heat.libraries import opencv

FALLBACKS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "Arial Unicode.ttf",
    "arial.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "PingFang.ttc",
    "msyh.ttc",
    "wqy-microhei.ttc",
    "malgun.ttf",
)
"""Looked up by Pillow in the system's own folders, and only for letters that its own font does not have."""
UNKNOWN = "\U0010ffff"
"""A code point that no font draws."""
BELOW = 0.35
"""Share of the size that a line keeps free below its base line."""


@cache
def _font(name: str | None, size: int, layout: ImageFont.Layout | None = None) -> Any:
    """Return a font of this size in px; None where the system does not have it."""
    if name is None:
        return ImageFont.load_default(size)
    try:
        return ImageFont.truetype(name, size, layout_engine=layout)
    except OSError:
        return None


@cache
def _has(name: str | None, letter: str) -> bool:
    """Return whether the font draws this letter as something else than its box for unknown letters."""
    font = _font(name, 16, ImageFont.Layout.BASIC)
    if font is None:
        return False
    drawn, box = font.getmask(letter), font.getmask(UNKNOWN)
    return letter.isspace() or (drawn.size, bytes(drawn)) != (box.size, bytes(box))


def runs(text: str) -> list[tuple[str | None, str]]:
    """Return the text in pieces with the font of each; letters that no font has become question marks.

    >>> runs("3 nose")
    [(None, '3 nose')]
    """
    pieces: list[tuple[str | None, str]] = []
    for letter in text:
        last = pieces[-1][0] if pieces else None
        name = next((font for font in (last, None, *FALLBACKS) if _has(font, letter)), last)
        shown = letter if _has(name, letter) else "?"
        if pieces and name == last:
            pieces[-1] = name, pieces[-1][1] + shown
        else:
            pieces.append((name, shown))
    return pieces


@lru_cache(maxsize=4096)
def text_mask(text: str, size: int) -> Bytes:
    """Return (h, w): how far each pixel is covered by the text in one line, 0..255; size in px.

    Its base line is ``size`` px from the top, so that lines of different scripts are level.
    """
    tall = size + round(BELOW * size)
    masks = [np.zeros((tall, 0), np.uint8)]
    for name, piece in runs("".join(c if c.isprintable() else " " for c in text)):
        font = _font(name, size)
        wide = max(1, ceil(font.getlength(piece)))
        mask, (left, top) = font.getmask2(piece, mode="L", anchor="ls")
        line = np.zeros((tall, wide + 2), np.uint8)
        if mask.size[0] and mask.size[1]:
            drawn = np.array(mask, np.uint8).reshape(mask.size[::-1])
            x, y = max(0, left), size + top
            drawn = drawn[max(0, -y) : tall - y, : wide + 2 - x]
            line[max(0, y) : max(0, y) + drawn.shape[0], x : x + drawn.shape[1]] = drawn
        masks.append(line[:, :wide])
    return np.concatenate(masks, axis=1)


@lru_cache(maxsize=4096)
def tight_mask(text: str, size: int) -> Bytes:
    """Return the same without the empty rows above and below."""
    mask = text_mask(text, size)
    rows = np.flatnonzero(mask.any(axis=1))
    return mask[rows[0] : rows[-1] + 1] if len(rows) else mask[:1]


def shorten(text: str, size: int, width: int) -> str:
    """Return the text, its middle left out where it is wider than ``width`` px."""
    if text_mask(text, size).shape[1] <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        short = f"{text[: kept // 2]}…{text[len(text) - (kept - kept // 2) :]}"
        if text_mask(short, size).shape[1] <= width:
            return short
    return ""


def write(canvas: Bytes, text: str, left: int, top: int, size: int, colour: tuple[int, ...]) -> None:
    """Draw a line of text into the canvas (h, w, 3), cut at its edges."""
    blend(canvas, text_mask(text, size), left, top, colour)


def write_outlined(canvas: Bytes, text: str, left: int, top: int, size: int, colour: tuple[int, ...]) -> None:
    """Draw a label with a dark rim, which is legible on any ground; ``top`` is that of its letters."""
    mask = tight_mask(text, size)
    rim = opencv().dilate(np.pad(mask, 1), np.ones((3, 3), np.uint8))
    blend(canvas, rim, left - 1, top - 1, (0, 0, 0))
    blend(canvas, mask, left, top, colour)


def blend(canvas: Bytes, mask: Bytes, left: int, top: int, colour: tuple[int, ...]) -> None:
    """Lay a colour over the canvas as far as the mask covers it."""
    x0, y0 = max(left, 0), max(top, 0)
    part = canvas[y0 : max(top + mask.shape[0], 0), x0 : max(left + mask.shape[1], 0)]
    cover = mask[y0 - top :, x0 - left :][: part.shape[0], : part.shape[1], None] / np.float32(255)
    part[...] = part + (np.array(colour, np.float32) - part) * cover + 0.5
