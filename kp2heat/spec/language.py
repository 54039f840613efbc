"""The one language of command line, settings file and keyword: option names and short forms -> fields of a Spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kp2heat.errors import SpecError, did_you_mean
from kp2heat.spec.fields import FIELDS

OPTIONS: Mapping[str, str] = {"size": "sizes", "stride": "strides", "param": "params"}
"""Name of an option -> the field that it fills, where the two differ."""

PARAMS = ("literal", "groups")
"""Parameters of a codec that are options of their own."""

LISTS = ("sizes", "strides", "sigma")
"""Fields that may be written as one text with commas."""


def parse_pairs(pairs: Iterable[str], where: str) -> dict[str, Any]:
    """Return numbers, booleans or text by name from words like ``name=value``; SpecError where one has no ``=``.

    >>> parse_pairs(("sigma=2", "literal=true"), "--param")
    {'sigma': 2, 'literal': True}
    """
    values = {}
    for pair in pairs:
        name, mark, text = pair.partition("=")
        if not mark:
            raise SpecError(where, f"'{pair}' is not a setting", "write name=value")
        values[name.strip()] = _plain(text.strip())
    return values


def _plain(text: str) -> bool | int | float | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def plain_fields(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return fields of a Spec from settings by the names of the options, in any of their forms.

    ``size``, ``stride`` and ``param`` are names of ``sizes``, ``strides`` and ``params``; ``input-size`` is one of
    ``input_size``; ``literal`` and ``groups`` are parameters of the codec; ``normalize`` may hold its parameters, as in
    ``"softmax,beta=5"`` or ``{name = "softmax", beta = 5}``; a list may be a text with commas. SpecError where a name
    is unknown or a field is given twice.

    >>> plain_fields({"size": "28x28,14x14", "normalize": "softmax,beta=5"}, "mine.toml")
    {'sizes': ['28x28', '14x14'], 'normalize': 'softmax', 'normalize_params': {'beta': 5}}
    """
    fields: dict[str, Any] = {}
    for written, value in given.items():
        key = written.replace("-", "_")
        key = OPTIONS.get(key, key)
        if key not in FIELDS and key not in PARAMS:
            raise SpecError(where, f"unknown setting '{written}'", did_you_mean(written, [*FIELDS, *OPTIONS]))
        if key in fields:
            raise SpecError(where, f"'{written}' is given twice, under two names", "leave one out")
        fields[key] = _list(value) if key in LISTS else value
    if "normalize" in fields:
        fields |= _normalize(fields["normalize"], where)
    params = {key: fields.pop(key) for key in PARAMS if key in fields}
    return {**fields, "params": {**fields.get("params", {}), **params}} if params else fields


def _list(value: Any) -> Any:
    """Return the parts of a text with commas, numbers as numbers; anything else as it is."""
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, list):
        return [_plain(part.strip()) if isinstance(part, str) else part for part in value]
    return value


def _normalize(value: Any, where: str) -> dict[str, Any]:
    """Return the two fields of a normalisation that may be written as one."""
    if isinstance(value, Mapping):
        params = dict(value)
        return {"normalize": params.pop("name", ""), "normalize_params": params}
    if not isinstance(value, str) or "," not in value:
        return {"normalize": value}
    name, *pairs = value.split(",")
    return {"normalize": name, "normalize_params": parse_pairs(pairs, where)}


def written_settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain fields of a Spec under the names of the options, as a settings file holds them."""
    names = {field: option for option, field in OPTIONS.items()}
    written = {names.get(key, key): value for key, value in fields.items()}
    params = written.pop("normalize_params", {})
    if params:
        written["normalize"] = {"name": written["normalize"], **params}
    return written
