"""How good predictions are: a table of metrics, each with the standard it follows.

Every metric takes :class:`kp2heat.metrics.pairs.Pairs` and gives :class:`kp2heat.contracts.Scores`; a group
of joints (hidden ones, those near the border, the left arm) is the same metric on ``pairs.only(mask)``.
"""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.contracts import Metric
from kp2heat.metrics import epe, pck

METRICS: Mapping[str, Metric] = {
    "epe": Metric(
        "epe", epe.epe, "of the space", "mmpose keypoint_epe; Kaggle facial keypoints (rmse)",
        {"percentiles": epe.PERCENTILES},
    ),
    "pck": Metric(
        "pck", pck.pck, "share", "mmpose keypoint_pck_accuracy",
        {"thresholds": pck.THRESHOLDS, "by": "box"},
    ),
}  # fmt: skip
