"""Conventions of networks that see one person per crop, and kp2heat's own."""

from __future__ import annotations

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.sigmas import cells

OWN = (
    Convention(
        "gaussian", "kp2heat: sub-pixel centre, square window of 3 sigma, half-pixel grid", "half-pixel"
    ),
)

TOP_DOWN = (
    Convention(
        "msra",
        "Xiao et al. 2018 (SimpleBaseline); mmpose 1.3.2 MSRAHeatmap",
        "stride",
        rounding="nearest",
        literal={"published": "mmpose-msra", "align": "mmpose-stride"},
    ),
    Convention(
        "hrnet",
        "Sun et al. 2019 (HRNet), JointsDataset.generate_target",
        "stride",
        rounding="nearest",
        literal={"published": "hrnet"},
    ),
    Convention(
        "dark",
        "Zhang et al. 2020 (DARK), unbiased encoding, eq. 2; mmpose 1.3.2 MSRAHeatmap(unbiased=True)",
        "stride",
        cut=None,
        literal={"published": "mmpose-unbiased", "align": "mmpose-stride"},
    ),
    Convention(
        "darkpose",
        "Zhang et al. 2020 (DARK), JointsDataset.generate_target of DarkPose",
        "align-corners",
        cut=None,
        literal={"published": "darkpose"},
    ),
    Convention(
        "udp",
        "Huang et al. 2020 (UDP), Gaussian form; mmpose 1.3.2 UDPHeatmap('gaussian')",
        "align-corners",
        literal={"published": "mmpose-udp", "align": "mmpose-udp"},
    ),
    Convention(
        "posec3d",
        "Duan et al. 2022 (PoseC3D), GeneratePoseTarget of mmaction2 at 4d6c934, its joints",
        "stride",
        sigma=cells(0.6),
        window="whole-cells",
        peak="score",
        literal={"window": "outward"},
    ),
    Convention(
        "hourglass",
        "Newell et al. 2016 (Stacked Hourglass), pose-hg-train util/img.lua: patch of 4 sigma cells",
        "stride",
        sigma=cells(1.75),
        rounding="floor",
        cut=2.0,
        trim=0.5,
        shift=0.5,
        literal={"rounding": "trunc", "window": "lua"},
    ),
    Convention(
        "pytorch-pose",
        "bearpaw/pytorch-pose utils/imutils.py, draw_labelmap",
        "stride",
        sigma=cells(1),
        rounding="floor",
        shift=0.5,
        literal={"rounding": "trunc", "merge": "overwrite"},
    ),
    Convention(
        "pytorch-pose-cauchy",
        "bearpaw/pytorch-pose utils/imutils.py, draw_labelmap(type='Cauchy'), peak 1",
        "stride",
        sigma=cells(1),
        rounding="floor",
        decoder="argmax",
        shift=0.5,
        shape="cauchy",
        literal={"rounding": "trunc", "merge": "overwrite", "shape": "cauchy-raw"},
    ),
)
