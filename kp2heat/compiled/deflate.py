"""The loops over bytes behind windows, prepared segments and checksums."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.drawing import multiplied
from kp2heat.compiled.jit import jit
from kp2heat.compiled.memory import move

MODULUS = 65521


@jit
def _appended(out: Any, at: int, data: Any, start: int, stop: int) -> int:
    move(out, at, data, start, stop - start)
    return at + stop - start


@jit
def _sum(word: int) -> int:
    """Return the sum of the bytes of a value."""
    return (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24)


@jit
def _within(word: int) -> int:
    """Return the sum of the bytes of a value, each times its distance from the first."""
    return (word >> 8 & 255) + 2 * (word >> 16 & 255) + 3 * (word >> 24)


@jit
def _constant(low: int, high: int, size: int, word: int, cells: int) -> tuple[int, int]:
    """Return the two sums of Adler-32 after ``cells`` times a value of ``size`` bytes."""
    plain, inside = _sum(word), size * _sum(word) - _within(word)
    high += cells * size * low + cells * inside + size * (cells * (cells - 1) // 2) * plain
    return (low + cells * plain) % MODULUS, high % MODULUS


@jit
def _differing(words: Any, place: Any, value: int) -> Any:
    """Return what values (n,) in the cells ``place`` (n,) add to the sums of a map of one value.

    The sums are of its bytes, of bytes times cells, and of bytes times their place in a value.
    """
    plain, weighted, inside = np.int64(0), np.int64(0), np.int64(0)
    common, common_inside = _sum(value), _within(value)
    for i in range(len(words)):
        word = np.int64(words[i])
        more = _sum(word) - common
        plain += more
        weighted += more * place[i]
        inside += _within(word) - common_inside
    return plain, weighted, inside


@jit
def _check(out: Any, at: int, low: int, high: int) -> int:
    out[at], out[at + 1], out[at + 2], out[at + 3] = high >> 8, high & 255, low >> 8, low & 255
    return at + 4


@jit
def _header(out: Any, at: int, count: int) -> None:
    """Write the header of a stored block of ``count`` bytes."""
    out[at], out[at + 1], out[at + 2], out[at + 3] = count & 255, count >> 8, ~count & 255, ~count >> 8 & 255


@jit
def _repeated(out: Any, at: int, background: Any, m: int, times: int, size: int) -> None:
    """Write the background of map ``m`` over zeros."""
    if background[m] != 0:
        for i in range(times):
            move(out, at + i * size, background, m * size, size)


@jit
def _filled(out: Any, at: int, runs: Any, cells: int, background: Any, m: int, size: int) -> int:
    """Write ``cells`` times the background of map ``m``; return where it ends."""
    more = max(0, cells - runs.alike) // runs.period
    start, stop = runs.starts[cells - more * runs.period], runs.starts[cells - more * runs.period + 1]
    end: int = at
    if more:
        end = _appended(out, end, runs.fills, start, start + runs.head)
        for _ in range(more):
            end = _appended(out, end, runs.fills, start + runs.head, start + runs.head + runs.again)
        start += runs.head
    end = _appended(out, end, runs.fills, start, stop)
    _repeated(out, at + 4, background, m, runs.literals[cells - more * runs.period], size)
    return end


@jit
def windows(out: Any, blobs: Any, background: Any, grid: Any, template: Any, framing: Any, runs: Any) -> Any:
    """Write the streams of every few maps into ``out``; return the bytes of each.

    blobs       (index, start, values, products, first, last): the maps that have a window, the first cell of each
                window, its values (P, h across), or none where they are products: y, x, floor, and memory for one as
                words and as float32; and the rows between which it differs from the background
    background  (M,) of each map; like the values, as unsigned integers
    grid        (size, across, width, cells, maps): bytes of a value, cells of a window's row, of a map's row and of a
                map, maps of a stream
    template    as ``windows.WindowTemplate`` has it; framing: (opening, closing) bytes of a stream
    runs        of zeros, as ``windows.Runs`` has them
    """
    index, start, values, products, first, last = blobs
    size, across, width, cells, maps = grid
    window, step, more, apart = template
    opening, closing = framing
    y, x, floor, words, single = products
    row_bytes = across * size
    place = np.empty(len(words), np.int64)
    for i in range(len(place)):
        place[i] = i // across * width + i % across
    sizes = np.empty(len(background) // maps, np.int64)
    at, p = 0, 0
    for chunk in range(len(sizes)):
        began = at
        at = _appended(out, at, opening, 0, len(opening))
        low, high = 1, 0
        for m in range(chunk * maps, (chunk + 1) * maps):
            value = np.int64(background[m])
            low, high = _constant(low, high, size, value, cells)
            if p == len(index) or index[p] != m:
                at = _filled(out, at, runs, cells, background, m, size)
                continue
            if len(values):
                words = values[p]
            else:
                multiplied(y[p], x[p], floor, single)
            count, before = last[p] - first[p] + 1, start[p] + first[p] * width
            at = _filled(out, at, runs, before, background, m, size)
            reach, source = (count - 1) * step, first[p] * row_bytes
            move(out, at, window, 0, 4 + reach)
            if apart:
                _header(out, at + reach, row_bytes)
            else:
                _header(out, at, reach + row_bytes)
            at += 4
            for _ in range(count - 1):
                move(out, at, words, source, row_bytes)
                _repeated(out, at + row_bytes, background, m, more, size)
                at, source = at + step, source + row_bytes
            at = _appended(out, at, words, source, source + row_bytes)
            out[at] = 0
            behind = cells - (start[p] + last[p] * width + across)
            at = _filled(out, at + 1, runs, behind, background, m, size)
            begin, end = first[p] * across, (last[p] + 1) * across
            plain, weighted, inside = _differing(words[begin:end], place[begin:end], value)
            high = (high + size * ((cells - start[p]) * plain - weighted) - inside) % MODULUS
            low = (low + plain) % MODULUS
            p += 1
        at = _appended(out, at, closing, 0, len(closing))
        at = _check(out, at, low, high)
        sizes[chunk] = at - began
    return sizes


@jit
def prepared(
    out: Any,
    kind: Any,
    maps: int,
    size: int,
    pieces: Any,
    starts: Any,
    stops: Any,
    plain: Any,
    weighted: Any,
    opening: Any,
    closing: Any,
) -> Any:
    """Join segments of the kinds (M,) into ``out``, a stream for every ``maps`` maps; return the bytes of each."""
    sizes = np.empty(len(kind) // maps, np.int64)
    at = 0
    for chunk in range(len(sizes)):
        began = at
        at = _appended(out, at, opening, 0, len(opening))
        low, high = 1, 0
        for m in range(chunk * maps, (chunk + 1) * maps):
            k = kind[m]
            at = _appended(out, at, pieces, starts[k], stops[k])
            high = (high + size * low + weighted[k]) % MODULUS
            low = (low + plain[k]) % MODULUS
        at = _appended(out, at, closing, 0, len(closing))
        at = _check(out, at, low, high)
        sizes[chunk] = at - began
    return sizes


@jit
def lookup3(words: Any, length: int) -> Any:
    """Return Jenkins' ``hashlittle`` over whole triples of words (uint32), as ``writing.checksum`` does."""
    a = b = c = np.uint32(0xDEADBEEF + length)
    end = len(words) - 3
    for i in range(0, end, 3):
        a, b, c = np.uint32(a + words[i]), np.uint32(b + words[i + 1]), np.uint32(c + words[i + 2])
        for turn in (4, 6, 8, 16, 19, 4):
            a = np.uint32(np.uint32(a - c) ^ np.uint32(np.uint32(c << turn) | np.uint32(c >> 32 - turn)))
            c = np.uint32(c + b)
            a, b, c = b, c, a
    a, b, c = np.uint32(a + words[end]), np.uint32(b + words[end + 1]), np.uint32(c + words[end + 2])
    for turn in (14, 11, 25, 16, 4, 14, 24):
        c = np.uint32(np.uint32(c ^ b) - np.uint32(np.uint32(b << turn) | np.uint32(b >> 32 - turn)))
        a, b, c = b, c, a
    return b
