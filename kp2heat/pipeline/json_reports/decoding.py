"""Reports of decode: of shards and predictions, and of predictions without labels."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from kp2heat.pipeline.evaluation.json_report import EvaluationJson, Numbers
from kp2heat.pipeline.json_reports.encoding import SourceJson


class ShardSourceJson(TypedDict):
    """A shard that was decoded: its name, its bytes, and their sha256 as its manifest has it, null without one."""

    name: str
    bytes: int
    sha256: str | None


class DecodedFromJson(TypedDict):
    """What was decoded: the shards, what their manifest says they were made from, and the files of predictions."""

    annotations: NotRequired[list[SourceJson]]
    images: NotRequired[list[SourceJson]]
    shards: list[ShardSourceJson]
    predictions: list[SourceJson]


class BinJson(TypedDict):
    """A fifth of the joints by score: the range of their scores, how many, and their mean error in input px."""

    least_score: float
    greatest_score: float
    count: int
    mean_error: float


class ReliabilityJson(TypedDict):
    """Whether the confidence of predictions means what it says; kp2heat/decoders/README.md has the definitions."""

    ellipses: Numbers
    ellipses_of_all: Numbers
    gross: int
    auroc: Numbers
    bins: list[BinJson]
    of_every_nth_sample: NotRequired[int]


class JointJson(TypedDict):
    """Errors of a joint in image px, input px and cells, and its PCK."""

    image: Numbers
    input: Numbers
    cell: Numbers
    pck: Numbers


class ComparedJson(TypedDict):
    """A level decoded by one method: the errors in three spaces, PCK, joint states, which add up to ``joints``."""

    method: str
    codec: str
    sigma: float
    alignment: str
    states: dict[str, int]
    reliability: NotRequired[ReliabilityJson]
    image: Numbers
    input: Numbers
    cell: Numbers
    pck: Numbers
    groups: dict[str, Numbers]


class DecodedLevelJson(ComparedJson):
    """A level, with the errors of every joint by name."""

    per_joint: dict[str, JointJson]


class DecodedJson(TypedDict):
    """What ``decode --json`` prints: the levels by name, by the first method.

    ``compared`` holds all methods where there are several: level, then method. ``evaluation`` is the first
    method's report of --metric, and ``evaluations`` those of all.
    """

    samples: int
    people: int
    predicted: bool
    joints: list[str]
    sources: NotRequired[DecodedFromJson]
    percentiles: str
    notes: list[str]
    levels: dict[str, DecodedLevelJson]
    compared: NotRequired[dict[str, dict[str, ComparedJson]]]
    evaluation: NotRequired[EvaluationJson]
    evaluations: NotRequired[dict[str, EvaluationJson]]


class ResultJson(TypedDict):
    """A row of COCO's results list, which ``decode --boxes --json`` prints."""

    image_id: int | str
    category_id: int
    keypoints: list[float]
    score: float
    bbox: list[float]
