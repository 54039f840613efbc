"""What importing the library costs, and what it does without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.shared import ROOT


def python(*words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """A fresh interpreter, with ``path`` before everything else it may import."""
    paths = os.pathsep.join(filter(None, [path, str(ROOT)]))
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env=environment, check=False, cwd=ROOT
    )


HEAVY = ["click", "tqdm", "h5py", "cv2", "PIL", "numpy"]
LOADED = f"import json, sys; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"


def test_importing_kp2heat_imports_nothing_heavy() -> None:
    assert json.loads(python("-c", f"import kp2heat; {LOADED}").stdout) == []


def test_encoding_and_decoding_arrays_needs_numpy_only() -> None:
    there_and_back = (
        "import kp2heat; p = kp2heat.encode([[[9, 9]]], input_size=(32, 32), size=(16, 16));"
        "kp2heat.decode(p, input_size=(32, 32));"
    )
    assert json.loads(python("-c", there_and_back + LOADED).stdout) == ["numpy"]


def test_encode_and_decode_work_where_opencv_does_not(tmp_path: Path) -> None:
    """A bare server: opencv-python is there, and the libraries it was built on are not."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')\n")
    shards = str(tmp_path / "shards")
    preset = ("--preset", "people-28-14-7")
    hidden = python("-c", "import cv2", path=str(broken))
    assert "libGL" in hidden.stderr
    encoded = python(
        "-m", "kp2heat", "encode", "sample_data/annotations.json", shards, *preset, path=str(broken)
    )
    assert encoded.returncode == 0, encoded.stderr
    decoded = python("-m", "kp2heat", "decode", shards, "--json", path=str(broken))
    assert decoded.returncode == 0, decoded.stderr
    report = json.loads(decoded.stdout)
    assert report["samples"] == 50
    assert report["levels"]["28x28"]["states"]["missed"] == 0


EXTRAS = [
    "dask",
    "distributed",
    "faster_coco_eval",
    "fsspec",
    "jinja2",
    "matplotlib",
    "numba",
    "s3fs",
    "scipy",
    "torch",
    "zarr",
]
BLOCKED = f"""
import json, sys
from kp2heat.cli import main
sys.modules |= dict.fromkeys({EXTRAS})
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as ended:
        if ended.code:
            sys.exit(f"{{words}}: {{ended.code}}")
"""
"""Runs commands, one after the other, until one fails."""


def test_commands_work_without_the_extras(tmp_path: Path) -> None:
    """A plain installation has none of them; the tests' environment has them all."""
    annotations, shards = "sample_data/annotations.json", str(tmp_path / "shards")
    commands = (
        ("encode", annotations, shards, "--preset", "people-28-14-7"),
        ("decode", shards, "--method", "dark", "-o", str(tmp_path / "results.json")),
        ("evaluate", str(tmp_path / "results.json"), "--truth", annotations),
        ("verify", shards),
        ("validate", annotations),
        ("inspect", shards),
        ("preview", shards, "-n", "2", "-o", str(tmp_path / "preview.png")),
        ("budget", annotations, "--input-size", "224x224"),
        ("stats", annotations),
        ("codecs",),
        ("decoders",),
    )
    ran = python("-c", BLOCKED, json.dumps(commands))
    assert ran.returncode == 0, ran.stderr


def test_what_an_extra_is_for_names_its_install_line(tmp_path: Path) -> None:
    words = ("stats", "sample_data/annotations.json", "-o", str(tmp_path / "stats.png"))
    charts = python("-c", BLOCKED, json.dumps([words]))
    assert charts.returncode == 1
    assert "pip install 'kp2heat[plots]'" in charts.stderr
    assert "Traceback" not in charts.stderr
