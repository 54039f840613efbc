"""Annotations made up for the purpose, and the sums of an output folder."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.cli import main

ROOT = Path(__file__).parents[2]
SMALL = ("--fit", "stretch", "--input-size", "48x64", "--stride", "4", "--shard-rows", "64", "-q")
"""Encode options that make many small shards quickly."""


def coco(path: Path, people: int, *, joints: int = 5, seed: int = 0) -> Path:
    """A COCO file with one fully labelled person an image, at random places."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 47, (people, joints, 2)).round(2)
    rows = np.concatenate([places, np.full((people, joints, 1), 2)], axis=2).reshape(people, -1).tolist()
    content = {
        "images": [{"id": i, "file_name": f"{i}.jpg", "width": 48, "height": 64} for i in range(people)],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 1, "bbox": [0, 0, 48, 64], "keypoints": row}
            for i, row in enumerate(rows)
        ],
        "categories": [{"id": 1, "name": "mouse", "keypoints": [f"joint_{k}" for k in range(joints)]}],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return path


ALWAYS = """
from kp2heat import cli, engines
engines.START_SECONDS, engines.cores = -1, lambda: 2
cli.main()
"""
"""The command, with workers however small the job is."""


def command(*words: object) -> list[str]:
    """``kp2heat WORDS`` as a process's arguments; ``--workers`` is obeyed even where it does not pay."""
    start = ["-c", ALWAYS] if "--workers" in words else ["-m", "kp2heat"]
    return [sys.executable, *start, *map(str, words)]


def kp2heat(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run ``kp2heat WORDS`` to its end: in this process, unless it is to have workers or another environment."""
    if options or "--workers" in words:
        return subprocess.run(
            command(*words), cwd=ROOT, capture_output=True, text=True, check=False, **options
        )
    given, out, err = [*map(str, words)], StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(given)
    return subprocess.CompletedProcess(given, int(ended.value.code or 0), out.getvalue(), err.getvalue())


def sums(folder: Path) -> dict[str, str]:
    """sha256 of every file, by name."""
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}
