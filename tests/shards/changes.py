"""Changes to the HDF5 file of a shard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LEVEL = "/12x16"
MAPS = f"{LEVEL}/heatmaps"


def replace(file: Any, name: str, **fields: Any) -> None:
    del file[name]
    file.create_dataset(name, **fields)


def attribute(where: str, name: str, value: Any) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        del file[where].attrs[name]
        if value is not None:
            file[where].attrs[name] = value

    return change
