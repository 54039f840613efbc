"""Cells of text to float64, exactly as ``float()`` reads them, by array arithmetic and not cell by cell.

Eight characters are one machine word, and a word of digits becomes a number in three multiplications
(Lemire 2021, "Number parsing at a gigabyte per second"). Where the digits are at most 2^53 and the power of
ten at most 10^22, one division rounds correctly (Clinger 1990); longer ones take a second step, and the few
that stay in doubt after it (Ziv 1991) are reported, as are all cells that are not plain decimals.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Bytes, Floats, Ints

Words = NDArray[np.uint64]

WORD = 8
"""Characters in a machine word."""
LONGEST = 22
"""10^22 is the last power of ten that is a float64."""
EXACT = np.uint64(2**53)
FULL = 1.8e19
"""A number below this fits 64 bits."""
TENS: Floats = 10.0 ** np.arange(LONGEST + 1, dtype=np.float64)
WHOLE_TENS = np.uint64(10) ** np.arange(20, dtype=np.uint64)
ZEROS, HIGH, OVER_NINE = (np.uint64(int(byte * WORD, 16)) for byte in ("30", "80", "76"))
TEN, PAIRS = np.uint64(10), np.uint64(0x000000FF000000FF)
UPPER, LOWER = np.uint64(0x000F424000000064), np.uint64(0x0000271000000001)
SPLIT = 2.0**27 + 1
DOUBT = 2.0**-90
"""Of a number: far above the error of the second step (2^-102), and nearly never met."""


def words_before(text: Bytes) -> Words:
    """(N,) the eight characters before each place of a text, the first eight places left out."""
    return np.ascontiguousarray(as_strided(text[:WORD].view("<u8"), (len(text) - WORD + 1,), (1,)))


def decimals(
    text: Bytes, before: Words, start: Ints, point: Ints, stop: Ints, odd: Bools, exponent: Ints | None = None
) -> tuple[Floats, Bools]:
    """Numbers [+-]digits[.digits] at [start, stop), their point at ``point`` (at ``stop`` where there is none).

    ``before`` are the ``words_before`` of eight more characters and the text, ``exponent`` the powers of ten to
    multiply by. Empty cells give NaN. The flags are True where the number is to be found by other means: where
    they were, and where a cell is not plain.
    """
    empty = start == stop
    negative, start = _signs(text, start)
    count, behind = point - start, np.maximum(stop - point - 1, 0)
    places = count + behind
    odd = odd | (places == 0) & ~empty
    if int(places.max(initial=0)) <= WORD:
        word = _characters(before, point, count)
        word >>= (behind * 8).view(np.uint64)
        word |= _characters(before, stop, behind)
        wrong, digits = _no_digits(word), _number(word)
    else:
        digits, wrong, beyond = _long(before, point, stop, count, behind)
        odd |= beyond
    values, doubt = _scaled(digits, behind if exponent is None else behind - exponent)
    odd |= doubt
    if np.bitwise_or.reduce(wrong) & HIGH:
        odd |= (wrong & HIGH) != 0
    if negative is not None:
        np.negative(values, where=negative, out=values)
    np.copyto(values, np.nan, where=empty)
    return values, odd


def scientific(
    text: Bytes, before: Words, start: Ints, point: Ints, stop: Ints, odd: Bools
) -> tuple[Floats, Bools]:
    """The same for numbers that end in e[+-]digits; a cell without is odd."""
    mark = stop.copy()
    for back in range(2, 6):
        place = np.maximum(stop - back, start)
        np.copyto(mark, place, where=(text.take(place) | 0x20) == ord("e"))
    sign = text.take(np.minimum(mark + 1, stop))
    digits = stop - mark - 1 - ((sign == ord("-")) | (sign == ord("+")))
    word = _characters(before, stop, digits)
    power = _number(word).view(np.int64)
    odd = odd | (digits < 1) | (mark == start) | ((_no_digits(word) & HIGH) != 0)
    return decimals(
        text, before, start, np.minimum(point, mark), mark, odd, np.where(sign == ord("-"), -power, power)
    )


def _signs(text: Bytes, start: Ints) -> tuple[Bools | None, Ints]:
    """Where a minus stands, if one does, and where the digits start."""
    whole = text.tobytes()
    if b"-" not in whole and b"+" not in whole:
        return None, start
    first = text.take(start)
    negative = first == ord("-")
    return negative, start + (negative | (first == ord("+")))


def _characters(before: Words, at: Ints, count: Ints) -> Words:
    """The ``count`` (0 to 8) characters before a place less "0", at the word's end, zeros before them."""
    word = before.take(at)
    word ^= ZEROS
    shift = ((WORD - count) * 8).view(np.uint64)
    word >>= shift
    word <<= shift
    return word


def _no_digits(word: Words) -> Words:
    """A high bit for each character above 9; the bits below mean nothing."""
    return (word + OVER_NINE) | word


def _number(word: Words) -> Words:
    """What eight digits spell."""
    word = word * TEN + (word >> np.uint64(8))
    rest = word >> np.uint64(16)
    rest &= PAIRS
    rest *= LOWER
    word &= PAIRS
    word *= UPPER
    word += rest
    word >>= np.uint64(32)
    return word


def _long(before: Words, point: Ints, stop: Ints, count: Ints, behind: Ints) -> tuple[Words, Words, Bools]:
    """Digits in more than one word, high bits where there are none, and where they are too many."""
    word = _characters(before, point, count)
    wrong, whole = _no_digits(word), _number(word)
    beyond = (count > WORD) | (behind > LONGEST)
    digits = whole * WHOLE_TENS.take(behind, mode="clip")
    size = whole * TENS.take(behind, mode="clip")
    for skipped in range(0, min(int(behind.max()), LONGEST), WORD):
        word = _characters(before, np.maximum(stop - skipped, 0), (behind - skipped).clip(0, WORD))
        wrong |= _no_digits(word)
        part = _number(word)
        digits += part * WHOLE_TENS[skipped]
        size += part * TENS[skipped]
    return digits, wrong, beyond | (size > FULL)


def _scaled(digits: Words, power: Ints) -> tuple[Floats, Bools | np.bool_]:
    """digits / 10^power, and where it is not sure to be the nearest float64."""
    values = digits.astype(np.float64)
    up = power < 0
    if up.any():
        doubt = (np.abs(power) > LONGEST) | up & (digits > EXACT)
        values *= TENS.take(-power, mode="clip")
    else:
        doubt = power > LONGEST
    values /= TENS.take(power, mode="clip")
    long = np.flatnonzero((digits > EXACT) & ~doubt)
    if long.size:
        values[long], doubt[long] = _corrected(digits[long], TENS[power[long]])
    return values, doubt


def _corrected(digits: Words, divisor: Floats) -> tuple[Floats, Bools]:
    """digits / divisor from the quotient of their float64 and what that leaves (Dekker 1971)."""
    near = digits.astype(np.float64)
    quotient = near / divisor
    product = quotient * divisor
    q, d = _halves(quotient), _halves(divisor)
    error = ((q[0] * d[0] - product) + q[0] * d[1] + q[1] * d[0]) + q[1] * d[1]
    lost = (digits - near.astype(np.uint64)).view(np.int64)
    rest = ((near - product) - error + lost) / divisor
    margin = quotient * DOUBT
    values = quotient + (rest - margin)
    return values, values != quotient + (rest + margin)


def _halves(values: Floats) -> tuple[Floats, Floats]:
    """High and low 26 bits, whose products are exact."""
    high = values * SPLIT
    high -= high - values
    return high, values - high
