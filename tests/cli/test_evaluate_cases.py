"""``kp2heat evaluate`` on small inputs that users' reports led to: the expected value, or a refusal with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.run import Ran, run
from tests.shared import shared

Capture = pytest.CaptureFixture[str]


def evaluated(capfd: Capture, case: str, results: str, truth: str, *options: str) -> Ran:
    files = shared("cases", case)
    return run(
        capfd, "evaluate", files / results, "--truth", files / truth, "--sigmas", ".05", "--json", *options
    )


def numbers(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0
    report = json.loads(ran.out)
    overall = {name: scores["overall"] for name, scores in report["metrics"].items()}
    return {"AP": report["ap"].get("AP"), "OKS": overall["oks"]["OKS"], "epe": overall["epe"]["mean"]}


def test_categories(capfd: Capture) -> None:
    case = "03b-results-other-category"
    assert numbers(evaluated(capfd, case, "results.json", "truth.json"))["AP"] == 0
    assert numbers(evaluated(capfd, case, "right.json", "truth.json"))["AP"] == 1
    assert numbers(evaluated(capfd, case, "right.json", "truth.json", "--category", "cat"))["AP"] == 1


def test_one_name_of_two_images(capfd: Capture) -> None:
    ran = evaluated(capfd, "18-same-file-name", "results.csv", "truth.json")
    assert ran.code == 1
    assert "results.csv, line 2" in ran.err
    assert "frame_000000.png is the name of several images of the truth" in ran.err


@pytest.mark.parametrize("name", ["mixed", "partly", "results"])
def test_third_number_0(capfd: Capture, name: str) -> None:
    truth = "truth2.json" if name == "mixed" else "truth.json"
    shown = numbers(evaluated(capfd, "44-results-v-zero", f"{name}.json", truth))
    assert shown == {"AP": 1, "OKS": 1, "epe": 0}


@pytest.mark.parametrize("name", ["right_first", "wrong_first"])
def test_no_score(capfd: Capture, name: str) -> None:
    ran = evaluated(capfd, "46b-two-results-no-score", f"{name}.json", "truth.json")
    assert numbers(ran) == {"AP": None, "OKS": 1, "epe": 0}
    assert "have no score to rank them by" in ran.err


def test_ids_against_names(capfd: Capture) -> None:
    case = "47b-stem-ids-collide"
    ran = evaluated(capfd, case, "results.json", "truth.json")
    assert ran.code == 1
    assert "image_id 2 is 000003.jpg in the truth, but the result's file name is 000002.jpg" in ran.err
    assert numbers(evaluated(capfd, case, "results.json", "noclash.json"))["AP"] == 1
