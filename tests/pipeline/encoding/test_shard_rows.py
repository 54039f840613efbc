"""How samples are cut into shards, compressed and handed out to workers changes no sample."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import kp2heat
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.spec import Spec
from tests.pipeline.encoding.test_output_folder import people

TRUTH = ("xy", "visible", "bbox", "area", "crowd", "annotation_id", "sample")


def contents(folder: Path) -> list[tuple[bytes, ...]]:
    """Return the bytes of all that a reader gets of each sample."""
    shards = kp2heat.open(folder)
    truth = shards.truth
    columns = [getattr(truth, name) for name in TRUTH]
    columns += [shards.column(name) for name in ("frame", "image_id", "image_size", "file_name")]
    samples = []
    for row in range(len(shards)):
        sample = shards[row]
        planes = [
            np.asarray(sample[level][plane]).tobytes() for level in shards.levels for plane in sample[level]
        ]
        samples.append((*(np.asarray(column[row]).tobytes() for column in columns), *planes))
    return samples


@settings(max_examples=12)
@given(
    count=st.integers(1, 200),
    shard_rows=st.sampled_from([64, 128, 192]),
    fields=st.fixed_dictionaries(
        {
            "codec": st.sampled_from(["gaussian", "udp", "msra"]),
            "normalize": st.sampled_from(["none", "sum", "softmax"]),
            "dtype": st.sampled_from(["f16", "f32", "u8"]),
            "sizes": st.sampled_from([["12x16"], ["24x32", "6x8"]]),
        }
    ),
    compress=st.sampled_from(["fast", "small", "single"]),
)
def test_the_cut_into_shards_changes_no_sample(
    count: int, shard_rows: int, fields: dict[str, Any], compress: str
) -> None:
    spec = Spec.from_fields({"input_size": "48x64", "fit": "stretch", **fields}, "test")
    with tempfile.TemporaryDirectory() as name:
        one, other = Path(name) / "one", Path(name) / "other"
        run_plan(plan(people(count), spec, shard_rows=4096), one)
        spec, _ = spec.overridden({"compress": compress})
        run_plan(plan(people(count), spec, shard_rows=shard_rows), other)
        assert len(list(other.glob("*.h5"))) == -(-count // shard_rows)
        assert contents(one) == contents(other)
