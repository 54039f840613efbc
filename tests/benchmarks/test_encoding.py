"""Micro-benchmarks of the encoding's steps, for pytest-benchmark: what to look at when a figure of bench falls.

pytest -m benchmark tests/benchmarks/test_encoding.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.bench.cases import LARGE, THREE, spec
from kp2heat.bench.people import people
from kp2heat.drawing.samples import scene_of
from kp2heat.pipeline.encoding import compress
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.shards.deflate import windows
from kp2heat.sparse import Sparse

pytestmark = pytest.mark.benchmark
PEOPLE = 512


def planned(settings: Any, **more: Any) -> tuple[Plan, Any]:
    made = plan(people(PEOPLE), spec(settings, **more))
    return made, scene_of(made.annotations, made.samples, made.spec)


@pytest.mark.parametrize("codec", ["msra", "gaussian", "dark"])
def test_time_streams_of_a_large_level(benchmark: Any, codec: str) -> None:
    made, scene = planned(LARGE, codec=codec)
    benchmark(lambda: list(compress.level_streams(made.spec, made.levels[0], made.layouts[0], scene)))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_time_streams_of_each_level_of_the_default_job(benchmark: Any, number: int) -> None:
    made, scene = planned(THREE)
    level, layout = made.levels[number], made.layouts[number]
    benchmark(lambda: list(compress.level_streams(made.spec, level, layout, scene)))


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8])
def test_time_streams_from_windows(benchmark: Any, dtype: Any) -> None:
    random = np.random.default_rng(0)
    count = 17 * 64
    values = (random.random((count, 12, 12)) * 200).astype(dtype)
    origin = random.integers(0, 52, count) * 48 + random.integers(0, 36, count)
    none, last = np.zeros(count, np.int64), np.full(count, 11)
    sparse = Sparse((48, 64), np.arange(count), origin, values, none, last, np.zeros(count, dtype))
    benchmark(windows.compress, sparse, 17)


def test_time_plan(benchmark: Any) -> None:
    rows, settings = people(PEOPLE), spec(LARGE)
    benchmark(plan, rows, settings)
