"""Planes of a shard that stores the truth alone, drawn when they are read: the bits that an encoding stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Images
from kp2heat.drawing.labels import LabelSource, Levels
from kp2heat.drawing.planes import draw
from kp2heat.drawing.samples import Samples
from kp2heat.errors import ShardError
from kp2heat.shards.reading.hdf5_guard import AGAIN
from kp2heat.spec import Spec

if TYPE_CHECKING:
    from kp2heat.shards.reading.shard import Shard


def labels_of(shard: Shard) -> LabelSource:
    """Return the samples of a shard, whose labels can be drawn from the truth that it carries."""
    columns, truth = shard.columns, shard.truth
    images = Images(columns["image_id"], columns["file_name"], columns["image_size"])
    people = truth if shard.bystanders is None else truth.joined(shard.bystanders)
    annotations = people.annotations(shard.skeleton, images, np.arange(shard.rows), shard.path.name)
    row, others = np.split(np.arange(len(people.sample)), [len(truth.sample)])
    samples = Samples(
        np.arange(shard.rows), row, truth.sample, shard.frame, {}, others, people.sample[len(row) :]
    )
    spec = Spec.from_fields(shard.settings, f"{shard.path.name}, spec")
    return LabelSource(annotations, samples, replace(spec, input_size=shard.frame.input_size))


class DrawnPlanes:
    """The planes of a shard of truth. The last drawn ones are kept, for readers of one plane after the other."""

    def __init__(self, shard: Shard) -> None:
        self._labels = labels_of(shard)
        self._where, self._infos = shard.path.name, shard.levels
        self._last: tuple[tuple[str, int, int], dict[str, NDArray[Any]]] = ("", 0, 0), {}
        names = {level.name: level for level in self._labels.renderer.levels}
        if names != {name: info.level for name, info in shard.levels.items()}:
            raise ShardError(self._where, "its levels are not those of its spec", AGAIN)
        self._check(self._labels.renderer.scene(self._labels.scenes(0, 0)), 0)

    def read(self, level: str, plane: str, start: int, stop: int) -> NDArray[Any]:
        """Return rows start..stop of one plane."""
        key, planes = self._last
        if key != (level, start, stop):
            grid = self._infos[level].level
            planes = draw(self._labels.spec, grid, self._labels.scenes(start, stop))
            self._last = (level, start, stop), planes
        return planes[plane]

    def sample(self, row: int) -> Levels:
        """Return all planes of one sample, without an axis of samples."""
        return self._labels.draw(row)

    def _check(self, drawn: Levels, rows: int) -> None:
        """Raise a ShardError unless the shard describes the planes as they are drawn."""
        for name, info in self._infos.items():
            planes = {key: ((rows, *row), np.dtype(dtype)) for key, (row, dtype) in info.planes.items()}
            if planes != {key: (plane.shape, plane.dtype) for key, plane in drawn[name].items()}:
                raise ShardError(self._where, f"/{name} describes other planes than are drawn for it", AGAIN)
