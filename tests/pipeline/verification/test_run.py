"""Whatever happens to an output folder, verify says so, and repair undoes it."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from kp2heat.errors import OutputError, ShardError
from kp2heat.pipeline.verification.run import repair, verify_dataset
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.reading.existing import describe_shard
from kp2heat.shards.reading.tables import tables_sha256
from tests.pipeline.encoding.test_output_folder import encode, people
from tests.robust.sets import sums


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    encode(people(150), folder)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "out"))


def kinds(folder: Path, *, quick: bool = False) -> dict[str, str]:
    """Kind of defect by file."""
    return {defect.file: defect.kind for defect in verify_dataset(folder, quick=quick).defects}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_whole_folder_is_whole(whole: Path, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kp2heat.engines.START_SECONDS", -1)
    monkeypatch.setattr("kp2heat.engines.cores", lambda: 2)
    report = verify_dataset(whole, workers=workers)
    assert report.defects == ()
    assert (report.shards, report.samples, report.redrawn) == (3, 150, 32 + 32 + 22)
    assert report.error["12x16"]["max"] < 0.1, "float16 maps of 12x16 cells, stride 4"


def test_missing_swapped_shortened_and_added_files_are_named(folder: Path) -> None:
    (folder / "shard-00000.h5").rename(folder / "x")
    (folder / "shard-00001.h5").rename(folder / "shard-00000.h5")
    (folder / "x").rename(folder / "shard-00001.h5")
    shutil.copy(folder / "shard-00000.h5", folder / "shard-00009.h5")
    with (folder / "shard-00002.h5").open("r+b") as file:
        file.truncate(5000)
    found = kinds(folder, quick=True)
    assert found.pop("shard-00009.h5") == "unlisted"
    assert found.pop("shard-00002.h5") == "size"
    assert set(found) == {"shard-00000.h5", "shard-00001.h5"}
    assert set(kinds(folder)) == set(found) | {"shard-00002.h5", "shard-00009.h5"}


def rewritten(folder: Path, name: str) -> None:
    """Make the manifest agree with the shard's file, as someone who meant no good would."""
    manifest = read_manifest(folder)
    assert manifest is not None
    path = folder / name
    for entry in manifest["shards"]:
        if entry["file"] == name:
            entry |= asdict(describe_shard(path))
    manifest["totals"]["bytes"] = sum(entry["bytes"] for entry in manifest["shards"])
    write_manifest(folder, manifest)


def test_maps_that_are_not_those_of_their_truth_are_found_by_drawing_again(folder: Path) -> None:
    with h5py.File(folder / "shard-00001.h5", "a") as file:
        maps = file["12x16/heatmaps"]
        maps[0, 0, 8, 5] = np.nextafter(maps[0, 0, 8, 5], np.float16(2))
    rewritten(folder, "shard-00001.h5")
    assert kinds(folder) == {"shard-00001.h5": "maps"}
    assert kinds(folder, quick=True) == {}


def test_truth_that_is_not_that_of_the_maps_is_found_too(folder: Path) -> None:
    with h5py.File(folder / "shard-00001.h5", "a") as file:
        file["samples/xy"][0, 0] += 1e-3
    assert kinds(folder, quick=True) == {"shard-00001.h5": "structure"}
    with h5py.File(folder / "shard-00001.h5", "a") as file:
        file.attrs["tables_sha256"] = tables_sha256(file)
    rewritten(folder, "shard-00001.h5")
    assert kinds(folder) == {"shard-00001.h5": "maps"}


def test_a_shard_of_another_encoding_is_found(folder: Path, tmp_path: Path) -> None:
    encode(people(150), tmp_path / "other", sigma=3)
    shutil.copy(tmp_path / "other" / "shard-00000.h5", folder)
    rewritten(folder, "shard-00000.h5")
    assert kinds(folder) == {"shard-00000.h5": "swapped"}


def test_a_damaged_manifest_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    text = path.read_text()
    for place in np.random.default_rng(0).integers(0, len(text), 60):
        other = "7" if text[place] != "7" else "8"
        path.write_text(text[:place] + other + text[place + 1 :])
        with pytest.raises(ShardError):
            verify_dataset(folder)


def test_repair_gives_the_same_bytes_back(folder: Path, whole: Path) -> None:
    (folder / "shard-00000.h5").unlink()
    data = bytearray((folder / "shard-00002.h5").read_bytes())
    data[len(data) // 2] ^= 16
    (folder / "shard-00002.h5").write_bytes(data)
    report = verify_dataset(folder)
    assert report.broken == ["shard-00000.h5", "shard-00002.h5"]
    with pytest.raises(OutputError, match="the annotations were different"):
        repair(folder, report, people(150, seed=1))
    assert repair(folder, report, people(150)).kept == 1
    assert verify_dataset(folder).defects == ()
    assert sums(folder) == sums(whole)


def test_an_unfinished_folder_has_nothing_to_be_held_against(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(ShardError, match="never finished"):
        verify_dataset(folder)


def test_the_report_is_json(folder: Path) -> None:
    (folder / "shard-00000.h5").unlink()
    report = json.loads(json.dumps(verify_dataset(folder).to_json()))
    assert report["whole"] is False
    assert report["defects"] == [
        {"file": "shard-00000.h5", "kind": "missing", "found": "is missing", "encode_again": True}
    ]


def test_pictures_without_people_are_whole(tmp_path: Path) -> None:
    """A set of images in which nobody is annotated still has its maps, all empty."""
    annotations = people(3)
    nobody = replace(annotations.take(np.zeros(0, np.int64)), images=annotations.images)
    encode(nobody, tmp_path / "out", sample="image", input_size="96x128", sizes=["24x32"])
    assert kinds(tmp_path / "out") == {}
