"""Option values that several commands share, each declared once."""

from __future__ import annotations

import re
from typing import Any

import click

from kp2heat.errors import SpecError

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def byte_count(text: str) -> int:
    """``256MB``, ``1GiB`` or ``1000`` -> bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]i?)?b?", text.strip().lower())
    if not found:
        raise click.BadParameter(f"'{text}' is not a size; write 256MB")
    return int(float(found[1]) * UNITS[found[2] or ""])


def pixels(text: str) -> float:
    """``0.1px`` or ``0.1`` -> 0.1."""
    try:
        return float(text.strip().removesuffix("px"))
    except ValueError:
        raise click.BadParameter(f"'{text}' is not a number of pixels; write 0.1px") from None


def words(text: str) -> list[str]:
    """``8,16,32`` -> its parts."""
    return [word.strip() for word in text.split(",") if word.strip()]


def settings(pairs: tuple[str, ...], option: str) -> dict[str, Any]:
    """``name=value`` words -> numbers, true/false or text by name."""
    out: dict[str, Any] = {}
    for pair in pairs:
        name, mark, text = pair.partition("=")
        if not mark:
            raise SpecError(option, f"'{pair}' is not a setting", "write name=value")
        out[name.strip()] = _value(text.strip())
    return out


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
