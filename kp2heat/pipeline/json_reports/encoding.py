"""Reports on encodings: encode, encode --dry-run, merge, and inspect of shards."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class SourceJson(TypedDict):
    """A file that something was made from: its name without folders, its bytes and their sha256."""

    name: str
    bytes: int
    sha256: str


class SourcesJson(TypedDict):
    """The files of annotations, and the images whose sizes were read: a folder's name, and a sum over its files."""

    annotations: list[SourceJson]
    images: list[SourceJson]


class PlaneJson(TypedDict):
    """A plane of a level: its shape, samples first, and the name of its dtype."""

    shape: list[int]
    dtype: str


class LevelJson(TypedDict):
    """A level: sigma in cells, stride (x, y) in input px, the name of its alignment, and its planes by name."""

    sigma: float
    stride: list[float]
    alignment: str
    planes: dict[str, PlaneJson]


class InspectedLevelJson(LevelJson):
    """A level of shards: also its codec, normalisation and number of channels."""

    codec: str
    normalize: str
    channels: int


class JointCountsJson(TypedDict):
    """Counts of a joint: labelled, held by a map, outside the input."""

    labelled: int
    drawn: int
    outside: int


class EstimateJson(TypedDict, total=False):
    """Bytes on disk by way of compression, estimated from a trial encode."""

    fast: int
    small: int
    single: int


class _Planned(TypedDict):
    spec: dict[str, Any]
    samples: int
    people: int
    images: int
    joints: int
    left_out: dict[str, int]
    skipped: int
    levels: dict[str, LevelJson]
    dense_bytes: int
    shards: int
    fingerprint: str
    sources: SourcesJson
    notes: list[str]
    warnings: list[str]


class PlannedJson(_Planned):
    """What ``encode --dry-run --json`` prints; ``spec`` as a settings file holds it, ``dense_bytes`` uncompressed."""

    estimated_bytes: int
    estimated_bytes_by_compress: EstimateJson


class EncodedJson(_Planned):
    """What ``encode --json`` prints; ``check`` is the report of ``decode``, where --check asks for it."""

    bytes: int
    kept_shards: int
    seconds: float
    per_joint: dict[str, JointCountsJson]
    part: NotRequired[str]
    part_samples: NotRequired[int]
    check: NotRequired[dict[str, Any]]


class MergedJson(TypedDict):
    """What ``merge --json`` prints."""

    shards: int
    samples: int
    bytes: int
    skipped: int
    parts: int


class SeenJson(TypedDict):
    """How often a joint is unlabelled, hidden and visible."""

    unlabelled: int
    hidden: int
    visible: int


class InspectedShardsJson(TypedDict):
    """What ``inspect --json`` prints of shards."""

    what: str
    shards: int
    samples: int
    people: int
    bytes: int
    input_size: str
    fingerprint: str
    spec: dict[str, Any]
    sources: NotRequired[SourcesJson]
    joints: list[str]
    levels: dict[str, InspectedLevelJson]
    per_joint: dict[str, SeenJson]
