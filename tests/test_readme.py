"""README's commands exist, parse, and cover every command there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from kp2heat.cli import COMMANDS, group

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.S)


def command_lines() -> list[str]:
    """Every ``kp2heat ...`` of the shell blocks, without its comment."""
    parts = [part.strip() for block in BLOCKS for line in block.splitlines() for part in line.split("&&")]
    parts = [part.removeprefix(".venv/bin/") for part in parts]
    return [part for part in parts if part.startswith("kp2heat ")]


@pytest.mark.parametrize("line", command_lines())
def test_the_line_parses(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    if words[0].startswith("-"):
        return
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, words[0]
    command.make_context(words[0], list(words[1:]), resilient_parsing=False)


def test_every_command_is_shown() -> None:
    shown = {line.split()[1] for line in command_lines()}
    assert set(COMMANDS) <= shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_long_option_of_the_tables_exists(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.help, "a command explains itself"
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None), parameter.name


def test_options_named_in_readme_exist() -> None:
    known = {
        flag
        for name in COMMANDS
        for p in (group.get_command(click.Context(group), name) or group).params
        for flag in p.opts
    }
    named = set(re.findall(r"`(--[a-z][a-z-]+)", README))
    assert named <= known | {"--help", "--check"}, named - known


def test_setup_comes_first_and_twice() -> None:
    assert len(BLOCKS) >= 2
    assert "encode" in BLOCKS[0]
    assert "decode" in BLOCKS[0]
    assert "pytest" in BLOCKS[1]
    assert README.index(BLOCKS[1]) < 1500, "both on the first screen"
