"""What an output folder may keep, and how a run says what differs."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from kp2heat.annotations import Annotations, Images
from kp2heat.errors import Kp2heatError, OutputError
from kp2heat.pipeline.encoding import run as encode_module
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.run import EncodeReport, run_plan
from kp2heat.shards.lock import LOCK
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.spec import Spec
from tests.robust.sets import sums

SETTINGS = {"input_size": "48x64", "fit": "stretch", "sizes": ["12x16"]}


def people(count: int, seed: int = 0) -> Annotations:
    xy = np.random.default_rng(seed).uniform(0, 47, (count, 3, 2))
    images = Images(np.arange(count), [f"{i}.png" for i in range(count)], np.full((count, 2), 64))
    return Annotations(
        kp2heat.Skeleton(("a", "b", "c")),
        images,
        xy,
        np.full((count, 3), 2),
        np.full((count, 4), np.nan),
        np.full(count, np.nan),
        np.zeros(count, bool),
        np.arange(count),
        np.arange(count),
    )


def encode(rows: Annotations, folder: Path, *, overwrite: bool = False, **settings: object) -> EncodeReport:
    spec = Spec.from_fields({**SETTINGS, **settings}, "test")
    return run_plan(plan(rows, spec, shard_rows=64), folder, overwrite=overwrite)


def times(folder: Path) -> dict[str, int]:
    return {f.name: f.stat().st_mtime_ns for f in folder.iterdir()}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    encode(people(150), tmp_path)
    before = times(tmp_path), tmp_path.stat().st_mtime_ns
    report = encode(people(150), tmp_path)
    assert report.kept == 3
    assert (times(tmp_path), tmp_path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("gone", [["shard-00001.h5"], ["manifest.json"], ["manifest.json", "shard-00002.h5"]])
def test_what_is_missing_is_made_again_and_nothing_else(tmp_path: Path, gone: list[str]) -> None:
    encode(people(150), tmp_path)
    whole, before = sums(tmp_path), times(tmp_path)
    for name in gone:
        (tmp_path / name).unlink()
    encode(people(150), tmp_path)
    assert sums(tmp_path) == whole
    assert {n for n, t in times(tmp_path).items() if t != before[n]} <= {*gone, "manifest.json"}


@pytest.mark.parametrize("manifest", [True, False])
def test_another_encoding_is_refused_setting_by_setting(tmp_path: Path, manifest: bool) -> None:
    encode(people(70), tmp_path, sigma=2)
    if not manifest:
        (tmp_path / "manifest.json").unlink()
    before = sums(tmp_path)
    with pytest.raises(
        OutputError, match=r"sigma was 2\.0, is 3\.0; dtype was f16, is u8; choose"
    ) as refused:
        encode(people(70), tmp_path, sigma=3, dtype="u8")
    assert "annotations" not in str(refused.value)
    with pytest.raises(OutputError, match="annotations"):
        encode(people(70, seed=1), tmp_path, sigma=2)
    assert sums(tmp_path) == before


def test_overwrite_encodes_only_what_changes(tmp_path: Path) -> None:
    rows = people(150)
    encode(rows, tmp_path)
    before = times(tmp_path)
    xy = rows.xy.copy()
    xy[70] += 1
    changed = replace(rows, xy=xy)
    assert encode(changed, tmp_path, overwrite=True).kept == 2
    after = times(tmp_path)
    assert {n for n in after if after[n] != before[n]} == {"shard-00001.h5", "manifest.json"}
    encode(changed, tmp_path.with_name("fresh"))
    assert sums(tmp_path) == sums(tmp_path.with_name("fresh"))


def test_overwrite_does_not_trust_a_damaged_shard(tmp_path: Path) -> None:
    encode(people(70), tmp_path)
    whole = sums(tmp_path)
    shard = tmp_path / "shard-00000.h5"
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    encode(people(70), tmp_path, overwrite=True)
    assert sums(tmp_path) == whole


def test_overwrite_removes_what_the_new_encoding_lacks(tmp_path: Path) -> None:
    encode(people(150), tmp_path)
    encode(people(60), tmp_path, overwrite=True)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["manifest.json", "shard-00000.h5"]


def test_parts_are_removed_by_the_same_job_only(tmp_path: Path) -> None:
    part = tmp_path / "shard-00000.h5.part"
    part.write_bytes(b"half")
    with pytest.raises(OutputError, match="unknown encoding"):
        encode(people(10), tmp_path)
    encode(people(10), tmp_path.with_name("other"), sigma=2)
    manifest = json.loads((tmp_path.with_name("other") / "manifest.json").read_text())
    dead = {"host": socket.gethostname(), "pid": 2**22 + 1, "since": 0, "about": manifest["settings"]}
    (tmp_path / LOCK).write_text(json.dumps(dead))
    for _ in range(2):
        with pytest.raises(OutputError, match=r"sigma was 2\.0, is 3\.0"):
            encode(people(10), tmp_path, sigma=3)
        assert part.read_bytes() == b"half"
    encode(people(10), tmp_path, sigma=2)
    assert sums(tmp_path) == sums(tmp_path.with_name("other"))


def test_a_shard_that_is_not_of_this_encoding_is_not_kept_beside_it(tmp_path: Path) -> None:
    encode(people(70), tmp_path)
    (tmp_path / "shard-00000.h5").rename(tmp_path / "shard-00009.h5")
    with pytest.raises(OutputError, match=r"shard-00009\.h5, which is not of this encoding"):
        encode(people(70), tmp_path)


def test_the_folder_of_an_earlier_version_is_refused_and_its_shards_are_kept_when_it_is_overwritten(
    tmp_path: Path,
) -> None:
    encode(people(70), tmp_path)
    written = sums(tmp_path)
    manifest = read_manifest(tmp_path) or {}
    manifest["settings"]["annotations"] = "91df690e3488ab15c5d35a470b0757e64c50df3ccfd8a41cf3765f8bb32d31f8"
    write_manifest(tmp_path, {**manifest, "fingerprint": "0" * 64})
    with pytest.raises(OutputError, match="holds another encoding: an earlier version began it; choose"):
        encode(people(70), tmp_path)
    assert encode(people(70), tmp_path, overwrite=True).kept == 2
    assert sums(tmp_path) == written


def test_swapped_shards_of_an_unfinished_run_are_refused(tmp_path: Path) -> None:
    encode(people(128), tmp_path)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "shard-00001.h5").replace(tmp_path / "shard-00000.h5")
    with pytest.raises(OutputError, match=r"shard-00000\.h5 made from other annotations"):
        encode(people(128), tmp_path)


@pytest.mark.parametrize("inside_hdf5", [False, True])
def test_an_interruption_keeps_what_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, inside_hdf5: bool
) -> None:
    """Also one that h5py, calling back, has turned into a SystemError."""
    whole = encode(people(200), tmp_path / "whole")
    real, calls = encode_module.level_streams, [0]

    def interrupted(*words: object) -> object:
        calls[0] += 1
        if calls[0] == 3:
            if inside_hdf5:
                raise SystemError("returned a result with an exception set") from KeyboardInterrupt()
            raise KeyboardInterrupt
        return real(*words)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(encode_module, "level_streams", interrupted)
        with pytest.raises(
            Kp2heatError, match="2 of 4 shards are finished and kept; run the same command again"
        ) as stopped:
            run_plan(whole.plan, tmp_path / "out")
    assert stopped.value.exit_code == 130
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == ["shard-00000.h5", "shard-00001.h5"]
    assert run_plan(whole.plan, tmp_path / "out").kept == 2
    assert sums(tmp_path / "out") == sums(tmp_path / "whole")


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"not empty \(it holds 'thesis\.tex'\)"):
        encode(people(10), tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["thesis.tex"]


def test_overwrite_without_a_manifest_encodes_the_damaged_shard_only(tmp_path: Path) -> None:
    encode(people(150), tmp_path)
    whole, before = sums(tmp_path), times(tmp_path)
    (tmp_path / "manifest.json").unlink()
    shard = tmp_path / "shard-00001.h5"
    shard.write_bytes(b"\0" * 100 + shard.read_bytes()[100:])
    with pytest.raises(
        OutputError, match=r"holds a damaged shard \(shard-00001\.h5.*give --overwrite to encode it"
    ):
        encode(people(150), tmp_path)
    assert encode(people(150), tmp_path, overwrite=True).kept == 2
    assert sums(tmp_path) == whole
    assert {n for n, t in times(tmp_path).items() if t != before[n]} == {"shard-00001.h5", "manifest.json"}
