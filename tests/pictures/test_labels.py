"""Labels never cover each other, a point, or the edge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kp2heat.pictures.bodies import draw_errors, draw_skeletons, marker_radius
from kp2heat.pictures.labels import Labels
from kp2heat.pictures.panel import Panel
from kp2heat.pictures.text import runs, shorten, text_mask, tight_mask, write
from kp2heat.skeleton import Skeleton

pytest.importorskip("cv2")


@given(st.lists(st.tuples(st.floats(-20, 220), st.floats(-20, 170)), min_size=1, max_size=133))
@settings(max_examples=25)
def test_labels_do_not_overlap(points: list[tuple[float, float]]) -> None:
    canvas = np.zeros((150, 200, 3), np.uint8)
    xy = np.array(points)
    labels = Labels((200, 150))
    labels.keep_free(xy, 2)
    before = labels.taken.sum()
    words = [str(k) for k in range(len(xy))]
    left_out = labels.put(canvas, xy, words, [(255, 255, 255)] * len(xy), 11, 5)
    placed = [tight_mask(word, 11).shape for word in words]
    areas = sorted((tall + 2) * (wide + 2) for tall, wide in placed)
    taken = int(labels.taken.sum() - before)
    shown = len(words) - left_out
    assert sum(areas[:shown]) <= taken <= sum(areas[left_out:]), "each placed label took its own room"


def test_a_label_stands_right_of_its_point_where_there_is_room() -> None:
    canvas = np.zeros((150, 200, 3), np.uint8)
    Labels((200, 150)).put(canvas, np.array([[100.0, 75.0]]), ["17"], [(255, 255, 255)], 11, 5)
    y, x = np.nonzero(canvas.any(axis=2))
    assert abs(x.min() - (100 + 5)) <= 2, "with its rim of 2 px"
    assert abs((y.min() + y.max()) / 2 - 75) <= 1


@pytest.mark.parametrize(("left", "top"), [(-60, 40), (40, -60), (-60, -60), (250, 40), (40, 250)])
def test_text_beyond_the_canvas_is_not_drawn(left: int, top: int) -> None:
    canvas = np.zeros((150, 200, 3), np.uint8)
    write(canvas, "17", left, top, 11, (255, 255, 255))
    assert not canvas.any()


def test_a_joint_is_a_dot_of_its_radius() -> None:
    panel = Panel((200, 200), (400, 400))
    canvas = panel.backdrop(None)
    empty, radius = canvas.copy(), marker_radius(panel, 1, 1)
    xy = np.array([[[100.0, 60.0]]])
    draw_skeletons(canvas, panel, Skeleton(("a",)), xy, np.full((1, 1), 2, np.uint8), numbered=False)
    y, x = np.nonzero((canvas != empty).any(axis=2))
    for places, centre in ((x, 200.5), (y, 120.5)):
        assert abs(places.min() - (centre - radius)) <= 2
        assert abs(places.max() - (centre + radius)) <= 2


def test_a_label_that_has_no_room_is_counted() -> None:
    panel = Panel((40, 40), (40, 40))
    canvas = panel.backdrop(None)
    xy = np.full((1, 30, 2), 20.0)
    assert draw_skeletons(canvas, panel, Skeleton.numbered(30), xy, np.full((1, 30), 2, np.uint8)) > 20


def test_nothing_is_drawn_of_unlabelled_joints_nor_far_away() -> None:
    panel = Panel((40, 40), (80, 80))
    empty = panel.backdrop(None)
    canvas = empty.copy()
    xy = np.array([[[np.nan, np.nan], [1e12, 5.0], [10.0, 10.0]]])
    draw_skeletons(
        canvas, panel, Skeleton(("a", "b", "c"), ((0, 1), (1, 2))), xy, np.array([[2, 2, 0]], np.uint8)
    )
    draw_errors(canvas, panel, xy, xy + 1e13)
    assert (canvas == empty).all()


def test_text_in_any_script_has_a_picture() -> None:
    for word in ("nose", "鼻", "עין", "كتف", "<script>", "\x00\x1b[31m", "\U0010fffe"):
        mask = text_mask(word, 14)
        assert mask.ndim == 2
        assert "\x1b" not in "".join(
            piece for _, piece in runs(word.replace("\x1b", " ").replace("\x00", " "))
        )
    assert text_mask("nose", 14).any()
    assert not text_mask("", 14).any()


def test_long_text_is_cut_in_the_middle() -> None:
    short = shorten("a/very/long/path/of/an/image_000001.jpg", 14, 120)
    assert text_mask(short, 14).shape[1] <= 120
    assert "…" in short
    assert short.endswith("g")
