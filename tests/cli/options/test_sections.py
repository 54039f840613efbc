"""Help lists options by section, and encode names its reading options in brief."""

from __future__ import annotations

import pytest

from kp2heat.cli import COMMANDS, WIDTH, group
from tests.cli.run import run


def test_options_are_listed_by_section(capfd: pytest.CaptureFixture[str]) -> None:
    text = run(capfd, "encode", "--help").out
    maps = text[text.index("\nMaps:") : text.index("\nCodec:")]
    assert "--sigma" in maps
    assert "--codec" not in maps
    assert "--workers" in text[text.index("\nRunning:") :]


def test_reading_options_are_described_by_validate_alone(capfd: pytest.CaptureFixture[str]) -> None:
    brief = run(capfd, "encode", "--help").out
    assert "--origin, --visibility" in brief
    assert "first pixel" not in brief
    assert "first pixel" in run(capfd, "validate", "--help").out


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_fits_a_screen(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setitem(group.context_settings, "terminal_width", WIDTH)  # not that of this terminal
    lines = run(capfd, command, "--help").out.splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 110
