"""What must be the same in all blocks of a COCO file, for each to be understood as the whole file is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kp2heat.formats.json_files.boxes import AROUND
from kp2heat.formats.json_files.categories import joint_names
from kp2heat.formats.json_files.number_lists import NumberLists
from kp2heat.formats.json_files.rows import LabelledRows
from kp2heat.formats.json_files.schema import Category
from kp2heat.formats.parsed import NotByBlocksError, ParsedFile


class SameInAll:
    """Blocks seen so far; NotByBlocksError for one that shows that the whole file has to be looked at.

    Ids of several kinds are compared as text, numbers per joint follow most rows, categories must share their joints,
    and the unit of boxes from center and scale follows all scales.
    """

    def __init__(self) -> None:
        self._kinds: set[tuple[object, ...]] = set()
        self._joints: set[tuple[str, ...]] = set()
        self._centers = self._boxless = False

    def add(self, block: LabelledRows) -> None:
        """Take a block as it is written."""
        if not len(block.kept):
            return
        ids = [block.fields[name] for name in ("id", "image_id")]
        kinds = [column.dtype.kind for column in ids if isinstance(column, np.ndarray)]
        if not isinstance(block.keypoints, NumberLists):
            raise NotByBlocksError("keypoints that are no lists of numbers")
        self._kinds.add((block.keypoints.width, *kinds))
        self._centers |= "center" in block.fields
        if len(kinds) < len(ids) or "f" in kinds or len(self._kinds) > 1:
            raise NotByBlocksError("ids of several kinds or none, or lists of several lengths")

    def add_parsed(self, block: ParsedFile, categories: Sequence[Category]) -> None:
        """Take the same block as it was understood."""
        by_id = {str(category.id): category for category in categories}
        self._joints |= {joint_names(by_id.get(i)) for i in {*block.category.tolist()}}
        self._boxless |= AROUND in block.notes or bool(np.isnan(block.bbox).any())
        if len(self._joints) > 1:
            raise NotByBlocksError("categories with different joints")
        if self._centers and self._boxless:
            raise NotByBlocksError(AROUND)
