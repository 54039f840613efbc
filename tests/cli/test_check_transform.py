"""``kp2heat check-transform``: a report, a picture, and an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kp2heat.cli import main

CODE = """
import cv2

def resize(image, keypoints):
    return cv2.resize(image, (80, 60), interpolation=cv2.INTER_AREA), keypoints / 4

def same(image, keypoints):
    return image, keypoints
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my_augment.py"
    path.write_text(CODE)
    return path


def run(*args: str) -> int:
    try:
        main(["check-transform", *args])
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def test_a_half_pixel_fails_with_its_cause_and_a_picture(
    code: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"{code}:resize", "-o", "worst.png") == 4
    out = capsys.readouterr().out
    assert "half a pixel: corner against centre convention" in out
    assert "worst 0.5" in out
    assert Path("worst.png").stat().st_size > 1000


def test_a_module_that_is_right_passes(code: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001
    assert run("my_augment:same", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


@pytest.mark.parametrize("name", ["my_augment", "nowhere:same", "my_augment:nothing", "gone.py:same"])
def test_a_wrong_name_is_one_sentence(name: str, code: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001
    assert run(name) == 1
    assert capsys.readouterr().err.startswith(f"kp2heat: {name}: ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-o", "worst.json"), "'worst.json' is not a picture's name; end it in .png, .jpg"),
        (("-o", "none/worst.png"), "folder 'none' does not exist; create it first"),
        (("--seed", "-1"), "-1 is not in the range x>=0"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_transform_runs(
    code: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str], sentence: str
) -> None:
    code.write_text("def same(image, keypoints):\n    raise AssertionError\n")
    with pytest.raises(SystemExit) as ended:
        main(["check-transform", "my_augment.py:same", *words])
    assert ended.value.code in (1, 2)
    assert sentence in capsys.readouterr().err
