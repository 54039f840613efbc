"""The tables that are measured: errors of trips through maps, clean and noisy."""

from __future__ import annotations

import numpy as np

import kp2heat
from kp2heat.codecs import CODECS
from kp2heat.frame import Size, alignment

GRIDS: tuple[tuple[Size, Size, float], ...] = (
    ((192, 256), (48, 64), 2.0),
    ((224, 224), (28, 28), 1.5),
    ((224, 224), (14, 14), 1.0),
    ((224, 224), (7, 7), 1.0),
)
NOISY = (((288, 384), (72, 96), 3.0), GRIDS[0], GRIDS[2], GRIDS[3])
PUBLISHED_TAPS = {3.0: 17}
"""Taps of the published blur by sigma, where they are not its 11."""
LEVELS = (0.005, 0.02, 0.05, 0.1)
METHODS = ("fit", "weighted-fit", "dark", "dark-udp", "lsq", "quarter", "argmax")
JOINTS = 10_000
FEWER = 1_000
SLOW = ("onehot", "tf-pose", "paf-tfpose", "openpose-plus")
"""Drawn or enlarged at full size: 1,000 joints must do."""
ALONE = kp2heat.Skeleton(("joint",), limbs=((0, 0),))


def uniform(input_size: Size, count: int = JOINTS) -> np.ndarray:
    """(count / 10, 10, 2) joints uniform over the whole input, its border cells included."""
    rng = np.random.default_rng(20240607)
    return rng.uniform([-0.5, -0.5], np.array(input_size) - 0.5, (count // 10, 10, 2))


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def precision() -> str:
    """The default codec through every stored number and normalisation, decoded by ``lsq``."""
    lines = [row(["stored as", *(f"{s[0]}x{s[1]}" for _, s, _ in GRIDS)]), "|---|" + "---|" * len(GRIDS)]
    kinds = {
        "f32": ("f32", "none"),
        "f16": ("f16", "none"),
        "u8": ("u8", "none"),
        "f32 sum": ("f32", "sum"),
        "f32 sigmoid": ("f32", "sigmoid"),
        "f32 softmax": ("f32", "softmax"),
    }
    for name, (dtype, normalize) in kinds.items():
        cells = [name]
        for input_size, size, sigma in GRIDS:
            xy = uniform(input_size)
            planes = kp2heat.encode(
                xy, input_size=input_size, size=size, sigma=sigma, dtype=dtype, normalize=normalize
            )
            found = kp2heat.decode(planes, input_size=input_size, sigma=sigma, normalize=normalize)
            error = np.linalg.norm(found.xy - xy, axis=-1)
            cells.append(f"{error.mean():.1g} / {error.max():.1g}")
        lines.append(row(cells))
    return "\n".join(lines)


def trip(codec: str, input_size: Size, size: Size, sigma: float) -> np.ndarray:
    """Errors in input px of joints drawn and decoded by what ``auto`` means, a person each, in a 64 px box."""
    count = FEWER if codec in SLOW else JOINTS
    xy = uniform(input_size, count).reshape(-1, 1, 2)
    box = np.concatenate([xy[:, 0] - 32, np.full((count, 2), 64.0)], axis=1)
    errors = []
    for part in range(0, count, 1000):
        here = slice(part, part + 1000)
        planes = kp2heat.encode(
            xy[here],
            input_size=input_size,
            size=size,
            sigma=sigma,
            codec=codec,
            bbox=box[here],
            skeleton=ALONE,
        )
        found = kp2heat.decode(planes, input_size=input_size, sigma=sigma, codec=codec)
        errors.append(np.linalg.norm(found.xy - xy[here], axis=-1).ravel())
    return np.concatenate(errors)


def trips() -> str:
    """Every codec that holds joints, in its corrected form, float32: mean / p95 / max in input px."""
    lines = [
        row(["codec", "decoder", *(f"{s[0]}x{s[1]}" for _, s, _ in GRIDS)]),
        "|---|---|" + "---|" * len(GRIDS),
    ]
    for name, record in CODECS.items():
        if name.startswith("center-map"):
            continue
        cells = [f"`{name}`", f"`{record.decoder}`"]
        for grid in GRIDS:
            error = trip(name, *grid)
            drawn = error[np.isfinite(error)]
            spread = (drawn.mean(), np.quantile(drawn, 0.95), drawn.max())
            left = f", {1 - len(drawn) / len(error):.1%} not drawn" if len(drawn) < len(error) else ""
            cells.append(" / ".join(f"{value:.3f}" for value in spread) + left)
        lines.append(row(cells))
    return "\n".join(lines)


def bound(xy: np.ndarray, input_size: Size, size: Size, sigma: float) -> float:
    """Cramer-Rao: least rms error an axis in cells, per unit of noise, position and amplitude unknown."""
    cells = alignment("half-pixel", input_size, size).to_cell(xy).reshape(-1, 2)
    x, y = np.arange(size[0]), np.arange(size[1])
    total = 0.0
    for cx, cy in cells:
        u, v = np.meshgrid(x - cx, y - cy)
        h = np.exp(-(u * u + v * v) / (2 * sigma * sigma))
        jacobian = np.stack([h, h * u / sigma**2, h * v / sigma**2]).reshape(3, -1)
        total += np.trace(np.linalg.inv(jacobian @ jacobian.T)[1:, 1:]) / 2
    return float(np.sqrt(total / len(cells)))


def noise() -> str:
    """Root mean square error an axis, in cells, under white noise of that share of the peak."""
    head = ["map, noise", "bound", *METHODS, "dark, published"]
    lines = [row(head), "|---|" + "---|" * (len(head) - 1)]
    for input_size, size, sigma in NOISY:
        xy = uniform(input_size, 2000)
        least = bound(xy, input_size, size, sigma)
        grid = alignment("half-pixel", input_size, size)
        clean = kp2heat.encode(xy, input_size=input_size, size=size, sigma=sigma)["heatmaps"]
        for level in LEVELS:
            noisy = clean + np.random.default_rng(7).normal(0, level, clean.shape).astype(np.float32)
            cells = [f"{size[0]}x{size[1]}, {level:g}", f"{least * level:.4f}"]
            for method in (*METHODS, "literal"):
                published = method == "literal"
                params = {"literal": True, "kernel": PUBLISHED_TAPS.get(sigma, 11)} if published else {}
                found = kp2heat.decode(
                    {"heatmaps": noisy},
                    method="dark" if published else method,
                    input_size=input_size,
                    sigma=sigma,
                    align="half-pixel",
                    codec="dark" if published else "gaussian",
                    **params,
                )
                gap = grid.to_cell(found.xy) - grid.to_cell(xy)
                cells.append(f"{np.sqrt((gap**2).mean()):.4f}")
            lines.append(row(cells))
    return "\n".join(lines)
