"""The decoders that run on a device, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from kp2heat.decoders.refinement.taylor import one_cell
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

METHODS: Mapping[str, Callable[..., Steps]] = {
    "argmax": argmax_steps,
    "quarter": quarter_steps,
    "dark": dark_steps,
    "dark-udp": partial(dark_steps, derivatives=one_cell, stencil=1),
    "lsq": lsq_steps,
    "fit": fit_steps,
    "weighted-fit": weighted_fit_steps,
    "softargmax": partial(average_steps, temperature=0.05),
    "expectation": average_steps,
    "local-softargmax": local_steps,
    "debiased-softargmax": debiased_steps,
    "topk": greatest_steps,
    "keyposs": block_steps,
}
"""The decoders that run on a device, by the names of ``kp2heat.decoders``."""

WITH_SIGMA = frozenset({"dark", "dark-udp", "lsq", "fit", "weighted-fit"})
"""The methods that know the blob's width: their score is its value at its centre, not at the nearest cell."""
