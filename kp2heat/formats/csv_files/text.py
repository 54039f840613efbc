"""A delimited text file as rows of cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from mmap import mmap

from kp2heat.errors import InputError
from kp2heat.formats.content import HEAD, Content, release

DELIMITERS = ",;\t"
PIECE = 1 << 20
"""Bytes decoded at a time."""
SEPARATOR = re.compile(r"sep=(.)\s*$", re.IGNORECASE)
"""A first line that tells spreadsheets the delimiter."""
COUNT = re.compile(r"\s*\d+[ \t]*(\r\n|\r|\n)(?=[^\r\n]*[A-Za-z])")
"""A first line with nothing but the number of rows (CelebA), above one with words."""

Row = tuple[int, list[str]]
"""The number of the line on which a row ends, and its cells."""


@dataclass(frozen=True)
class CsvText:
    """A delimited text file, taken from the disk and decoded while it is read, never as a whole.

    source     name of the file, for messages
    encoding   UTF-8, or else Latin-1, which reads any byte
    delimiter  comma, semicolon, tab, or a space where the file has none of these
    preamble   lines before the table that are not part of it
    quoted     whether there are quotes, so that a row may take several lines
    most_rows  an upper bound of the number of rows
    strict     whether quotes must close: else a part that ends within a cell would not be told from one that does not
    """

    source: str
    data: bytes | mmap
    encoding: str
    delimiter: str
    preamble: int
    quoted: bool
    most_rows: int
    strict: bool = False

    def lines(self) -> Iterator[str]:
        """Return the lines of the table with their ends, whatever ends them."""
        lines = (
            line
            for piece in pieces(self.data)
            for line in io.StringIO(piece.decode(self.encoding), newline="")
        )
        return islice(lines, self.preamble, None)

    def part(self, start: int, end: int) -> CsvText:
        """Return the text of these bytes, which begin and end with a line; it is refused where that is no row's end."""
        data = self.data[start:end]
        release(self.data, start, end)
        preamble, quoted = 0 if start else self.preamble, b'"' in data
        most_rows = _most_rows(data)
        return replace(self, data=data, preamble=preamble, quoted=quoted, most_rows=most_rows, strict=True)

    @property
    def ends(self) -> int:
        """Return how many ends of lines there are, of a text in memory."""
        data = bytes(self.data)  # of bytes, no copy
        return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")

    def rows(self, lines: Iterable[str] | None = None, before: int | None = None) -> Iterator[Row]:
        """Return the rows that are not blank: of the whole table, or of some lines with ``before`` lines above."""
        lines = self.lines() if lines is None else lines
        reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True, strict=self.strict)
        before = self.preamble if before is None else before
        try:
            for row in reader:
                if any(row):
                    yield before + reader.line_num, row
        except csv.Error as problem:
            where = f"{self.source}, line {before + reader.line_num}"
            raise InputError(where, f"is not CSV ({problem})", "correct the line") from None

    def top(self, rows: int) -> list[list[str]]:
        """Return the first rows, their cells without white space around them; InputError where there is none."""
        top = [[cell.strip() for cell in row] for _, row in islice(self.rows(), rows)]
        if not top:
            raise InputError(self.source, "has no non-empty cell", "give a table with a header and rows")
        return top


def spans(data: bytes | mmap, size: int) -> Iterator[tuple[int, int]]:
    """Return where pieces of at least so many bytes that end with a line begin and end."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + size) + 1 or len(data)
        yield start, end
        start = end


def pieces(data: bytes | mmap) -> Iterator[bytes]:
    """Return the bytes in pieces that end with a line; each leaves memory when the next is asked for."""
    for start, end in spans(data, PIECE):
        yield data[start:end]
        release(data, start, end)


def csv_text(content: Content) -> CsvText:
    """Return the file as text with its encoding and delimiter; InputError where it is binary."""
    return text_of(content.name, content.take())


def text_of(name: str, data: bytes | mmap) -> CsvText:
    """Return what a file of this name holds as text; InputError where it is binary."""
    encoding, quoted, most_rows = "utf-8", False, 0
    for piece in pieces(data):
        if b"\0" in piece:
            raise InputError(name, "is a binary file", "give a text file: JSON or CSV")
        encoding = encoding if _is_utf8(piece) else "latin-1"
        quoted = quoted or b'"' in piece
        most_rows += _most_rows(piece)
    head = data[:HEAD].decode(encoding, "ignore")
    stated = SEPARATOR.match(re.split(r"[\r\n]", head, maxsplit=1)[0])
    delimiter = stated[1] if stated else delimiter_of(head)
    preamble = 1 if stated or COUNT.match(head) else 0
    return CsvText(name, data, encoding, delimiter, preamble, quoted, most_rows)


def _most_rows(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") + 1


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(head: str) -> str:
    """Return the one of comma, semicolon and tab that splits the first lines most often, else a space."""
    lines = [line for line in re.split(r"\r\n|\r|\n", head)[:20] if line.strip()]
    counts = {d: sorted(line.count(d) for line in lines[:-1] or lines) for d in DELIMITERS}
    if not any(d in line for line in lines for d in DELIMITERS):
        return " "
    return max(DELIMITERS, key=lambda d: (counts[d][len(counts[d]) // 2], counts[d][0]))


def sniffed(head: bytes, rows: int) -> list[list[str]]:
    """Return the first rows of what may be a CSV, none where it is not; detection raises nothing."""
    if head.lstrip()[:1] in (b"{", b"[", b"<", b""):
        return []
    try:
        return csv_text(Content("", head)).top(rows)
    except InputError:
        return []


def is_number(cell: str) -> bool:
    """Return whether float() reads the cell."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
