"""Conventions of networks whose maps are read by their mean, and of animal pose tools."""

from __future__ import annotations

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.sigmas import cells, px

REGRESSED = (
    Convention(
        "dsnt",
        "Nibali et al. 2018 (DSNT), dsntnn make_gauss: every map sums to 1",
        "half-pixel",
        cut=None,
        unit_sum=True,
    ),
    Convention(
        "kornia",
        "kornia 0.9 render_gaussian2d: every map sums to 1, corners on corners",
        "align-corners",
        cut=None,
        unit_sum=True,
    ),
    Convention(
        "lightning-pose",
        "Biderman et al. 2024 (Lightning Pose) data/utils.py, generate_heatmaps",
        "stride",
        sigma=cells(1.25),
        cut=None,
        unit_sum=True,
    ),
    Convention(
        "deepposekit",
        "Graving et al. 2019 (DeepPoseKit) utils/keypoints.py, draw_confidence_map",
        "stride",
        sigma=cells(1),
        cut=None,
    ),
    Convention(
        "sleap",
        "Pereira et al. 2022 (SLEAP) nn/data/confidence_maps.py: sigma times the stride",
        "stride",
        cut=None,
    ),
    Convention(
        "deeplabcut",
        "Mathis et al. 2018 (DeepLabCut 3), HeatmapGaussianGenerator: sigma 2 x 17 / 3 px",
        "cell-center",
        sigma=px(34 / 3),
        cut=None,
    ),
    Convention(
        "deeplabcut-disc",
        "Mathis et al. 2018 (DeepLabCut), HeatmapPlateauGenerator: 1 within 17 px (1.5 sigma)",
        "cell-center",
        sigma=px(34 / 3, least=1),
        cut=1.5,
        shape="disc",
        decoder="expectation",
    ),
)
