"""Damage that HDF5's checksums do not find: bytes of metadata changed, and their checksums written anew."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from kp2heat.shards.manifest import read_manifest, write_manifest
from kp2heat.shards.reading.existing import describe_shard
from kp2heat.shards.writing.checksum import lookup3, seal
from tests.pipeline.encoding.test_output_folder import encode, people

SIGNATURES = re.compile(rb"\x89HDF|OHDR|OCHK|FRHP|BTHD|BTLF|BTIN|FSHD|SMLI|FAHD|FADB")
LONGEST = 8192
"""Bytes of the longest block of metadata that is looked for."""


@lru_cache(maxsize=1)
def blocks(shard: bytes) -> list[tuple[int, int]]:
    """Return start and stop of each block of metadata that its checksum follows."""
    found = []
    for mark in SIGNATURES.finditer(shard):
        start = mark.start()
        for stop in range(start + 8, min(start + LONGEST, len(shard) - 4)):
            if shard[stop : stop + 4] == lookup3(shard[start:stop]).to_bytes(4, "little"):
                found.append((start, stop))
                break
    return found


def mutants(shard: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield copies of a shard with one to four changed bytes in one block of metadata, its checksum repaired."""
    chance, places = random.Random(seed), blocks(shard)
    assert len(places) > 20
    for _ in range(count):
        image = bytearray(shard)
        start, stop = chance.choice(places)
        for _ in range(chance.randint(1, 4)):
            image[chance.randrange(start + 4, stop)] = chance.choice(
                (0, 1, 127, 128, 255, chance.randrange(256))
            )
        seal(image, start, stop)
        yield bytes(image)


def whole_shard(folder: Path) -> Path:
    """Return a small shard with all kinds of metadata: planes of one chunk and of several."""
    encode(people(20), folder, sizes=["48x64", "12x16"])
    return folder / "shard-00000.h5"


def hostile_folder(folder: Path, count: int, seed: int = 1) -> Path:
    """Return a folder of so many mutants with a manifest that lists them as whole."""
    shard = whole_shard(folder / "whole")
    manifest = read_manifest(shard.parent)
    assert manifest is not None
    (entry,) = manifest["shards"]
    written = asdict(describe_shard(shard))
    out = folder / "hostile"
    out.mkdir()
    entries = []
    for number, image in enumerate(mutants(shard.read_bytes(), count, seed)):
        name = f"shard-{number:05}.h5"
        (out / name).write_bytes(image)
        head = sha256(image[: written["head_bytes"]]).hexdigest()
        entries.append({**entry, "file": name, "sha256": sha256(image).hexdigest(), "head_sha256": head})
    size = count * len(image)
    write_manifest(
        out,
        {
            **manifest,
            "shards": entries,
            "totals": {**manifest["totals"], "samples": 20 * count, "bytes": size},
        },
    )
    return out
