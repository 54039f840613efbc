"""Predicted values as raw heatmaps: what the network's last layer did is undone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.pipeline.decoding.undo_normalisation import blob_sum
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.spec import Spec

Maps = NDArray[np.float32]


def to_raw(values: NDArray[Any], read_as: str, labels: LevelInfo | Spec, sigma: float) -> Maps:
    """Return predicted values (N, K, H, W) as raw maps of peak about 1, float32; ``labels``: how those are normalised.

    uint8 values count 1/255. sigma in cells: maps that sum to 1 are brought back to blobs of peak 1.
    """
    maps = values.astype(np.float32)
    if values.dtype == np.uint8:
        maps /= 255
    name, params = labels.normalize, normalize.normalization(labels.normalize, labels.normalize_params)[1]
    if read_as == "raw":
        return maps
    if read_as == "logits":
        if name == "softmax":
            least = maps.min(axis=(2, 3), keepdims=True)
            return np.asarray((maps - least) / np.float32(params["beta"]))
        if name == "sigmoid":
            return np.asarray((maps - params["bias"]) / params["gain"], np.float32)
        if name == "sum":
            shares = normalize.apply("softmax", maps, {"beta": 1.0})
            return np.asarray(shares * blob_sum(sigma), np.float32)
        return normalize.apply("sigmoid", maps, {}).astype(np.float32)
    if read_as in ("sigmoid", "softmax") and name != read_as:
        return maps
    undone = normalize.undo(name, maps, params)
    return undone * np.float32(blob_sum(sigma)) if name == "sum" else undone
