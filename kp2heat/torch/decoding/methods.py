"""The decoders that run on a device, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from kp2heat.contracts import Level
from kp2heat.decoders import DECODERS, check_settings
from kp2heat.decoders.published_rules.hugging_face import VITPOSE, taps_of
from kp2heat.decoders.refinement.taylor import ONE_CELL
from kp2heat.errors import SpecError, did_you_mean
from kp2heat.torch.decoding import published
from kp2heat.torch.decoding.blurred_steps import expected_oks, megvii_steps, vertex_steps
from kp2heat.torch.decoding.covariance_steps import covariance_steps
from kp2heat.torch.decoding.mean_steps import average_steps, debiased_steps, greatest_steps, local_steps
from kp2heat.torch.decoding.steps import (
    Steps,
    argmax_steps,
    block_steps,
    dark_steps,
    fit_steps,
    lsq_steps,
    quarter_steps,
)
from kp2heat.torch.decoding.weighted_steps import weighted_fit_steps


class Method(NamedTuple):
    """One decoder on a device.

    steps(maps (M, H, W), x, y, level, **settings) -> dx, dy (M,) in cells
    settings       those of the NumPy decoder that it takes, besides ``threshold``
    knows_sigma    whether it knows the blob's width: its score is the blob's value at its centre, not at its cell
    searched(maps (N, K, H, W), level, **settings) -> (M, H, W)
        where the peak is looked for, and what is stepped on, in place of the maps; it takes the settings then
    published(maps (N, K, H, W), **settings) -> xy (N, K, 2) in cells, score (N, K)
        the ``literal`` form, which takes the settings ``of_published``; they mean nothing without it
    """

    steps: Callable[..., Steps]
    settings: tuple[str, ...] = ()
    knows_sigma: bool = False
    searched: Callable[..., Tensor] | None = None
    published: Callable[..., tuple[Tensor, Tensor]] | None = None
    of_published: tuple[str, ...] = ()

    @property
    def takes(self) -> tuple[str, ...]:
        """All settings that the method takes."""
        literal = ("literal", *self.of_published) if self.published else ()
        return ("threshold", *self.settings, *literal)


udp_steps = partial(dark_steps, stencil=ONE_CELL)


def _blurred_udp(sigma: float | None) -> Callable[..., Steps]:
    """Return the steps of UDP's DARK with a blur of ``kernel`` cells; sigma: None for OpenCV's of that many."""

    def steps(*place: Any, kernel: int = 11) -> Steps:
        return udp_steps(*place, blur=taps_of(kernel, sigma))

    return steps


METHODS: Mapping[str, Method] = {
    "argmax": Method(argmax_steps, published=published.argmax, of_published=("rule",)),
    "quarter": Method(quarter_steps, published=published.quarter, of_published=("rule",)),
    "dark": Method(dark_steps, knows_sigma=True, published=published.dark, of_published=("rule", "kernel")),
    "dark-udp": Method(udp_steps, knows_sigma=True, published=published.dark_udp, of_published=("kernel",)),
    "lsq": Method(lsq_steps, knows_sigma=True),
    "fit": Method(fit_steps, knows_sigma=True),
    "weighted-fit": Method(weighted_fit_steps, knows_sigma=True),
    "softargmax": Method(partial(average_steps, temperature=0.05), ("temperature",)),
    "expectation": Method(average_steps),
    "local-softargmax": Method(local_steps, ("cells", "t")),
    "debiased-softargmax": Method(debiased_steps, ("beta",)),
    "topk": Method(greatest_steps, ("k",)),
    "keyposs": Method(block_steps),
    "expected-oks": Method(vertex_steps, ("sigmas", "areas"), searched=expected_oks),
    "sapiens2": Method(_blurred_udp(None), ("kernel",), knows_sigma=True),
    "hf-vitpose": Method(_blurred_udp(VITPOSE), ("kernel",), knows_sigma=True),
    "megvii": Method(megvii_steps, ("kernel",)),
    "gaussian-cov": Method(covariance_steps, ("rule",)),
}
"""The decoders that run on a device, by the names of ``kp2heat.decoders``."""


def checked(name: str, level: Level, settings: Mapping[str, Any], joints: int) -> Method:
    """Return the method of that name; SpecError where it, or one of the settings, has no form on a device.

    Values are checked by the NumPy decoder, which decodes no maps with them.
    """
    if name not in METHODS:
        raise SpecError("method", f"'{name}' does not run on a device", did_you_mean(name, METHODS))
    check_settings(name, ("heatmaps",), settings)
    defaults, method = DECODERS[name].params, METHODS[name]
    for key, value in settings.items():
        if key not in method.takes and value != defaults[key]:
            reason = f"{key}={value} has no form on a device"
            raise SpecError(f"method {name}", reason, "decode on the CPU: kp2heat.decode takes it")
    width, height = level.size
    plain = {key: value for key, value in settings.items() if key != "areas"}
    DECODERS[name].decode({"heatmaps": np.zeros((0, joints, height, width), np.float32)}, level, **plain)
    return method
