"""Part affinity fields (Cao et al. 2017): the unit vector of each limb, in the cells along the limb.

``pafs`` (S, 2L, H, W) hold x then y of every limb of the skeleton, ``paf_count`` (S, L, H, W) uint8 the number
of people whose limb covers a cell; the maps of the joints come from a Gaussian convention. A limb is drawn if
both its joints are; a limb of no length draws nothing.

All systems agree on that. They differ in the switches of ``FIELDS``. ``literal=True`` follows the published
code: the Caffe family lays limbs over a grid without the half cell of its heatmaps, and its box lacks the last
row and column, so a level limb on row 10 fills rows 9 and 10 but not 11; the averages of caffe and tf-pose do
not average. By default limbs lie where the blobs of their joints lie, a band includes both its sides, and
people who share a cell are averaged wherever an average was meant.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Bytes, Floats
from kp2heat.codecs.gaussian.codec import codec
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.codecs.limbs import Field, Grid, draw, limbs_of
from kp2heat.codecs.nearest_joint import vector_dtype
from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError
from kp2heat.frame import Size, alignment
from kp2heat.scene import Scene

FIELDS: tuple[Field, ...] = (
    Field(
        "paf",
        "Cao et al. 2017; openpose_caffe_train oPDataTransformer.cpp: the running average",
        maps="openpose",
    ),
    Field(
        "paf-caffe",
        "caffe_train (ZheC's models) cpm_data_transformer.cpp: the last writer wins",
        maps="cpm-label",
        faulty_merge="last",
    ),
    Field(
        "paf-pytorch",
        "tensorboy/pytorch_Realtime_Multi-Person_Pose_Estimation paf.py",
        maps="cpm-label",
        rounding="even",
        strict=True,
    ),
    Field("paf-hyperpose", "tensorlayer/hyperpose openpose/utils.py", maps="openpose", rounding="even"),
    Field(
        "paf-tfpose",
        "ildoonet/tf-pose-estimation pose_dataset.py: 8 px at full size, shrunk, the last over the count",
        maps="tf-pose",
        width=8.0,
        unit="px",
        rounding="trunc",
        faulty_merge="last/count",
        full=True,
    ),
    Field(
        "paf-dlc",
        "DeepLabCut part affinity field generator: triangular over 20 px",
        maps="deeplabcut",
        shape="triangle",
        width=20.0,
        unit="px",
        merge="last",
        align="cell-center",
    ),
    Field(
        "paf-sleap",
        "SLEAP edge maps: exp(-d^4 / 2 sigma^2), sigma 15 px, d to the segment in px, summed",
        maps="sleap",
        shape="bell",
        width=15.0,
        unit="px",
        merge="sum",
        align="stride",
    ),
)


def fields(
    row: Field, scene: Scene, level: Level, dtype: DTypeLike, literal: bool
) -> dict[str, NDArray[Any]]:
    """Return pafs (S, 2L, H, W) and paf_count (S, L, H, W)."""
    width, height = level.size
    if literal and row.full:
        vectors, count = _shrunk(row, scene, level.size)
    else:
        grid, xy = _space(row, scene, level, literal)
        limbs = limbs_of(scene, xy)
        vectors, count = draw(row, limbs, scene.samples * len(scene.skeleton.limbs), grid, literal)
    limb_count = len(scene.skeleton.limbs)
    return {
        "pafs": vectors.astype(vector_dtype(dtype)).reshape(scene.samples, 2 * limb_count, height, width),
        "paf_count": count.reshape(scene.samples, limb_count, height, width),
    }


def _space(row: Field, scene: Scene, level: Level, literal: bool) -> tuple[Grid, Floats]:
    """Return the grid and the joints in the field's unit.

    Published bands lie on x / stride, without the half cell of the heatmaps.
    """
    grid = level.alignment
    if literal and row.shape == "band":
        grid = alignment("stride", scene.input_size, level.size)
    columns, rows = (np.arange(n, dtype=np.float64) for n in level.size)
    if row.unit == "cell":
        return Grid(columns, rows), grid.to_cell(scene.xy)
    x = grid.to_input(np.stack([columns, np.zeros_like(columns)], axis=-1))[:, 0]
    y = grid.to_input(np.stack([np.zeros_like(rows), rows], axis=-1))[:, 1]
    return Grid(x, y), scene.xy


def _shrunk(row: Field, scene: Scene, size: Size) -> tuple[Floats, Bytes]:
    """Draw at the input's size and take the mean of each block of pixels (OpenCV's INTER_AREA)."""
    (w, h), (width, height) = scene.input_size, size
    if w % width or h % height:
        raise SpecError(
            "size", f"{width}x{height} does not divide the {w}x{h} input", "choose a whole stride"
        )
    limbs = limbs_of(scene, scene.xy)
    maps = scene.samples * len(scene.skeleton.limbs)
    vectors, count = draw(row, limbs, maps, Grid(np.arange(w, dtype=float), np.arange(h, dtype=float)), True)
    blocks = height, h // height, width, w // width
    return vectors.reshape(maps, 2, *blocks).mean(axis=(3, 5)), count.reshape(maps, *blocks).max(axis=(2, 4))


def encode(
    row: Field,
    maps: Codec,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return the joints' maps and weights, pafs and paf_count.

    >>> import kp2heat
    >>> grid = {"input_size": (64, 64), "size": (16, 16)}
    >>> limb = kp2heat.Skeleton(("hip", "knee"), limbs=((0, 1),))
    >>> planes = kp2heat.encode([[[30.0, 20.0], [30.0, 44.0]]], codec="paf", skeleton=limb, **grid)
    >>> planes["pafs"].shape
    (1, 2, 16, 16)
    >>> planes["pafs"][0, :, 7, 7].tolist()  # the limb points down
    [0.0, 1.0]
    """
    params = {"literal": literal} if "literal" in maps.params else {}
    joints = maps.encode(scene, level, dtype, scale=scale, **params)
    return {**joints, **fields(row, scene, level, dtype, literal)}


def field_codec(row: Field) -> Codec:
    """Return the codec of a field and of its joints' maps."""
    maps = codec(CONVENTIONS[row.maps])
    return Codec(
        name=row.name,
        encode=partial(encode, row, maps),
        align=row.align,
        source=row.source,
        convention=f"{maps.convention}; {row.shape} of {row.width:g} {row.unit} along every limb, {row.merge} of people",
        planes=(*maps.planes, "pafs", "paf_count"),
        shift=maps.shift,
        sigma=maps.sigma,
        bound=maps.bound,
        channels=maps.channels,
    )
