"""Chunks of sparse maps as zlib streams, written from the windows: the maps themselves are never made.

Outside its window a map repeats one value, which is a few matches; the rows of the window are stored bytes.
Within a batch all windows are of one size, so the bytes between two rows are the same everywhere, and the
whole of a window is one row of a table of bytes whose values are filled in.

Every piece begins and ends in an opened stored block: ``stored`` says how long it is, and ``repeats`` opens
the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat.compiled import loops
from kp2heat.shards.streams import (
    ALIKE,
    FAR,
    FINAL,
    HEAD,
    HEADER,
    LONGEST,
    MODULUS,
    SHORTEST,
    Sums,
    adler32,
    repeats,
    stored,
)  # fmt: skip
from kp2heat.shards.stretch import Stretch, joined
from kp2heat.sparse import Products, Sparse

Bytes = NDArray[np.uint8]
Cells = NDArray[np.int64]

OPEN = HEADER + b"\0"
CLOSE = stored(0) + FINAL
SUMMED_BYTES = 1 << 16
"""Summed at a time: as floats they stay in the cache of one core."""
LISTED_CELLS = 1 << 14
"""Cells of a map up to which its runs are listed: the list grows with their square."""
MOST_ROW = (1 << 16) - 64
"""Bytes of a window's row that a stored block has room for, with the cells behind it."""
CHEAPEST_RUN = 10
"""Bytes that breaking off a stored row and taking up the next costs: shorter gaps are stored."""


def fill(cells: int, value: bytes) -> bytes:
    """``cells`` times the value: it once, or as often as a match needs, and its repeats."""
    if cells == 0:
        return b""
    size = len(value)
    literal = _literal(cells, size)
    return stored(literal * size) + value * literal + repeats((cells - literal) * size, size)


def _literal(cells: int, size: int) -> int:
    """How often the value itself is written before a match repeats it."""
    return 1 if cells == 1 or (cells - 1) * size >= SHORTEST else cells


def _fills(most: int, value: bytes) -> Callable[[int], bytes]:
    """(cells) -> 0 .. most times the value."""
    return _listed(most, value).__getitem__ if most <= LISTED_CELLS else partial(fill, value=value)


@lru_cache(maxsize=8)
def _listed(most: int, value: bytes) -> list[bytes]:
    return [fill(cells, value) for cells in range(most + 1)]


class Frame(NamedTuple):
    """What a row of a window is written as: everything between the values.

    row    (B,) uint8: the header of a stored block, room for the values and ``more`` cells, and the matches up
           to the next row
    final  the header in the last row, which ends behind its values
    more   cells of background stored behind the values
    """

    row: Bytes
    final: Bytes
    more: int


@lru_cache(maxsize=64)
def _frame(width: int, gap: int, size: int) -> Frame:
    """Windows of ``width`` cells of ``size`` bytes, ``gap`` cells narrower than their map."""
    more = 1 if (gap - 1) * size >= SHORTEST else 2 if (gap - 2) * size >= SHORTEST else gap
    if gap * size <= more * size + CHEAPEST_RUN:
        more = gap
    stretch = (width + more) * size
    row = stored(stretch) + bytes(stretch) + repeats((gap - more) * size, size)
    return Frame(np.frombuffer(row, np.uint8), np.frombuffer(stored(width * size), np.uint8), more)


def chunk_streams(sparse: Sparse, maps: int) -> Stretch:
    """The zlib stream of every ``maps`` maps; the last chunk is filled up with maps of its last background."""
    background = np.pad(sparse.background, (0, -len(sparse.background) % maps), "edge")
    compiled = loops()
    return (
        _joined(sparse, background, maps)
        if compiled is None
        else _compiled(compiled, sparse, background, maps)
    )


def _compiled(compiled: Any, sparse: Sparse, background: NDArray[Any], maps: int) -> Stretch:
    """By the compiled loop."""
    cells, size = sparse.size[0] * sparse.size[1], background.itemsize
    count, rows, width = sparse.drawn.shape
    frame = _frame(width, sparse.size[0] - width, size)
    out = np.empty(len(background) * room(cells, size) + count * rows * len(frame.row), np.uint8)
    sizes = compiled.windows(
        out, sparse.index, sparse.origin, *_drawn(sparse.drawn), sparse.first, sparse.last, _words(background),
        size, width, sparse.size[0], cells, maps, np.frombuffer(OPEN, np.uint8), np.frombuffer(CLOSE, np.uint8),
        np.tile(frame.row, rows), frame.final, frame.more, _runs(size),
    )  # fmt: skip
    return Stretch(out[: int(sizes.sum())].data, sizes)


def room(cells: int, size: int) -> int:
    """Bytes that a map needs at most beside its window: a run before it, one behind it, and a chunk's framing.

    The compiled loop does not look where its memory ends.
    """
    return 2 * (len(fill(cells, bytes(size))) + size) + 32


def _drawn(drawn: NDArray[Any] | Products) -> tuple[NDArray[Any], tuple[Any, ...]]:
    """The windows (P, h w) as unsigned integers and nothing to multiply, or none, and what they are products of."""
    count, rows, width = drawn.shape
    if isinstance(drawn, Products):
        one = np.empty(rows * width, np.float32)
        return np.empty((0, len(one)), np.uint32), (drawn.y, drawn.x, drawn.floor, one.view(np.uint32), one)
    nothing, words = np.empty((0, 0)), _words(drawn).reshape(count, rows * width)
    return words, (
        nothing,
        nothing,
        0.0,
        np.empty_like(words, shape=words.shape[1:]),
        np.empty(0, np.float32),
    )


class Runs(NamedTuple):
    """Runs of zeros, which the compiled loop fills from: of n cells, and for long ones how they go on.

    fills          their bytes joined, of 0, 1, 2 ... cells
    starts         (n + 2,) where each begins
    literals       (n + 1,) how often the value itself stands in it, behind 4 bytes
    alike, period  from ``alike`` cells on, ``period`` more cells are ``again`` bytes said once more, behind the
                   first ``head`` ones
    """

    fills: Bytes
    starts: Cells
    literals: Cells
    alike: int
    period: int
    head: int
    again: int


@lru_cache(maxsize=4)
def _runs(size: int) -> Runs:
    """Of values of ``size`` bytes."""
    period = lcm(LONGEST, size)
    alike = -(-(FAR + ALIKE * LONGEST) // size) + 1
    counts = range(alike + period // size)
    pieces = [fill(cells, bytes(size)) for cells in counts]
    return Runs(
        fills=np.frombuffer(b"".join(pieces), np.uint8),
        starts=np.cumsum([0, *map(len, pieces)]),
        literals=np.array([_literal(cells, size) for cells in counts]),
        alike=alike,
        period=period // size,
        head=4 + size + HEAD,
        again=2 * (period // LONGEST),
    )


def _joined(sparse: Sparse, background: NDArray[Any], maps: int) -> Stretch:
    """By joining pieces."""
    (width, height), drawn = sparse.size, sparse.values
    cells, index = width * height, sparse.index
    count = len(background)
    start = sparse.origin + sparse.first * width
    end = sparse.origin + sparse.last * width + drawn.shape[2]
    before, behind = np.full(count, cells), np.zeros(count, np.int64)
    before[index], behind[index] = start, cells - end
    pieces: list[Any] = [b""] * (3 * count)
    for place, window in zip((3 * index + 1).tolist(), _windows(sparse, drawn), strict=True):
        pieces[place] = window
    values = background.view(f"V{background.itemsize}").tolist()
    for place, run in ((0, before), (2, behind)):
        if values.count(values[0]) == count:
            pieces[place::3] = map(_fills(cells, values[0]), run.tolist())
        else:
            pieces[place::3] = map(fill, run.tolist(), values)
    checks = adler32(_sums(sparse, drawn, background), cells * background.itemsize, maps)
    return joined(
        [
            b"".join([OPEN, *pieces[3 * maps * i : 3 * maps * (i + 1)], CLOSE, check])
            for i, check in enumerate(checks)
        ]
    )


def _windows(sparse: Sparse, drawn: NDArray[Any]) -> list[memoryview]:
    """(P,) pieces: the rows first..last of each window, and what lies between them."""
    count, rows, width = drawn.shape
    size = drawn.itemsize
    row, header, more = _frame(width, sparse.size[0] - width, size)
    values, padded = 4 + width * size, 4 + (width + more) * size
    table = np.empty((count, rows, len(row)), np.uint8)
    table.view(f"V{len(row)}")[:] = row.view(f"V{len(row)}")
    inside = np.dtype(
        {"names": ["values"], "formats": [f"V{width * size}"], "offsets": [4], "itemsize": len(row)}
    )
    table.view(inside)["values"] = _bytes(drawn).view(f"V{width * size}")
    if more and sparse.background.any():
        table[:, :, values:padded] = np.tile(_bytes(sparse.background[sparse.index, None]), more)[:, None]
    each, final = np.arange(count), sparse.last
    table[each, final, :4] = header
    table[each, final, values] = 0
    start = (each * rows + sparse.first) * len(row)
    end = (each * rows + final) * len(row) + values + 1
    return list(map(table.reshape(-1).data.__getitem__, map(slice, start.tolist(), end.tolist())))


def _words(values: NDArray[Any]) -> NDArray[Any]:
    """Values as unsigned integers."""
    return np.ascontiguousarray(values).view(f"u{values.itemsize}")


def _bytes(values: NDArray[Any]) -> Bytes:
    """(..., w) -> (..., w itemsize)."""
    return np.ascontiguousarray(values).view(np.uint8)


def _sums(sparse: Sparse, values: NDArray[Any], background: NDArray[Any]) -> Sums:
    """Of each map: those of the background everywhere, and of what the windows differ from it."""
    (width, height), (count, rows, across) = sparse.size, values.shape
    cells, size = width * height, background.itemsize
    value = _bytes(background[:, None])
    plain, weighted = _constant(value.astype(np.int64), cells)
    cell = np.arange(rows)[:, None] * width + np.arange(across)
    place = (cell[..., None] * size + np.arange(size)).reshape(-1)
    factors = np.stack([np.ones(len(place)), place], axis=1).astype(np.float64)
    own, here = value[sparse.index].astype(np.float64), factors.reshape(-1, size, 2).sum(axis=0)
    found = _products(_bytes(values).reshape(count, len(place)), factors) - own @ here
    differs, placed = found.astype(np.int64).T
    plain[sparse.index] += differs
    weighted[sparse.index] += (cells - sparse.origin) * size * differs - placed
    return Sums(plain % MODULUS, weighted % MODULUS)


def _constant(value: NDArray[np.int64], cells: int) -> Sums:
    """Of ``cells`` times the bytes ``value`` (M, size)."""
    size = value.shape[1]
    inside = value @ np.arange(size, 0, -1)
    return Sums(
        cells * value.sum(axis=1),
        cells * inside + size * (cells * (cells - 1) // 2) * value.sum(axis=1),
    )


def _products(rows: Bytes, factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P, n) bytes times (n, 2). As float64 they are exact up to 2^53, which a map of 4 GB would not reach."""
    block = max(1, SUMMED_BYTES // rows.shape[1])
    parts = [rows[start : start + block].astype(np.float64) @ factors for start in range(0, len(rows), block)]
    return np.concatenate(parts) if parts else np.empty((0, 2))
