"""``kp2heat presets``."""

from __future__ import annotations

import click

from kp2heat.cli.console import print_json


@click.command("presets")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(name: str | None, as_json: bool) -> None:
    """The settings that come with kp2heat: all of them, one line each, or the TOML of one.

    \b
    kp2heat presets
    kp2heat presets coco-udp-256x192 > mine.toml
    """
    from kp2heat.spec.presets import load_preset, preset_names, presets_folder

    if name is not None:
        spec = load_preset(name)
        if as_json:
            print_json(spec.to_fields())
        else:
            click.echo((presets_folder() / f"{name}.toml").read_text(encoding="utf-8"), nl=False)
        return
    lines = {each: load_preset(each).description for each in preset_names()}
    if as_json:
        print_json(lines)
        return
    width = max(map(len, lines), default=0)
    for each, line in lines.items():
        click.echo(f"{each.ljust(width)}  {line}")
