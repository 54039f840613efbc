"""A plan that holds one part's annotations makes that part's jobs, and no more is in memory."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.annotations import Annotations
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.held import holding
from kp2heat.pipeline.encoding.disk_space import estimated_bytes
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.shard_job import make_job, shard_columns
from kp2heat.spec import Spec
from tests.pipeline.encoding.test_output_folder import SETTINGS, people

COUNT = 500


def crowded() -> Annotations:
    """People in mixed order, up to four on an image, some of them crowd regions or without a joint."""
    rows = people(COUNT)
    random = np.random.default_rng(1)
    visible = np.where(random.random((COUNT, 1)) < 0.1, 0, rows.visible)
    image = random.permutation(np.arange(COUNT) // 4)
    return replace(rows, image=image, visible=visible, crowd=random.random(COUNT) < 0.1)


@pytest.mark.parametrize("count", [1, 3, 20])
@pytest.mark.parametrize(
    "settings", [{}, {"sample": "image"}, {"codec": "cpm"}, {"augment": 2, "augment_preset": "cpm-mpii"}]
)
def test_the_jobs_of_a_part_are_those_of_the_whole(settings: dict[str, Any], count: int) -> None:
    whole = plan(crowded(), Spec.from_fields({**SETTINGS, **settings}, "test"), shard_rows=64)
    held = estimated = 0
    for number in range(1, count + 1):
        span = Part(number, count).span(whole.shards)
        part = holding(whole, span)
        assert part.settings() == whole.settings()
        held += len(part.annotations)
        for shard in span:
            mine, expected = (make_job(each, shard, Path("x")) for each in (part, whole))
            assert mine.fingerprint == expected.fingerprint
            for table, columns in shard_columns(expected).items():
                for name, values in columns.items():
                    np.testing.assert_array_equal(shard_columns(mine)[table][name], values)
        estimated += estimated_bytes(part, part.rows(span), len(span))
    if not settings:
        assert held == len(whole.samples.row)
    expected_bytes = estimated_bytes(whole, len(whole.samples), whole.shards)
    assert estimated == pytest.approx(expected_bytes, rel=0.2), "3 sigma of 64 samples that differ by half"


@pytest.mark.parametrize("sample", ["instance", "image"])
def test_a_pickled_plan_makes_the_same_jobs(sample: str) -> None:
    """As engines of other machines may have it."""
    whole = plan(crowded(), Spec.from_fields({**SETTINGS, "sample": sample}, "test"), shard_rows=64)
    copy = pickle.loads(pickle.dumps(whole))
    jobs = [make_job(one, 1, Path("out")) for one in (whole, copy)]
    frames = [shard_columns(job)["samples"]["frame"] for job in jobs]
    np.testing.assert_array_equal(*frames)
