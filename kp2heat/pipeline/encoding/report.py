"""The results of an encoding: one record per shard, and the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from kp2heat.arrays import Ints
from kp2heat.errors import ShardError
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.shards.schema import MANIFEST


@dataclass(frozen=True)
class ShardReport:
    """One finished shard, as the manifest lists it. Counts are per joint, over the shard's people.

    head_bytes, head_sha256: of the bytes in front of the maps; 0 and "" in manifests of format 1.0.
    """

    file: str
    rows: int
    bytes: int
    sha256: str
    content_sha256: str
    fingerprint: str
    labelled: tuple[int, ...]
    drawn: tuple[int, ...]
    outside: tuple[int, ...]
    head_bytes: int = 0
    head_sha256: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the manifest's entry."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in vars(self).items()}

    @classmethod
    def from_json(cls, entry: Any) -> ShardReport:
        """Return the record of a manifest's entry; ShardError where the entry describes no shard."""
        try:
            return msgspec.convert(entry, cls)
        except msgspec.ValidationError as error:
            raise ShardError(
                MANIFEST, f"has an entry that describes no shard ({error})", "encode again with --overwrite"
            ) from None


@dataclass(frozen=True, eq=False)
class EncodeReport:
    """A finished encoding, or one part of it.

    shards  of the whole, or of the part
    kept    how many of them existed already and were reused
    notes   what the run could not promise, a sentence each
    """

    plan: Plan
    shards: tuple[ShardReport, ...]
    kept: int
    seconds: float
    part: Part | None = None
    notes: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes of the shard files."""
        return sum(shard.bytes for shard in self.shards)

    @property
    def rows(self) -> int:
        """Samples in the shards."""
        return sum(shard.rows for shard in self.shards)

    def joints(self) -> dict[str, dict[str, int]]:
        """Return the counts per joint: labelled, drawn, outside the input."""
        return joint_counts(self.plan.annotations.skeleton.names, self.shards)

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            **self.plan.to_json(),
            "bytes": self.bytes,
            "kept_shards": self.kept,
            "seconds": round(self.seconds, 3),
            "per_joint": self.joints(),
            **({} if self.part is None else {"part": str(self.part), "part_samples": self.rows}),
        }


def joint_counts(names: Sequence[str], shards: Sequence[ShardReport]) -> dict[str, dict[str, int]]:
    """Return the counts of these shards per joint: labelled, drawn, outside the input."""
    counts = {key: _total(shards, key, len(names)) for key in ("labelled", "drawn", "outside")}
    return {name: {key: int(c[k]) for key, c in counts.items()} for k, name in enumerate(names)}


def _total(shards: Sequence[ShardReport], key: str, joints: int) -> Ints:
    counts = [getattr(shard, key) for shard in shards]
    return np.asarray(np.sum(counts or [np.zeros(joints)], axis=0), np.int64)
