"""Exports hold what the shards hold, by the names of their readers."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import OutputError, SpecError
from kp2heat.pipeline.export.run import export
from kp2heat.spec import Spec

SAMPLE = Path(__file__).parents[3] / "sample_data" / "annotations.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "labels"
    rows = kp2heat.read(SAMPLE)
    spec = Spec(codec="udp-combined", input_size=(96, 128), strides=(4, 8))
    kp2heat.encode_dataset(rows, out, spec)
    return out


def test_a_numpy_archive_holds_every_plane_and_column(folder: Path, tmp_path: Path) -> None:
    shards = kp2heat.open(folder)
    files = export(shards, tmp_path / "arrays", "npz")
    assert [file.name for file in files] == [f"shard-{n:05d}.npz" for n in range(len(shards.shards))]
    for file, shard in zip(files, shards.shards, strict=True):
        with np.load(file) as archive:
            for name, info in shard.levels.items():
                for plane in info.planes:
                    stored = shard.read(name, plane, 0, len(shard))
                    assert archive[f"{name}/{plane}"].dtype == stored.dtype
                    np.testing.assert_array_equal(archive[f"{name}/{plane}"], stored)
            np.testing.assert_array_equal(archive["samples/frame"], shard.columns["frame"])
            assert archive["samples/file_name"].tolist() == shard.columns["file_name"].tolist()
            np.testing.assert_array_equal(archive["people/xy"], shard.truth.xy)


def test_a_tar_holds_every_sample_under_one_key(folder: Path, tmp_path: Path) -> None:
    shards = kp2heat.open(folder)
    files = export(shards, tmp_path / "tars", "webdataset")
    seen = 0
    for file in files:
        with tarfile.open(file) as archive:
            names = archive.getnames()
            keys = [name.split(".", 1)[0] for name in names]
            assert keys == sorted(keys)  # a sample's files follow each other
            for key in dict.fromkeys(keys):
                sample = shards[int(key)]
                for level in shards.levels:
                    for plane, stored in sample[level].items():
                        member = archive.extractfile(f"{key}.{level}_{plane}.npy")
                        assert member is not None
                        np.testing.assert_array_equal(np.load(io.BytesIO(member.read())), stored)
                member = archive.extractfile(f"{key}.json")
                assert member is not None
                truth = json.load(member)
                assert truth["file_name"] == sample["sample"]["file_name"]
                assert len(truth["people"][0]["xy"]) == 17
                seen += 1
    assert seen == len(shards)


@pytest.mark.parametrize("target", ["coco", "csv"])
def test_the_truth_is_read_back(target: str, folder: Path, tmp_path: Path) -> None:
    shards = kp2heat.open(folder)
    file = tmp_path / f"truth.{'json' if target == 'coco' else 'csv'}"
    assert export(shards, file, target) == [file]
    rows = kp2heat.read(file)
    np.testing.assert_allclose(rows.xy, shards.truth.xy, atol=1e-6)
    np.testing.assert_array_equal(rows.visible, shards.truth.visible)
    assert rows.images.file_name[rows.image].tolist() == shards.column("file_name").tolist()


@pytest.mark.parametrize("target", ["npz", "webdataset", "coco"])
def test_the_same_shards_give_the_same_bytes_and_nothing_is_replaced_unasked(
    target: str, folder: Path, tmp_path: Path
) -> None:
    shards = kp2heat.open(folder)
    first = export(shards, tmp_path / "a", target)
    again = export(shards, tmp_path / "b", target)
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in again]
    with pytest.raises(OutputError, match="exists already"):
        export(shards, tmp_path / "a", target)
    export(shards, tmp_path / "a", target, overwrite=True)


def test_an_unknown_target_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'tfrecord' is not a target"):
        export(kp2heat.open(folder), tmp_path / "x", "tfrecord")
