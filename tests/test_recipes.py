"""README's four recipes, run as they are printed, in a folder that holds what a newcomer has."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kp2heat
from tests.shared import ROOT

SAMPLE = ROOT / "sample_data"
SECTION = (
    (ROOT / "README.md").read_text(encoding="utf-8").partition("## Four recipes\n")[2].partition("\n## ")[0]
)
RECIPES = {
    title: re.findall(r"```(sh|python)\n(.*?)```", text, re.S)
    for title, text in re.findall(r"### (.*?)\n(.*?)(?=\n### |\Z)", SECTION, re.S)
}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the recipes are written for a POSIX shell")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Annotations, their images, a table of a face's landmarks, and the maps of a network."""
    folder = tmp_path_factory.mktemp("recipes")
    shutil.copy(SAMPLE / "annotations.json", folder / "person_keypoints.json")
    shutil.copytree(SAMPLE / "images", folder / "images")
    random = np.random.default_rng(0)
    with (folder / "face.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", *(f"{axis}{k}" for k in range(1, 21) for axis in "xy")])
        names = sorted(path.name for path in (folder / "images").iterdir())
        rows.writerows([name, *random.uniform(20, 220, 40).round(1)] for name in names)
    program = folder / "bin" / "kp2heat"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kp2heat "$@"\n')
    program.chmod(0o755)
    return folder


def follow(folder: Path, title: str) -> str:
    """Run a recipe's blocks; return what they print."""
    printed = ""
    for language, text in RECIPES[title]:
        words = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else [sys.executable, "-c", text]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        ran = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{text}\n{ran.stderr}"
        printed += ran.stdout
    return printed


def test_there_are_four_of_at_most_ten_lines() -> None:
    assert len(RECIPES) == 4
    for title, blocks in RECIPES.items():
        lines = [line for _, text in blocks for line in text.splitlines() if line.strip()]
        assert 1 <= len(lines) <= 10, title


def test_labels_for_hrnet_with_crops_in_a_loop(folder: Path) -> None:
    pytest.importorskip("cv2")
    printed = follow(folder, "COCO to HRNet labels, with crops in a loop")
    assert "labels: 50 samples, 50 people, 48x64 hrnet f16" in printed
    assert "unlabelled  sum" in printed
    verified = kp2heat.open(folder / "labels")
    assert verified.levels["48x64"].codec == "hrnet"


def test_a_face_in_groups(folder: Path) -> None:
    printed = follow(folder, "A face in groups of landmarks, at 28x28, 14x14 and 7x7")
    levels = kp2heat.open(folder / "face").levels
    assert {name: level.channels for name, level in levels.items()} == dict.fromkeys(
        ("28x28", "14x14", "7x7"), ("eyes", "mouth")
    )
    assert levels["7x7"].normalize == "softmax"
    assert "joints: 480 labelled, 120 drawn" in printed
    assert "pck, share" in printed


def test_predictions_by_dark(folder: Path) -> None:
    """A network's maps are the labels' own here, with noise of 2 % of the peak: every joint lies within its box."""
    pytest.importorskip("faster_coco_eval")
    rows = kp2heat.read(folder / "person_keypoints.json")
    if not (folder / "labels").exists():
        kp2heat.encode_dataset(rows, folder / "labels", kp2heat.Spec.from_preset("coco-hrnet-w32-256x192"))
    maps = np.stack([sample["48x64"]["heatmaps"] for sample in kp2heat.open(folder / "labels")])
    noise = np.random.default_rng(1).normal(0, 0.02, maps.shape)
    np.save(folder / "out.npy", (maps + noise).astype(np.float32))
    printed = follow(folder, "Predictions to keypoints by DARK, with PCK and AP")
    assert printed.count("keypoints  ") == 2, "AP of decode and of evaluate"
    assert printed.count("pck, share") == 2
    assert len(json.loads((folder / "results.json").read_text())) == 50


def test_a_pipeline_with_an_edited_preset(folder: Path) -> None:
    printed = follow(folder, "A pipeline with an edited preset")
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["spec"]["sigma"] == [3.0]
    assert json.loads((folder / "findings.json").read_text())["findings"] is not None
    assert "reused 1 existing shard" in printed
    assert "redrawn samples agree" in printed
