"""One bad file for each finding; and files that are well have none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kp2heat import formats
from kp2heat.errors import InputError
from kp2heat.formats.findings import Finding

NAMES = ["nose", "left_eye", "right_eye", "tail"]
BODY = np.array([[30.0, 20], [40, 12], [20, 12], [30, 45]])


def healthy(rows: int = 30) -> dict[str, Any]:
    """Bodies of different size and place in images of 200x100, everything stated."""
    rng = np.random.default_rng(7)
    annotations = []
    for n in range(rows):
        xy = np.round(BODY * rng.uniform(0.8, 1.2) + rng.uniform(2, 40, 2) * [3, 1], 1)
        low, extent = xy.min(axis=0) - 2, np.ptp(xy, axis=0) + 4
        keypoints = np.column_stack([xy, [2, 1, 2, 2]]).ravel().tolist()
        annotations.append(
            {
                "id": n + 1,
                "image_id": 1,
                "category_id": 1,
                "keypoints": keypoints,
                "num_keypoints": 4,
                "bbox": [*low.tolist(), *extent.tolist()],
                "area": float(extent.prod()),
                "iscrowd": 0,
            }
        )
    category = {
        "id": 1,
        "name": "p",
        "keypoints": [*NAMES],
        "skeleton": [[1, 2], [1, 3], [1, 4], [2, 3]],
    }
    images = [{"id": 1, "file_name": "a.png", "width": 200, "height": 100}]
    return {"images": images, "annotations": annotations, "categories": [category]}


def joints(file: dict[str, Any]) -> list[list[float]]:
    return [a["keypoints"] for a in file["annotations"]]


def one_based(file: dict[str, Any]) -> None:
    for keypoints in joints(file):
        keypoints[:] = [float(round(v)) for v in keypoints]
    joints(file)[0][:2], joints(file)[1][:2] = [1.0, 50.0], [200.0, 100.0]


def normalised(file: dict[str, Any]) -> None:
    for keypoints in joints(file):
        keypoints[0::3] = [x / 200 for x in keypoints[0::3]]
        keypoints[1::3] = [y / 100 for y in keypoints[1::3]]


def exchanged(file: dict[str, Any]) -> None:
    for keypoints in joints(file):
        keypoints[0::3], keypoints[1::3] = keypoints[1::3], keypoints[0::3]


def third(value: float, column: slice = slice(2, None, 3)) -> Any:
    def change(file: dict[str, Any]) -> None:
        for keypoints in joints(file):
            keypoints[column] = [value] * len(keypoints[column])

    return change


def first(**changes: Any) -> Any:
    def change(file: dict[str, Any]) -> None:
        file["annotations"][0] |= changes

    return change


def keypoints(**at: float) -> Any:
    def change(file: dict[str, Any]) -> None:
        for place, value in at.items():
            joints(file)[0][int(place[1:])] = value

    return change


def frozen(file: dict[str, Any]) -> None:
    for k in joints(file)[:25]:
        k[9:11] = [150.0, 80.0]


CASES: dict[str, tuple[Any, str]] = {
    "one-based": (one_based, "warning"),
    "normalised": (normalised, "error"),
    "xy-swapped": (exchanged, "warning"),
    "outside": (keypoints(_0=900.0), "info"),
    "zero-labelled": (keypoints(_0=0.0, _1=0.0), "warning"),
    "visibility-flag": (third(1), "info"),
    "visibility-score": (third(0.7), "warning"),
    "visibility-zero": (third(0), "warning"),
    "visibility-range": (keypoints(_2=3), "error"),
    "side-without-pair": (lambda f: f["categories"][0]["keypoints"].__setitem__(1, "left_ear"), "warning"),
    "num-keypoints": (first(num_keypoints=17), "info"),
    "no-area": (lambda f: f["annotations"][0].pop("area"), "info"),
    "zero-area": (first(area=0), "warning"),
    "empty-box": (first(bbox=[1, 2, 0, 5]), "warning"),
    "outside-box": (first(bbox=[1, 2, 3, 4]), "warning"),
    "long-limb": (keypoints(_9=-150.0, _10=-99.0), "warning"),
    "frozen-joint": (frozen, "warning"),
    "half-joint": (keypoints(_0=float("nan"), _2=0), "warning"),
    "not-a-number": (keypoints(_0=float("nan")), "error"),
    "far-outside": (keypoints(_0=-999999.0), "warning"),
    "position-unlabelled": (keypoints(_2=0), "info"),
    "unknown-category": (first(category_id=9), "warning"),
    "area-of-box": (first(area=1e6), "warning"),
    "box-outside": (first(bbox=[500, 2, 30, 40]), "warning"),
    "wrong-box": (first(bbox=[1, 2, 3]), "error"),
    "no-box": (first(bbox=[]), "warning"),
    "empty": (lambda f: f.update(annotations=[]), "warning"),
    "nothing-labelled": (
        lambda f: [a.update(keypoints=[0] * 12, num_keypoints=0) for a in f["annotations"]],
        "warning",
    ),
    "no-keypoints": (lambda f: [a.pop("keypoints") for a in f["annotations"]], "error"),
    "wrong-k": (first(keypoints=[1, 2, 2]), "error"),
    "duplicate-id": (first(id=2), "error"),
    "unknown-image": (first(image_id=9), "error"),
    "duplicate-image-id": (lambda f: f["images"].append({"id": 1, "width": 7}), "error"),
    "image-size": (lambda f: f["images"][0].update(width=-1), "error"),
}


def validate(tmp_path: Path, file: dict[str, Any], **options: Any) -> dict[str, Finding]:
    (tmp_path / "a.json").write_text(json.dumps(file))
    return {f.code: f for f in formats.validate(tmp_path / "a.json", **options)}


def test_a_healthy_file_has_no_findings(tmp_path: Path) -> None:
    assert validate(tmp_path, healthy()) == {}


@pytest.mark.parametrize("code", CASES)
def test_each_defect_is_found(tmp_path: Path, code: str) -> None:
    change, severity = CASES[code]
    file = healthy()
    change(file)
    found = validate(tmp_path, file)
    assert code in found
    assert found[code].severity == severity
    assert found[code].count >= 1
    assert found[code].todo


def test_places_name_the_row_and_the_joint(tmp_path: Path) -> None:
    file = healthy()
    for n in (3, 5, 8, 9):
        joints(file)[n][3:5] = [0, 0]
    finding = validate(tmp_path, file)["zero-labelled"]
    assert finding.count == 4
    assert finding.places == tuple(
        f"annotations[{n}] (id {n + 1}, a.png), joint 1 (left_eye)" for n in (3, 5, 8)
    )


def test_only_joints_with_coordinates_lack_a_visibility(tmp_path: Path) -> None:
    file = healthy()
    third(0)(file)
    for n in (3, 5):
        joints(file)[n][3:5] = [0, 0]
    assert validate(tmp_path, file)["visibility-zero"].count == 4 * 30 - 2


def test_likelihood_in_the_place_of_v_is_not_held_against_a_score_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("image,a_x,a_y,a_likelihood\n1,20,30,0.5\n2,21,32,0.9\n")
    assert formats.validate(tmp_path / "a.csv") == ()


def test_images(tmp_path: Path) -> None:
    file, folder = healthy(), tmp_path / "images"
    folder.mkdir()
    file["images"] += [{"id": n, "file_name": f"{n}.jpg", "width": 30, "height": 20} for n in (2, 3, 4)]
    Image.new("L", (200, 100)).save(folder / "a.png")
    Image.new("L", (31, 20)).save(folder / "2.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (30, 20)).save(folder / "3.jpg", exif=exif)
    found = validate(tmp_path, file, images=folder)
    assert {code: f.count for code, f in found.items()} == {
        "missing-image": 1,
        "image-size-differs": 1,
        "exif-rotated": 1,
    }
    assert found["exif-rotated"].places == ("3.jpg: 30x20 stated, 20x30 found",)
    assert found["image-size-differs"].places == ("2.jpg: 30x20 stated, 31x20 found",)


def test_what_does_not_parse_is_the_readers_error(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError, match="unexpected end of file"):
        formats.validate(tmp_path / "a.json")


def test_the_sample_data_is_well() -> None:
    sample = Path(__file__).parents[3] / "sample_data"
    for name in ("annotations.json", "annotations_wide.csv"):
        findings = formats.validate(sample / name, images=sample / "images")
        assert not [f for f in findings if f.severity != "info"]
