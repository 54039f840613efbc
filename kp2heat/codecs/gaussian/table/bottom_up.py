"""Conventions of CenterNet and of networks that see all people of an image."""

from __future__ import annotations

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.sigmas import cells, half_share, share

BOTTOM_UP = (
    Convention(
        "centernet-umich",
        "Zhou et al. 2019 (CenterNet), draw_umich_gaussian: sigma (2r+1)/6 from the box",
        "stride",
        sigma_from="box",
        rounding="floor",
        decoder="argmax",
        cut=3.0,
        trim=0.5,
        drawn_where="map",
        shift=0.5,
        literal={"sigma_from": "box-legacy"},
    ),
    Convention(
        "centernet-msra",
        "Zhou et al. 2019 (CenterNet), --mse_loss: draw_msra_gaussian at the floored joint, fixed sigma",
        "stride",
        sigma=cells(2),
        rounding="floor",
        drawn_where="map",
        shift=0.5,
    ),
    Convention(
        "tfod-centernet",
        "TensorFlow Object Detection, coordinates_to_heatmap: umich's sigma, uncut, times the weight",
        "stride",
        sigma_from="box",
        rounding="floor",
        decoder="argmax",
        cut=None,
        peak="weight",
        shift=0.5,
        literal={"sigma_from": "box-legacy"},
    ),
    Convention(
        "associative-embedding",
        "Newell et al. 2017; mmpose 1.3.2 AssociativeEmbedding, its heatmaps",
        "stride",
        sigma=share(64),
        rounding="nearest",
        literal={"published": "mmpose-msra", "align": "mmpose-stride"},
    ),
    Convention(
        "spr",
        "Nie et al. 2019 (SPM); mmpose 1.3.2 SPR, its keypoint heatmaps: sigma sqrt(W H) / 32 // 2",
        "stride",
        sigma=half_share(32),
        rounding="nearest",
        literal={"published": "mmpose-msra", "align": "mmpose-stride"},
    ),
    Convention(
        "cid",
        "Wang and Zhang 2022 (CID); mmpose 1.3.2 DecoupledHeatmap: sigma r/3 from the joints' extent",
        "stride",
        sigma_from="extent",
        rounding="nearest",
        decoder="argmax",
        literal={"sigma_from": "extent-legacy", "published": "mmpose-msra", "align": "mmpose-stride"},
    ),
)
