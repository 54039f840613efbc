"""Everything that decides the output, as one frozen record: TOML and JSON both ways, fingerprinted.

Sizes are written ``WxH``; a sigma is a number of cells, or input pixels with ``px`` behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from math import isfinite, sqrt
from typing import Any

from kp2heat.codecs import CODECS
from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError, did_you_mean
from kp2heat.frame import ALIGNMENTS, Size, alignment, parse_size, show_size
from kp2heat.normalize import normalization
from kp2heat.scene import OUTSIDE, hidden_policy

FORMAT_VERSION = "1.0"
CODEC_REVISION = 1
"""Raised when the bits that a codec draws change: finished shards of an older one are not resumed."""

DTYPES: Mapping[str, str] = {"f16": "<f2", "f32": "<f4", "u8": "|u1"}
FITS = ("stretch", "letterbox", "crop")
SAMPLES = ("instance", "image")
LEAST_SIGMA: Mapping[str, float] = {"f16": 0.5, "f32": 0.0, "u8": 1.0}
"""In cells: below it, storing the map in this dtype loses the sub-cell position."""


@dataclass(frozen=True)
class Sigma:
    """A standard deviation with its unit: cells, or input px."""

    value: float
    unit: str = "cell"

    def __post_init__(self) -> None:
        if not 0 < self.value < 1e6:
            raise _no_sigma(self)

    def cells(self, stride: tuple[float, float]) -> float:
        """In cells of a level with this stride (the geometric mean of the axes where they differ)."""
        return self.value / sqrt(stride[0] * stride[1]) if self.unit == "px" else self.value

    def __str__(self) -> str:
        return repr(float(self.value)).removesuffix(".0") + ("px" if self.unit == "px" else "")


def _no_sigma(found: object) -> SpecError:
    return SpecError("sigma", f"'{found}' is not a sigma", "write cells (2) or input pixels (8px)")


def parse_sigma(text: object) -> Sigma:
    """``2``, ``2cells`` or ``8px``."""
    found = re.fullmatch(r"\s*([0-9.]+(?:e-?\d+)?)\s*(px|cells?|)\s*", str(text))
    try:
        return Sigma(float(found[1]), "px" if found[2] == "px" else "cell") if found else Sigma(0)
    except (ValueError, SpecError):
        raise _no_sigma(text) from None


def default_sigma(size: Size) -> float:
    """In cells: 1 up to 14, 1.5 at 28, 2 at 64: the square root of the longer side over 16, in halves."""
    return max(1.0, round(2 * sqrt(max(size) / 16)) / 2)


@dataclass(frozen=True)
class Spec:
    """The settings of one encoding. Unset (None) means: by the codec, or by the data, when planned."""

    description: str = ""
    sample: str = "instance"
    input_size: Size | None = None
    fit: str | None = None
    padding: float = 1.25
    sizes: tuple[Size, ...] = ()
    strides: tuple[float, ...] = ()
    sigma: tuple[Sigma, ...] = ()
    codec: str = "gaussian"
    params: Mapping[str, Any] = field(default_factory=dict)
    align: str | None = None
    hidden: str = "gaussian"
    outside: str = "drop"
    normalize: str = "none"
    normalize_params: Mapping[str, float] = field(default_factory=dict)
    dtype: str = "f16"

    def __post_init__(self) -> None:
        _one_of("codec", self.codec, CODECS)
        _one_of("sample", self.sample, SAMPLES)
        _one_of("dtype", self.dtype, DTYPES)
        _one_of("outside", self.outside, OUTSIDE)
        if self.fit is not None:
            _one_of("fit", self.fit, FITS)
        if self.align is not None:
            _one_of("align", self.align, ALIGNMENTS)
        if self.fit == "crop" and self.sample == "image":
            raise SpecError("fit", "crop needs a box, and a whole image has none", "use --sample instance")
        if not 0 < self.padding < 100:
            raise SpecError("padding", f"{self.padding:g} is not usable", "give a factor such as 1.25")
        for size in (*self.sizes, *((self.input_size,) if self.input_size else ())):
            parse_size(show_size(size))
        for key, value in self.params.items():
            _one_of(f"{self.codec} parameter", key, self.record.params)
            _like(f"{self.codec} parameter", key, value, self.record.params[key])
        hidden_policy(self.hidden)
        normalization(self.normalize, self.normalize_params)
        if self.normalize != "none" and "heatmaps" not in self.record.planes:
            raise SpecError("normalize", f"codec {self.codec} has no heatmaps", "leave normalize out")

    @property
    def record(self) -> Codec:
        """The codec's record."""
        return CODECS[self.codec]

    @property
    def literal(self) -> bool:
        """Whether the published code is followed to the last bit."""
        return bool(self.params.get("literal", False))

    @property
    def alignment_name(self) -> str:
        """The alignment asked for, else the codec's own."""
        return self.align or (self.record.literal_align if self.literal else self.record.align)

    def levels(self, input_size: Size) -> tuple[Level, ...]:
        """The output grids over an input of this size, in the order given: strides first, then sizes."""
        parse_size(show_size(input_size), "input_size")
        sizes = [_strided(input_size, stride) for stride in self.strides] + list(self.sizes)
        if not sizes:
            raise SpecError(
                "size", "no map size is set", "give --size 28x28,14x14,7x7, --stride 8,16,32 or --preset"
            )
        if len(set(sizes)) != len(sizes):
            raise SpecError("size", f"{', '.join(map(show_size, sizes))} names a size twice", "leave one out")
        if len(self.sigma) not in (0, 1, len(sizes)):
            raise SpecError(
                "sigma", f"{len(self.sigma)} values for {len(sizes)} levels", "give one, or one a level"
            )
        sigmas = self.sigma * len(sizes) if len(self.sigma) == 1 else self.sigma
        levels = []
        for i, size in enumerate(sizes):
            grid = alignment(self.alignment_name, input_size, size)
            sigma = sigmas[i].cells(grid.stride) if sigmas else self._own_sigma(size, grid.stride)
            levels.append(Level(size, sigma, grid))
        return tuple(levels)

    def _own_sigma(self, size: Size, stride: tuple[float, float]) -> float:
        """The codec's sigma where the user gives none."""
        rule = self.record.sigma
        return rule(size, stride) if rule else default_sigma(size)

    def warnings(self, levels: Sequence[Level]) -> list[str]:
        """Settings that work but lose something, a sentence each."""
        said = []
        for level in levels:
            least = LEAST_SIGMA[self.dtype]
            if level.sigma < least:
                said.append(
                    f"{level.name}: sigma {level.sigma:.3g} cells does not survive {self.dtype}, which keeps "
                    f"sub-cell positions from {least:g} cells on; use a larger sigma or --dtype f32"
                )
            if 6 * level.sigma > max(level.size):
                said.append(
                    f"{level.name}: sigma {level.sigma:.3g} cells fills the map (6 sigma = {6 * level.sigma:.3g} "
                    f"of {max(level.size)} cells); neighbouring positions become hard to tell apart"
                )
        return said

    def to_fields(self) -> dict[str, Any]:
        """Plain values, sizes as ``WxH``: what TOML and JSON hold. Unset and empty settings are left out."""
        shown: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value is None or value == () or value == {} or value == "":
                continue
            if item.name == "input_size":
                value = show_size(value)
            elif item.name == "sizes":
                value = [show_size(size) for size in value]
            elif item.name == "sigma":
                value = [s.value if s.unit == "cell" else str(s) for s in value]
            elif item.name == "strides":
                value = list(value)
            elif isinstance(value, Mapping):
                value = dict(value)
            shown[item.name] = value
        return shown

    @classmethod
    def from_fields(cls, given: Mapping[str, Any], where: str) -> Spec:
        """The inverse of :meth:`to_fields`; SpecError with a suggestion for an unknown key."""
        known = [item.name for item in fields(cls)]
        for key in given:
            if key not in known:
                raise SpecError(where, f"unknown setting '{key}'", did_you_mean(key, known))
        return cls(**{key: _checked(key, value, where) for key, value in given.items()})

    def with_fields(self, given: Mapping[str, Any], where: str) -> Spec:
        """A copy with these settings replaced, by the rules of :meth:`from_fields`."""
        merged = {**self.to_fields(), **given}
        return Spec.from_fields(merged, where)

    def settings(self) -> dict[str, Any]:
        """The fields that decide the output: all but the description."""
        return {key: value for key, value in self.to_fields().items() if key != "description"}

    def fingerprint(self, *more: str) -> str:
        """Hex sha256 over the settings, the codec revision, the format version, and ``more``."""
        text = json.dumps([self.settings(), CODEC_REVISION, FORMAT_VERSION, *more], sort_keys=True)
        return sha256(text.encode()).hexdigest()


def _strided(input_size: Size, stride: float) -> Size:
    width, height = input_size[0] / stride, input_size[1] / stride
    if width != int(width) or height != int(height) or min(width, height) < 1:
        raise SpecError(
            "stride",
            f"{stride:g} does not divide the {show_size(input_size)} input",
            "choose another --input-size, or name the maps with --size",
        )
    return int(width), int(height)


def _one_of(key: str, value: str, known: Mapping[str, Any] | Sequence[str]) -> None:
    if value not in known:
        raise SpecError(
            key, f"'{value}' is not known", did_you_mean(value, list(known)) if known else "it has none"
        )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _like(where: str, key: str, value: object, default: object) -> None:
    """SpecError where a parameter is not of its default's kind."""
    if isinstance(default, bool):
        fits, kind = isinstance(value, bool), "true or false"
    elif isinstance(default, str):
        fits, kind = isinstance(value, str), "text"
    elif isinstance(default, int | float):
        fits, kind = _number(value), "a finite number"
    elif isinstance(default, Mapping):
        fits, kind = isinstance(value, str | Mapping | list | tuple), "a text or a table"
    else:
        fits, kind = isinstance(value, list | tuple), "a list"
    if not fits:
        raise SpecError(where, f"{key} = {value!r} is not {kind}", f"its default is {default!r}")


def _checked(key: str, value: Any, where: str) -> Any:
    """One setting from its TOML or JSON form."""
    many = list(value) if isinstance(value, list | tuple) else [value]
    if key == "input_size":
        return None if value is None else parse_size(value, key)
    if key == "sizes":
        return tuple(parse_size(size) for size in many)
    if key == "sigma":
        return tuple(parse_sigma(sigma) for sigma in many)
    if key == "strides":
        if not all(_number(s) and 0 < s < 1e6 for s in many):
            raise SpecError(where, f"strides = {value!r} are not strides", "give positive numbers")
        return tuple(float(s) for s in many)
    if key in ("params", "normalize_params"):
        if not isinstance(value, Mapping):
            raise SpecError(where, f"{key} = {value!r} is not a table", f"write {key} = {{ name = value }}")
        return dict(value)
    if key == "padding":
        if not _number(value):
            raise SpecError(where, f"padding = {value!r} is not a number", "write padding = 1.25")
        return float(value)
    if not isinstance(value, str) and not (value is None and key in ("fit", "align")):
        raise SpecError(where, f"{key} = {value!r} is not text", f'write {key} = "..."')
    return value
