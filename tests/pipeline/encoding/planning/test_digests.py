"""The hash of annotations is that of their columns, however many there are, and copies none of them."""

from __future__ import annotations

import json
import tracemalloc
from hashlib import sha256

import pytest

from kp2heat.pipeline.encoding.planning import digests
from tests.benchmarks.scale import people


@pytest.mark.parametrize("count", [1, digests.PIECE, digests.PIECE + 1])
def test_names_are_hashed_as_one_list(count: int) -> None:
    rows = people(count)
    expected = sha256(json.dumps(rows.skeleton.to_json(), sort_keys=True).encode())
    images = rows.images
    columns = (rows.xy, rows.visible, rows.bbox, rows.area, rows.crowd, rows.image, rows.id)
    for column in (*columns, images.id, images.file_name, images.size):
        expected.update(f"{column.dtype.kind}{column.shape}".encode())
        text = json.dumps(column.tolist()).encode() if column.dtype.kind == "U" else column.tobytes()
        expected.update(text)
    assert digests.annotations_digest(rows) == expected.hexdigest()


def test_no_column_is_copied() -> None:
    rows = people(4 * digests.PIECE)
    tracemalloc.start()
    digests.annotations_digest(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rows.xy.nbytes / 4
