"""Run the command line in this process, as a shell would see it; the sample annotations, or some of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from kp2heat.cli import main

SAMPLE = Path(__file__).parents[2] / "sample_data"


@dataclass(frozen=True)
class Ran:
    """Exit code, and what was printed."""

    code: int
    out: str
    err: str


def of_images(path: Path, count: int) -> Path:
    """The people of the first pictures: as good as all where each is drawn and decoded like the others."""
    content = json.loads((SAMPLE / "annotations.json").read_text())
    content["images"] = content["images"][:count]
    images = {image["id"] for image in content["images"]}
    content["annotations"] = [row for row in content["annotations"] if row["image_id"] in images]
    path.write_text(json.dumps(content))
    return path


def run(capfd: pytest.CaptureFixture[str], *words: object) -> Ran:
    """``kp2heat WORDS``."""
    capfd.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    out, err = capfd.readouterr()
    return Ran(int(stopped.value.code or 0), out, err)
