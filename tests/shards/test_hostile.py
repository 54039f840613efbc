"""Files made to mislead: each is refused in a sentence, and nothing outside it is opened."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat.errors import Kp2heatError, ShardError
from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.reading import hdf5_guard
from kp2heat.shards.reading.shard import Shard
from tests.pipeline.encoding.test_output_folder import encode, people
from tests.robust.sets import ROOT


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    encode(people(10), folder)
    return folder / "shard-00000.h5"


@pytest.fixture
def shard(honest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(honest, tmp_path / "shard.h5"))


def read_all(path: Path) -> None:
    """Everything a reader can ask of a shard."""
    shards = kp2heat.open(path)
    assert len(shards.truth.xy) >= 0
    kp2heat.decode_dataset(shards)
    for sample in shards:
        assert sample["sample"]["frame"].shape == (2, 3)


def replace(file: Any, name: str, **fields: Any) -> None:
    del file[name]
    file.create_dataset(name, **fields)


def attribute(where: str, name: str, value: Any) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        del file[where].attrs[name]
        if value is not None:
            file[where].attrs[name] = value

    return change


def fields(where: str, name: str, **changes: Any) -> Callable[[Any], None]:
    """A JSON attribute with some of its fields replaced."""

    def change(file: Any) -> None:
        file[where].attrs[name] = json.dumps({**json.loads(file[where].attrs[name]), **changes})

    return change


def column(name: str, values: Any, **options: Any) -> Callable[[Any], None]:
    return lambda file: replace(file, name, data=values, **options)


LEVEL = "/12x16"
MAPS = f"{LEVEL}/heatmaps"
MISTAKES: dict[str, Callable[[Any], None]] = {
    "no format": attribute("/", "format", None),
    "another format": attribute("/", "format", "netcdf"),
    "a number for a format": attribute("/", "format", 3),
    "a newer format": attribute("/", "format_version", "2.0"),
    "no version": attribute("/", "format_version", "one"),
    "unfinished": attribute("/", "complete", False),
    "rows that are text": attribute("/", "rows", "ten"),
    "absurd rows": attribute("/", "rows", 2**62),
    "one row too many": attribute("/", "rows", 11),
    "negative rows": attribute("/", "rows", -1),
    "spec no JSON": attribute("/", "spec", "{"),
    "spec a number": attribute("/", "spec", 3.0),
    "spec nested without end": attribute("/", "spec", "[" * 60000),
    "spec a list": attribute("/", "spec", "[]"),
    "spec empty": attribute("/", "spec", "{}"),
    "spec of unknown samples": fields("/", "spec", sample="video"),
    "spec with a list for a policy": fields("/", "spec", outside=["drop"]),
    "no skeleton": attribute("/", "skeleton", None),
    "skeleton without names": attribute("/", "skeleton", "{}"),
    "skeleton of numbers": fields("/", "skeleton", names=[1, 2, 3]),
    "a number among the skeleton's names": fields("/", "skeleton", names=["a", 2, "c"]),
    "skeleton with limbs elsewhere": fields("/", "skeleton", limbs=[[0, 99]]),
    "skeleton with a swap elsewhere": fields("/", "skeleton", swap=[0, 1, 7]),
    "too few joints": fields("/", "skeleton", names=["a"], swap=[0], limbs=[], groups=[]),
    "input of no size": attribute("/", "input_size", "99999999x1"),
    "unknown codec": attribute(LEVEL, "codec", "__import__('os')"),
    "unknown parameter": attribute(LEVEL, "params", '{"gain": 1}'),
    "unknown normalisation": attribute(LEVEL, "normalize", "eval"),
    "parameters that are text": attribute(LEVEL, "normalize_params", '"x"'),
    "sigma not finite": attribute(LEVEL, "sigma", np.nan),
    "sigma a vector": attribute(LEVEL, "sigma", np.ones(1000)),
    "stride of zero": attribute(LEVEL, "stride", (0.0, 4.0)),
    "channels no list": attribute(LEVEL, "channels", '"abc"'),
    "too few channels": attribute(LEVEL, "channels", '["a"]'),
    "scale of zero": attribute(LEVEL, "scale_factor", 0.0),
    "no level": lambda file: file.__delitem__("12x16"),
    "a level that is an array": lambda file: replace(file, "12x16", data=np.zeros(3)),
    "a group for maps": lambda file: (file.__delitem__(MAPS), file.create_group(MAPS)),
    "a number for maps": lambda file: replace(file, MAPS, data=3.0),
    "a group for a table": lambda file: (
        file.__delitem__("samples/frame"),
        file.create_group("samples/frame"),
    ),
    "a number for a table": lambda file: replace(file, "samples/frame", data=1.0),
    "maps of text": lambda file: replace(
        file, MAPS, shape=(10, 3, 16, 12), dtype="S4", chunks=(1, 3, 16, 12)
    ),
    "maps of records": lambda file: replace(
        file, MAPS, shape=(10, 3, 16, 12), dtype=[("a", "f4")], chunks=(1, 3, 16, 12)
    ),
    "maps of objects": lambda file: replace(
        file, MAPS, shape=(10, 3, 16, 12), dtype=h5py.vlen_dtype(np.float32), chunks=(1, 3, 16, 12)
    ),
    "maps in one piece": lambda file: replace(file, MAPS, shape=(10, 3, 16, 12), dtype="f2"),
    "maps of another size": lambda file: replace(
        file, MAPS, shape=(10, 3, 60000, 60000), dtype="f2", chunks=(1, 3, 1, 1)
    ),
    "chunks of another shape": lambda file: replace(
        file, MAPS, shape=(10, 3, 16, 12), dtype="f2", chunks=(1, 3, 16, 1)
    ),
    "maps behind another filter": lambda file: replace(
        file, MAPS, shape=(10, 3, 16, 12), dtype="f2", chunks=(1, 3, 16, 12), compression="lzf"
    ),
    "no weights": lambda file: file.__delitem__(f"{LEVEL}/weights"),
    "no samples": lambda file: file.__delitem__("samples"),
    "no frame": lambda file: file.__delitem__("samples/frame"),
    "frames that do not invert": column("samples/frame", np.zeros((10, 2, 3))),
    "frames that are not numbers": column("samples/frame", np.full((10, 2, 3), np.nan)),
    "frames of another dtype": column("samples/frame", np.ones((10, 2, 3), "f4")),
    "names that are not text": column("samples/file_name", np.arange(10)),
    "names that are not utf-8": column("samples/file_name", np.array([b"\xff\xfe"] * 10)),
    "an empty table that claims rows": lambda file: replace(file, "samples/xy", shape=(10, 3, 2), dtype="f8"),
    "joints of another number": column("samples/xy", np.zeros((10, 4, 2))),
    "people of nowhere": lambda file: file.create_dataset("people/sample", data=np.array([0, 2**62])),
    "people numbered backwards": lambda file: file.create_dataset("people/sample", data=np.arange(9, -1, -1)),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_malformed_shard_is_refused_in_a_sentence(shard: Path, name: str) -> None:
    with h5py.File(shard, "a") as file:
        MISTAKES[name](file)
    with pytest.raises(ShardError) as refused:
        read_all(shard)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no format", "is HDF5, but not a kp2heat shard"),
        ("another format", "is HDF5, but not a kp2heat shard"),
        ("a number for a format", "is HDF5, but not a kp2heat shard"),
        ("a group for maps", "heatmaps: is not a dataset"),
        ("a group for a table", "frame: is not a dataset"),
        ("a number for maps", "heatmaps: is not an array of 10 rows of numbers"),
        ("maps of text", "heatmaps: is not an array of 10 rows of numbers"),
        ("a number among the skeleton's names", "attribute skeleton is not one"),
    ],
)
def test_the_sentence_says_what_is_wrong(shard: Path, name: str, words: str) -> None:
    with h5py.File(shard, "a") as file:
        MISTAKES[name](file)
    with pytest.raises(ShardError, match=words):
        read_all(shard)


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
