"""The chart of a data set shows the numbers that were counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.pictures.charts import statistics
from kp2heat.pictures.charts.statistics import Counted
from kp2heat.skeleton import Skeleton
from tests.pictures.charts.figures import figures_of

TILE = 20
LIMBS = np.array([[1.0, 2, 3, 4, 5], [2, 4, 6, 8, 10], [3, 6, 9, 12, 15]])


def drawn(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, Any]:
    """The parts of the chart of four joints, by their titles."""
    figures = figures_of(statistics, monkeypatch)
    over = np.zeros((4, TILE, TILE), np.int64)
    over[np.arange(4), [4, 8, 12, 16], [16, 12, 8, 4]] = 9
    fields: dict[str, Any] = {
        "skeleton": Skeleton(("a", "b", "c", "d"), ((0, 1), (1, 2), (2, 3))),
        "visible": np.array([3, 2, 1, 0]),
        "hidden": np.array([0, 1, 0, 1]),
        "unlabelled": np.array([0, 0, 2, 2]),
        "over_image": over,
        "over_box": over,
        "together": np.eye(4),
        "per_person": np.array([0, 1, 2, 0, 0]),
        "box": np.array([[10.0, 20], [100, 200], [np.nan, np.nan]]),
        "limbs": LIMBS,
        "in_sigmas": {"28x28": LIMBS, "14x14": LIMBS / 2},
    }
    statistics.statistics_chart(Counted(**{**fields, **changes}), "a set", ".png")
    (figure,) = figures
    titled = {axes.get_title("left") or axes.get_title() or axes.get_ylabel(): axes for axes in figure.axes}
    return {title.partition(":")[0].partition(" (")[0]: axes for title, axes in titled.items()}


def test_counts_lie_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = drawn(monkeypatch)
    bars = parts["Visibility per joint"].containers
    assert [bar.get_label() for bar in bars] == ["visible", "hidden", "unlabelled"]
    tops = np.array([[one.get_y() + one.get_height() for one in bar] for bar in bars])
    np.testing.assert_array_equal(tops, [[3, 2, 1, 0], [3, 3, 1, 1], [3, 3, 3, 3]])
    (people,) = parts["Labelled joints per person"].containers
    assert [one.get_height() for one in people] == [0, 1, 2, 0, 0]


def test_limbs_of_two_levels_stand_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = drawn(monkeypatch)["Limb lengths"]
    assert axes.get_yscale() == "log"
    (first, marks), (second, _) = zip(axes.collections[::2], axes.collections[1::2], strict=True)
    for part, rows, sign in ((first, LIMBS, -1), (second, LIMBS / 2, 1)):
        segments = np.array(part.get_segments())
        np.testing.assert_allclose(segments[:, :, 0] - np.arange(3)[:, None], 0.2 * sign)
        np.testing.assert_allclose(segments[:, :, 1], rows[:, [0, 4]])  # 5 % and 95 %
    np.testing.assert_allclose(marks.get_offsets(), np.stack([np.arange(3) - 0.2, LIMBS[:, 2]], axis=1))


@pytest.mark.parametrize(
    "title", ["Where joints are in the image", "Where joints are in the box, which is the inner frame"]
)
def test_every_joint_has_a_density_of_its_own(title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty joints: seventeen next to each other, and a second row."""
    peaks = [(4 + k % 5 * 3, 16 - k % 4 * 3) for k in range(20)]
    over, zeros = np.zeros((20, TILE, TILE), np.int64), np.zeros(20, np.int64)
    over[np.arange(20), *zip(*peaks, strict=True)] = 9
    many = {"visible": zeros, "hidden": zeros, "unlabelled": zeros, "over_image": over, "over_box": over}
    axes = drawn(
        monkeypatch, skeleton=Skeleton(tuple(f"j{k}" for k in range(20))), together=np.eye(20), **many
    )[title]
    mosaic = np.ma.filled(np.ma.masked_invalid(axes.images[0].get_array()), -1)
    known = mosaic >= 0
    assert known.sum() == 20 * TILE**2
    left, top = (np.flatnonzero(np.diff(known.any(axis=n).astype(int), prepend=0) == 1) for n in (0, 1))
    assert (len(left), len(top)) == (17, 2), "with gaps between them"
    corners = [(x, y) for y in top for x in left][:20]
    for (x, y), peak in zip(corners, peaks, strict=True):
        density = mosaic[y : y + TILE, x : x + TILE]
        assert np.unravel_index(density.argmax(), density.shape) == peak
    frames = [np.array(patch.get_bbox()) for patch in axes.patches]
    assert len(frames) == (20 if "box" in title else 0)
    for frame, corner in zip(frames, corners, strict=False):
        assert frame[1] - frame[0] == pytest.approx([TILE / 1.5] * 2), "the box without its margins"
        assert frame.mean(axis=0) == pytest.approx(np.add(corner, TILE / 2 - 0.5))
    assert [text.get_text() for text in axes.texts] == [f"{k} j{k}" for k in range(20)]


def test_what_there_is_not_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = drawn(
        monkeypatch,
        skeleton=Skeleton(("a", "b", "c", "d")),
        limbs=np.zeros((0, 5)),
        in_sigmas={},
        box=np.full((2, 2), np.nan),
    )
    assert [text.get_text() for text in parts["Box sizes"].texts] == ["no boxes"]
    assert [text.get_text() for text in parts["Limb lengths"].texts] == ["the skeleton has no limbs"]
