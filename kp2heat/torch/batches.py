"""Batches of items, without those whose image could not be read."""

from __future__ import annotations

from typing import Any

from torch.utils.data import default_collate

from kp2heat.errors import InputError


def collate(items: list[dict[str, Any] | None]) -> dict[str, Any]:
    """Return a batch: tensors stacked, numbers as tensors, texts as lists; items that are None are left out.

    ``PoseDataset(on_error="skip")`` gives None for an image that cannot be read. InputError where no item is left.
    """
    whole = [item for item in items if item is not None]
    if not whole:
        raise InputError("batch", f"none of its {len(items)} images can be read", "check the images")
    batch: dict[str, Any] = default_collate(whole)
    return batch
