"""A small COCO-WholeBody truth with results, made from a seed, in the official layout of separate parts."""

from __future__ import annotations

from typing import Any

import numpy as np

SIZES = {"keypoints": 17, "foot_kpts": 6, "face_kpts": 68, "lefthand_kpts": 21, "righthand_kpts": 21}


def triplets(xy: np.ndarray, third: np.ndarray) -> list[float]:
    return np.round(np.concatenate([xy, third[:, None]], axis=1), 2).ravel().tolist()


def whole_body_pair() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """12 people of medium and large size in 4 images; 16 results, whose hands reach out further than the body."""
    rng = np.random.default_rng(5)
    annotations, results = [], []
    for n in range(16):
        side = (60, 90, 140, 200)[n % 4]
        corner = rng.uniform(20, 200, 2)
        truth: dict[str, Any] = {}
        found: dict[str, Any] = {}
        for part, count in SIZES.items():
            reach = 0.3 * side if part.endswith("hand_kpts") else 0.0
            xy = corner - reach + rng.uniform(0, side + 2 * reach, (count, 2))
            labelled = rng.uniform(size=count) < 0.8
            if part == "lefthand_kpts" and n % 5 == 0:
                labelled[:] = False
            truth[part] = triplets(np.where(labelled[:, None], xy, 0), 2.0 * labelled)
            noise = rng.normal(0, 0.02 * side * (1 + n % 3), (count, 2))
            confidence = (
                np.zeros(count) if part == "righthand_kpts" and n % 6 == 1 else rng.uniform(0.1, 1, count)
            )
            found[part] = triplets(xy + noise, confidence)
        image = 1 + n % 4
        found |= {"image_id": image, "category_id": 1, "score": round(float(rng.uniform()), 3)}
        if n % 3 == 0:
            found |= {
                "face_score": round(float(rng.uniform()), 3),
                "wholebody_score": round(float(rng.uniform()), 3),
            }
        results.append(found)
        if n < 12:
            box = [*np.round(corner, 1).tolist(), side, side]
            annotations.append(
                truth
                | {
                    "id": n + 1,
                    "image_id": image,
                    "category_id": 1,
                    "iscrowd": 0,
                    "bbox": box,
                    "area": 0.6 * side * side,
                    "num_keypoints": sum(v > 0 for v in truth["keypoints"][2::3]),
                }
            )
    names = [f"body_{k}" for k in range(17)]
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 640, "height": 480} for i in range(1, 5)]
    category = {"id": 1, "name": "person", "keypoints": names, "skeleton": []}
    return {"images": images, "annotations": annotations, "categories": [category]}, results
