"""Literal codecs against the maps of the systems' own code (golden/systems), array by array.

One table: file, array, tolerance, and how it is drawn. ``cN_`` stands for every case of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from tests.codecs.drawn import (
    Array,
    Case,
    Drawn,
    center_map,
    center_msra,
    cpm_center,
    cpm_full,
    cpm_pytorch,
    cpm_tf,
    deeplabcut,
    deepposekit,
    dsnt,
    dsnt_raw,
    full_size,
    hourglass,
    joint_maps,
    kornia_px,
    lightning,
    matlab,
    overwritten,
    put_gaussian_maps,
    sleap,
    umich,
)
from tests.shared import golden

DIRECT = 2e-6
"""Of the folder's README: a float32 exponent and product against one rounding of float64."""
HALF = 1e-3
"""The reference rounds through float16: half an ulp below 1 is 2.4e-4, and the resize adds a few."""


TABLE: tuple[tuple[str, str, float, Drawn], ...] = (
    ("seed000_center_maps", "center_label_1based", DIRECT, center_map("center-label-heatmap")),
    ("seed000_center_maps", "center_gaussian_0based", DIRECT, center_map("center-gaussian-heatmap")),
    ("cpm_putgaussianmaps", "out_sum_clamp", DIRECT, put_gaussian_maps("cpm")),
    ("cpm_putgaussianmaps", "out_max", DIRECT, put_gaussian_maps("openpose")),
    ("cpm_putgaussianmaps", "out_first_point_only", DIRECT, put_gaussian_maps("cpm", slice(1))),
    ("cpm_full_label", "label", DIRECT, cpm_full),
    ("cpm_full_label", "center_map_368", DIRECT, cpm_center("center-map")),
    ("cpm_full_label", "center_map_pooled46", DIRECT, cpm_center("center-map-pooled", stride=8)),
    ("cpm_full_label", "namedben_center_map_368", DIRECT, cpm_center("center-map-pytorch", sigma=3)),
    ("cpm_full_label", "test_center_map_python_368", DIRECT, cpm_center("center-map-test", literal=False)),
    ("cpm_full_label", "test_center_map_matlab_368", DIRECT, cpm_center("center-map-test")),
    ("cpm_full_label", "namedben_label_bg_first", DIRECT, cpm_pytorch),
    ("cpm_full_label", "timctho_label_bg_last", DIRECT, cpm_tf),
    ("heatmap_vectormap_tfpose", "tfpose_heatmap", HALF, full_size("tf-pose", 8)),
    (
        "heatmap_vectormap_tfpose",
        "tfpose_heatmap_fullres_ch1_bg",
        HALF,
        full_size("tf-pose", 8, stride=1, only=[1, 18]),
    ),
    ("heatmap_vectormap_tfpose", "article_heatmap_bilinear", HALF, full_size("openpose-plus", 8)),
    ("heatmap_vectormap_tfpose", "hyperpose_heatmap", DIRECT, full_size("openpose", 7, least=0)),
    ("centernet_draw_gaussian", "umich", DIRECT, umich("centernet-umich")),
    ("centernet_draw_gaussian", "msra", DIRECT, center_msra),
    ("centernet_draw_gaussian", "tf_untruncated", DIRECT, umich("tfod-centernet")),
    ("centernet_multipose_label", "hm_hp", DIRECT, joint_maps("centernet-umich")),
    ("centernet_multipose_label", "mse_hm_hp", DIRECT, joint_maps("centernet-msra")),
    ("seed002_matlab", "raw", DIRECT, matlab),
    ("seed002_matlab", "sigmoid", DIRECT, matlab),
    ("seed002_matlab", "softmax", DIRECT, matlab),
    ("hourglass", "lua_drawGaussian", DIRECT, hourglass("hourglass")),
    ("hourglass", "pytorch_gaussian", DIRECT, hourglass("pytorch-pose")),
    ("hourglass", "pytorch_cauchy", DIRECT, hourglass("pytorch-pose-cauchy")),
    ("hourglass", "pytorch_overwrite_two_points", DIRECT, overwritten),
    ("dsnt_kornia_lightningpose", "dsnt_make_gauss", DIRECT, dsnt),
    ("dsnt_kornia_lightningpose", "dsnt_make_gauss_unnormalized", DIRECT, dsnt_raw),
    ("dsnt_kornia_lightningpose", "kornia_render_px", DIRECT, kornia_px),
    ("dsnt_kornia_lightningpose", "lp_heatmaps", DIRECT, lightning),
    ("dsnt_kornia_lightningpose", "lp_heatmaps_uniform", DIRECT, lightning),
    ("dsnt_kornia_lightningpose", "dpk_maps_sigma1p5", DIRECT, deepposekit),
    ("sleap", "confmaps_multi_max", DIRECT, sleap(slice(None))),
    ("sleap", "confmaps_single", DIRECT, sleap(slice(1))),
    ("deeplabcut", "pt_gaussian_heatmap", DIRECT, deeplabcut("deeplabcut", 34 / 3, masked=0)),
    ("deeplabcut", "pt_plateau_heatmap", DIRECT, deeplabcut("deeplabcut-disc", 34 / 3, masked=0)),
    (
        "deeplabcut",
        "tf_plateau_scmap",
        DIRECT,
        deeplabcut("deeplabcut-disc", 34 / 3, masked=1, people=slice(1)),
    ),
    ("deeplabcut", "tf_gaussian_scmap", DIRECT, deeplabcut("deeplabcut", 13 / 6, masked=1, people=slice(1))),
)


def cases(arrays: Mapping[str, Array], array: str) -> Iterator[Case]:
    """``c0_``, ``c1_``, ... of this array, or the array itself where the file has no cases."""
    heads = [key.removesuffix(array) for key in arrays if key.endswith(array)]
    yield from (Case(arrays, head, array) for head in heads if head == "" or head[1:-1].isdigit())


@pytest.mark.parametrize(
    ("file", "array", "tolerance", "drawn"), TABLE, ids=[f"{f}-{a}" for f, a, _, _ in TABLE]
)
def test_every_published_array(file: str, array: str, tolerance: float, drawn: Drawn) -> None:
    with np.load(golden("systems", f"{file}.npz")) as stored:
        found = list(cases(dict(stored), array))
    assert found
    for case in found:
        np.testing.assert_allclose(drawn(case), case[array], rtol=0, atol=tolerance, err_msg=case.head)
