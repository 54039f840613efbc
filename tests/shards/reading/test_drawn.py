"""Shards of truth: the planes drawn when they are read are the bits that shards of maps store."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat import compiled
from kp2heat.errors import ShardError
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.training.on_read import from_shards
from kp2heat.pipeline.verification.run import verify_dataset
from kp2heat.shards.reading.dataset import Shards
from kp2heat.spec import Spec

ANNOTATIONS = Path(__file__).parents[3] / "sample_data" / "annotations.json"


def both(folder: Path, copies: int = 1, **settings: object) -> tuple[Shards, Shards]:
    """The same encoding stored as maps, and as truth alone."""
    rows = kp2heat.read(ANNOTATIONS)
    if copies > 1:
        many = rows.take(np.tile(np.arange(len(rows)), copies))
        rows = replace(many, id=np.arange(len(many)))
    spec = Spec.from_fields({"input_size": "96x128", "strides": [4, 8], **settings}, "test")
    for store in ("maps", "truth"):
        kp2heat.encode_dataset(rows, folder / store, replace(spec, store=store), shard_rows=64)
    return kp2heat.open(folder / "maps"), kp2heat.open(folder / "truth")


def assert_same(a: object, b: object) -> None:
    assert isinstance(a, dict)
    assert isinstance(b, dict)
    assert a.keys() == b.keys()
    for name, value in a.items():
        if isinstance(value, dict):
            assert_same(value, b[name])
        else:
            assert np.asarray(value).dtype == np.asarray(b[name]).dtype
            np.testing.assert_array_equal(value, b[name])


SETTINGS = [
    {"codec": "gaussian"},
    {"codec": "gaussian", "outside": "partial", "dtype": "f32"},
    {"codec": "msra", "dtype": "u8", "params": {"literal": True}},
    {"codec": "dark", "normalize": "sum"},
    {"codec": "cpm-full"},
    {"codec": "openpose", "sample": "image"},
    {"codec": "simcc", "hidden": "zero"},
    {"codec": "udp-combined", "fit": "letterbox"},
    {"codec": "centernet", "sample": "image", "dtype": "f32"},
]


@pytest.fixture(scope="module", params=SETTINGS, ids=lambda s: s["codec"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoding stored as maps, and as truth alone."""
    folder = tmp_path_factory.mktemp("both")
    both(folder, **request.param)
    return folder


@pytest.mark.parametrize("with_loops", [True, False])
def test_what_is_drawn_is_what_would_be_stored(
    folder: Path, with_loops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_loops:
        monkeypatch.setattr(compiled, "prepared_loops", lambda: None)
    maps, truth = kp2heat.open(folder / "maps"), kp2heat.open(folder / "truth")
    assert (maps.stores_maps, truth.stores_maps) == (True, False)
    assert len(truth) == len(maps)
    for i in range(0, len(maps), 7):
        assert_same(truth[i], maps[i])
    for name, info in maps.levels.items():
        assert truth.levels[name].planes == info.planes
        for plane in info.planes:
            stored = maps.shards[0].read(name, plane, 3, 11)
            np.testing.assert_array_equal(truth.shards[0].read(name, plane, 3, 11), stored)


def test_people_of_other_shards_are_drawn_with_a_sample(tmp_path: Path) -> None:
    """CPM's maps show everybody in the image; a shard carries those whose own samples are in another one."""
    maps, truth = both(tmp_path, copies=3, codec="cpm-full", strides=[8])
    assert len(truth.shards) == len(maps.shards) == 3
    alone = kp2heat.open(truth.shards[1].path)
    first = maps.starts[1]
    for i in range(0, len(alone), 9):
        assert_same(alone[i], maps[first + i])
        assert_same(from_shards(alone).draw(i), from_shards(maps).draw(first + i))


def test_decode_and_verify_do_not_notice(tmp_path: Path) -> None:
    maps, truth = both(tmp_path, codec="udp")
    assert decode_dataset(truth).to_json()["levels"] == decode_dataset(maps).to_json()["levels"]
    report = verify_dataset(tmp_path / "truth")
    assert report.samples == len(truth)
    assert not report.defects
    assert report.error == verify_dataset(tmp_path / "maps").error


def test_a_shard_of_truth_is_kilobytes_and_a_changed_joint_is_found(tmp_path: Path) -> None:
    _, truth = both(tmp_path, copies=4)
    size = sum(shard.path.stat().st_size for shard in truth.shards)
    assert size / len(truth) < 1000
    path = truth.shards[0].path
    with h5py.File(path) as file:
        assert file.attrs["format_version"] == b"1.2"
        assert list(file["24x32"]) == []
        assert json.loads(file["24x32"].attrs["planes"])["weights"] == [[17], "<f4"]
        place = file["samples/xy"].id.get_offset()
    with path.open("r+b") as raw:
        raw.seek(place + 3)
        raw.write(b"\x55")
    assert [defect.file for defect in verify_dataset(tmp_path / "truth").defects] == [path.name]


@pytest.mark.parametrize(
    ("row", "found"), [([17, 32, 24], "describes other planes"), ([17, 1 << 20, 1 << 20], "does not say how")]
)
def test_planes_that_are_not_those_of_the_settings_are_refused(
    row: list[int], found: str, tmp_path: Path
) -> None:
    both(tmp_path)
    path = tmp_path / "truth" / "shard-00000.h5"
    with h5py.File(path, "r+") as file:
        planes = json.loads(file["24x32"].attrs["planes"])
        planes["heatmaps"] = [row, "<f4"]
        text = json.dumps(planes).encode()
        file["24x32"].attrs["planes"] = np.array(text, h5py.string_dtype("utf-8", len(text)))
    (tmp_path / "truth" / "manifest.json").unlink()
    with pytest.raises(ShardError, match=found):
        kp2heat.open(path)[0]


def test_it_is_picklable_and_another_store_is_another_encoding(tmp_path: Path) -> None:
    _, truth = both(tmp_path)
    first = truth[0]
    assert_same(pickle.loads(pickle.dumps(truth))[0], first)
    spec = Spec(input_size=(96, 128), strides=(4, 8))
    with pytest.raises(kp2heat.Kp2heatError, match="store was truth, is not set"):
        kp2heat.encode_dataset(kp2heat.read(ANNOTATIONS), tmp_path / "truth", spec, shard_rows=64)
