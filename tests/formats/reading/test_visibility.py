"""Third numbers are read per annotation: fractions in one do not change what the others mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.errors import InputError
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import ParsedFile
from kp2heat.formats.reading.to_annotations import to_annotations
from kp2heat.formats.reading.visibility import below_zero, missing_marks, visibility


def read(third: list[list[float]], **options: Any) -> tuple[list[list[int]], str]:
    n, k = np.shape(third)
    parsed = ParsedFile(
        title="",
        source="a.json",
        xy=np.full((n, k, 2), 5.0),
        id=np.arange(n),
        image=np.zeros(n, np.int64),
        image_id=np.arange(1),
        file_name=np.array(["a.png"]),
        row=np.arange(n),
        place="annotations[{row}]",
        rows="annotation",
        third=np.array(third, float),
    )
    visible, note = visibility(parsed, ReadOptions(**options))
    return visible.tolist(), note


def test_a_fraction_in_one_annotation_leaves_the_others_as_they_are() -> None:
    visible, note = read([[2, 1, 0], [2, 1, 0.031], [0.7423, 0.0301, 0], [0.4, 1, 0]])
    assert visible == [[2, 1, 0], [2, 1, 2], [2, 2, 0], [2, 2, 0]]
    assert (
        "v of 3 annotations (annotations[1] (a.png), annotations[2] (a.png), annotations[3] (a.png)) read as"
        in note
    )


def test_hidden_joints_stay_hidden_beside_a_likelihood_below_the_threshold() -> None:
    visible, _ = read([[2, 1, 0], [2, 1, 0.031], [0.7423, 0.0301, 0]], min_likelihood=0.5)
    assert visible == [[2, 1, 0], [2, 1, 0], [2, 0, 0]]


def test_scores_everywhere() -> None:
    assert read([[0.9, 1, 0], [0.2, 0.3, 0.4]]) == ([[2, 2, 0], [2, 2, 2]], "third number read as a score")
    assert read([[97.5, 2, 0]], min_likelihood=50)[0] == [[2, 0, 0]]


def test_flags_beside_fractions() -> None:
    visible, note = read([[1, 0, 1], [0.5, 0, 1]])
    assert visible == [[2, 0, 2], [2, 0, 2]]
    assert note.startswith("v only 0/1, read as labelled or not, fractions")


def test_what_the_user_says() -> None:
    assert read([[2, 1, 0.031]], visibility="coco")[0] == [[2, 1, 2]]
    assert read([[2, 1, 0]], visibility="flag")[0] == [[2, 2, 0]]
    assert read([[7, 1, 0]], visibility="score")[0] == [[2, 2, 0]]


@pytest.mark.parametrize("stated", ["auto", "coco"])
@pytest.mark.parametrize("third", [[[2, 1, 3]], [[0.5, 1, 0], [7, 1, 0]], [[-2, 0, 1], [2, 1, 0]]])
def test_a_number_that_is_no_visibility(third: list[list[float]], stated: str) -> None:
    with pytest.raises(InputError, match="is not a visibility"):
        read(third, visibility=stated)


def test_positions_that_may_not_be_written_are_copied() -> None:
    """Unlabelled joints become NaN, in a copy where the reader's columns are read-only."""
    xy = np.full((1, 2, 2), 5.0)
    xy.flags.writeable = False
    parsed = ParsedFile(
        title="",
        source="a.json",
        xy=xy,
        id=np.arange(1),
        image=np.zeros(1, np.int64),
        image_id=np.arange(1),
        file_name=np.array(["a.png"]),
        row=np.arange(1),
        place="annotations[{row}]",
        rows="annotation",
        third=np.array([[2.0, 0.0]]),
    )
    annotations = to_annotations(parsed, ReadOptions(image_size=(9, 9)))
    assert np.isnan(annotations.xy[0, 1]).all()
    assert (xy == 5).all()


@pytest.mark.parametrize(
    ("elsewhere", "missing"), [(3.0, [True, True, True, False]), (-7.5, [False, True, True, False])]
)
def test_minus_one_marks_nothing_where_it_is_the_only_negative_number(
    elsewhere: float, missing: list[bool]
) -> None:
    xy = np.array([[[-1.0, 5.0], [-1.0, -1.0], [0.0, 0.0], [elsewhere, 4.0]]])
    assert missing_marks(xy, below_zero(xy)).tolist() == [missing]
