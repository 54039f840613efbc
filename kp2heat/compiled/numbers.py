"""The loop over the characters of JSON lists of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.compiled.jit import jit

SPACE, COMMA, MINUS, POINT, OPEN, CLOSE, LETTERS, E = 32, 44, 45, 46, 91, 93, 32, 101


@jit
def _digit(text: Any, at: int) -> Any:
    """What the character at this place counts; beyond 0 to 9 where it is no digit."""
    return np.int64(text[at]) - 48


@jit
def _beyond_space(text: Any, at: int) -> int:
    while text[at] <= SPACE:
        at += 1
    return at


@jit
def _digits(text: Any, at: int, number: Any, most: int) -> Any:
    """``number`` with the digits from here on behind it, until it is above ``most``; and where they end."""
    digit = _digit(text, at)
    while 0 <= digit <= 9 and number <= most:
        number = 10 * number + digit
        at += 1
        digit = _digit(text, at)
    return number, at


@jit
def numbers(text: Any, tens: Any, most: int, rows: Any) -> bool:
    """The JSON text [[number, ...], ...] read into ``rows`` (N, L) float64; False where that is not to be had here.

    text    (n,) uint8, valid JSON, without space between the lists
    tens    the powers of ten that are float64, from 10^0 on
    most    2^53: up to it a number without its point is a float64, and one division rounds correctly (Clinger 1990);
            beyond, or where the lists hold anything but L numbers, the answer is False
    """
    at = 1
    for r in range(len(rows)):
        row = rows[r]
        if text[at] != OPEN:
            return False
        for k in range(len(row)):
            at = _beyond_space(text, at + 1)
            negative = text[at] == MINUS
            at += negative
            first = at
            whole, at = _digits(text, at, np.int64(0), most)
            if at == first:
                return False
            power, fraction = np.int64(0), text[at] == POINT
            if fraction:
                first = at + 1
                whole, at = _digits(text, first, whole, most)
                power = np.int64(first - at)
            if text[at] | LETTERS == E:
                fraction, down = True, text[at + 1] == MINUS
                first = at + 1 + (text[at + 1] < 48)
                raised, at = _digits(text, first, np.int64(0), len(tens))
                power += -raised if down else raised
            if whole > most or abs(power) >= len(tens):
                return False
            value = whole / tens[-power] if power < 0 else whole * tens[power]
            row[k] = -value if negative and (fraction or whole) else value
            at = _beyond_space(text, at)
            if text[at] != (COMMA if k + 1 < len(row) else CLOSE):
                return False
        at += 2
    return True
