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
    "epe": Metric(
        name="epe",
        measure=epe.epe,
        unit="unit of the space",
        source="mmpose keypoint_epe; Kaggle facial keypoints (rmse)",
        params={"percentiles": epe.PERCENTILES},
    ),
    "pck": Metric(
        name="pck",
        measure=pck.pck,
        unit="share",
        source="mmpose keypoint_pck_accuracy",
        params={"thresholds": pck.THRESHOLDS, "by": "box"},
    ),
    "pckh": Metric(
        name="pckh",
        measure=pck.pckh,
        unit="share",
        source="Andriluka et al. 2014 (MPII); HRNet mpii.evaluate",
        params={"thresholds": pck.HEAD_THRESHOLDS, "by": "head", "strict": False},
    ),
    "auc": Metric(
        name="auc",
        measure=pck.auc,
        unit="share",
        source="mmpose keypoint_auc",
        params={"by": "30px", "steps": 20},
    ),
    "nme": Metric(
        name="nme",
        measure=nme.nme,
        unit="lengths",
        source="300W, WFLW; mmpose keypoint_nme (pooled)",
        params={"by": "inter-ocular"},
    ),
    "failures": Metric(
        name="failures",
        measure=nme.failures,
        unit="share",
        source="300W, WFLW, COFW",
        params={"by": "inter-ocular", "threshold": 0.1},
    ),
    "oks": Metric(
        name="oks",
        measure=oks.oks,
        unit="similarity",
        source="cocodataset.org; pycocotools computeOks",
        params={"sigmas": ""},
    ),
    "kinds": Metric(
        name="kinds",
        measure=error_kinds.kinds,
        unit="share",
        source="Ronchi & Perona 2017; coco-analyze",
        params={"sigmas": ""},
    ),
    "presence": Metric(
        name="presence",
        measure=presence.presence,
        unit="share",
        source="SLEAP vis.*",
        params={"min_score": 0.5},
    ),
}
