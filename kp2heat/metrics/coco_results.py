"""Detections as a COCO results list has them: ``[{"image_id", "keypoints", "score", ...}, ...]``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Images, frozen
from kp2heat.errors import InputError
from kp2heat.metrics.pairs import Floats


@dataclass(frozen=True, eq=False)
class Detections:
    """M detected instances of K joints in the images of some truth.

    xy          (M, K, 2) float64, image px, as the file has them; NaN where it has null
    confidence  (M, K) float64: the third numbers, of whatever scale; 0 means "not detected" to most tools
    score       (M,) float64, of whatever scale: only its order counts
    bbox        (M, 4) float64: x, y, w, h; the extent of the keypoints where the file has none
    image       (M,) int64, row of the truth's image table
    unknown     results left out because the truth does not know their image
    """

    xy: Floats
    confidence: Floats
    score: Floats
    bbox: Floats
    image: NDArray[np.int64]
    unknown: int = 0

    def __post_init__(self) -> None:
        m, k = self.xy.shape[:2]
        columns = {
            "xy": (np.float64, (m, k, 2)), "confidence": (np.float64, (m, k)), "score": (np.float64, (m,)),
            "bbox": (np.float64, (m, 4)), "image": (np.int64, (m,)),
        }  # fmt: skip
        for name, (dtype, shape) in columns.items():
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, shape, name))

    def __len__(self) -> int:
        return len(self.xy)

    def detected(self) -> Floats:
        """``xy`` with NaN where the confidence is not above 0, unless the file has no confidence above 0 at all."""
        said = self.confidence > 0
        return np.where((said if said.any() else ~said)[..., None], self.xy, np.nan)


def read_results(decoded: Any, images: Images, joints: int, source: str = "results") -> Detections:
    """Detections out of decoded JSON: a results list, or a dict that holds one as ``annotations``.

    An image is named by its id (a number, or a string that spells it), or by its file name (AlphaPose), with or
    without folders. Results without ``image_id`` belong to the image the file is called after (OpenPifPaf's
    ``NAME.predictions.json``), or to the only image there is. A missing ``score`` is the mean of the joints'
    confidences above 0. Results on images the truth does not know are left out and counted.

    InputError, with the JSON path, for anything that is no such list, a count of numbers that is not 3K, an
    image that is not named, or a number that is none.
    """
    entries = decoded.get("annotations") if isinstance(decoded, Mapping) else decoded
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise InputError(source, "no list of results", 'give [{"image_id", "keypoints", "score"}, ...]')
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise InputError(source, "a list of something else than results", "each is an object with keypoints")
    rows = _image_rows(entries, images, source)
    known = rows >= 0
    kept = [(i, entry) for i, entry in enumerate(entries) if known[i]]
    triplets = np.array([_triplets(e, i, joints, source) for i, e in kept]).reshape(-1, joints, 3)
    return Detections(
        xy=triplets[..., :2],
        confidence=triplets[..., 2],
        score=_scores(kept, triplets[..., 2], source),
        bbox=_boxes(kept, triplets[..., :2], source),
        image=rows[known],
        unknown=int((~known).sum()),
    )


def _image_rows(entries: Sequence[Mapping[str, Any]], images: Images, source: str) -> NDArray[np.int64]:
    """(len(entries),) row of each entry's image, -1 where the truth does not have it."""
    known = _image_names(images)
    called = known.get(PurePath(source).name.removesuffix(".predictions.json"))
    fallback = 0 if called is None and len(images) == 1 else called
    rows = np.full(len(entries), -1, np.int64)
    for i, entry in enumerate(entries):
        name = entry.get("image_id")
        row = known.get(str(name), -1) if name is not None else fallback
        if row is None:
            raise InputError(
                f"{source}[{i}]",
                "no image_id",
                "name the image, or call the file NAME.predictions.json after it",
            )
        rows[i] = row
    return rows


def _image_names(images: Images) -> dict[str, int]:
    """Row of each image by its id, its file name, and the name's last parts where only one image has them."""
    paths = [PurePath(str(name)) for name in images.file_name]
    short = [part for path in paths for part in {path.name, path.stem}]
    times = Counter(short)
    known = {
        part: row for row, path in enumerate(paths) for part in (path.name, path.stem) if times[part] == 1
    }
    known |= {str(path): row for row, path in enumerate(paths)}
    known |= {str(name): row for row, name in enumerate(images.id.tolist())}
    return known


def _numbers(value: object, path: str) -> Floats:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(path, "something that is no number", "give numbers, or null for unknown") from None


def _triplets(entry: Mapping[str, Any], row: int, joints: int, source: str) -> Floats:
    path = f"{source}[{row}].keypoints"
    flat = _numbers(entry.get("keypoints", ()), path).ravel()
    if len(flat) != 3 * joints:
        raise InputError(
            path,
            f"{len(flat)} numbers for {joints} joints",
            f"give x, y, score for each: {3 * joints} numbers",
        )
    return flat.reshape(joints, 3)


def _scores(kept: Sequence[tuple[int, Mapping[str, Any]]], confidence: Floats, source: str) -> Floats:
    given = [_numbers(entry.get("score"), f"{source}[{row}].score") for row, entry in kept]
    positive = confidence > 0
    mean = np.where(positive, confidence, 0).sum(axis=1) / np.maximum(positive.sum(axis=1), 1)
    score = np.array([value if value.ndim == 0 else np.nan for value in given], np.float64)
    return np.where(np.isnan(score), mean, score)


def _boxes(kept: Sequence[tuple[int, Mapping[str, Any]]], xy: Floats, source: str) -> Floats:
    given = [_numbers(entry.get("bbox") or [np.nan] * 4, f"{source}[{row}].bbox") for row, entry in kept]
    boxes = np.array([box if box.shape == (4,) else [np.nan] * 4 for box in given]).reshape(-1, 4)
    finite = np.isfinite(xy)
    low = np.where(finite, xy, np.inf).min(axis=1)
    extent = np.concatenate([low, np.where(finite, xy, -np.inf).max(axis=1) - low], axis=1)
    return np.where(np.isnan(boxes).any(axis=1, keepdims=True), extent, boxes)
