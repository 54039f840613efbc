"""The parts that come with kp2heat, as plain values: codecs, decoders and presets, found by name or by words."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from kp2heat.codecs import CODECS
from kp2heat.codecs.names import ALIASES, find_codec
from kp2heat.codecs.parameters import MEANING
from kp2heat.contracts import Codec
from kp2heat.decoders import DECODERS, decoder
from kp2heat.decoders.parameters import meaning
from kp2heat.spec.presets import load_preset, preset_names


def codec_lines(text: str = "") -> dict[str, str]:
    """Return name -> source of the codecs in whose name, source or convention all words of the text occur."""
    return matching(text, {name: (codec.source, codec.convention) for name, codec in CODECS.items()})


def decoder_lines(text: str = "") -> dict[str, str]:
    """Return name -> source of the decoders in whose name, source or description all words occur."""
    return matching(text, {name: (one.source, summary(one.decode)) for name, one in DECODERS.items()})


def preset_lines(text: str = "") -> dict[str, str]:
    """Return name -> description of the presets in whose name, description, codec or its source all words occur."""
    specs = {name: load_preset(name) for name in preset_names()}
    return matching(
        text, {name: (spec.description, spec.codec, spec.record.source) for name, spec in specs.items()}
    )


def matching(text: str, rows: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return name -> first text of the rows in whose name or texts all words of a text occur, ignoring case.

    >>> matching("hrnet", {"msra": ("HRNet", "rounded"), "dark": ("DARK", "exact")})
    {'msra': 'HRNet'}
    """
    words = text.lower().replace("_", "-").split()
    return {
        name: row[0]
        for name, row in rows.items()
        if all(word in " ".join((name, *row)).lower() for word in words)
    }


def codec_card(name: str) -> dict[str, Any]:
    """Return all that a user may want to know of a codec; SpecError for an unknown name."""
    codec = find_codec(name)
    presets = [name for name in preset_names() if load_preset(name).codec == codec.name]
    return {
        "name": codec.name,
        "follows": codec.source,
        "convention": codec.convention,
        "alignment": codec.align,
        "literal_alignment": codec.literal_align if codec.literal_align != codec.align else "",
        "planes": list(codec.planes),
        "parameters": {
            key: {"default": value, "meaning": MEANING[key]} for key, value in codec.params.items()
        },
        "decoder": codec.decoder,
        "aliases": [alias for alias, target in ALIASES.items() if target == codec.name],
        "presets": presets,
        "examples": codec_examples(codec, presets),
    }


def codec_examples(codec: Codec, presets: Iterable[str]) -> list[str]:
    """Return a command line and a call of the library that use the codec."""
    first = next(iter(presets), None)
    if first is None:
        settings = f"--codec {codec.name} --input-size 192x256 --stride 4"
        sizes = "input_size=(192, 256), size=(48, 64)"
    else:
        spec = load_preset(first)
        settings = f"--preset {first}"
        width, height = spec.input_size or (192, 256)
        size = spec.levels((width, height))[0].size
        sizes = f"input_size=({width}, {height}), size=({size[0]}, {size[1]})"
    return [
        f"kp2heat encode annotations.json labels {settings}",
        f'kp2heat.encode(xy, codec="{codec.name}", {sizes})',
    ]


def decoder_card(name: str) -> dict[str, Any]:
    """Return all that a user may want to know of a decoder; SpecError for an unknown name."""
    record = decoder(name)
    return {
        "name": record.name,
        "follows": record.source,
        "method": summary(record.decode),
        "reads": list(record.needs),
        "parameters": {
            key: {"default": value, "meaning": meaning(record.name, key)}
            for key, value in record.params.items()
        },
        "auto_for": [codec.name for codec in CODECS.values() if codec.decoder == record.name],
        "examples": decoder_examples(record.name),
    }


def decoder_examples(method: str) -> list[str]:
    """Return a command line and a call of the library that use the decoder of this name."""
    fitting = [codec.name for codec in CODECS.values() if codec.decoder == method]
    general = decoder(method).needs == ("heatmaps",) and method not in CODECS
    codec = fitting[0] if fitting and not general else "gaussian"
    return [
        f"kp2heat decode labels --method {method}",
        f'kp2heat.decode(planes, method="{method}", codec="{codec}", input_size=(192, 256))',
    ]


def summary(function: Any) -> str:
    """Return the first line of a function's docstring, without marks of code."""
    while isinstance(function, partial):
        function = function.func
    return (inspect.getdoc(function) or "").partition("\n")[0].replace("``", "")
