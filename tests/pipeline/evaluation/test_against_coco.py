"""AP of random files against faster-coco-eval on the same files: ties, crowds, blanks, categories, sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.metrics.ap import NAMES
from kp2heat.pipeline.evaluation.run import evaluate_files

SIGMAS = [0.05, 0.05, 0.05]


def random_pair(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """30 instances of one or two categories in shuffled images, and results with scores of one decimal."""
    rng = np.random.default_rng(seed)
    images = rng.permutation(200)[:12].tolist()
    categories = [3, 7] if seed % 2 else [1]
    annotations, results = [], []
    for n in range(30):
        image, category = int(rng.choice(images)), int(rng.choice(categories))
        side, corner = float(rng.choice([40, 80, 150, 250])), rng.uniform(60, 300, 2)
        xy, v = corner + rng.uniform(0, side, (3, 2)), rng.integers(0, 3, 3)
        points = np.c_[np.where(v[:, None] > 0, xy, 0), v].round(2).ravel().tolist()
        annotations.append(
            {
                "id": n + 1,
                "image_id": image,
                "category_id": category,
                "keypoints": points,
                "area": 0.5 * side * side,
                "num_keypoints": int((v > 0).sum()),
                "iscrowd": int(rng.uniform() < 0.1),
                "bbox": [*corner.tolist(), side, side],
            }
        )
        for _ in range(rng.integers(0, 3)):
            found, confidence = xy + rng.normal(0, 0.05 * side, (3, 2)), rng.choice([0, 0.5, 1], 3)
            found[(confidence == 0) & (rng.uniform(size=3) < 0.5)] = 0
            row = {"image_id": image, "category_id": category, "score": round(float(rng.uniform()), 1)}
            results.append(row | {"keypoints": np.c_[found, confidence].round(2).ravel().tolist()})
    truth = {
        "images": [{"id": i, "file_name": f"{i}.jpg", "width": 640, "height": 480} for i in images],
        "annotations": annotations,
        "categories": [{"id": c, "name": f"kind {c}", "keypoints": ["a", "b", "c"]} for c in categories],
    }
    return truth, results


@pytest.mark.parametrize("seed", range(8))
def test_the_numbers_of_cocos_own_evaluation(tmp_path: Path, seed: int) -> None:
    coco = pytest.importorskip("faster_coco_eval")
    truth, results = random_pair(seed)
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "results.json").write_text(json.dumps(results))
    ground = coco.COCO(str(tmp_path / "truth.json"))
    evaluation = coco.COCOeval_faster(
        ground,
        ground.loadRes(str(tmp_path / "results.json")),
        iouType="keypoints",
        kpt_oks_sigmas=SIGMAS,
        print_function=lambda *_: None,
    )
    evaluation.run()
    files = (tmp_path / "results.json", tmp_path / "truth.json")
    ap = evaluate_files(*files, reading={}, sigmas=SIGMAS, metrics=["ap"]).ap
    assert [ap[name] for name in NAMES] == pytest.approx([*evaluation.stats], abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_truth_converted_to_csv_scores_the_same(tmp_path: Path, seed: int) -> None:
    """Categories, areas and crowd flags are columns; only images without annotations are lost, which convert says."""
    truth, results = random_pair(seed)
    annotated = {row["image_id"] for row in truth["annotations"]}
    results = [row for row in results if row["image_id"] in annotated]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "results.json").write_text(json.dumps(results))
    formats.convert(tmp_path / "truth.json", tmp_path / "truth.csv")
    json_ap, csv_ap = (
        evaluate_files(
            tmp_path / "results.json", tmp_path / name, reading={}, sigmas=SIGMAS, metrics=["ap"]
        ).ap
        for name in ("truth.json", "truth.csv")
    )
    assert csv_ap == pytest.approx(json_ap, abs=1e-12)


def test_results_in_csv_are_compared_within_their_category(tmp_path: Path) -> None:
    """By id or by name; results with exchanged categories score nothing."""
    header = "image,image_id,annotation_id,category_id,category,bbox_x,bbox_y,bbox_w,bbox_h,a_x,a_y,b_x,b_y\n"
    cat, dog = "10,10,80,80,20,20,60,40", "110,10,80,80,120,20,160,40"
    (tmp_path / "truth.csv").write_text(f"{header}a.png,1,1,1,cat,{cat}\na.png,1,2,2,dog,{dog}\n")
    for column, right, wrong in (("category_id", "12", "21"), ("category", ["cat", "dog"], ["dog", "cat"])):
        for categories, expected in ((right, 1.0), (wrong, 0.0)):
            first, second = categories
            rows = f"a.png,{first},.9,20,20,60,40\na.png,{second},.8,120,20,160,40\n"
            (tmp_path / "results.csv").write_text(f"image,{column},score,a_x,a_y,b_x,b_y\n{rows}")
            files = tmp_path / "results.csv", tmp_path / "truth.csv"
            report = evaluate_files(*files, reading={}, sigmas=(0.05,), metrics=["ap", "oks"])
            assert report.ap["AP"] == pytest.approx(expected)
            assert report.measured["oks"].overall["OKS"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_results_in_an_annotation_file_score_the_same(tmp_path: Path, seed: int) -> None:
    """Positions count whatever the third number is, in annotations as in a list; an id and a category may be floats."""
    truth, results = random_pair(seed)
    rows = [row | {"id": n} for n, row in enumerate(results, start=1)]
    floats = [
        row | {"image_id": float(row["image_id"]), "category_id": float(row["category_id"])}
        for row in results
    ]
    contents = {"truth": truth, "list": results, "floats": floats, "file": truth | {"annotations": rows}}
    for name, content in contents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    numbers = [
        evaluate_files(
            tmp_path / f"{name}.json", tmp_path / "truth.json", reading={}, sigmas=SIGMAS, metrics=["ap"]
        ).ap
        for name in ("list", "floats", "file")
    ]
    assert numbers[1] == pytest.approx(numbers[0], abs=1e-12)
    assert numbers[2] == pytest.approx(numbers[0], abs=1e-12)
