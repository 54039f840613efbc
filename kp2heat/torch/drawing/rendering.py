"""Labels drawn on the device, for a batch in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kp2heat.arrays import Floats
from kp2heat.contracts import Level
from kp2heat.drawing.planes import draw
from kp2heat.drawing.renderer import person_drawing
from kp2heat.errors import SpecError
from kp2heat.frame import Size
from kp2heat.normalize import normalization
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec
from kp2heat.torch.drawing.blobs import NORMALIZATIONS, Leaves
from kp2heat.torch.drawing.drawings import DRAWINGS
from kp2heat.torch.drawing.joints import find_level, host_joints, input_size_of


def render(
    xy: Tensor,
    visible: Tensor | None,
    level: Level | str,
    spec: Spec,
    *,
    skeleton: Skeleton | None = None,
    bbox: Tensor | None = None,
    sample: Tensor | None = None,
    samples: int | None = None,
    sigma: Tensor | None = None,
) -> dict[str, Tensor]:
    """Return the planes of one level: ``heatmaps`` (S, C, H, W) float32 and ``weights`` (S, K), or SimCC's vectors.

    xy (M, K, 2) input px, on the device where the labels are wanted; visible (M, K) COCO's 0/1/2, None: 2 where
    xy is finite; level: one of ``spec.levels(spec.input_size)``, or its name; bbox (M, 4) in input px, for codecs
    that look at it; sample (M,) ascending: whose label each person is drawn in, where several share one.

    On the CPU, every codec, by the library's own drawing; on another device, or where a gradient is asked for, the
    codecs of ``DRAWINGS`` in PyTorch, within 1e-6 of the stored maps before these are rounded to f16 or counts of u8.
    They can be differentiated by xy where the convention does not round the centre, and by ``sigma`` (a scalar tensor
    of cells in place of the level's) where it does not take sigma from the person. InputError on shapes, SpecError on
    other codecs.

    >>> spec = Spec(codec="gaussian", input_size=(32, 32), sizes=((8, 8),))
    >>> planes = render(torch.tensor([[[9.5, 21.5]]]), None, "8x8", spec)
    >>> planes["heatmaps"][0, 0, 5, 2].item()
    1.0
    """
    level = find_level(level, spec)
    if sigma is not None:
        level = replace(level, sigma=float(sigma.detach()))
    size, (points, flags) = input_size_of(spec), host_joints(xy, visible)
    on_host = xy.device.type == "cpu" and not xy.requires_grad and sigma is None
    if on_host and sample is None and (people := person_drawing(replace(spec, dtype="f32"), size, level)):
        return _tensors(people(points, flags.astype(np.float64)))
    scene = _scene(points, flags, spec, size, skeleton, bbox, sample, samples)
    if on_host:
        return _tensors(draw(replace(spec, dtype="f32"), level, scene))
    if spec.codec not in DRAWINGS:
        raise SpecError(
            "codec",
            f"'{spec.codec}' is not drawn on a device or with gradients",
            f"draw it on the CPU and move its planes, or use one of {', '.join(DRAWINGS)}",
        )
    moving = None if not xy.requires_grad else _clipped(xy, size) if spec.outside == "clip" else xy
    planes = DRAWINGS[spec.codec](scene, level, spec, Leaves(moving, sigma, xy.device))
    if "heatmaps" in planes:
        planes["heatmaps"] = _normalised(spec, planes["heatmaps"])
    return planes


def _clipped(xy: Tensor, size: Size) -> Tensor:
    """Return joints moved onto the input's edge, as ``outside="clip"`` draws them."""
    return torch.minimum(xy.clamp(min=-0.5), xy.new_tensor(size) - 0.5)


def _normalised(spec: Spec, maps: Tensor) -> Tensor:
    if spec.normalize == "none":
        return maps.to(torch.float32)
    _, params = normalization(spec.normalize, spec.normalize_params)
    return NORMALIZATIONS[spec.normalize](maps.to(torch.float64), **params).to(torch.float32)


def _tensors(planes: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(plane) for name, plane in planes.items()}


def _scene(
    points: Floats,
    flags: NDArray[Any],
    spec: Spec,
    size: Size,
    skeleton: Skeleton | None,
    bbox: Tensor | None,
    sample: Tensor | None,
    samples: int | None,
) -> Scene:
    """Return the batch as the codecs see it."""
    owner = None if sample is None else sample.cpu().numpy().astype(np.int64)
    count = samples if samples is not None else None if owner is None else int(owner.max(initial=-1)) + 1
    scene = make_scene(
        skeleton or Skeleton.numbered(points.shape[1]),
        size,
        points,
        flags,
        bbox=None if bbox is None else bbox.detach().cpu().to(torch.float64).numpy(),
        sample=owner,
        samples=count,
        hidden=spec.hidden,
        outside=spec.outside,
    )
    return scene.as_published_loaders() if spec.literal else scene
