"""Conventions of maps as large as the image, and the MATLAB page's groups of landmarks.

The two forms of ``matlab-group`` differ by half a cell. The page divides 1-based landmarks by the stride, which
puts the point x / s - 1 in 0-based cells; the default counts landmarks from 0 and lays the edges of the map on
the edges of the image, (x + 1/2) / s - 1/2, which is 1/2 + 1/(2 s) cells further for the same numbers. Rounding
to whole cells follows in both.
"""

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
