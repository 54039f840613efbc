"""Keypoints read from their text, in whole files."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import pytest

from kp2heat.formats.content import Content
from kp2heat.formats.json_files import rows as coco_rows
from kp2heat.formats.json_files.arrays import EMPTY, array_of
from kp2heat.formats.json_files.number_lists import NumberLists
from kp2heat.formats.json_files.schema import Annotation
from tests.formats.json_files.test_number_lists import outcome, same_as_in_full
from tests.shared import SHARED


def test_lists_of_one_length_do_not_become_objects() -> None:
    """Else the tests above compare nothing."""
    text = b'[{"keypoints": [1, 2, 3]}, {"keypoints": []}, {}, {"keypoints": null}, {"keypoints": [4, 5, 6]}]'
    found = coco_rows.labelled_rows(
        Content("some.json", text),
        lambda data: coco_rows.Parts(array_of(data), EMPTY),
        list[Annotation],
        lambda rows: coco_rows.Parts(rows, []),
    )
    assert isinstance(found.keypoints, NumberLists)
    assert (found.kept.tolist(), found.total) == ([0, 4], 5)


BODY = ', "keypoints": ' + json.dumps([1, 2, 2] * 17)


@pytest.mark.parametrize(
    "value",
    [
        json.dumps([1, 2.5, 0.5] * 21),
        json.dumps([0] * 63),
        "[1, 2, 3, 4]",
        "[1, 2]",
        "[]",
        "[ ]",
        "null",
        "0",
        "false",
        '"x"',
        "[null]",
        "[[1, 2, 2]]",
        "{}",
        "NaN",
    ],
)
@pytest.mark.parametrize("field", ["lefthand_kpts", "bbox"])
def test_boxes_and_further_parts(field: str, value: str) -> None:
    feet = ', "foot_kpts": ' + json.dumps([3, 4, 2] * 6)
    given = f', "{field}": {value}'
    same_as_in_full([BODY + given])
    same_as_in_full([BODY + given] * 3)
    same_as_in_full([BODY, BODY + given, BODY, given, BODY + given])
    same_as_in_full([BODY + feet, BODY + given + feet, given, BODY + given])


@pytest.mark.parametrize("field", ["bbox", "face_kpts"])
def test_lists_of_a_category_that_is_not_chosen(field: str) -> None:
    box, other = f', "{field}": [1, 2, 3, 4]', ', "category_id": 2'
    for lists in (
        [BODY + box + other, BODY],
        [BODY + box, BODY + other],
        [BODY + other, f"{BODY}{other}{box}"],
    ):
        same_as_in_full(lists)
        same_as_in_full(lists, category="2")


@pytest.mark.parametrize("path", sorted((SHARED / "data").rglob("*.json")), ids=lambda path: path.name)
def test_files_of_others(path: Path) -> None:
    for name in ("coco", "results"):
        found = outcome(name, path.read_bytes())
        with mock.patch.object(coco_rows, "matrix", side_effect=ValueError):
            assert found == outcome(name, path.read_bytes())
