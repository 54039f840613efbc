"""The chart of a data set: visibility, sizes, densities of every joint, limbs against sigma."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from kp2heat.arrays import Floats, Ints
from kp2heat.libraries import opencv
from kp2heat.pictures.charts.style import (
    FAINT,
    HEAT,
    INK,
    SERIES,
    count_ticks,
    literal,
    log_ticks,
    matplotlib,
    rendered,
    styled,
)
from kp2heat.pictures.text import shorten
from kp2heat.skeleton import Skeleton

ACROSS = 17
"""Densities in a row."""
MOST_SHOWN = 68
"""Joints whose densities are shown."""
NAME_POINTS = 7.5
NAME_ROOM = (15, 108)
"""Size and width of the name above a density in px of Pillow's font, which is a seventh narrower than Matplotlib's."""
SMOOTHING = 1.0
"""Sigma of the densities' smoothing, in their cells."""


BOX_MARGIN = 0.25
"""Share of the box that its density shows on each side of it: joints may lie outside."""


@dataclass(frozen=True, eq=False)
class Counted:
    """What is counted of N people with labelled joints, K joints and L limbs, as far as the chart shows it.

    visible, hidden, unlabelled   (K,) people
    over_image, over_box   (K, n, n) counts of labelled joints over the image, and over the box with its margin
    together      (K, K) share of the people with joint i who have joint j too; NaN where nobody has i
    per_person    (K + 1,) people with so many labelled joints
    box           (N, 2) width and height in image px, NaN where unknown
    limbs         (L, 5) quantiles of the limbs' lengths in shares of the box's longer side
    in_sigmas     level name -> (L, 5) quantiles of the limbs' lengths in sigmas of that level
    """

    skeleton: Skeleton
    visible: Ints
    hidden: Ints
    unlabelled: Ints
    over_image: Ints
    over_box: Ints
    together: Floats
    per_person: Ints
    box: Floats
    limbs: Floats
    in_sigmas: Mapping[str, Floats]


WIDE = 16.0
"""Inches across the chart."""


def statistics_chart(data: Counted, title: str, suffix: str) -> bytes:
    """Return the chart as PNG, PDF or SVG.

    Every part has its place in inches: Matplotlib's automatic layout takes longer than all else.
    """
    names = data.skeleton.names
    mosaic = 0.45 + 1.15 * ceil(min(len(names), MOST_SHOWN) / ACROSS)
    tall = 9.4 + 2 * mosaic
    with styled([title, *names]):
        figure = matplotlib().figure.Figure(figsize=(WIDE, tall))

        def place(left: float, top: float, width: float, height: float) -> Any:
            return figure.add_axes((left / WIDE, 1 - (top + height) / tall, width / WIDE, height / tall))

        figure.text(0.25 / WIDE, 1 - 0.3 / tall, literal(title), fontsize=13, weight="bold")
        _visibility(place(0.7, 0.8, 7.2, 2.8), data)
        _per_person(place(8.6, 0.8, 3.3, 2.8), data)
        _boxes(place(12.6, 0.8, 3.2, 2.8), data)
        _together(figure, place(1.3, 5.2, 3.0, 3.0), place(4.4, 5.2, 0.12, 3.0), data)
        _limbs(place(5.6, 5.2, 10.2, 2.8), data)
        area = (0.25, 9.4, WIDE - 0.5, mosaic - 0.3)
        _densities(place(*area), data.over_image, names, "Where joints are in the image", 0)
        _density_bar(place(0.35, tall - 0.32, 2.35, 0.1))
        note = f"Where joints are in the box, which is the inner frame ({BOX_MARGIN:.0%} of it around)"
        area = (0.25, 9.4 + mosaic, WIDE - 0.5, mosaic - 0.3)
        _densities(place(*area), data.over_box, names, note, BOX_MARGIN)
        return rendered(figure, suffix)


def _write_names(axes: Any, names: Sequence[str], most: int, size: int) -> tuple[list[int], list[str]]:
    """Write at most so many of the names under the axes, long ones cut; return their places and words."""
    places = list(range(0, len(names), ceil(len(names) / most)))
    words = [literal(names[k] if len(names[k]) < 30 else names[k][:28] + "…") for k in places]
    axes.set_xticks(places, words, rotation=60, ha="right", fontsize=size, rotation_mode="anchor")
    return places, words


def _visibility(axes: Any, data: Counted) -> None:
    place = np.arange(len(data.visible))
    below = np.zeros(len(place))
    parts = (
        ("visible", data.visible, SERIES[0]),
        ("hidden", data.hidden, SERIES[1]),
        ("unlabelled", data.unlabelled, FAINT),
    )
    for name, counts, colour in parts:
        axes.bar(place, counts, bottom=below, color=colour, label=name, width=0.82)
        below = below + counts
    _write_names(axes, data.skeleton.names, 34, 8)
    axes.set(title="Visibility per joint", ylabel="people", xlim=(-0.6, len(place) - 0.4))
    axes.grid(axis="x", visible=False)
    count_ticks(axes.yaxis)
    axes.legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1), fontsize=8, borderaxespad=0.2)


def _per_person(axes: Any, data: Counted) -> None:
    axes.bar(np.arange(len(data.per_person)), data.per_person, color=SERIES[2], width=0.85)
    axes.set(title="Labelled joints per person", ylabel="people", xlabel="joints")
    count_ticks(axes.xaxis)
    count_ticks(axes.yaxis)
    axes.grid(axis="x", visible=False)


def _boxes(axes: Any, data: Counted) -> None:
    axes.set(title="Box sizes", xlabel="width, px", ylabel="height, px")
    known = data.box[np.isfinite(data.box).all(axis=1)]
    if not len(known):
        _nothing(axes, "no boxes")
        return
    logs = np.log10(np.maximum(known, 1))
    low, high = logs.min() - 0.05, logs.max() + 0.05
    edges = np.logspace(low, high, 56)
    counts, _, _ = np.histogram2d(known[:, 0], known[:, 1], bins=(edges, edges))
    shown = np.ma.masked_equal(counts.T, 0)
    axes.pcolormesh(
        edges,
        edges,
        shown,
        cmap=HEAT,
        norm=matplotlib().colors.LogNorm(0.3, max(1, counts.max())),
        rasterized=True,
    )
    axes.plot(edges[[0, -1]], edges[[0, -1]], color=FAINT, lw=0.8)
    axes.set(xscale="log", yscale="log", aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        log_ticks(axis)


def _together(figure: Any, axes: Any, bar: Any, data: Counted) -> None:
    drawn = axes.imshow(data.together, cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
    places, words = _write_names(axes, data.skeleton.names, 24, 7)
    axes.set_yticks(places, words, fontsize=7)
    axes.set_title("Seen together: of people with the row's\njoint, the share with the column's")
    axes.grid(visible=False)
    figure.colorbar(drawn, cax=bar)


def _limbs(axes: Any, data: Counted) -> None:
    """Draw each limb's quantiles: in sigmas of every level where these are known, else in shares of the box."""
    series = dict(data.in_sigmas) or {"": data.limbs}
    names = data.skeleton.names
    limbs = [f"{names[a]}–{names[b]}" for a, b in data.skeleton.limbs]
    count = len(limbs)
    axes.set_title("Limb lengths: median, and 5 % to 95 % of people")
    if not count:
        _nothing(axes, "the skeleton has no limbs")
        return
    for n, (level, rows) in enumerate(series.items()):
        place = np.arange(count) + (n - (len(series) - 1) / 2) * 0.8 / len(series)
        colour = SERIES[n % len(SERIES)]
        axes.vlines(place, rows[:, 0], rows[:, -1], color=colour, lw=2, alpha=0.6)
        axes.scatter(place, rows[:, 2], color=colour, s=22, label=literal(level), zorder=3)
    _write_names(axes, limbs, 40, 7)
    axes.grid(axis="x", visible=False)
    if data.in_sigmas:
        axes.axhline(2, color=INK, lw=1, ls="--", label="2 sigma: below, two joints look like one")
        axes.set(yscale="log", ylabel="sigmas of the level")
        log_ticks(axes.yaxis)
        axes.legend(fontsize=8, ncols=len(series) + 1)
    else:
        axes.set(ylabel="share of the box's longer side", ylim=(0, None))


def _nothing(axes: Any, words: str) -> None:
    """Say in the middle of empty axes why they are empty."""
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", color=FAINT)
    axes.set(xticks=[], yticks=[], xlabel="", ylabel="")


def _density_bar(axes: Any) -> None:
    """Draw the colours of the densities, whose values grow with the square of the place on the bar."""
    axes.imshow(np.linspace(0, 1, 256)[None], cmap=HEAT, vmin=0, vmax=1, aspect="auto", extent=(0, 1, 0, 1))
    shares = (0, 0.1, 0.5, 1)
    axes.set_xticks([share**0.5 for share in shares], [f"{share:.0%}" for share in shares], fontsize=7)
    axes.set_yticks([])
    axes.set_title("share of a joint's densest place", fontsize=NAME_POINTS, weight="normal", pad=3)
    axes.tick_params(length=2, pad=1)
    axes.grid(visible=False)


def _densities(axes: Any, counts: Ints, names: Sequence[str], title: str, margin: float) -> None:
    """Draw one small density per joint, smoothed, each to its own maximum, all on one pair of axes."""
    shown = min(len(names), MOST_SHOWN)
    across, rows = min(ACROSS, shown), ceil(shown / ACROSS)
    side, gap, head = counts.shape[1], 4, 11
    mosaic = np.full((rows * (side + gap + head), across * (side + gap)), np.nan)
    for k in range(shown):
        x, y = k % across * (side + gap), k // across * (side + gap + head) + head
        smooth = opencv().GaussianBlur(counts[k].astype(np.float32), (0, 0), SMOOTHING)
        mosaic[y : y + side, x : x + side] = np.sqrt(smooth / (smooth.max() or 1))
        axes.text(x, y - 3, literal(shorten(f"{k} {names[k]}", *NAME_ROOM)), fontsize=NAME_POINTS, color=INK)
        if margin:
            inner = side * margin / (1 + 2 * margin)
            # A cell's centre is a whole number: its corner is half less.
            corner, wide = (x + inner - 0.5, y + inner - 0.5), side - 2 * inner
            frame = matplotlib().patches.Rectangle(corner, wide, wide, fill=False, edgecolor=FAINT, lw=0.7)
            axes.add_patch(frame)
    axes.imshow(mosaic, cmap=HEAT, vmin=0, vmax=1, interpolation="nearest", aspect="equal")
    axes.set_anchor("NW")
    axes.set_axis_off()
    more = f"; {len(names) - shown} more joints are not shown" if shown < len(names) else ""
    axes.set_title(title + more)
