"""Values that no user means: each is refused in one sentence, without a warning of NumPy's, before memory is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.cli.run import SAMPLE, run

Capture = pytest.CaptureFixture[str]
ROWS = SAMPLE / "annotations.json"
LONG = "n" * 5000
SURROGATE = "\ud800x"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "--fit stretch --input-size 48x64 --size 60000x60000",
            "60000x60000 gives 114 GiB of heatmaps per sample",
        ),
        ("--input-size 60000x60000 --stride 1", "60000x60000 gives 114 GiB of heatmaps per sample"),
        ("--input-size 9999999x9999999 --stride 1", "input_size: '9999999x9999999' is not a size"),
        ("--input-size 48x64 --stride 1e-300", "stride: 1e-300 does not divide the 48x64 input"),
        ("--input-size 48x64 --stride 1e300", "strides = [1e+300] are not strides"),
        ("--preset people-28-14-7 --sigma 1e308", "sigma: '1e+308' is not a sigma"),
        ("--preset people-28-14-7 --sigma 1e-300", "sigma: '1e-300' is not a sigma"),
        ("--preset people-28-14-7 --padding 1e300", "padding: 1e+300 is not usable"),
        ("--preset people-28-14-7 --padding 1e-300", "padding: 1e-300 is not usable"),
    ],
)
def test_settings(tmp_path: Path, capfd: Capture, words: str, sentence: str) -> None:
    ran = run(capfd, "encode", ROWS, tmp_path / "out", *words.split())
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") <= 3
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["encode", ROWS, LONG, "--preset", "people-28-14-7"],
        ["encode", LONG, "out", "--preset", "people-28-14-7"],
        ["encode", ROWS, "out", "--config", LONG],
        ["decode", LONG],
        ["verify", LONG],
        ["merge", LONG],
        ["inspect", LONG],
        ["validate", ROWS, "--images", LONG],
        ["validate", ROWS, "--skeleton", f"{LONG}.toml"],
        ["convert", ROWS, f"{LONG}.csv"],
        ["check-transform", f"{LONG}.py:same"],
    ],
)
def test_names_that_are_too_long(
    tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch, words: list[Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(capfd, *words)
    assert ran.code in (1, 2)
    assert "file name too long" in ran.err.lower()
    assert "Traceback" not in ran.err


def content() -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 48, "height": 64}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "bbox": [0, 0, 48, 64],
                "keypoints": [9, 9, 2, 20, 20, 2],
            }
        ],
        "categories": [{"id": 1, "name": "m", "keypoints": ["a", "b"]}],
    }


@pytest.mark.parametrize("name", ["inspect", "stats", "convert", "encode", "evaluate", "validate"])
@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("images", 0, "file_name"), "images[0].file_name"),
        (("images", 0, "id"), "images[0].id"),
        (("annotations", 0, "id"), "annotations[0]"),
        (("categories", 0, "name"), "categories[0].name"),
        (("categories", 0, "keypoints", 0), "joint 0"),
    ],
)
def test_half_a_surrogate_pair(
    tmp_path: Path, capfd: Capture, name: str, keys: tuple[Any, ...], place: str
) -> None:
    rows = content()
    if keys[:2] == ("images", 0) and keys[-1] == "id":
        rows["annotations"][0]["image_id"] = SURROGATE
    inner = rows
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = SURROGATE
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows))
    words = {
        "convert": ["convert", path, tmp_path / "new.csv"],
        "encode": ["encode", path, tmp_path / "out", "--preset", "people-28-14-7"],
        "evaluate": ["evaluate", ROWS, "--truth", path],
    }.get(name, [name, path])
    ran = run(capfd, *words)
    assert ran.code == 1
    assert place in ran.out + ran.err
    assert "half a surrogate pair" in ran.out + ran.err


@pytest.mark.parametrize("box", [[1e300, 0, 1e300, 1e300], [0, 0, 1e-300, 1e-300]])
def test_a_box_that_is_none_is_not_cut_out(tmp_path: Path, capfd: Capture, box: list[float]) -> None:
    rows = content()
    rows["annotations"][0]["bbox"] = box
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows))
    ran = run(
        capfd, "encode", path, tmp_path / "out", "--preset", "people-28-14-7", "--fit", "crop", "--check"
    )
    assert ran.code == 0
    assert "have no usable box" in ran.err


def test_results_beyond_all_images(tmp_path: Path, capfd: Capture) -> None:
    truth, results = tmp_path / "a.json", tmp_path / "r.json"
    truth.write_text(json.dumps(content()))
    row = {"image_id": 1, "category_id": 1, "keypoints": [9, 9, 2, 1e300, 20, 2], "score": 1.0}
    results.write_text(json.dumps([row]))
    ran = run(capfd, "evaluate", results, "--truth", truth)
    assert ran.code == 1
    assert "r.json, [0], joint 1: (1e+300, 20) is not a position; correct it" in ran.err


def test_a_report_on_results_of_other_images(tmp_path: Path, capfd: Capture) -> None:
    truth, results = tmp_path / "a.json", tmp_path / "r.json"
    truth.write_text(json.dumps(content()))
    row = {"image_id": 2, "category_id": 1, "keypoints": [9, 9, 2, 20, 20, 2], "score": 1.0}
    results.write_text(json.dumps([row]))
    ran = run(capfd, "report", results, "--truth", truth, "-o", tmp_path / "r.html")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("format_version", "1" + "0" * 60000, "is newer than 1"),
        ("format", np.array([b"kp2heat"] * 3), "not a kp2heat shard"),
        ("format", 7, "not a kp2heat shard"),
        ("rows", 10**18, "claims"),
        ("rows", np.nan, "is not the number it should be"),
    ],
)
def test_attributes_of_a_shard(tmp_path: Path, capfd: Capture, name: str, value: Any, sentence: str) -> None:
    shard = tmp_path / "out" / "shard-00000.h5"
    assert run(capfd, "encode", ROWS, shard.parent, "--preset", "people-28-14-7").code == 0
    (shard.parent / "manifest.json").unlink()
    with h5py.File(shard, "r+", track_order=False) as file:
        if isinstance(value, str) and len(value) > 60000:
            del file.attrs[name]
        file.attrs[name] = value
    ran = run(capfd, "decode", shard)
    assert ran.code == 1
    assert sentence in ran.err
    assert len(ran.err) < 500


@pytest.mark.parametrize("frame", [np.full((2, 3), 1e300), np.full((2, 3), np.nan), np.zeros((2, 3))])
def test_frames_of_a_shard(tmp_path: Path, capfd: Capture, frame: Any) -> None:
    shard = tmp_path / "out" / "shard-00000.h5"
    assert run(capfd, "encode", ROWS, shard.parent, "--preset", "people-28-14-7").code == 0
    (shard.parent / "manifest.json").unlink()
    with h5py.File(shard, "r+") as file:
        file["samples/frame"][0] = frame
    ran = run(capfd, "decode", shard)
    assert ran.code == 1
    assert "/samples/frame cannot be inverted" in ran.err


@pytest.mark.parametrize(
    "shape", ["(-1, 17, 28, 28)", "(9223372036854775807, 17, 28, 28)", "(50, 17, 1, 10000000000)"]
)
def test_headers_of_predictions(tmp_path: Path, capfd: Capture, shape: str) -> None:
    out, maps = tmp_path / "out", tmp_path / "p.npy"
    assert run(capfd, "encode", ROWS, out, "--preset", "people-28-14-7").code == 0
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    maps.write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + bytes(1000))
    ran = run(capfd, "decode", out, "--predictions", maps)
    assert ran.code == 1
    assert "p.npy" in ran.err
    assert "Traceback" not in ran.err
