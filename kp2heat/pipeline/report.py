"""Decoded levels with their truth, and what they say in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.frame import Frame, finite
from kp2heat.metrics import epe, pck
from kp2heat.metrics.groups import by_border, by_visibility
from kp2heat.metrics.pairs import Pairs, parts
from kp2heat.peaks import Peaks
from kp2heat.pipeline.measure import plain
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
        """These people alone."""
        found = self.found
        return replace(
            self,
            found=Peaks(found.xy[rows], found.score[rows], found.refined[rows], found.space),
            xy=self.xy[rows],
            frame=self.frame.take(rows),
            scored=self.scored[rows],
            outside=self.outside[rows],
        )


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
        with ThreadPoolExecutor(thread_name_prefix="kp2heat-report") as threads:
            numbers = list(threads.map(self._level, self.results))
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
        errors: dict[str, list[epe.Tally]] = {space: [] for space in SPACES}
        groups: dict[str, list[epe.Tally]] = {}
        near = []
        for pairs in self._pairs(result):
            for space in SPACES:
                errors[space].append(epe.tally(pairs[space]))
            near.append(pck.tally(pairs["image"]))
            border = by_border(pairs["cell"].truth, result.info.level.size)
            for name, mask in {**by_visibility(pairs["input"]), **border}.items():
                groups.setdefault(name, []).append(epe.tally(pairs["input"], mask))
        joints = {space: epe.per_joint(tallies) for space, tallies in errors.items()}
        hits = pck.shares(near)
        return {
            "method": result.method,
            "codec": result.info.codec,
            "sigma": result.info.level.sigma,
            "alignment": result.info.level.alignment.name,
            "states": self.states(result),
            **{space: plain(epe.overall(tallies)) for space, tallies in errors.items()},
            "pck": plain(hits.overall),
            "groups": {name: plain(epe.overall(tallies)) for name, tallies in groups.items()},
            "per_joint": {
                name: {
                    **{s: plain({key: v[k] for key, v in j.items()}) for s, j in joints.items()},
                    "pck": plain({key: v[k] for key, v in hits.joints.items()}),
                }
                for k, name in enumerate(self.shards.skeleton.names)
            },
        }

    def _pairs(self, result: LevelResult) -> Iterator[dict[str, Pairs]]:
        """Truth and prediction of one level in each space, as metrics take them, some people at a time."""
        skeleton = self.shards.skeleton
        for rows in parts(len(self.people.xy), len(skeleton)):
            part, visible = result.part(rows), self.people.visible[rows]
            truth, peaks = part.truth(), part.peaks()
            boxes = {"image": self.people.bbox[rows]}
            yield {
                space: Pairs(
                    skeleton,
                    truth[space],
                    peaks[space],
                    visible,
                    part.scored,
                    bbox=boxes.get(space, np.asarray(np.nan)),
                    space=space,
                )
                for space in SPACES
            }

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
