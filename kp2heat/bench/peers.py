"""Who kp2heat is measured against: the script of ``bench/script.py``, or mmpose itself where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kp2heat.bench import script
from kp2heat.errors import DependencyError
from kp2heat.pipeline.encoding.planning.plan import Plan


def encoder(against: str, name: str, planned: Plan) -> script.Encoder:
    """Return the peer's encoder of one person, by the name of the script's table."""
    if against == "script":
        return script.ENCODERS[name]
    codecs = _mmpose()
    input_size = planned.samples.frame.input_size
    made = {level.size: codecs[name](input_size, level.size, sigma=level.sigma) for level in planned.levels}
    scale = {level.size: np.asarray(level.alignment.stride) for level in planned.levels}

    def encode(xy: Any, visible: Any, size: tuple[int, int], _sigma: float) -> tuple[Any, Any]:
        planes = made[size].encode((xy * scale[size])[None], visible[None].astype(np.float32))
        return planes["heatmaps"], planes["keypoint_weights"][0]

    return encode


def dark_decoder(against: str, planned: Plan) -> Callable[[Any], Any]:
    """Return the peer's DARK decoder of one person's maps."""
    if against == "script":
        return script.decode_dark
    level = planned.levels[0]
    decode: Callable[[Any], Any] = _mmpose()["dark"](
        planned.spec.input_size, level.size, sigma=level.sigma
    ).decode
    return decode


def _mmpose() -> dict[str, Any]:
    try:
        from mmpose.codecs import MSRAHeatmap, UDPHeatmap
    except ImportError as error:
        raise DependencyError(
            "--against mmpose", f"mmpose cannot be imported ({error})", "install it, or use --against script"
        ) from None
    return {"msra": MSRAHeatmap, "udp": UDPHeatmap, "dark": partial(MSRAHeatmap, unbiased=True)}
