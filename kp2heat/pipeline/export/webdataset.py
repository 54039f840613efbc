"""A shard as a tar file that webdataset reads: a sample's planes and its truth, one after another."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.shards.reading.shard import Shard
from kp2heat.shards.schema import PERSON_COLUMNS


def write_shard(shard: Shard, first: int, path: Path) -> None:
    """Write ``000000017.48x64_heatmaps.npy``, ..., ``000000017.json`` per sample; the number counts all shards' samples.

    Pictures that the shard stores are next to them, ``000000017.jpeg``. The JSON holds frame, ids, image size, file name and the people: xy in image px, visible, bbox. NaN is null.
    """
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for row in range(len(shard)):
            key = f"{first + row:09d}"
            for name, info in shard.levels.items():
                for plane in info.planes:
                    content = io.BytesIO()
                    np.save(content, shard.read(name, plane, row, row + 1)[0])
                    _add(archive, f"{key}.{name}_{plane}.npy", content.getvalue())
            if shard.images is not None and shard.images.encoding != "raw":
                _add(archive, f"{key}.{shard.images.encoding}", shard.encoded_image(row).tobytes())
            _add(archive, f"{key}.json", json.dumps(_truth(shard, row), allow_nan=False).encode())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _truth(shard: Shard, row: int) -> dict[str, Any]:
    columns = {name: _plain(values[row]) for name, values in shard.columns.items()}
    truth = shard.truth.take(row, row + 1)
    people = [
        {name: _plain(getattr(truth, name)[person]) for name in PERSON_COLUMNS}
        for person in range(len(truth.sample))
    ]
    scales = {name: info.scale_factor for name, info in shard.levels.items()}
    return {**columns, "people": people, "scale_factor": scales}


def _plain(value: NDArray[np.generic] | Any) -> Any:
    """Return numbers, texts and lists, NaN as None."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return array.tolist()
    values = array.astype(object)
    values[~np.isfinite(array)] = None
    return values.tolist()
