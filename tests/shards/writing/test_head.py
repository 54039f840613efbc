"""A head that is kept and filled in is the head that HDF5 would lay out anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kp2heat.shards.reading.dataset import shard_content_sha256
from kp2heat.shards.schema import LevelLayout, PlaneLayout
from kp2heat.shards.writing import head
from kp2heat.shards.writing.buffers import joined
from kp2heat.shards.writing.writer import Written, make_shard

ASCII = ["a.jpg", "longer.jpg", ""]
OTHER = ["ä.jpg", "図.jpg", "plain.jpg"]
LEVELS = (LevelLayout("4x4", {"sigma": 1.0}, {"heatmaps": PlaneLayout((2, 4, 4), "<f4", 1)}),)


def shard(path: Path, seed: int, names: list[str], fingerprint: str = "0" * 64) -> Written:
    """Three rows of whatever the seed says."""
    random = np.random.default_rng(seed)
    maps = random.random((3, 2, 4, 4), np.float32)
    columns: dict[str, dict[str, np.ndarray[Any, Any]]] = {
        "samples": {
            "file_name": np.array(names),
            "xy": random.random((3, 2)),
            "crowd": np.array([True, False, True]),
        },
        "people": {"sample": np.empty(0, np.int64), "annotation_id": np.empty(0, np.str_)},
    }
    with h5py.File("maps", "w", driver="core", backing_store=False) as file:
        data = file.create_dataset("maps", data=maps, chunks=(1, 2, 4, 4), compression="gzip")
        streams = joined([data.id.read_direct_chunk((n, 0, 0, 0))[1] for n in range(3)])
    attrs = {"fingerprint": fingerprint, "rows": 3}
    return make_shard(path, 3, attrs, LEVELS, [("4x4", "heatmaps", 0, streams)], columns)()


@pytest.mark.parametrize("names", [ASCII, OTHER])
def test_the_second_of_a_shape_is_as_if_it_were_the_first(tmp_path: Path, names: list[str]) -> None:
    head._kept.cache_clear()
    alone = shard(tmp_path / "alone.h5", 1, names, "f" * 64)
    head._kept.cache_clear()
    shard(tmp_path / "before.h5", 0, names[::-1])
    after = shard(tmp_path / "after.h5", 1, names, "f" * 64)
    assert head._kept.cache_info().hits == 1
    assert after == alone
    assert (tmp_path / "after.h5").read_bytes() == (tmp_path / "alone.h5").read_bytes()
    assert shard_content_sha256(tmp_path / "after.h5") == after.content_sha256


@pytest.mark.parametrize("names", [ASCII, OTHER])
def test_what_is_filled_in_is_read_by_plain_h5py(tmp_path: Path, names: list[str]) -> None:
    for seed in (0, 1):
        shard(tmp_path / "a.h5", seed, names, f"{seed}" * 64)
        random = np.random.default_rng(seed)
        with h5py.File(tmp_path / "a.h5") as file:
            assert file.attrs["fingerprint"] == f"{seed}" * 64
            assert [name.decode() for name in file["samples/file_name"][:]] == names
            np.testing.assert_array_equal(file["4x4/heatmaps"][:], random.random((3, 2, 4, 4), np.float32))
            np.testing.assert_array_equal(file["samples/xy"][:], random.random((3, 2)))
            assert file["samples/crowd"][:].tolist() == [True, False, True]
            assert file["people/sample"].shape == (0,)
