"""Shards with a wrong attribute, table or plane: each is refused in a sentence that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import kp2heat
from kp2heat.errors import ShardError
from tests.shards.changes import LEVEL, MAPS, attribute, replace


def read_all(path: Path) -> None:
    """Everything a reader can ask of a shard."""
    shards = kp2heat.open(path)
    assert len(shards.truth.xy) >= 0
    kp2heat.decode_dataset(shards)
    for sample in shards:
        assert sample["sample"]["frame"].shape == (2, 3)


def fields(where: str, name: str, **changes: Any) -> Callable[[Any], None]:
    """A JSON attribute with some of its fields replaced."""

    def change(file: Any) -> None:
        file[where].attrs[name] = json.dumps({**json.loads(file[where].attrs[name]), **changes})

    return change


def column(name: str, values: Any, **options: Any) -> Callable[[Any], None]:
    return lambda file: replace(file, name, data=values, **options)


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
