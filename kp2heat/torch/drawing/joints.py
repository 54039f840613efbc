"""The joints of a batch on the host, and the level that they are drawn on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kp2heat.arrays import Floats
from kp2heat.contracts import Level
from kp2heat.errors import InputError, SpecError, check_type
from kp2heat.frame import Size
from kp2heat.spec import Spec


def find_level(level: Level | str, spec: Spec) -> Level:
    """Return the spec's level of that name; SpecError where there is none."""
    if isinstance(level, Level):
        return level
    named = {one.name: one for one in spec.levels(input_size_of(spec))}
    if level not in named:
        raise SpecError("level", f"'{level}' is none of the spec's", f"use one of {', '.join(named)}")
    return named[level]


def input_size_of(spec: Spec) -> Size:
    """Return the size of the spec's input; SpecError where it has none."""
    if spec.input_size is None:
        raise SpecError("input_size", "is not set", "give Spec(input_size=(w, h))")
    return spec.input_size


def host_joints(xy: Tensor, visible: Tensor | None) -> tuple[Floats, NDArray[Any]]:
    """Return xy (M, K, 2) float64 and visible (M, K) on the host: a few numbers per joint."""
    check_type("xy", xy, Tensor, "give a tensor (N, K, 2)")
    check_type("visible", visible, (Tensor, type(None)), "give a tensor (N, K), or nothing")
    if xy.ndim != 3 or xy.shape[2] != 2:
        raise InputError("xy", f"has shape {tuple(xy.shape)}", "give (N, K, 2)")
    points = np.ascontiguousarray(xy.detach().cpu().to(torch.float64).numpy())
    if visible is None:
        flags = np.where(np.isfinite(points).all(axis=2), 2, 0)
    else:
        known = (
            visible.float() if visible.dtype == torch.bfloat16 else visible
        )  # NumPy does not know bfloat16
        flags = known.detach().cpu().numpy()
    if flags.shape != points.shape[:2]:
        raise InputError("visible", f"has shape {flags.shape}", f"give {points.shape[:2]}, as xy has")
    return points, flags
