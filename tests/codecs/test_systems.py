"""Literal codecs against the maps of the systems' own code (golden/systems), array by array.

One table: file, array, tolerance, and how it is drawn. ``cN_`` stands for every case of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.frame import Alignment, alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared

Array = NDArray[Any]

DIRECT = 2e-6
"""Of the folder's README: a float32 exponent and product against one rounding of float64."""
HALF = 1e-3
"""The reference rounds through float16: half an ulp below 1 is 2.4e-4, and the resize adds a few."""


def grid(name: str, size: tuple[int, int], stride: float) -> Alignment:
    return alignment(name, (round(size[0] * stride), round(size[1] * stride)), size)


def draw(
    codec: str,
    xy: Array,
    size: tuple[int, int],
    sigma: float,
    *,
    stride: float = 1,
    align: str = "",
    visible: Array | None = None,
    bbox: Array | None = None,
    literal: bool | None = None,
    **params: Any,
) -> Array:
    """(C, H, W) of one sample holding the people xy (M, K, 2); literal where the codec knows the word."""
    record = CODECS[codec]
    form = "literal" in record.params if literal is None else literal
    name = align or (record.literal_align if form else record.align)
    level = Level(size, sigma, grid(name, size, stride))
    people = xy.astype(float)
    scene = make_scene(
        Skeleton.numbered(people.shape[1]),
        (round(size[0] * stride), round(size[1] * stride)),
        people,
        np.full(people.shape[:2], 2) if visible is None else visible,
        bbox=bbox,
        sample=np.zeros(len(people), np.int64),
        samples=1,
        outside="partial",
    )
    more = {"literal": True, **params} if form else params
    return record.encode(scene, level, np.float32, **more)["heatmaps"][0]  # type: ignore[no-any-return]


class Case(NamedTuple):
    """One case of one array of a golden file."""

    golden: Mapping[str, Array]
    head: str
    array: str

    def __getitem__(self, name: str) -> Array:
        found = self.golden[self.head + name]
        return found.astype(float) if found.dtype.kind == "f" else found

    @property
    def size(self) -> tuple[int, int]:
        height, width = self[self.array].shape[-2:]
        return width, height


Drawn = Callable[[Case], Array]


def center_map(codec: str) -> Drawn:
    def drawn(case: Case) -> Array:
        _, _, x, y, sigma = case.golden["cases_w_h_cx_cy_sigma"][int(case.head[1:-1])].astype(float)
        return draw(codec, np.array([[[x, y]]]), case.size, sigma)[0]

    return drawn


def put_gaussian_maps(codec: str, only: slice = slice(None)) -> Drawn:
    def drawn(case: Case) -> Array:
        stride, _, _, sigma = case.golden["cases_stride_h_w_sigma"][int(case.head[1:-1])].astype(float)
        points = case["points_xy"][only, None]
        return draw(codec, points, case.size, sigma / stride, stride=stride, background="none")[0]

    return drawn


def cpm_pytorch(case: Case) -> Array:
    return draw("cpm-pytorch", case["kpts_xyv"][:1, :, :2], case.size, 3, stride=8)


def cpm_tf(case: Case) -> Array:
    return draw("cpm-tf", case["timctho_joints_xy"][None], case.size, 1, stride=8)


def matlab(case: Case) -> Array:
    record = CODECS["matlab-group"]
    points = case["landmarks_xy_as_given"][None]
    sigma = record.sigma(case.size, (224 / case.size[0], 224 / case.size[1])) if record.sigma else 0
    assert sigma == pytest.approx(case["tau"])
    place = alignment(record.literal_align, (224, 224), case.size)
    skeleton = Skeleton.numbered(points.shape[1])
    scene = make_scene(skeleton, (224, 224), points, np.full(points.shape[:2], 2), outside="partial")
    group = [list(range(points.shape[1]))]
    raw = record.encode(scene, Level(case.size, sigma, place), np.float64, literal=True, groups=group)
    return normalize.apply({"raw": "none"}.get(case.array, case.array), raw["heatmaps"], {})[0, 0]


def hourglass(codec: str) -> Drawn:
    def drawn(case: Case) -> Array:
        step = int(case["hmGauss"])
        sigma = 0.25 * (6 * step + 1) if codec == "hourglass" else step
        return draw(codec, case["pts_1based_xy"][None] - 1, case.size, sigma)

    return drawn


def overwritten(case: Case) -> Array:
    points = case["pts_1based_xy"][:2, None] - 1
    return draw("pytorch-pose", points, case.size, float(case["hmGauss"]))[0]


def dsnt(case: Case) -> Array:
    means = ((case["dsnt_means_norm_xy"] + 1) * case.size - 1) / 2
    return draw("dsnt", means[None], case.size, float(case["dsnt_sigma_px"]))


def kornia_px(case: Case) -> Array:
    return draw("kornia", case["kornia_mean_px_xy"][None], case.size, 2)


def lightning(case: Case) -> Array:
    empty = {"empty": "uniform"} if case.array.endswith("uniform") else {}
    return draw("lightning-pose", case["lp_kpts_px_xy"][None], case.size, 1.25, stride=4, **empty)


def deepposekit(case: Case) -> Array:
    return draw("deepposekit", case["dpk_kpts_px_xy"][None], case.size, 1.5, stride=4)


def sleap(people: slice) -> Drawn:
    def drawn(case: Case) -> Array:
        return draw(
            "sleap", case["instances_xy"][people], case.size, float(case["sigma"]), stride=int(case["stride"])
        )

    return drawn


def deeplabcut(codec: str, sigma_px: float, *, masked: int, people: slice = slice(None)) -> Drawn:
    """``masked``: the torch generators draw no joint of visibility -1, the TensorFlow ones know no such mark."""

    def drawn(case: Case) -> Array:
        animals = case["kpts_xyv"][people]
        stride = int(case["stride"])
        return draw(
            codec,
            animals[..., :2],
            case.size,
            sigma_px / stride,
            stride=stride,
            visible=np.where(animals[..., 2] < 0, masked, animals[..., 2]),
        )

    return drawn


TABLE: tuple[tuple[str, str, float, Drawn], ...] = (
    ("seed000_center_maps", "center_label_1based", DIRECT, center_map("center-label-heatmap")),
    ("seed000_center_maps", "center_gaussian_0based", DIRECT, center_map("center-gaussian-heatmap")),
    ("cpm_putgaussianmaps", "out_sum_clamp", DIRECT, put_gaussian_maps("cpm")),
    ("cpm_putgaussianmaps", "out_max", DIRECT, put_gaussian_maps("openpose")),
    ("cpm_putgaussianmaps", "out_first_point_only", DIRECT, put_gaussian_maps("cpm", slice(1))),
    ("cpm_full_label", "namedben_label_bg_first", DIRECT, cpm_pytorch),
    ("cpm_full_label", "timctho_label_bg_last", DIRECT, cpm_tf),
    ("seed002_matlab", "raw", DIRECT, matlab),
    ("seed002_matlab", "sigmoid", DIRECT, matlab),
    ("seed002_matlab", "softmax", DIRECT, matlab),
    ("hourglass", "lua_drawGaussian", DIRECT, hourglass("hourglass")),
    ("hourglass", "pytorch_gaussian", DIRECT, hourglass("pytorch-pose")),
    ("hourglass", "pytorch_cauchy", DIRECT, hourglass("pytorch-pose-cauchy")),
    ("hourglass", "pytorch_overwrite_two_points", DIRECT, overwritten),
    ("dsnt_kornia_lightningpose", "dsnt_make_gauss", DIRECT, dsnt),
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


def cases(golden: Mapping[str, Array], array: str) -> Iterator[Case]:
    """``c0_``, ``c1_``, ... of this array, or the array itself where the file has no cases."""
    heads = [key.removesuffix(array) for key in golden if key.endswith(array)]
    yield from (Case(golden, head, array) for head in heads if head == "" or head[1:-1].isdigit())


@pytest.mark.parametrize(
    ("file", "array", "tolerance", "drawn"), TABLE, ids=[f"{f}-{a}" for f, a, _, _ in TABLE]
)
def test_every_published_array(file: str, array: str, tolerance: float, drawn: Drawn) -> None:
    with np.load(shared("golden", "systems", f"{file}.npz")) as stored:
        found = list(cases(dict(stored), array))
    assert found
    for case in found:
        np.testing.assert_allclose(drawn(case), case[array], rtol=0, atol=tolerance, err_msg=case.head)
