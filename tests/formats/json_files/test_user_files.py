"""JSON files as users' reports brought them: read in full and rightly, or refused by name; ``validate`` agrees."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.annotations import Annotations
from kp2heat.errors import InputError, SpecError
from kp2heat.formats.findings import Finding

PLAIN = [20, 20, 2, 60, 40, 2, 100, 60, 2]


def coco(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A file of one image and three named joints."""
    annotations = [
        {"id": n + 1, "image_id": 1, "category_id": 1, "keypoints": PLAIN} | row for n, row in enumerate(rows)
    ]
    images = [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}]
    categories = [{"id": 1, "name": "t", "keypoints": ["p0", "p1", "p2"]}]
    return {"images": images, "annotations": annotations, "categories": categories} | changes


def write(tmp_path: Path, file: object) -> Path:
    path = tmp_path / "some.json"
    path.write_text(file if isinstance(file, str) else json.dumps(file))
    return path


def read(tmp_path: Path, file: object, **options: Any) -> Annotations:
    return formats.read(write(tmp_path, file), **options)


def findings(tmp_path: Path, file: object, **options: Any) -> dict[str, Finding]:
    return {f.code: f for f in formats.validate(write(tmp_path, file), **options)}


def refused(tmp_path: Path, file: object, words: str, code: str) -> None:
    """Assert that reading refuses the file in these words, and that ``validate`` finds the same."""
    with pytest.raises(InputError, match=words):
        read(tmp_path, file)
    assert findings(tmp_path, file)[code].severity == "error"


@pytest.mark.parametrize(
    ("bbox", "words"),
    [
        ({"x": 10, "y": 10, "width": 100, "height": 60}, "is an object"),
        ("[10, 10, 100, 60]", "is a text"),
        ([[10, 10], [110, 70]], "is a list of lists"),
        ([10, 10, 100], "holds 3 numbers"),
        ([10, 10, 100, 60, 0.9], "holds 5 numbers"),
        (7, "is a number"),
    ],
)
@pytest.mark.parametrize("others", [0, 2])
def test_what_is_no_box_is_refused(tmp_path: Path, bbox: Any, words: str, others: int) -> None:
    good = {"bbox": [10, 10, 100, 60]}
    file = coco(*[good] * others, {"bbox": bbox})
    refused(
        tmp_path,
        file,
        rf"annotations\[{others}\].bbox.*: {words}.*write \[x, y, width, height\]",
        "wrong-box",
    )
    kept = read(tmp_path, coco(good, {"bbox": bbox}), on_error="skip")
    assert kept.bbox.tolist() == [[10, 10, 100, 60]]
    assert words in kept.skipped[0].reason


def test_an_empty_box_is_noted_and_numbers_written_as_text_are_numbers(tmp_path: Path) -> None:
    file = coco({"bbox": []}, {"bbox": ["10", "10", "100", "60"]}, {})
    a = read(tmp_path, file)
    assert np.isnan(a.bbox[[0, 2]]).all()
    assert a.bbox[1].tolist() == [10, 10, 100, 60]
    assert "1 empty bbox read as no box" in a.reading
    assert findings(tmp_path, file)["no-box"].places == ("annotations[0].bbox",)


def test_inner_lists_tell_how_many_numbers_a_joint_has(tmp_path: Path) -> None:
    pairs = {"keypoints": [[10, 20], [1, 40], [50, 2]]}
    for categories in ([], [{"id": 1, "name": "t"}], [{"id": 1, "keypoints": ["a", "b", "c"]}]):
        a = read(tmp_path, coco(pairs, categories=categories))
        assert a.xy.tolist() == [[[10, 20], [1, 40], [50, 2]]]
        assert "no visibility" in a.reading
    six = {"keypoints": [[10, 20], [1, 40], [50, 2], [3, 4], [5, 6], [7, 8]]}
    named = [{"id": 1, "keypoints": ["a", "b", "c", "d"]}]
    refused(
        tmp_path, coco(six, categories=named), "holds 12 numbers where 4 joints need 12|lists of 2", "wrong-k"
    )


def test_two_triplets_are_not_three_pairs(tmp_path: Path) -> None:
    refused(
        tmp_path,
        coco({"keypoints": [10, 20, 2, 30, 40, 2]}),
        "holds 6 numbers where 3 joints need 9",
        "wrong-k",
    )
    pairs = read(tmp_path, coco({"keypoints": [10, 20, 30, 40, 50, 60]}))
    assert pairs.xy.tolist() == [[[10, 20], [30, 40], [50, 60]]]


def test_a_list_of_another_length_is_counted_as_it_is(tmp_path: Path) -> None:
    """Short keypoints are one finding, and no finding about numbers that are not in the file."""
    file = coco({}, {"keypoints": PLAIN[:6], "num_keypoints": 2})
    refused(tmp_path, file, r"annotations\[1\].keypoints.*: holds 6 numbers where 3 joints need 9", "wrong-k")
    assert [*findings(tmp_path, file)] == ["wrong-k"] or {*findings(tmp_path, file)} == {"wrong-k", "no-area"}
    object_ = coco({"keypoints": {"p0": [1, 2, 2]}})
    refused(tmp_path, object_, r"keypoints.*: is an object, not a list of numbers", "wrong-k")


def test_whole_body_pairs_keep_their_number_in_messages(tmp_path: Path) -> None:
    parts = {
        "foot_kpts": [0] * 18,
        "face_kpts": [0] * 204,
        "lefthand_kpts": [0] * 63,
        "righthand_kpts": [0] * 63,
    }
    names = [{"id": 1, "keypoints": [f"b{k}" for k in range(17)]}]
    pairs = read(tmp_path, coco({"keypoints": [float(k) for k in range(1, 267)]} | parts, categories=names))
    assert pairs.xy.shape == (1, 133, 2)
    short = coco({"keypoints": [1, 2, 2] * 16} | parts, categories=names)
    refused(tmp_path, short, "holds 48 numbers where 17 joints need 51", "wrong-k")


def test_images_and_annotations_listed_again_are_read_once(tmp_path: Path) -> None:
    file = coco({"bbox": [1, 2, 3, 4]}, {})
    file["images"] *= 3
    file["annotations"] += copy.deepcopy(file["annotations"][:1])
    a = read(tmp_path, file)
    assert (len(a), len(a.images)) == (2, 1)
    assert "1 repeated annotation read once, 2 repeated images read once" in a.reading
    assert not {f for f in findings(tmp_path, file).values() if f.severity == "error"}


def test_what_differs_under_one_id_is_refused(tmp_path: Path) -> None:
    file = coco({})
    file["images"] += [file["images"][0] | {"file_name": "b.jpg"}]
    refused(tmp_path, file, r"images\[1\]: image id 1 was used.*in its annotations too", "duplicate-image-id")
    file = coco({}, {"id": 1, "keypoints": [1, 2, 2] * 3})
    refused(tmp_path, file, r"annotations\[1\].*: id 1 was used by an earlier annotation", "duplicate-id")


def test_the_user_says_what_the_joints_are_against_the_category(tmp_path: Path) -> None:
    """Human-Art: a category of 21 names, 17 joints in ``keypoints``, 21 in ``keypoints_21``."""
    row = {"keypoints": [5, 6, 2] * 17, "keypoints_21": [5, 6, 2] * 21}
    file = coco(
        row, categories=[{"id": 1, "keypoints": [f"j{k}" for k in range(21)], "skeleton": [[20, 21]]}]
    )
    refused(tmp_path, file, "51 numbers where 21 joints need 63.*--skeleton or --names", "wrong-k")
    assert read(tmp_path, file, skeleton="coco").skeleton.names[0] == "nose"
    names = tuple(f"n{k}" for k in range(17))
    a = read(tmp_path, file, names=names)
    assert a.skeleton.names == names
    assert a.skeleton.limbs == ()
    with pytest.raises((InputError, SpecError), match="16"):
        read(tmp_path, file, names=names[:16])


@pytest.mark.parametrize("joints", [26, 133, 136])
def test_a_category_of_as_many_names_keeps_its_own(tmp_path: Path, joints: int) -> None:
    names = [f"p{k}" for k in range(joints)]
    file = coco({"keypoints": [5, 6, 2] * joints}, categories=[{"id": 1, "keypoints": names}])
    assert read(tmp_path, file).skeleton.names == tuple(names)


def test_files_without_any_keypoints_are_refused_by_both(tmp_path: Path) -> None:
    point = {"keypoints": None, "segmentation": [[20, 30]], "bbox": [20, 30, 1, 1]}
    per_point = coco(point, point, categories=[{"id": 1, "name": "nose"}, {"id": 2, "name": "tail"}])
    refused(tmp_path, per_point, "none of 2 rows has keypoints, and no category names joints", "no-keypoints")
    refused(tmp_path, coco({"keypoints": []}), "none of 1 row has keypoints;", "no-keypoints")
    refused(tmp_path, [{"image_id": 1, "keypoints": []}], "none of 1 row has keypoints", "no-keypoints")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ([{"name": "x", "keypoints": {"x": [0.5], "y": [0.4], "visible": [0.9]}}], "YOLO results"),
        ([coco({})], "COCO file inside a list"),
    ],
)
def test_files_of_other_tools_are_named(tmp_path: Path, file: object, words: str) -> None:
    for look in (read, findings):
        with pytest.raises(InputError, match=words):
            look(tmp_path, file)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"images": [{"id": 1, "file_name": "a\ud800.jpg"}]}, r"images\[0\].file_name"),
        ({"images": [{"id": "x\udfff"}]}, r"images\[0\].(file_name|id)"),
        ({"categories": [{"id": 1, "keypoints": ["a", "b\ud83d", "c"]}]}, "joint 1"),
    ],
)
def test_half_a_surrogate_pair_is_refused_with_its_place(tmp_path: Path, change: Any, place: str) -> None:
    refused(
        tmp_path, coco({"image_id": change.get("images", [{"id": 1}])[0]["id"]}, **change), place, "surrogate"
    )


def test_half_a_surrogate_pair_in_an_id(tmp_path: Path) -> None:
    refused(tmp_path, coco({"id": "a\udc00"}), r"annotations\[0\].*surrogate", "surrogate")
