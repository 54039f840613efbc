"""Metrics by name, each with the standard it follows.

Every metric takes :class:`kp2heat.metrics.pairing.pairs.Pairs` and returns :class:`kp2heat.contracts.Scores`. To score
some joints only (hidden ones, those near the border, the wrists), pass ``pairs.only(mask)`` with a mask of
``groups``. COCO's AP also needs the detections that match no instance, so it has a module of its own, ``ap``.

>>> sorted(METRICS)
['auc', 'epe', 'failures', 'kinds', 'nme', 'oks', 'pck', 'pckh', 'presence']
"""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.contracts import Metric
from kp2heat.metrics import epe, error_kinds, nme, oks, pck, presence

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("epe", epe.epe, "unit of the space", "mmpose keypoint_epe; Kaggle facial keypoints (rmse)"),
        Metric("pck", pck.pck, "share", "mmpose keypoint_pck_accuracy"),
        Metric("pckh", pck.pckh, "share", "Andriluka et al. 2014 (MPII); HRNet mpii.evaluate"),
        Metric("auc", pck.auc, "share", "mmpose keypoint_auc"),
        Metric("nme", nme.nme, "lengths", "300W, WFLW; mmpose keypoint_nme (pooled)"),
        Metric("failures", nme.failures, "share", "300W, WFLW, COFW"),
        Metric("oks", oks.oks, "similarity", "cocodataset.org; pycocotools computeOks"),
        Metric("kinds", error_kinds.kinds, "share", "Ronchi & Perona 2017; coco-analyze"),
        Metric("presence", presence.presence, "share", "SLEAP vis.*"),
    )
}
