"""The pictures of one sample: its joints, its heatmaps over the input, and the joints decoded from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats
from kp2heat.frame import Alignment, Size, finite
from kp2heat.pictures import vectors
from kp2heat.pictures.bodies import draw_errors, draw_skeletons, show_length
from kp2heat.pictures.colours import FAINT, joint_colours
from kp2heat.pictures.heat import merged_heat, overlay
from kp2heat.pictures.panel import Panel
from kp2heat.pictures.sheet import Captioned
from kp2heat.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class LevelView:
    """One level of one sample.

    words     what its caption says
    heatmaps  (C, H, W) values from 0 to about 1; None where the codec has none
    map_names the joint of each map, or the name of the group of joints that share it
    planes    the codec's further planes, without a batch axis
    further   planes of further maps -> their captions
    units     input px of a step of 1 towards the joint in a plane of vectors, (2,) by name
    from_centres  those of these planes whose cells point to every joint of a person
    decoded   (P, K, 2) input px, NaN where nothing was found; None where nothing was decoded
    """

    words: str
    alignment: Alignment
    heatmaps: NDArray[Any] | None
    planes: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    further: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, Floats] = field(default_factory=dict)
    from_centres: Sequence[str] = ()
    decoded: Floats | None = None
    map_names: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class SampleView:
    """One sample: a crop (h, w, 3) or None; xy (P, K, 2) input px; visible (P, K); its levels.

    scored (P, K, 2): the truth that decoded points are compared with, NaN where nothing is compared.
    """

    title: str
    crop: Bytes | None
    input_size: Size
    xy: Floats
    visible: Bytes
    scored: Floats
    levels: Sequence[LevelView]


def error_words(scored: Floats, decoded: Floats) -> str:
    """Return mean and greatest distance in input px as a caption; how many joints were not found.

    >>> error_words(np.zeros((1, 2, 2)), np.array([[[0.0, 0.5], [np.nan, 0.0]]]))
    'mean 0.50, max 0.50 px, 1 not found'
    """
    wanted = finite(scored)
    lengths = np.linalg.norm(decoded - scored, axis=-1)[wanted & finite(decoded)]
    missed = int(wanted.sum()) - len(lengths)
    parts = (
        [f"mean {show_length(lengths.mean())}, max {show_length(lengths.max())} px"] if len(lengths) else []
    )
    return ", ".join(parts + ([f"{missed} not found"] if missed else [])) or "nothing to compare"


def sample_panels(
    view: SampleView, skeleton: Skeleton, panel: Panel, *, cells: bool = False
) -> list[Captioned]:
    """Return the joints' panel, then per level its maps, its fields and offsets, all over the same input."""
    joints = panel.backdrop(view.crop)
    left_out = draw_skeletons(joints, panel, skeleton, view.xy, view.visible)
    size = f"{view.input_size[0]}x{view.input_size[1]} px input"
    panels = [Captioned(joints, f"{size}, {left_out} without a number" if left_out else size)]
    for level in view.levels:
        panels += level_panels(view, level, skeleton, panel, cells)
    return panels


def level_panels(
    view: SampleView, level: LevelView, skeleton: Skeleton, panel: Panel, cells: bool
) -> list[Captioned]:
    """Return the panels of one level: maps or axis curves with what was decoded, limb fields, offsets."""
    canvas = panel.backdrop(view.crop, dimmed=True)
    if level.heatmaps is not None:
        canvas = overlay(canvas, merged_heat(level.heatmaps, level.alignment, panel, cells=cells))
    planes = level.planes
    if "simcc_x" in planes:
        x, y, colours = planes["simcc_x"], planes["simcc_y"], joint_colours(skeleton)
        vectors.draw_axis_curves(canvas, x, y, level.alignment, panel, colours)
    words = level.words
    if level.decoded is not None:
        draw_errors(canvas, panel, view.scored, level.decoded)
        words = f"{words}: {error_words(view.scored, level.decoded)}"
    return [Captioned(canvas, words), *_further_panels(view, level, skeleton, panel, cells)]


def _further_panels(
    view: SampleView, level: LevelView, skeleton: Skeleton, panel: Panel, cells: bool
) -> Iterator[Captioned]:
    """Yield the panels of further maps, of limb fields and of vectors."""
    planes = level.planes
    for name, words in level.further.items():
        heat = merged_heat(planes[name], level.alignment, panel, cells=cells)
        yield Captioned(overlay(panel.backdrop(view.crop, dimmed=True), heat), words)
    if "pafs" in planes and len(planes["pafs"]):
        longest = vectors.strongest_field(planes["pafs"])
        limbs = vectors.field_overlay(panel.backdrop(view.crop, dimmed=True), longest, level.alignment, panel)
        vectors.draw_wheel(limbs)
        yield Captioned(limbs, "part affinity fields")
    for name, unit in level.units.items():
        arrows = panel.backdrop(view.crop, dimmed=True)
        if name in level.from_centres:
            vectors.draw_stars(arrows, planes[name], level.alignment, panel, unit, skeleton)
        else:
            vectors.draw_offsets(arrows, planes[name], level.alignment, panel, unit)
        yield Captioned(arrows, name.replace("_", " "))


def joint_panels(
    view: SampleView, level: LevelView, skeleton: Skeleton, panel: Panel, *, cells: bool = False
) -> list[Captioned]:
    """Return one panel per map: of a joint, with its number and name as the caption in its colour, or of a group."""
    colours = dict(zip(skeleton.names, joint_colours(skeleton), strict=True))
    numbers = {name: k for k, name in enumerate(skeleton.names)}
    panels = []
    for n, name in enumerate(level.map_names):
        canvas = panel.backdrop(view.crop, dimmed=True)
        if level.heatmaps is not None:
            heat = merged_heat(level.heatmaps[n : n + 1], level.alignment, panel, cells=cells)
            canvas = overlay(canvas, heat)
        if "simcc_x" in level.planes:
            x, y = (level.planes[plane][n : n + 1] for plane in ("simcc_x", "simcc_y"))
            vectors.draw_axis_curves(canvas, x, y, level.alignment, panel, colours[name][None])
        k = numbers.get(name)
        if level.decoded is not None and k is not None:
            draw_errors(canvas, panel, view.scored[:, k : k + 1], level.decoded[:, k : k + 1], written=1)
        words, colour = (name, FAINT) if k is None else (f"{k} {name}", tuple(colours[name].tolist()))
        panels.append(Captioned(canvas, words, colour))
    return panels
