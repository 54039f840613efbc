"""The loop over the numbers of JSON lists, eight characters at a time (Lemire 2021, as in ``formats.csv_decimal``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.jit import jit

SPACE, PLUS, COMMA, MINUS, POINT, E, OPEN, CLOSE = (np.uint64(ord(mark)) for mark in " +,-.e[]")
LOWER_CASE = np.uint64(32)
WORD = 8
"""Characters in a machine word: a text is followed by as many."""
LONGEST = 18
"""So many digits fit 64 bits."""
ONE, BYTE, TOP, TEN, PAIRS = (np.uint64(value) for value in (1, 8, 56, 10, 0x000000FF000000FF))
ZEROS, OVER_NINE, HIGH, ONES = (np.uint64(int(byte * WORD, 16)) for byte in ("30", "76", "80", "01"))
UPPER, LOWER = np.uint64(0x000F424000000064), np.uint64(0x0000271000000001)


@jit
def _at(text: Any, at: Any) -> Any:
    return np.uint64(text[at])


@jit
def _word(text: Any, at: Any) -> Any:
    """The eight characters from here on: one load, as it is compiled."""
    word = np.uint64(0)
    for i in range(WORD):
        word |= np.uint64(text[at + np.uint64(i)]) << np.uint64(8 * i)
    return word


@jit
def _digits(text: Any, at: Any, number: Any, tens: Any) -> Any:
    """``number`` with the digits from here on behind it, and where they end."""
    count = WORD
    while count == WORD:
        word = _word(text, at) ^ ZEROS
        other = ((word + OVER_NINE) | word) & HIGH
        before = ((other - ONE) >> ONE) & ONES
        count = np.int64(before * ONES >> TOP) - (other != 0)
        word = word << np.uint64(BYTE * np.uint64(WORD - count)) if count else np.uint64(0)
        word = word * TEN + (word >> BYTE)
        word = ((word & PAIRS) * UPPER + ((word >> np.uint64(16)) & PAIRS) * LOWER) >> np.uint64(32)
        number = number * np.int64(tens[count]) + np.int64(word)
        at += np.uint64(count)
    return number, at


@jit
def _beyond_space(text: Any, at: Any) -> Any:
    while _at(text, at) <= SPACE:
        at += ONE
    return at


@jit
def numbers(text: Any, tens: Any, most: int, rows: Any) -> bool:
    """The JSON text [[number, ...], ...] read into ``rows`` (N, L) float64; False where that is not to be had here.

    text    (n,) uint8, valid JSON, without space between the lists, and eight more characters
    tens    the powers of ten that are float64, from 10^0 on
    most    2^53: up to it a number without its point is a float64, and one division rounds correctly (Clinger 1990);
            beyond, or where the lists hold anything but L numbers, the answer is False
    """
    at = ONE
    for r in range(len(rows)):
        row = rows[r]
        if _at(text, at) != OPEN:
            return False
        for k in range(len(row)):
            at = _beyond_space(text, at + ONE)
            negative = _at(text, at) == MINUS
            first = at + np.uint64(negative)
            whole, at = _digits(text, first, np.int64(0), tens)
            length = at - first
            power, integer = np.int64(0), True
            if _at(text, at) == POINT:
                first = at + ONE
                whole, at = _digits(text, first, whole, tens)
                length += at - first
                power, integer = -np.int64(at - first), False
            if _at(text, at) | LOWER_CASE == E:
                sign = _at(text, at + ONE)
                first = at + ONE + np.uint64(sign in (MINUS, PLUS))
                raised, at = _digits(text, first, np.int64(0), tens)
                if at - first > LONGEST:
                    return False
                power += -raised if sign == MINUS else raised
                integer = False
            if length == 0 or length > LONGEST or whole > most or abs(power) >= len(tens):
                return False
            value = whole / tens[-power] if power < 0 else whole * tens[power]
            row[k] = -value if negative and not (integer and whole == 0) else value
            at = _beyond_space(text, at)
            if _at(text, at) != (COMMA if k + 1 < len(row) else CLOSE):
                return False
        at += np.uint64(2)
    return True
