"""One part of a job that is cut into N parts, given as I/N or taken from a batch system's variables.

Sources of the variables: the manuals of Slurm (sbatch), Grid Engine (qsub), LSF (bsub), PBS Professional (qsub),
AWS Batch (array jobs), Google Cloud Batch and Cloud Run jobs, and Kubernetes (indexed jobs).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kp2heat.errors import SpecError


@dataclass(frozen=True)
class Part:
    """Part ``number`` (from 1) of ``count``.

    >>> part = Part(2, 3)
    >>> str(part), part.span(10), part.name
    ('2/3', range(3, 6), 'part-00002-of-00003')
    """

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def name(self) -> str:
        """The stem of this part's files."""
        return f"part-{self.number:05d}-of-{self.count:05d}"

    def span(self, total: int) -> range:
        """Return the items of ``total`` that belong to this part: consecutive, and none to two parts."""
        return range((self.number - 1) * total // self.count, self.number * total // self.count)


@dataclass(frozen=True)
class ArrayVariables:
    """The environment variables by which a batch system tells a task its place in an array.

    index   the task's own index
    first   the first index: a variable, or a number
    count   the number of tasks; without it, ``last`` and ``step`` are used
    """

    system: str
    index: str
    first: str | int
    count: str = ""
    last: str = ""
    step: str = ""


SYSTEMS = (
    ArrayVariables(
        "Slurm",
        "SLURM_ARRAY_TASK_ID",
        "SLURM_ARRAY_TASK_MIN",
        count="SLURM_ARRAY_TASK_COUNT",
        step="SLURM_ARRAY_TASK_STEP",
    ),
    ArrayVariables(
        "Grid Engine", "SGE_TASK_ID", "SGE_TASK_FIRST", last="SGE_TASK_LAST", step="SGE_TASK_STEPSIZE"
    ),
    ArrayVariables("LSF", "LSB_JOBINDEX", 1, last="LSB_JOBINDEX_END", step="LSB_JOBINDEX_STEP"),
    ArrayVariables("PBS", "PBS_ARRAY_INDEX", 1),
    ArrayVariables("Torque", "PBS_ARRAYID", 1),
    ArrayVariables("AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", 0, count="AWS_BATCH_JOB_ARRAY_SIZE"),
    ArrayVariables("Google Cloud Batch", "BATCH_TASK_INDEX", 0, count="BATCH_TASK_COUNT"),
    ArrayVariables("Cloud Run", "CLOUD_RUN_TASK_INDEX", 0, count="CLOUD_RUN_TASK_COUNT"),
    ArrayVariables("Kubernetes", "JOB_COMPLETION_INDEX", 0),
)


def parse_part(text: str, environment: Mapping[str, str] = os.environ) -> tuple[Part, str]:
    """Return the part written I/N, and where it was taken from; ``auto`` and ``auto/N`` read the environment.

    SpecError where the text is neither, or the environment does not tell the part.

    >>> parse_part("3/10")
    (Part(number=3, count=10), '--part')
    >>> parse_part("auto/10", {"JOB_COMPLETION_INDEX": "2"})
    (Part(number=3, count=10), 'Kubernetes (JOB_COMPLETION_INDEX=2)')
    """
    match = re.fullmatch(r"(auto|\d{1,9})(?:/(\d{1,9}))?", text.strip())
    if match is None or (match[1] != "auto" and match[2] is None):
        raise SpecError("--part", f"'{text}' is not a part", "write I/N such as 3/10, auto, or auto/N")
    count = int(match[2]) if match[2] else None
    if match[1] == "auto":
        return _from_environment(count, environment)
    return _checked(int(match[1]), count or 0, "--part"), "--part"


def _from_environment(count: int | None, environment: Mapping[str, str]) -> tuple[Part, str]:
    for system in SYSTEMS:
        index = _number(environment, system.index)
        if index is not None and not (system.system == "LSF" and index == 0):
            source = f"{system.system} ({system.index}={index})"
            return _of_system(system, index, count, environment, source), source
    known = ", ".join(system.index for system in SYSTEMS)
    raise SpecError("--part auto", f"no array variable is set ({known})", "write --part I/N")


def _of_system(
    system: ArrayVariables, index: int, count: int | None, environment: Mapping[str, str], source: str
) -> Part:
    first = system.first if isinstance(system.first, int) else _number(environment, system.first) or 0
    step = _number(environment, system.step) or 1
    last = _number(environment, system.last)
    count = (
        count or _number(environment, system.count) or (None if last is None else (last - first) // step + 1)
    )
    if count is None:
        raise SpecError(
            "--part auto", f"{source} does not tell the number of tasks", "write --part auto/N with it"
        )
    if (index - first) % step:
        raise SpecError(source, "the array's indices are not evenly spaced", "write --part I/N")
    return _checked((index - first) // step + 1, count, source)


def _number(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


def _checked(number: int, count: int, where: str) -> Part:
    if not 1 <= number <= count:
        raise SpecError(where, f"{number}/{count} is not a part", "I runs from 1 to N")
    return Part(number, count)
