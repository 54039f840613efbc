"""Decoded levels with their truth, and what they say in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.frame import Frame, finite
from kp2heat.metrics import METRICS, epe
from kp2heat.metrics.groups import by_border, by_visibility
from kp2heat.metrics.pairs import Pairs
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

    def truth(self, space: str) -> NDArray[np.float64]:
        """(M, K, 2) in image or input px, or in cells."""
        if space == "image":
            return self.xy
        in_input = self.frame.to_input(self.xy)
        return in_input if space == "input" else self.info.level.alignment.to_cell(in_input)

    def peaks(self, space: str) -> Peaks:
        """What was found, in that space."""
        if space == "cell":
            return self.found
        xy = self.info.level.alignment.to_input(self.found.xy)
        return replace(self.found, xy=xy if space == "input" else self.frame.to_image(xy), space=space)


@dataclass(frozen=True, eq=False)
class DecodeReport:
    """Decoded shards with their truth: a result for every level and method, methods side by side."""

    shards: Shards
    results: tuple[LevelResult, ...]
    people: Truth
    predicted: bool = False

    def pairs(self, result: LevelResult, space: str) -> Pairs:
        """Truth and prediction of one level in one space, as metrics take them."""
        people = self.people
        image, peaks = space == "image", result.peaks(space)
        return Pairs(
            self.shards.skeleton,
            truth=result.truth(space),
            predicted=peaks.xy,
            visible=people.visible,
            scored=result.scored,
            bbox=people.bbox if image else np.asarray(np.nan),
            area=people.area if image else np.asarray(np.nan),
            score=peaks.score,
            space=space,
        )

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` says; every key is documented in README.

        ``levels`` holds the first method's numbers; where several were asked for, ``compared`` holds all.
        """
        first: dict[str, LevelResult] = {}
        for result in self.results:
            first.setdefault(result.name, result)
        said: dict[str, Any] = {
            "samples": len(self.shards),
            "people": len(self.people.xy),
            "predicted": self.predicted,
            "joints": list(self.shards.skeleton.names),
            "levels": {name: self._level(result, joints=True) for name, result in first.items()},
        }
        if len(first) < len(self.results):
            said["compared"] = {
                name: {r.method: self._level(r, joints=False) for r in self.results if r.name == name}
                for name in first
            }
        return said

    def _level(self, result: LevelResult, joints: bool) -> dict[str, Any]:
        pairs = {space: self.pairs(result, space) for space in SPACES}
        measured = {space: METRICS["epe"].measure(p) for space, p in pairs.items()}
        pck = METRICS["pck"].measure(pairs["image"])
        parts = {**by_visibility(pairs["input"]), **by_border(pairs["cell"].truth, result.info.level.size)}
        said = {
            "method": result.method,
            "codec": result.info.codec,
            "sigma": result.info.level.sigma,
            "alignment": result.info.level.alignment.name,
            "states": self.states(result),
            **{space: plain(m.overall) for space, m in measured.items()},
            "pck": plain(pck.overall),
            "groups": {name: plain(epe.overall(pairs["input"], only=mask)) for name, mask in parts.items()},
        }
        if joints:
            said["per_joint"] = {
                name: {
                    **{s: plain({key: v[k] for key, v in m.joints.items()}) for s, m in measured.items()},
                    "pck": plain({key: v[k] for key, v in pck.joints.items()}),
                }
                for k, name in enumerate(self.shards.skeleton.names)
            }
        return said

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
