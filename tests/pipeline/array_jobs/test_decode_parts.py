"""Decoding by jobs and in parts: the numbers and the keypoints of one run, in bounded memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat.annotations import Annotations, Images
from kp2heat.errors import InputError, OutputError
from kp2heat.pipeline.array_jobs import decode_jobs, decode_parts
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.decode_parts import decode_totals, merge_decoded
from kp2heat.pipeline.array_jobs.inventory import inventory
from kp2heat.pipeline.decoding.reporting.report_json import report_json
from kp2heat.pipeline.decoding.reporting.results_file import write_results
from kp2heat.pipeline.decoding.run import DecodeOptions
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.pipeline.predictions.align import Settings
from kp2heat.shards.lock import locked
from kp2heat.shards.reading.dataset import open_shards, shard_files
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec

JOINTS = 3
OPTIONS = DecodeOptions("auto,argmax")


def encoded(out: Path, count: int = 330, sample: str = "instance") -> Path:
    """People in shards of 64 samples, some joints hidden, unlabelled or outside."""
    random = np.random.default_rng(3)
    per_image = 1 if sample == "instance" else 2
    xy = random.uniform(-4, 68, (count, JOINTS, 2))
    visible = random.choice([0, 1, 2], (count, JOINTS), p=[0.2, 0.2, 0.6])
    visible[:, 0], xy[:, 0] = 2, random.uniform(5, 60, (count, 2))
    xy[visible == 0] = np.nan
    images = -(-count // per_image)
    names = np.array([f"a,b {n}.jpg" for n in range(images)])
    annotations = Annotations(
        Skeleton.numbered(JOINTS),
        Images(np.arange(images), names, np.full((images, 2), 64)),
        xy=xy,
        visible=visible,
        bbox=np.tile([0.0, 0.0, 64.0, 64.0], (count, 1)),
        area=np.full(count, 4096.0),
        crowd=np.zeros(count, bool),
        image=np.arange(count) // per_image,
        id=np.arange(count) + 5,
    )
    fields = {"sample": sample, "input_size": "64x64", "sizes": ["16x16", "8x8"], "dtype": "f16"}
    run_plan(plan(annotations, Spec.from_fields(fields, "test"), shard_rows=64), out)
    return out


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoded(tmp_path_factory.mktemp("labels") / "labels")


def small_jobs(monkeypatch: pytest.MonkeyPatch, *, exact: bool) -> None:
    """Jobs of two shards; with ``exact`` false too little room for all distances."""
    monkeypatch.setattr(decode_jobs, "BLOCK", 128)
    monkeypatch.setattr(decode_jobs, "MERGED_AT_ONCE", 2)
    if not exact:
        monkeypatch.setattr(decode_jobs, "EXACT_BYTES", 7_000)


def in_parts(folder: Path, labels: Path, count: int, options: DecodeOptions = OPTIONS, **more: Any) -> Path:
    listed = inventory(shard_files(labels))
    for number in range(count, 0, -1):
        decode_totals(listed, options, part=Part(number, count), folder=folder, **more)
    return folder


@pytest.mark.parametrize("sample", ["instance", "image"])
def test_jobs_give_the_report_of_everything_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: str
) -> None:
    labels = encoded(tmp_path / "labels", sample=sample)
    at_once = kp2heat.decode_dataset(labels, method="auto,argmax")
    small_jobs(monkeypatch, exact=True)
    whole = decode_totals(inventory(shard_files(labels)), OPTIONS, results=tmp_path / "jobs.json")
    assert whole is not None
    assert json.dumps(report_json(whole)) == json.dumps(at_once.to_json())
    write_results(at_once, tmp_path / "once.json")
    assert (tmp_path / "jobs.json").read_bytes() == (tmp_path / "once.json").read_bytes()
    assert report_json(whole)["percentiles"] == "exact"


@pytest.mark.parametrize(
    ("count", "exact", "suffix"),
    [
        (1, True, "json"),
        (1, False, "csv"),
        (4, True, "csv"),
        (4, False, "json"),
        (15, True, "json"),
        (15, False, "csv"),
    ],
)
def test_merged_parts_are_one_run(
    tmp_path: Path, labels: Path, monkeypatch: pytest.MonkeyPatch, count: int, exact: bool, suffix: str
) -> None:
    small_jobs(monkeypatch, exact=exact)
    once, results = tmp_path / f"once.{suffix}", tmp_path / f"merged.{suffix}"
    whole = decode_totals(inventory(shard_files(labels)), OPTIONS, results=once)
    merged, written = merge_decoded(in_parts(tmp_path / "parts", labels, count, results=results))
    assert whole is not None
    assert json.dumps(report_json(merged)) == json.dumps(report_json(whole))
    assert written == results
    assert results.read_bytes() == once.read_bytes()


def test_beyond_what_fits_percentiles_are_as_exact_as_the_report_says(
    labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = kp2heat.decode_dataset(labels, method="argmax").to_json()
    small_jobs(monkeypatch, exact=False)
    whole = decode_totals(inventory(shard_files(labels)), DecodeOptions("argmax"))
    assert whole is not None
    said = report_json(whole)
    assert said["percentiles"] == "within 0.1 %"
    for name, level in exact["levels"].items():
        assert said["levels"][name]["states"] == level["states"]
        for space in ("image", "input", "cell"):
            for number, value in level[space].items():
                tolerance = 0.00098 if number in ("median", "p75", "p90", "p95", "p99") else 0
                assert said["levels"][name][space][number] == pytest.approx(value, rel=tolerance, abs=0)


@pytest.mark.parametrize("exact", [True, False])
def test_predictions_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: bool) -> None:
    labels = encoded(tmp_path / "labels", 260)
    shards = open_shards(labels)
    maps = np.stack([shards[i]["16x16"]["heatmaps"] for i in range(len(shards))]).astype(np.float32)
    np.save(tmp_path / "maps.npy", maps + np.random.default_rng(0).normal(0, 0.05, maps.shape))
    options, given = DecodeOptions(), Settings([str(tmp_path / "maps.npy")])
    at_once = kp2heat.decode_dataset(labels, predictions=given).to_json()
    small_jobs(monkeypatch, exact=exact)
    whole = decode_totals(inventory(shard_files(labels)), options, predictions=given)
    merged, _ = merge_decoded(in_parts(tmp_path / "parts", labels, 3, options, predictions=given))
    assert whole is not None
    said = report_json(whole)
    assert json.dumps(said) == json.dumps(report_json(merged))
    reliability = said["levels"]["16x16"]["reliability"]
    counted = sum(part["count"] for part in reliability["bins"])
    scored = said["levels"]["16x16"]["states"]["scored"]
    assert counted == scored if exact else 0 < counted < 0.75 * scored, "of every n-th sample"
    if exact:
        assert json.dumps(said) == json.dumps(at_once)
    else:
        assert reliability["of_every_nth_sample"] == whole.every > 1
        assert said["levels"]["16x16"]["states"] == at_once["levels"]["16x16"]["states"]


def test_missing_parts_and_parts_of_other_settings_are_named(tmp_path: Path) -> None:
    labels = encoded(tmp_path / "labels", 200)
    parts = in_parts(tmp_path / "parts", labels, 3)
    (parts / "decoded-00002-of-00003.npz").rename(tmp_path / "kept.npz")
    with pytest.raises(OutputError, match=r"lacks 1 part of 3 \(2/3\).*--part 2/3"):
        merge_decoded(parts)
    listed = inventory(shard_files(labels))
    decode_totals(listed, DecodeOptions("argmax"), part=Part(2, 3), folder=parts)
    with pytest.raises(OutputError, match=r"decoded-00002-of-00003.npz.*other method"):
        merge_decoded(parts)
    (parts / "decoded-00002-of-00003.npz").write_bytes((tmp_path / "kept.npz").read_bytes()[:-400])
    with pytest.raises(InputError, match="damaged"):
        merge_decoded(parts)


def test_a_second_copy_of_a_part_is_refused(tmp_path: Path) -> None:
    labels = encoded(tmp_path / "labels", 100)
    folder = tmp_path / "parts"
    folder.mkdir()
    with (
        locked(folder, {}, "decoded-00001-of-00002.lock"),
        pytest.raises(OutputError, match="is being written by process"),
    ):
        decode_totals(inventory(shard_files(labels)), OPTIONS, part=Part(1, 2), folder=folder)
    in_parts(folder, labels, 2)
    assert sorted(p.name for p in folder.iterdir()) == [
        "decoded-00001-of-00002.npz",
        "decoded-00002-of-00002.npz",
    ]
    assert decode_parts.holds_decoded(folder)


def test_shards_without_their_manifest_are_counted_by_opening_them(tmp_path: Path) -> None:
    labels = encoded(tmp_path / "labels", 150)
    listed = inventory(shard_files(labels))
    (labels / "manifest.json").unlink()
    assert (
        [s.rows for s in inventory(sorted(labels.glob("*.h5")))] == [s.rows for s in listed] == [64, 64, 22]
    )
