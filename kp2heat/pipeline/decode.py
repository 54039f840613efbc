"""Shards -> keypoints in image px, and how far they lie from the truth the shards carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import SpecError
from kp2heat.frame import Frame
from kp2heat.metrics import METRICS
from kp2heat.metrics.pairs import Pairs
from kp2heat.peaks import Peaks
from kp2heat.pipeline.maps import choose, joint_channels, peaks_in_cells, raw, recorded
from kp2heat.pipeline.matching import match
from kp2heat.pipeline.measure import plain
from kp2heat.scene import make_scene, outside_input
from kp2heat.shards.reader import LevelInfo, Shard, Shards, Truth, open_shards

READ_BYTES = 1 << 24
"""Dense bytes decoded at a time."""

SPACES = ("image", "input", "cell")


@dataclass(frozen=True, eq=False)
class LevelResult:
    """One level decoded, over all shards. M people of K joints.

    method   the decoder used
    cells    Peaks (M, K) in cells; input, image: the same points in these spaces
    scored   (M, K) bool: drawn with a weight, and within the input: the joints errors are about
    outside  (M, K) bool: labelled, but outside the input
    """

    method: str
    info: LevelInfo
    peaks: Mapping[str, Peaks]
    truth: Mapping[str, NDArray[np.float64]]
    scored: NDArray[np.bool_]
    outside: NDArray[np.bool_]

    @property
    def name(self) -> str:
        """``WxH``."""
        return self.info.level.name


@dataclass(frozen=True, eq=False)
class DecodeReport:
    """Decoded shards with their truth."""

    shards: Shards
    levels: tuple[LevelResult, ...]
    people: Truth

    def pairs(self, result: LevelResult, space: str) -> Pairs:
        """Truth and prediction of one level in one space, as metrics take them."""
        people = self.people
        image = space == "image"
        return Pairs(
            self.shards.skeleton,
            truth=result.truth[space],
            predicted=result.peaks[space].xy,
            visible=people.visible,
            scored=result.scored,
            bbox=people.bbox if image else np.asarray(np.nan),
            area=people.area if image else np.asarray(np.nan),
            score=result.peaks[space].score,
            space=space,
        )

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` says; every key is documented in README."""
        return {
            "samples": len(self.shards),
            "people": len(self.people.xy),
            "joints": list(self.shards.skeleton.names),
            "levels": {result.name: self._level(result) for result in self.levels},
        }

    def _level(self, result: LevelResult) -> dict[str, Any]:
        measured = {space: METRICS["epe"].measure(self.pairs(result, space)) for space in SPACES}
        pck = METRICS["pck"].measure(self.pairs(result, "image"))
        names = self.shards.skeleton.names
        per_joint = {
            name: {
                **{space: plain({key: v[k] for key, v in m.joints.items()}) for space, m in measured.items()},
                "pck": plain({key: v[k] for key, v in pck.joints.items()}),
            }
            for k, name in enumerate(names)
        }
        return {
            "method": result.method,
            "codec": result.info.codec,
            "sigma": result.info.level.sigma,
            "alignment": result.info.level.alignment.name,
            "states": self.states(result),
            **{space: plain(m.overall) for space, m in measured.items()},
            "pck": plain(pck.overall),
            "per_joint": per_joint,
        }

    def states(self, result: LevelResult) -> dict[str, int]:
        """What became of the joints: scored, not scored and why, and how the scored ones were found."""
        labelled = np.isfinite(result.truth["image"]).all(axis=-1)
        found = np.isfinite(result.peaks["cell"].xy).all(axis=-1) & result.scored
        counts = {
            "joints": labelled.size,
            "scored": result.scored.sum(),
            "unlabelled": (~labelled).sum(),
            "outside": result.outside.sum(),
            "weightless": (labelled & ~result.outside & ~result.scored).sum(),
            "missed": (result.scored & ~found).sum(),
            "unrefined": (found & ~result.peaks["cell"].refined).sum(),
        }
        return {name: int(count) for name, count in counts.items()}


def decode_dataset(
    shards: Shards | str | Path | Sequence[Path],
    *,
    method: str = "auto",
    levels: list[str] | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
    **params: Any,
) -> DecodeReport:
    """Decode every level (or those named) of the shards and set the truth beside it.

    SpecError on an unknown method, parameter or level, or a method that needs a plane the shards lack.
    """
    if not isinstance(shards, Shards):
        shards = open_shards(shards)
    chosen = list(shards.levels) if levels is None else levels
    for name in chosen:
        if name not in shards.levels:
            raise SpecError("level", f"the shards hold no {name}", f"they hold {', '.join(shards.levels)}")
    results = []
    for name in chosen:
        info = shards.levels[name]
        used = choose(method, info.codec)
        parts = [_decode_level(shard, name, used, params, progress) for shard in shards.shards]
        results.append(_joined(used, info, parts))
    return DecodeReport(shards, tuple(results), shards.truth)


def _decode_level(
    shard: Shard, name: str, method: str, params: Mapping[str, Any], progress: Callable[[int], None]
) -> list[LevelResult]:
    """One level of one shard, a bounded number of rows at a time."""
    info = shard.levels[name]
    cells = sum(int(np.prod(row)) for row, _ in info.planes.values())
    rows = max(1, READ_BYTES // (4 * max(1, cells)))
    results = []
    for start in range(0, len(shard), rows):
        stop = min(start + rows, len(shard))
        results.append(_decode_rows(shard, info, start, stop, method, params))
        progress(stop - start)
    return results


def _decode_rows(
    shard: Shard, info: LevelInfo, start: int, stop: int, method: str, params: Mapping[str, Any]
) -> LevelResult:
    people = shard.truth.take(start, stop)
    crowding = int(np.bincount(people.sample, minlength=1).max(initial=1))
    single = shard.settings["sample"] == "instance"
    several = not single and crowding > 1 and not params.get("literal")
    known = recorded(method, info.params, shard.skeleton, crowding if several else 1)
    found = _found(shard, info, start, stop, method, {**known, **params})
    frame = Frame(shard.frame.matrix[start:stop][people.sample], shard.frame.input_size)
    grid = info.level.alignment
    truth = {"image": people.xy, "input": frame.to_input(people.xy)}
    truth["cell"] = grid.to_cell(truth["input"])
    if not single:
        found = match(found, truth["cell"], people.sample)
    in_input = grid.to_input(found.xy)
    peaks = {
        "cell": found,
        "input": Peaks(in_input, found.score, found.refined, "input"),
        "image": Peaks(frame.to_image(in_input), found.score, found.refined, "image"),
    }
    settings = shard.settings
    scene = make_scene(
        shard.skeleton,
        frame.input_size,
        truth["input"],
        people.visible,
        hidden=settings["hidden"],
        outside="clip" if settings["outside"] == "clip" else "drop",
    )
    beyond = outside_input(truth["input"], frame.input_size)
    return LevelResult(method, info, peaks, truth, scene.drawn & (scene.weight > 0), beyond)


def _found(
    shard: Shard, info: LevelInfo, start: int, stop: int, method: str, params: Mapping[str, Any]
) -> Peaks:
    """Peaks in cells of rows start..stop."""
    planes = {
        name: shard.read(info.level.name, name, start, stop) for name in info.planes if name != "weights"
    }
    if "heatmaps" in planes:
        planes["heatmaps"] = raw(
            planes["heatmaps"],
            scale=info.scale_factor,
            normalized=info.normalize,
            params=info.normalize_params,
            channels=joint_channels(info.channels, shard.skeleton.names),
        )
    return peaks_in_cells(planes, info.level, info.codec, method, **params)


def _joined(method: str, info: LevelInfo, parts: list[list[LevelResult]]) -> LevelResult:
    """The batches of all shards, one behind the other."""
    batches = [batch for part in parts for batch in part]

    def peaks(space: str) -> Peaks:
        all_of = [batch.peaks[space] for batch in batches]
        return Peaks(
            np.concatenate([p.xy for p in all_of]),
            np.concatenate([p.score for p in all_of]),
            np.concatenate([p.refined for p in all_of]),
            space,
        )

    return LevelResult(
        method,
        info,
        {space: peaks(space) for space in SPACES},
        {space: np.concatenate([batch.truth[space] for batch in batches]) for space in SPACES},
        np.concatenate([batch.scored for batch in batches]),
        np.concatenate([batch.outside for batch in batches]),
    )
