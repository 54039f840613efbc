"""Every command where something of the machine is missing: done, or one sentence and exit code 1.

All of them: ``pytest -m slow tests/robust/test_circumstances.py``.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kp2heat.cli import COMMANDS
from tests.robust.sets import coco, command, kp2heat

WORDS: dict[str, str] = {
    "encode": "encode {}/a.json {}/new --preset people-28-14-7 --check",
    "decode": "decode {}/labels -o {}/new.json",
    "evaluate": "evaluate {}/results.json --truth {}/a.json",
    "validate": "validate {}/a.json",
    "convert": "convert {}/a.json {}/new.csv",
    "preview": "preview {}/labels -n 2 -o {}/new.png",
    "budget": "budget {}/a.json --input-size 48x64 --stride 4 --noise 0.02",
    "stats": "stats {}/a.json",
    "report": "report {}/labels -o {}/new.html",
    "inspect": "inspect {}/labels",
    "verify": "verify {}/labels",
    "merge": "merge {}/labels",
    "export": "export {}/labels --to coco -o {}/new.json",
    "sigmas": "sigmas {}/a.json {}/a.json",
    "check-transform": "check-transform {}/transform.py:same --pictures 1",
    "presets": "presets --json",
    "codecs": "codecs gaussian",
    "decoders": "decoders",
    "bench": "bench --rounds 1 --people 256 --only decode",
}
"""A way to use each command."""
CIRCUMSTANCES: dict[str, str] = {
    "stderr closed": 'exec "$@" 2>&-',
    "stderr full": 'exec "$@" 2>/dev/full',
    "stdout closed": 'exec "$@" >&-',
    "stdout full": 'exec "$@" >/dev/full',
    "all closed": 'exec "$@" <&- >&- 2>&-',
    "16 files": 'ulimit -n 16; exec "$@"',
    "10 files": 'ulimit -n 10; exec "$@"',
    "1 GB": 'ulimit -v 1000000; exec "$@"',
    "300 MB": 'ulimit -v 300000; exec "$@"',
    "150 MB": 'ulimit -v 150000; exec "$@"',
    "no home": 'HOME=/nonexistent exec "$@"',
    "read-only folder": 'cd /proc && exec "$@"',
    "deleted folder": 'mkdir -p "$0/gone" && cd "$0/gone" && rmdir "$0/gone" && exec "$@"',
}
"""Shell commands: "$@" is the command, "$0" a folder."""
INTO_FILES = ("convert", "preview", "report", "export")
"""Commands that are used here to write a file: they need no stdout."""
SENTENCES = ("kp2heat: ", "OpenBLAS error: Memory allocation")
"""OpenBLAS, which NumPy loads, ends a process by itself where it has too little memory."""
QUICK = {
    ("encode", "all closed"),
    ("verify", "16 files"),
    ("presets", "stdout full"),
    ("decode", "deleted folder"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_place(tmp_path_factory.mktemp("place"))


def make_place(folder: Path) -> Path:
    """Put the files that ``WORDS`` speak of into a folder."""
    rows = coco(folder / "a.json", 20)
    (folder / "transform.py").write_text("def same(image, keypoints):\n    return image, keypoints\n")
    labels = folder / "labels"
    assert kp2heat("encode", rows, labels, "--preset", "people-28-14-7").returncode == 0
    assert kp2heat("decode", labels, "-o", folder / "results.json", "-q").returncode == 0
    return folder


def clear(place: Path) -> None:
    """Remove what a command of ``WORDS`` wrote."""
    for old in place.glob("new*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def test_every_command_is_tried() -> None:
    assert set(WORDS) == set(COMMANDS)


@pytest.mark.parametrize(
    ("name", "circumstance"),
    [
        pytest.param(name, circumstance, marks=[] if (name, circumstance) in QUICK else [pytest.mark.slow])
        for circumstance in CIRCUMSTANCES
        for name in WORDS
    ],
)
def test_done_or_one_sentence(place: Path, name: str, circumstance: str) -> None:
    clear(place)
    words = WORDS[name].replace("{}", str(place)).split()
    ran = subprocess.run(
        ["sh", "-c", CIRCUMSTANCES[circumstance], place, *command(*words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert "Traceback" not in ran.stderr + ran.stdout
    assert ran.returncode in (0, 1), ran.stderr
    stdout_lost = circumstance in ("stdout closed", "stdout full", "all closed")
    if stdout_lost and name not in INTO_FILES:
        assert ran.returncode == 1
    elif circumstance not in ("10 files", "300 MB", "150 MB") and (name, circumstance) != ("bench", "1 GB"):
        assert ran.returncode == 0, ran.stderr
    if ran.returncode == 1 and circumstance != "all closed":
        assert [line for line in ran.stderr.splitlines() if line.startswith(SENTENCES)], ran.stderr
        most = 6 if name == "bench" else 4  # bench says what it measures, a line for each case
        assert len(ran.stderr.splitlines()) <= most, ran.stderr
