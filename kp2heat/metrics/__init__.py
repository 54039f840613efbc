"""How good predictions are: a table of metrics, each with the standard it follows.

Every metric of the table takes :class:`kp2heat.metrics.pairs.Pairs` and gives :class:`kp2heat.contracts.Scores`;
a part of the joints (hidden ones, those near the border, the wrists) is the same metric on
``pairs.only(mask)`` with a mask of ``groups``. COCO's AP, which needs detections that no truth is known for,
stands beside them in ``ap``.
"""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.contracts import Metric
from kp2heat.metrics import epe, error_kinds, nme, oks, pck, presence

METRICS: Mapping[str, Metric] = {
    "epe": Metric(
        "epe", epe.epe, "of the space", "mmpose keypoint_epe; Kaggle facial keypoints (rmse)",
        {"percentiles": epe.PERCENTILES},
    ),
    "pck": Metric(
        "pck", pck.pck, "share", "mmpose keypoint_pck_accuracy",
        {"thresholds": pck.THRESHOLDS, "by": "box"},
    ),
    "pckh": Metric(
        "pckh", pck.pckh, "share", "Andriluka et al. 2014 (MPII); HRNet mpii.evaluate",
        {"thresholds": pck.HEAD_THRESHOLDS, "by": "head"},
    ),
    "auc": Metric("auc", pck.auc, "share", "mmpose keypoint_auc", {"by": "30px", "steps": 20}),
    "nme": Metric("nme", nme.nme, "lengths", "300W, WFLW; mmpose keypoint_nme (pooled)", {"by": "inter-ocular"}),
    "failures": Metric(
        "failures", nme.failures, "share", "300W, WFLW, COFW", {"by": "inter-ocular", "threshold": 0.1}
    ),
    "oks": Metric("oks", oks.oks, "similarity", "cocodataset.org; pycocotools computeOks", {"sigmas": ""}),
    "kinds": Metric("kinds", error_kinds.kinds, "share", "Ronchi & Perona 2017; coco-analyze", {"sigmas": ""}),
    "presence": Metric("presence", presence.presence, "share", "SLEAP vis.*", {"min_score": 0.5}),
}  # fmt: skip
