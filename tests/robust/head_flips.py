"""Flip bits of a shard one after the other and read it: run by ``test_head_flips``, which watches the time.

Usage: python -m tests.robust.head_flips SHARD FIRST STOP STEP; a line per bit: ``refused``, ``same`` or ``wrong``.
A bit that takes more than ``LIMIT`` seconds of processor time ends the process.
"""

from __future__ import annotations

import math
import resource
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

import kp2heat
from kp2heat.errors import Kp2heatError

LIMIT = 5
"""Seconds of processor time for one flip."""


def numbers(path: Path) -> str:
    """Return a hash of all numbers and texts that a reader gets from a shard."""
    shards = kp2heat.open(path)
    truth, digest = shards.truth, sha256()
    for column in (
        truth.xy,
        truth.visible,
        truth.bbox,
        truth.area,
        truth.crowd,
        truth.annotation_id,
        truth.sample,
    ):
        digest.update(column.tobytes())
    for name in ("frame", "image_id", "image_size", "file_name"):
        digest.update(shards.column(name).tobytes())
    digest.update(repr((shards.skeleton, shards.settings, shards.shards[0].attrs["input_size"])).encode())
    for name, info in shards.levels.items():
        digest.update(repr((name, info)).encode())
        for plane in info.planes:
            digest.update(shards.shards[0].read(name, plane, 0, len(shards)).tobytes())
    shards.shards[0].close()
    return digest.hexdigest()


def main(shard: str, first: str, stop: str, step: str) -> None:
    content = bytearray(Path(shard).read_bytes())
    expected = numbers(Path(shard))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flipped.h5"
        for bit in range(int(first), int(stop), int(step)):
            content[bit >> 3] ^= 1 << (bit & 7)
            path.write_bytes(content)
            content[bit >> 3] ^= 1 << (bit & 7)
            _, most = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + LIMIT, most))
            try:
                outcome = "same" if numbers(path) == expected else "wrong"
            except Kp2heatError as error:
                outcome = "refused" if "\n" not in str(error) else "wrong: no sentence"
            print(bit, outcome, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
