"""Zarr reads what the shards hold: from a store of its own, or from the shards in place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import InputError, OutputError
from kp2heat.pipeline.export.run import export
from kp2heat.shards.reading.dataset import Shards
from kp2heat.spec import Spec

pytestmark = pytest.mark.zarr
zarr = pytest.importorskip("zarr")
ANNOTATIONS = Path(__file__).parents[3] / "sample_data" / "annotations.json"


def encoded(out: Path, **settings: Any) -> Shards:
    """Two full shards and one of 22 samples, whose chunks of weights are of 22 rows."""
    rows = kp2heat.read(ANNOTATIONS)
    many = rows.take(np.tile(np.flatnonzero(~rows.crowd), 3))
    many = replace(many, id=np.arange(len(many)))
    spec = Spec(codec="udp-combined", input_size=(96, 128), strides=(4, 8), **settings)
    kp2heat.encode_dataset(many, out, spec, shard_rows=64)
    return kp2heat.open(out)


def assert_holds(group: Any, shards: Shards) -> None:
    assert len(shards.shards) == 3
    for level, info in shards.levels.items():
        for plane, (row, dtype) in info.planes.items():
            array = group[f"{level}/{plane}"]
            assert array.shape == (len(shards), *row)
            assert array.dtype == np.dtype(dtype)
            stored = [shard.read(level, plane, 0, len(shard)) for shard in shards.shards]
            np.testing.assert_array_equal(array[:], np.concatenate(stored))
        assert group[level].attrs["codec"] == "udp-combined"
        assert group[level].attrs["stride"] == list(info.level.alignment.stride)
    np.testing.assert_array_equal(group["samples/frame"][:], shards.column("frame"))
    assert group["samples/file_name"][:].tolist() == shards.column("file_name").tolist()
    np.testing.assert_array_equal(group["people/xy"][:], shards.truth.xy)
    np.testing.assert_array_equal(group["people/annotation_id"][:], shards.truth.annotation_id)


@pytest.mark.parametrize("settings", [{}, {"compress": "small"}, {"store": "truth"}], ids=str)
def test_a_store_holds_all_shards(settings: dict[str, Any], tmp_path: Path) -> None:
    shards = encoded(tmp_path / "labels", **settings)
    out = tmp_path / "labels.zarr"
    assert export(shards, out, "zarr") == [out]
    assert_holds(zarr.open_group(out, mode="r"), shards)
    with pytest.raises(OutputError, match="exists already"):
        export(shards, out, "zarr")
    export(shards, out, "zarr", overwrite=True)
    assert not list(tmp_path.glob("*.part"))
    with pytest.raises(OutputError, match="is not a zarr store"):
        export(shards, tmp_path / "labels", "zarr", overwrite=True)
    assert len(kp2heat.open(tmp_path / "labels")) == len(shards)


@pytest.mark.parametrize("settings", [{}, {"compress": "small"}], ids=str)
def test_references_read_the_shards_in_place(settings: dict[str, Any], tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    shards = encoded(tmp_path / "labels", **settings)
    out = tmp_path / "labels.json"
    assert export(shards, out, "zarr-refs") == [out]
    references = json.loads(out.read_text())
    assert references["version"] == 1
    assert references["refs"]["24x32/heatmaps/0.0.0.0"][0] == str(shards.shards[0].path.absolute())
    assert out.stat().st_size < sum(shard.path.stat().st_size for shard in shards.shards)
    reading = {"asynchronous": True, "remote_protocol": "file", "remote_options": {"asynchronous": True}}
    files = fsspec.filesystem("reference", fo=references, **reading)
    store = zarr.storage.FsspecStore(files, read_only=True, path="")
    assert_holds(zarr.open_group(store, mode="r", zarr_format=2), shards)


def test_truth_alone_has_nothing_to_point_at(tmp_path: Path) -> None:
    shards = encoded(tmp_path / "labels", store="truth")
    with pytest.raises(InputError, match="--to zarr"):
        export(shards, tmp_path / "labels.json", "zarr-refs")
