"""``kp2heat inspect``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.options.reading import reading, reading_options
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.output.console import human_bytes, print_json, show, table, waiting


@click.command("inspect", cls=SectionedCommand)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@json_option("The content")
@reading_options
def command(paths: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Show what PATH contains: a shard, an output folder, or annotations (- for stdin); several one after the other.

    \b
    kp2heat inspect labels
    kp2heat inspect train_labels val_labels
    kp2heat inspect labels/shard-00000.h5 --json
    kp2heat inspect person_keypoints.json
    """
    from kp2heat.pipeline.describe import describe

    contents = []
    for path in paths:
        with waiting(f"reading {path}"):
            contents.append(describe(path, **reading(given)))
    if as_json:
        print_json(contents[0] if len(contents) == 1 else contents)
    else:
        show("\n\n".join(text for content in contents for text in _texts(content)))


def _texts(content: dict[str, Any]) -> Iterator[str]:
    """Yield the summary, the table of planes, and the table of joints, where there are any."""
    summary = {k: v for k, v in content.items() if k not in ("what", "sources", "levels", "per_joint")}
    summary |= {f"{kind} from": _files(files) for kind, files in content.get("sources", {}).items() if files}
    yield "\n".join([content["what"], *(f"  {key}: {_short(key, value)}" for key, value in summary.items())])
    if "levels" in content:
        header = ["level", "plane", "shape", "dtype", "codec", "sigma", "alignment", "normalize"]
        yield table(
            header,
            [
                [name, plane, "x".join(map(str, p["shape"])), p["dtype"], *(level[key] for key in header[4:])]
                for name, level in content["levels"].items()
                for plane, p in level["planes"].items()
            ],
        )
    if content.get("per_joint"):
        joints = content["per_joint"]
        yield table(["joint", *next(iter(joints.values()))], [[n, *c.values()] for n, c in joints.items()])


def _files(files: list[dict[str, Any]]) -> str:
    """Return the names of files with their sizes and the beginnings of their hashes."""
    shown = [f"{of['name']} ({human_bytes(of['bytes'])}, sha256 {of['sha256'][:12]}...)" for of in files[:4]]
    return ", ".join(shown) + (f" and {len(files) - 4} more" if len(files) > 4 else "")


def _short(key: str, value: Any) -> str:
    if key.endswith("bytes"):
        return human_bytes(value)
    if isinstance(value, list):
        return ", ".join(map(str, value[:24])) + (", ..." if len(value) > 24 else "")
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
