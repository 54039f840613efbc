"""Reports on annotation files: validate, stats, and inspect of annotations."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from kp2heat.pipeline.evaluation.json_report import Numbers
from kp2heat.pipeline.json_reports.encoding import SeenJson, SourcesJson


class FindingJson(TypedDict):
    """A kind of defect: a stable code, how often, the first places, what was found, and what to do about it.

    ``rows`` are the instances to blame, counted from 0, and ``reasons`` what is wrong with each.
    """

    code: str
    severity: str
    count: int
    places: list[str]
    found: str
    todo: str
    rows: list[int]
    reasons: list[str]


class FindingsJson(TypedDict):
    """What ``validate --json`` prints."""

    source: str
    findings: list[FindingJson]


class InspectedAnnotationsJson(TypedDict):
    """What ``inspect --json`` prints of annotations."""

    what: str
    images: int
    annotations: int
    labelled: int
    crowd: int
    without_labelled_joints: int
    image_sizes: list[str]
    sources: SourcesJson
    joints: list[str]
    mirrored: list[str]
    limbs: list[str]
    oks_sigmas: list[float]
    per_joint: dict[str, SeenJson]


class PlacesJson(TypedDict):
    """How often a joint is visible, hidden, unlabelled, and outside its image, and that as a share of the labelled."""

    visible: int
    hidden: int
    unlabelled: int
    outside: int
    share_outside: float


class StatisticsJson(TypedDict):
    """What ``stats --json`` prints: quantiles by name, limbs as ``joint:joint``, levels as ``WxH``.

    ``joints_per_person[n]`` people have n labelled joints; ``together`` says how often two joints are labelled both.
    """

    source: str
    images: int
    images_without_people: int
    most_people_in_an_image: int
    annotations: int
    crowd_regions: int
    people: int
    without_labelled_joints: int
    without_box: int
    duplicates: int
    labelled_joints: int
    joints_outside_the_image: int
    per_joint: dict[str, PlacesJson]
    joints_per_person: list[int]
    box: dict[str, Numbers]
    together: dict[str, Numbers]
    limbs_per_box: dict[str, Numbers]
    limbs_in_sigmas: NotRequired[dict[str, dict[str, Numbers]]]
