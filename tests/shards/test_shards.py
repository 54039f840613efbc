"""A shard is what plain h5py reads, and what kp2heat.open gives back."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat.annotations import Annotations, Images
from kp2heat.errors import InputError
from kp2heat.shards.reading.dataset import Shards
from kp2heat.spec import Spec

SAMPLE = Path(__file__).parents[2] / "sample_data"
PEOPLE = {"sample": "instance", "fit": "crop", "input_size": "192x256", "sizes": ["48x64", "12x16"]}


def encoded(folder: Path, **fields: object) -> Path:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    kp2heat.encode_dataset(rows, folder, Spec.from_fields({**PEOPLE, **fields}, "test"))
    return folder


@pytest.mark.parametrize("dtype", ["f16", "f32", "u8"])
def test_plain_h5py_reads_the_library_s_own_arrays(tmp_path: Path, dtype: str) -> None:
    encoded(tmp_path, dtype=dtype)
    with h5py.File(tmp_path / "shard-00000.h5") as file:
        frame = file["samples/frame"][:]
        xy = file["samples/xy"][:]
        points = np.einsum("nij,nkj->nki", frame[:, :, :2], xy) + frame[:, None, :, 2]
        for name in ("48x64", "12x16"):
            width, height = map(int, name.split("x"))
            expected = kp2heat.encode(
                points, file["samples/visible"][:], input_size=(192, 256), size=(width, height), dtype=dtype
            )
            data = file[name]["heatmaps"]
            assert data.compression == "gzip"
            np.testing.assert_array_equal(data[:], expected["heatmaps"])
            np.testing.assert_array_equal(file[name]["weights"][:], expected["weights"])


def test_the_file_documents_itself(tmp_path: Path) -> None:
    encoded(tmp_path, normalize="sigmoid", normalize_params={"gain": 4.0, "bias": -2.0})
    with h5py.File(tmp_path / "shard-00000.h5") as file:
        assert file.attrs["format"] == b"kp2heat"
        assert file.attrs["format_version"] == b"1.1"
        assert bool(file.attrs["complete"])
        assert len(json.loads(file.attrs["skeleton"])["names"]) == 17
        assert json.loads(file.attrs["spec"])["codec"] == "gaussian"
        level = dict(file["48x64"].attrs)
        assert list(level["stride"]) == [4, 4]
        assert level["alignment"] == b"half-pixel"
        assert json.loads(level["normalize_params"]) == {"gain": 4.0, "bias": -2.0}
        shapes = {name: data.shape for name, data in file["samples"].items()}
    assert shapes == {
        "xy": (50, 17, 2),
        "visible": (50, 17),
        "bbox": (50, 4),
        "area": (50,),
        "crowd": (50,),
        "annotation_id": (50,),
        "frame": (50, 2, 3),
        "image_id": (50,),
        "image_size": (50, 2),
        "file_name": (50,),
        "category": (50,),
    }


def test_samples_by_number(tmp_path: Path) -> None:
    shards = kp2heat.open(encoded(tmp_path))
    assert len(shards) == 50
    last = shards[-1]
    assert last["48x64"]["heatmaps"].shape == (17, 64, 48)
    np.testing.assert_array_equal(last["12x16"]["heatmaps"], shards[49]["12x16"]["heatmaps"])
    assert str(last["sample"]["file_name"]).endswith(".jpg")
    with pytest.raises(IndexError):
        shards[50]
    assert len(shards[3:7]) == 4


def test_a_shard_that_is_open_elsewhere_in_the_process(tmp_path: Path) -> None:
    """By plain h5py, which locks files that it reads; HDF5 refuses to open one file with and without."""
    folder = encoded(tmp_path)
    with h5py.File(folder / "shard-00000.h5") as file:
        theirs = file["48x64/heatmaps"][:]
        ours = kp2heat.open(folder)
        np.testing.assert_array_equal(ours.shards[0].read("48x64", "heatmaps", 0, 50), theirs)
    ours.shards[0].close()


def test_many_shards_are_one_sequence(tmp_path: Path) -> None:
    rows = kp2heat.read(SAMPLE / "annotations.json")
    spec = Spec.from_fields(PEOPLE, "test")
    many = 150
    repeated = rows.take(np.tile(np.flatnonzero(~rows.crowd), 3))
    repeated = Annotations(
        repeated.skeleton,
        repeated.images,
        repeated.xy,
        repeated.visible,
        repeated.bbox,
        repeated.area,
        repeated.crowd,
        repeated.image,
        np.arange(many),
    )
    report = kp2heat.encode_dataset(repeated, tmp_path, spec, shard_rows=64)
    assert [s.rows for s in report.shards] == [64, 64, 22]
    shards = kp2heat.open(tmp_path)
    np.testing.assert_array_equal(shards.truth.annotation_id, np.arange(many))
    for i in (0, 63, 64, 127, 128, 149):
        np.testing.assert_array_equal(shards[i]["12x16"]["heatmaps"], shards[i % 50]["12x16"]["heatmaps"])


def peak(shards: Shards, index: int) -> float:
    return float(shards[index]["48x64"]["heatmaps"].max())


def test_a_shard_named_twice_would_count_twice(tmp_path: Path) -> None:
    folder = encoded(tmp_path / "labels")
    with pytest.raises(InputError, match="named twice"):
        kp2heat.open([folder, folder / ".." / "labels" / "shard-00000.h5"])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_open_shards_survive_pickling_and_new_processes(tmp_path: Path, method: str) -> None:
    shards = kp2heat.open(encoded(tmp_path))
    expected = peak(shards, 7)
    assert peak(pickle.loads(pickle.dumps(shards)), 7) == expected
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(peak, (shards, 7)) == expected


def test_text_ids_and_names_of_any_script(tmp_path: Path) -> None:
    xy = np.array([[[10.0, 12.0]], [[20.0, 5.0]]])
    images = Images(
        np.array(["α", "b"]), np.array(["ordner/ä b.png", "日本.png"]), np.array([[64, 48], [64, 48]])
    )
    rows = Annotations(
        kp2heat.Skeleton(("nose",)),
        images,
        xy,
        np.full((2, 1), 2),
        np.full((2, 4), np.nan),
        np.full(2, np.nan),
        np.zeros(2, bool),
        np.array([0, 1]),
        np.array(["x1", "x2"]),
    )
    spec = Spec.from_fields({"sizes": ["16x12"], "dtype": "f32"}, "test")
    kp2heat.encode_dataset(rows, tmp_path, spec)
    shards = kp2heat.open(tmp_path)
    assert shards[1]["sample"]["file_name"] == "日本.png"
    assert shards[0]["sample"]["image_id"] == "α"
    assert shards.truth.annotation_id.tolist() == ["x1", "x2"]
    report = kp2heat.decode_dataset(tmp_path).to_json()
    assert report["levels"]["16x12"]["input"]["max"] < 1e-4
