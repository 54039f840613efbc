"""Results are compared with the instances of their category only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.errors import InputError
from kp2heat.pipeline.evaluation.report import Evaluation
from kp2heat.pipeline.evaluation.run import evaluate_files

CAT, DOG = [20, 20, 2, 60, 40, 2, 100, 60, 2], [120, 20, 2, 160, 40, 2, 190, 60, 2]


def scored(
    folder: Path, results: list[tuple[Any, list[int]]], truth: tuple[int, ...] = (1, 2), **options: Any
) -> Evaluation:
    """A cat and a dog in one image, and results of (category, keypoints)."""
    names = {1: ("cat", CAT), 2: ("dog", DOG)}
    (folder / "truth.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 100}],
                "categories": [
                    {"id": i, "name": name, "keypoints": ["p", "q", "r"]} for i, (name, _) in names.items()
                ],
                "annotations": [
                    {
                        "id": i,
                        "image_id": 1,
                        "category_id": i,
                        "keypoints": names[i][1],
                        "area": 6000,
                        "bbox": [10, 10, 100, 60],
                    }
                    for i in truth
                ],
            }
        )
    )
    rows = [
        {"image_id": 1, "keypoints": points, "score": 0.9}
        | ({} if category is None else {"category_id": category})
        for category, points in results
    ]
    (folder / "results.json").write_text(json.dumps(rows))
    reading = {"category": options.pop("category", None)}
    return evaluate_files(
        folder / "results.json", folder / "truth.json", reading=reading, sigmas=(0.05,), **options
    )


def test_exchanged_categories_score_nothing(tmp_path: Path) -> None:
    wrong = scored(tmp_path, [(1, DOG), (2, CAT)])
    assert wrong.ap["AP"] == 0
    assert wrong.measured["oks"].overall["OKS"] < 0.1
    assert wrong.measured["pck"].overall["PCK@0.1"] == 0
    assert scored(tmp_path, [(1, DOG), (2, CAT)], matching="oks").counts()["matched"] == 0
    assert scored(tmp_path, [(1, CAT), (2, DOG)]).ap["AP"] == 1


def test_results_of_a_category_that_was_not_chosen_are_skipped_with_a_note(tmp_path: Path) -> None:
    report = scored(tmp_path, [(1, CAT), (2, DOG)], category="cat")
    assert report.ap["AP"] == 1
    assert report.notes == ("1 result of other categories skipped: category 2 (dog)",)
    assert scored(tmp_path, [(2, DOG)], category="cat").ap["AP"] == 0


def test_the_only_category_of_results_is_taken_for_the_only_one_of_the_truth(tmp_path: Path) -> None:
    report = scored(tmp_path, [(0, CAT)], truth=(1,))
    assert report.ap["AP"] == 1
    assert report.notes == ("category 0 of the results is taken for the truth's category 1 (cat)",)


def test_a_category_may_be_named(tmp_path: Path) -> None:
    assert scored(tmp_path, [("cat", CAT), ("dog", DOG)]).ap["AP"] == 1


def test_results_without_a_category_are_refused_where_there_are_several(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"results.json, \[1\]: has no category, and the truth has 2"):
        scored(tmp_path, [(1, CAT), (None, DOG)])
    assert scored(tmp_path, [(None, CAT)], truth=(1,)).ap["AP"] == 1


def test_average_precision_is_the_mean_over_categories(tmp_path: Path) -> None:
    assert scored(tmp_path, [(1, CAT), (2, CAT)]).ap["AP"] == 0.5


def test_each_category_is_matched_alone(tmp_path: Path) -> None:
    report = scored(tmp_path, [(2, DOG), (1, CAT)], matching="oks")
    np.testing.assert_array_equal(report.matched, [1, 0])
