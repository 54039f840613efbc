"""A wide CSV block by block: first the columns that name images, then the rows, of which none depends on another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.formats.content import Content
from kp2heat.formats.csv_files import text
from kp2heat.formats.csv_files.rows import CATEGORY, categories
from kp2heat.formats.csv_files.sheet import Sheet, distinct_images, image_cells, image_columns, number_columns
from kp2heat.formats.csv_files.wide import open_sheet, parsed_rows
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import Blocks, NotByBlocksError, ParsedFile


@dataclass(frozen=True, eq=False)
class Index:
    """What the rows of a file say together.

    lines, rows      (P + 1,) lines and rows before each of P pieces, and all of them
    image            (N,) the image of each row; images: the columns of all images
    category_names   names of categories by id
    """

    lines: Ints
    rows: Ints
    image: Ints
    images: dict[str, Any]
    category_names: dict[str, str]


def blocks(content: Content, options: ReadOptions, **_: object) -> Blocks:
    """Return the file as blocks; NotByBlocksError, or what reading raises, where it has to be read whole.

    Blocks are read in this process, by whatever engine others are.
    """
    whole = text.text_of(content.name, content.data)
    sheet = open_sheet(whole, options)
    if whole.delimiter == " " or options.category is not None:
        raise NotByBlocksError("cells that spaces divide, or a category that all rows have to be asked for")
    if len(sheet.joints[1]) > 1:
        raise NotByBlocksError("how many instances a row has depends on its joints")
    cuts = [*text.spans(whole.data, text.PIECE)]

    def piece(number: int) -> Sheet:
        return replace(sheet, text=whole.part(*cuts[number]), skip=0 if number else sheet.skip)

    if len([*zip(range(sheet.skip), piece(0).text.rows(), strict=False)]) < sheet.skip:
        raise NotByBlocksError("the first piece ends before the first row")
    index = _index(sheet, map(piece, range(len(cuts))))
    numbers = number_columns(sheet)

    def read(pieces: Iterable[int]) -> Iterator[ParsedFile]:
        for number in pieces:
            part = piece(number)
            start, stop = index.rows[number : number + 2]
            table = part.table(("annotation", *CATEGORY), numbers)
            parsed = parsed_rows(part, table, index.images, index.image[start:stop])
            ids = parsed.id if sheet.states_ids else parsed.id + start
            row = parsed.row + index.lines[number]
            yield parsed.but(id=ids, row=row, category_names=index.category_names)

    return Blocks(int(index.rows[-1]), len(cuts), read, lambda: ())


def _index(sheet: Sheet, pieces: Iterable[Sheet]) -> Index:
    """Return what all rows say together, of a file in pieces."""
    sizes = {name: group for name, group in number_columns(sheet).items() if name == "size"}
    lines, counts, found = [0], [0], list[dict[str, NDArray[Any]]]()
    of_rows, names, many = list[Ints](), dict[str, str](), 0
    for piece in pieces:
        table = piece.table((*sheet.image_words, *CATEGORY), sizes)
        cells = image_cells(sheet, table, sum(counts))
        names |= categories(table)[1]
        images, image = distinct_images(cells)
        found.append(images)
        of_rows.append(image + many)
        many += len(images["name"])
        counts.append(len(table.line))
        lines.append(piece.text.ends)
    cells = {kind: np.concatenate([images[kind] for images in found]) for kind in found[0]}
    found.clear()
    images, number = distinct_images(cells)
    image = number[np.concatenate(of_rows)]
    return Index(np.cumsum(lines), np.cumsum(counts), image, image_columns(sheet, images), names)
