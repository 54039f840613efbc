"""The sample data: what make.py writes is what is committed, and it holds what the tests elsewhere rely on."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="module")
def coco():
    return json.loads((FOLDER / "annotations.json").read_text())


@pytest.fixture(scope="module")
def people(coco):
    return [record for record in coco["annotations"] if not record["iscrowd"]]


def joints(record):
    return np.array(record["keypoints"], float).reshape(17, 3)


def size(coco, record):
    image = next(image for image in coco["images"] if image["id"] == record["image_id"])
    return image["width"], image["height"]


def rows(name):
    with (FOLDER / name).open(newline="") as file:
        return list(csv.reader(file))


def test_make_reproduces_the_committed_files():
    try:
        import cv2  # noqa: F401
    except ImportError:  # also when a system library of OpenCV's is missing
        pytest.skip("make.py writes its images with OpenCV, which cannot be imported")
    run = subprocess.run(
        [sys.executable, FOLDER / "make.py", "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_images_have_the_stated_sizes(coco):
    assert len(coco["images"]) == 24
    for image in coco["images"]:
        with Image.open(FOLDER / "images" / image["file_name"]) as picture:
            assert picture.size == (image["width"], image["height"])
    assert len({(image["width"], image["height"]) for image in coco["images"]}) == 4


def test_the_folder_is_small():
    sizes = {path: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    pictures = sum(size for path, size in sizes.items() if path.parent.name == "pictures")
    assert pictures < 300_000, "README's pictures"
    assert sum(sizes.values()) - pictures < 700_000


def test_annotation_files_have_unix_line_ends():
    for name in ("annotations.json", "annotations_wide.csv", "annotations_dlc.csv"):
        assert b"\r" not in (FOLDER / name).read_bytes()


def test_exactly_one_image_is_empty(coco):
    annotated = {record["image_id"] for record in coco["annotations"]}
    assert len(coco["images"]) - len(annotated) == 1


def test_category_is_the_official_person(coco):
    (category,) = coco["categories"]
    assert len(category["keypoints"]) == 17
    assert category["keypoints"][0] == "nose"
    assert category["keypoints"][-1] == "right_ankle"
    assert len(category["skeleton"]) == 19
    assert {joint for limb in category["skeleton"] for joint in limb} == set(range(1, 18))


def test_ids_and_counts_are_consistent(coco):
    records = coco["annotations"]
    assert [record["id"] for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert record["num_keypoints"] == np.count_nonzero(joints(record)[:, 2])


def test_every_visibility_occurs(people):
    v = np.concatenate([joints(record)[:, 2] for record in people])
    assert set(v) == {0, 1, 2}
    assert np.count_nonzero(v == 2) > np.count_nonzero(v == 1) > 20
    assert np.count_nonzero(v == 0) > 20


def test_unlabelled_joints_are_at_zero(coco):
    for record in coco["annotations"]:
        keypoints = joints(record)
        assert not keypoints[keypoints[:, 2] == 0].any()


def test_some_joints_lie_outside_the_frame_but_close_and_hidden(coco, people):
    outside = 0
    for record in people:
        labelled = joints(record)[joints(record)[:, 2] > 0]
        last = np.array(size(coco, record)) - 0.5
        beyond = np.maximum(-0.5 - labelled[:, :2], labelled[:, :2] - last).max(axis=1)
        assert beyond.max() <= 6
        assert (labelled[beyond > 0, 2] == 1).all()
        outside += np.count_nonzero(beyond > 1)
    assert outside >= 1


def test_one_crowd_without_joints_whose_runs_fill_the_image(coco):
    (crowd,) = [record for record in coco["annotations"] if record["iscrowd"]]
    width, height = size(coco, crowd)
    runs = crowd["segmentation"]
    assert not joints(crowd).any()
    assert runs["size"] == [height, width]
    assert sum(runs["counts"]) == width * height
    assert sum(runs["counts"][1::2]) == crowd["area"]


def test_boxes_hold_the_joints_in_the_frame_and_the_area(coco, people):
    for record in people:
        (x, y, w, h), (width, height) = record["bbox"], size(coco, record)
        assert min(x, y) >= 0
        assert x + w <= width - 1 + 1e-6
        assert y + h <= height - 1 + 1e-6
        assert 0 < record["area"] < (w + 1) * (h + 1)
        for jx, jy, v in joints(record):
            if v and 0 <= jx <= width - 1 and 0 <= jy <= height - 1:
                assert x <= jx <= x + w
                assert y <= jy <= y + h


def test_some_people_have_polygons_inside_their_box(people):
    outlined = [record for record in people if "segmentation" in record]
    assert 3 <= len(outlined) < len(people)
    for record in outlined:
        x, y, w, h = record["bbox"]
        points = np.concatenate(record["segmentation"]).reshape(-1, 2)
        assert (points >= np.array([x, y]) - 0.002).all()
        assert (points <= np.array([x + w, y + h]) + 0.002).all()


def test_wide_csv_agrees_with_the_json(coco, people):
    names = {image["id"]: image["file_name"] for image in coco["images"]}
    header, *body = rows("annotations_wide.csv")
    joint_names = coco["categories"][0]["keypoints"]
    assert header == ["image", "width", "height", *(f"{name}_{c}" for name in joint_names for c in "xyv")]
    assert len(body) == len(people)
    for row, record in zip(body, people, strict=True):
        assert row[0] == names[record["image_id"]]
        assert (int(row[1]), int(row[2])) == size(coco, record)
        assert np.array_equal(np.array([float(cell or 0) for cell in row[3:]]).reshape(17, 3), joints(record))
        for x, y, v in zip(row[3::3], row[4::3], row[5::3], strict=True):
            assert (x == "") == (y == "") == (v == "0")


def test_dlc_csv_holds_the_largest_person_of_each_image(coco, people):
    largest = {}
    for record in people:
        best = largest.setdefault(record["image_id"], record)
        assert best["area"] >= record["area"]
    names = {f"images/{image['file_name']}": image["id"] for image in coco["images"]}
    scorer, bodyparts, coords, *body = rows("annotations_dlc.csv")
    assert (scorer[0], bodyparts[0], coords[0]) == ("scorer", "bodyparts", "coords")
    assert bodyparts[1::2] == bodyparts[2::2] == coco["categories"][0]["keypoints"]
    assert coords[1:] == ["x", "y"] * 17
    assert [names[row[0]] for row in body] == list(largest)
    for row in body:
        expected = joints(largest[names[row[0]]])
        expected[expected[:, 2] == 0] = np.nan
        given = np.array([float(cell or "nan") for cell in row[1:]]).reshape(17, 2)
        assert np.array_equal(given, expected[:, :2], equal_nan=True)
