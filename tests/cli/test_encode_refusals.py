"""What ``kp2heat encode`` refuses, skips or says of annotations and settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, Ran, run
from tests.cli.test_encode import COCO, Capture


def coco(**changes: object) -> dict[str, object]:
    """A small sound file, changed."""
    joints = [10.0, 12.0, 2, 20.0, 22.0, 1, 0, 0, 0]
    base: dict[str, object] = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [
            {"id": 7, "image_id": 1, "category_id": 1, "keypoints": joints, "bbox": [5, 5, 30, 30]}
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": ["a", "b", "c"]}],
    }
    return {**base, **changes}


def annotation(**changes: object) -> dict[str, object]:
    return {"id": 7, "image_id": 1, "category_id": 1, "keypoints": [1, 2, 2, 3, 4, 2, 5, 6, 2], **changes}


IMAGE = {"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}

BAD = {
    "truncated": (json.dumps(coco())[:-40], r"bad\.json"),
    "other JSON": ('{"rows": [1, 2]}', r"bad\.json"),
    "not 3K": (coco(annotations=[annotation(keypoints=[1, 2, 2, 3])]), r"annotations\[0\]\.keypoints"),
    "infinite": (
        json.dumps(coco(annotations=[annotation()])).replace("[1, 2, 2,", "[Infinity, 2, 2,"),
        r"annotations\[0\]",
    ),
    "NaN": (
        json.dumps(coco(annotations=[annotation()])).replace("[1, 2, 2,", "[NaN, 2, 2,"),
        r"annotations\[0\]",
    ),
    "K differs": (
        coco(annotations=[annotation(), annotation(id=8, keypoints=[1, 2, 2])]),
        r"annotations\[1\]",
    ),
    "duplicate id": (coco(annotations=[annotation(), annotation(area=9)]), r"annotations\[1\]"),
    "unknown image": (coco(annotations=[annotation(image_id=99)]), r"annotations\[0\]"),
    "zero size": (coco(images=[{**IMAGE, "width": 0}]), r"images\[0\]"),
    "negative size": (coco(images=[{**IMAGE, "height": -48}]), r"images\[0\]"),
    "duplicate image id": (coco(images=[IMAGE, {**IMAGE, "width": 50}]), r"images\[1\]"),
    "no joints": (coco(annotations=[], categories=[{"id": 1, "name": "nose"}]), r"names no joints"),
    "empty file": ("", r"bad\.json"),
    "binary": ("\x00\x01\x02\x7f" * 50, r"bad\.json"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_annotations_are_one_sentence(tmp_path: Path, capfd: Capture, name: str) -> None:
    content, place = BAD[name]
    path = tmp_path / "bad.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    ran = run(capfd, "encode", path, tmp_path / "out", "--preset", "people-28-14-7")
    assert_one_sentence(ran, 1, place)
    assert not (tmp_path / "out").exists(), "nothing half-written stays behind"


def assert_one_sentence(ran: Ran, code: int, pattern: str) -> None:
    assert ran.code == code, ran.err
    (line,) = [line for line in ran.err.splitlines() if line.startswith("kp2heat: ")]
    assert re.search(pattern, line), line
    assert "Traceback" not in ran.err
    assert "; " in line, "what was found; what to do"


def test_outputs_that_cannot_be(tmp_path: Path, capfd: Capture) -> None:
    job = ("encode", COCO)
    preset = ("--preset", "people-28-14-7")
    assert_one_sentence(run(capfd, *job, tmp_path, *preset, "--category", "horse"), 1, "horse")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    assert_one_sentence(run(capfd, *job, tmp_path / "full", *preset), 1, "thesis.tex")
    assert [f.name for f in (tmp_path / "full").iterdir()] == ["thesis.tex"]
    (tmp_path / "file").write_text("x")
    assert_one_sentence(run(capfd, *job, tmp_path / "file", *preset), 1, "file")
    assert_one_sentence(run(capfd, *job, tmp_path / "file" / "below", *preset), 1, "below")
    assert run(capfd, *job, tmp_path / "out", *preset).code == 0
    other = run(capfd, *job, tmp_path / "out", *preset, "--dtype", "u8")
    assert_one_sentence(other, 1, "out")
    assert run(capfd, *job, tmp_path / "out", *preset, "--dtype", "u8", "--overwrite").code == 0


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (("--preset", "people-28-14"), "did you mean 'people-28-14-7'"),
        (("--codec", "gausian", "--size", "7x7"), "did you mean 'gaussian'"),
        (("--size", "7by7"), "'7by7' is not a size"),
        (("--size", "7x7,7x7"), "twice"),
        (("--sigma", "wide", "--size", "7x7"), "'wide' is not a sigma"),
        (("--sigma", "1,2", "--size", "7x7,14x14,28x28"), "2 values for 3 map sizes"),
        (("--stride", "7", "--input-size", "100x100"), "7 does not divide"),
        (("--input-size", "224x224"), "no map size is set"),
        (("--normalize", "sofmax", "--size", "7x7"), "sofmax"),
        (("--hidden", "maybe", "--size", "7x7"), "maybe"),
        (("--codec", "gaussian", "--literal", "--size", "7x7"), "literal"),
    ],
)
def test_wrong_settings_are_usage_errors(
    tmp_path: Path, capfd: Capture, words: tuple[str, ...], pattern: str
) -> None:
    assert_one_sentence(run(capfd, "encode", COCO, tmp_path / "out", *words), 2, pattern)
    assert not (tmp_path / "out").exists()


def test_vectors_hold_one_person_a_sample(tmp_path: Path, capfd: Capture) -> None:
    words = ("--codec", "simcc-gaussian", "--sample", "image", "--input-size", "64x64", "--stride", "1")
    ran = run(capfd, "encode", COCO, tmp_path / "out", *words)
    assert_one_sentence(ran, 2, r"simcc-gaussian holds one person per sample, and \d+ images have more")
    one = run(capfd, "encode", SAMPLE / "annotations_dlc.csv", tmp_path / "out", *words, "--images", SAMPLE)
    assert one.code == 0, one.err


def test_no_annotations_is_no_error(tmp_path: Path, capfd: Capture) -> None:
    path = tmp_path / "none.json"
    path.write_text(json.dumps(coco(annotations=[])))
    ran = run(capfd, "encode", path, tmp_path / "out", "--preset", "people-28-14-7")
    assert ran.code == 0, ran.err
    assert "0 samples" in ran.out
    assert_one_sentence(run(capfd, "decode", tmp_path / "out"), 1, "its encoding had no samples")


def test_boxes_that_nothing_can_be_cut_by_are_told(tmp_path: Path, capfd: Capture) -> None:
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(coco(annotations=[annotation(bbox=[5, 5, -3, 4])])))
    ran = run(capfd, "encode", path, tmp_path / "out", "--input-size", "64x64", "--size", "8x8")
    assert "fit is stretch (the whole image: no person has a usable box)" in ran.err


@pytest.mark.parametrize(("images", "said"), [(1, "is not known;"), (3, r"known \(nor are those of 2 more")])
def test_sizes_that_are_not_known_are_counted(tmp_path: Path, capfd: Capture, images: int, said: str) -> None:
    path = tmp_path / "sizeless.csv"
    path.write_text("image,nose_x,nose_y\n" + "".join(f"{i}.jpg,4,5\n" for i in range(images)))
    assert_one_sentence(run(capfd, "encode", path, tmp_path / "out", "--size", "8x8"), 1, said)


@pytest.mark.parametrize("policy", ["drop", "partial", "clip", "error"])
def test_the_policies_for_joints_outside(tmp_path: Path, capfd: Capture, policy: str) -> None:
    ran = run(
        capfd,
        "encode",
        COCO,
        tmp_path / "out",
        "--preset",
        "landmarks-28-14-7",
        "--outside",
        policy,
        "--json",
    )
    if policy == "error":
        assert_one_sentence(ran, 1, r"annotation \d+, \w+: \(.*\) lies outside the 224x224 input")
        assert not list(tmp_path.glob("out/*"))
        return
    report = json.loads(ran.out)
    assert sum(j["outside"] for j in report["per_joint"].values()) == 7
    drawn = sum(j["drawn"] for j in report["per_joint"].values())
    assert drawn == (797 if policy == "drop" else 804)


def test_a_list_given_in_several_options_is_one_list(capfd: pytest.CaptureFixture[str]) -> None:
    """click would keep the last, and the other levels would be missing without a word."""
    words = ("encode", SAMPLE / "annotations.json", "--input-size", "224x224", "--dry-run", "--json")
    apart = run(capfd, *words, "--size", "28x28", "--size", "14x14,7x7", "--sigma", "1.5", "--sigma", "1,1")
    assert apart.code == 0
    assert apart.out == run(capfd, *words, "--size", "28x28,14x14,7x7", "--sigma", "1.5,1,1").out
    assert list(json.loads(apart.out)["levels"]) == ["28x28", "14x14", "7x7"]


def test_what_an_override_resets_is_said_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    words = ("encode", COCO, "--preset", "coco-dark-384x288", "--dry-run")
    assert "reset" not in run(capfd, *words).err
    ran = run(capfd, *words, "--size", "48x64")
    assert "note: sigma 3 is reset to the default of the new map sizes\n" in ran.err
