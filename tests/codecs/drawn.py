"""How each array of golden/systems is drawn: the file's own points, sizes and conventions, handed to a codec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

Array = NDArray[Any]


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


def cpm_full(case: Case) -> Array:
    """Caffe flags: 0 and 1 are drawn, 2 lies outside the image."""
    people = case["kpts_xyv"]
    seen = np.where(people[..., 2] == 2, 0, 2)
    return draw("cpm-full", people[..., :2], case.size, 7 / 8, stride=8, visible=seen)


def cpm_center(codec: str, stride: int = 1, sigma: float = 21, literal: bool | None = None) -> Drawn:
    def drawn(case: Case) -> Array:
        where = case["objpos_xy"] if case.head else np.array([[184.0, 184.0]])
        box = np.concatenate([where - 50, np.full_like(where, 100)], axis=1)
        joint = np.full((len(where), 1, 2), np.nan)
        return draw(codec, joint, case.size, sigma / stride, stride=stride, bbox=box, literal=literal)[0]

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


def dsnt_raw(case: Case) -> Array:
    """The same before the division: the uncut sub-pixel Gaussian."""
    means = ((case["dsnt_means_norm_xy"] + 1) * case.size - 1) / 2
    return draw("center-gaussian-heatmap", means[None], case.size, float(case["dsnt_sigma_px"]))


def full_size(
    codec: str, sigma_px: float, *, least: float = -999, stride: int = 8, only: list[int] | None = None
) -> Drawn:
    """The last joint of the file is a dummy; -1000 marks an absent one. hyperpose draws none below 0."""

    def drawn(case: Case) -> Array:
        people = case["joints_xy"][:, :18]
        present = np.where((people >= least).all(axis=-1), 2, 0)
        maps = draw(codec, people, case.size, sigma_px / stride, stride=stride, visible=present)
        return maps if only is None else maps[only]

    return drawn


def umich(codec: str) -> Drawn:
    """Point by point, each at its own radius; the greatest wins."""

    def drawn(case: Case) -> Array:
        points, radii = case["centers_xy"][:, None, None], case["radius"]
        return np.maximum.reduce(
            [draw(codec, xy, case.size, (2 * r + 1) / 6)[0] for xy, r in zip(points, radii, strict=True)]
        )

    return drawn


def center_msra(case: Case) -> Array:
    points, sigmas = case["centers_xy"][:, None, None], case["msra_sigma"]
    return np.maximum.reduce(
        [draw("hrnet", xy, case.size, float(s))[0] for xy, s in zip(points, sigmas, strict=True)]
    )


def joint_maps(codec: str) -> Drawn:
    """Joints and boxes through the file's affine, isotropic, middle to middle, at a quarter of the input."""

    def drawn(case: Case) -> Array:
        side = int(case["input_res"])
        ratio = side / float(case["s"])
        people, boxes = case["kpts_xyv"], case["bbox_xywh"]
        xy = (people[..., :2] - case["c"]) * ratio + side / 2
        boxes = np.concatenate([(boxes[:, :2] - case["c"]) * ratio + side / 2, boxes[:, 2:] * ratio], axis=1)
        return draw(codec, xy, case.size, 2, stride=4, visible=people[..., 2], bbox=boxes)

    return drawn
