"""Statistics count what is in the annotations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.annotations import Annotations, Images
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.seeing.source import from_plan
from kp2heat.pipeline.seeing.statistics import TILE, statistics
from kp2heat.pipeline.seeing.statistics_file import write_statistics
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec
from tests.cli.run import SAMPLE

ROWS = kp2heat.read(SAMPLE / "annotations.json")


def small() -> Annotations:
    """Three people of two joints in two images; the last one repeats the first."""
    xy = np.array(
        [[[10.0, 20.0], [40.0, 60.0]], [[-5.0, 3.0], [np.nan, np.nan]], [[10.0, 20.0], [40.0, 60.0]]]
    )
    return Annotations(
        Skeleton(("left", "right"), ((0, 1),)),
        Images(np.array([1, 2]), np.array(["a.png", "b.png"]), np.array([[100, 80], [100, 80]], np.int32)),
        xy=xy,
        visible=np.array([[2, 1], [2, 0], [2, 1]], np.uint8),
        bbox=np.array([[0.0, 0, 50, 100], [np.nan] * 4, [0, 0, 50, 100]]),
        area=np.full(3, np.nan),
        crowd=np.zeros(3, bool),
        image=np.array([0, 0, 0]),
        id=np.arange(3),
        source="small",
    )


def test_everything_is_counted() -> None:
    found = statistics(small())
    assert found.counts["people"] == 3
    assert found.counts["duplicates"] == 1
    assert found.counts["images_without_people"] == 1
    assert found.counts["most_people_in_an_image"] == 3
    assert found.counts["joints_outside_the_image"] == 1
    assert found.counts["without_box"] == 1
    assert found.visible.tolist() == [3, 0]
    assert found.hidden.tolist() == [0, 2]
    assert found.unlabelled.tolist() == [0, 1]
    assert found.per_person.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.together, [[1, 2 / 3], [1, 1]])
    np.testing.assert_allclose(found.limbs, 0.5)


def test_a_hidden_joint_outside_the_image_is_one_of_the_labelled() -> None:
    rows = small()
    xy = rows.xy.copy()
    xy[0, 1] = -40, 60
    np.testing.assert_allclose(statistics(replace(rows, xy=xy)).share_outside, [1 / 3, 1 / 2])


def test_densities_are_where_the_joints_are() -> None:
    found = statistics(small())
    assert found.over_image[0].sum() == 2, "the joint outside is not in the image"
    row, column = int(20.5 / 80 * TILE), int(10.5 / 100 * TILE)
    assert found.over_image[0, row, column] == 2
    row, column = (int((place + 0.25) / 1.5 * TILE) for place in (0.2, 0.2))
    assert found.over_box[0, row, column] == 2


def test_limbs_are_measured_in_sigmas_of_each_level() -> None:
    drawn = from_plan(
        plan(ROWS, Spec(input_size=(64, 64), fit="stretch", sizes=("16x16", "8x8"), sigma=("2", "1")))
    )
    found = statistics(ROWS, drawn)
    fine, coarse = found.in_sigmas["16x16"], found.in_sigmas["8x8"]
    np.testing.assert_allclose(fine * 2 / 16, coarse * 1 / 8)
    a, b = ROWS.skeleton.limbs[0]
    people = drawn.truth(np.arange(len(drawn.people.xy)))
    length = np.linalg.norm(people[:, a] - people[:, b], axis=-1) / 4 / 2
    assert fine[0, 2] == pytest.approx(np.nanmedian(length))


def test_a_file_without_people_has_statistics_and_a_chart(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("cv2")
    nobody = statistics(ROWS.take(np.zeros(len(ROWS), bool)))
    assert nobody.counts["people"] == 0
    write_statistics(nobody, tmp_path / "s.png")
    write_statistics(statistics(ROWS), tmp_path / "s.json")
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")


def test_hostile_names_are_shown_as_they_are(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("cv2")
    names = ("<script>alert(1)</script>", "$\\frac{1}{0}$ & 鼻 \x07")
    rows = replace(small(), skeleton=Skeleton(names, ((0, 1),)), source="$a_b$<b>")
    write_statistics(statistics(rows), tmp_path / "s.svg")
    assert "<script>" not in (tmp_path / "s.svg").read_text(encoding="utf-8")
