"""``--on-error``: wrong annotations are refused, or left out, listed and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kp2heat
from tests.cli.run import run
from tests.robust.sets import coco, sums

Capture = pytest.CaptureFixture[str]
WORDS = ("--fit", "stretch", "--input-size", "48x64", "--stride", "4")


def changed(path: Path, **changes: Any) -> Path:
    """Ten annotations, some fields of some of them replaced: ``keypoints_3=...``."""
    content = json.loads(coco(path, 10).read_text())
    for name, value in changes.items():
        field, _, number = name.rpartition("_")
        content["annotations"][int(number)][field] = value
    path.write_text(json.dumps(content))
    return path


BAD = {
    "too few numbers": {"keypoints_3": [1, 2, 2]},
    "no such image": {"image_id_3": 77},
    "an id twice": {"id_3": 2},
    "words for numbers": {"keypoints_3": ["one", 2, 2] * 5},
    "no number": {"keypoints_3": [float("nan"), 2, 2] * 5},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_annotation_is_refused_or_listed(tmp_path: Path, capfd: Capture, name: str) -> None:
    rows, out = changed(tmp_path / "a.json", **BAD[name]), tmp_path / "out"
    refused = run(capfd, "encode", rows, out, *WORDS)
    assert refused.code == 1
    assert "annotations[3]" in refused.err
    assert not out.exists()
    skipped = run(capfd, "encode", rows, out, *WORDS, "--on-error", "skip", "--json")
    assert skipped.code == 3, skipped.err
    assert "1 annotation skipped" in skipped.err
    assert json.loads(skipped.out)["skipped"] == 1
    (line,) = map(json.loads, (out / "skipped.jsonl").read_text().splitlines())
    assert set(line) == {"file", "row", "image", "id", "reason"}
    assert line["file"] == "a.json"
    assert line["image"] or name == "no such image"
    assert line["row"] == "annotations[3]"
    assert line["id"] == (2 if name == "an id twice" else 3)
    ids = kp2heat.open(out).truth.annotation_id.tolist()
    assert ids == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    before = sums(out)
    assert run(capfd, "encode", rows, out, *WORDS, "--on-error", "skip").code == 3
    assert sums(out) == before
    assert run(capfd, "verify", out, "--no-isolate").code == 0
    (out / "skipped.jsonl").unlink()
    assert run(capfd, "verify", out, "--no-isolate").code == 1


def test_a_cell_that_is_no_number(tmp_path: Path, capfd: Capture) -> None:
    rows, out = tmp_path / "a.csv", tmp_path / "out"
    rows.write_text("image,nose_x,nose_y\na.png,1,2\nb.png,x,2\nc.png,5,6\n")
    words = ("encode", rows, out, "--image-size", "48x64", *WORDS)
    assert "line 3, column 2" in run(capfd, *words).err
    assert run(capfd, *words, "--on-error", "skip").code == 3
    assert json.loads((out / "skipped.jsonl").read_text())["row"] == "line 3"
    assert len(kp2heat.open(out)) == 2


@pytest.mark.parametrize("sample", ["instance", "image"])
def test_joints_outside_the_input_where_that_is_an_error(tmp_path: Path, capfd: Capture, sample: str) -> None:
    rows, out = changed(tmp_path / "a.json", keypoints_4=[10, 10, 2] * 4 + [60, 10, 2]), tmp_path / "out"
    words = ("encode", rows, out, *WORDS, "--outside", "error", "--sample", sample)
    refused = run(capfd, *words)
    assert refused.code == 1
    assert "annotation 4, joint_4: (60.00, 10.00) lies outside the 48x64 input" in refused.err
    assert not out.exists(), "refused before anything is written"
    assert run(capfd, *words, "--on-error", "skip").code == 3
    line = json.loads((out / "skipped.jsonl").read_text())
    assert line["id"] == 4
    assert "outside" in line["reason"]
    shards = kp2heat.open(out)
    assert 4 not in shards.truth.annotation_id
    assert len(shards) == (10 if sample == "image" else 9)


def test_images_of_unknown_size(tmp_path: Path, capfd: Capture) -> None:
    rows, out = coco(tmp_path / "a.json", 10), tmp_path / "out"
    content = json.loads(rows.read_text())
    del content["images"][6]["width"]
    rows.write_text(json.dumps(content))
    assert "its size is not known" in run(capfd, "encode", rows, out, *WORDS).err
    for sample in ("image", "instance"):
        words = ("encode", rows, out, *WORDS, "--on-error", "skip", "--sample", sample, "--overwrite")
        assert run(capfd, *words).code == 3
        assert json.loads((out / "skipped.jsonl").read_text())["id"] == 6
        assert len(kp2heat.open(out)) == 9


def test_good_annotations_leave_no_list(tmp_path: Path, capfd: Capture) -> None:
    rows, out = coco(tmp_path / "a.json", 10), tmp_path / "out"
    assert run(capfd, "encode", rows, out, *WORDS, "--on-error", "skip").code == 0
    assert not (out / "skipped.jsonl").exists()


@pytest.mark.parametrize(
    "name", ["../../escaped.png", "/nowhere/escaped.png", "a\x00b.png", "..", "x" * 5000]
)
def test_names_never_lead_out_of_the_folder(tmp_path: Path, capfd: Capture, name: str) -> None:
    rows, out = coco(tmp_path / "in" / "a.json", 3), tmp_path / "deep" / "out"
    content = json.loads(rows.read_text())
    content["images"][1]["file_name"] = name
    content["categories"][0]["keypoints"][0] = name
    rows.write_text(json.dumps(content))
    before = {f for f in tmp_path.rglob("*") if f.is_file()}
    assert run(capfd, "encode", rows, out, *WORDS, "--check").code == 0
    after = {f for f in tmp_path.rglob("*") if f.is_file()}
    assert after - before == {out / "manifest.json", out / "shard-00000.h5"}
    assert str(kp2heat.open(out)[1]["sample"]["file_name"]) == name
