"""The decoders that run on a device, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from torch import Tensor

from kp2heat.contracts import Level
from kp2heat.decoders.published_rules import hugging_face
from kp2heat.decoders.refinement.taylor import one_cell
from kp2heat.torch.blurred_steps import expected_oks, megvii_steps, vertex_steps
from kp2heat.torch.covariance_steps import covariance_steps
from kp2heat.torch.mean_steps import average_steps, debiased_steps, greatest_steps, local_steps
from kp2heat.torch.steps import (
    Steps,
    argmax_steps,
    block_steps,
    dark_steps,
    fit_steps,
    lsq_steps,
    quarter_steps,
)
from kp2heat.torch.weighted_steps import weighted_fit_steps

BLUR = hugging_face.SAPIENS2_DECODER.params["kernel"]
"""Cells of the blur of ``hf-vitpose`` and ``sapiens2``."""

udp_steps = partial(dark_steps, derivatives=one_cell, stencil=1)

METHODS: Mapping[str, Callable[..., Steps]] = {
    "argmax": argmax_steps,
    "quarter": quarter_steps,
    "dark": dark_steps,
    "dark-udp": udp_steps,
    "lsq": lsq_steps,
    "fit": fit_steps,
    "weighted-fit": weighted_fit_steps,
    "softargmax": partial(average_steps, temperature=0.05),
    "expectation": average_steps,
    "local-softargmax": local_steps,
    "debiased-softargmax": debiased_steps,
    "topk": greatest_steps,
    "keyposs": block_steps,
    "expected-oks": vertex_steps,
    "sapiens2": partial(udp_steps, blur=hugging_face.taps_of(BLUR)),
    "hf-vitpose": partial(udp_steps, blur=hugging_face.taps_of(BLUR, hugging_face.VITPOSE)),
    "megvii": megvii_steps,
    "gaussian-cov": covariance_steps,
}
"""The decoders that run on a device, by the names of ``kp2heat.decoders``."""

SEARCHED: Mapping[str, Callable[[Tensor, Level], Tensor]] = {"expected-oks": expected_oks}
"""Where a method looks for its peak, and what it steps on: other maps (M, H, W) than those it is given."""

WITH_SIGMA = frozenset({"dark", "dark-udp", "lsq", "fit", "weighted-fit", "sapiens2", "hf-vitpose"})
"""The methods that know the blob's width: their score is its value at its centre, not at the nearest cell."""
