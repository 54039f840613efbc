"""A sheet of cards: panels side by side under a title, cards in columns, and a legend at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log

import numpy as np

from kp2heat.arrays import Bytes
from kp2heat.pictures import text
from kp2heat.pictures.colours import FAINT, INK, PAPER, joint_colours
from kp2heat.pictures.heat import colour_bar
from kp2heat.skeleton import Skeleton

GAP = 8
MARGIN = 20
LOOKS_WELL = 1.6
"""Width over height that columns are chosen for."""
MOST_NAMED = 160
"""Joints that a legend names."""


@dataclass(frozen=True, eq=False)
class Captioned:
    """One panel (h, w, 3) and the line under it."""

    picture: Bytes
    words: str = ""
    colour: tuple[int, ...] = FAINT


@dataclass(frozen=True, eq=False)
class Card:
    """The panels of one sample, ``across`` of them in a row; all have one size."""

    title: str
    panels: Sequence[Captioned]
    across: int


def type_size(side: int) -> int:
    """Return px of the letters on a sheet whose panels have this longer side."""
    return int(np.clip(side / 22, 11, 18))


def paint_card(card: Card) -> Bytes:
    """Return (h, w, 3): title, panels, captions."""
    height, width = card.panels[0].picture.shape[:2]
    size = type_size(max(height, width))
    line = round(1.5 * size) + 4 if any(panel.words for panel in card.panels) else 0
    rows = ceil(len(card.panels) / card.across)
    wide = card.across * (width + GAP) - GAP
    top = size + 14 if card.title else 0
    canvas = np.full((top + rows * (height + line + GAP) - GAP, wide, 3), PAPER, np.uint8)
    text.write(canvas, text.shorten(card.title, size + 1, wide), 0, 0, size + 1, INK)
    for n, panel in enumerate(card.panels):
        y, x = top + n // card.across * (height + line + GAP), n % card.across * (width + GAP)
        canvas[y : y + height, x : x + width] = panel.picture
        text.write(canvas, text.shorten(panel.words, size, width), x, y + height + 2, size, panel.colour)
    return canvas


def paint_sheet(
    cards: Sequence[Card], skeleton: Skeleton, bar: str, keys: Sequence[str], *, named: bool
) -> Bytes:
    """Return the whole sheet (h, w, 3); ``bar`` says what colours mean, if they do; ``keys`` are further lines of the legend."""
    painted = [paint_card(card) for card in cards]
    tall, wide = (max(picture.shape[axis] for picture in painted) for axis in (0, 1))
    columns = choose_columns(len(painted), tall + 2 * GAP, wide + MARGIN)
    rows = ceil(len(painted) / columns)
    width = columns * (wide + MARGIN) + MARGIN
    size = type_size(max(cards[0].panels[0].picture.shape))
    foot = _foot(width - 2 * MARGIN, skeleton, bar, keys, named, size)
    height = MARGIN + rows * (tall + 2 * GAP) + foot.shape[0] + MARGIN
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    for n, picture in enumerate(painted):
        y, x = MARGIN + n // columns * (tall + 2 * GAP), MARGIN + n % columns * (wide + MARGIN)
        sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    y = MARGIN + rows * (tall + 2 * GAP)
    sheet[y : y + foot.shape[0], MARGIN : MARGIN + foot.shape[1]] = foot
    return sheet


def choose_columns(count: int, tall: int, wide: int) -> int:
    """Return the number of columns of cards or panels that looks well: near that form, and few empty places."""

    def unlike(n: int) -> float:
        rows = ceil(count / n)
        return abs(log(n * wide / (rows * tall) / LOOKS_WELL)) + (rows * n - count) / count

    return min(range(1, count + 1), key=unlike)


def _foot(width: int, skeleton: Skeleton, bar: str, keys: Sequence[str], named: bool, size: int) -> Bytes:
    """Return the legend: the colour bar, the keys, and the joints' numbers with their names."""
    line = round(1.5 * size)
    joints = [f"{k} {name}" for k, name in enumerate(skeleton.names)] if named else []
    if len(joints) > MOST_NAMED:
        joints = []
    band = colour_bar(min(20 * size, width), bar, size)
    if not bar:
        band = band[:0]
    in_one_row = width > 3 * band.shape[1] and bool(joints)
    left = band.shape[1] + 3 * size if in_one_row else 0
    key_wide = band.shape[1] if in_one_row else width
    top = band.shape[0] + 4 + line * len(keys)
    cell = min(max((text.text_mask(word, size).shape[1] for word in joints), default=0) + size, width)
    columns = max(1, (width - left) // max(1, cell))
    rows = ceil(len(joints) / columns)
    height = max(top, rows * line) if in_one_row else top + rows * line
    canvas = np.full((height, width, 3), PAPER, np.uint8)
    canvas[: band.shape[0], : band.shape[1]] = band
    for n, key in enumerate(keys):
        y = band.shape[0] + 4 + n * line
        text.write(canvas, text.shorten(key, size, key_wide), 0, y, size, FAINT)
    colours = joint_colours(skeleton)
    for k, word in enumerate(joints):
        x, y = left + k // rows * cell, (0 if in_one_row else top) + k % rows * line
        text.write(canvas, text.shorten(word, size, cell - 8), x, y, size, tuple(colours[k].tolist()))
    return canvas
