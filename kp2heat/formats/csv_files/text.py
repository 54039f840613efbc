"""A delimited text file as rows of cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from mmap import mmap

from kp2heat.errors import InputError
from kp2heat.formats.content import HEAD, Content, release

DELIMITERS = ",;\t"
PIECE = 1 << 20
"""Bytes looked at at a time."""


@dataclass(frozen=True)
class Text:
    """A text file and how it is encoded; taken from the disk and decoded while it is read, never as a whole."""

    data: bytes | mmap
    encoding: str

    @property
    def head(self) -> str:
        """How it begins."""
        return self.data[:HEAD].decode(self.encoding, "ignore")

    def lines(self) -> Iterator[str]:
        """Its lines, whatever ends them."""
        for piece in pieces(self.data):
            yield from io.StringIO(piece.decode(self.encoding), newline="")


def pieces(data: bytes | mmap, start: int = 0, size: int = PIECE) -> Iterator[bytes]:
    """The bytes from some place on, in pieces that end with a line; each leaves memory when the next is asked for."""
    while start < len(data):
        end = data.find(b"\n", start + size) + 1 or len(data)
        yield data[start:end]
        if isinstance(data, mmap):
            release(data, start, end)
        start = end


def text_of(content: Content) -> Text:
    """The file as text: UTF-8, or else Latin-1, which reads any byte. InputError where it is binary."""
    if b"\0" in content.head:
        raise InputError(content.name, "is a binary file", "give a text file: JSON or CSV")
    data = content.take()
    return Text(data, "utf-8" if all(map(_is_utf8, pieces(data))) else "latin-1")


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(head: str) -> str:
    """Of comma, semicolon and tab the one that splits the first lines most often; a space where there is none."""
    lines = [line for line in re.split(r"\r\n|\r|\n", head)[:20] if line.strip()]
    if not any(d in line for line in lines for d in DELIMITERS):
        return " "
    counts = {d: sorted(line.count(d) for line in lines[:-1] or lines) for d in DELIMITERS}
    return max(
        DELIMITERS, key=lambda d: (counts[d][len(counts[d]) // 2], counts[d][0]) if counts[d] else (0, 0)
    )


def cells(text: Text, delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not blank."""
    reader = csv.reader(text.lines(), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error as problem:
        raise InputError(
            f"{source}, line {reader.line_num}", f"is not CSV ({problem})", "correct the line"
        ) from None


def heading(text: Text, source: str, rows: int = 6) -> tuple[str, list[list[str]]]:
    """The delimiter and the first rows; InputError where there is none."""
    delimiter = delimiter_of(text.head)
    top = [row for _, row in islice(cells(text, delimiter, source), rows)]
    if not top:
        raise InputError(source, "holds no cell that is not empty", "give a table with a header and rows")
    return delimiter, [[cell.strip() for cell in row] for row in top]


def sniffed(head: bytes, rows: int) -> list[list[str]]:
    """The first rows of what may be a CSV, none where it is not even text; for detection, so nothing is raised."""
    if head.lstrip()[:1] in (b"{", b"[", b"<", b""):
        return []
    try:
        return heading(text_of(Content("", head)), "", rows)[1]
    except InputError:
        return []


def is_number(cell: str) -> bool:
    """Does float() read the cell?"""
    try:
        float(cell)
    except ValueError:
        return False
    return True
