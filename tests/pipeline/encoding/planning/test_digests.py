"""The hash of annotations is that of their columns, however many there are, and copies none of them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest

from kp2heat.annotations import Annotations
from kp2heat.pipeline.encoding.planning import digests
from kp2heat.pipeline.encoding.planning.digests import VERSION, RunningDigest
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


def running(rows: Annotations, cuts: list[int]) -> str:
    digest = RunningDigest()
    for start, stop in pairwise([0, *cuts, len(rows)]):
        digest.add(rows.take(slice(start, stop)))
    return digest.hexdigest(rows.take(slice(0, 0)))


def test_where_blocks_are_cut_changes_no_hash() -> None:
    rows = replace(
        people(500), id=np.array([f"{n}é" for n in range(500)]), category=np.array(["", "1"] * 250)
    )
    whole = running(rows, [])
    assert whole.startswith(VERSION)
    assert {running(rows, cuts) for cuts in ([0], [1], [250], [3, 3, 499])} == {whole}


@pytest.mark.parametrize("column", ["xy", "visible", "bbox", "area", "crowd", "image", "id", "category"])
def test_a_change_of_any_column_changes_the_hash(column: str) -> None:
    rows = people(9)
    values = np.array(getattr(rows, column))
    values[4] = {"category": "x", "crowd": True}.get(column, values[3])
    assert running(replace(rows, **{column: values}), []) != running(rows, [])
    assert running(rows.take(slice(0, 8)), []) != running(rows, [])


@pytest.mark.parametrize("call", [digests.annotations_digest, lambda rows: running(rows, [])])
def test_no_column_is_copied(call: Callable[[Annotations], str]) -> None:
    rows = people(4 * digests.PIECE)
    tracemalloc.start()
    call(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rows.xy.nbytes / 4
