"""Which image a result belongs to: ids, names, names in part; refusals where two readings are possible."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import Images
from kp2heat.errors import InputError
from kp2heat.pipeline.evaluation.image_identity import OTHERWISE, identify_images


def images(ids: list[Any], names: list[str], numbered: bool = False) -> Images:
    return Images(np.array(ids), np.array(names), np.zeros((len(ids), 2)), numbered)


def rows(truth: Images, ids: list[Any], names: list[str | None] | None = None) -> list[int]:
    return identify_images(truth, ids, names or [None] * len(ids)).row.tolist()


def by(truth: Images, ids: list[Any], names: list[str | None] | None = None) -> str:
    return identify_images(truth, ids, names or [None] * len(ids)).by


def test_an_id_comes_before_a_name() -> None:
    shifted = images([1, 2, 3], ["2.jpg", "3.jpg", "1.jpg"])
    assert rows(shifted, [1, 2, 3]) == [0, 1, 2]
    assert by(shifted, [1, 2, 3]) == OTHERWISE


def test_the_identity_that_was_used_is_named() -> None:
    """Of the first image too; a number that two files of other folders share contradicts no id."""
    assert by(images([7, 8], ["a.jpg", "b.jpg"]), [7]) == "image_id"
    assert by(images([1, 2], ["a/1.jpg", "b/1.jpg"]), [1, 2]) == "image_id"


def test_numbers_of_a_file_without_ids_identify_nothing() -> None:
    counted = images([0, 1, 2], ["1.jpg", "2.jpg", "0.jpg"], numbered=True)
    assert rows(counted, [1, 2, 0]) == [0, 1, 2]
    assert by(counted, [1, 2, 0]) == "file name without suffix"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a/left.jpg", "file name"),
        ("x/left.jpg", "file name without folders"),
        ("left.png", "file name without suffix"),
        ("left", "file name without suffix"),
    ],
)
def test_a_name_is_compared_whole_then_in_part(name: str, kind: str) -> None:
    truth = images([7, 8], ["a/left.jpg", "a/right.jpg"])
    assert rows(truth, [None], [name]) == [0]
    assert rows(truth, [name]) == [0]
    assert by(truth, [None], [name]) == kind


def test_a_name_that_is_not_unique_is_not_used() -> None:
    folders = images([1, 2], ["a/x.jpg", "b/x.jpg"])
    assert rows(folders, [None, None], ["b/x.jpg", "x.jpg"]) == [1, -1]
    assert rows(images([1], ["x.jpg"]), [None, None], ["a/x.jpg", "b/x.jpg"]) == [-1, -1]


def test_a_name_of_several_images_is_refused_unless_the_id_tells() -> None:
    twins = images([1, 2], ["f.png", "f.png"])
    with pytest.raises(
        InputError, match=r"\[0\]: f.png is the name of several images of the truth; write image_id"
    ):
        rows(twins, [None], ["f.png"])
    assert rows(twins, [2, 1], ["f.png", "f.png"]) == [1, 0]


def test_an_id_and_a_name_that_contradict_each_other_are_refused() -> None:
    truth = images([1, 2, 3], ["000002.jpg", "000003.jpg", "000004.jpg"])
    with pytest.raises(InputError, match=r"\[0\]: image_id 2 is 000003.jpg in the truth, .* is 000002.jpg"):
        rows(truth, [2, 3, 4], ["000002.jpg", "000003.jpg", "000004.jpg"])
    other_ids = images([501, 502], ["000002.jpg", "000003.jpg"])
    assert rows(other_ids, [2, 3], ["000002.jpg", "000003.jpg"]) == [0, 1]
    assert rows(truth, [1], ["else/000002.png"]) == [0]


def test_ids_that_are_the_numbers_of_files_are_refused_where_these_fit_more_results() -> None:
    truth = images([1, 2, 3], ["000002.jpg", "000003.jpg", "000004.jpg"])
    with pytest.raises(InputError, match=r"image_id 2 is the id of 000003.jpg and the name of 000002.jpg"):
        rows(truth, [2, 3, 4])
    cyclic = images([1, 2, 3], ["000002.jpg", "000003.jpg", "000001.jpg"])
    assert rows(cyclic, [2, 3, 1]) == [1, 2, 0]
    assert by(cyclic, [2, 3, 1]) == OTHERWISE
    coco = images([25, 26], ["000025.jpg", "000026.jpg"])
    assert by(coco, [26, 25]) == "image_id"


def test_ids_that_fit_fewer_results_than_names_are_refused() -> None:
    # As ids 2 and 3 are found, as names 2, 3 and 4: nothing says which is meant.
    truth = images([1, 2, 3], ["2.jpg", "3.jpg", "4.jpg"])
    with pytest.raises(InputError, match=r"image_id 2 is the id of 3.jpg and the name of 2.jpg"):
        rows(truth, [2, 3, 4])
    assert rows(truth, [2, 3, 9]) == [1, 2, -1]


def test_a_result_that_names_no_image_is_refused() -> None:
    with pytest.raises(InputError, match=r"\[1\]: names no image"):
        rows(images([1], ["a.jpg"]), [1, None])


def test_images_the_truth_does_not_have() -> None:
    truth = images([1, 2], ["a.jpg", "b.jpg"])
    assert rows(truth, [9, 1], [None, None]) == [-1, 0]
    assert rows(truth, [None], ["c.jpg"]) == [-1]


def test_image_ids_without_file_names_may_be_named() -> None:
    assert rows(images([1, 2], ["", ""]), [None], ["2.jpg"]) == [1]


def test_numbers_and_folders_are_read_as_any_tool_writes_them() -> None:
    truth = images([7, 8], ["a/left.jpg", "a/right.jpg"])
    assert rows(truth, [8.0, "7"]) == [1, 0]
    assert rows(truth, [None], ["C:\\data\\a\\right.jpg"]) == [1]
