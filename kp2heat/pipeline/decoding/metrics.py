"""A decoded level as detections against the truth of its shards, for every metric there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations, Images
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.metrics.pairing.groups import by_border
from kp2heat.pipeline.decoding.map_sharing import in_a_map, map_groups
from kp2heat.pipeline.decoding.reporting.report import DecodeReport, LevelResult
from kp2heat.pipeline.decoding.reporting.scores import scores_of
from kp2heat.pipeline.evaluation.report import Evaluation
from kp2heat.pipeline.evaluation.run import evaluate
from kp2heat.shards.reading.dataset import Shards


def truth_of(shards: Shards) -> Annotations:
    """Return the annotations that travel in the shards. A crowd region makes no sample, so there are none."""
    ids, names = shards.column("image_id"), shards.column("file_name")
    identities = np.array([f"{i}\t{name}" for i, name in zip(ids.tolist(), names.tolist(), strict=True)])
    _, first, image = np.unique(identities, return_index=True, return_inverse=True)
    images = Images(ids[first], names[first], shards.column("image_size")[first])
    return shards.truth.annotations(shards.skeleton, images, image.reshape(-1), "the shards")


def score(report: DecodeReport, result: LevelResult, confidence: str = "peak", **options: Any) -> Evaluation:
    """Run :func:`kp2heat.pipeline.evaluation.run.evaluate` on one level; each person is matched with its own maps.

    Joints without a map are not scored. confidence: a name of ``scores.SCORES``, for AP.

    Groups are also those joints within two cells of the level's edge, and those further in.
    """
    truth = truth_of(report.shards)
    held = in_a_map(map_groups(result.info, truth.skeleton), len(truth.skeleton))
    truth = replace(truth, visible=np.where(held, truth.visible, 0))
    xy = result.decoded_places()["image"]
    detections = Detections(
        xy=xy,
        confidence=scores_of(report, result, confidence),
        score=np.full(len(xy), np.nan),
        bbox=np.full((len(xy), 4), np.nan),
        image=truth.image,
        id=truth.id,
        category=truth.category,
        source=f"{result.name} {result.method}",
    )
    masks = by_border(result.true_places()["cell"], result.info.level.size)
    return evaluate(truth, detections, matching="id", masks=masks, **options)
