"""Decoded levels with their truth, and what they say in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat.frame import Frame, finite
from kp2heat.metrics import epe, pck
from kp2heat.metrics.groups import by_border, by_visibility
from kp2heat.metrics.pairs import Pairs, parts
from kp2heat.peaks import Peaks
from kp2heat.pipeline.measure import plain
from kp2heat.pipeline.threads import shared
from kp2heat.shards.header import LevelInfo, Truth
from kp2heat.shards.reader import Shards

SPACES = ("image", "input", "cell")


@dataclass(frozen=True, eq=False)
class LevelResult:
    """One level decoded by one method, over all shards. M people of K joints.

    found    Peaks (M, K) in cells
    xy       (M, K, 2) the truth, image px; ``frame``: image px -> input px of every person
    scored   (M, K) bool: drawn with a weight, and within the input: the joints errors are about
    outside  (M, K) bool: labelled, but outside the input
    lost     predictions that could not be had, by reason
    """

    method: str
    info: LevelInfo
    found: Peaks
    xy: NDArray[np.float64]
    frame: Frame
    scored: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``WxH``."""
        return self.info.level.name

    def truth(self) -> dict[str, NDArray[np.float64]]:
        """(M, K, 2) of each space."""
        in_input = self.frame.to_input(self.xy)
        return {"image": self.xy, "input": in_input, "cell": self.info.level.alignment.to_cell(in_input)}

    def peaks(self) -> dict[str, NDArray[np.float64]]:
        """(M, K, 2) of each space: what was found."""
        in_input = self.info.level.alignment.to_input(self.found.xy)
        return {"image": self.frame.to_image(in_input), "input": in_input, "cell": self.found.xy}

    def part(self, rows: slice) -> LevelResult:
        """These people alone, their places in memory joint by joint, as ``Pairs`` have them."""
        found = self.found
        xy, truth = (np.asfortranarray(places[rows]) for places in (found.xy, self.xy))
        return replace(
            self,
            found=Peaks(xy, found.score[rows], found.refined[rows], found.space),
            xy=truth,
            frame=self.frame.take(rows),
            scored=np.asfortranarray(self.scored[rows]),
            outside=self.outside[rows],
        )


class _Tallied(NamedTuple):
    """Of some people: errors by space, errors in input px by group of joints, and those near enough in the image."""

    errors: dict[str, epe.Tally]
    groups: dict[str, epe.Tally]
    near: pck.Tally


@dataclass(frozen=True, eq=False)
class DecodeReport:
    """Decoded shards with their truth: a result for every level and method, methods side by side."""

    shards: Shards
    results: tuple[LevelResult, ...]
    people: Truth
    predicted: bool = False

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` says; every key is documented in README.

        ``levels`` holds the first method's numbers; where several were asked for, ``compared`` holds all.
        """
        first: dict[str, LevelResult] = {}
        for result in self.results:
            first.setdefault(result.name, result)
        numbers = [self._level(result) for result in self.results]
        said: dict[str, Any] = {
            "samples": len(self.shards),
            "people": len(self.people.xy),
            "predicted": self.predicted,
            "joints": list(self.shards.skeleton.names),
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

    def _level(self, result: LevelResult) -> dict[str, Any]:
        some = list(shared(partial(self._tallied, result), parts(*result.scored.shape)))
        errors = {space: [part.errors[space] for part in some] for space in SPACES}
        groups = {name: [part.groups[name] for part in some] for name in some[0].groups}
        overall = shared(epe.overall, [*errors.values(), *groups.values()])
        pooled = dict(zip([*errors, *groups], map(plain, overall), strict=True))
        joints = dict(zip(errors, shared(epe.per_joint, errors.values()), strict=True))
        near = pck.shares([part.near for part in some])
        return {
            "method": result.method,
            "codec": result.info.codec,
            "sigma": result.info.level.sigma,
            "alignment": result.info.level.alignment.name,
            "states": self.states(result),
            **{space: pooled[space] for space in errors},
            "pck": plain(near.overall),
            "groups": {name: pooled[name] for name in groups},
            "per_joint": {
                name: {
                    **{s: plain({key: v[k] for key, v in j.items()}) for s, j in joints.items()},
                    "pck": plain({key: v[k] for key, v in near.joints.items()}),
                }
                for k, name in enumerate(self.shards.skeleton.names)
            },
        }

    def _tallied(self, result: LevelResult, rows: slice) -> _Tallied:
        """Of these people."""
        people, part = self.people, result.part(rows)
        visible = np.asfortranarray(people.visible[rows])
        truth, peaks = part.truth(), part.peaks()
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
            for space in SPACES
        }
        groups = {**by_visibility(pairs["input"]), **by_border(truth["cell"], result.info.level.size)}
        return _Tallied(
            {space: epe.tally(of) for space, of in pairs.items()},
            {name: epe.tally(pairs["input"], mask) for name, mask in groups.items()},
            pck.tally(pairs["image"]),
        )

    def states(self, result: LevelResult) -> dict[str, int]:
        """What became of the joints: scored, not scored and why, and how the scored ones were found."""
        labelled = finite(result.xy)
        found = finite(result.found.xy) & result.scored
        counts = {
            "joints": labelled.size,
            "scored": result.scored.sum(),
            "unlabelled": (~labelled).sum(),
            "outside": result.outside.sum(),
            "weightless": (labelled & ~result.outside & ~result.scored).sum(),
            "missed": (result.scored & ~found).sum(),
            "unrefined": (found & ~result.found.refined).sum(),
        }
        return {**{name: int(count) for name, count in counts.items()}, **result.lost}
