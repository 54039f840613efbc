"""A report is one page that shows every name as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")

from kp2heat.pictures.charts.errors import ErrorSeries, cumulative_chart, histogram_chart, reliability_chart
from kp2heat.pictures.page import Page, Picture, Table, render_page

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def series(name: str, count: int = 200) -> ErrorSeries:
    rng = np.random.default_rng(0)
    lengths = rng.lognormal(0, 1, count)
    lengths[::17] = np.inf
    return ErrorSeries(name, lengths, rng.uniform(0, 1, count))


def page(name: str) -> Page:
    charts = [
        (name, name, chart([series(name), series(f"{name} 2")], "px"))
        for chart in (cumulative_chart, histogram_chart, reliability_chart)
    ]
    table = Table(["joint", "mean"], [[name, 0.5], ["b", None], ["c", 12.0]])
    return Page(
        title=name,
        subtitle=name,
        facts=[(name, name)],
        summary=table,
        charts=charts,
        joints=table,
        findings=[("error", name, 3, name, name, name)],
        worst=[Picture(b"1", "image/png", name)],
        worst_words=name,
        settings=[(name, name)],
        notes=[name],
    )


def test_hostile_names_are_text() -> None:
    plain, hostile = (Tags(render_page(page(name))).found for name in ("nose", HOSTILE))
    for kind in ("script", "img", "style", "link", "meta", "a", "b", "figure", "tr"):
        counts = [sum(tag == kind for tag, _ in tags) for tags in (plain, hostile)]
        assert counts[0] == counts[1], f"a name added {kind}"
    assert sum(tag == "script" for tag, _ in hostile) == 1, "the page's own"
    assert all(not key.startswith("on") for _, attrs in hostile for key in attrs)


def test_nothing_is_fetched() -> None:
    text = render_page(page("nose"))
    for tag, attrs in Tags(text).found:
        for key in ("src", "href", "xlink:href"):
            target = attrs.get(key) or ""
            assert target.startswith(("data:", "#")) or not target, (tag, target)
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_charts_take_the_pages_colours() -> None:
    for chart in (cumulative_chart, histogram_chart, reliability_chart):
        svg = chart([series("a"), series("b")], "px")
        assert "var(--ink)" in svg
        assert "var(--s0)" in svg
        assert not re.search(r"#(15171c|eceef2|4dbbff)", svg)


def contrast(a: str, b: str) -> float:
    """WCAG's ratio of the luminances of two colours ``#rrggbb``."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot(light, (0.2126, 0.7152, 0.0722)))

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_text_is_legible_in_light_and_in_dark() -> None:
    text = render_page(page("nose"))
    palettes = [
        dict(re.findall(r"--(\w+): (#\w{6})", block))
        for block in re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    ]
    assert len(palettes) == 2
    assert palettes[0]["paper"] != palettes[1]["paper"]
    for colours in palettes:
        for name in ("ink", "faint", "accent", "error", "warning", "info"):
            for ground in ("paper", "card"):
                assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


@pytest.mark.parametrize("lengths", [[], [np.inf, np.inf], [0.0, 0.0], [1e-9], [1e6]])
def test_charts_of_odd_errors_are_drawn(lengths: list[float]) -> None:
    odd = ErrorSeries("odd", np.array(lengths, float), np.ones(len(lengths)))
    for chart in (cumulative_chart, histogram_chart, reliability_chart):
        assert chart([odd], "px").startswith("<svg")
