"""``compress`` changes bytes and chunks and no map, for our reader and for stock ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat.errors import OutputError, SpecError
from kp2heat.frame import parse_size
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.encoding.disk_space import estimated_sizes
from kp2heat.pipeline.encoding.planning import plane_layouts
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.verification.run import repair, verify_dataset
from kp2heat.spec import Spec
from tests.pipeline.encoding.test_output_folder import people

SPEC = Spec(fit="stretch", input_size=(48, 64), sizes=((48, 64), (6, 8)))


def encode(folder: Path, spec: Spec, **more: object) -> kp2heat.EncodeReport:
    return kp2heat.encode_dataset(people(150), folder, spec, shard_rows=64, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes", [{}, {"dtype": "f32", "codec": "dark"}, {"dtype": "u8", "normalize": "sum"}]
)
def test_small_holds_the_same_maps_in_fewer_bytes(tmp_path: Path, changes: dict[str, str]) -> None:
    spec, _ = SPEC.overridden(changes)
    fast = encode(tmp_path / "fast", spec)
    small = encode(tmp_path / "small", spec.overridden({"compress": "small"})[0])
    assert small.bytes < 0.8 * fast.bytes
    assert small.plan.fingerprint == fast.plan.fingerprint
    shards, others = kp2heat.open(tmp_path / "small"), kp2heat.open(tmp_path / "fast")
    assert shards.settings["compress"] == "small"
    with h5py.File(tmp_path / "small" / "shard-00001.h5") as file:
        for level in shards.levels:
            maps = file[level]["heatmaps"]
            assert maps.chunks[0] >= 16
            assert maps.shuffle == (maps.dtype.itemsize > 1)
            np.testing.assert_array_equal(maps[:], [others[i][level]["heatmaps"] for i in range(64, 128)])
            np.testing.assert_array_equal(maps[3], shards[67][level]["heatmaps"])
    assert verify_dataset(tmp_path / "small").defects == ()


@pytest.mark.parametrize(
    "changes", [{}, {"codec": "msra"}, {"dtype": "f32"}, {"dtype": "u8", "normalize": "sum"}]
)
def test_single_holds_the_same_maps_in_smaller_chunks(tmp_path: Path, changes: dict[str, str]) -> None:
    spec, _ = SPEC.overridden(changes)
    encode(tmp_path / "fast", spec)
    encode(tmp_path / "single", spec.overridden({"compress": "single"})[0])
    shards, others = kp2heat.open(tmp_path / "single"), kp2heat.open(tmp_path / "fast")
    with h5py.File(tmp_path / "single" / "shard-00001.h5") as file:
        for level in shards.levels:
            maps = file[level]["heatmaps"]
            rows, size = maps.chunks[0], maps[:1].nbytes
            assert rows == 1 or rows * size <= 4096 < 2 * rows * size
            np.testing.assert_array_equal(maps[:], [others[i][level]["heatmaps"] for i in range(64, 128)])
            np.testing.assert_array_equal(maps[3], shards[67][level]["heatmaps"])
    assert verify_dataset(tmp_path / "single").defects == ()


@pytest.mark.parametrize(
    ("dtype", "sizes", "rows"),
    [
        ("f16", ("28x28", "14x14", "7x7"), (8, 32, 64)),
        ("u8", ("28x28", "48x64"), (16, 4)),
        ("f16", ("48x64",), (1,)),
        ("f32", ("48x64",), (1,)),
    ],
)
def test_a_sample_of_64_kb_has_a_chunk_of_its_own(
    dtype: str, sizes: tuple[str, ...], rows: tuple[int, ...]
) -> None:
    """Of 17 joints: at 48x64, 104 kB of float16 and 52 kB of uint8."""
    spec = Spec(fit="stretch", input_size=(192, 256), sizes=tuple(map(parse_size, sizes)), dtype=dtype)
    layouts = plan(seventeen_joints(1), spec).layouts
    assert tuple(layout.planes["heatmaps"].chunk for layout in layouts) == rows


def seventeen_joints(count: int) -> kp2heat.Annotations:
    return replace(
        people(count),
        skeleton=kp2heat.Skeleton.numbered(17),
        xy=np.random.default_rng(0).uniform(0, 47, (count, 17, 2)),
        visible=np.full((count, 17), 2),
    )


def test_a_run_that_began_with_larger_chunks_is_finished_and_repaired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before samples of 64 kB were alone, two lay in a chunk: that is no part of what decides the maps."""
    spec = replace(SPEC, sizes=((48, 64),), input_size=(192, 256), dtype="f16")
    rows = seventeen_joints(150)
    with monkeypatch.context() as older:
        older.setattr(plane_layouts, "ALONE", 1 << 20)
        kp2heat.encode_dataset(rows, tmp_path, spec, shard_rows=64)
    whole = [sample["48x64"]["heatmaps"] for sample in kp2heat.open(tmp_path)]
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "shard-00001.h5").unlink()
    assert kp2heat.encode_dataset(rows, tmp_path, spec, shard_rows=64).kept == 2
    assert verify_dataset(tmp_path).defects == ()
    last = tmp_path / "shard-00002.h5"
    last.write_bytes(last.read_bytes()[:-1])
    repair(tmp_path, verify_dataset(tmp_path), rows)
    assert verify_dataset(tmp_path).defects == ()
    for name, chunk in (("shard-00000.h5", 2), ("shard-00001.h5", 1), ("shard-00002.h5", 1)):
        with h5py.File(tmp_path / name) as file:
            assert file["48x64/heatmaps"].chunks[0] == chunk
    np.testing.assert_array_equal([s["48x64"]["heatmaps"] for s in kp2heat.open(tmp_path)], whole)
    assert decode_dataset(tmp_path).results[0].scored.sum() == 150 * 17


def test_all_sizes_are_estimated(tmp_path: Path) -> None:
    sizes = estimated_sizes(plan(people(150), SPEC, shard_rows=64))
    for name in ("fast", "small", "single"):
        written = encode(tmp_path / name, SPEC.overridden({"compress": name})[0]).bytes
        assert 0.7 < sizes[name] / written < 1.5


def test_the_estimate_counts_the_joints_of_the_tables(tmp_path: Path) -> None:
    """Of 100 joints in maps of 7x7, places and flags are a sixth of the bytes."""
    count, joints = 200, 100
    rows = replace(
        people(count),
        skeleton=kp2heat.Skeleton.numbered(joints),
        xy=np.random.default_rng(0).uniform(0, 47, (count, joints, 2)),
        visible=np.full((count, joints), 2),
    )
    spec = Spec(fit="stretch", input_size=(48, 64), sizes=((7, 7),))
    written = kp2heat.encode_dataset(rows, tmp_path / "out", spec).bytes
    assert 0.9 < estimated_sizes(plan(rows, spec))["fast"] / written < 1.1


def test_a_folder_is_compressed_in_one_way(tmp_path: Path) -> None:
    encode(tmp_path, SPEC)
    small = SPEC.overridden({"compress": "small"})[0]
    with pytest.raises(OutputError, match="compress was fast, is small"):
        encode(tmp_path, small)
    assert encode(tmp_path, small, overwrite=True).kept == 0
    assert encode(tmp_path, small).kept == 3


def test_an_unknown_compression_is_refused() -> None:
    with pytest.raises(SpecError, match="compress: 'tiny' is not known"):
        Spec(compress="tiny")
