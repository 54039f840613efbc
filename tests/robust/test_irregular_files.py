"""Pipes, devices, sockets and folders in the place of files: refused at once in a sentence, never waited for."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import SAMPLE, run
from tests.robust.sets import coco

Capture = pytest.CaptureFixture[str]
KINDS = ("pipe", "zero", "urandom", "socket", "folder")
INPUTS: dict[str, tuple[str, str]] = {
    "annotations, a member of a folder": ("folder/x.json", "validate {}/folder"),
    "manifest": ("labels/manifest.json", "inspect {}/labels"),
    "manifest of verify": ("labels/manifest.json", "verify {}/labels --no-isolate"),
    "lock": ("labels/encode.lock", "encode {}/a.json {}/labels --preset people-28-14-7 --overwrite"),
    "shard": ("labels/shard-00000.h5", "decode {}/labels"),
    "shard alone": ("x.h5", "decode {}/x.h5"),
    "predictions": ("p.npy", "decode {}/labels --predictions {}/p.npy"),
    "boxes": ("b.json", "decode --predictions {}/p.npy --boxes {}/b.json --preset people-28-14-7 --json"),
    "config": ("c.toml", "encode {}/a.json {}/new --config {}/c.toml"),
    "config of decode": ("c.toml", "decode --predictions x --boxes x --config {}/c.toml --json"),
    "skeleton": ("s.toml", "validate {}/a.json --skeleton {}/s.toml"),
    "head boxes": ("h.json", "evaluate {}/r.json --truth {}/a.json --head-boxes {}/h.json"),
    "head boxes of MATLAB": ("h.mat", "evaluate {}/r.json --truth {}/a.json --head-boxes {}/h.mat"),
    "transform": ("t.py", "check-transform {}/t.py:same"),
    "output": ("out.json", "convert {}/a.json {}/out.json --to coco"),
}
"""Input -> the file that is none, and a command that meets it."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    from kp2heat.pipeline.decoding.reporting.results_file import write_results
    from kp2heat.pipeline.decoding.run import decode_dataset
    from tests.pipeline.encoding.test_output_folder import encode, people

    encode(people(20), folder / "labels")
    coco(folder / "a.json", 20)
    write_results(decode_dataset(folder / "labels"), folder / "r.json", "peak")
    (folder / "folder").mkdir()
    return folder


@pytest.fixture(autouse=True)
def not_waiting() -> Iterator[None]:
    """Fail after 20 s."""

    def fail(*_: Any) -> None:
        raise TimeoutError("waited for a file that never ends")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def put(kind: str, path: Path) -> None:
    """Put something that is no file at a path."""
    if path.exists():
        path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        os.chdir(path.parent)  # a socket's path may have 108 bytes
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(f"/dev/{kind}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", INPUTS)
def test_refused_at_once(
    whole: Path, tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(whole, tmp_path / "x"))
    file, words = INPUTS[name]
    put(kind, folder / file)
    ran = run(capfd, *words.replace("{}", str(folder)).split())
    assert ran.code in (1, 2), ran.out
    assert ran.err.count("kp2heat: ") + ran.out.count("damaged") >= 1, ran.err
    assert "Traceback" not in ran.err
    assert (folder / file).exists(), "and it is still there"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", ["preview {} -n 1 -o {}.png", "report {} -o {}.html", "validate {}"])
def test_an_image_is_passed_over(
    whole: Path, tmp_path: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch, words: str, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    images = tmp_path / "images"
    images.mkdir()
    for number in range(20):
        put(kind, images / f"{number}.png")
    subject = whole / ("a.json" if "validate" in words else "labels")
    command = words.replace("{}", str(subject), 1).replace("{}", str(tmp_path / "new"))
    ran = run(capfd, *command.split(), "--images", images)
    assert ran.code in (0, 1, 3), ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null", "/dev/full"])
@pytest.mark.parametrize(
    "words", ["validate {}", "inspect {}", "encode {} x --preset people-28-14-7", "evaluate {} --truth {}"]
)
def test_a_device_as_annotations(tmp_path: Path, capfd: Capture, device: str, words: str) -> None:
    ran = run(capfd, *words.replace("{}", device).replace(" x ", f" {tmp_path / 'x'} ").split())
    assert ran.code == 1
    assert "is a device" in ran.err


def test_a_device_is_never_replaced(capfd: Capture) -> None:
    ran = run(capfd, "convert", SAMPLE / "annotations.json", "/dev/full", "--to", "coco", "--overwrite")
    assert ran.code == 1
    assert "/dev/full: exists and is not a file" in ran.err
