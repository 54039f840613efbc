"""Keypoints of heatmaps on the device: a function, and a module that is exported with the network it follows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders.refinement.plateaus import plateau_middles
from kp2heat.errors import InputError, SpecError, did_you_mean
from kp2heat.torch.decoding.methods import checked
from kp2heat.torch.decoding.steps import share_at_cell


def decode(
    maps: Tensor, level: Level, method: str = "lsq", *, threshold: float = 0.0, **settings: Any
) -> tuple[Tensor, Tensor]:
    """Return the peaks of maps (N, K, H, W) in cells: xy (N, K, 2) and score (N, K), float32.

    method: argmax, quarter, dark, dark-udp, lsq, fit, weighted-fit, softargmax, expectation, local-softargmax,
    debiased-softargmax, topk, keyposs, expected-oks, sapiens2, hf-vitpose, megvii or gaussian-cov; the answers are
    those of ``kp2heat.decode``, within 1e-4 cells. settings: those of the method, as ``METHODS`` lists them
    (``temperature``, ``kernel``, ``sigmas``, ...); areas is a tensor (N,) of cells^2. A map without a value above
    ``threshold`` has no peak: NaN, score 0; with ``literal=True`` the place and score that the published code gives. The maps are raw: normalisations are undone, as are sigmoids of a
    network's head. InputError on shapes, SpecError on what has no form on a device.

    >>> from kp2heat import Spec
    >>> from kp2heat.torch import render
    >>> spec = Spec(codec="gaussian", input_size=(96, 128), sizes=((24, 32),))
    >>> (level,) = spec.levels((96, 128))
    >>> maps = render(torch.tensor([[[31.3, 52.8]]]), None, level, spec)["heatmaps"]
    >>> xy, score = decode(maps, level, "lsq")
    >>> level.alignment.to_input(xy.double().numpy()).round(2).tolist()
    [[[31.3, 52.8]]]
    >>> xy, _ = decode(maps, level, "softargmax", temperature=0.01)
    >>> level.alignment.to_input(xy.double().numpy()).round(1).tolist()
    [[[29.9, 53.5]]]
    """
    if maps.ndim != 4 or tuple(maps.shape[-1:-3:-1]) != tuple(level.size):
        raise InputError(
            "maps", f"have shape {tuple(maps.shape)}", f"give (N, K, {level.size[1]}, {level.size[0]})"
        )
    if maps.dtype == torch.bfloat16:  # NumPy, which finds the middles of plateaus, does not know it
        maps = maps.to(torch.float32)
    count, joints, height, width = maps.shape
    chosen = checked(method, level, {"threshold": threshold, **settings}, joints)
    if settings.get("literal") and chosen.published is not None:
        xy, score = chosen.published(
            maps, **{key: settings[key] for key in chosen.of_published if key in settings}
        )
        return xy.to(torch.float32), score.to(torch.float32)
    taken = {key: value for key, value in settings.items() if key in chosen.settings}
    stack = maps.reshape(count * joints, height, width)
    searched = stack if chosen.searched is None else chosen.searched(maps, level, **taken)
    greatest, cell = torch.where(torch.isnan(searched), -torch.inf, searched).flatten(1).max(dim=1)
    if not torch.compiler.is_exporting():
        cell = _middles(searched, cell, greatest)
    x, y = cell % width, cell // width
    dx, dy = chosen.steps(searched, x, y, level, **({} if chosen.searched else taken))
    score = stack.flatten(1).gather(1, cell[:, None])[:, 0] if chosen.searched else greatest
    peak = (greatest > 0) & (score > threshold)
    if chosen.knows_sigma:
        score = score / share_at_cell(dx, dy, level.sigma)
    xy = torch.stack([x + dx, y + dy], dim=1)
    xy = torch.where(peak[:, None], xy, torch.nan).to(torch.float32)
    return xy.reshape(count, joints, 2), torch.where(peak, score, 0.0).to(torch.float32).reshape(
        count, joints
    )


def _middles(maps: Tensor, cell: Tensor, score: Tensor) -> Tensor:
    """Return the cells, those on a plateau moved to its middle; few maps have one, and those go to the host."""
    greatest = (maps == score[:, None, None]).sum(dim=(1, 2)) > 1
    rows = torch.nonzero(greatest & (score > 0)).flatten()
    if not len(rows):
        return cell
    chosen = maps[rows].detach().cpu().numpy()
    moved = plateau_middles(chosen, torch.arange(len(rows)).numpy(), cell[rows].cpu().numpy())
    return cell.index_copy(0, rows, torch.from_numpy(moved).to(cell.device))


class MapDecoder(nn.Module):
    """Keypoints of a network's heatmaps as its last layer: (N, K, H, W) -> xy (N, K, 2) input px, score (N, K).

    It exports to ONNX with the network, and gives the keypoints that ``kp2heat.decode`` gives; an exported graph
    takes the first of equal greatest values, where ``kp2heat.decode`` takes the middle of a plateau.

    level    the grid of the maps: ``spec.levels(input_size)[0]``
    method   as of :func:`decode`
    codec    the codec the network was trained with, whose quantisation shift is added back
    settings those of the method, as of :func:`decode`, without ``areas``, which differ from image to image

    ::

        model = nn.Sequential(network, MapDecoder(level, "dark"))
        torch.onnx.export(model, (example,), "pose.onnx", dynamo=True, external_data=False)

    >>> from kp2heat import Spec
    >>> (level,) = Spec(sizes=((24, 32),)).levels((96, 128))
    >>> maps = torch.zeros((1, 1, 32, 24))
    >>> maps[0, 0, 8, 5] = 1.0
    >>> MapDecoder(level, "argmax")(maps)[0].tolist()
    [[[21.5, 33.5]]]
    """

    def __init__(self, level: Level, method: str = "lsq", codec: str = "gaussian", **settings: Any) -> None:
        super().__init__()
        if "areas" in settings:
            raise SpecError("areas", "differ from image to image", "give them to kp2heat.torch.decode")
        checked(method, level, settings, len(settings.get("sigmas", ())) or 1)
        if codec not in CODECS:
            raise SpecError("codec", f"'{codec}' is not known", did_you_mean(codec, CODECS))
        self.level, self.method, self.settings = level, method, settings
        self.shift = CODECS[codec].shift

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return xy (N, K, 2) input px, NaN where a map holds no peak, and score (N, K)."""
        xy, score = decode(maps, self.level, self.method, **self.settings)
        return to_input(xy, self.level, self.shift), score


def to_input(xy: Tensor, level: Level, shift: float = 0.0) -> Tensor:
    """Return input px of cells (..., 2); shift: cells that the codec's rounding takes off."""
    place = level.alignment
    stride = xy.new_tensor(place.back_stride)
    cell, pixel = xy.new_tensor(place.origin_cell), xy.new_tensor(place.origin_input)
    return (xy + shift - cell) * stride + pixel
