"""Annotation columns: read-only, of the stated shapes and dtypes, rows taken together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.annotations import Annotations, Images, frozen, frozen_ids
from kp2heat.skeleton import Skeleton

COLUMNS = ("xy", "visible", "bbox", "area", "crowd", "image", "id", "score")
SKELETON = Skeleton(("nose", "left_eye", "right_eye"))


def columns(n: int = 4) -> dict[str, Any]:
    count = np.arange(n)
    return {
        "skeleton": SKELETON,
        "images": Images(id=[7, 9], file_name=["a.jpg", "b.jpg"], size=[(640, 480), (0, 0)]),
        "xy": np.arange(n * 6).reshape(n, 3, 2) / 4,
        "visible": np.full((n, 3), 2),
        "bbox": np.ones((n, 4)) * count[:, None],
        "area": count * 10.0,
        "crowd": count == 1,
        "image": count % 2,
        "id": count + 100,
    }


def test_dtypes_are_those_of_the_docstring() -> None:
    annotations = Annotations(**columns())
    dtypes = {name: getattr(annotations, name).dtype.str for name in COLUMNS}
    assert dtypes == {
        "xy": "<f8",
        "visible": "|u1",
        "bbox": "<f8",
        "area": "<f8",
        "crowd": "|b1",
        "image": "<i8",
        "id": "<i8",
        "score": "<f8",
    }
    assert annotations.images.size.dtype == np.int32
    assert len(annotations) == 4
    assert len(annotations.images) == 2


def test_ground_truth_has_no_score() -> None:
    score = Annotations(**columns()).score
    assert score is not None
    assert np.isnan(score).all()


@pytest.mark.parametrize("name", COLUMNS)
def test_no_column_can_be_written(name: str) -> None:
    column = getattr(Annotations(**columns()), name)
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 0


@pytest.mark.parametrize("name", ["id", "file_name", "size"])
def test_no_image_column_can_be_written(name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(Annotations(**columns()).images, name)[0] = 0


def test_the_callers_array_stays_writable() -> None:
    given = columns()
    Annotations(**given)
    given["xy"][0] = 1
    assert given["xy"].flags.writeable


@pytest.mark.parametrize(
    ("name", "wrong", "expected", "found"),
    [
        ("xy", np.zeros((4, 2, 2)), "(4, 3, 2)", "(4, 2, 2)"),
        ("xy", np.zeros((4, 3, 3)), "(4, 3, 2)", "(4, 3, 3)"),
        ("xy", np.zeros((4, 6)), "(4, 3, 2)", "(4, 6)"),
        ("visible", np.zeros((3, 3)), "(4, 3)", "(3, 3)"),
        ("bbox", np.zeros((4, 5)), "(4, 4)", "(4, 5)"),
        ("area", np.zeros((4, 1)), "(4,)", "(4, 1)"),
        ("crowd", np.zeros(5), "(4,)", "(5,)"),
        ("image", np.zeros(0), "(4,)", "(0,)"),
        ("score", np.zeros(3), "(4,)", "(3,)"),
    ],
)
def test_a_wrong_shape_is_named(name: str, wrong: NDArray[Any], expected: str, found: str) -> None:
    with pytest.raises(ValueError) as caught:
        Annotations(**{**columns(), name: wrong})
    assert str(caught.value) == f"expected {name} to have shape {expected}, but got {found}"


@pytest.mark.parametrize(("name", "wrong"), [("file_name", ["a"]), ("size", [(1, 2)]), ("size", [1, 2])])
def test_a_wrong_image_column_is_named(name: str, wrong: list[Any]) -> None:
    given: dict[str, Any] = {"id": [7, 9], "file_name": ["a", "b"], "size": [(1, 2), (3, 4)]}
    with pytest.raises(ValueError, match=f"expected {name} to have shape"):
        Images(**{**given, name: wrong})


def test_any_length_fits_where_the_shape_says_none() -> None:
    assert frozen([[1, 2], [3, 4]], np.float64, (None, 2), "size").shape == (2, 2)
    with pytest.raises(ValueError, match=r"expected size to have shape \(None, 2\), but got \(2,\)"):
        frozen([1, 2], np.float64, (None, 2), "size")


@pytest.mark.parametrize(
    ("given", "kept"),
    [([3, 1], [3, 1]), (["b", "a"], ["b", "a"]), ([3, "a"], ["3", "a"]), ([], []), ([2**40], [2**40])],
)
def test_ids_are_whole_numbers_or_text(given: list[Any], kept: list[Any]) -> None:
    assert frozen_ids(given).tolist() == kept


@pytest.mark.parametrize(
    "rows",
    [slice(1, 3), np.array([1, 2]), np.array([False, True, True, False])],
    ids=["slice", "numbers", "mask"],
)
def test_take_takes_every_column_and_leaves_the_images(rows: Any) -> None:
    whole = Annotations(**columns(), score=np.arange(4) / 8, source="a.json", reading="as COCO")
    part = whole.take(rows)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[1:3], err_msg=name)
        assert not getattr(part, name).flags.writeable
    assert part.images is whole.images
    assert (part.skeleton, part.source, part.reading) == (SKELETON, "a.json", "as COCO")


def test_take_reorders_repeats_and_empties() -> None:
    whole = Annotations(**columns())
    assert whole.take(np.array([3, 0, 3])).id.tolist() == [103, 100, 103]
    assert len(whole.take(np.array([], np.int64))) == 0
    assert whole.take(slice(0)).xy.shape == (0, 3, 2)
