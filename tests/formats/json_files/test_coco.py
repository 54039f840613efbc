from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import InputError

NAMES = ["head", "left_hand", "right_hand"]


def coco(keypoints: list[Any], **changes: Any) -> dict[str, Any]:
    """A file of one image and one annotation per list of keypoints."""
    file: dict[str, Any] = {
        "images": [{"id": 7, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [
            {"id": i, "image_id": 7, "category_id": 1, "keypoints": k} for i, k in enumerate(keypoints)
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": NAMES, "skeleton": [[1, 2], [1, 3]]}],
    }
    return file | changes


def read(tmp_path: Path, file: object, **options: Any) -> Any:
    path = tmp_path / "folder" / "some.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(file if isinstance(file, str) else json.dumps(file))
    return formats.read(path, **options)


PLAIN = [1, 2, 2, 30, 40, 1, 5, 5, 0]


def test_columns(tmp_path: Path) -> None:
    a = read(tmp_path, coco([PLAIN, [0, 0, 0] * 3]))
    np.testing.assert_array_equal(a.xy[0], [[1, 2], [30, 40], [np.nan, np.nan]])
    np.testing.assert_array_equal(a.visible, [[2, 1, 0], [0, 0, 0]])
    assert a.images.size.tolist() == [[64, 48]]
    assert a.images.file_name.tolist() == ["a.png"]
    assert a.skeleton.names == tuple(NAMES)
    assert a.skeleton.limbs == ((0, 1), (0, 2))
    assert a.skeleton.swap == (0, 2, 1)
    assert a.source == "some.json"
    assert a.reading == "COCO keypoints JSON, 3 joints, 2 annotations in 1 image, 2 labelled joints"
    assert np.isnan(a.bbox).all()
    assert np.isnan(a.area).all()
    assert not a.crowd.any()


@pytest.mark.parametrize(
    "keypoints",
    [
        [1.0, 2.0, 2.0, 30.0, 40.0, 1.0, 5, 5, 0.0],
        [[1, 2, 2], [30, 40, 1], [5, 5, 0]],
        [1, 2, 2, 30, 40, 1, None, None, 0],
        ["1", "2", "2", "30", "40", "1", "5", "5", "0"],
    ],
)
def test_spellings_of_the_same_joints(tmp_path: Path, keypoints: list[Any]) -> None:
    a = read(tmp_path, coco([keypoints]))
    np.testing.assert_array_equal(a.xy[0], [[1, 2], [30, 40], [np.nan, np.nan]])
    np.testing.assert_array_equal(a.visible, [[2, 1, 0]])


def test_pairs_without_visibility(tmp_path: Path) -> None:
    a = read(tmp_path, coco([[1, 2, 30, 40, 0, 0], [[1, 2], [3, 4], [-1, -1]]][:1]))
    np.testing.assert_array_equal(a.visible, [[2, 2, 0]])
    assert "no visibility" in a.reading


def test_v_of_only_0_and_1_means_labelled(tmp_path: Path) -> None:
    a = read(tmp_path, coco([[1, 2, 1, 3, 4, 1, 0, 0, 0]]))
    np.testing.assert_array_equal(a.visible, [[2, 2, 0]])
    assert "v only 0/1" in a.reading
    as_coco = read(tmp_path, coco([[1, 2, 1, 3, 4, 1, 0, 0, 0]]), visibility="coco")
    np.testing.assert_array_equal(as_coco.visible, [[1, 1, 0]])


def test_v_zero_everywhere_with_joints_counted(tmp_path: Path) -> None:
    file = coco([[1, 2, 0, 3, 4, 0, 0, 0, 0]])
    np.testing.assert_array_equal(read(tmp_path, file).visible, [[0, 0, 0]])
    file["annotations"][0]["num_keypoints"] = 2
    np.testing.assert_array_equal(read(tmp_path, file).visible, [[2, 2, 0]])


def test_scores_in_the_place_of_v(tmp_path: Path) -> None:
    file = coco([[1, 2, 0.9, 3, 4, 0.3, 0, -3, 0]])
    np.testing.assert_array_equal(read(tmp_path, file).visible, [[2, 2, 0]])
    np.testing.assert_array_equal(read(tmp_path, file, min_likelihood=0.5).visible, [[2, 0, 0]])


def test_ids_are_kept(tmp_path: Path) -> None:
    big = 2**63 - 1
    file = coco([PLAIN, PLAIN])
    file["annotations"][1]["id"] = big
    assert read(tmp_path, file).id.tolist() == [0, big]
    file["annotations"][1]["id"] = 3.0
    assert read(tmp_path, file).id.tolist() == [0, 3]
    file["annotations"][1]["id"] = "b7"
    assert read(tmp_path, file).id.tolist() == ["0", "b7"]
    file["annotations"][1]["image_id"] = "7"
    assert read(tmp_path, file).image.tolist() == [0, 0]


def test_annotations_without_keypoints_are_left_out_and_counted(tmp_path: Path) -> None:
    file = coco([PLAIN, [], PLAIN])
    file["annotations"].append({"id": 9, "image_id": 7, "category_id": 5, "bbox": [1, 2, 3, 4]})
    a = read(tmp_path, file)
    assert a.id.tolist() == [0, 2]
    assert "2 annotations without keypoints left out" in a.reading


def test_images_without_annotations_stay(tmp_path: Path) -> None:
    a = read(tmp_path, coco([], images=[{"id": 1, "file_name": "x.png"}]))
    assert (len(a), len(a.images), len(a.skeleton)) == (0, 1, 3)
    assert "0 annotations in 1 image" in a.reading


def test_several_categories(tmp_path: Path) -> None:
    file = coco([PLAIN, PLAIN[:6]])
    file["annotations"][1]["category_id"] = 2
    file["categories"].append({"id": 2, "name": "hand", "keypoints": ["a", "b"]})
    with pytest.raises(
        InputError, match=r"person \(3 joints, 1 annotation\), hand \(2 joints, 1 annotation\)"
    ):
        read(tmp_path, file)
    assert read(tmp_path, file, category="hand").skeleton.names == ("a", "b")
    assert read(tmp_path, file, category="1").skeleton.names == tuple(NAMES)
    with pytest.raises(InputError, match="has no category 'dog'"):
        read(tmp_path, file, category="dog")


def test_limbs_are_read_from_either_base_and_foreign_ones_ignored(tmp_path: Path) -> None:
    file = coco([PLAIN])
    file["categories"][0]["skeleton"] = [[0, 1], [0, 2]]
    assert read(tmp_path, file).skeleton.limbs == ((0, 1), (0, 2))
    file["categories"][0]["skeleton"] = [[1, 2], [16, 14]]
    a = read(tmp_path, file)
    assert a.skeleton.limbs == ()
    assert "skeleton of other joints ignored" in a.reading


@pytest.mark.parametrize("missing", [[0, 0, 0], [-1, -1, 0], [0, -3, 0], [-1, -1, -1], [7, 8, 0]])
def test_every_spelling_of_not_labelled(tmp_path: Path, missing: list[int]) -> None:
    a = read(tmp_path, coco([[1, 2, 2, *missing, 30, 40, 1]]))
    np.testing.assert_array_equal(a.visible, [[2, 0, 1]])
    assert np.isnan(a.xy[0, 1]).all()


def test_names_as_objects_and_images_without_file_names(tmp_path: Path) -> None:
    file = coco([PLAIN], images=[{"id": "a.png"}])
    file["annotations"][0]["image_id"] = "a.png"
    file["categories"][0]["keypoints"] = [{"name": name} for name in NAMES]
    a = read(tmp_path, file)
    assert a.skeleton.names == tuple(NAMES)
    assert a.images.file_name.tolist() == ["a.png"]


def test_box_from_center_and_scale(tmp_path: Path) -> None:
    file = coco([PLAIN])
    file["annotations"][0] |= {"center": [30, 20], "scale": 0.1}
    np.testing.assert_allclose(read(tmp_path, file).bbox, [[20, 10, 20, 20]])


def test_image_size_from_the_user(tmp_path: Path) -> None:
    file = coco([PLAIN], images=[{"id": 7, "file_name": "a.png"}, {"id": 8, "width": 3, "height": 4}])
    assert read(tmp_path, file).images.size.tolist() == [[0, 0], [3, 4]]
    a = read(tmp_path, file, image_size=(640, 480))
    assert a.images.size.tolist() == [[640, 480], [3, 4]]
    assert "image size from the file and --image-size" in a.reading


def test_joint_outside_the_frame_is_kept(tmp_path: Path) -> None:
    a = read(tmp_path, coco([[-40, 2, 2, 900, 40, 2, 5, 5, 2]]))
    assert a.xy[0, 0].tolist() == [-40, 2]


def test_not_a_number_in_fields_that_do_not_matter(tmp_path: Path) -> None:
    text = json.dumps(coco([PLAIN])).replace('"category_id": 1', '"category_id": 1, "area": NaN')
    assert np.isnan(read(tmp_path, "\ufeff" + text).area).all()


def bad(**annotation: Any) -> dict[str, Any]:
    file = coco([PLAIN])
    file["annotations"][0] |= annotation
    return file


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (json.dumps(coco([PLAIN]))[:120], "unexpected end of file"),
        ('{"images": [}', "line 1, column 13"),
        ('{"name": "x", "version": 1}', "neither 'images' nor 'annotations'"),
        ('{"images": 3, "annotations": []}', "some.json, images: is a whole number, not a list"),
        (bad(keypoints=[1, 2, 2, 3]), r"annotations\[0\].keypoints.*: holds 4 numbers where 3 joints need 9"),
        (coco([PLAIN, PLAIN[:6], PLAIN]), r"annotations\[1\].keypoints.*: holds 6 numbers"),
        (bad(keypoints=[1, 2, 2, float("nan"), 4, 2, 0, 0, 0]), r"annotations\[0\].*, joint 1 \(left_hand\)"),
        (bad(keypoints=[1, 2, 2, float("inf"), 4, 2, 0, 0, 0]), r"annotations\[0\].*, joint 1 \(left_hand\)"),
        (bad(keypoints=[1, 2, 7, 3, 4, 2, 0, 0, 0]), r"joint 0 \(head\): 7 is not a visibility"),
        (bad(image_id=99), r"annotations\[0\].*: its image_id is not among the images"),
        (coco([PLAIN], images=[{"id": 7, "width": 0, "height": 5}]), r"images\[0\]: 0x5 is not the size"),
        (coco([PLAIN], images=[{"id": 7, "width": -3, "height": 5}]), r"images\[0\]: -3x5 is not the size"),
        (coco([PLAIN], images=[{"id": 7}, {"id": 7, "width": 3}]), r"images\[1\]: image id 7 was used"),
        ("[" * 5000, "some.json"),
    ],
)
def test_bad_files_name_the_place(tmp_path: Path, file: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, file)


def test_duplicate_annotation_ids(tmp_path: Path) -> None:
    file = coco([PLAIN] * 3)
    file["annotations"][2] |= {"id": 0, "keypoints": [9, 9, 2] * 3}
    with pytest.raises(InputError, match=r"annotations\[2\].*: id 0 was used by an earlier annotation"):
        read(tmp_path, file)


def test_halpe_under_the_names_of_coco(tmp_path: Path) -> None:
    file = coco([[5, 6, 2] * 26] * 2)
    file["categories"][0]["keypoints"] = [f"joint {k}" for k in range(17)]
    assert read(tmp_path, file).skeleton.names[17] == "head"
    file["annotations"] = coco([[5, 6, 2] * 18] * 2)["annotations"]
    with pytest.raises(InputError, match="holds 54 numbers where 17 joints need 51"):
        read(tmp_path, file)
