"""Detections of instances, before they are matched with the annotated ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from kp2heat.annotations import Array, frozen, frozen_ids
from kp2heat.arrays import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Detections:
    """M detected instances of K joints in the images of some truth.

    xy          (M, K, 2) float64, image px, as the file has them; NaN where it has none
    confidence  (M, K) float64, of any scale
    score       (M,) float64, of any scale: only its order counts. NaN becomes the mean of the joints'
                confidences above 0
    bbox        (M, 4) float64: x, y, w, h; NaN becomes the extent of the keypoints, as in pycocotools
    image       (M,) int64, row of the truth's image table
    id          (M,) int64 or str: the annotation each was made for, where that is known; else empty
    named       whether the file says that the ids are those of annotations
    category    (M,) str, ids of the truth's categories
    unknown     number of results that were skipped because the truth does not have their image
    first_unknown  where the first of these is and how it names its image, or ""
    unranked    why the scores give no order, or "": then there is no average precision
    identity    how the images of the results were identified, in words
    notes       what the reader assumed
    source      the file's name

    >>> xy = np.array([[[10.0, 20.0], [0.0, 0.0]]])
    >>> one = Detections(xy, np.array([[0.9, 0.0]]), np.array([np.nan]), np.full((1, 4), np.nan), np.array([0]))
    >>> one.score, one.detected()[0, 1]
    (array([0.9]), array([nan, nan]))
    """

    xy: Floats
    confidence: Floats
    score: Floats
    bbox: Floats
    image: Ints
    id: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    category: Array = field(default_factory=lambda: np.array(""))
    named: bool = False
    unknown: int = 0
    first_unknown: str = ""
    unranked: str = ""
    identity: str = ""
    notes: tuple[str, ...] = ()
    source: str = "results"

    def __post_init__(self) -> None:
        m, k = self.xy.shape[:2]
        boxes = np.where(np.isnan(self.bbox).any(axis=1, keepdims=True), extent(self.xy), self.bbox)
        score = np.where(np.isnan(self.score), mean_confidence(self.confidence), self.score)
        category = np.broadcast_to(self.category, (m,)) if np.ndim(self.category) == 0 else self.category
        columns = {
            "xy": (self.xy, np.float64, (m, k, 2)),
            "confidence": (self.confidence, np.float64, (m, k)),
            "score": (score, np.float64, (m,)),
            "bbox": (boxes, np.float64, (m, 4)),
            "image": (self.image, np.int64, (m,)),
            "category": (category, np.str_, (m,)),
        }
        for name, (value, dtype, shape) in columns.items():
            object.__setattr__(self, name, frozen(value, dtype, shape, name))
        object.__setattr__(self, "id", frozen_ids(self.id))

    def __len__(self) -> int:
        return len(self.xy)

    def merely_numbered(self) -> bool:
        """Return whether the ids only count the detections, from 0 or 1, and may not be those of annotations."""
        ids = self.id.tolist()
        return not self.named and ids in ([*range(len(ids))], [*range(1, len(ids) + 1)])

    def take(self, rows: Ints | Bools) -> Detections:
        """Return the detections of these rows."""
        columns = ["xy", "confidence", "score", "bbox", "image", "category"] + ["id"] * bool(len(self.id))
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def detected(self) -> Floats:
        """Return ``xy``, NaN where nothing was detected: x and y are at most 0 and the confidence is not above 0.

        Tools write such joints as 0, 0, 0 (OpenPifPaf: 0, -3, 0). Everywhere else the position counts, whatever
        the confidence is, as in COCO's evaluation.
        """
        nothing = ~(self.confidence > 0) & (self.xy <= 0).all(axis=-1)
        return np.where(nothing[..., None], np.nan, self.xy)


def extent(xy: Floats) -> Floats:
    """Return (M, 4) x, y, w, h of the boxes round those of the points (M, K, 2) that have coordinates."""
    finite = np.isfinite(xy)
    low = np.where(finite, xy, np.inf).min(axis=1)
    high = np.where(finite, xy, -np.inf).max(axis=1)
    some = finite.sum(axis=1) > 0
    return np.concatenate([low, np.where(some, high, 0) - np.where(some, low, 0)], axis=1)


def mean_confidence(confidence: Floats) -> Floats:
    """Return the (M,) means of the confidences (M, K) above 0; 0 where none is."""
    positive = confidence > 0
    total = np.where(positive, confidence, 0).sum(axis=1)
    return np.asarray(total / np.maximum(positive.sum(axis=1), 1))
