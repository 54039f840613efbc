"""Export a folder of shards, a target by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.errors import OutputError, SpecError, did_you_mean
from kp2heat.files.atomic import whole_or_absent
from kp2heat.files.folder import make_folder
from kp2heat.formats.writers import write
from kp2heat.pipeline.export import npz, webdataset
from kp2heat.pipeline.export.zarr_store import write_references, write_store
from kp2heat.pipeline.training.on_read import from_shards
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.shard import Shard

Writer = Callable[[Shard, int, Path], None]

PER_SHARD: Mapping[str, tuple[Writer, str]] = {
    "npz": (npz.write_shard, ".npz"),
    "webdataset": (webdataset.write_shard, ".tar"),
}
"""Target -> what writes one shard (the shard, the number of its first sample, the file), and its suffix."""

OF_TRUTH = ("coco", "csv")
"""Targets that hold the truth, in one file: the annotation formats of these names."""

TOGETHER: Mapping[str, Callable[[Shards, Path, Callable[[int], None]], list[Path]]] = {
    "zarr": write_store,
    "zarr-refs": write_references,
}
"""Target -> what writes all shards as one store."""

TARGETS = (*PER_SHARD, *TOGETHER, *OF_TRUTH)


def export(
    shards: Shards,
    out: str | Path,
    target: str,
    *,
    overwrite: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> list[Path]:
    """Write the shards' labels, or their truth, and return the files.

    target    npz, webdataset: the folder ``out`` gets a file per shard, written in pieces of bounded memory;
              zarr: the folder ``out`` is a store of all shards; zarr-refs: the file ``out`` points at their chunks;
              coco, csv: the file ``out`` gets the annotated people
    progress  is called with the number of finished rows

    Every file is whole or absent. SpecError on an unknown target, OutputError where a file is there already and
    ``overwrite`` is not set.
    """
    if target not in TARGETS:
        raise SpecError("to", f"'{target}' is not a target", did_you_mean(target, TARGETS))
    path = Path(out)
    names = [f"shard-{number:05d}" for number in range(len(shards.shards))]
    files = [path / f"{name}{PER_SHARD[target][1]}" for name in names] if target in PER_SHARD else [path]
    existing = [file for file in files if file.exists()]
    if existing and not overwrite:
        raise OutputError(str(existing[0]), "exists already", "choose another place, or give --overwrite")
    if target in OF_TRUTH:
        write(_each_once(from_shards(shards).annotations), path, target)
        progress(len(shards))
        return files
    if target in TOGETHER:
        return TOGETHER[target](shards, path, progress)
    writer, _ = PER_SHARD[target]
    make_folder(path, "choose another folder")
    for file, shard, first in zip(files, shards.shards, shards.starts, strict=False):
        with whole_or_absent(file) as part:
            writer(shard, first, part)
        shard.close()
        progress(len(shard))
    return files


def _each_once(people: Annotations) -> Annotations:
    """Return the people without further copies of one, which augmented shards and bystanders bring."""
    _, first = np.unique(people.id, return_index=True)
    return people if len(first) == len(people) else people.take(np.sort(first))
