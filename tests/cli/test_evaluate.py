"""``kp2heat evaluate`` and ``kp2heat sigmas`` from the outside: output, streams, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, Ran, run

NAMES = ["nose", "left_eye", "right_eye"]
POINTS = [10, 10, 2, 50, 10, 2, 30, 40, 1]


@pytest.fixture
def evaluate(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """``kp2heat evaluate`` on one instance whose joints are all found ``shift`` px too far right."""
    truth, results = tmp_path / "truth.json", tmp_path / "results.json"
    annotation = {
        "id": 1,
        "image_id": 4,
        "category_id": 1,
        "area": 5000,
        "bbox": [0, 0, 100, 80],
        "keypoints": POINTS,
    }
    truth.write_text(
        json.dumps(
            {
                "images": [{"id": 4, "file_name": "p.jpg", "width": 100, "height": 80}],
                "annotations": [annotation],
                "categories": [{"id": 1, "name": "face", "keypoints": NAMES}],
            }
        )
    )

    def ran(*options: str, shift: float = 3, image_id: int = 4) -> Ran:
        points = [p + shift * (i % 3 == 0) for i, p in enumerate(POINTS)]
        results.write_text(json.dumps([{"image_id": image_id, "keypoints": points, "score": 0.9}]))
        return run(capfd, "evaluate", results, "--truth", truth, *options)

    return ran


def test_the_table_says_how_it_was_matched_and_shows_every_joint(evaluate: Callable[..., Ran]) -> None:
    ran = evaluate()
    assert ran.code == 0
    assert ran.out.startswith("1 of 1 instance in 1 image matched by image, 0 of 1 result left over")
    lines = {line.split()[0]: line.split() for line in ran.out.splitlines() if line}
    assert lines["epe,"][3:6] == ["count", "missed", "mean"]
    assert "left_eye" in lines
    assert "COCO" not in ran.out  # no sigmas are known for these three joints


def test_json_is_alone_on_stdout_and_notes_are_not(evaluate: Callable[..., Ran]) -> None:
    ran = evaluate("--json", "--sigmas", "0.1,0.1,0.1", "--metric", "all")
    report = json.loads(ran.out)
    assert report["metrics"]["epe"]["overall"]["dx"] == 3
    assert report["ap"]["AP"] == pytest.approx(1)
    assert "note: no pckh" in ran.err


def test_one_sigma_is_that_of_all_joints(evaluate: Callable[..., Ran]) -> None:
    one, three = (evaluate("--json", "--sigmas", text) for text in (".1", "0.1,0.1,0.1"))
    assert json.loads(one.out)["metrics"]["oks"] == json.loads(three.out)["metrics"]["oks"]
    assert evaluate("--sigmas", "nobody").code == 2


def test_the_first_line_says_how_images_were_identified(evaluate: Callable[..., Ran]) -> None:
    assert evaluate().out.splitlines()[0].endswith("; images identified by image_id")
    assert json.loads(evaluate("--json").out)["images_identified_by"] == "image_id"


def test_parts_and_head_boxes_that_do_not_fit_are_refused(evaluate: Callable[..., Ran]) -> None:
    assert "the truth has 3 joints, COCO-WholeBody has 133" in evaluate("--part", "face").err
    assert "no.csv: cannot be read" in evaluate("--head-boxes", "no.csv").err


def test_calibration(evaluate: Callable[..., Ran], tmp_path: Path) -> None:
    pytest.importorskip("scipy.optimize")
    fit, out = tmp_path / "results.json", tmp_path / "calibrated.json"
    ran = evaluate("--sigmas", "0.1", "--calibrate", str(fit), "--calibrated", str(out))
    assert ran.code == 0
    assert "calibration, expected OKS" in ran.out
    near = json.loads(evaluate("--sigmas", "0.1", "--json").out)["metrics"]["oks"]["overall"]["OKS"]
    assert json.loads(out.read_text())[0]["score"] == pytest.approx(near)
    assert evaluate("--calibrated", str(out)).code == 2


def test_settings_and_groups(evaluate: Callable[..., Ran]) -> None:
    ran = evaluate(
        "--metric", "nme", "--param", "by=left_eye,right_eye", "--groups", "--no-per-joint", "--json"
    )
    report = json.loads(ran.out)
    # the eyes are (20, 30) apart
    assert report["metrics"]["nme"]["overall"]["NME"] == pytest.approx(3 / (20**2 + 30**2) ** 0.5)
    assert report["groups"]["hidden"]["nme"]["count"] == 1


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        ("--fail-above=3.1px", 0),
        ("--fail-above=2.9px", 4),
        ("--fail-below=PCK@0.05=1", 0),
        ("--fail-below=pck@0.05=1.1", 4),
        ("--fail-below=ap=0.7", 2),
        ("--fail-below=ap", 2),
        ("--fail-below=ap=high", 2),
        ("--sigmas=0.1,x", 2),
    ],
)
def test_gates(evaluate: Callable[..., Ran], gate: str, code: int) -> None:
    assert evaluate(gate).code == code


def test_the_report_is_shown_before_a_gate_closes(evaluate: Callable[..., Ran]) -> None:
    ran = evaluate("--fail-above", "1px")
    assert "epe, image px" in ran.out
    assert ran.err.startswith("kp2heat: --fail-above 1px: the mean error is 3.0000 image px; ")


def test_results_on_unknown_images_are_counted_and_give_exit_code_3(evaluate: Callable[..., Ran]) -> None:
    ran = evaluate(image_id=5)
    assert ran.code == 3
    assert "1 result skipped" in ran.err


def test_what_decode_writes_evaluates_to_what_it_reports(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    truth, labels, results = SAMPLE / "annotations.json", tmp_path / "labels", tmp_path / "results.json"
    assert run(capfd, "encode", truth, labels, "--preset", "coco-256x192").code == 0
    decoded = json.loads(run(capfd, "decode", labels, "-o", results, "--json").out)
    level = next(iter(decoded["levels"].values()))
    ran = run(capfd, "evaluate", results, "--truth", truth, "-o", "-")
    assert json.loads(ran.out)["matching"] == "id"
    overall = json.loads(ran.out)["metrics"]["epe"]["overall"]
    # decode does not score joints outside the input; all others are the same points
    assert overall["count"] <= level["image"]["count"] + level["states"]["outside"]
    assert overall["median"] == pytest.approx(level["image"]["median"], abs=1e-3)
    assert json.loads(ran.out)["ap"]["AP"] > 0.95


def test_sigmas(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    paths = []
    for number, x in enumerate((0, 6)):
        row = {"id": 1, "image_id": 1, "category_id": 1, "area": 3600, "keypoints": [10 + x, 10, 2]}
        path = tmp_path / f"{number}.json"
        path.write_text(
            json.dumps(
                {
                    "images": [{"id": 1, "file_name": "p", "width": 99, "height": 99}],
                    "annotations": [row],
                    "categories": [{"id": 1, "name": "x", "keypoints": ["tip"]}],
                }
            )
        )
        paths.append(path)
    # (9 + 9) / 3600 = 0.005
    ran = run(capfd, "sigmas", *paths)
    assert ran.out.splitlines()[-1].split() == ["tip", "0.0707", "1"]
    assert ran.err.strip() == "1 instances annotated 2 times"
    assert json.loads(run(capfd, "sigmas", *paths, "--json").out)["sigmas"] == "0.07071"
    assert run(capfd, "sigmas", paths[0]).code == 1


def test_the_schema_of_the_json_report(capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "evaluate", "--json-schema")
    assert ran.code == 0
    assert "EvaluationJson" in json.loads(ran.out)["$defs"]
