"""The table of Gaussian conventions: every label that is a blob in a map is one row of switches.

Coordinates below are cells. A row says where a blob's centre goes, how far it reaches, how blobs that
share a map are merged, and what is made of the map; the alignment says where cells lie in the input.
``literal`` names the switches that stand otherwise in the published code, faults included; without them a
row is the same convention with those faults corrected. ``codecs/switches.py`` explains every word.
"""

from __future__ import annotations

from kp2heat.codecs.gaussian.convention import Blob
from kp2heat.codecs.gaussian.switches import cells, half_share, px, share, shrunk

LN_100 = 0.0099997
"""exp(-4.6052): CPM and OpenPose cut where the exponent passes a rounded ln 100, at 3.035 sigma."""

OWN = (
    Blob("gaussian", "kp2heat: sub-pixel centre, square window of 3 sigma, half-pixel grid", "half-pixel"),
)  # fmt: skip

TOP_DOWN = (
    Blob(
        "msra", "Xiao et al. 2018 (SimpleBaseline); mmpose 1.3.2 MSRAHeatmap", "stride",
        rounding="nearest", literal={"published": "mmpose-msra", "align": "mmpose-stride"},
    ),
    Blob(
        "hrnet", "Sun et al. 2019 (HRNet), JointsDataset.generate_target", "stride",
        rounding="nearest", literal={"published": "hrnet"},
    ),
    Blob(
        "dark", "Zhang et al. 2020 (DARK), unbiased encoding, eq. 2; mmpose 1.3.2 MSRAHeatmap(unbiased=True)",
        "stride", cut=None, literal={"published": "mmpose-unbiased", "align": "mmpose-stride"},
    ),
    Blob(
        "darkpose", "Zhang et al. 2020 (DARK), JointsDataset.generate_target of DarkPose", "align-corners",
        cut=None, literal={"published": "darkpose"},
    ),
    Blob(
        "udp", "Huang et al. 2020 (UDP), Gaussian form; mmpose 1.3.2 UDPHeatmap('gaussian')", "align-corners",
        literal={"published": "mmpose-udp", "align": "mmpose-udp"},
    ),
    Blob(
        "hourglass", "Newell et al. 2016 (Stacked Hourglass), pose-hg-train util/img.lua: patch of 4 sigma cells",
        "stride", sigma=cells(1.75), rounding="floor", cut=2.0, trim=0.5, shift=0.5,
        literal={"rounding": "trunc", "window": "lua"},
    ),
    Blob(
        "pytorch-pose", "bearpaw/pytorch-pose utils/imutils.py, draw_labelmap", "stride",
        sigma=cells(1), rounding="floor", shift=0.5, literal={"rounding": "trunc", "merge": "overwrite"},
    ),
    Blob(
        "pytorch-pose-cauchy", "bearpaw/pytorch-pose utils/imutils.py, draw_labelmap(type='Cauchy'), peak 1",
        "stride", sigma=cells(1), rounding="floor", decoder="argmax", shift=0.5, shape="cauchy",
        literal={"rounding": "trunc", "merge": "overwrite", "shape": "cauchy-raw"},
    ),
)  # fmt: skip

WHOLE_IMAGE = (
    Blob(
        "center-label-heatmap", "CenterLabelHeatMap; CPM applyModel.m, produceCenterLabelMap: the grid runs 1..W",
        "half-pixel", sigma=px(21), cut=None, literal={"align": "one-based"},
    ),
    Blob(
        "center-gaussian-heatmap", "CenterGaussianHeatMap; gaussian_img of CPM's TensorFlow port: the grid runs 0..W-1",
        "half-pixel", sigma=px(21), cut=None,
    ),
    Blob(
        "matlab-group", "MATLAB compute_heatmap(imgsize, imgSize, landmarks): a map a group of landmarks",
        "half-pixel", sigma=shrunk(20), rounding="matlab", cut=None, merge="sum", of="groups",
        literal={"align": "one-based-swapped"},
    ),
)  # fmt: skip

CPM = (
    Blob(
        "cpm", "Wei et al. 2016 (CPM), putGaussianMaps of shihenw/caffe data_transformer.cpp", "half-pixel",
        sigma=px(7, least=7 / 8), cut=3.035, least=LN_100, merge="sum-clamp",
    ),
    Blob(
        "cpm-label", "Wei et al. 2016 (CPM): putGaussianMaps and its background, P + 1 maps", "half-pixel",
        sigma=px(7, least=7 / 8), cut=3.035, least=LN_100, merge="sum-clamp", background="1-max",
    ),
    Blob(
        "cpm-full", "Wei et al. 2016 (CPM): the label of P + 1 maps for the person, then for all people", "half-pixel",
        sigma=px(7, least=7 / 8), cut=3.035, least=LN_100, merge="sum-clamp", background="1-max", doubled=True,
    ),
    Blob(
        "cpm-pytorch", "namedBen/Convolutional-Pose-Machines-Pytorch lsp_lspet_data.py: background first", "stride",
        sigma=cells(3), cut=3.04, least=0.0099, background="1-max", first=True,
        literal={"rounding": "input-px"},
    ),
    Blob(
        "cpm-tf", "timctho/convolutional-pose-machines-tensorflow cpm_utils.py, generate_target: 1 - sum", "stride",
        sigma=cells(1), rounding="floor", cut=None, background="1-sum", shift=0.5,
        literal={"background": "1-sum-raw"},
    ),
    Blob(
        "center-map", "Wei et al. 2016 (CPM): the fourth input channel, in training, cut at 1 %", "half-pixel",
        sigma=px(21), cut=3.035, least=LN_100, of="center",
    ),
    Blob(
        "center-map-pooled", "Wei et al. 2016 (CPM): the same as the network pools it, 9x9 every 8 px", "cell-center",
        sigma=px(21), cut=3.035, least=LN_100, of="center", shrink="pool",
    ),
    Blob(
        "center-map-test", "Wei et al. 2016 (CPM): the same in testing, uncut; applyModel.m counts from 1", "half-pixel",
        sigma=px(21), cut=None, of="center", literal={"align": "one-based"},
    ),
    Blob(
        "center-map-pytorch", "namedBen/Convolutional-Pose-Machines-Pytorch: sigma 3 px", "half-pixel",
        sigma=px(3), cut=3.04, least=0.0099, of="center",
    ),
    Blob(
        "openpose", "Cao et al. 2017 (OpenPose), putGaussianMaps of openpose_caffe_train: max", "half-pixel",
        sigma=px(7, least=7 / 8), cut=3.035, least=LN_100, background="1-max", masked=True,
    ),
    Blob(
        "tf-pose", "ildoonet/tf-pose-estimation pose_dataset.py: full size, then cv2.INTER_AREA", "half-pixel",
        sigma=px(8, least=1), cut=3.0349, least=LN_100, background="1-max", shrink="area",
        literal={"window": "short", "frame": "positive"},
    ),
    Blob(
        "openpose-plus", "tensorlayer/openpose-plus, label generator: full size, then bilinear", "half-pixel",
        sigma=px(8, least=1), cut=3.035, least=LN_100, background="1-max", shrink="linear", literal={"frame": "positive"},
    ),
)  # fmt: skip

BOTTOM_UP = (
    Blob(
        "centernet-umich", "Zhou et al. 2019 (CenterNet), draw_umich_gaussian: sigma (2r+1)/6 from the box", "stride",
        sized="box", rounding="floor", decoder="argmax", cut=3.0, trim=0.5, frame="map", shift=0.5, literal={"sized": "box-legacy"},
    ),
    Blob(
        "centernet-msra",
        "Zhou et al. 2019 (CenterNet), --mse_loss: draw_msra_gaussian at the floored joint, fixed sigma",
        "stride",
        sigma=cells(2),
        rounding="floor",
        frame="map",
        shift=0.5,
    ),
    Blob(
        "tfod-centernet", "TensorFlow Object Detection, coordinates_to_heatmap: umich's sigma, uncut, times the weight",
        "stride", sized="box", rounding="floor", decoder="argmax", cut=None, weighted=True, shift=0.5, literal={"sized": "box-legacy"},
    ),
    Blob(
        "associative-embedding", "Newell et al. 2017; mmpose 1.3.2 AssociativeEmbedding, its heatmaps", "stride",
        sigma=share(64), rounding="nearest", literal={"published": "mmpose-msra", "align": "mmpose-stride"},
    ),
    Blob(
        "spr", "Nie et al. 2019 (SPM); mmpose 1.3.2 SPR, its keypoint heatmaps: sigma sqrt(W H) / 32 // 2", "stride",
        sigma=half_share(32), rounding="nearest",
        literal={"published": "mmpose-msra", "align": "mmpose-stride"},
    ),
    Blob(
        "cid", "Wang and Zhang 2022 (CID); mmpose 1.3.2 DecoupledHeatmap: sigma r/3 from the joints' extent", "stride",
        sized="extent", rounding="nearest", decoder="argmax",
        literal={"sized": "extent-legacy", "published": "mmpose-msra", "align": "mmpose-stride"},
    ),
)  # fmt: skip

REGRESSED = (
    Blob(
        "dsnt", "Nibali et al. 2018 (DSNT), dsntnn make_gauss: every map sums to 1", "half-pixel",
        cut=None, unit_sum=True,
    ),
    Blob(
        "kornia", "kornia 0.9 render_gaussian2d: every map sums to 1, corners on corners", "align-corners",
        cut=None, unit_sum=True,
    ),
    Blob(
        "lightning-pose", "Biderman et al. 2024 (Lightning Pose) data/utils.py, generate_heatmaps", "stride",
        sigma=cells(1.25), cut=None, unit_sum=True,  # its option uniform_heatmaps: empty="uniform"
    ),
    Blob(
        "deepposekit", "Graving et al. 2019 (DeepPoseKit) utils/keypoints.py, draw_confidence_map", "stride",
        sigma=cells(1), cut=None,
    ),
    Blob("sleap", "Pereira et al. 2022 (SLEAP) nn/data/confidence_maps.py: sigma times the stride", "stride", cut=None),
    Blob(
        "deeplabcut", "Mathis et al. 2018 (DeepLabCut 3), HeatmapGaussianGenerator: sigma 2 x 17 / 3 px", "cell-center",
        sigma=px(34 / 3), cut=None,
    ),
    Blob(
        "deeplabcut-disc", "Mathis et al. 2018 (DeepLabCut), HeatmapPlateauGenerator: 1 within 17 px (1.5 sigma)",
        "cell-center", sigma=px(34 / 3, least=1), cut=1.5, shape="disc", decoder="expectation",
    ),
)  # fmt: skip

BLOBS: tuple[Blob, ...] = OWN + TOP_DOWN + WHOLE_IMAGE + CPM + BOTTOM_UP + REGRESSED
