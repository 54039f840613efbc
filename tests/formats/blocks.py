"""Files read block by block next to the same read whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.formats import FORMATS, open_blocks, parse, read_content, read_options, to_annotations
from kp2heat.formats.reading.gathered import COLUMNS, Gathered


def whole(path: Path, **options: Any) -> Annotations:
    settings = read_options(options)
    return to_annotations(parse(read_content(path), FORMATS, settings), settings)


def same(found: Annotations, expected: Annotations) -> None:
    for name in COLUMNS:
        mine, other = getattr(found, name), getattr(expected, name)
        assert (mine.dtype.kind, mine.shape) == (other.dtype.kind, other.shape), name
        np.testing.assert_array_equal(mine, other, name)
    for name in ("id", "file_name", "size", "crowding"):
        np.testing.assert_array_equal(getattr(found.images, name), getattr(expected.images, name))
    for name in ("skeleton", "source", "reading", "skipped", "category_names", "image_folders"):
        assert getattr(found, name) == getattr(expected, name), name


def same_by_blocks(path: Path, **options: Any) -> None:
    blocks = open_blocks(path, **options)
    table, head = blocks.feed(lambda: Gathered(blocks.most_rows))
    assert len(head) == 0
    same(table.table(head), whole(path, **options))
    rows = np.array([0, 1, 7, 13, 27, 31])
    same(blocks.read(rows, head), whole(path, **options).take(rows))
