"""Batches of items, without those whose image could not be read."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.data import default_collate

from kp2heat.errors import InputError


def collate(items: list[dict[str, Any] | None]) -> dict[str, Any]:
    """Return a batch: tensors stacked, numbers as tensors, texts as lists; items that are None are left out.

    ``PoseDataset(on_error="skip")`` gives None for an image that cannot be read. InputError where no item is left.
    Images of bytes are stacked as they lie in memory, so that the batch is ``torch.channels_last``.

    >>> collate([{"xy": torch.zeros(17, 2), "index": 0}, None, {"xy": torch.ones(17, 2), "index": 2}])["index"]
    tensor([0, 2])
    """
    whole = [item for item in items if item is not None]
    if not whole:
        raise InputError("batch", f"none of its {len(items)} images can be read", "check the images")
    if "image" not in whole[0] or whole[0]["image"].dtype != torch.uint8:
        return dict(default_collate(whole))
    batch = default_collate([{**item, "image": item["image"].permute(1, 2, 0)} for item in whole])
    return {**batch, "image": batch["image"].permute(0, 3, 1, 2)}
