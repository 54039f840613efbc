"""What a detector found, before it is known which annotated instance is meant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from kp2heat.annotations import Array, frozen, frozen_ids
from kp2heat.arrays import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Detections:
    """M detected instances of K joints in the images of some truth.

    xy          (M, K, 2) float64, image px, as the file has them; NaN where it has none
    confidence  (M, K) float64, of whatever scale; 0 means "not detected" to most tools
    score       (M,) float64, of whatever scale: only its order counts. NaN becomes the mean of the joints'
                confidences above 0
    bbox        (M, 4) float64: x, y, w, h; NaN becomes the extent of the keypoints (as pycocotools has it)
    image       (M,) int64, row of the truth's image table
    id          (M,) int64 or str: the annotation each was made for, where that is known; else empty
    unknown     how many were left out because the truth does not have their image
    source      the file's name
    """

    xy: Floats
    confidence: Floats
    score: Floats
    bbox: Floats
    image: Ints
    id: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    unknown: int = 0
    source: str = "results"

    def __post_init__(self) -> None:
        m, k = self.xy.shape[:2]
        boxes = np.where(np.isnan(self.bbox).any(axis=1, keepdims=True), _extent(self.xy), self.bbox)
        score = np.where(np.isnan(self.score), _mean_above_0(self.confidence), self.score)
        columns = {
            "xy": (self.xy, np.float64, (m, k, 2)), "confidence": (self.confidence, np.float64, (m, k)),
            "score": (score, np.float64, (m,)), "bbox": (boxes, np.float64, (m, 4)),
            "image": (self.image, np.int64, (m,)),
        }  # fmt: skip
        for name, (value, dtype, shape) in columns.items():
            object.__setattr__(self, name, frozen(value, dtype, shape, name))
        object.__setattr__(self, "id", frozen_ids(self.id, "id"))

    def __len__(self) -> int:
        return len(self.xy)

    def merely_numbered(self) -> bool:
        """Whether the ids only count the detections, from 0 or 1: then they need not be those of annotations."""
        ids = self.id.tolist()
        return ids in ([*range(len(ids))], [*range(1, len(ids) + 1)])

    def take(self, rows: Ints | Bools) -> Detections:
        """Return the detections of these rows."""
        columns = ("xy", "confidence", "score", "bbox", "image", *(["id"] if len(self.id) else []))
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def detected(self) -> Floats:
        """``xy`` with NaN where the confidence is not above 0; in a file that has none above 0 at all, at 0, 0."""
        said = self.confidence > 0
        placed = np.asarray(self.xy.any(axis=-1))
        return np.where((said if said.any() else placed)[..., None], self.xy, np.nan)


def _extent(xy: Floats) -> Floats:
    """(M, 4): x, y, w, h of the box round those of the points (M, K, 2) that have coordinates."""
    finite = np.isfinite(xy)
    low = np.where(finite, xy, np.inf).min(axis=1)
    high = np.where(finite, xy, -np.inf).max(axis=1)
    some = finite.sum(axis=1) > 0
    return np.concatenate([low, np.where(some, high, 0) - np.where(some, low, 0)], axis=1)


def _mean_above_0(confidence: Floats) -> Floats:
    positive = confidence > 0
    total = np.where(positive, confidence, 0).sum(axis=1)
    return np.asarray(total / np.maximum(positive.sum(axis=1), 1))
