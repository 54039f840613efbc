"""The totals of a decoding as the report that ``--json`` prints."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

from kp2heat.metrics import epe, pck
from kp2heat.metrics.distances import RELATIVE_ERROR
from kp2heat.pipeline.concurrency import map_in_threads
from kp2heat.pipeline.decoding.reporting.joint_states import notes
from kp2heat.pipeline.decoding.reporting.reliability import reliability
from kp2heat.pipeline.decoding.reporting.totals import SPACES, LevelTotals, Totals
from kp2heat.pipeline.evaluation.options import plain


def report_json(whole: Totals) -> dict[str, Any]:
    """Return what ``--json`` says; kp2heat/decoders/README.md documents every key.

    ``levels`` holds the first method's numbers; where several were asked for, ``compared`` holds all.
    """
    methods: dict[str, dict[str, dict[str, Any]]] = {}
    for level, numbers in zip(whole.levels, _numbers(whole), strict=True):
        methods.setdefault(level.level, {})[level.method] = numbers
    levels = {name: next(iter(of.values())) for name, of in methods.items()}
    report: dict[str, Any] = {
        "samples": whole.samples,
        "people": whole.people,
        "predicted": whole.predicted,
        "joints": list(whole.joints),
        "percentiles": "exact" if whole.every == 1 else f"within {100 * RELATIVE_ERROR:.1f} %",
        "notes": [f"{name}: {note}" for name, level in levels.items() for note in notes(level["states"])],
        "levels": levels,
    }
    if len(levels) < len(whole.levels):
        report["compared"] = {
            name: {
                method: {key: value for key, value in numbers.items() if key != "per_joint"}
                for method, numbers in of.items()
            }
            for name, of in methods.items()
        }
    return report


def useless(whole: Totals) -> bool:
    """Say whether most joints of some level were missed, so that the errors of the others mean little."""
    first = {level.level: level.states for level in reversed(whole.levels)}
    return any(states["missed"] > states["scored"] for states in first.values())


def _numbers(whole: Totals) -> list[dict[str, Any]]:
    """Return each level's numbers; all are summed up together, so that no thread waits for a level."""
    asked: list[dict[tuple[str, str], Callable[[], Any]]] = [
        {
            **{("overall", space): partial(epe.overall, tally) for space, tally in level.errors.items()},
            **{("joints", space): partial(epe.per_joint, tally) for space, tally in level.errors.items()},
            **{
                ("groups", name): partial(epe.numbers, of)
                for name, of in level.errors["input"].groups.items()
            },
        }
        for level in whole.levels
    ]
    sums = map_in_threads(lambda work: work(), chain.from_iterable(of.values() for of in asked))
    return [
        _level_json(whole, level, {key: next(sums) for key in of})
        for level, of in zip(whole.levels, asked, strict=True)
    ]


def _level_json(whole: Totals, level: LevelTotals, sums: dict[tuple[str, str], Any]) -> dict[str, Any]:
    near = pck.shares(level.near)
    if level.cell is not None:
        for what in ("overall", "joints"):
            sums[what, "cell"] = epe.scaled(sums[what, "input"], 1 / level.cell)
    sure = {} if level.confidences is None else {"reliability": reliability(level.confidences, whole.every)}
    return {
        "method": level.method,
        **level.about,
        "states": dict(level.states),
        **sure,
        **{space: plain(sums["overall", space]) for space in SPACES},
        "pck": plain(near.overall),
        "groups": {name: plain(of) for (what, name), of in sums.items() if what == "groups"},
        "per_joint": {
            name: {
                **{s: plain({key: v[k] for key, v in sums["joints", s].items()}) for s in SPACES},
                "pck": plain({key: v[k] for key, v in near.joints.items()}),
            }
            for k, name in enumerate(whole.joints)
        },
    }
