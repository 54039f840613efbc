"""The loops that find the greatest cell of each map."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.jit import jit
from kp2heat.compiled.memory import prefetch
from kp2heat.compiled.peak_windows import number

BLOCK = 1024
"""Bytes of a map that are looked through for their greatest alone: where it is costs more to follow than what it is."""
AHEAD = 4096
"""Bytes between what is looked through and what memory is asked for: the machine's own asking stops at every page."""
LINE = 64
"""Bytes that memory brings at a time."""
FEW = 256
"""Values of the greatest block that are looked at one by one."""


@jit
def _greatest_block(row: Any, step: int, ahead: int) -> Any:
    """Return the greatest of a row, and where the first block of ``step`` values begins that holds it.

    Memory is asked ahead of time for what lies ``ahead`` bytes behind each block; 0: not at all.
    """
    best, where = row[0], 0
    for start in range(0, len(row), step):
        block = row[start : start + step]
        if ahead:
            for at in range(start * row.itemsize, (start + step) * row.itemsize, LINE):
                prefetch(row, at + ahead)
        most = block[0]
        for i in range(len(block)):
            most = max(most, block[i])
        if most > best:
            best, where = most, start
    return best, where


@jit
def _greatest_of_short(rows: Any, out: Any, most: Any) -> None:
    """Do what ``greatest_cell`` does for rows no longer than a block, where blocks would cost more than they save."""
    length = rows.shape[1]
    for p in range(len(rows)):
        best, place = rows[p, 0], np.int16(length)
        for i in range(length):
            best = max(best, rows[p, i])
        for i in range(length):
            place = min(place, np.int16(i) if rows[p, i] == best else np.int16(length))
        out[p], most[p] = place, best


@jit
def greatest_cell(rows: Any, out: Any, most: Any) -> None:
    """Fill in the place (M,) and the value of the first greatest of each row (M, n) of signed integers."""
    step = BLOCK // rows.itemsize
    if rows.shape[1] <= step:
        _greatest_of_short(rows, out, most)
        return
    for p in range(len(rows)):
        best, start = _greatest_block(rows[p], step, AHEAD)
        block = rows[p, start : start + step]
        _, within = _greatest_block(block, FEW, 0)
        few = block[within : within + FEW]
        place = np.int32(FEW)
        for i in range(len(few)):
            place = min(place, np.int32(i) if few[i] == best else np.int32(FEW))
        out[p], most[p] = start + within + place, best


@jit
def _continued(words: Any, cell: int, width: int) -> bool:
    """Whether a neighbour that follows a cell of a map (H W,) has the same value."""
    value, x, below = words[cell], cell % width, cell + width < len(words)
    after = x < width - 1
    return (
        (after and words[cell + 1] == value)
        or (below and x > 0 and words[cell + width - 1] == value)
        or (below and words[cell + width] == value)
        or (below and after and words[cell + width + 1] == value)
    )


@jit
def _plateau_middle(words: Any, cell: int, width: int) -> int:
    """Return what ``plateaus.plateau_middles`` does for one map (H W,) and the first cell of its plateau."""
    region, listed = np.zeros(len(words), np.bool_), np.empty(len(words), np.int64)
    region[cell], listed[0], count, done = True, cell, 1, 0
    columns, rows = 0, 0
    while done < count:
        y, x = divmod(listed[done], width)
        columns, rows, done = columns + x, rows + y, done + 1
        for near_y in range(max(0, y - 1), min(len(words) // width, y + 2)):
            for near in range(near_y * width + max(0, x - 1), near_y * width + min(width, x + 2)):
                if words[near] == words[cell] and not region[near]:
                    region[near], listed[count] = True, near
                    count += 1
    u, v = columns / count, rows / count
    nearest, middle = np.inf, cell
    for place in range(cell, len(words)):
        if region[place]:
            away = (place % width - u) ** 2 + (place // width - v) ** 2
            if away < nearest:
                nearest, middle = away, place
    return middle


@jit
def peak_cells(
    words: Any, maps: Any, width: int, threshold: float, middle: bool, which: Any, x: Any, y: Any, score: Any
) -> int:
    """Find the first greatest cell of each map above the threshold, which is 0 or more.

    words (M, H W): the bits of the maps as signed integers; maps the same as ``number`` takes them. Of a plateau
    the ``middle`` is taken, or the first cell. Fills in their maps, cells and scores (M,); returns how many there are,
    -1 where a map holds what is no number.
    """
    cell, most = np.empty(len(words), np.int64), np.empty(len(words), words.dtype)
    greatest_cell(words, cell, most)
    count = 0
    for m in range(len(words)):
        value = number(maps[m, cell[m]])
        if not np.isfinite(value):
            return -1
        if value > threshold:
            place = cell[m]
            if middle and _continued(words[m], place, width):
                place = _plateau_middle(words[m], place, width)
            which[count], x[count], y[count], score[count] = m, place % width, place // width, value
            count += 1
    return count
