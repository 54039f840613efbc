"""Parts of a job: disjoint, complete, and read from what batch systems set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kp2heat.errors import SpecError
from kp2heat.pipeline.array_jobs.array_part import Part, parse_part


@given(st.integers(0, 300), st.integers(1, 400))
def test_the_spans_of_all_parts_are_everything_once_and_even(total: int, count: int) -> None:
    spans = [Part(number, count).span(total) for number in range(1, count + 1)]
    assert [item for span in spans for item in span] == list(range(total))
    assert max(map(len, spans)) - min(map(len, spans)) <= 1


@pytest.mark.parametrize(
    ("environment", "text", "expected"),
    [
        (
            {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "10"},
            "auto",
            Part(7, 10),
        ),
        (
            {"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_COUNT": "4"},
            "auto",
            Part(1, 4),
        ),
        (
            {
                "SLURM_ARRAY_TASK_ID": "25",
                "SLURM_ARRAY_TASK_MIN": "5",
                "SLURM_ARRAY_TASK_COUNT": "4",
                "SLURM_ARRAY_TASK_STEP": "10",
            },
            "auto",
            Part(3, 4),
        ),
        (
            {"SGE_TASK_ID": "3", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "9", "SGE_TASK_STEPSIZE": "2"},
            "auto",
            Part(2, 5),
        ),
        ({"SGE_TASK_ID": "undefined", "LSB_JOBINDEX": "2", "LSB_JOBINDEX_END": "8"}, "auto", Part(2, 8)),
        ({"LSB_JOBINDEX": "0", "PBS_ARRAY_INDEX": "5"}, "auto/9", Part(5, 9)),
        ({"PBS_ARRAYID": "1"}, "auto/2", Part(1, 2)),
        ({"AWS_BATCH_JOB_ARRAY_INDEX": "9", "AWS_BATCH_JOB_ARRAY_SIZE": "10"}, "auto", Part(10, 10)),
        ({"BATCH_TASK_INDEX": "0", "BATCH_TASK_COUNT": "3"}, "auto", Part(1, 3)),
        ({"CLOUD_RUN_TASK_INDEX": "1", "CLOUD_RUN_TASK_COUNT": "3"}, "auto", Part(2, 3)),
        ({"JOB_COMPLETION_INDEX": "2"}, "auto/3", Part(3, 3)),
        ({}, " 2/3 ", Part(2, 3)),
    ],
)
def test_where_a_part_comes_from(environment: dict[str, str], text: str, expected: Part) -> None:
    part, source = parse_part(text, environment)
    assert part == expected
    assert source == "--part" or source.split(" (")[1].split("=")[0] in environment


@pytest.mark.parametrize(
    ("text", "environment", "sentence"),
    [
        ("3", {}, "'3' is not a part"),
        ("0/3", {}, "0/3 is not a part"),
        ("4/3", {}, "4/3 is not a part"),
        ("a/b", {}, "'a/b' is not a part"),
        ("auto", {}, "no array variable is set"),
        ("auto", {"PBS_ARRAY_INDEX": "2"}, "does not tell the number of tasks; write --part auto/N"),
        ("auto/9", {"PBS_ARRAY_INDEX": "0"}, "0/9 is not a part"),
        (
            "auto",
            {"SGE_TASK_ID": "4", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "9", "SGE_TASK_STEPSIZE": "2"},
            "not evenly spaced",
        ),
        (
            "auto",
            {"SLURM_ARRAY_TASK_ID": "17", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "3"},
            "17/3 is not a part",
        ),
    ],
)
def test_what_is_no_part(text: str, environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence.replace("(", r"\(")):
        parse_part(text, environment)
