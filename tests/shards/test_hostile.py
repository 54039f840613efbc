"""Files made to mislead: nothing outside a shard is opened, and what it claims takes no memory."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

import kp2heat
from kp2heat.errors import Kp2heatError, ShardError
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.reading import hdf5_guard
from kp2heat.shards.reading.shard import Shard
from tests.robust.sets import ROOT
from tests.shards.changes import LEVEL, MAPS, attribute, replace


def bait(folder: Path) -> Path:
    """A file whose opening for reading would hang: nobody ever writes into this pipe."""
    os.mkfifo(folder / "bait.h5")
    return folder / "bait.h5"


def outside_link(file: Any, bait: Path) -> None:
    del file["samples"]
    file["samples"] = h5py.ExternalLink(str(bait), "/samples")


def outside_level(file: Any, bait: Path) -> None:
    file["64x64"] = h5py.ExternalLink(str(bait), "/64x64")


def soft_link(file: Any, _bait: Path) -> None:
    del file["samples/xy"]
    file["samples/xy"] = h5py.SoftLink("/samples/bbox")


def virtual(file: Any, bait: Path) -> None:
    layout = h5py.VirtualLayout((10, 3, 16, 12), "f2")
    layout[:] = h5py.VirtualSource(str(bait), "x", shape=(10, 3, 16, 12), dtype="f2")
    del file[MAPS]
    file.create_virtual_dataset(MAPS, layout)


def endless_virtual(file: Any, bait: Path) -> None:
    layout = h5py.VirtualLayout((10, 3, 2), "f8", maxshape=(None, 3, 2))
    source = h5py.VirtualSource(str(bait), "x", shape=(10, 3, 2), dtype="f8", maxshape=(None, 3, 2))
    layout[h5py.h5s.UNLIMITED and slice(0, h5py.h5s.UNLIMITED)] = source[0 : h5py.h5s.UNLIMITED]
    del file["samples/xy"]
    file.create_virtual_dataset("samples/xy", layout)


def external_storage(file: Any, bait: Path) -> None:
    replace(file, "samples/xy", shape=(10, 3, 2), dtype="f8", external=[(str(bait), 0, h5py.h5f.UNLIMITED)])


@pytest.mark.parametrize(
    "change", [outside_link, outside_level, soft_link, virtual, endless_virtual, external_storage]
)
def test_nothing_outside_the_shard_is_opened(
    shard: Path, tmp_path: Path, change: Callable[..., None]
) -> None:
    with h5py.File(shard, "a") as file:
        change(file, bait(tmp_path))
    program = "import sys, kp2heat; kp2heat.open(sys.argv[1]).truth; kp2heat.decode_dataset(sys.argv[1])"
    ran = subprocess.run(
        [sys.executable, "-c", program, str(shard)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ran.returncode == 1
    assert "kp2heat.errors.ShardError" in ran.stderr
    assert "elsewhere" in ran.stderr or "other files" in ran.stderr


def test_memory_follows_what_is_stored_not_what_is_claimed(shard: Path) -> None:
    with h5py.File(shard, "a") as file:
        for name, columns in {"frame": (2, 3), "xy": (3, 2), "image_size": (2,)}.items():
            kind = file[f"samples/{name}"].dtype
            replace(file, f"samples/{name}", shape=(2**33, *columns), dtype=kind)
        attribute("/", "rows", 2**33)(file)
        replace(file, MAPS, shape=(2**33, 3, 16, 12), dtype="f2", chunks=(1, 3, 16, 12))
        replace(file, f"{LEVEL}/weights", shape=(2**33, 3), dtype="f4", chunks=(1, 3))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ShardError, match="claims more than the file holds"):
        Shard(shard)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "kB"


def test_a_giant_chunk_is_refused(shard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_guard, "MOST_CHUNK", 1000)
    with pytest.raises(ShardError, match="larger than any of ours"):
        Shard(shard)


@pytest.mark.parametrize(
    "content", [b"", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(3000), b"PK\x03\x04"]
)
def test_what_is_not_hdf5_is_said_to_be_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shard-00000.h5"
    path.write_bytes(content)
    with pytest.raises(ShardError):
        Shard(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(Kp2heatError, match="not a file"):
        Shard(bait(tmp_path))


@pytest.mark.parametrize("name", ["../shard-00000.h5", "/etc/shard-00000.h5", "notes.txt", 7, None])
def test_a_manifest_names_only_shards_beside_it(honest: Path, tmp_path: Path, name: object) -> None:
    shutil.copy(honest, tmp_path / "shard-00000.h5")
    manifest = read_manifest(honest.parent)
    assert manifest is not None
    manifest["shards"][0]["file"] = name
    write_manifest(tmp_path, manifest)
    with pytest.raises(ShardError, match="which is no shard"):
        kp2heat.open(tmp_path)


def test_an_unfinished_or_incomplete_folder_is_not_taken_for_whole(honest: Path, tmp_path: Path) -> None:
    shutil.copytree(honest.parent, tmp_path / "out")
    (tmp_path / "out" / "shard-00000.h5").rename(tmp_path / "away.h5")
    with pytest.raises(ShardError, match=r"lacks shard-00000\.h5"):
        kp2heat.open(tmp_path / "out")
    (tmp_path / "away.h5").rename(tmp_path / "out" / "shard-00000.h5")
    (tmp_path / "out" / "manifest.json").unlink()
    with pytest.raises(ShardError, match="never finished"):
        kp2heat.open(tmp_path / "out")
    assert len(kp2heat.open(tmp_path / "out" / "shard-00000.h5")) == 10
