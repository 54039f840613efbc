"""A long JSON array of objects, some megabytes at a time: of its elements, only those of one piece are in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from kp2heat.arrays import Ints

PIECE = 1 << 21
"""Bytes decoded at a time."""
LONGEST = 1 << 26
"""Bytes in which the end of an element is looked for."""
TRIED = 8
"""Ends that are tried: an object within an element, or a text, may look like one."""
BETWEEN = re.compile(rb"\}(\s*,\s*)(?=\{)")


def absent(part: object) -> bool:
    """Return whether a part of a file, decoded or as text, is not there.

    >>> absent(None), absent(msgspec.Raw(b"null")), absent(msgspec.Raw(b"[]")), absent([])
    (True, True, False, False)
    """
    return part is None or (isinstance(part, msgspec.Raw) and bytes(memoryview(part)[:4]) in (b"", b"null"))


class JsonArray:
    """The elements of a JSON array; msgspec's errors or a ValueError where they are not all objects.

    text    the array; forget: called whenever a piece of it has been read

    >>> array = JsonArray(msgspec.Raw(b'[{"id": 7}, {"id": 8}]'))
    >>> [*array.blocks(dict)], array.pick([1], dict)
    ([[{'id': 7}, {'id': 8}]], {1: {'id': 8}})
    """

    def __init__(self, text: msgspec.Raw, forget: Callable[[], None] = lambda: None) -> None:
        view = memoryview(text)
        if bytes(view[:1]) != b"[":
            raise ValueError("not an array")
        self._inside = view[1:-1]
        self._forget = forget
        self._starts = [0]

    @classmethod
    def of(cls, part: object, forget: Callable[[], None]) -> JsonArray:
        """Return the array that a part of a file is, an empty one where the part is absent."""
        return cls(part if isinstance(part, msgspec.Raw) and not absent(part) else msgspec.Raw(b"[]"), forget)

    def blocks(self, kind: type[Any], pieces: Sequence[int] | None = None) -> Iterator[list[Any]]:
        """Yield the elements as ``kind``, piece by piece; only those of some ``pieces``, once all have been found."""
        decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
        starts = iter([self._starts[n] for n in pieces]) if pieces is not None else iter(self._starts)
        for start in starts:
            if start < len(self._inside):
                elements, length = self._first(decoder, start)
                if pieces is None and start == self._starts[-1]:
                    self._starts.append(start + length)  # which this loop comes to next
                yield elements
                self._forget()

    def pick(self, rows: Ints | Sequence[int], kind: type[Any]) -> dict[int, Any]:
        """Return these elements as ``kind``, by number."""
        wanted, first = {*map(int, rows)}, 0
        found: dict[int, Any] = {}
        for block in self.blocks(msgspec.Raw):
            found |= {
                first + n: msgspec.json.decode(text, type=kind)
                for n, text in enumerate(block)
                if first + n in wanted
            }
            first += len(block)
        return found

    def _first(self, decoder: msgspec.json.Decoder[list[Any]], start: int) -> tuple[list[Any], int]:
        """Return the first elements from here on, and the length of their text with the comma behind it.

        Elements cut off in the middle, and a bracket, are no JSON: so an end that is none is noticed.
        """
        size = PIECE
        while start + size < len(self._inside) and size <= LONGEST:
            text = b"[" + self._inside[start : start + size]
            ends = [
                (end.start(1), end.end()) for end in BETWEEN.finditer(text, max(0, len(text) - PIECE // 8))
            ]
            for end, behind in reversed(ends[-TRIED:]):
                try:
                    return decoder.decode(text[:end] + b"]"), behind - 1
                except msgspec.ValidationError:
                    raise
                except msgspec.DecodeError:
                    continue
            size *= 2
        if start + size < len(self._inside):
            raise ValueError("an element without an end")
        return decoder.decode(b"[" + self._inside[start:] + b"]"), len(self._inside) - start
