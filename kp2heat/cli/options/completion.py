"""Shell completion of names: presets, codecs, methods, formats, metrics, skeletons."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import click

TABLES = {
    "preset": "kp2heat.spec.presets:preset_names",
    "codec": "kp2heat.codecs:CODECS",
    "method": "kp2heat.decoders:DECODERS",
    "format": "kp2heat.formats:FORMATS",
    "metric": "kp2heat.metrics:METRICS",
    "skeleton": "kp2heat.skeleton.named:SKELETONS",
    "align": "kp2heat.frame:ALIGNMENTS",
}
"""Kind of name -> the table, or the function, that has them."""


def names_of(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return the completion of an option whose value is a name of that kind, or several with commas.

    >>> names_of("codec")(None, None, "gaussian,dar")
    ['gaussian,dark', 'gaussian,darkpose']
    """

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        module, _, attribute = TABLES[kind].partition(":")
        table = getattr(import_module(module), attribute)
        before, comma, last = incomplete.rpartition(",")
        return [
            before + comma + name for name in (table() if callable(table) else table) if name.startswith(last)
        ]

    return complete
