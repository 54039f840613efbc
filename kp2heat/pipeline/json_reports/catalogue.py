"""Cards of codecs, decoders and presets."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class ParameterJson(TypedDict):
    """A parameter: its default, and what it means."""

    default: Any
    meaning: str


class CodecJson(TypedDict):
    """What ``codecs NAME --json`` prints; without a NAME it is a table of names and sources."""

    name: str
    follows: str
    convention: str
    alignment: str
    literal_alignment: str
    planes: list[str]
    parameters: dict[str, ParameterJson]
    decoder: str
    aliases: list[str]
    presets: list[str]
    examples: list[str]


class DecoderJson(TypedDict):
    """What ``decoders NAME --json`` prints; without a NAME it is a table of names and sources."""

    name: str
    follows: str
    method: str
    reads: list[str]
    parameters: dict[str, ParameterJson]
    auto_for: list[str]
    examples: list[str]


class SettingsJson(TypedDict):
    """What ``presets NAME --json`` prints, with the keys of a Spec; without a NAME names and descriptions."""

    description: NotRequired[str]
    sample: str
    input_size: NotRequired[str]
    fit: NotRequired[str]
    padding: float
    box: NotRequired[str]
    sizes: NotRequired[list[str]]
    strides: NotRequired[list[float]]
    sigma: NotRequired[list[float | str]]
    codec: str
    params: NotRequired[dict[str, Any]]
    align: NotRequired[str]
    hidden: str
    outside: str
    normalize: str
    normalize_params: NotRequired[dict[str, float]]
    dtype: str
    compress: str
