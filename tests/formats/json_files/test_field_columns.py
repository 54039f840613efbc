"""Fields of JSON objects as columns, and exact repetitions among them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kp2heat.formats.json_files.field_columns import Columns, columns_of, first_of_each
from kp2heat.formats.json_files.number_lists import NumberLists
from kp2heat.formats.json_files.schema import Image
from kp2heat.formats.parsed import Known, id_column


def columns(values: list[Any], block: int = 4096) -> Columns:
    """The column ``id`` of objects that have these values there, or nothing where it is None."""
    images = [Image(id=value) for value in json.loads(json.dumps(values))]
    return columns_of([images[n : n + block] for n in range(0, len(images), block)], Image)


@pytest.mark.parametrize("block", [1, 2, 4096])
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([3, 1, -(2**63)], "i"),
        ([0.5, 1.0, 2.5], "f"),
        (["b", "", "long text"], "U"),
        ([1, 2.0, 3], "list"),
        ([1, "1", None], "list"),
        ([True, False, True], "list"),
        ([2**63, 1, 1], "list"),
        ([None, 7, None], "list"),
        ([[1], {}, "a\0"], "list"),
    ],
)
def test_values_come_back_as_they_are(values: list[Any], kind: str, block: int) -> None:
    found = columns(values, block)["id"]
    assert [*found] == values
    assert [*map(type, np.asarray(found).tolist() if kind != "list" else found)] == [*map(type, values)]
    assert (found.dtype.kind if isinstance(found, np.ndarray) else "list") == kind
    assert id_column(found).tolist() == id_column(values).tolist()


def test_a_field_that_no_object_has() -> None:
    found = columns([None, None])
    assert "id" not in found
    assert found["id"] == [None, None]
    assert columns([]).take([]).count == 0


@pytest.mark.parametrize(
    "ids", [[5, 6, 5, 5, 7, 6], ["a", "b", "a", "a", "", "b"], [5, None, "5", 5, None, None]]
)
def test_only_rows_like_the_first_of_their_id_are_repetitions(ids: list[Any]) -> None:
    like = [1, 1, 1, 2, 1, 2]
    kept = first_of_each(columns(ids)["id"], lambda rows: {n: like[n] for n in rows.tolist()})
    assert [*kept] == [0, 1, 3, 4, 5]


def test_blocks_of_lists_are_one_matrix_and_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kp2heat.formats.json_files.number_lists.BLOCK_BYTES", 100)
    numbers = np.arange(33.0).reshape(11, 3)

    def lists() -> NumberLists:
        made = NumberLists()
        made.append(np.empty((2, 0)))
        for part in (numbers[:1], numbers[1:7], numbers[7:7], numbers[7:]):
            made.append(part)
        made.append(np.empty((1, 0)))
        return made

    nothing = np.full((1, 3), np.nan)
    expected = np.concatenate([nothing, nothing, numbers, nothing])
    made = lists()
    assert max(map(len, made.blocks)) == 4
    np.testing.assert_array_equal(made.whole(), expected)
    assert not made.blocks
    rows = [0, 3, 4, 5, 9, 13]
    np.testing.assert_array_equal(lists().take(rows).whole(), expected[rows])
    with pytest.raises(ValueError, match="different lengths"):
        lists().append(np.zeros((1, 4)))


def test_an_image_is_found_by_its_id_the_last_of_several_and_text_as_number() -> None:
    known = np.array([7, 3, 9, 3])
    assert Known(known).rows(np.array([3, 8, 7, 100, -1])).tolist() == [3, -1, 0, -1, -1]
    assert Known(known).rows(np.array(["9", "x"])).tolist() == [2, -1]
    assert Known(known[:0]).rows(np.array([1])).tolist() == [-1]
