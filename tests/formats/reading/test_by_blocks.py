"""A file read block by block is the file read whole: every bit, and every word of how it was understood."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.annotations import Annotations
from kp2heat.errors import Kp2heatError
from kp2heat.formats import coco
from kp2heat.formats.json_files import arrays
from tests.formats.blocks import refused_by_blocks, same, same_by_blocks, whole

COUNT, JOINTS = 40, 4
SPOILED = 33
"""The row that a test changes: beyond the first block."""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "PIECE", 900)


def coco_file(path: Path, *, third: str = "mixed", change: dict[str, Any] | None = None, **more: Any) -> Path:
    """COUNT annotations, some without keypoints, of which row SPOILED is changed."""
    random = np.random.default_rng(0)
    visible = random.integers(0, {"mixed": 3, "flag": 2, "zeros": 1}[third], (COUNT, JOINTS))
    xy = random.uniform(1, 50, (COUNT, JOINTS, 2)).round(1)
    rows: list[dict[str, Any]] = [
        {
            "id": 100 + n,
            "image_id": n // 2,
            "category_id": 1,
            "bbox": [1, 2, 30 + n, 40],
            "area": n / 4,
            "iscrowd": int(n % 7 == 0),
            "num_keypoints": JOINTS,
            "keypoints": [float(v) for joint in zip(*xy[n].T, visible[n], strict=True) for v in joint]
            if n % 5 != 4
            else [],
        }
        for n in range(COUNT)
    ]
    rows[SPOILED].update(change or {})
    images = [{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48 + n} for n in range(COUNT // 2)]
    names = ["nose", "left_eye", "right_eye", "tail"]
    file = {"images": images, "annotations": rows, "categories": [{"id": 1, "keypoints": names}], **more}
    path.write_text(json.dumps(file))
    return path


LIKELY = [10, 20, 0.7, 11, 21, 0.8, 12, 22, 0.25, 13, 23, 0.5]


@pytest.mark.parametrize("third", ["mixed", "flag", "zeros"])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"keypoints": [1, 2, 2, 3, 4, 1, 5, 6, 0, 7, 8, 2]},
        {"keypoints": [1, 2, 1, 3, 4, 1, -5, 6, 1, -1, 8, 0]},
        {"keypoints": LIKELY},
        {"keypoints": [*LIKELY[:2], 1, *LIKELY[3:]]},
        {"keypoints": [9000, 2, 2, 3, 4, 1, 5, 6, 0, 7, 8, 2]},
        {"score": 0.5, "head_box": [1, 2, 3, 4]},
        {"bbox": None, "area": None},
    ],
)
@pytest.mark.parametrize(
    "options", [{}, {"min_likelihood": 0.6, "image_size": (99, 98)}, {"coords": "percent"}]
)
def test_what_one_row_tells_is_told_of_all(
    tmp_path: Path, third: str, change: dict[str, Any], options: dict[str, Any]
) -> None:
    path = coco_file(tmp_path / "a.json", third=third, change=change)
    same_by_blocks(path, **options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image_id": 77}, "its image_id is not among the images"),
        ({"id": 101}, "id 101 was used by an earlier annotation"),
        ({"keypoints": [1, 2, 3]}, "holds 3 numbers where 4 joints need 12"),
        ({"keypoints": [1, 2, 7] * 4}, "7 is not a visibility"),
        ({"bbox": [1, 2, 3]}, "holds 3 numbers where x, y, width, height are 4"),
        ({"id": "\ud800"}, "surrogate"),
    ],
)
def test_what_is_wrong_is_found_in_the_words_of_the_whole(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = coco_file(tmp_path / "a.json", change=change)
    refused_by_blocks(path)
    with pytest.raises(Kp2heatError, match=words):
        formats.read(path)


@pytest.mark.parametrize(
    "change",
    [{"id": "a"}, {"id": None}, {"image_id": "3"}, {"category_id": 2}, {"center": [1, 2], "bbox": None}],
)
def test_rows_of_another_kind_are_read_as_in_the_whole(tmp_path: Path, change: dict[str, Any]) -> None:
    path = coco_file(tmp_path / "a.json", change=change)
    same(formats.read(path), whole(path))


def rewritten(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """A file whose annotations are changed."""
    file = json.loads(path.read_text())
    change(file["annotations"])
    path.write_text(json.dumps(file))
    return path


def outcome(read: Callable[[], Annotations]) -> Annotations | str:
    try:
        return read()
    except Kp2heatError as problem:
        return str(problem)


def without_v(row: dict[str, Any]) -> None:
    row["keypoints"] = [v for n, v in enumerate(row["keypoints"]) if n % 3 < 2]


LATER: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "pairs": lambda rows: [without_v(row) for row in rows[24:]],
    "ids that are their places": lambda rows: (
        [row.update(id=n, keypoints=row["keypoints"] or LIKELY) for n, row in enumerate(rows)],
        rows[SPOILED].update(keypoints=LIKELY),
    ),
    "ids that are their places at first": lambda rows: (
        [row.update(id=n + n // 20, keypoints=row["keypoints"] or LIKELY) for n, row in enumerate(rows)],
        rows[0].update(keypoints=LIKELY),
    ),
    "images that only look like texts": lambda rows: [
        row.update(image_id=row["image_id"] * 1.0 if n < 20 else str(row["image_id"]))
        for n, row in enumerate(rows)
    ],
    "a center where there is a box, and no box elsewhere": lambda rows: (
        rows[1].update(center=[1, 2]),
        rows[SPOILED].update(bbox=None),
    ),
    "boxes from center and scale": lambda rows: [
        row.update(center=[1, 2], scale=3 * n, bbox=None) for n, row in enumerate(rows)
    ],
    "no ids in the rows of one category": lambda rows: [
        row.update(category_id=2, id=None) for row in rows[SPOILED - 3 :]
    ],
}


@pytest.mark.parametrize("options", [{}, {"category": "2"}, {"on_error": "skip"}], ids=str)
@pytest.mark.parametrize("name", LATER)
def test_what_later_rows_alone_have_is_read_as_in_the_whole(
    tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    path = rewritten(coco_file(tmp_path / "a.json"), LATER[name])
    found, expected = outcome(lambda: formats.read(path, **options)), outcome(lambda: whole(path, **options))
    if isinstance(found, str) or isinstance(expected, str):
        assert found == expected
    else:
        same(found, expected)


@pytest.mark.parametrize("between", ["\f", "\v", "\x1c", "\x85"], ids=ascii)
def test_white_space_that_json_does_not_know_is_refused_wherever_a_block_ends(
    tmp_path: Path, between: str
) -> None:
    path = coco_file(tmp_path / "a.json")
    path.write_text(path.read_text().replace("}, {", "}," + between + "{"), encoding="latin-1")
    with pytest.raises(Kp2heatError, match="JSON"):
        formats.read(path)


def test_most_files_need_no_second_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a large file would take twice as long."""
    path, read = coco_file(tmp_path / "a.json"), list[int]()
    made = coco._parsed
    monkeypatch.setattr(
        coco, "_parsed", lambda *given: (parsed := made(*given), read.append(len(parsed.xy)))[0]
    )
    assert len(formats.read(path)) == sum(read)
    assert len(read) > 5
