"""Describe what a file contains, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.files.input_file import HDF5_MAGIC
from kp2heat.files.storage import is_remote
from kp2heat.formats import read
from kp2heat.formats.many_files import SUFFIXES
from kp2heat.shards.manifest import recorded_sources
from kp2heat.shards.reading.dataset import Shards, open_shards
from kp2heat.shards.schema import MANIFEST, SHARD_NAME


def describe(path: str, **options: Any) -> dict[str, Any]:
    """Return what a shard, a folder of shards or an annotation file contains.

    ``options`` are those of :func:`kp2heat.read`.

    >>> describe("sample_data/annotations.json")["images"]
    24
    """
    if holds_shards(path):
        return _shards(open_shards(path))
    return _annotations(read(path, **options))


def holds_shards(name: str | Path) -> bool:
    """Return whether a path or URL is a shard or a folder of shards, rather than annotations; stdin, "-", is none."""
    if is_remote(name):
        return not str(name).endswith(SUFFIXES)
    path = Path(name)
    if str(name) == "-":
        return False
    if path.is_dir():
        names = [file.name for file in path.iterdir()]
        encoded = MANIFEST in names or any(map(SHARD_NAME.fullmatch, names))
        return encoded or not any(name.endswith(SUFFIXES) for name in names)
    if path.suffix in (".h5", ".hdf5"):
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(8) == HDF5_MAGIC


def _shards(shards: Shards) -> dict[str, Any]:
    truth = shards.truth
    first = shards.shards[0]
    return {
        "what": f"kp2heat shards, format {first.attrs['format_version']}, by {first.attrs['generator']}",
        "shards": len(shards.shards),
        "samples": len(shards),
        "people": len(truth.xy),
        "bytes": sum(shard.path.stat().st_size for shard in shards.shards),
        "input_size": first.attrs["input_size"],
        "fingerprint": first.attrs["fingerprint"],
        "spec": shards.settings,
        **({"sources": sources} if (sources := recorded_sources(first.path.parent)) else {}),
        "joints": list(shards.skeleton.names),
        "levels": {
            name: {
                "codec": info.codec,
                "sigma": info.level.sigma,
                "stride": list(info.level.alignment.stride),
                "alignment": info.level.alignment.name,
                "normalize": info.normalize,
                "channels": len(info.channels),
                "planes": {
                    plane: {"shape": [len(shards), *row], "dtype": np.dtype(dtype).name}
                    for plane, (row, dtype) in info.planes.items()
                },
            }
            for name, info in shards.levels.items()
        },
        "per_joint": _joints(shards.skeleton.names, truth.visible),
    }


def _annotations(rows: Annotations) -> dict[str, Any]:
    size, names = rows.images.size, rows.skeleton.names
    return {
        "what": f"{rows.source}: {rows.reading}",
        "images": len(rows.images),
        "annotations": len(rows),
        "labelled": int((rows.visible > 0).sum()),
        "crowd": int(rows.crowd.sum()),
        "without_labelled_joints": int((~(rows.visible > 0).any(axis=1)).sum()),
        "image_sizes": sorted({f"{w}x{h}" if w else "unknown" for w, h in size.tolist()}),
        "sources": rows.sources(),
        "joints": list(rows.skeleton.names),
        "mirrored": [f"{names[k]}:{names[p]}" for k, p in enumerate(rows.skeleton.swap) if p > k],
        "limbs": [f"{names[a]}:{names[b]}" for a, b in rows.skeleton.limbs],
        "oks_sigmas": list(rows.skeleton.sigmas),
        "per_joint": _joints(rows.skeleton.names, rows.visible),
    }


def _joints(names: tuple[str, ...], visible: np.ndarray[Any, Any]) -> dict[str, dict[str, int]]:
    counts = {
        word: (visible == value).sum(axis=0) for value, word in enumerate(("unlabelled", "hidden", "visible"))
    }
    return {name: {word: int(c[k]) for word, c in counts.items()} for k, name in enumerate(names)}
