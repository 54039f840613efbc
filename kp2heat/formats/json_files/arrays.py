"""A long JSON array of objects, some megabytes at a time: of its elements, only those of one piece are in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from mmap import mmap
from typing import Any

import msgspec

from kp2heat.arrays import Ints
from kp2heat.formats.content import release

Data = bytes | mmap
PIECE = 1 << 21
"""Bytes decoded at a time."""
NEAR = 1 << 18
"""Bytes at the end of a piece in which an end is looked for."""
LONGEST = 1 << 26
"""Bytes in which the end of an element is looked for."""
TRIED = 8
"""Ends that are tried: an object within an element, or a text, may look like one."""
SPACE = b" \t\n\r"
"""White space of JSON (RFC 8259, section 2), which other white space is not."""
BETWEEN = re.compile(rb"\}(?=[%b]*,[%b]*\{)" % (SPACE, SPACE))
COMMA = re.compile(rb"[%b]*," % SPACE)
OPENING = re.compile(rb"[%b]*\{" % SPACE)
OBJECTS = re.compile(rb"\[[%b]*[{\]]" % SPACE)
KEY = re.compile(rb'[%b]*"([^"\\]*)"[%b]*:[%b]*' % (SPACE, SPACE, SPACE))
NEXT = re.compile(rb"[%b]*([,}])" % SPACE)
BEHIND = re.compile(r"trailing characters \(byte (\d+)\)")
"""What msgspec says of a text that goes on behind a whole value."""
TEXTS = msgspec.json.Decoder(list[msgspec.Raw])


class JsonArray:
    """The elements of a JSON array; ValueError where they are not all objects, or the text is no JSON.

    data   the text, in which the array's first element, or its closing bracket, begins at byte ``start``
    end    the byte behind the closing bracket
    count  the number of elements

    >>> array = JsonArray(b'[{"id": 7}, {"id": 8}]', 1)
    >>> array.count, [*array.blocks(dict)], array.pick([1], dict)
    (2, [[{'id': 7}, {'id': 8}]], {1: {'id': 8}})
    """

    def __init__(self, data: Data, start: int) -> None:
        self._data = data
        self._spans: list[tuple[int, int]] = []
        self._counts: list[int] = []
        end, last = start, False
        while not last:
            count, end, last = _first_elements(data, start)
            self._spans.append((start, end))
            self._counts.append(count)
            release(data, start, end)
            comma = COMMA.match(data, end)
            if not last and comma is None:
                raise ValueError("no comma between elements")
            start = comma.end() if comma else end
        self.end = end + 1
        self.count = sum(self._counts)

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return len(self._spans)

    def blocks(self, kind: type[Any]) -> Iterator[list[Any]]:
        """Yield the elements as ``kind``, piece by piece."""
        return (block for _, block in self.numbered(kind, range(self.pieces)))

    def numbered(self, kind: type[Any], pieces: Iterable[int]) -> Iterator[tuple[int, list[Any]]]:
        """Yield the elements of these pieces as ``kind``, with the number of the first of each piece."""
        decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
        return ((first, decoder.decode(text)) for first, text in self.texts(pieces))

    def texts(self, pieces: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Yield the same elements as the text of an array."""
        for piece in pieces:
            start, end = self._spans[piece]
            yield sum(self._counts[:piece]), b"[" + self._data[start:end] + b"]"
            release(self._data, start, end)

    def pick(self, rows: Ints | Sequence[int], kind: type[Any]) -> dict[int, Any]:
        """Return these elements as ``kind``, by number."""
        wanted = {*map(int, rows)}
        return {
            first + n: msgspec.json.decode(text, type=kind)
            for first, block in self.numbered(msgspec.Raw, range(self.pieces))
            for n, text in enumerate(block)
            if first + n in wanted
        }


def _first_elements(data: Data, start: int) -> tuple[int, int, bool]:
    """Return how many elements there are from here on in a piece, the byte behind them, and whether they are the last.

    Elements that are cut off in the middle, and a bracket, are no JSON: so an end that is none is noticed.
    """
    size = PIECE
    while size <= LONGEST:
        text = b"[" + data[start : start + size]
        rest = start + size >= len(data)
        ends = [] if rest else [end.end() for end in BETWEEN.finditer(text, max(0, len(text) - NEAR))]
        for cut in chain((text[:end] + b"]" for end in reversed(ends[-TRIED:])), [text]):
            try:
                elements = TEXTS.decode(cut)
            except msgspec.ValidationError:
                raise
            except msgspec.DecodeError as problem:
                behind = BEHIND.search(str(problem))
                if behind:
                    length = int(behind[1]) - 1
                    return len(TEXTS.decode(text[:length])), start + text.rindex(b"]", 0, length) - 1, True
            else:
                length = len(cut) - 2 if cut is not text else text.rindex(b"]") - 1
                return len(elements), start + length, cut is text
        if rest:
            break
        size *= 2
    raise ValueError("an array without an end")


EMPTY = JsonArray(b"[]", 1)


def array_of(data: Data) -> JsonArray:
    """Return the array that a whole text is."""
    opening = re.match(rb"[%b]*\[" % SPACE, data)
    if opening is None:
        raise ValueError("not an array")
    array = JsonArray(data, opening.end())
    if data[array.end :].strip(SPACE):
        raise ValueError("more than an array")
    return array


def arrays_in(data: Data, names: Collection[str]) -> dict[str, JsonArray]:
    """Return the arrays of objects that a JSON object has under these names, and skip all else.

    ValueError where it is no object, or has anything else there but null.

    >>> arrays = arrays_in(b'{"info": {"year": 2017}, "images": [{}, {}]}', ["images"])
    >>> {name: array.count for name, array in arrays.items()}
    {'images': 2}
    """
    found: dict[str, JsonArray] = {}
    opening = OPENING.match(data)
    at, more = (opening.end(), True) if opening else (0, False)
    while more:
        key = KEY.match(data, at)
        if key is None:
            raise ValueError("no name of a member")
        name, at = json.loads(b'"' + key[1] + b'"'), key.end()
        if OBJECTS.match(data, at):
            array = JsonArray(data, at + 1)
            at = array.end
            found[name] = array
        else:
            if name in names and data[at : at + 4] != b"null":
                raise ValueError("not an array of objects")
            found.pop(name, None)
            at += _length(data, at)
        ending = NEXT.match(data, at)
        if ending is None:
            raise ValueError("no comma between members")
        at, more = ending.end(), ending[1] == b","
    if opening is None or data[at:].strip(SPACE):
        raise ValueError("not an object")
    return {name: array for name, array in found.items() if name in names}


def _length(data: Data, start: int) -> int:
    """Return the bytes of the value that begins here."""
    size = 1 << 16
    while True:
        text = data[start : start + size].decode("latin-1")  # a character a byte
        try:
            _, length = json.JSONDecoder().raw_decode(text)
        except ValueError:
            if start + size >= len(data):
                raise
        else:
            if length < len(text):  # or else a number may go on
                return length
        size *= 4
