"""Pictures of the samples or instances with the largest errors, for a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kp2heat import frame as frames
from kp2heat.arrays import Ints
from kp2heat.frame import Frame, alignment
from kp2heat.pictures.page import Picture
from kp2heat.pictures.panel import panel_of
from kp2heat.pictures.preview import LevelView, SampleView, error_words, level_panels, sample_panels
from kp2heat.pictures.sheet import Card, paint_card
from kp2heat.pipeline.decoding.reporting.report import DecodeReport
from kp2heat.pipeline.seeing.images import Pictures
from kp2heat.pipeline.seeing.picture_file import picture_bytes
from kp2heat.pipeline.seeing.preview import PreviewOptions, sample_views
from kp2heat.pipeline.seeing.source import from_shards
from kp2heat.pipeline.training.crops import crop_image
from kp2heat.skeleton import Skeleton

SIDE = 256
"""Px of a panel's longer side."""
PADDING = 1.25


def sample_pictures(report: DecodeReport, rows: Ints, images: Pictures | None) -> list[Picture]:
    """Return one picture per sample: its joints, and the first level's maps with the errors of the first method."""
    if not len(rows):
        return []
    source, first = from_shards(report.shards), report.results[0]
    labelled = first.name in source.levels
    views = sample_views(source, rows, PreviewOptions(levels=[first.name] if labelled else ()), images)
    people, sample = source.people_of(rows)
    peaks = first.decoded_places()["input"][people]
    shown = [
        replace(view, levels=[replace(view.levels[0], words=first.method, decoded=peaks[sample == n])])
        for n, view in enumerate(views)
    ]
    return [_picture(view, source.skeleton) for view in shown]


def result_pictures(evaluation: Any, count: int, images: Pictures | None) -> list[Picture]:
    """Return one picture per instance: its joints, and the result's with the errors, in a crop around its box."""
    pairs, truth = evaluation.pairs, evaluation.truth
    errors = np.where(pairs.found, pairs.distance, np.inf)
    worst = np.where(pairs.scored, errors, -1).max(axis=1, initial=-1)
    # An instance without any result has no error to draw.
    worst[~pairs.found.any(axis=1)] = -1
    rows = np.argsort(-worst, kind="stable")[:count]
    return [_instance(evaluation, int(row), images, truth.skeleton) for row in rows if worst[row] >= 0]


def _instance(evaluation: Any, row: int, images: Pictures | None, skeleton: Skeleton) -> Picture:
    pairs, truth = evaluation.pairs, evaluation.truth
    box = truth.bbox[row : row + 1]
    size = (SIDE, SIDE)
    frame: Frame = frames.crop(np.where(np.isfinite(box), box, 1.0), size, PADDING, "half-pixel")
    name, extent = str(truth.images.file_name[truth.image[row]]), truth.images.size[truth.image[row]]
    image = None if images is None else images.load(name, (int(extent[0]), int(extent[1])))
    scored = np.where(pairs.scored[row, :, None], pairs.truth[row], np.nan)
    grid = alignment("half-pixel", size, size)
    view = SampleView(
        title=f"{name}   id {truth.id[row]}",
        crop=None if image is None else crop_image(image, frame.matrix[0], size),
        input_size=size,
        xy=frame.to_input(pairs.truth[row : row + 1]),
        visible=pairs.visible[row : row + 1],
        scored=frame.to_input(scored[None]),
        levels=[LevelView("result", grid, None, decoded=frame.to_input(pairs.predicted[row : row + 1]))],
    )
    lengths = pairs.distance[row][pairs.found[row]]
    words = f"{view.title}: mean {lengths.mean():.1f}, max {lengths.max():.1f} image px"
    return _picture(view, skeleton, words)


def _picture(view: SampleView, skeleton: Skeleton, words: str | None = None) -> Picture:
    panel = panel_of(view.input_size, SIDE)
    joints = sample_panels(replace(view, levels=()), skeleton, panel)
    level = view.levels[0]
    panels = [*joints, level_panels(view, level, skeleton, panel, False)[0]]
    painted = paint_card(Card("", [replace(one, words="") for one in panels], len(panels)))
    if words is None and level.decoded is not None:
        words = f"{view.title}: {error_words(view.scored, level.decoded)}"
    return Picture(picture_bytes(painted, ".jpg"), "image/jpeg", words or view.title)
