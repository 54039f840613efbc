"""The fields of a spec: how each is read from TOML, JSON or Python, and how it is written.

Sizes are written ``WxH``; a sigma is a number of cells, or input pixels with ``px`` after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from kp2heat.codecs.names import codec_name
from kp2heat.errors import SpecError, did_you_mean
from kp2heat.frame import ALIGNMENTS, parse_size, show_size
from kp2heat.frame.box_steps import BOX_STEPS
from kp2heat.scene import OUTSIDE
from kp2heat.spec.sigma import parse_sigma

DTYPES: Mapping[str, str] = {"f16": "<f2", "f32": "<f4", "u8": "|u1"}
FITS = ("stretch", "letterbox", "crop")
SAMPLES = ("instance", "image")
COMPRESSIONS = ("fast", "small", "single")
STORES = ("maps", "truth")
ENCODINGS = ("png", "jpeg", "webp", "raw")
IMAGES_AS = ("crop", "whole")


CHOICES: Mapping[str, Mapping[str, Any] | Sequence[str]] = {
    "sample": SAMPLES,
    "fit": FITS,
    "align": ALIGNMENTS,
    "box": BOX_STEPS,
    "outside": OUTSIDE,
    "dtype": DTYPES,
    "compress": COMPRESSIONS,
    "store": STORES,
    "with_images": ENCODINGS,
    "images_as": IMAGES_AS,
}
"""Fields whose value is one of these names."""


@dataclass(frozen=True)
class Field:
    """The two forms of a field.

    parse(key, value, where) -> the value of a Spec; it accepts that value too. SpecError if it cannot be one.
    show(value) -> its plain form
    left_out: a value that is not written, so that settings and fingerprints are those of before there was the field
    """

    parse: Callable[[str, Any, str], Any]
    show: Callable[[Any], Any] = lambda value: value
    left_out: Any = None


def is_number(value: object) -> bool:
    """Return whether this is a finite number and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def check_known(key: str, value: str, known: Mapping[str, Any] | Sequence[str]) -> None:
    """Raise a SpecError with a suggestion unless ``value`` is one of the known names."""
    if value not in known:
        raise SpecError(
            key, f"'{value}' is not known", did_you_mean(value, list(known)) if known else "it has none"
        )


def check_like(where: str, key: str, value: object, default: object) -> None:
    """Raise a SpecError unless a parameter is of the same kind as its default."""
    if isinstance(default, bool):
        fits, kind = isinstance(value, bool), "true or false"
    elif isinstance(default, str):
        fits, kind = isinstance(value, str), "text"
    elif isinstance(default, int | float):
        fits, kind = is_number(value), "a finite number"
    elif isinstance(default, Mapping):
        fits, kind = isinstance(value, str | Mapping | list | tuple), "a text or a table"
    else:
        fits, kind = isinstance(value, list | tuple), "a list"
    if not fits:
        raise SpecError(where, f"{key} = {value!r} is not {kind}", f"its default is {default!r}")


def _text(key: str, value: Any, where: str) -> str:
    if not isinstance(value, str) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise SpecError(where, f"{key} = {value!r} is not text", f'write {key} = "..."')
    return value


def _text_or_none(key: str, value: Any, where: str) -> str | None:
    return None if value is None else _text(key, value, where)


def _number(key: str, value: Any, where: str) -> float:
    if not is_number(value):
        raise SpecError(where, f"{key} = {value!r} is not a number", f"write {key} = 1.25")
    return float(value)


def _count(key: str, value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
        raise SpecError(
            where, f"{key} = {value!r} is not a number of times", "write a whole number from 0 on"
        )
    return value


def _table(key: str, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise SpecError(where, f"{key} = {value!r} is not a table", f"write {key} = {{ name = value }}")
    return dict(value)


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _strides(key: str, value: Any, where: str) -> tuple[float, ...]:
    if not all(is_number(stride) and 0 < stride < 1e6 for stride in _many(value)):
        raise SpecError(where, f"{key} = {value!r} are not strides", "give positive numbers")
    return tuple(map(float, _many(value)))


FIELDS: Mapping[str, Field] = {
    "description": Field(_text),
    "sample": Field(_text),
    "input_size": Field(lambda key, value, _: None if value is None else parse_size(value, key), show_size),
    "fit": Field(_text_or_none),
    "padding": Field(_number),
    "box": Field(_text_or_none),
    "sizes": Field(
        lambda _key, value, _: tuple(parse_size(size, "size") for size in _many(value)),
        lambda sizes: [show_size(size) for size in sizes],
    ),
    "strides": Field(_strides, list),
    "sigma": Field(
        lambda _key, value, _: tuple(map(parse_sigma, _many(value))),
        lambda sigmas: [sigma.value if sigma.unit == "cell" else str(sigma) for sigma in sigmas],
    ),
    "codec": Field(lambda key, value, where: codec_name(_text(key, value, where))),
    "params": Field(_table, dict),
    "align": Field(_text_or_none),
    "hidden": Field(_text),
    "outside": Field(_text),
    "normalize": Field(_text),
    "normalize_params": Field(_table, dict),
    "dtype": Field(_text),
    "compress": Field(_text),
    "store": Field(_text, left_out="maps"),
    "with_images": Field(_text_or_none),
    "images_as": Field(_text, left_out="crop"),
    "augment": Field(_count, left_out=0),
    "augment_preset": Field(_text, left_out="cpm-mpii"),
    "augment_seed": Field(_count, left_out=0),
}
"""Name of a field of Spec -> how it is read and written."""
