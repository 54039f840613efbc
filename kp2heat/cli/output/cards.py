"""Printing of catalogue entries: a list of names, or the card of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kp2heat.cli.output.console import print_json, show
from kp2heat.errors import Kp2heatError


def print_list_or_card(
    words: Sequence[str],
    card: Callable[[str], dict[str, Any]],
    lines: Callable[[str], dict[str, str]],
    as_json: bool,
    show_card: Callable[[str, dict[str, Any]], None] = lambda _name, card: show(card_text(card)),
) -> None:
    """Print the card of the part that has this name, else a line for each part that matches the words.

    The error of ``card`` goes to the user where nothing matches.
    """
    text = " ".join(words)
    unknown: Kp2heatError | None = None
    if text:
        try:
            shown = card(text)
        except Kp2heatError as error:
            unknown = error
        else:
            if as_json:
                print_json(shown)
            else:
                show_card(text, shown)
            return
    rows = lines(text)
    if not rows and unknown is not None:
        raise unknown
    if as_json:
        print_json(rows)
        return
    width = max(map(len, rows), default=0)
    for name, line in rows.items():
        show(f"{name.ljust(width)}  {line}")


def card_text(card: Mapping[str, Any]) -> str:
    """Return a card as text: a key and its value per line; empty values are left out."""
    name, *rest = card.items()
    width = max(len(key) for key, _ in rest) + 2
    lines = [str(name[1])]
    for key, value in rest:
        values = _values(value)
        if values:
            title = key.replace("_", " ")
            lines += [f"  {title if i == 0 else '':{width}}{line}" for i, line in enumerate(values)]
    return "\n".join(lines)


def _values(value: Any) -> Sequence[str]:
    if isinstance(value, Mapping):
        return _parameters(value)
    if isinstance(value, list):
        return value if any(" " in word for word in value) else [", ".join(value)] * bool(value)
    return [value] if value else []


def _parameters(params: Mapping[str, Mapping[str, Any]]) -> list[str]:
    shown = {key: f"{key}={_default(of['default'])}" for key, of in params.items()}
    width = max(map(len, shown.values()), default=0)
    return [f"{shown[key].ljust(width)}  {of.get('meaning', '')}".rstrip() for key, of in params.items()]


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value in ({}, (), [], None) else str(value)
