"""A preview: which samples, their pictures and maps, decoded or predicted points, on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.errors import InputError, SpecError
from kp2heat.pictures.panel import panel_of
from kp2heat.pictures.preview import LevelView, SampleView, joint_panels, sample_panels
from kp2heat.pictures.sheet import Captioned, Card, choose_columns, paint_sheet
from kp2heat.pipeline.predictions.align import Predicted
from kp2heat.pipeline.sampling import evenly_spaced
from kp2heat.pipeline.seeing.images import Pictures
from kp2heat.pipeline.seeing.planes import (
    FURTHER_MAPS,
    from_centres,
    map_names,
    shown,
    vector_planes,
    vector_units,
)
from kp2heat.pipeline.seeing.source import Planes, Source, choose_method, decode_planes, undone
from kp2heat.pipeline.training.crops import crop_image
from kp2heat.shards.reading.header import LevelInfo

SHEET_PIXELS = 8e6
"""Pixels of a sheet's panels that their size is chosen for: a 4k screen."""
LEAST_SIDE, MOST_SIDE = 96, 1080


@dataclass(frozen=True, eq=False)
class PreviewOptions:
    """How samples are shown.

    levels     names, or none for all
    method     decode by this method and draw points and errors; None: maps only
    predicted  a network's maps for these samples, shown and decoded next to the labels
    joints     one panel per joint
    cells      cells as flat rectangles
    side       longer side of a panel in px; None: by the number of panels
    """

    levels: Sequence[str] = ()
    method: str | None = None
    predicted: tuple[Predicted, LevelInfo] | None = None
    joints: bool = False
    cells: bool = False
    side: int | None = None


def choose_rows(source: Source, count: int, ids: Sequence[str] = ()) -> Ints:
    """Return sample numbers: those of the ids (of annotations, else of images), or ``count`` spread evenly.

    InputError names the id that no sample has.
    """
    if not ids:
        return evenly_spaced(len(source), count)
    annotation = dict(
        zip(source.people.annotation_id.astype(str).tolist(), source.people.sample.tolist(), strict=True)
    )
    image: dict[str, list[int]] = {}
    for row, name in enumerate(source.image_id.astype(str).tolist()):
        image.setdefault(name, []).append(row)
    rows: list[int] = []
    for name in ids:
        if name not in annotation and name not in image:
            raise InputError("--ids", f"no sample has the id '{name}'", "give annotation ids or image ids")
        rows += [annotation[name]] if name in annotation else image[name]
    return np.array(list(dict.fromkeys(rows)), np.int64)


def check_levels(source: Source, names: Sequence[str]) -> None:
    """Raise SpecError on the name of a level that the source does not have."""
    for name in names:
        if name not in source.levels:
            raise SpecError("--level", f"there is no level {name}", f"there are {', '.join(source.levels)}")


def preview(source: Source, rows: Ints, options: PreviewOptions, pictures: Pictures | None = None) -> Bytes:
    """Return the sheet (h, w, 3) of these samples; SpecError on a level or method that the source does not have."""
    check_levels(source, options.levels)
    if not len(rows):
        raise InputError("samples", "there are none to show", "give annotations with labelled joints")
    views = sample_views(source, rows, options, pictures)
    return paint(views, source, options)


def sample_views(
    source: Source, rows: Ints, options: PreviewOptions, pictures: Pictures | None
) -> list[SampleView]:
    """Return what is to be drawn of each sample."""
    people, sample = source.people_of(rows)
    truth, scored = source.truth(people), source.scored(people)
    levels = _levels(source, rows, options)
    views = []
    for n, row in enumerate(rows.tolist()):
        mine = sample == n
        views.append(
            SampleView(
                title=_title(source, row, people[mine]),
                crop=_crop(source, row, pictures),
                input_size=source.input_size,
                xy=truth[mine],
                visible=source.people.visible[people[mine]],
                scored=scored[mine],
                levels=[level(n, mine) for level in levels],
            )
        )
    return views


def _title(source: Source, row: int, people: Ints) -> str:
    name = str(source.file_name[row]) or f"image {source.image_id[row]}"
    if source.single and len(people):
        return f"{name}   id {source.people.annotation_id[people[0]]}"
    return f"{name}   {len(people)} {'person' if len(people) == 1 else 'people'}"


def _crop(source: Source, row: int, pictures: Pictures | None) -> Bytes | None:
    if pictures is None:
        return None
    size = tuple(int(n) for n in source.image_size[row])
    image = pictures.load(str(source.file_name[row]), (size[0], size[1]))
    return None if image is None else crop_image(image, source.frame.matrix[row], source.input_size)


def _levels(source: Source, rows: Ints, options: PreviewOptions) -> list[Any]:
    """Return functions (place among ``rows``, its people) -> LevelView: the labels' levels, then the predictions."""
    stored = source.stored(rows)
    raw = shown if options.method is None else undone
    levels = [
        (name, source.levels[name], raw(source.levels[name], stored[name], source.skeleton), False)
        for name in options.levels or source.levels
    ]
    if options.predicted is not None:
        predicted, info = options.predicted
        maps = np.concatenate([predicted.maps(int(row), int(row) + 1)[0] for row in rows])
        levels.append((f"predicted {info.level.name}", info, {"heatmaps": maps}, True))
    return [_level(source, rows, options, *one) for one in levels]


def _level(
    source: Source,
    rows: Ints,
    options: PreviewOptions,
    name: str,
    info: LevelInfo,
    planes: Planes,
    guess: bool,
) -> Any:
    decoded: Floats | None = None
    if options.method is not None or guess:
        method = choose_method(
            source, info, (options.method or "auto").split(",")[0].strip(), predicted=guess
        )
        decoded = decode_planes(source, info, planes, rows, method).xy
        words = f"{name} {method}"
    else:
        stride = info.level.alignment.stride
        words = f"{name}  sigma {info.level.sigma:.3g}  stride {stride[0]:g}"
    maps = planes.get("heatmaps")
    greatest = _greatest(info, maps)
    names = map_names(info, source.skeleton)
    vectors = vector_planes(info, planes)
    further = {**planes, **vectors}

    def view(n: int, people: NDArray[np.bool_]) -> LevelView:
        return LevelView(
            words=words,
            map_names=names,
            alignment=info.level.alignment,
            heatmaps=None if maps is None else maps[n] / greatest,
            planes={plane: values[n] for plane, values in further.items() if plane != "heatmaps"},
            further={plane: words for plane, words in FURTHER_MAPS.items() if plane in planes},
            units={name: unit for name, unit in vector_units(info).items() if name in vectors},
            from_centres=from_centres(info),
            decoded=None if decoded is None else decoded[people],
        )

    return view


def _greatest(info: LevelInfo, maps: NDArray[Any] | None) -> float:
    """Return what is shown in the brightest colour: 1, or the greatest value where maps sum to 1 or exceed it."""
    greatest = float(np.nanmax(maps, initial=0)) if maps is not None and maps.size else 0.0
    return greatest if greatest > 1 or (info.normalize == "sum" and greatest > 0) else 1.0


def paint(views: Sequence[SampleView], source: Source, options: PreviewOptions) -> Bytes:
    """Return the sheet of these samples."""
    per_sample = 1 + sum(1 + len(v.units) + len(v.further) + ("pafs" in v.planes) for v in views[0].levels)
    if options.joints:
        per_sample = len(source.skeleton)
    w, h = source.input_size
    fitting = sqrt(SHEET_PIXELS / (len(views) * per_sample) * max(w, h) / min(w, h))
    side = options.side or float(np.clip(fitting, LEAST_SIDE, MOST_SIDE))
    panel = panel_of(source.input_size, side)
    cards = []
    for view in views:
        if options.joints:
            cards += [_joints_card(view, level, source, panel, options) for level in view.levels]
        else:
            panels = sample_panels(view, source.skeleton, panel, cells=options.cells)
            cards.append(Card(view.title, panels, len(panels)))
    scaled = any(info.normalize == "sum" for info in source.levels.values())
    bar = "share of the maximum" if scaled else "value of the heatmap"
    if all(level.heatmaps is None for level in views[0].levels):
        bar = ""
    keys = [] if options.joints else ["joints: filled visible, hollow hidden"]
    if options.method is not None or options.predicted is not None:
        keys.append("ring: truth   cross: decoded   px of the input")
    return paint_sheet(cards, source.skeleton, bar, keys, named=not options.joints)


def _joints_card(
    view: SampleView, level: LevelView, source: Source, panel: Any, options: PreviewOptions
) -> Card:
    panels: list[Captioned] = joint_panels(view, level, source.skeleton, panel, cells=options.cells)
    across = choose_columns(len(panels), panel.size[1], panel.size[0])
    return Card(f"{view.title}   {level.words}", panels, across)
