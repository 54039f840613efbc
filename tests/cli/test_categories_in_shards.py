"""The category of an annotation travels in the shard and comes back in results."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import kp2heat
from tests.cli.run import run

Capture = pytest.CaptureFixture[str]
CAT, DOG = [20, 20, 2, 40, 30, 2, 50, 60, 2], [90, 20, 2, 120, 40, 2, 130, 60, 2]
SIZES = ("--input-size", "160x80", "--size", "40x20", "--fit", "stretch")


def written(folder: Path, ids: tuple[Any, Any], name: str | None = "a.png") -> Path:
    """Write a cat and a dog, in an image each, with categories of these ids; both images have this name."""
    images = [{"id": i, "width": 160, "height": 80} | ({"file_name": name} if name else {}) for i in (5, 3)]
    people = [
        {"id": n, "image_id": image, "category_id": i, "keypoints": xy, "area": 3000, "bbox": [5, 5, 60, 60]}
        for n, (image, i, xy) in enumerate(zip((5, 3), ids, (CAT, DOG), strict=True), start=1)
    ]
    kinds = [
        {"id": i, "name": kind, "keypoints": ["p", "q", "r"]}
        for i, kind in zip(dict.fromkeys(ids), ("cat", "dog"), strict=False)
    ]
    path = folder / "truth.json"
    path.write_text(json.dumps({"images": images, "annotations": people, "categories": kinds}))
    return path


@pytest.mark.parametrize("sample", ["instance", "image"])
@pytest.mark.parametrize("ids", [(1, 2), (7, 7), ("cat", "dog")])
def test_results_have_the_categories_of_the_annotations(
    tmp_path: Path, capfd: Capture, ids: tuple[Any, Any], sample: str
) -> None:
    truth, labels = written(tmp_path, ids), tmp_path / "labels"
    assert run(capfd, "encode", truth, labels, *SIZES, "--sample", sample).code == 0
    assert sorted(kp2heat.open(labels).truth.category.tolist()) == sorted(map(str, ids))
    for suffix in ("json", "csv"):
        out = tmp_path / f"out.{suffix}"
        ran = run(capfd, "decode", labels, "-o", out, "--metric", "ap", "--sigmas", ".05", "--json")
        assert ran.code == 0, ran.err
        inside = json.loads(ran.out)["evaluation"]["ap"]
        rows: list[dict[str, Any]] = (
            json.loads(out.read_text())
            if suffix == "json"
            else [*csv.DictReader(out.read_text().splitlines())]
        )
        found = {int(row["annotation_id"]): row["category_id"] for row in rows}
        assert found == {n: i if suffix == "json" else str(i) for n, i in enumerate(ids, start=1)}
        ran = run(capfd, "evaluate", out, "--truth", truth, "--metric", "ap", "--sigmas", ".05", "--json")
        assert json.loads(ran.out)["ap"]["AP"] == inside["AP"] == pytest.approx(1)


@pytest.mark.parametrize("name", ["a.png", None])
def test_images_of_one_name_stay_apart_in_the_metrics_of_decode(
    tmp_path: Path, capfd: Capture, name: str | None
) -> None:
    labels = tmp_path / "labels"
    assert run(capfd, "encode", written(tmp_path, (1, 1), name), labels, *SIZES).code == 0
    ran = run(capfd, "decode", labels, "--metric", "ap", "--sigmas", ".05", "--json")
    assert json.loads(ran.out)["evaluation"]["images"] == 2
