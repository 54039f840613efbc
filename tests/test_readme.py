"""Commands and options in README and the reference pages exist, and README shows every command."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from kp2heat.cli import COMMANDS, group

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [page for folder in ("kp2heat", "configs", "tests") for page in sorted((ROOT / folder).rglob("*.md"))]
TEXTS = [README, *(page.read_text(encoding="utf-8") for page in PAGES)]
BLOCKS = [block for text in TEXTS for block in re.findall(r"```sh\n(.*?)```", text, re.S)]


def command_lines() -> list[str]:
    """Every ``kp2heat ...`` of the shell blocks, without its comment."""
    parts = [part.strip() for block in BLOCKS for line in block.splitlines() for part in line.split("&&")]
    parts = [re.sub(r"^(\.venv/bin/|cat \S+ \| )|\s*>\s*\S+$", "", part.split(" #")[0]) for part in parts]
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
    shown = set(re.findall(r"^\W*kp2heat ([a-z-]+)", README, re.M)) | set(
        re.findall(r"`kp2heat ([a-z-]+)", README)
    )
    assert set(COMMANDS) <= shown, set(COMMANDS) - shown


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
    named = {option for text in TEXTS for option in re.findall(r"`(--[a-z][a-z-]+)", text)}
    assert named <= known | {"--help", "--check"}, named - known


def test_readme_is_short_and_its_links_lead_somewhere() -> None:
    lines = README.splitlines()
    assert len(lines) < 250
    assert [line for line in lines if len(line) > 110 and not line.startswith("python3 -m venv")] == []
    for page, text in zip([ROOT / "README.md", *PAGES], TEXTS, strict=True):
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
            assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}"


def test_setup_comes_first_and_twice() -> None:
    assert len(BLOCKS) >= 2
    assert "encode" in BLOCKS[0]
    assert "decode" in BLOCKS[0]
    assert "pytest" in BLOCKS[1]
    assert README.index(BLOCKS[1]) < 1500, "both on the first screen"


def test_the_tests_that_pages_name_exist() -> None:
    for page in (ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md")):
        for path in re.findall(r"\btests/[\w/]+\.py\b", page.read_text()):
            assert (ROOT / path).is_file(), f"{page.relative_to(ROOT)} names {path}"
