"""kp2heat: keypoint annotations to heatmap labels, and heatmaps back to keypoints.

::

    kp2heat.read(path, ...)                      -> Annotations
    kp2heat.encode(xy, visible, codec=..., ...)  -> {"heatmaps": (N, C, H, W), "weights": (N, K), ...}
    kp2heat.decode(planes, method=..., ...)      -> Peaks
    kp2heat.open(path)                           -> Shards; [i] -> Sample, a dict of planes with .truth and .frame
    kp2heat.crop_image(image, sample.frame)      -> the network's input (h, w, C)
    kp2heat.Spec.from_preset(name, sigma=3, ...) -> Spec, the settings of an encoding
    kp2heat.renderer(spec, input_size, joints)   -> draw(xy, visible), prepared once for training
    kp2heat.map_reader(spec, input_size, joints) -> read(maps), prepared once
    kp2heat.encode_dataset(annotations, out, spec, ...), kp2heat.decode_dataset(shards, ...)

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from kp2heat.annotations import Annotations as Annotations
    from kp2heat.drawing.renderer import renderer as renderer
    from kp2heat.errors import Kp2heatError as Kp2heatError
    from kp2heat.formats import read as read
    from kp2heat.peaks import Peaks as Peaks
    from kp2heat.pipeline.arrays import decode as decode
    from kp2heat.pipeline.arrays import encode as encode
    from kp2heat.pipeline.decoding.prepared import map_reader as map_reader
    from kp2heat.pipeline.decoding.run import decode_dataset as decode_dataset
    from kp2heat.pipeline.encoding.dataset import encode_dataset as encode_dataset
    from kp2heat.pipeline.training.check_transform import check_transform as check_transform
    from kp2heat.pipeline.training.crops import crop_image as crop_image
    from kp2heat.shards.reading.dataset import Shards as Shards
    from kp2heat.shards.reading.dataset import open_shards as open  # noqa: F401
    from kp2heat.skeleton import Skeleton as Skeleton
    from kp2heat.spec import Spec as Spec

_FACE = {
    "Annotations": "annotations",
    "Kp2heatError": "errors",
    "Peaks": "peaks",
    "Shards": "shards.reading.dataset",
    "Skeleton": "skeleton",
    "Spec": "spec",
    "check_transform": "pipeline.training.check_transform",
    "crop_image": "pipeline.training.crops",
    "decode": "pipeline.arrays",
    "decode_dataset": "pipeline.decoding.run",
    "encode": "pipeline.arrays",
    "encode_dataset": "pipeline.encoding.dataset",
    "open": "shards.reading.dataset:open_shards",
    "map_reader": "pipeline.decoding.prepared",
    "read": "formats",
    "renderer": "drawing.renderer",
}
"""Name -> where it lives, and under which name if another."""

__all__ = sorted(_FACE)


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module 'kp2heat' has no attribute '{name}'")
    place, _, other = _FACE[name].partition(":")
    return getattr(import_module(f"kp2heat.{place}"), other or name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
