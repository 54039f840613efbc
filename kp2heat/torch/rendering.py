"""Labels drawn on the device, for a batch in one call: every Gaussian convention, and SimCC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import pi, sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kp2heat.arrays import Floats
from kp2heat.codecs import simcc
from kp2heat.codecs.gaussian.draw import chosen_row
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.contracts import Level
from kp2heat.drawing.planes import draw
from kp2heat.drawing.renderer import person_drawing
from kp2heat.errors import InputError, SpecError
from kp2heat.frame import Size
from kp2heat.normalize import normalization
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec
from kp2heat.torch import blobs


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
    Gaussian conventions and SimCC in PyTorch, within 1e-6 of the stored maps before these are rounded to f16 or
    counts of u8. They can be differentiated by xy, and by ``sigma`` (a scalar tensor of cells in place of the
    level's), where the convention does not round the centre. InputError on shapes, SpecError on other codecs.

    >>> spec = Spec(codec="gaussian", input_size=(32, 32), sizes=((8, 8),))
    >>> planes = render(torch.tensor([[[9.5, 21.5]]]), None, "8x8", spec)
    >>> planes["heatmaps"][0, 0, 5, 2].item()
    1.0
    """
    level = _level(level, spec)
    if sigma is not None:
        level = replace(level, sigma=float(sigma.detach()))
    size, (points, flags) = _input_size(spec), _checked(xy, visible)
    on_host = xy.device.type == "cpu" and not xy.requires_grad and sigma is None
    if on_host and sample is None and (people := person_drawing(replace(spec, dtype="f32"), size, level)):
        return _tensors(people(points, flags.astype(np.float64)))
    scene = _scene(points, flags, spec, size, skeleton, bbox, sample, samples)
    if on_host:
        return _tensors(draw(replace(spec, dtype="f32"), level, scene))
    moving = xy if xy.requires_grad else None
    if spec.codec in ("simcc-gaussian", "simcc-standard"):
        return _simcc(scene, level, spec, moving, sigma, xy.device)
    if spec.codec not in CONVENTIONS:
        raise SpecError(
            "codec",
            f"'{spec.codec}' is not drawn on a device or with gradients",
            "use a Gaussian codec or simcc, or draw on the CPU",
        )
    return _heatmaps(scene, level, spec, moving, sigma, xy.device)


def _level(level: Level | str, spec: Spec) -> Level:
    if isinstance(level, Level):
        return level
    if spec.input_size is None:
        raise SpecError("input_size", "is not set", "give Spec(input_size=(w, h)), or a Level")
    named = {one.name: one for one in spec.levels(spec.input_size)}
    if level not in named:
        raise SpecError("level", f"'{level}' is none of the spec's", f"use one of {', '.join(named)}")
    return named[level]


def _tensors(planes: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(plane) for name, plane in planes.items()}


def _input_size(spec: Spec) -> Size:
    if spec.input_size is None:
        raise SpecError("input_size", "is not set", "give Spec(input_size=(w, h))")
    return spec.input_size


def _checked(xy: Tensor, visible: Tensor | None) -> tuple[Floats, NDArray[Any]]:
    """Return xy (M, K, 2) float64 and visible (M, K) on the host: a few numbers a joint."""
    if xy.ndim != 3 or xy.shape[2] != 2:
        raise InputError("xy", f"has shape {tuple(xy.shape)}", "give (N, K, 2)")
    points = np.ascontiguousarray(xy.detach().cpu().to(torch.float64).numpy())
    flags = np.where(np.isfinite(points).all(axis=2), 2, 0) if visible is None else visible.cpu().numpy()
    if flags.shape != points.shape[:2]:
        raise InputError("visible", f"has shape {flags.shape}", f"give {points.shape[:2]}, as xy has")
    return points, flags


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
        bbox=None if bbox is None else bbox.cpu().to(torch.float64).numpy(),
        sample=owner,
        samples=count,
        hidden=spec.hidden,
        outside=spec.outside,
    )
    return scene.as_published_loaders() if spec.literal else scene


def _heatmaps(
    scene: Scene, level: Level, spec: Spec, xy: Tensor | None, sigma: Tensor | None, device: torch.device
) -> dict[str, Tensor]:
    params = dict(spec.params)
    switches: dict[str, str] = {key: params.pop(key) for key in ("background", "empty") if key in params}
    row = chosen_row(CONVENTIONS[spec.codec], spec.literal, switches)
    more: dict[str, Any] = {key: params[key] for key in ("groups", "overlap") if key in params}

    def maps(people: Scene, joints: Tensor | None) -> tuple[Tensor, Tensor]:
        return blobs.draw(row, people, level, joints, sigma, device, **more)

    if row.maps_of == "center":
        drawn, _ = maps(scene.first_instances().box_centers(), None)
        weights = torch.zeros((scene.samples, scene.xy.shape[1]), device=device)
    elif row.with_bystanders:
        first = np.flatnonzero(np.diff(scene.sample, prepend=-1))
        drawn, weights = maps(
            scene.first_instances(), None if xy is None else xy[torch.from_numpy(first).to(device)]
        )
        drawn = torch.cat([drawn, maps(scene, xy)[0]], dim=1)
    else:
        drawn, instances = maps(scene, xy)
        weights = _per_sample(scene, instances)
    if spec.normalize != "none":
        _, given = normalization(spec.normalize, spec.normalize_params)
        drawn = blobs.NORMALIZATIONS[spec.normalize](drawn.to(torch.float64), **given)
    planes = {"heatmaps": drawn.to(torch.float32), "weights": weights}
    if params.get("mask"):
        joints = (
            drawn if row.background == "none" else drawn[:, 1:] if row.background_first else drawn[:, :-1]
        )
        planes["mask"] = (joints > 0).to(torch.uint8)
    return planes


def _per_sample(scene: Scene, weights: Tensor) -> Tensor:
    """Return (S, K): the greatest weight of a sample's people."""
    if scene.one_per_sample:
        return weights
    owner = torch.from_numpy(scene.sample).to(weights.device)[:, None].expand_as(weights)
    out = torch.zeros((scene.samples, weights.shape[1]), dtype=weights.dtype, device=weights.device)
    return out.scatter_reduce(0, owner, weights, "amax")


def _simcc(
    scene: Scene, level: Level, spec: Spec, xy: Tensor | None, sigma: Tensor | None, device: torch.device
) -> dict[str, Tensor]:
    if not scene.one_per_sample:
        raise SpecError("sample", f"{spec.codec} holds one person per sample", "leave sample out")
    params, smooth = spec.params, spec.params.get("smooth", 0.0)
    widths = np.array([level.sigma, params.get("sigma_y") or level.sigma])
    if spec.codec == "simcc-gaussian":
        bins, drawn, weight = simcc.gaussian_bins(scene, level, widths, spec.literal)
    else:
        bins, drawn, weight = simcc.standard_bins(scene, level, spec.literal)
    centre, shown = torch.from_numpy(bins).to(device), torch.from_numpy(drawn).to(device)[..., None]
    if xy is not None and spec.codec == "simcc-gaussian" and not spec.literal:
        moving = xy.to(torch.float64) / torch.tensor(
            level.alignment.stride, dtype=torch.float64, device=device
        )
        centre = centre + (moving - moving.detach())
    planes = {}
    for axis, (name, cells) in enumerate(zip(("simcc_x", "simcc_y"), level.size, strict=True)):
        grid = torch.arange(cells, dtype=torch.float64, device=device)
        middle = centre[..., axis, None]
        if spec.codec == "simcc-gaussian":
            from_sigma = sigma is not None and (axis == 0 or not params.get("sigma_y"))
            width = (
                sigma.to(device, torch.float64) if from_sigma and sigma is not None else float(widths[axis])
            )
            values = torch.exp(-0.5 * ((grid - middle) / width) ** 2)
            values = values / (width * sqrt(2 * pi)) if params.get("normalize", True) else values
        else:
            values = torch.where(grid == middle, 1 - smooth, smooth / max(1, cells - 1))
        planes[name] = torch.where(shown, values, 0).to(torch.float32)
    return {**planes, "weights": torch.from_numpy(weight).to(device)}
