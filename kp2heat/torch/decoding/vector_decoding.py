"""Keypoints of SimCC's vectors on the device: a function, and a module that is exported with the network it follows."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kp2heat.contracts import Level
from kp2heat.errors import InputError, SpecError, check_type
from kp2heat.torch.decoding.map_decoding import to_input

REFINE = ("parabola", "none")


def decode_vectors(
    simcc_x: Tensor, simcc_y: Tensor, level: Level, *, refine: str = "parabola", threshold: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Return the peaks of vectors (N, K, W) and (N, K, H) in bins: xy (N, K, 2) and score (N, K), float32.

    The answers are those of the decoder ``simcc``. refine: ``parabola``, through the logarithms of three bins a sigma
    apart, or ``none``, the greatest bins, as mmpose's RTMPose. The score is the lesser of the two maxima; NaN and 0
    where it does not exceed ``threshold``. InputError on shapes, SpecError on another ``refine``.

    >>> from kp2heat import Spec
    >>> from kp2heat.torch import render
    >>> spec = Spec(codec="simcc-gaussian", input_size=(96, 128), sizes=((192, 256),))
    >>> (level,) = spec.levels((96, 128))
    >>> planes = render(torch.tensor([[[31.3, 52.8]]]), None, level, spec)
    >>> xy, score = decode_vectors(planes["simcc_x"], planes["simcc_y"], level)
    >>> level.alignment.to_input(xy.double().numpy()).round(2).tolist()
    [[[31.3, 52.8]]]
    """
    if refine not in REFINE:
        fix = f"use one of {', '.join(REFINE)}, or kp2heat.decode on the CPU"
        raise SpecError("refine", f"'{refine}' has no form on a device", fix)
    check_type("level", level, Level, "give one of spec.levels(input_size)")
    sides, scores = [], []
    for name, vectors, bins in (("simcc_x", simcc_x, level.size[0]), ("simcc_y", simcc_y, level.size[1])):
        check_type(name, vectors, Tensor, f"give a tensor (N, K, {bins})")
        if vectors.ndim != 3 or vectors.shape[-1] != bins:
            raise InputError(name, f"has shape {tuple(vectors.shape)}", f"give (N, K, {bins})")
        values = vectors.to(torch.float64)
        greatest, at = torch.where(values.isnan(), -torch.inf, values).max(dim=-1)
        sides.append(at + (_vertices(values, at, level.sigma) if refine == "parabola" else 0.0))
        scores.append(greatest)
    if scores[0].shape != scores[1].shape:
        many = tuple(simcc_x.shape[:2])
        raise InputError(
            "simcc_y", f"has shape {tuple(simcc_y.shape)}", f"give {(*many, level.size[1])}, as simcc_x"
        )
    score = torch.minimum(*scores)
    present = score > threshold
    xy = torch.where(present[..., None], torch.stack(sides, dim=-1), torch.nan)
    return xy.to(torch.float32), torch.where(present, score, 0.0).to(torch.float32)


def _vertices(values: Tensor, at: Tensor, sigma: float) -> Tensor:
    """Return the steps of ``decoders.simcc.vertices``, from bins ``at`` (N, K) of values (N, K, bins)."""
    bins = values.shape[-1]
    apart = min(max(1, round(sigma)), (bins - 1) // 2)
    if apart < 1:
        return torch.zeros_like(at, dtype=torch.float64)
    middle = at.clamp(apart, bins - 1 - apart)
    three = values.gather(-1, torch.stack([middle - apart, middle, middle + apart], dim=-1))
    positive = (three > 0).all(dim=-1)
    low, mid, high = torch.log(torch.where(three > 0, three, 1)).unbind(dim=-1)
    bend = 2 * mid - low - high
    step = middle - at + 0.5 * apart * (high - low) / torch.where(bend > 0, bend, 1)
    return torch.where(positive & (bend > 0) & (step.abs() <= apart + 1), step, 0.0)


class VectorDecoder(nn.Module):
    """Keypoints of a network's SimCC vectors as its last layer: -> xy (N, K, 2) input px, score (N, K).

    It takes simcc_x (N, K, W) and simcc_y (N, K, H), and exports to ONNX with the network.

    level              the bins of the vectors: ``spec.levels(input_size)[0]``
    refine, threshold  as of :func:`decode_vectors`

    >>> from kp2heat import Spec
    >>> (level,) = Spec(codec="simcc-gaussian", sizes=((192, 256),)).levels((96, 128))
    >>> x, y = torch.zeros((1, 1, 192)), torch.zeros((1, 1, 256))
    >>> x[0, 0, 43] = y[0, 0, 107] = 1.0
    >>> VectorDecoder(level)(x, y)[0].tolist()
    [[[21.5, 53.5]]]
    """

    def __init__(self, level: Level, *, refine: str = "parabola", threshold: float = 0.0) -> None:
        super().__init__()
        self.level, self.refine, self.threshold = level, refine, threshold

    def forward(self, simcc_x: Tensor, simcc_y: Tensor) -> tuple[Tensor, Tensor]:
        """Return xy (N, K, 2) input px, NaN where the vectors hold no peak, and score (N, K)."""
        xy, score = decode_vectors(simcc_x, simcc_y, self.level, refine=self.refine, threshold=self.threshold)
        return to_input(xy, self.level), score
