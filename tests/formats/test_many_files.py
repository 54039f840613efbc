"""Many files with one skeleton are one table; what tells images apart in each still does in all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import InputError
from kp2heat.formats.many_files import expand
from tests.robust.sets import SMALL, coco, sums
from tests.robust.sets import kp2heat as command


def write(path: Path, first: int, count: int, **changes: object) -> Path:
    """A COCO file whose image and annotation ids begin at ``first``."""
    coco(path, count, seed=first)
    content = json.loads(path.read_text())
    for image in content["images"]:
        image["id"] += first
        image["file_name"] = f"{image['id']}.jpg"
    for row in content["annotations"]:
        row["id"] += first
        row["image_id"] += first
    path.write_text(json.dumps({**content, **changes}))
    return path


def test_a_folder_and_a_pattern_are_the_files_one_behind_the_other(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a" / "1.json", 0, 3), write(tmp_path / "a" / "2.json", 3, 4)
    (tmp_path / "a" / "notes.txt").write_text("x")
    (tmp_path / "a" / ".hidden.json").write_text("x")
    for path in (tmp_path / "a", tmp_path / "a" / "*.json"):
        rows = kp2heat.read(path)
        assert rows.images.id.tolist() == list(range(7))
        assert rows.id.tolist() == list(range(7))
        assert rows.image.tolist() == list(range(7))
        parts = [kp2heat.read(one), kp2heat.read(two)]
        np.testing.assert_array_equal(rows.xy, np.concatenate([part.xy for part in parts]))
        assert rows.source == str(path)
        assert rows.reading == "2 files, 5 joints, 7 annotations in 7 images, 35 labelled joints"


def test_a_file_with_brackets_in_its_name_is_that_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a[1].json", 0, 2)
    assert len(kp2heat.read(path)) == 2
    assert expand(path) is None


def test_ids_and_names_that_repeat_are_kept_apart_and_said(tmp_path: Path) -> None:
    for camera in ("left", "right"):
        write(tmp_path / camera / "labels.json", 0, 2)
    rows = kp2heat.read(tmp_path / "*" / "labels.json")
    assert rows.images.id.tolist() == ["left/labels:0", "left/labels:1", "right/labels:0", "right/labels:1"]
    assert rows.id.tolist() == rows.images.id.tolist()
    assert rows.images.file_name.tolist() == ["0.jpg", "1.jpg"] * 2
    assert "image ids repeat among the files and are written FILE:ID (left/labels:0)" in rows.reading
    assert "2 image names repeated: taken for different images" in rows.reading


def test_files_of_several_skeletons_or_categories_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "1.json", 0, 2)
    write(tmp_path / "2.json", 2, 2, categories=[{"id": 1, "name": "mouse", "keypoints": [*"abcde"]}])
    with pytest.raises(
        InputError, match=r"2\.json: its joints are not those of 1\.json \('a', not 'joint_0'\); encode"
    ):
        kp2heat.read(tmp_path)
    names = [f"joint_{k}" for k in range(5)]
    write(tmp_path / "2.json", 2, 2, categories=[{"id": 1, "name": "rat", "keypoints": names}])
    with pytest.raises(InputError, match=r"category 1 is 'rat' here and 'mouse' before"):
        kp2heat.read(tmp_path)
    write(
        tmp_path / "2.json",
        2,
        2,
        categories=[{"id": 1, "name": "mouse", "keypoints": names, "skeleton": [[1, 2]]}],
    )
    with pytest.raises(InputError, match=r"the limbs of its skeleton are not those of 1\.json"):
        kp2heat.read(tmp_path)


def test_csv_files_without_ids_are_numbered_through(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(f"image,nose_x,nose_y\n{name}1.jpg,4,5\n{name}2.jpg,6,7\n")
    rows = kp2heat.read(tmp_path, image_size=(64, 64))
    assert rows.images.file_name.tolist() == ["a1.jpg", "a2.jpg", "b1.jpg", "b2.jpg"]
    assert len(set(rows.images.id.tolist())) == 4


@pytest.mark.parametrize("pattern", ["", "*.json", "missing/*.json"])
def test_nothing_to_read_is_one_sentence(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(
        InputError, match=r"(is a folder without annotation files|matches no file); give a file, a folder of"
    ):
        kp2heat.read(tmp_path / pattern)


def test_what_is_skipped_names_its_file(tmp_path: Path) -> None:
    write(tmp_path / "1.json", 0, 2)
    bad = json.loads(write(tmp_path / "2.json", 2, 2).read_text())
    bad["annotations"][1]["image_id"] = 99
    (tmp_path / "2.json").write_text(json.dumps(bad))
    rows = kp2heat.read(tmp_path, on_error="skip")
    assert [one.place for one in rows.skipped] == ["2.json, annotations[1]"]


def test_encode_takes_a_pattern_and_its_parts_agree(tmp_path: Path) -> None:
    write(tmp_path / "ann" / "1.json", 0, 100)
    write(tmp_path / "ann" / "2.json", 100, 100)
    pattern = tmp_path / "ann" / "*.json"
    assert command("encode", pattern, tmp_path / "whole", *SMALL).returncode == 0
    for part in ("1/2", "2/2"):
        assert command("encode", tmp_path / "ann", tmp_path / "parts", *SMALL, "--part", part).returncode == 0
    assert command("merge", tmp_path / "parts").returncode == 0
    assert sums(tmp_path / "parts") == sums(tmp_path / "whole")
