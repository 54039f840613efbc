"""Files read block by block next to the same read whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import COLUMNS, Annotations
from kp2heat.formats import FORMATS, open_blocks, parse, read_content, read_options, to_annotations
from kp2heat.formats.parsed import NotByBlocksError
from kp2heat.formats.reading.by_blocks import BlockedFile
from kp2heat.formats.reading.gathered import Gathered


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


def fed(path: Path, **options: Any) -> tuple[BlockedFile, Gathered, Annotations]:
    """Return a file by blocks, all its rows, and its annotations without a row."""
    blocks = open_blocks(path, **options)
    return blocks, *blocks.feed(lambda: Gathered(blocks.most_rows))


def same_by_blocks(path: Path, **options: Any) -> None:
    blocks, table, head = fed(path, **options)
    assert len(head) == 0
    same(table.table(head), whole(path, **options))
    rows = np.array([0, 1, 7, 13, 27, 31])
    same(blocks.read(rows, head), whole(path, **options).take(rows))


def refused_by_blocks(path: Path, **options: Any) -> None:
    """Find a file refused, before its blocks are read or with the one that shows why."""
    with pytest.raises(NotByBlocksError):
        fed(path, **options)
