"""The tables of the reference pages: ``python -m tests.tables`` writes them, and tests compare them with the code."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import kp2heat
from kp2heat.codecs import CODECS
from kp2heat.decoders import DECODERS
from kp2heat.metrics import METRICS
from kp2heat.spec.presets import load_preset, preset_names
from tests.measured_tables import noise, precision, row, trips
from tests.preset_forms import published_form, write_comments

ROOT = Path(__file__).parent.parent


def codecs() -> str:
    """Every codec with its source, its planes and the decoder that ``auto`` means."""
    head = ["codec", "follows", "alignment", "planes", "`auto` decoder"]
    lines = [row(head), "|---|---|---|---|---|"]
    lines += [
        row([f"`{n}`", c.source, c.align, ", ".join(c.planes), f"`{c.decoder}`"]) for n, c in CODECS.items()
    ]
    return "\n".join(lines)


def decoders() -> str:
    """Every decoder with its source and the planes it reads."""
    lines = [row(["method", "follows", "reads"]), "|---|---|---|"]
    lines += [row([f"`{n}`", d.source, ", ".join(d.needs)]) for n, d in DECODERS.items()]
    return "\n".join(lines)


def presets() -> str:
    """Every preset with its codec, its description, and how far it is from the published labels."""
    specs = {name: load_preset(name) for name in preset_names()}
    lines = [row(["preset", "codec", "what it is", "labels"]), "|---|---|---|---|"]
    lines += [
        row([f"`{name}`", f"`{spec.codec}`", spec.description, published_form(name)])
        for name, spec in specs.items()
    ]
    return "\n".join(lines)


def metrics() -> str:
    """Every metric with the standard it follows, what its numbers are, and its settings."""
    lines = [row(["metric", "follows", "unit", "settings"]), "|---|---|---|---|"]
    for name, metric in METRICS.items():
        given = ", ".join(f"`{key}={setting(value)}`" for key, value in metric.params.items())
        lines.append(row([f"`{name}`", metric.source, metric.unit, given]))
    return "\n".join(lines)


def drawings() -> str:
    """What the labels of every codec that is drawn on a device can be differentiated by."""
    from kp2heat.torch.drawing.drawings import DRAWINGS, slopes

    words = {
        (True, True): "xy, sigma",
        (True, False): "xy",
        (False, True): "sigma",
        (False, False): "nothing",
    }
    groups: dict[str, list[str]] = {}
    for name in DRAWINGS:
        forms = [{}, {"literal": True}] if "literal" in CODECS[name].params else [{}]
        by = list(dict.fromkeys(words[slopes(kp2heat.Spec(codec=name, params=form))] for form in forms))
        groups.setdefault("; literal: ".join(by), []).append(f"`{name}`")
    lines = [row(["labels can be differentiated by", "codecs"]), "|---|---|"]
    return "\n".join([*lines, *(row([by, ", ".join(names)]) for by, names in groups.items())])


def device_decoders() -> str:
    """The decoders that run on a device, and the settings that they take there."""
    from kp2heat.torch.decoding.methods import METHODS

    by_settings: dict[str, list[str]] = {}
    for name, method in METHODS.items():
        settings = ", ".join(f"`{key}`" for key in method.takes)
        by_settings.setdefault(settings, []).append(f"`{name}`")
    lines = [row(["decoders", "settings"]), "|---|---|"]
    return "\n".join([*lines, *(row([", ".join(names), taken]) for taken, names in by_settings.items())])


def setting(value: object) -> str:
    """Return a setting as ``--param`` takes it."""
    return ",".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value).lower()


TABLES = {
    "codecs": codecs,
    "decoders": decoders,
    "metrics": metrics,
    "presets": presets,
    "precision": precision,
    "trips": trips,
    "noise": noise,
    "drawings": drawings,
    "device-decoders": device_decoders,
}
PAGES = {
    **dict.fromkeys(("drawings", "device-decoders"), ROOT / "kp2heat" / "torch" / "README.md"),
    "metrics": ROOT / "kp2heat" / "metrics" / "README.md",
    "codecs": ROOT / "kp2heat" / "codecs" / "README.md",
    "presets": ROOT / "configs" / "README.md",
    **dict.fromkeys(("decoders", "precision", "trips", "noise"), ROOT / "kp2heat" / "decoders" / "README.md"),
}
"""The page that holds each table."""

QUICK = ("codecs", "decoders", "presets", "metrics")
TRAINING = ("drawings", "device-decoders")
"""The tables that need PyTorch."""


def between(name: str) -> re.Pattern[str]:
    """Match the table of that name and its two marks."""
    return re.compile(rf"(<!-- table: {name} -->\n)(.*?)(\n?<!-- end -->)", re.S)


def stored(name: str) -> str:
    """Return the table as its page holds it."""
    match = between(name).search(PAGES[name].read_text(encoding="utf-8"))
    assert match, f"{PAGES[name]} has no place for the table '{name}'"
    return match[2]


def write() -> None:
    """Put every table between its marks, and its comment on top of every preset; without PyTorch all but TRAINING."""
    write_comments()
    missing = () if find_spec("torch") else TRAINING
    for name, make in TABLES.items():
        if name in missing:
            continue
        table = make()
        text = PAGES[name].read_text(encoding="utf-8")
        text = between(name).sub(lambda match, new=table: match[1] + new + match[3], text)
        PAGES[name].write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
