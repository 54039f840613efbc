"""Heatmaps drawn over a panel at their recorded alignment, and the bar that explains their colours."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Bytes, Floats, Ints
from kp2heat.frame import Alignment
from kp2heat.pictures import text
from kp2heat.pictures.colours import FAINT, INK, PAPER, heat_table
from kp2heat.pictures.panel import Panel
from kp2heat.resample import taps

Heat = NDArray[np.float32]

FLOOR = np.float32(2.0**-10)
"""Share of the greatest value below which a map counts as empty."""
MARGIN = 2
"""Cells that maps are continued by at each edge: as far as the cubic reaches."""


def merged_heat(maps: NDArray[Any], alignment: Alignment, panel: Panel, *, cells: bool = False) -> Heat:
    """Return (h, w) float32: the greatest value of any map at every panel pixel, 0 where all are empty.

    maps (K, H, W) with values from 0 to about 1. Values between cells are interpolated in the logarithm, where a
    Gaussian is a parabola, for which Keys' cubic is exact: the brightest pixel lies on the joint and not on the
    nearest cell. ``cells``: every cell is one flat rectangle, as stored; so are maps that hold 0 and one other value
    alone, discs and single cells, in which there is nothing to interpolate.
    """
    height, width = maps.shape[1:]
    at = alignment.to_cell(panel.axes())
    columns, rows = at[: panel.size[0], 0], at[: panel.size[1], 1]
    values = np.nan_to_num(np.asarray(maps, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    greatest = values.max(initial=0)
    if cells or ((values == 0) | (values == greatest)).all():
        return _nearest(values.max(axis=0, initial=0), columns, rows)
    logs = np.log(np.maximum(values, FLOOR) / FLOOR)
    across = _float32_taps(columns + MARGIN, width + 2 * MARGIN)
    down = _float32_taps(rows + MARGIN, height + 2 * MARGIN)
    out = np.zeros(panel.size, np.float32)
    for level in _continued(_continued(logs, 1), 2):
        occupied = level > 0
        if not occupied.any():
            continue
        q, p = (_between(line + MARGIN, occupied.any(axis=axis)) for line, axis in ((rows, 1), (columns, 0)))
        tall = _interpolated(level, down, q)
        part = _interpolated(np.ascontiguousarray(tall.T), across, p)
        np.maximum(out[p, q], part, out=out[p, q])
    heat = np.ascontiguousarray(out.T)
    return np.where(heat > 1e-6, FLOOR * np.exp(heat), np.float32(0))


def _float32_taps(positions: Floats, cells: int) -> tuple[Ints, Heat]:
    places, shares = taps(positions, cells)
    return places, shares.astype(np.float32)


def _interpolated(lines: Heat, along: tuple[Ints, Heat], wanted: slice) -> Heat:
    """Return (n, m): sums of four of the lines (k, m) with the ``wanted`` weights of ``along``.

    A product of matrices would start a library's threads, whose waiting costs more than the sums.
    """
    places, shares = (column[wanted] for column in along)
    out = np.zeros((len(places), lines.shape[1]), np.float32)
    part = np.empty_like(out)
    for place, share in zip(places.T, shares.T, strict=True):
        np.take(lines, place, axis=0, out=part, mode="clip")
        part *= share[:, None]
        out += part
    return out


def _nearest(values: Heat, columns: Floats, rows: Floats) -> Heat:
    """Return the values of the cells that hold these columns and rows, 0 outside the map."""
    x, y = np.rint(columns).astype(int), np.rint(rows).astype(int)
    inside = ((y >= 0) & (y < values.shape[0]))[:, None] & ((x >= 0) & (x < values.shape[1]))
    picked = values[np.clip(y, 0, values.shape[0] - 1)[:, None], np.clip(x, 0, values.shape[1] - 1)]
    return np.where(inside, np.maximum(picked, 0), np.float32(0))


def _continued(logs: Heat, axis: int) -> Heat:
    """Return (K, H, W) logarithms with ``MARGIN`` more cells at both ends of an axis, on the parabola of the last three.

    So a joint between the outermost cell's centre and the map's edge is shown there. Where the three are no bell
    (one is empty, or they curve upwards), the last one goes on.
    """
    lines = np.moveaxis(logs, axis, 0)
    for _ in range(MARGIN if len(lines) > 2 else 0):
        a, b, c = (np.stack([lines[n], lines[-1 - n]]) for n in range(3))
        bell = (np.minimum(np.minimum(a, b), c) > 0) & (a - 2 * b + c <= 0)
        first, last = np.maximum(np.where(bell, 3 * (a - b) + c, a), 0)
        lines = np.concatenate([first[None], lines, last[None]])
    if len(lines) == logs.shape[axis]:
        lines = np.pad(lines, ((MARGIN, MARGIN), (0, 0), (0, 0)), mode="edge")
    return np.moveaxis(lines, 0, axis)


def _between(line: Floats, occupied: Bools) -> slice:
    """Return the panel's pixels that interpolation fills from occupied cells; ``line``: the cell of each, ascending."""
    where: Ints = np.flatnonzero(occupied)
    return slice(*np.searchsorted(line, (where[0] - 2, where[-1] + 3)).tolist())


@cache
def _blend_tables() -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Return what is left of a backdrop (256, 1) and what is added to it (256, 3), in 1/255, for heat in 1/255."""
    cover = np.clip(np.arange(256) / 255 * 1.6, 0, 1)[:, None] ** 0.7
    left = np.rint(255 * (1 - cover))
    return left.astype(np.uint16), np.rint(heat_table() * (255 - left)).astype(np.uint16)


def overlay(backdrop: Bytes, heat: Heat) -> Bytes:
    """Return the backdrop (h, w, 3) under the colours of ``heat`` (h, w), which cover it more where they are brighter.

    Eight bits show the top of a wide blob as a plateau of many pixels; its greatest value has a colour of its own.
    """
    left, added = _blend_tables()
    counts = np.minimum(heat * 254 + np.float32(0.5), 254).astype(np.uint8)
    greatest = heat.max(initial=0)
    counts[heat >= max(greatest, np.float32(1e-6))] += 1
    mixed = backdrop * left[counts]
    mixed += added[counts]
    return np.asarray(mixed // 255, np.uint8)


def colour_bar(width: int, words: str, size: int) -> Bytes:
    """Return (h, width, 3): the colours of values from 0 to 1 from left to right, and below it what they mean."""
    tall = 14
    bar = np.full((tall + 2 + round(1.5 * size), width, 3), PAPER, np.uint8)
    steps = np.linspace(0, 255, width).round().astype(int)
    bar[:tall] = heat_table()[steps]
    bar[:tall, [0, -1]] = FAINT
    bar[[0, tall - 1]] = FAINT
    ends = (("0", 0), ("1", width - text.text_mask("1", size).shape[1]))
    middle = (words, (width - text.text_mask(words, size).shape[1]) // 2)
    for word, left in (*ends, middle):
        text.write(bar, word, left, tall + 2, size, INK)
    return bar
