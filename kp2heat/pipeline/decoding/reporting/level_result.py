"""The result of one level decoded by one method, with the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.frame import Frame
from kp2heat.peaks import Peaks
from kp2heat.shards.reading.header import LevelInfo


@dataclass(frozen=True, eq=False)
class LevelResult:
    """One level decoded by one method, over all shards. M people of K joints.

    peaks    Peaks (M, K) in cells
    xy       (M, K, 2) the truth, image px; ``frame``: image px -> input px of every person
    scored   (M, K) bool: drawn with a weight, and within the input: the joints errors are about
    outside  (M, K) bool: labelled, but outside the input
    lost     predictions that could not be read, by reason
    """

    method: str
    info: LevelInfo
    peaks: Peaks
    xy: Floats
    frame: Frame
    scored: Bools
    outside: Bools
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``WxH``."""
        return self.info.level.name

    def true_places(self) -> dict[str, Floats]:
        """Return the truth (M, K, 2) by space."""
        in_input = self.frame.to_input(self.xy)
        return {"image": self.xy, "input": in_input, "cell": self.info.level.alignment.to_cell(in_input)}

    def decoded_places(self) -> dict[str, Floats]:
        """Return the decoded joints (M, K, 2) by space."""
        in_input = self.info.level.alignment.to_input(self.peaks.xy)
        return {"image": self.frame.to_image(in_input), "input": in_input, "cell": self.peaks.xy}

    @property
    def cell(self) -> float | None:
        """Input px that a cell is long, if it is square and the same in both directions."""
        of = self.info.level.alignment
        return of.stride[0] if len({*of.stride, *of.back_stride}) == 1 else None

    def part(self, rows: slice) -> LevelResult:
        """Return these people alone, laid out in memory joint by joint, as ``Pairs`` are."""
        peaks = self.peaks
        xy, truth = (np.asfortranarray(places[rows]) for places in (peaks.xy, self.xy))
        return replace(
            self,
            peaks=Peaks(xy, peaks.score[rows], peaks.refined[rows], peaks.space),
            xy=truth,
            frame=self.frame.take(rows),
            scored=np.asfortranarray(self.scored[rows]),
            outside=self.outside[rows],
        )
