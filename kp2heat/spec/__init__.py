"""The settings of an encoding: one frozen record, its fields' forms in TOML and JSON, and the shipped presets."""

from __future__ import annotations

from kp2heat.spec.fields import DTYPES, FITS, SAMPLES
from kp2heat.spec.record import CODEC_REVISION, NEEDS_SPEC, Spec
from kp2heat.spec.sigma import Sigma, default_sigma, parse_sigma

__all__ = [
    "CODEC_REVISION",
    "DTYPES",
    "FITS",
    "NEEDS_SPEC",
    "SAMPLES",
    "Sigma",
    "Spec",
    "default_sigma",
    "parse_sigma",
]
