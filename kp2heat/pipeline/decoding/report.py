"""Decoded levels with their truth, and what they say in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, product
from typing import Any, NamedTuple

import numpy as np

from kp2heat.metrics import epe, pck
from kp2heat.metrics.pairing.groups import by_border, by_visibility
from kp2heat.metrics.pairing.pairs import Pairs, parts
from kp2heat.pipeline.concurrency import map_in_threads
from kp2heat.pipeline.decoding.joint_states import joint_states, notes
from kp2heat.pipeline.decoding.level_result import LevelResult as LevelResult
from kp2heat.pipeline.decoding.reliability import reliability
from kp2heat.pipeline.evaluation.options import plain
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.people import Truth

SPACES = ("image", "input", "cell")
AT_ONCE = 1 << 19
"""People times results whose errors are held at once: 150 MB of 17 joints."""


class _Tallied(NamedTuple):
    """Of some people: errors by space, in input px by group of joints too, and those near enough in the image."""

    errors: dict[str, epe.Tally]
    near: pck.Tally


@dataclass(frozen=True, eq=False)
class DecodeReport:
    """Decoded shards with their truth: a result for every level and method, methods side by side."""

    shards: Shards
    results: tuple[LevelResult, ...]
    people: Truth
    predicted: bool = False

    @property
    def first(self) -> dict[str, LevelResult]:
        """Return the first method's result of every level."""
        first: dict[str, LevelResult] = {}
        for result in self.results:
            first.setdefault(result.name, result)
        return first

    @property
    def of_first_level(self) -> list[LevelResult]:
        """Return the results of the first level, one per method."""
        return [result for result in self.results if result.name == self.results[0].name]

    @property
    def useless(self) -> bool:
        """Say whether most joints of some level were missed, so that the errors of the others mean little."""
        states = [joint_states(result) for result in self.first.values()]
        return any(state["missed"] > state["scored"] for state in states)

    def to_json(self) -> dict[str, Any]:
        """Return what ``--json`` says; kp2heat/decoders/README.md documents every key.

        ``levels`` holds the first method's numbers; where several were asked for, ``compared`` holds all.
        """
        first = self.first
        several = max(1, AT_ONCE // max(1, len(self.people.xy)))
        numbers = [
            level
            for start in range(0, len(self.results), several)
            for level in self._numbers(self.results[start : start + several])
        ]
        said: dict[str, Any] = {
            "samples": len(self.shards),
            "people": len(self.people.xy),
            "predicted": self.predicted,
            "joints": list(self.shards.skeleton.names),
            "notes": [f"{name}: {note}" for name in first for note in notes(joint_states(first[name]))],
            "levels": {
                result.name: level
                for result, level in zip(self.results, numbers, strict=True)
                if result is first[result.name]
            },
        }
        if len(first) < len(self.results):
            said["compared"] = {}
            for result, level in zip(self.results, numbers, strict=True):
                named = said["compared"].setdefault(result.name, {})
                named[result.method] = {key: level[key] for key in level if key != "per_joint"}
        return said

    def _numbers(self, results: Sequence[LevelResult]) -> list[dict[str, Any]]:
        """Of each. All of them are tallied and then all summed up, so that no thread waits for a level."""
        pieces = parts(*self.people.visible.shape)
        tallied = list(map_in_threads(lambda task: self._tallied(*task), product(results, pieces)))
        some = [tallied[start : start + len(pieces)] for start in range(0, len(tallied), len(pieces))]
        asked = [self._sums(*of) for of in zip(results, some, strict=True)]
        sums = map_in_threads(lambda work: work(), chain.from_iterable(of.values() for of in asked))
        return [
            self._level(result, {key: next(sums) for key in of}, [part.near for part in parts_of])
            for result, of, parts_of in zip(results, asked, some, strict=True)
        ]

    def _sums(
        self, result: LevelResult, some: Sequence[_Tallied]
    ) -> dict[tuple[str, str], Callable[[], Any]]:
        """Return what is to be summed up of a result, by (what, of which)."""
        errors = {space: [part.errors[space] for part in some] for space in some[0].errors}
        grouped = errors["input"]
        return {
            **{("overall", space): partial(epe.overall, of) for space, of in errors.items()},
            **{("joints", space): partial(epe.per_joint, of) for space, of in errors.items()},
            **{("groups", name): partial(epe.of_group, grouped, name) for name in grouped[0].groups},
            ("states", ""): partial(joint_states, result),
        }

    def _level(
        self, result: LevelResult, sums: Mapping[tuple[str, str], Any], tallies: Sequence[pck.Tally]
    ) -> dict[str, Any]:
        near = pck.shares(tallies)
        if result.cell is not None:
            of = {
                (what, "cell"): epe.scaled(sums[what, "input"], 1 / result.cell)
                for what in ("overall", "joints")
            }
            sums = {**sums, **of}
        return {
            "method": result.method,
            "codec": result.info.codec,
            "sigma": result.info.level.sigma,
            "alignment": result.info.level.alignment.name,
            "states": sums["states", ""],
            **self._reliability(result),
            **{space: plain(sums["overall", space]) for space in SPACES},
            "pck": plain(near.overall),
            "groups": {name: plain(of) for (what, name), of in sums.items() if what == "groups"},
            "per_joint": {
                name: {
                    **{s: plain({key: v[k] for key, v in sums["joints", s].items()}) for s in SPACES},
                    "pck": plain({key: v[k] for key, v in near.joints.items()}),
                }
                for k, name in enumerate(self.shards.skeleton.names)
            },
        }

    def _reliability(self, result: LevelResult) -> dict[str, Any]:
        """Return the entry ``reliability`` of predictions that have a confidence."""
        if result.peaks.covariance is None:
            return {}
        truth, visible = result.true_places()["cell"], self.people.visible == 2
        said = reliability(result.peaks, truth, result.scored, visible, result.info.level)
        return {"reliability": said}

    def _tallied(self, result: LevelResult, rows: slice) -> _Tallied:
        """Of these people."""
        people, part = self.people, result.part(rows)
        # Errors in square cells are those in input px, scaled.
        spaces = SPACES if result.cell is None else SPACES[:2]
        visible = np.asfortranarray(people.visible[rows])
        truth, peaks = part.true_places(), part.decoded_places()
        pairs = {
            space: Pairs(
                self.shards.skeleton,
                truth[space],
                peaks[space],
                visible,
                part.scored,
                bbox=people.bbox[rows] if space == "image" else np.asarray(np.nan),
                space=space,
            )
            for space in spaces
        }
        groups = {**by_visibility(pairs["input"]), **by_border(truth["cell"], result.info.level.size)}
        return _Tallied(
            {space: epe.tally(of, groups if space == "input" else {}) for space, of in pairs.items()},
            pck.tally(pairs["image"]),
        )
