"""Reports that measure or check: budget, sigmas, check-transform, verify and bench."""

from __future__ import annotations

from typing import TypedDict

from kp2heat.pipeline.evaluation.json_report import Numbers


class CostJson(TypedDict):
    """One representation: its settings, its errors in input px, and its bytes; null where it is refused."""

    size: str
    stride: str
    sigma: str
    codec: str
    dtype: str
    normalize: str
    method: str
    mean: float | None
    p95: float | None
    max: float | None
    pck: float | None
    ap: float | None
    joints: int
    dropped: int
    missed: int
    sample_bytes: float | None
    total_bytes: float | None
    refused: str


class BudgetJson(TypedDict):
    """What ``budget --json`` prints; ``recommended`` counts the costs from 0."""

    samples: int
    total_samples: int
    noise: float
    costs: list[CostJson]
    recommended: int | None
    advice: str
    notes: list[str]


class SigmasJson(TypedDict):
    """What ``sigmas --json`` prints; ``sigmas`` as --sigmas takes it, empty where one is unknown."""

    instances: int
    sigmas: str
    joints: dict[str, Numbers]


class TransformJson(TypedDict):
    """What ``check-transform --json`` prints: label minus picture in px of the output."""

    ok: bool
    mean_px: list[float]
    worst_px: float
    where: list[float]
    measured: int
    lost: int
    mirrored: int
    swapped: int
    cause: str
    notes: list[str]


class DefectJson(TypedDict):
    """Something that is not as it was written."""

    file: str
    kind: str
    found: str
    encode_again: bool


class VerifiedJson(TypedDict):
    """What ``verify --json`` prints of a folder; ``error``: level, then mean and greatest decode error in input px."""

    folder: str
    whole: bool
    shards: int
    samples: int
    redrawn: int
    defects: list[DefectJson]
    notes: list[str]
    error: dict[str, Numbers]


class CaseJson(TypedDict):
    """One kind of work: the ratio of rates, the rates in people/s, and uncompressed MB/s of maps."""

    work: str
    against: str
    goal: float
    ratio: float
    least: float
    greatest: float
    ours_per_s: float
    theirs_per_s: float
    dense_mb_per_s: float


class BenchJson(TypedDict):
    """What ``bench --json`` prints."""

    people: int
    rounds: int
    loops: str
    machine_mb_per_s: dict[str, float]
    cases: list[CaseJson]
