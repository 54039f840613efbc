"""Samples to look at, from shards or drawn from annotations as an encoding would store them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.drawing.planes import draw, scale_factor
from kp2heat.drawing.samples import scene_of
from kp2heat.frame import Frame, Size
from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.map_sharing import (
    assigned,
    in_a_map,
    map_groups,
    methods_of,
    peaks_of_maps,
    sharers,
)
from kp2heat.pipeline.decoding.mirrored import as_drawn
from kp2heat.pipeline.decoding.run import scene_of_truth
from kp2heat.pipeline.decoding.undo_normalisation import joint_channels, raw
from kp2heat.pipeline.encoding.planning.plan import Plan
from kp2heat.pipeline.encoding.planning.plane_layouts import plane_layouts
from kp2heat.scene import Scene
from kp2heat.shards.reading.dataset import Shards
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.shards.reading.people import Truth
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec

Planes = Mapping[str, NDArray[Any]]

BATCH_CELLS = 1 << 22
"""Cells drawn at a time."""


@dataclass(frozen=True, eq=False)
class Source:
    """S samples of M people.

    settings    of the encoding, as shards have them
    frame       image px -> input px of every sample
    people      the annotated people, ``sample`` says whose
    file_name, image_size, image_id   one row per sample
    levels      level by name
    stored      rows (n,) -> level name -> planes as stored, first axis n
    """

    skeleton: Skeleton
    settings: Mapping[str, Any]
    frame: Frame
    people: Truth
    file_name: NDArray[Any]
    image_size: NDArray[Any]
    image_id: NDArray[Any]
    levels: Mapping[str, LevelInfo]
    stored: Callable[[Ints], Mapping[str, Planes]]

    def __len__(self) -> int:
        return len(self.file_name)

    @property
    def single(self) -> bool:
        """Whether every sample holds one person."""
        return bool(self.settings["sample"] == "instance")

    @property
    def input_size(self) -> Size:
        """(w, h) px."""
        return self.frame.input_size

    def people_of(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the rows of the people of these samples, ascending, and for each its place among ``rows``."""
        order = np.argsort(rows)
        place = np.searchsorted(rows[order], self.people.sample)
        place = np.minimum(place, len(rows) - 1)
        mine = np.flatnonzero(rows[order][place] == self.people.sample)
        sample = order[place[mine]]
        by_place = np.argsort(sample, kind="stable")
        return mine[by_place], sample[by_place]

    def truth(self, people: Ints) -> Floats:
        """Return (m, K, 2) input px of these people."""
        frame = self.frame.take(self.people.sample[people])
        return frame.to_input(self.people.xy[people])

    def scene(self, people: Ints) -> Scene:
        """Return these people in input px with the policies applied."""
        visible = self.people.visible[people]
        return scene_of_truth(self.skeleton, self.input_size, self.truth(people), visible, self.settings)

    def scored(self, people: Ints) -> Floats:
        """Return (m, K, 2) input px: the truth that errors are measured against, NaN where none is."""
        scene, info = self.scene(people), next(iter(self.levels.values()))
        held = in_a_map(map_groups(info, self.skeleton), len(self.skeleton))
        return np.where((scene.drawn & (scene.weight > 0) & held)[..., None], self.truth(people), np.nan)


def from_shards(shards: Shards) -> Source:
    """Return the samples of shards, read when asked for."""

    def stored(rows: Ints) -> Mapping[str, Planes]:
        samples = [shards[int(row)] for row in rows]
        return {
            name: {plane: np.stack([sample[name][plane] for sample in samples]) for plane in info.planes}
            for name, info in shards.levels.items()
        }

    frame = Frame(shards.column("frame"), shards.input_size)
    people, _ = as_drawn(shards.truth, frame.take(shards.truth.sample), shards.skeleton)
    return Source(
        skeleton=shards.skeleton,
        settings=shards.settings,
        frame=frame,
        people=people,
        file_name=shards.column("file_name"),
        image_size=shards.column("image_size"),
        image_id=shards.column("image_id"),
        levels=shards.levels,
        stored=stored,
    )


def from_plan(planned: Plan) -> Source:
    """Return the samples of a planned encoding, drawn when asked for, in the numbers that it would store."""
    spec, rows, samples = planned.spec, planned.annotations, planned.samples.framed()
    columns = {
        name: getattr(rows, name)[samples.row]
        for name in ("xy", "visible", "bbox", "area", "crowd", "category")
    }
    infos = {
        level.name: level_info(spec, level, rows.skeleton, samples.frame.input_size)
        for level in planned.levels
    }

    def stored(which: Ints) -> Mapping[str, Planes]:
        order = np.argsort(which)
        scene = scene_of(rows, samples.pick(which[order]), spec)
        back = np.argsort(order)
        return {
            level.name: {name: plane[back] for name, plane in draw(spec, level, scene).items()}
            for level in planned.levels
        }

    people = Truth(**columns, annotation_id=rows.id[samples.row], sample=samples.sample)
    people, _ = as_drawn(people, samples.frame.take(samples.sample), rows.skeleton)
    return Source(
        skeleton=rows.skeleton,
        settings=spec.settings(),
        frame=samples.frame.take(slice(None)),
        people=people,
        file_name=rows.images.file_name[samples.image],
        image_size=rows.images.size[samples.image],
        image_id=rows.images.id[samples.image],
        levels=infos,
        stored=stored,
    )


def level_info(spec: Spec, level: Any, skeleton: Skeleton, input_size: Size) -> LevelInfo:
    """Return what a shard of these settings would say of this level."""
    layouts = plane_layouts(spec, skeleton, level, input_size)
    return LevelInfo(
        level=level,
        channels=spec.record.channels(skeleton, **spec.params),
        codec=spec.codec,
        params=spec.params,
        normalize=spec.normalize,
        normalize_params=spec.normalize_params,
        scale_factor=scale_factor(spec, level),
        planes={name: (layout.row, layout.dtype) for name, layout in layouts.items()},
    )


def undone(info: LevelInfo, stored: Planes, skeleton: Skeleton) -> dict[str, NDArray[Any]]:
    """Return the planes as decoders take them: heatmaps (n, C, H, W) float32 of joints or their groups, raw."""
    planes = {name: plane for name, plane in stored.items() if name != "weights"}
    if "heatmaps" in planes:
        channels = joint_channels(info.channels, map_groups(info, skeleton).names)
        planes["heatmaps"] = raw(planes["heatmaps"], info, scale=info.scale_factor, channels=channels)
    return planes


def choose_method(source: Source, info: LevelInfo, method: str, *, predicted: bool = False) -> str:
    """Return the name of the first decoder that ``method`` names, as ``decode`` chooses it."""
    return methods_of(info, source.skeleton, method, single=source.single, predicted=predicted)[0]


def decoded_labels(
    source: Source,
    name: str,
    methods: Sequence[str],
    *,
    change: Callable[[Planes], Planes] = lambda planes: planes,
    progress: Callable[[int], None] = lambda _samples: None,
) -> list[Floats]:
    """Return the places (M, K, 2) input px of all people by each method, from the labels at the level ``name``.

    change    what is done to raw planes before they are decoded
    progress  is called with the number of samples that were decoded since
    """
    info = source.levels[name]
    decoded = [np.full(source.people.xy.shape, np.nan) for _ in methods]
    cells = sum(int(np.prod(row)) for row, _ in info.planes.values())
    step = max(1, BATCH_CELLS // max(1, cells))
    for start in range(0, len(source), step):
        rows = np.arange(start, min(start + step, len(source)))
        planes = change(undone(info, source.stored(rows)[name], source.skeleton))
        people, _ = source.people_of(rows)
        for method, places in zip(methods, decoded, strict=True):
            places[people] = decode_planes(source, info, planes, rows, method).xy
        progress(len(rows))
    return decoded


def decode_planes(source: Source, info: LevelInfo, planes: Planes, rows: Ints, method: str) -> Peaks:
    """Return the peaks of the people of these samples, xy (m, K, 2) input px, each person's nearest ones.

    planes: raw ones of ``rows``, as :func:`undone` gives them, or a network's.
    """
    people, sample = source.people_of(rows)
    grid = info.level.alignment
    groups = map_groups(info, source.skeleton)
    shared = None
    if not source.single or max(len(members) for members in groups.members) > 1:
        shared = sharers(
            groups, grid.to_cell(source.truth(people)), source.scene(people).drawn, sample, len(rows)
        )
    peaks = peaks_of_maps(planes, info, source.skeleton, method, shared)
    if shared is not None:
        peaks = assigned(peaks, shared, len(people), len(source.skeleton))
    return Peaks(grid.to_input(peaks.xy), peaks.score, peaks.refined, "input")
