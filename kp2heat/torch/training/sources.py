"""What a data set can be made of: annotations under a spec, or shards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kp2heat.annotations import Annotations
from kp2heat.drawing.labels import LabelSource
from kp2heat.errors import SpecError
from kp2heat.formats import read
from kp2heat.pipeline.describe import holds_shards
from kp2heat.pipeline.training.on_read import from_annotations, from_shards
from kp2heat.shards.reading.dataset import Shards, open_shards
from kp2heat.spec import Spec


def open_source(
    source: Annotations | Shards | str | Path, spec: Spec | None, on_error: str
) -> tuple[LabelSource, Shards | None]:
    """Return the samples, drawn as f32, and the shards they came from, if any.

    SpecError where annotations come without a spec, or shards with one.
    """
    if on_error not in ("fail", "skip"):
        raise SpecError("on_error", f"'{on_error}' is not known", "use fail or skip")
    if isinstance(source, str | Path):
        source = open_shards(source) if holds_shards(Path(source)) else read(source, on_error=on_error)
    if isinstance(source, Shards):
        if spec is not None:
            raise SpecError("spec", "is given for shards, which carry their own", "leave it out")
        labels = from_shards(source)
        return replace(labels, spec=replace(labels.spec, dtype="f32")), source
    if spec is None:
        raise SpecError("spec", "is missing: annotations do not say how to draw them", "give Spec(...)")
    return from_annotations(source, replace(spec, dtype="f32"), on_error), None
