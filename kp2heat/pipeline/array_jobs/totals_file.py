"""Totals as a file: numbers as JSON, distances and confidences as arrays next to it (NumPy's .npz, without pickle)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.atomic import whole_or_absent
from kp2heat.input_file import check_regular, damage_reported
from kp2heat.metrics import epe, pck
from kp2heat.metrics.distances import Distances
from kp2heat.pipeline.decoding.reporting.reliability import Confidences
from kp2heat.pipeline.decoding.reporting.totals import LevelTotals, Totals

ARRAYS = ("values", "bins", "counts")
"""Fields of Distances that are arrays, of which the file has all behind each other."""


def write_totals(path: Path, whole: Totals | None, about: Mapping[str, Any]) -> None:
    """Write totals, None of a part without samples, and what they are about."""
    tallies = [] if whole is None else list(_distances(whole))
    arrays: dict[str, NDArray[Any]] = {
        name: np.concatenate(
            [kept for d in tallies if (kept := getattr(d, name)) is not None] or [np.zeros(0)]
        )
        for name in ARRAYS
    }
    for number, level in enumerate(whole.levels if whole else ()):
        for name, values in (level.confidences._asdict() if level.confidences else {}).items():
            arrays[f"{number}/{name}"] = values
    text = json.dumps({"about": about, "totals": whole and _totals_json(whole)})
    with whole_or_absent(path) as part, part.open("wb") as file:
        np.savez(file, json=np.frombuffer(text.encode(), np.uint8), **arrays)  # type: ignore[arg-type]


def read_totals(path: Path) -> tuple[Totals | None, dict[str, Any]]:
    """Return totals and what they are about; InputError where the file is not one."""
    check_regular(path)
    problem = "is not a report of kp2heat decode --part, or is damaged"
    with (
        damage_reported(path.name, problem, "remove it and run that part again"),
        path.open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        content = json.loads(stored["json"].tobytes())
        arrays = {name: stored[name] for name in stored.files}
        whole = content["totals"] and _totals(content["totals"], arrays)
        return whole, dict(content["about"])


def _distances(whole: Totals) -> Iterator[Distances]:
    for level in whole.levels:
        for tally in level.errors.values():
            yield from tally.joints
            yield from tally.groups.values()


def _totals_json(whole: Totals) -> dict[str, Any]:
    shown = {field.name: getattr(whole, field.name) for field in fields(Totals)}
    return {**shown, "levels": [_level_json(level) for level in whole.levels]}


def _level_json(level: LevelTotals) -> dict[str, Any]:
    errors = {
        space: {
            "joints": [_summary_json(joint) for joint in tally.joints],
            "groups": {name: _summary_json(of) for name, of in tally.groups.items()},
        }
        for space, tally in level.errors.items()
    }
    return {
        "level": level.level,
        "method": level.method,
        "about": dict(level.about),
        "cell": level.cell,
        "states": dict(level.states),
        "errors": errors,
        "near": [column.tolist() for column in level.near],
        "confidences": level.confidences is not None,
    }


def _summary_json(of: Distances) -> list[Any]:
    greatest = of.greatest if of.count else None
    kept = None if of.values is None else len(of.values)
    return [of.count, of.missed, of.sums, greatest, kept, len(of.bins)]


def _totals(content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Totals:
    taken = dict.fromkeys(ARRAYS, 0)

    def take(name: str, count: int) -> NDArray[Any]:
        start = taken[name]
        taken[name] += count
        return arrays[name][start : start + count]

    def summary(shown: list[Any]) -> Distances:
        count, missed, sums, greatest, kept, bins = shown
        return Distances(
            count,
            missed,
            None if sums is None else tuple(sums),
            float("nan") if greatest is None else greatest,
            None if kept is None else take("values", kept),
            take("bins", bins).astype(np.uint16),
            take("counts", bins).astype(np.int64),
        )

    def level(number: int, shown: Mapping[str, Any]) -> LevelTotals:
        errors = {
            space: epe.Tally(
                tuple(map(summary, tally["joints"])),
                {name: summary(of) for name, of in tally["groups"].items()},
            )
            for space, tally in shown["errors"].items()
        }
        sure = (
            Confidences(*(arrays[f"{number}/{name}"] for name in Confidences._fields))
            if shown["confidences"]
            else None
        )
        near = pck.Tally(*map(np.array, shown["near"]))
        plain = {name: shown[name] for name in ("level", "method", "about", "cell", "states")}
        return LevelTotals(**plain, errors=errors, near=near, confidences=sure)

    levels = tuple(level(number, shown) for number, shown in enumerate(content["levels"]))
    return Totals(**{**content, "joints": tuple(content["joints"]), "levels": levels})
