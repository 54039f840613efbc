"""Conventions of Convolutional Pose Machines, OpenPose and their ports."""

from __future__ import annotations

from dataclasses import replace

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.sigmas import cells, px

LN_100 = 0.0099997
"""exp(-4.6052): CPM and OpenPose cut where the exponent passes a rounded ln 100, at 3.035 sigma."""

MAPS = Convention(
    "cpm",
    "Wei et al. 2016 (CPM), putGaussianMaps of shihenw/caffe data_transformer.cpp",
    "half-pixel",
    sigma=px(7, least=7 / 8),
    cut=3.035,
    least=LN_100,
    merge="sum-clamp",
)
LABEL = replace(
    MAPS,
    name="cpm-label",
    source="Wei et al. 2016 (CPM): putGaussianMaps and its background, P + 1 maps",
    background="1-max",
)
CENTER = Convention(
    "center-map",
    "Wei et al. 2016 (CPM): the fourth input channel, in training, cut at 1 %",
    "half-pixel",
    sigma=px(21),
    cut=3.035,
    least=LN_100,
    maps_of="center",
)
CPM = (
    MAPS,
    LABEL,
    replace(
        LABEL,
        name="cpm-full",
        source="Wei et al. 2016 (CPM): the label of P + 1 maps for the person, then for all people",
        with_bystanders=True,
    ),
    Convention(
        "cpm-pytorch",
        "namedBen/Convolutional-Pose-Machines-Pytorch lsp_lspet_data.py: background first",
        "stride",
        sigma=cells(3),
        cut=3.04,
        least=0.0099,
        background="1-max",
        background_first=True,
        literal={"rounding": "input-px"},
    ),
    Convention(
        "cpm-tf",
        "timctho/convolutional-pose-machines-tensorflow cpm_utils.py, generate_target: 1 - sum",
        "stride",
        sigma=cells(1),
        rounding="floor",
        cut=None,
        background="1-sum",
        shift=0.5,
        literal={"background": "1-sum-raw"},
    ),
    CENTER,
    replace(
        CENTER,
        name="center-map-pooled",
        source="Wei et al. 2016 (CPM): the fourth input channel as the network pools it, 9x9 every 8 px",
        align="cell-center",
        shrink="pool",
    ),
    Convention(
        "center-map-test",
        "Wei et al. 2016 (CPM): the fourth input channel in testing, uncut; applyModel.m counts from 1",
        "half-pixel",
        sigma=px(21),
        cut=None,
        maps_of="center",
        literal={"align": "one-based"},
    ),
    Convention(
        "center-map-pytorch",
        "namedBen/Convolutional-Pose-Machines-Pytorch: sigma 3 px",
        "half-pixel",
        sigma=px(3),
        cut=3.04,
        least=0.0099,
        maps_of="center",
    ),
    Convention(
        "openpose",
        "Cao et al. 2017 (OpenPose), putGaussianMaps of openpose_caffe_train: max",
        "half-pixel",
        sigma=px(7, least=7 / 8),
        cut=3.035,
        least=LN_100,
        background="1-max",
        masked=True,
    ),
    Convention(
        "tf-pose",
        "ildoonet/tf-pose-estimation pose_dataset.py: full size, then cv2.INTER_AREA",
        "half-pixel",
        sigma=px(8, least=1),
        cut=3.0349,
        least=LN_100,
        background="1-max",
        shrink="area",
        literal={"window": "short", "drawn_where": "positive"},
    ),
    Convention(
        "openpose-plus",
        "tensorlayer/openpose-plus, label generator: full size, then bilinear",
        "half-pixel",
        sigma=px(8, least=1),
        cut=3.035,
        least=LN_100,
        background="1-max",
        shrink="linear",
        literal={"drawn_where": "positive"},
    ),
)
