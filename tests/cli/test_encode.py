"""``kp2heat encode`` as a user meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.cli.run import SAMPLE, run

COCO = SAMPLE / "annotations.json"
Capture = pytest.CaptureFixture[str]


def test_the_main_job_from_json_and_both_csv_twins(tmp_path: Path, capfd: Capture) -> None:
    maps = {}
    for name in ("annotations.json", "annotations_wide.csv"):
        ran = run(
            capfd,
            "encode",
            SAMPLE / name,
            tmp_path / name,
            "--sample",
            "image",
            "--fit",
            "letterbox",
            "--input-size",
            "224x224",
            "--size",
            "28x28,14x14,7x7",
            "--images",
            SAMPLE / "images",
        )
        assert ran.code == 0, ran.err
        with h5py.File(tmp_path / name / "shard-00000.h5") as file:
            files = file["samples/file_name"].asstr()[:]
            maps[name] = dict(zip(files, file["28x28/heatmaps"][:], strict=True))
    wide = maps["annotations_wide.csv"]
    assert len(maps["annotations.json"]) == 24
    assert len(wide) == 23, "a CSV has no row for the empty image"
    for file_name, stack in wide.items():
        np.testing.assert_array_equal(stack, maps["annotations.json"][file_name])
    ran = run(
        capfd,
        "encode",
        SAMPLE / "annotations_dlc.csv",
        tmp_path / "dlc",
        "--preset",
        "landmarks-28-14-7",
        "--images",
        SAMPLE,
    )
    assert ran.code == 0, ran.err
    assert "23 samples" in ran.out


@pytest.mark.parametrize(
    "preset",
    ["coco-256x192", "coco-hrnet-w32-256x192", "coco-udp-256x192", "coco-dark-384x288", "people-28-14-7"],
)
def test_presets_encode_and_check(tmp_path: Path, capfd: Capture, preset: str) -> None:
    ran = run(capfd, "encode", COCO, tmp_path / "out", "--preset", preset, "--check", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["samples"] == report["people"] == 50
    assert report["left_out"]["crowd regions"] == 1
    for level in report["check"]["levels"].values():
        assert level["states"]["scored"] == sum(j["drawn"] for j in report["per_joint"].values())


def test_dry_run_writes_nothing_and_tells_the_truth(tmp_path: Path, capfd: Capture) -> None:
    words = ("encode", COCO, tmp_path / "out", "--preset", "people-28-14-7", "--json")
    planned = json.loads(run(capfd, *words, "--dry-run").out)
    assert not (tmp_path / "out").exists()
    done = json.loads(run(capfd, *words).out)
    assert 0.5 < planned.pop("estimated_bytes") / done["bytes"] < 2, "from a few maps drawn on trial"
    by_compress = planned.pop("estimated_bytes_by_compress")
    assert by_compress["small"] < by_compress["fast"]
    assert {k: done[k] for k in planned} == planned
    with h5py.File(tmp_path / "out" / "shard-00000.h5") as file:
        sizes = [d.size * d.dtype.itemsize for name in ("28x28", "14x14", "7x7") for d in file[name].values()]
        for name, level in planned["levels"].items():
            for plane, said in level["planes"].items():
                assert (list(file[name][plane].shape), file[name][plane].dtype.name) == (
                    said["shape"],
                    said["dtype"],
                )
    assert sum(sizes) == planned["dense_bytes"]


def test_the_gate(tmp_path: Path, capfd: Capture) -> None:
    words = ("encode", COCO, tmp_path / "out", "--codec", "msra", "--input-size", "224x224", "--size", "7x7")
    ran = run(capfd, *words, "--fail-above", "0.1px")
    assert ran.code == 4
    assert re.search(r"--fail-above 0\.1px: the mean error at 7x7 is \d+\.\d+ input px", ran.err)
    assert run(capfd, *words, "--fail-above", "32px").code == 0


def test_option_over_preset(tmp_path: Path, capfd: Capture) -> None:
    ran = run(
        capfd,
        "encode",
        COCO,
        tmp_path / "out",
        "--preset",
        "people-28-14-7",
        "--size",
        "56x56",
        "--sigma",
        "8px",
        "--normalize",
        "softmax,beta=2",
        "--dtype",
        "f32",
        "--json",
    )
    report = json.loads(ran.out)
    assert list(report["levels"]) == ["56x56"]
    assert report["levels"]["56x56"]["sigma"] == 2.0, "8 px at stride 4"
    with h5py.File(tmp_path / "out" / "shard-00000.h5") as file:
        attrs = dict(file["56x56"].attrs)
        totals = file["56x56/heatmaps"][:].sum(axis=(2, 3))
    assert (attrs["normalize"], json.loads(attrs["normalize_params"])) == (b"softmax", {"beta": 2})
    np.testing.assert_allclose(totals, 1, rtol=1e-5)


def test_own_config(tmp_path: Path, capfd: Capture) -> None:
    config = tmp_path / "my.toml"
    config.write_text('input_size = "192x256"\nstrides = [4]\ncodec = "udp"\n')
    assert "48x64" in run(capfd, "encode", COCO, tmp_path / "out", "--config", config).out
    config.write_text('input_sise = "192x256"\n')
    ran = run(capfd, "encode", COCO, tmp_path / "other", "--config", config)
    assert ran.code == 2
    assert "my.toml: unknown setting 'input_sise'; did you mean 'input_size'?" in ran.err


def test_images_of_many_sizes_without_an_input_size(tmp_path: Path, capfd: Capture) -> None:
    ran = run(capfd, "encode", COCO, tmp_path / "out", "--sample", "image", "--size", "28x28", "--check")
    assert ran.code == 0
    assert "images have 4 different sizes" in ran.err


def test_stdin(tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    with COCO.open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file})())
        ran = run(capfd, "encode", "-", tmp_path / "out", "--preset", "people-28-14-7")
    assert ran.code == 0, ran.err
    assert (tmp_path / "out" / "manifest.json").exists()


def test_same_bytes_for_any_number_of_workers(
    tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kp2heat.engines.START_SECONDS", -1)
    monkeypatch.setattr("kp2heat.engines.cores", lambda: 2)
    kinds = {"one": (1, 64), "two": (2, 64)}
    for name, (workers, rows) in kinds.items():
        words = ("--preset", "people-28-14-7", "--workers", workers, "--shard-rows", rows)
        ran = run(capfd, "encode", COCO, tmp_path / name, *words)
        assert ran.code == 0, ran.err
    content = [{f.name: f.read_bytes() for f in (tmp_path / name).iterdir()} for name in kinds]
    assert content[0] == content[1]


def test_a_finished_output_is_left_alone(tmp_path: Path, capfd: Capture) -> None:
    words = ("encode", COCO, tmp_path / "out", "--preset", "people-28-14-7")
    assert run(capfd, *words).code == 0
    before = {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in (tmp_path / "out").iterdir()}
    again = run(capfd, *words)
    assert again.code == 0
    assert "reused 1 existing shard" in again.out
    assert {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in (tmp_path / "out").iterdir()} == before


def test_the_warnings_of_a_sigma_that_cannot_last(tmp_path: Path, capfd: Capture) -> None:
    words = ("encode", COCO, tmp_path / "out", "--input-size", "224x224", "--dry-run")
    assert "does not survive f16" in run(capfd, *words, "--size", "7x7", "--sigma", "8px").err
    assert (
        "does not survive u8" in run(capfd, *words, "--size", "14x14", "--sigma", "0.9", "--dtype", "u8").err
    )
    assert "fills the map" in run(capfd, *words, "--size", "7x7", "--sigma", "2").err
    steep = ("--size", "28x28", "--normalize", "softmax,beta=20")
    assert "softmax changes the map by" in run(capfd, *words, *steep, "--dtype", "u8").err
    assert "changes the map" not in run(capfd, *words, *steep, "--dtype", "f32").err
    for normalize in ("sum", "sigmoid", "softmax", "clamp"):
        for dtype in ("f16", "u8"):
            quiet = run(capfd, *words, "--size", "28x28", "--normalize", normalize, "--dtype", dtype)
            assert "warning" not in quiet.err, (normalize, dtype)
    assert "warning" not in run(capfd, *words, "--size", "14x14,28x28").err


# ------------------------------------------------------------------------------------------ bad input
