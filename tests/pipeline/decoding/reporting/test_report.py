"""The report's numbers against the metrics on whole arrays, however much is decoded and tallied at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.metrics import METRICS
from kp2heat.metrics.epe import COUNTS
from kp2heat.metrics.pairing.groups import by_border, by_visibility
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.pipeline.decoding.reporting.report import DecodeReport, LevelResult
from kp2heat.pipeline.decoding.reporting.totals import SPACES
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.pipeline.evaluation.options import plain
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec

JOINTS = 5


def people(count: int, an_image: int) -> Annotations:
    """Some hidden, some unlabelled, some beyond the picture; ``an_image`` of them in each."""
    random = np.random.default_rng(5)
    corner, wh = random.uniform(0, 60, (count, 1, 2)), random.uniform(60, 140, (count, 1, 2))
    xy = corner + random.uniform(-0.1, 1.1, (count, JOINTS, 2)) * wh
    visible = random.choice([0, 1, 2], (count, JOINTS), p=[0.2, 0.3, 0.5])
    visible[:, 0] = 2
    xy[visible == 0] = np.nan
    images = -(-count // an_image)
    return Annotations(
        Skeleton.numbered(JOINTS),
        Images(np.arange(images), np.array([f"{n}.jpg" for n in range(images)]), np.full((images, 2), 200)),
        xy=xy,
        visible=visible,
        bbox=np.concatenate([corner[:, 0], wh[:, 0]], axis=1),
        area=wh.prod(axis=(1, 2)),
        crowd=np.zeros(count, bool),
        image=np.arange(count) // an_image,
        id=np.arange(count),
    )


def decoded(folder: Path, sample: str, align: str = "half-pixel", **more: Any) -> DecodeReport:
    """180 people in several shards, two levels."""
    fields = {
        "sample": sample,
        "fit": "crop" if sample == "instance" else "stretch",
        "input_size": "64x96",
        "sizes": ["16x24", "8x12"],
        "sigma": [1.5, 1],
        "dtype": "f16",
        "align": align,
    }
    if not folder.exists():
        annotations = people(180, 1 if sample == "instance" else 2)
        run_plan(plan(annotations, Spec.from_fields(fields, "test"), shard_rows=64), folder)
    return decode_dataset(folder, method="auto,argmax", **more)


def whole(report: DecodeReport, result: LevelResult, space: str) -> Pairs:
    """All people at once."""
    people = report.people
    return Pairs(
        report.shards.skeleton,
        result.true_places()[space],
        result.decoded_places()[space],
        people.visible,
        result.scored,
        bbox=people.bbox,
        space=space,
    )


def same(found: dict[str, Any], expected: dict[str, Any], least: float = 1e-12) -> None:
    assert found == pytest.approx(plain(expected), rel=1e-12, abs=least)


SNAP = 2.0**-36
"""Cells to which the truth is moved (frame): errors in square cells, which are those in input px over the stride,
know nothing of it. It moves a joint by half of it an axis at most, so it moves no length by more than it."""


@pytest.mark.parametrize("align", ["half-pixel", "align-corners"])
@pytest.mark.parametrize("sample", ["instance", "image"])
def test_every_number_is_that_of_its_metric(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: str, align: str
) -> None:
    monkeypatch.setattr("kp2heat.metrics.pairing.pairs.PART", 7 * JOINTS)
    report = decoded(tmp_path / "labels", sample, align)
    said = report.to_json()
    assert all((result.cell is None) == (align == "align-corners") for result in report.results)
    for result in report.results:
        level = said["compared"][result.name][result.method]
        pairs = {space: whole(report, result, space) for space in SPACES}
        square = {} if result.cell is None else {"cell": SNAP}
        for space in SPACES:
            same(level[space], METRICS["epe"].measure(pairs[space]).overall, square.get(space, 1e-12))
        same(level["pck"], METRICS["pck"].measure(pairs["image"]).overall)
        masks = {
            **by_visibility(pairs["input"]),
            **by_border(pairs["cell"].truth, result.info.level.size),
        }
        for name, mask in masks.items():
            same(level["groups"][name], METRICS["epe"].measure(pairs["input"].only(mask)).overall)
        if said["levels"][result.name]["method"] == result.method:
            full = said["levels"][result.name]
            assert {key: full[key] for key in level} == level
            for k, joint in enumerate(full["per_joint"].values()):
                for space in SPACES:
                    numbers = METRICS["epe"].measure(pairs[space]).joints
                    of = {name: values[k] for name, values in numbers.items()}
                    same(joint[space], of, square.get(space, 1e-12))
                    if space in square:
                        lengths = {
                            name: v * result.cell for name, v in joint[space].items() if name not in COUNTS
                        }
                        same(lengths, {name: joint["input"][name] for name in lengths})
                hits = METRICS["pck"].measure(pairs["image"]).joints
                same(joint["pck"], {name: values[k] for name, values in hits.items()})


@pytest.mark.parametrize("sample", ["instance", "image"])
def test_how_much_is_decoded_at_a_time_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: str
) -> None:
    once = decoded(tmp_path / "labels", sample)
    for limit in (1, 4 * 5 * 16 * 24 * 20):  # less than one sample; 20 samples
        steps: list[int] = []
        monkeypatch.setattr("kp2heat.pipeline.decoding.batches.READ_BYTES", limit)
        often = decoded(tmp_path / "labels", sample, progress=steps.append)
        assert json.dumps(often.to_json()) == json.dumps(once.to_json())
        for one, other in zip(once.results, often.results, strict=True):
            for name in ("xy", "score", "refined"):
                np.testing.assert_array_equal(getattr(one.peaks, name), getattr(other.peaks, name))
        assert sum(steps) == 2 * len(once.shards)
        assert len(steps) > 2 * len(once.shards.shards)
