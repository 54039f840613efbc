"""What the parameters of the codecs mean."""

from __future__ import annotations

from collections.abc import Mapping

MEANING: Mapping[str, str] = {
    "background": "extra channel: none, 1-max, 1-sum or 1-sum-raw",
    "literal": "follow the published code to the last bit, faults included",
    "groups": 'joints that share a map: "eyes=8,12;mouth=15,17,18", or skeleton for those of the skeleton',
    "overlap": "overlap that a box must keep when its corners move by the radius",
    "mask": "add the plane mask: 1 where a blob is drawn",
    "empty": "what a map without a joint holds: zero, or uniform",
    "max_objs": "rows for people in one image",
    "mse": "draw every Gaussian with the level's sigma",
    "pos_dist": "radius of a joint's disc in input px",
    "locref_std": "unit of the location refinement in input px",
    "radius": "cells from a centre in which offsets are given",
    "background_weight": "loss weight of cells without a blob",
    "least_area": "w^2 + h^2 of a person's extent, in input px^2, below which it has no centre",
    "least_diagonal": "diagonal of a person's extent, in cells, below which it has no root",
    "ratio": "sigma along y over sigma along x",
    "rotation": "turn of the blob's axes in radians, from y towards x",
    "spread": "width of a blob: level (the level's sigma), or oks (the joint's OKS kernel)",
    "kernel": "taps of the blur, odd; 0 takes those of the sigma",
    "threshold": "confidence above which a cell points to its joint",
    "radius_factor": "radius of the disc as a share of the longer side of the map",
    "sigma_y": "sigma of the y vector in bins; 0 takes that of the x vector",
    "normalize": "divide each vector by sigma sqrt(2 pi)",
    "smooth": "label smoothing: the share of the other bins",
}
"""Parameter -> its meaning, for all codecs that have it."""
