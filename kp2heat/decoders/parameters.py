"""What the parameters of the decoders mean."""

from __future__ import annotations

from collections.abc import Mapping

MEANING: Mapping[str, str] = {
    "top": "most peaks per map, best first",
    "threshold": "value that a peak must exceed",
    "literal": "the published behaviour, its faults included",
    "rule": "whose published rule, with literal: hrnet or mmpose",
    "kernel": "side of the Gaussian blur in cells, odd",
    "nms": "side of the window in which a peak is the maximum, in cells, odd",
    "temperature": "softmax of h / temperature: lower is nearer to the highest cell",
    "cells": "side of the window round the peak in cells, odd",
    "refine": "how a peak is refined within its cell",
    "merge": "how the blobs of one map were merged: max or sum",
    "share": "share of the highest blob of its map that a blob must have",
    "counts": "how many blobs each map holds; the shards say it",
    "relative": "rounding of the values, as a share of each; the shards say it",
    "absolute": "rounding of the values near 0; the shards say it",
    "sigmas": "OKS sigmas of the joints",
    "areas": "area of each person in input px squared",
    "t": "factor on the map before the softmax of the window",
    "beta": "factor on the map before the softmax",
    "k": "how many of the highest cells are averaged",
    "anchors": "how many cells take part in the trilateration",
    "radius_factor": "radius of the disc as a share of the longer side of the map",
    "locref_std": "unit of the location refinement in input px",
    "candidates": "most peaks considered in a map",
    "snap": "move a joint to the nearest peak of its map",
    "limbs": "pairs of joints in the order of the fields; the shards say it",
    "peaks": "how joints are found: lsq, or the rule openpose, matlab or demo",
    "integral": "how a limb is scored: openpose or matlab",
    "tag_threshold": "distance of tags from which on joints are of different people",
    "least": "share of the samples along a limb that must agree",
    "joints": "people of fewer joints are dropped",
}
"""Parameter -> its meaning, for all decoders that have it."""

OF_DECODER: Mapping[tuple[str, str], str] = {
    ("gaussian-cov", "rule"): "fit: least squares; moments: mean and covariance of the map",
    ("nms", "rule"): "whose peaks: openpose, matlab or demo",
}
"""(Decoder, parameter) -> its meaning there, where it has another."""


def meaning(decoder: str, parameter: str) -> str:
    """Return what a parameter of a decoder means, or an empty text.

    >>> meaning("dark", "top"), meaning("nms", "rule")
    ('most peaks per map, best first', 'whose peaks: openpose, matlab or demo')
    """
    return OF_DECODER.get((decoder, parameter), MEANING.get(parameter, ""))
