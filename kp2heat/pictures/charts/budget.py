"""The chart of an error budget: error against bytes, and the front of those that nothing beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.pictures.charts.style import FAINT, INK, PAPER, SERIES, literal, new_figure, rendered, styled

MARKERS = "osD^vPX*<>"
PLACES = ((9.0, 4.0), (-9.0, 4.0), (9.0, -11.0), (-9.0, -11.0))
"""Where a label is tried, in points from its mark: on either side, above and below its height."""


def front(error: Floats, size: Floats) -> Bools:
    """Return which of n points no other beats in one of error and size without losing in the other.

    >>> front(np.array([1.0, 2.0, 3.0]), np.array([5.0, 6.0, 1.0])).tolist()
    [True, False, True]
    """
    no_worse = (error <= error[:, None]) & (size <= size[:, None])
    better = (error < error[:, None]) | (size < size[:, None])
    return np.asarray(~(no_worse & better).any(axis=1))


def budget_chart(
    error: Floats,
    size: Floats,
    words: Sequence[str],
    groups: Sequence[str],
    chosen: int,
    title: str,
    suffix: str,
) -> bytes:
    """Return the chart as PNG, PDF or SVG.

    error (n,) mean px; size (n,) bytes per sample; words: a label for each; groups: what colours tell apart;
    chosen: the recommended one, or -1. Labels that would overlap are left out, those of the front last.
    """
    with styled([title, *words, *groups]):
        figure, axes = new_figure(9.5, 5.8)
        best = front(error, size)
        shown = np.maximum(error, 1e-4)
        for n, group in enumerate(dict.fromkeys(groups)):
            mine = np.array([g == group for g in groups])
            axes.scatter(
                size[mine] / 1000,
                shown[mine],
                s=max(24, 96 - 20 * n),
                color=SERIES[n % len(SERIES)],
                marker=MARKERS[n % len(MARKERS)],
                edgecolors=PAPER,
                linewidths=0.8,
                label=literal(group),
                zorder=3,
            )
        order = np.flatnonzero(best)[np.argsort(size[best])]
        axes.plot(
            size[order] / 1000,
            shown[order],
            color=FAINT,
            lw=1.2,
            zorder=2,
            label="front: nothing beats these",
        )
        if chosen >= 0:
            axes.scatter(
                [size[chosen] / 1000],
                [shown[chosen]],
                s=230,
                facecolors="none",
                edgecolors=INK,
                linewidths=1.8,
                zorder=4,
                label="recommended",
            )
        axes.set(xscale="log", yscale="log", xlabel="kB per sample on disk", ylabel="mean error, input px")
        axes.set_title(literal(title))
        axes.margins(x=0.2, y=0.12)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
        _plain_ticks(axes)
        first = ([chosen] if chosen >= 0 else []) + [n for n in order if n != chosen]
        _label(figure, axes, size / 1000, shown, words, [*first, *np.flatnonzero(~best)])
        return rendered(figure, suffix)


def _plain_ticks(axes: Any) -> None:
    """Write 0.1, 0.2, 0.5 and 10 instead of powers of ten."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _place: f"{value:g}")
        axis.set_minor_formatter(lambda value, _place: f"{value:g}" if f"{value:e}"[0] in "25" else "")


def _label(figure: Any, axes: Any, x: Floats, y: Floats, words: Sequence[str], order: Sequence[Any]) -> None:
    """Write the labels in this order of importance.

    One that would cover a label or a mark at every place is left out, and so is one that says the same as that of a
    mark it touches.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    points = axes.transData.transform(np.stack([x, y], axis=1))
    dots = [(px - 5, py - 5, px + 5, py + 5) for px, py in points]
    kept: list[tuple[float, ...]] = []
    labelled: list[Any] = []
    for n in order:
        if any(words[n] == words[m] and overlap(dots[n], dots[m]) for m in labelled):
            continue
        others = [*kept, *(dot for dot in dots if dot[:2] != dots[n][:2])]
        for offset in PLACES:
            text = _beside(axes, x[n], y[n], words[n], offset)
            box = tuple(text.get_window_extent().extents)
            if not any(overlap(box, other) for other in others):
                kept.append(box)
                labelled.append(n)
                break
            text.remove()


def _beside(axes: Any, x: float, y: float, words: str, offset: tuple[float, float]) -> Any:
    side = "left" if offset[0] > 0 else "right"
    return axes.annotate(
        literal(words),
        (x, y),
        xytext=offset,
        textcoords="offset points",
        fontsize=8,
        color=INK,
        ha=side,
        zorder=5,
    )


def overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    """Return whether two boxes (left, bottom, right, top) share an area.

    >>> overlap((0, 0, 2, 2), (1, 1, 3, 3)), overlap((0, 0, 1, 1), (1, 0, 2, 1))
    (True, False)
    """
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
