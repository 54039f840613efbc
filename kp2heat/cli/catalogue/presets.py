"""``kp2heat presets``."""

from __future__ import annotations

from typing import Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.output.cards import print_list_or_card
from kp2heat.cli.output.console import show


@click.command("presets")
@click.argument("text", metavar="[NAME|TEXT]", nargs=-1, shell_complete=names_of("preset"))
@json_option("The list, or the settings,")
def command(text: tuple[str, ...], as_json: bool) -> None:
    """List the presets, or those that match TEXT, or print the TOML file of the one called NAME.

    \b
    kp2heat presets
    kp2heat presets hrnet
    kp2heat presets coco-udp-256x192 > mine.toml
    """
    from kp2heat.pipeline.catalogue import preset_lines
    from kp2heat.spec.presets import load_preset, preset_path

    def show_file(name: str, _settings: dict[str, Any]) -> None:
        show(preset_path(name).read_text(encoding="utf-8"), newline=False)

    print_list_or_card(text, lambda name: load_preset(name).to_fields(), preset_lines, as_json, show_file)
