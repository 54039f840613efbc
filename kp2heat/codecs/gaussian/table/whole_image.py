"""Conventions of maps as large as the image, and the MATLAB page's groups of landmarks."""

from __future__ import annotations

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.sigmas import px, shrunk

WHOLE_IMAGE = (
    Convention(
        "center-label-heatmap",
        "CenterLabelHeatMap; CPM applyModel.m, produceCenterLabelMap: the grid runs 1..W",
        "half-pixel",
        sigma=px(21),
        cut=None,
        literal={"align": "one-based"},
    ),
    Convention(
        "center-gaussian-heatmap",
        "CenterGaussianHeatMap; gaussian_img of CPM's TensorFlow port: the grid runs 0..W-1",
        "half-pixel",
        sigma=px(21),
        cut=None,
    ),
    Convention(
        "matlab-group",
        "MATLAB compute_heatmap(imgsize, imgSize, landmarks): one map per group of landmarks",
        "half-pixel",
        sigma=shrunk(20),
        rounding="matlab",
        cut=None,
        merge="sum",
        maps_of="groups",
        literal={"align": "one-based-swapped"},
    ),
)
