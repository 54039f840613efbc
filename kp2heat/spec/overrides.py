"""What goes with a setting that is replaced: sigma with the map sizes, parameters with what they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kp2heat.codecs.names import codec_name

if TYPE_CHECKING:
    from kp2heat.spec.record import Spec


def replaced(spec: Spec, given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields that these replacements change, and a sentence for each setting that is reset."""
    new = dict(given)
    if "codec" in new:
        new["codec"] = codec_name(new["codec"])
    resets = _reset_sigma(spec, new)
    for key, table in (("codec", "params"), ("normalize", "normalize_params")):
        resets += _reset_parameters(spec, new, key, table)
    if new.get("codec", spec.codec) != spec.codec:
        new.setdefault("description", "")
    return new, tuple(resets)


def _reset_sigma(spec: Spec, new: dict[str, Any]) -> list[str]:
    """Reset the sizes that are not given and the sigma, where new map sizes are; return the sentences."""
    if "sizes" not in new and "strides" not in new:
        return []
    for key in ("sizes", "strides"):
        new.setdefault(key, ())
    if "sigma" in new:
        return []
    new["sigma"] = ()
    shown = ",".join(map(str, spec.sigma))
    return [f"sigma {shown} is reset to the default of the new map sizes"] if spec.sigma else []


def _reset_parameters(spec: Spec, new: dict[str, Any], key: str, table: str) -> list[str]:
    """Drop the parameters of what is replaced, or add to those of what stays; return the sentences."""
    values = getattr(spec, table)
    if new.get(key, getattr(spec, key)) == getattr(spec, key):
        if isinstance(new.get(table), Mapping):
            new[table] = {**values, **new[table]}
        return []
    if table in new:
        return []
    new[table] = {}
    shown = ", ".join(f"{name}={value}" for name, value in values.items())
    return [f"{shown} of {key} {getattr(spec, key)} is dropped"] if values else []
