"""The budget predicts what encoding and decoding then measure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import SpecError
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.pipeline.encoding.disk_space import SHARD_BYTES, TABLE_BYTES
from kp2heat.pipeline.evaluation.run import evaluate
from kp2heat.pipeline.seeing.budget import OKS_THRESHOLDS, ap_ceiling, budget, sampled
from kp2heat.pipeline.seeing.budget_file import chart_of
from kp2heat.pipeline.seeing.budget_report import Budget, Cost
from kp2heat.spec import Spec
from tests.cli.run import SAMPLE

ROWS = kp2heat.read(SAMPLE / "annotations.json")
BASE = Spec(input_size=(96, 128))


@pytest.mark.parametrize(
    ("fields", "method"),
    [
        ({"strides": [4]}, "auto"),
        ({"strides": [8], "dtype": "u8"}, "dark"),
        ({"sizes": ["24x32"], "codec": "udp-combined"}, "auto"),
        ({"sizes": ["48x64"], "codec": "simcc-gaussian", "sigma": ["4"]}, "auto"),
        ({"strides": [4], "sample": "image"}, "auto"),
        ({"strides": [4], "normalize": ("sigmoid", {"gain": 8.0, "bias": -4.0})}, "argmax"),
        ({"strides": [4], "outside": "clip"}, "quarter"),
        ({"strides": [8], "sample": "image", "codec": "dlc-plateau"}, "auto"),
        ({"strides": [4], "sample": "image", "codec": "dekr"}, "auto"),
        (
            {
                "sizes": ["48x64"],
                "params": {"groups": "head=nose,left_eye,right_eye;arms=left_wrist,right_wrist"},
            },
            "auto",
        ),
    ],
)
def test_the_predicted_error_is_the_measured_one(tmp_path: Path, fields: dict[str, Any], method: str) -> None:
    spec_fields = dict(fields)
    base = replace(BASE, sample=spec_fields.pop("sample", "instance"))
    report = budget(ROWS, base, {name: [value] for name, value in spec_fields.items()}, [method])
    (cost,) = report.costs
    if "normalize" in fields:
        spec_fields["normalize"], spec_fields["normalize_params"] = fields["normalize"]
    spec, _ = base.overridden(spec_fields, "test")
    kp2heat.encode_dataset(ROWS, tmp_path / "out", spec)
    decoded = kp2heat.decode_dataset(tmp_path / "out", method=method).to_json()
    (level,) = decoded["levels"].values()
    assert report.samples == decoded["samples"]
    assert cost.joints == level["states"]["scored"] + level["states"]["missed"]
    assert cost.missed == level["states"]["missed"]
    for name in ("mean", "p95", "max"):
        assert getattr(cost, name) == pytest.approx(level["input"][name], abs=1e-6)
    assert cost.pck == pytest.approx(level["pck"]["PCK@0.05"], abs=1e-9)
    on_disk = sum(file.stat().st_size for file in (tmp_path / "out").glob("*.h5"))
    # A shard of 50 samples is small: the tables that the estimate allows for weigh as much as the maps.
    assert cost.total_bytes == pytest.approx(on_disk, rel=0.1, abs=SHARD_BYTES + 50 * TABLE_BYTES)


def test_noise_costs_and_is_the_same_every_time() -> None:
    grid = {"strides": [[4], [8]]}
    clean = budget(ROWS, BASE, grid, ["dark"], most=20)
    noisy, again = (budget(ROWS, BASE, grid, ["dark"], most=20, noise=0.05) for _ in range(2))
    assert noisy.costs == again.costs
    for without, with_noise in zip(clean.costs, noisy.costs, strict=True):
        assert with_noise.mean > without.mean + 0.05


def test_noise_leaves_cells_without_a_vector_as_they_are() -> None:
    """OpenPifPaf's fields hold NaN where no joint is near; noise there is NaN too, and elsewhere it is not."""
    base, _ = BASE.overridden({"sample": "image", "fit": "letterbox"}, "test")
    (cost,) = budget(
        ROWS, base, {"strides": [[8]], "codec": ["openpifpaf"]}, ["auto"], most=5, noise=0.01
    ).costs
    assert cost.missed < cost.joints / 10
    assert cost.mean is not None
    assert cost.mean < 8


def test_where_no_joint_is_found_there_is_no_advice() -> None:
    blank = Cost({"method": "argmax"}, joints=3, missed=3, sample_bytes=1.0, total_bytes=3.0)
    report = Budget((blank,), 1, 1, 0.5, ())
    assert report.recommended is None
    assert "no joint is found" in report.advice()
    with pytest.raises(SpecError, match="nothing to chart"):
        chart_of(report, ".png")


def test_a_combination_that_is_impossible_is_told_and_the_others_are_measured() -> None:
    report = budget(ROWS, BASE, {"strides": [[4], [7]], "codec": ["gaussian", "onehot"]}, ["auto"], most=5)
    assert [bool(cost.refused) for cost in report.costs] == [False, False, True, True]
    assert "7 does not divide" in report.costs[2].refused
    with pytest.raises(SpecError, match="7 does not divide"):
        budget(ROWS, BASE, {"strides": [[7]]}, ["auto"], most=5)


def test_the_advice_is_the_smallest_that_is_good_enough() -> None:
    report = budget(ROWS, BASE, {"strides": [[4], [8], [16]], "dtype": ["f16", "u8"]}, ["auto", "argmax"])
    best, chosen = report.best, report.recommended
    assert best is not None
    assert chosen is not None
    for cost in report.costs:
        good = cost.ap >= best.ap - 0.001 and cost.mean <= best.mean + 0.1
        assert not good or cost.sample_bytes >= chosen.sample_bytes
    assert chosen.words in report.advice()
    assert report.to_json()["recommended"] == report.costs.index(chosen)


def test_a_sample_keeps_whole_images() -> None:
    few, total = sampled(ROWS, BASE, 10)
    assert total == 50
    assert 5 <= len(few) <= 20
    for name in few.images.file_name[np.unique(few.image)]:
        of = [rows.images.file_name[rows.image] == name for rows in (few, ROWS)]
        assert of[0].sum() == of[1].sum()
    assert sampled(ROWS, BASE, 0)[0] is ROWS


def test_the_ceiling_is_cocos_ap_of_detections_ranked_by_their_oks() -> None:
    pytest.importorskip("faster_coco_eval")
    rng = np.random.default_rng(5)
    keep = (ROWS.visible > 0).any(axis=1) & ~ROWS.crowd
    truth = ROWS.take(keep)
    shift = rng.uniform(0, 0.25, (len(truth), 1, 1)) * np.sqrt(truth.area)[:, None, None]
    found = np.nan_to_num(truth.xy) + shift * rng.normal(size=truth.xy.shape)
    pairs = Pairs(
        truth.skeleton, truth.xy, found, truth.visible, bbox=truth.bbox, area=truth.area, image=truth.image
    )
    sigmas = np.array(truth.skeleton.sigmas)
    from kp2heat.metrics.columns import mean
    from kp2heat.metrics.oks import joint_similarity

    near, counted = joint_similarity(pairs, sigmas.tolist())
    detections = Detections(
        xy=found,
        confidence=np.ones(truth.visible.shape),
        score=mean(near.T, counted.T),
        bbox=np.full((len(truth), 4), np.nan),
        image=truth.image,
        id=truth.id,
        source="test",
        category=truth.category,
    )
    ap = evaluate(truth, detections, metrics=["ap"]).ap["AP"]
    ceiling = ap_ceiling(pairs, pairs.labelled, sigmas)
    assert 0.2 < ceiling < 0.95
    # COCO reads precision at 101 recalls and rounds up; a person near two truths may be matched to the other.
    assert abs(ap - ceiling) < 0.03
    assert len(OKS_THRESHOLDS) == 10
