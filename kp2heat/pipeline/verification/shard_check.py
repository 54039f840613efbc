"""Check one shard: its file, structure and content, and its maps against its own ground truth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Ints
from kp2heat.drawing.planes import draw
from kp2heat.drawing.samples import scene_of
from kp2heat.errors import InputError, Kp2heatError, ShardError
from kp2heat.files.storage import Store
from kp2heat.pipeline.encoding.report import ShardReport
from kp2heat.pipeline.sampling import evenly_spaced
from kp2heat.pipeline.training.stored_pictures import stored_picture
from kp2heat.shards.manifest import file_sha256
from kp2heat.shards.reading.existing import shard_content_sha256
from kp2heat.shards.reading.shard import Shard
from kp2heat.spec import CODEC_REVISION, Spec

REDRAWN = 32
"""Samples per shard drawn again from its ground truth."""
DRAWN_BYTES = 1 << 24
"""Bytes of values drawn at a time, as float64."""


@dataclass(frozen=True)
class Defect:
    """Something that is not as it was written.

    kind          one word
    encode_again  whether the shard has to be encoded again
    """

    file: str
    kind: str
    found: str
    encode_again: bool = True


@dataclass(frozen=True)
class ShardCheck:
    """A shard to be checked: its folder, the manifest's entry for it, the settings of the encoding."""

    folder: Path
    entry: Mapping[str, Any]
    settings: Mapping[str, Any]
    quick: bool

    def __str__(self) -> str:
        return str(self.entry.get("file"))


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: rows in the shard, rows drawn again, defects, notes."""

    rows: int = 0
    redrawn: int = 0
    defects: tuple[Defect, ...] = ()
    notes: tuple[str, ...] = ()


def check_shard(job: ShardCheck) -> CheckResult:
    """Check one shard; the first defect ends the check, so that a damaged file is never interpreted."""
    name = str(job.entry.get("file"))
    try:
        listed = ShardReport.from_json(job.entry)
        defect = _file(job, listed)
        if defect is not None:
            return CheckResult(defects=(defect,))
        shard = Shard(job.folder / name)
        defect = _content(job, listed, shard)
        if defect is not None:
            return CheckResult(shard.rows, defects=(defect,))
        if job.quick:
            return CheckResult(shard.rows)
        return _pictures(shard) or _maps(shard)
    except (Kp2heatError, OSError) as error:
        found = re.sub(rf"^{re.escape(name)}[:,] ", "", str(error))  # a defect names its file already
        return CheckResult(defects=(Defect(name, "structure", found),))


def check_downloaded(job: ShardCheck, url: str) -> CheckResult:
    """Check one shard of an object store: a whole copy of it, which is removed again."""
    with TemporaryDirectory(prefix="kp2heat-") as folder:
        try:
            Store(url).download(str(job), Path(folder) / str(job))
        except (Kp2heatError, OSError) as error:
            return CheckResult(defects=(Defect(str(job), "missing", f"cannot be downloaded ({error})"),))
        return check_shard(replace(job, folder=Path(folder)))


def _file(job: ShardCheck, listed: ShardReport) -> Defect | None:
    """Return a defect unless the file exists, has the right size, and is bit for bit what was written."""
    path = job.folder / listed.file
    if not path.is_file():
        return Defect(listed.file, "missing", "is missing")
    size = path.stat().st_size
    if size != listed.bytes:
        return Defect(listed.file, "size", f"has {size} bytes, and {listed.bytes} were written")
    if not job.quick and file_sha256(path) != listed.sha256:
        return Defect(listed.file, "sha256", "differs from what was written (its sha256)")
    return None


def _content(job: ShardCheck, listed: ShardReport, shard: Shard) -> Defect | None:
    """Return a defect unless it is the shard of this place in this encoding, whole to its last table."""
    _ = shard.truth  # reading the ground truth checks its tables
    if shard.attrs["fingerprint"] != listed.fingerprint or shard.rows != listed.rows:
        return Defect(listed.file, "swapped", "belongs to another place or encoding")
    changed = [k for k, v in shard.settings.items() if job.settings.get(k) != v]
    if changed:
        return Defect(listed.file, "settings", f"was made with other settings ({', '.join(changed)})")
    if not job.quick and shard_content_sha256(shard.path) != listed.content_sha256:
        return Defect(listed.file, "content", "holds something else than was written (its content hash)")
    return None


def _pictures(shard: Shard) -> CheckResult | None:
    """Return a defect where some stored pictures cannot be decoded, or are of another size than they should be."""
    if shard.images is None:
        return None
    for row in evenly_spaced(shard.rows, REDRAWN).tolist():
        try:
            stored_picture(shard, row)
        except InputError as error:
            return CheckResult(
                shard.rows, defects=(Defect(shard.path.name, "picture", f"row {row}: {error}"),)
            )
    return None


def _maps(shard: Shard) -> CheckResult:
    """Draw some samples again from the shard's ground truth, and compare their maps."""
    if shard.attrs["codec_revision"] != CODEC_REVISION:
        note = f"maps are of codec revision {shard.attrs['codec_revision']}, and were not drawn again"
        return CheckResult(shard.rows, notes=(note,))
    spec = Spec.from_fields(shard.settings, f"{shard.path.name}, spec")
    if spec.record.draws_bystanders and spec.sample == "instance":
        note = "maps show people of other samples too, and were not drawn again"
        return CheckResult(shard.rows, notes=(note,))
    if not shard.stores_maps:
        return CheckResult(shard.rows)
    rows = evenly_spaced(shard.rows, REDRAWN)
    labels = shard.labels()
    cells = sum(int(np.prod(row)) for info in shard.levels.values() for row, _ in info.planes.values())
    for some in np.array_split(rows, max(1, -(-len(rows) * 8 * cells // DRAWN_BYTES))):
        scene = scene_of(labels.annotations, labels.samples.pick(some), spec)
        for name, info in shard.levels.items():
            for plane, values in _drawn(spec, info.level, scene, shard.path.name).items():
                wrong = _first_wrong(shard, name, plane, some, values)
                if wrong is not None:
                    found = f"/{name}/{plane}, row {wrong}: differs from what its ground truth gives when drawn again"
                    return CheckResult(shard.rows, len(rows), (Defect(shard.path.name, "maps", found),))
    shard.close()
    return CheckResult(shard.rows, len(rows))


def _first_wrong(shard: Shard, level: str, plane: str, rows: Ints, values: NDArray[Any]) -> int | None:
    """Return the first of these rows whose stored bytes are not those of ``values``."""
    for row, value in zip(rows.tolist(), values, strict=True):
        stored = shard.read(level, plane, row, row + 1)[0]
        if stored.dtype != value.dtype or stored.tobytes() != value.tobytes():
            return int(row)
    return None


def _drawn(spec: Spec, level: Any, scene: Any, where: str) -> dict[str, Any]:
    try:
        return draw(spec, level, scene)
    except (TypeError, ValueError) as error:
        raise ShardError(where, f"its settings cannot be drawn ({error})", "encode it again") from error
