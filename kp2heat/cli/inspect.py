"""``kp2heat inspect``."""

from __future__ import annotations

from typing import Any

import click

from kp2heat.cli.console import human_bytes, print_json, table, waiting
from kp2heat.cli.reading import reading, reading_options


@click.command("inspect")
@click.argument("path")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
@reading_options
def command(path: str, as_json: bool, **given: Any) -> None:
    """Say what PATH is and holds: a shard, an output folder, or an annotation file (- for stdin).

    \b
    kp2heat inspect labels
    kp2heat inspect labels/shard-00000.h5 --json
    kp2heat inspect person_keypoints.json
    """
    from kp2heat.pipeline.describe import describe

    with waiting(f"reading {path}"):
        found = describe(path, **reading(given))
    if as_json:
        print_json(found)
        return
    click.echo(found["what"])
    for key, value in found.items():
        if key not in ("what", "levels", "per_joint"):
            click.echo(f"  {key}: {_short(key, value)}")
    if "levels" in found:
        rows = [
            [
                name,
                plane,
                "x".join(map(str, p["shape"])),
                p["dtype"],
                level["codec"],
                level["sigma"],
                level["alignment"],
                level["normalize"],
            ]
            for name, level in found["levels"].items()
            for plane, p in level["planes"].items()
        ]
        click.echo(
            "\n"
            + table(["level", "plane", "shape", "dtype", "codec", "sigma", "alignment", "normalize"], rows)
        )
    if "per_joint" in found:
        keys = list(next(iter(found["per_joint"].values()), {}))
        click.echo("\n" + table(["joint", *keys], [[n, *c.values()] for n, c in found["per_joint"].items()]))


def _short(key: str, value: Any) -> str:
    if key.endswith("bytes"):
        return human_bytes(value)
    if isinstance(value, list):
        return ", ".join(map(str, value[:24])) + (", ..." if len(value) > 24 else "")
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
