"""The loop over zlib streams of stored blocks and blocks of fixed codes that are matches and nothing else: windows.

A run is one fill, however many matches say it, and the block between two rows of a window is read once: the work
follows what the stream says, not what it holds. Literals and other codes are left to zlib-ng, which is faster at them.
Streams come from anywhere, so everything is looked at before it is read or written. RFC 1950 and RFC 1951, sections
3.2.3 to 3.2.6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.arrays import Ints
from kp2heat.compiled.deflate import MODULUS
from kp2heat.compiled.jit import jit
from kp2heat.compiled.memory import move, word

FARTHEST, LEAST, LONGEST = 1 << 15, 3, 258
NONE = 1 << 16
"""What a code stands for that stands for nothing: farther and longer than any."""
REDUCED, LINE = 1 << 16, 64
"""Bytes summed before the sums are reduced, and at a time."""
SURE = 57
"""Bits that are looked at ahead, at least."""


def _entry(value: int, extra: int, width: int) -> int:
    """What a code stands for, the bits that follow and add to it, and its own."""
    return value << 16 | extra << 8 | width


def _scale(n: int, several: int) -> tuple[int, int]:
    """Code n of a scale that has ``several`` of each number of extra bits: what it adds to the least, and those bits."""
    extra = max(0, n // several - 1)
    return (n if n < several else several + n % several << extra), extra


def _lengths() -> Ints:
    """(256,) by the next eight bits; the end of the block has length 0."""
    table = np.full(256, _entry(NONE, 0, 8))
    for symbol in range(256, 286):
        width, code = (7, symbol - 256) if symbol < 280 else (8, 192 + symbol - 280)
        least, extra = _scale(symbol - 257, 4) if symbol > 256 else (-LEAST, 0)
        if symbol == 285:
            least, extra = LONGEST - LEAST, 0
        table[_reversed(code, width) :: 1 << width] = _entry(least + LEAST, extra, width)
    return table


def _distances() -> Ints:
    """(32,) by the next five bits."""
    table = np.full(32, _entry(NONE, 0, 5))
    for n in range(30):
        least, extra = _scale(n, 2)
        table[_reversed(n, 5)] = _entry(least + 1, extra, 5)
    return table


def _reversed(code: int, width: int) -> int:
    return int(f"{code:0{width}b}"[::-1], 2)


LENGTHS, DISTANCES = _lengths(), _distances()


@jit
def _ahead(stream: Any, bit: int) -> Any:
    """The stream from ``bit`` on, SURE bits of it or more, the first one lowest; zeros behind its end."""
    at = bit >> 3
    if at + 8 <= len(stream):
        return word(stream, at) >> (bit & 7)
    last = np.int64(0)
    for i in range(at, len(stream)):
        last |= np.int64(stream[i]) << 8 * (i - at)
    return last >> (bit & 7)


@jit
def _read(entry: int, ahead: int, used: int) -> Any:
    """What the code says that begins ``used`` bits ahead, and where it ends."""
    used += entry & 255
    extra = entry >> 8 & 255
    return (entry >> 16) + (ahead >> used & (1 << extra) - 1), used + extra


@jit
def _fill(out: Any, start: int, stop: int, period: int) -> None:
    """start..stop as the ``period`` bytes before, over and over."""
    source = start - period
    for i in range(source, start):
        if out[i] != 0:
            break
    else:
        out[start:stop] = 0
        return
    at = start
    while at < stop:
        count = min(at - source, stop - at)
        move(out, at, out, source, count)
        at += count


@jit
def _fixed(stream: Any, bit: int, out: Any, at: int) -> Any:
    """A block of fixed codes from ``bit`` on, into ``out`` from byte ``at`` on: where both end, and the period if it
    was one run, else 0. The first is -1 where it is not of matches alone, or of such as cannot be.
    """
    room, began, done, period = len(out), at, at, 0
    while True:
        ahead = _ahead(stream, bit)
        length, used = _read(LENGTHS[ahead & 255], ahead, 0)
        if length == 0:
            _fill(out, done, at, period)
            return bit + used, at, period if done == began else 0
        distance, used = _read(DISTANCES[ahead >> used & 31], ahead, used)
        if length > min(room - at, LONGEST) or distance > min(at, FARTHEST):
            return -1, at, 0
        if done == at or (distance != period and (distance > at - done + period or distance % period)):
            _fill(out, done, at, period)
            done, period = at, distance
        mask = (1 << used) - 1
        match = ahead & mask
        while True:  # long runs are one match said again
            at += length
            bit += used
            if length > room - at or _ahead(stream, bit) & mask != match:
                break


@jit
def inflated(stream: Any, out: Any) -> Any:
    """Whether the zlib stream (n,) uint8 is of such blocks and holds as many bytes as ``out`` (m,) uint8, where they are
    then; their Adler-32, its last four bytes, is not looked at. Where not, ``out`` holds anything.
    """
    size, room = len(stream), len(out)
    if size < 8 or stream[0] != 0x78 or stream[1] & 32 or (0x7800 + stream[1]) % 31:
        return False
    bit, at, last = 16, 0, False
    block, mask, used, run, period = 0, 0, 0, 0, 0
    while not last:
        ahead = _ahead(stream, bit)
        if used and ahead & mask == block and run <= room - at:  # as between the two rows before
            _fill(out, at, at + run, period)
            at += run
            bit += used
            continue
        last, kind = bool(ahead & 1), ahead >> 1 & 3
        if kind == 0:
            start = (bit + 10 >> 3) + 4
            if start > size:
                return False
            head = _ahead(stream, 8 * start - 32)
            count = head & 0xFFFF
            if count ^ 0xFFFF != head >> 16 & 0xFFFF or count > min(size - start, room - at):
                return False
            move(out, at, stream, start, count)
            at += count
            bit = 8 * (start + count)
        elif kind == 1:
            end, stop, period = _fixed(stream, bit + 3, out, at)
            if end < 0:
                return False
            used = end - bit if period and end - bit < SURE and not last else 0
            mask = (1 << used) - 1
            block, run = ahead & mask, stop - at
            bit, at = end, stop
        else:
            return False
    return at == room and (bit + 7 >> 3) + 4 == size


@jit
def _adler32(data: Any) -> Any:
    """Of bytes (n,) uint8 (RFC 1950, section 8.2). Zeros are only counted, a line at a time."""
    low, high = np.int64(1), np.int64(0)
    for start in range(0, len(data), REDUCED):
        stop = min(start + REDUCED, len(data))
        at = start
        while at + LINE <= stop:
            high += LINE * low
            some = np.int64(0)
            for i in range(0, LINE, 8):
                some |= word(data, at + i)
            if some != 0:
                line = data[at : at + LINE]
                plain, weighted = np.uint32(0), np.uint32(0)
                for i in range(LINE):
                    value = np.uint32(line[i])
                    plain = np.uint32(plain + value)
                    weighted = np.uint32(weighted + np.uint32(value * np.uint32(LINE - i)))
                low += np.int64(plain)
                high += np.int64(weighted)
            at += LINE
        for i in range(at, stop):
            low += np.int64(data[i])
            high += low
        low, high = low % MODULUS, high % MODULUS
    return high << 16 | low


@jit
def chunk(stream: Any, out: Any) -> Any:
    """Whether the zlib stream (n,) uint8 is of such blocks, holds as many bytes as ``out`` (m,) uint8, where they are then,
    and ends with their Adler-32.
    """
    if not inflated(stream, out):
        return False
    check = np.int64(0)
    for byte in stream[-4:]:
        check = check << 8 | byte
    return _adler32(out) == check


@jit
def chunks(stored: Any, starts: Any, sizes: Any, out: Any, places: Any, size: int, whole: Any) -> None:
    """``chunk`` of the streams that begin at ``starts`` (n,) in ``stored`` (m,) uint8, ``sizes`` (n,) bytes each, into
    ``size`` bytes of ``out`` (l,) uint8 from ``places`` (n,) on; the answers are in ``whole`` (n,).
    """
    for n in range(len(starts)):
        stream = stored[starts[n] : starts[n] + sizes[n]]
        whole[n] = chunk(stream, out[places[n] : places[n] + size])
