"""Planes of a shard that stores the truth alone, drawn when they are read: the bits that an encoding stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.drawing.labels import LabelSource, Levels
from kp2heat.drawing.planes import draw
from kp2heat.errors import ShardError
from kp2heat.shards.reading.hdf5_guard import AGAIN
from kp2heat.shards.reading.header import LevelInfo


class DrawnPlanes:
    """The planes of a shard of truth. The last drawn ones are kept, for readers of one plane after the other."""

    def __init__(self, labels: LabelSource, infos: Mapping[str, LevelInfo], where: str) -> None:
        self._labels, self._infos, self._where = labels, infos, where
        self._last: tuple[tuple[str, int, int], dict[str, NDArray[Any]]] = ("", 0, 0), {}
        names = {level.name: level for level in self._labels.renderer.levels}
        if names != {name: info.level for name, info in infos.items()}:
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
