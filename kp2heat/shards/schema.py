"""The shard's layout, format version 1: names, shapes and dtypes of everything in the file.

::

    shard-00000.h5   attrs: format format_version generator spec skeleton fingerprint rows complete
      /WxH/<plane>       (N, ...)  one group a level; heatmaps, weights, and a codec's further planes
      /images/data       (I, ...)  encoded pictures, with --with-images only
      /samples/...       one row per sample
      /people/...        one row an annotated person, with --sample image only; ``sample`` says whose
      /bystanders/...    one row per person drawn in another's sample, with --store truth only
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Place = tuple[str, str]
"""The names of a group and of a dataset in it."""

MOST_CHUNK = 1 << 30
"""Bytes of the largest chunk that is written or read, uncompressed; a chunk holds one sample or more."""

FORMAT = "kp2heat"
MAJOR = 1
TABLES_SHA256 = "tables_sha256"
"""The attribute that holds the content hash of the tables, from version 1.1 on."""

PERSON_COLUMNS: Mapping[str, tuple[str, tuple[int | str, ...]]] = {
    "xy": ("<f8", ("K", 2)),
    "visible": ("|u1", ("K",)),
    "bbox": ("<f8", (4,)),
    "area": ("<f8", ()),
    "crowd": ("|b1", ()),
    "annotation_id": ("id", ()),
    "category": ("text", ()),
}
"""What is known of an annotated person; ``id`` is int64, or utf-8 text where the annotations have text."""
OPTIONAL = frozenset({"category"})
"""Text columns that a shard leaves out where all their cells are empty; those of format 1.0 have none of them."""

SAMPLE_COLUMNS: Mapping[str, tuple[str, tuple[int | str, ...]]] = {
    "frame": ("<f8", (2, 3)),
    "image_id": ("id", ()),
    "image_size": ("<i4", (2,)),
    "file_name": ("text", ()),
}

IMAGES = "images"
"""Group of the pictures, where they are stored; its dataset ``data`` has one row per picture."""
IMAGE_ROW = "image_row"
"""Column of ``samples``: which picture is a sample's."""

BYSTANDERS = "bystanders"
"""Group of the people who are drawn in a sample that is not theirs; only where maps are drawn when they are read."""

TABLES = ("samples", "people", BYSTANDERS)
"""Groups of tables."""

DRAWN_PLANES = "planes"
"""The attribute of a level that names its planes, JSON of name -> [shape of a row, dtype], where they are not stored."""

LEVEL_NAME = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}")
SHARD_NAME = re.compile(r"shard-(\d{5,})\.h5")
MANIFEST = "manifest.json"
SKIPPED = "skipped.jsonl"


def shard_name(number: int) -> str:
    """Return the file name of a shard, such as ``shard-00000.h5``."""
    return f"shard-{number:05d}.h5"


@dataclass(frozen=True)
class PlaneLayout:
    """One dataset of a level: shape of a row, dtype, rows per chunk, and whether its bytes are shuffled."""

    row: tuple[int, ...]
    dtype: str
    chunk: int
    shuffle: bool = False

    def chunks(self, rows: int) -> tuple[int, ...]:
        """Return the shape of a chunk in a shard of so many rows."""
        return min(self.chunk, rows), *self.row


@dataclass(frozen=True)
class LevelLayout:
    """One level group: its name, attributes and planes by name; rows: how many its planes have, if not one per sample."""

    name: str
    attrs: Mapping[str, Any]
    planes: Mapping[str, PlaneLayout]
    rows: int | None = None
