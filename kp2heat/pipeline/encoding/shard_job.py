"""The work of an encoding cut into self-contained pieces: one job a shard."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.contracts import Level
from kp2heat.errors import ShardError
from kp2heat.pipeline.encoding.plan import Plan, annotations_digest
from kp2heat.pipeline.encoding.samples import Samples
from kp2heat.shards.schema import MANIFEST, LevelLayout, shard_name
from kp2heat.spec import Spec


@dataclass(frozen=True, eq=False)
class Job:
    """One shard, with all a worker needs: no file is read and nothing dense is sent.

    first        number of its first sample in the whole encoding
    fingerprint  of everything that decides this shard's content
    stands       the shard is in the folder already and only has to be reported
    share        bytes of shards that its process will have written when the run ends, about
    """

    name: str
    folder: Path
    first: int
    spec: Spec
    fingerprint: str
    annotations: Annotations
    samples: Samples
    levels: tuple[Level, ...]
    layouts: tuple[LevelLayout, ...]
    stands: bool = False
    share: int = 0

    def __str__(self) -> str:
        return f"{self.name} (samples {self.first} to {self.first + len(self.samples) - 1})"


@dataclass(frozen=True)
class ShardReport:
    """One finished shard, as the manifest lists it. Counts are per joint, over the shard's people."""

    file: str
    rows: int
    bytes: int
    sha256: str
    content_sha256: str
    fingerprint: str
    labelled: tuple[int, ...]
    drawn: tuple[int, ...]
    outside: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """The manifest's entry."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    @classmethod
    def from_json(cls, entry: Any) -> ShardReport:
        """An entry of a manifest; ShardError where it is not one."""
        try:
            values = {f.name: entry[f.name] for f in fields(cls)}
            for key in ("labelled", "drawn", "outside"):
                values[key] = tuple(int(n) for n in values[key])
            for key in ("rows", "bytes"):
                values[key] = int(values[key])
            for key in ("file", "sha256", "content_sha256", "fingerprint"):
                values[key] = str(values[key])
            return cls(**values)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ShardError(
                MANIFEST, f"has an entry that lists no shard ({error})", "encode again with --overwrite"
            ) from None


def make_job(planned: Plan, number: int, folder: Path, *, stands: bool = False, share: int = 0) -> Job:
    """A job carries only its own rows: annotations and images are cut down and renumbered."""
    start, stop = planned.cuts[number], planned.cuts[number + 1]
    samples = planned.samples.take(start, stop)
    rows = planned.annotations.take(np.concatenate([samples.row, samples.others]))
    used, image = np.unique(samples.image, return_inverse=True)
    images = type(rows.images)(rows.images.id[used], rows.images.file_name[used], rows.images.size[used])
    place = np.searchsorted(used, rows.image)
    own = Annotations(
        rows.skeleton, images, rows.xy, rows.visible, rows.bbox, rows.area, rows.crowd, place, rows.id,
        source=rows.source,
    )  # fmt: skip
    row, others = np.split(np.arange(len(own)), [len(samples.row)])
    samples = Samples(image, row, samples.sample, samples.frame, {}, others, samples.others_sample)
    return Job(
        name=shard_name(number),
        folder=folder,
        first=start,
        spec=planned.spec,
        fingerprint=planned.spec.fingerprint(annotations_digest(own), _samples_digest(samples)),
        annotations=own,
        samples=samples,
        levels=planned.levels,
        layouts=planned.layouts,
        stands=stands,
        share=share,
    )


def _samples_digest(samples: Samples) -> str:
    """Hex sha256 over which image and whose people a sample has, and how it is framed."""
    columns = (samples.image, samples.sample, samples.frame.matrix, samples.others_sample)
    return sha256(b"".join(np.ascontiguousarray(column).tobytes() for column in columns)).hexdigest()
