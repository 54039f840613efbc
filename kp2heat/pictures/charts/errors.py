"""Charts of errors for an HTML page: cumulative curves, histograms, and error against score."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.pictures.charts.style import (
    FAINT,
    GRID,
    INK,
    PAPER,
    SERIES,
    count_ticks,
    literal,
    log_ticks,
    new_figure,
    rendered,
    styled,
)

BINS = 60
SCORE_BINS = 10
LEAST_ERROR = 1e-3
"""Px: smaller errors are drawn there, on axes that have no 0."""


@dataclass(frozen=True, eq=False)
class ErrorSeries:
    """The errors of one level and method: lengths (n,) in px, inf where a joint was not found; scores (n,)."""

    name: str
    lengths: Floats
    scores: Floats


def inline_svg(figure: Any) -> str:
    """Return a figure as an ``<svg>`` whose colours are those of the page, light or dark."""
    text = rendered(figure, ".svg").decode()
    text = text[text.index("<svg") :]
    colours = {PAPER: "none", INK: "var(--ink)", FAINT: "var(--faint)", GRID: "var(--line)"}
    colours |= {colour: f"var(--s{n})" for n, colour in enumerate(SERIES)}
    for colour, variable in colours.items():
        text = text.replace(colour, variable)
    text = re.sub(
        r'(<svg[^>]*?) width="[^"]*"',
        r"\1",
        re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1),
        count=1,
    )
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px; font-family: inherit", text)


def _limits(series: Sequence[ErrorSeries]) -> tuple[float, float]:
    """Return the ends of an axis of errors: whole powers of ten around them."""
    lengths = np.concatenate([s.lengths[np.isfinite(s.lengths)] for s in series] or [np.zeros(0)])
    lengths = lengths[lengths > 0]
    if not len(lengths):
        return LEAST_ERROR, 1.0
    low = max(LEAST_ERROR, 10 ** np.floor(np.log10(np.quantile(lengths, 0.01))))
    return float(low), float(max(10 * low, 10 ** np.ceil(np.log10(lengths.max()))))


def _log_axis(axes: Any, low: float, high: float, words: str) -> None:
    axes.set(xscale="log", xlim=(low, high), xlabel=words)
    log_ticks(axes.xaxis, (1,))


def cumulative_chart(series: Sequence[ErrorSeries], unit: str) -> str:
    """Return curves of the share of joints whose error is at most x; joints not found never are."""
    low, high = _limits(series)
    steps = np.logspace(np.log10(low), np.log10(high), 200)
    with styled(one.name for one in series):
        figure, axes = new_figure(7.2, 3.6)
        for one, look in _looks(series):
            ranked = np.sort(one.lengths)
            share = np.searchsorted(ranked, steps, side="right") / max(1, len(ranked))
            axes.plot(steps, 100 * share, lw=2, **look)
        _log_axis(axes, low, high, f"error, {unit}")
        axes.set(ylim=(0, 102), ylabel="% of joints with at most this error")
        _legend(axes)
        return inline_svg(figure)


def _legend(axes: Any) -> None:
    """Put the legend above the axes, where it covers nothing."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), fontsize=9, ncols=3, borderaxespad=0.2, columnspacing=1.2
    )


def _looks(series: Sequence[ErrorSeries]) -> Iterator[tuple[ErrorSeries, dict[str, str]]]:
    """Yield each series with the colour, dashes and label of its line."""
    for n, one in enumerate(series):
        dash = ("-", "--", ":", "-.")[n // len(SERIES) % 4]
        yield one, {"color": SERIES[n % len(SERIES)], "ls": dash, "label": literal(one.name)}


def histogram_chart(series: Sequence[ErrorSeries], unit: str) -> str:
    """Return histograms of the errors of joints that were found, over bins of equal ratio."""
    low, high = _limits(series)
    edges = np.logspace(np.log10(low), np.log10(high), BINS + 1)
    with styled(one.name for one in series):
        figure, axes = new_figure(7.2, 3.6)
        for one, look in _looks(series):
            lengths = one.lengths[np.isfinite(one.lengths)]
            counts, _ = np.histogram(np.clip(lengths, low, high), edges)
            axes.stairs(counts, edges, lw=1.8, **look)
            axes.stairs(counts, edges, color=look["color"], alpha=0.12, fill=True)
        _log_axis(axes, low, high, f"error, {unit}")
        axes.set(ylabel="joints", ylim=(0, None))
        count_ticks(axes.yaxis)
        _legend(axes)
        return inline_svg(figure)


def reliability_chart(series: Sequence[ErrorSeries], unit: str) -> str:
    """Return median and 90th percentile of the error in tenths of the joints by score: low scores should err more."""
    with styled(one.name for one in series):
        figure, axes = new_figure(7.2, 3.6)
        for one, look in _looks(series):
            known = np.isfinite(one.lengths) & np.isfinite(one.scores)
            scores, lengths = one.scores[known], np.maximum(one.lengths[known], LEAST_ERROR)
            if len(scores) < SCORE_BINS:
                continue
            order = np.argsort(scores, kind="stable")
            parts = np.array_split(order, SCORE_BINS)
            place = [scores[part].mean() for part in parts]
            medians, high = ([np.quantile(lengths[part], q) for part in parts] for q in (0.5, 0.9))
            axes.plot(place, medians, "o-", color=look["color"], ms=4, label=look["label"])
            axes.plot(place, high, ":", color=look["color"], lw=1.4)
        axes.set(yscale="log", xlabel="score (each mark a tenth of the joints)", ylabel=f"error, {unit}")
        log_ticks(axes.yaxis)
        if axes.lines:
            _legend(axes)
        return inline_svg(figure)
