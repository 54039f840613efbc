"""How far the labels of a preset are from the published ones, measured."""

from __future__ import annotations

from functools import cache

import numpy as np

import kp2heat
from kp2heat.spec import Spec
from kp2heat.spec.presets import load_preset, preset_names, preset_path

PEOPLE = 6


@cache
def published_form(name: str) -> str:
    """Return a sentence on the default form of a preset and the published code."""
    spec = load_preset(name)
    if spec.literal:
        return "published numbers (literal)"
    if "literal" not in spec.record.params:
        return "kp2heat's own" if spec.codec == "gaussian" else "published numbers"
    if spec.codec.startswith("center-map"):
        return "corrected; `--literal` counts from 1"
    moved = peaks(spec, literal=True) - peaks(spec, literal=False)
    moved = moved[np.isfinite(moved).all(axis=-1)]
    other = (moved != 0).any(axis=-1)
    box = f", box step of {spec.box}" if spec.box else ""
    if not other.any():
        return f"corrected; `--literal` has the same peak cells{box}"
    far = np.linalg.norm(moved, axis=-1)[other].mean()
    return f"corrected; `--literal` moves {other.mean():.0%} of peaks, by {far:.1f} cells{box}"


def comment(name: str) -> str:
    """Return the first line of a preset's file."""
    return f"# Labels: {published_form(name)}.".replace("`", "")


def write_comments() -> None:
    """Put the comment at the head of every preset's file."""
    for name in preset_names():
        lines = preset_path(name).read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("# Labels: ")]
        preset_path(name).write_text("\n".join([comment(name), *kept]) + "\n", encoding="utf-8")


def peaks(spec: Spec, *, literal: bool) -> np.ndarray:
    """Return the cells (P, 2) of the greatest values of random joints' maps; NaN for empty maps."""
    input_size = spec.input_size or (256, 256)
    rng = np.random.default_rng(5)
    xy = rng.uniform(0, np.array(input_size) - 1.0, (PEOPLE, 17, 2))
    bbox = np.concatenate([xy.min(axis=1), np.ptp(xy, axis=1)], axis=1)
    cells = []
    for level in spec.levels(input_size):
        planes = kp2heat.encode(
            xy,
            codec=spec.codec,
            input_size=input_size,
            size=level.size,
            sigma=level.sigma,
            bbox=bbox,
            skeleton=kp2heat.Skeleton(kp2heat.skeleton.COCO_NAMES, limbs=((5, 7), (7, 9))),
            **{key: v for key, v in spec.params.items() if key != "normalize"} | {"literal": literal},
        )
        if "simcc_x" in planes:
            cells.append(np.stack([planes[f"simcc_{axis}"].argmax(axis=-1) for axis in "xy"], axis=-1) * 1.0)
            continue
        first = 1 if spec.codec == "cpm-pytorch" else 0
        maps = planes["heatmaps"][:, first : first + 17]
        flat = maps.reshape(PEOPLE, 17, -1)
        y, x = np.divmod(flat.argmax(axis=-1), level.size[0])
        cells.append(np.where(flat.max(axis=-1, keepdims=True) > 0, np.stack([x, y], axis=-1), np.nan))
    return np.concatenate([c.reshape(-1, 2) for c in cells])
