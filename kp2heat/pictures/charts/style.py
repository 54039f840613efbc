"""The look that all charts share, and how a figure becomes bytes."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from kp2heat.libraries import library

PAPER, INK, FAINT, GRID = "#15171c", "#eceef2", "#969ca6", "#2e323b"
SERIES = ("#4dbbff", "#ff9e40", "#ade878", "#ff5c8a", "#c09bff", "#f2d14c", "#5fe0c5", "#b5b9c2")
HEAT = "inferno"
STYLE = {
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "kp2heat",
}


FONTS = (
    *("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans Hebrew", "Noto Sans Arabic"),
    *("Noto Sans Thai", "Noto Sans Devanagari", "Arial Unicode MS", "Microsoft YaHei"),
)
"""Those of them that the system has are asked in turn for a letter."""


def matplotlib() -> Any:
    """Return Matplotlib; DependencyError with the install line where the extra is missing."""
    library("matplotlib.figure", "charts")
    return sys.modules["matplotlib"]


def new_figure(width: float, height: float) -> tuple[Any, Any]:
    """Return a figure of this many inches in the shared style, and its axes."""
    figure = matplotlib().figure.Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    return figure, figure.subplots()


def styled(texts: Iterable[str] = ()) -> Any:
    """Return the context in which figures with these texts are made and rendered."""
    mpl = matplotlib()
    from cycler import cycler

    return mpl.rc_context(
        {**STYLE, "axes.prop_cycle": cycler(color=SERIES), "font.family": _families(set("".join(texts)))}
    )


def _families(letters: set[str]) -> list[str]:
    """Return the fonts that draw these letters: the first alone if it can, since every label is looked up in each."""
    manager = matplotlib().font_manager
    drawn = manager.get_font(manager.findfont(FONTS[0])).get_charmap()
    if all(ord(letter) in drawn for letter in letters if letter.isprintable()):
        return [FONTS[0]]
    known = {font.name for font in manager.fontManager.ttflist}
    return [name for name in FONTS if name in known]


def log_ticks(axis: Any, subs: Sequence[int] = (1, 2, 5)) -> None:
    """Mark 1, 2 and 5 times the powers of ten on a logarithmic axis, written as plain numbers."""
    ticker = matplotlib().ticker
    axis.set_major_locator(ticker.LogLocator(subs=subs))
    axis.set_major_formatter(lambda value, _place: f"{value:g}")
    axis.set_minor_locator(ticker.NullLocator())


def count_ticks(axis: Any) -> None:
    """Mark whole numbers, thousands as 140k."""
    axis.get_major_locator().set_params(integer=True)
    axis.set_major_formatter(lambda value, _place: f"{value / 1000:g}k" if value >= 1000 else f"{value:g}")


def literal(text: object) -> str:
    """Return text that Matplotlib shows as it is: a dollar sign would begin a formula, a control character a box.

    >>> literal("1$") == "1" + chr(92) + "$"
    True
    """
    return "".join(c if c.isprintable() else " " for c in str(text)).replace("$", r"\$")


def rendered(figure: Any, suffix: str) -> bytes:
    """Return the figure as PNG, PDF or SVG; the same figure gives the same bytes."""
    kind = suffix.removeprefix(".")
    nothing = {
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Producer": None},
        "svg": {"Date": None},
    }
    out = io.BytesIO()
    with warnings.catch_warnings():
        # A letter that no font of this system has is drawn as a box.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure.savefig(out, format=kind, dpi=150, metadata=nothing[kind])
    return out.getvalue()
