"""The arithmetic of Gaussian maps in PyTorch: profiles, products, merge, background, normalisation.

Which joints are drawn, where their blobs are centred and where their windows end is decided by the one
implementation in ``codecs/gaussian``; what grows with the maps is computed here, on the device of the joints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kp2heat import gaussian
from kp2heat.arrays import Ints
from kp2heat.codecs.gaussian.blobs import BlobCentres, blob_peaks, find_centres, find_spans, floor
from kp2heat.codecs.gaussian.channels import drawn_groups
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.published import PUBLISHED
from kp2heat.codecs.gaussian.shrink import KERNELS
from kp2heat.codecs.gaussian.switches import DISC
from kp2heat.contracts import Level
from kp2heat.frame import alignment
from kp2heat.scene import Scene

Shape = Callable[[Tensor, Tensor], Tensor]


def _cauchy(values: Tensor) -> Tensor:
    spread = 1 - 2 * torch.log(torch.where(values > 0, values, 1))
    return torch.where(values > 0, spread**-1.5, 0)


SHAPES: Mapping[str, Shape] = {
    "gaussian": lambda values, _: values,
    "disc": lambda values, _: (values >= DISC).to(values.dtype),
    "cauchy": lambda values, _: _cauchy(values),
    "cauchy-raw": lambda values, sigma: _cauchy(values) / sigma**2,
}
"""As ``codecs.gaussian.switches.SHAPES``."""

BACKGROUNDS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "1-max": lambda maps: (1 - maps.amax(dim=1, keepdim=True)).clamp(min=0),
    "1-sum": lambda maps: (1 - maps.sum(dim=1, keepdim=True)).clamp(min=0),
    "1-sum-raw": lambda maps: 1 - maps.sum(dim=1, keepdim=True),
}
"""As ``codecs.gaussian.switches.BACKGROUNDS``."""

NORMALIZATIONS: Mapping[str, Callable[..., Tensor]] = {
    "sum": lambda maps: maps / _or_one(maps.sum(dim=(-2, -1), keepdim=True)),
    "sigmoid": lambda maps, gain=1.0, bias=0.0: torch.sigmoid(gain * maps + bias),
    "softmax": lambda maps, beta=1.0: torch.softmax((beta * maps).flatten(-2), dim=-1).view_as(maps),
    "clamp": lambda maps, eps=1e-4: maps.clamp(eps, 1 - eps),
}
"""As ``kp2heat.normalize``."""


def _or_one(total: Tensor) -> Tensor:
    return torch.where(total > 0, total, 1)


class Leaves(NamedTuple):
    """What gradients flow to, where the convention lets them, and the device that labels are drawn on.

    xy     (M, K, 2) input px; None where they flow to no joint
    sigma  a scalar of cells, in place of the level's; None for the level's
    """

    xy: Tensor | None
    sigma: Tensor | None
    device: torch.device

    def put(self, values: NDArray[Any]) -> Tensor:
        """Return an array on the device."""
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device)


def draw(row: Convention, scene: Scene, level: Level, leaves: Leaves) -> tuple[Tensor, Tensor]:
    """Return the maps (S, C, H, W) of a row, float32 where nothing more is done to them, and weights (M, K)."""
    if row.shrink:
        return _shrunk(row, scene, level, leaves)
    centres = find_centres(row, scene, level)
    members = drawn_groups(row, scene.skeleton, row.groups).members
    x, y, sigmas = _profiles(row, centres, level, leaves)
    shown = x.detach().amax(dim=1) * y.detach().amax(dim=1)
    shown = SHAPES[row.shape](torch.where(shown < floor(row), 0, shown), sigmas) > 0
    weights = leaves.put(centres.weight)
    instance, joint = map(leaves.put, (centres.instance, centres.joint))
    if not row.published:
        weights[instance[~shown], joint[~shown]] = 0
    peak = blob_peaks(row, scene, centres)
    if peak is not None:
        y = y * leaves.put(peak)[:, None]
    maps = _merged(row, centres, x, y, sigmas, level)
    return _finished(row, maps.reshape(scene.samples, len(members), *maps.shape[1:])), weights


def _profiles(
    row: Convention, centres: BlobCentres, level: Level, leaves: Leaves
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the blobs' columns (P, W) and rows (P, H), 0 outside their windows, and their sigmas (P,): float64."""
    spans = find_spans(row, centres.centre, centres.sigma)
    centre, low, high = map(leaves.put, spans)
    if leaves.xy is not None and follows_joint(row):
        joints = leaves.xy[leaves.put(centres.instance), leaves.put(centres.joint)]
        centre = centre + motion(joints, level)
    sigmas, sigma = leaves.put(centres.sigma), leaves.sigma
    if sigma is not None and row.sigma_from == "level":
        sigmas = sigmas + (sigma.to(leaves.device, torch.float64) - float(sigma.detach()))
    reach = sigmas.detach() * gaussian.reach_of(gaussian.TINIEST)
    sides = []
    for axis, cells in enumerate(level.size):
        grid = torch.arange(cells, dtype=torch.float64, device=leaves.device)
        z = (grid - centre[:, axis, None]) / sigmas[:, None]
        values = torch.exp(-0.5 * z * z)
        middle = centre.detach()[:, axis]
        first = torch.maximum(low[:, axis], middle - reach)
        last = torch.minimum(high[:, axis], middle + reach)
        sides.append(torch.where((grid >= first[:, None]) & (grid <= last[:, None]), values, 0))
    return sides[0], sides[1], sigmas


def motion(joints: Tensor, level: Level) -> Tensor:
    """Return zeros of the joints' shape (..., 2), float64, whose slope by the joints is that of their cells."""
    moving = joints.to(torch.float64) / joints.new_tensor(level.alignment.stride, dtype=torch.float64)
    return moving - moving.detach()


def follows_joint(row: Convention) -> bool:
    """Return whether a blob moves with its joint, so that labels can be differentiated by it."""
    if row.published:
        return not PUBLISHED[row.published].centred
    return row.rounding == "none"


def _merged(
    row: Convention, centres: BlobCentres, x: Tensor, y: Tensor, sigmas: Tensor, level: Level
) -> Tensor:
    """Return the maps (M, H, W): the blobs of a map merged, the first of every map, then the second, ..."""
    plain = row.shape == "gaussian" and not row.least and not row.composed
    if plain:
        x, y = x.to(torch.float32), y.to(torch.float32)
    merged: Tensor | None = None
    for turn in gaussian.turns(centres.index):
        index = torch.from_numpy(centres.index[turn]).to(x.device)
        picked = torch.arange(len(centres.index), device=x.device)[turn]
        values = _products(
            row, _placed(index, x[picked], centres.maps), _placed(index, y[picked], centres.maps)
        )
        if row.shape != "gaussian":
            values = SHAPES[row.shape](
                values, _placed(index, sigmas[picked, None], centres.maps, 1.0)[..., None]
            )
        merged = values if merged is None else _merge(row.merge, merged, values)
    if merged is None:
        width, height = level.size
        return torch.zeros((centres.maps, height, width), dtype=x.dtype, device=x.device)
    return merged


def painted(index: Ints, maps: int, values: Tensor, merge: str) -> Tensor:
    """Return maps (M, ...): blobs (P, ...) merged in the maps ``index`` (P,), in order."""
    drawn = torch.zeros((maps, *values.shape[1:]), dtype=values.dtype, device=values.device)
    for turn in gaussian.turns(index):
        at = torch.from_numpy(index[turn]).to(values.device)
        picked = torch.arange(len(index), device=values.device)[turn]
        drawn = _merge(merge, drawn, _placed(at, values[picked], maps))
    return drawn


def per_sample(scene: Scene, values: Tensor) -> Tensor:
    """Return (S, K, ...): the greatest of the values (M, K, ...) of a sample's people, 0 where it has none."""
    return values if scene.one_per_sample else painted(scene.sample, scene.samples, values, "max")


def _placed(index: Tensor, rows: Tensor, maps: int, fill: float = 0.0) -> Tensor:
    """Return (maps, ...): each row in the place of its map."""
    if len(index) == maps:  # every map has a blob, in order
        return rows
    blank = torch.full((maps, *rows.shape[1:]), fill, dtype=rows.dtype, device=rows.device)
    return blank.index_copy(0, index, rows)


def _products(row: Convention, x: Tensor, y: Tensor) -> Tensor:
    values = y[:, :, None] * x[:, None, :]
    return torch.where(values < row.least, 0, values) if row.least else values


def _merge(merge: str, before: Tensor, after: Tensor) -> Tensor:
    if merge.startswith("sum"):
        return before + after
    return torch.where(after > 0, after, before) if merge == "overwrite" else torch.maximum(before, after)


def _finished(row: Convention, maps: Tensor) -> Tensor:
    """Return the maps clamped, divided, filled, and with their background."""
    if row.merge == "sum-clamp":
        maps = maps.clamp(max=1)
    if row.empty == "uniform":
        some = (maps != 0).flatten(-2).any(dim=-1)[..., None, None]
        maps = torch.where(some, maps, 1)
    if row.unit_sum:
        maps = maps / _or_one(maps.sum(dim=(-2, -1), keepdim=True))
    if row.background == "none":
        return maps
    background = BACKGROUNDS[row.background](maps)
    return torch.cat([background, maps] if row.background_first else [maps, background], dim=1)


def _shrunk(row: Convention, scene: Scene, level: Level, leaves: Leaves) -> tuple[Tensor, Tensor]:
    """Return maps drawn at the input's size and shrunk by the row's kernel."""
    ratio = float(np.sqrt(np.prod(level.alignment.stride)))
    full = Level(
        scene.input_size, level.sigma * ratio, alignment("stride", scene.input_size, scene.input_size)
    )
    large = leaves._replace(sigma=None if leaves.sigma is None else leaves.sigma * ratio)
    maps, weights = draw(replace(row, shrink=""), scene, full, large)
    kernel = KERNELS[row.shrink]
    across, down = (
        leaves.put(kernel(pixels, cells)) for pixels, cells in zip(scene.input_size, level.size, strict=True)
    )
    return down @ maps.to(torch.float64) @ across.T, weights
