"""The layout of the planes of an encoding, and what normalising and storing them loses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.contracts import Level
from kp2heat.drawing.planes import draw, scale_factor
from kp2heat.errors import SpecError
from kp2heat.frame import Size, show_size
from kp2heat.gaussian import stored
from kp2heat.scene import make_scene
from kp2heat.shards.schema import DRAWN_PLANES, MOST_CHUNK, LevelLayout, PlaneLayout
from kp2heat.skeleton import Skeleton
from kp2heat.spec import DTYPES, Spec

CHUNK_BYTES = {"fast": 1 << 18, "small": 1 << 18, "single": 1 << 12}
"""Uncompressed bytes aimed at in a chunk, by ``compress``: one sample of a large map, many of a small one, read in well
under 1 ms. A sample that is read alone costs all of its chunk."""
ALONE = 1 << 16
"""Uncompressed bytes from which on a sample has a chunk of its own with ``compress="fast"``: its stream gains next to
nothing from a neighbour's."""
SMALL_ROWS, SMALL_CHUNK_BYTES = 16, 1 << 22
"""Rows and uncompressed bytes aimed at in a chunk with ``compress="small"``."""
MOST_ROWS = 64
"""Rows of the largest chunk; shards are cut on multiples of it, so that no chunk has two writers."""

NOTICED = 0.02
"""Share of the peak. A change this large moves a fitted centre as much as white noise of that share does."""


def storage_loss(spec: Spec, level: Level) -> float:
    """Return the greatest change that normalising and storing makes to a Gaussian, as a share of its peak.

    Only values above a tenth of the peak count.
    """
    width, height = level.size
    across, down = (np.exp(-0.5 * ((np.arange(n) - n // 2) / level.sigma) ** 2) for n in (width, height))
    blob = np.outer(down, across)
    blob[blob < np.exp(-4.5)] = 0
    scale = scale_factor(spec, level)
    kept = stored(normalize.apply(spec.normalize, blob, spec.normalize_params), DTYPES[spec.dtype], scale)
    back = normalize.undo(spec.normalize, kept.astype(np.float32) * np.float32(scale), spec.normalize_params)
    factor = back.max() if spec.normalize == "sum" else 1.0
    return float(np.abs(back / (factor or 1.0) - blob)[blob > 0.1].max(initial=0))


def storage_warnings(spec: Spec, levels: Sequence[Level]) -> list[str]:
    """Return a sentence for each level whose normalisation is too steep or too flat for the stored dtype."""
    lost = {level.name: storage_loss(spec, level) for level in levels if spec.normalize != "none"}
    return [
        f"{name}: stored as {spec.dtype}, {spec.normalize} changes the map by {share:.0%} of its peak; "
        "use other parameters or --dtype f32"
        for name, share in lost.items()
        if share > NOTICED
    ]


def check_row_bytes(layouts: Iterable[LevelLayout]) -> None:
    """Raise a SpecError where one sample of a plane takes more bytes than a chunk that is read may have."""
    for layout in layouts:
        for name, plane in layout.planes.items():
            size = prod(plane.row) * np.dtype(plane.dtype).itemsize
            if size > MOST_CHUNK:
                found = (
                    f"{layout.name} gives {size / 2**30:.3g} GiB of {name} per sample, and 1 GiB is the most"
                )
                raise SpecError("size", found, "choose smaller maps or a larger stride")


def plane_layouts(
    spec: Spec, skeleton: Skeleton, level: Level, input_size: tuple[int, int]
) -> dict[str, PlaneLayout]:
    """Return the shape, dtype and chunk of every plane, from an empty scene."""
    joints = len(skeleton)
    scene = make_scene(skeleton, input_size, np.zeros((0, joints, 2)), np.zeros((0, joints), np.uint8))
    return {name: _layout(array, spec.compress) for name, array in draw(spec, level, scene).items()}


def _layout(array: NDArray[Any], compress: str) -> PlaneLayout:
    """Return the layout of a plane, by what it is to be good for."""
    row, small = array.shape[1:], compress == "small"
    size = max(1, int(np.prod(row)) * array.dtype.itemsize)
    rows, most = 1, size if compress == "fast" and size >= ALONE else CHUNK_BYTES[compress]
    while rows < MOST_ROWS and 2 * rows * size <= most:
        rows *= 2
    while small and rows < SMALL_ROWS and 2 * rows * size <= SMALL_CHUNK_BYTES:
        rows *= 2
    return PlaneLayout(row, array.dtype.str, rows, shuffle=small and array.dtype.itemsize > 1)


def described(layout: LevelLayout) -> LevelLayout:
    """Return a level that says which planes are drawn for it, and stores none of them."""
    planes = {name: [list(plane.row), plane.dtype] for name, plane in layout.planes.items()}
    return LevelLayout(layout.name, {**layout.attrs, DRAWN_PLANES: json.dumps(planes)}, {})


def level_layout(spec: Spec, skeleton: Skeleton, level: Level, input_size: Size) -> LevelLayout:
    """Return the attributes of a level, and the layouts of its planes."""
    grid = level.alignment
    channels = spec.record.channels(skeleton, **spec.params)
    attrs: dict[str, Any] = {
        "channels": json.dumps(list(channels)),
        "size": show_size(level.size),
        "sigma": level.sigma,
        "alignment": grid.name,
        "stride": grid.stride,
        "origin_input": grid.origin_input,
        "origin_cell": grid.origin_cell,
        "back_stride": grid.back_stride,
        "codec": spec.codec,
        "params": json.dumps(dict(spec.params), sort_keys=True),
        "normalize": spec.normalize,
        "normalize_params": json.dumps(dict(spec.normalize_params), sort_keys=True),
        "scale_factor": scale_factor(spec, level),
    }
    return LevelLayout(level.name, attrs, plane_layouts(spec, skeleton, level, input_size))
