"""Predicted maps made comparable with the labels: activation undone, flips and scales brought together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Ints
from kp2heat.contracts import Level
from kp2heat.errors import InputError, SpecError, check_choice, check_type
from kp2heat.frame import Size, alignment, show_size
from kp2heat.pipeline.decoding.undo_normalisation import joint_channels
from kp2heat.pipeline.predictions.activations import to_raw
from kp2heat.pipeline.predictions.files import Predictions, open_predictions, row_order
from kp2heat.resample import regrid, shift_right, unflip
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.named import swapped
from kp2heat.spec import Spec

Maps = NDArray[np.float32]

PREDICTED_AS: Mapping[str, str] = {
    "labels": "what the labels hold, normalised as they are (default)",
    "raw": "heatmaps with a peak of about 1",
    "logits": "values before the labels' activation (softmax where the labels are softmax or sum, else sigmoid)",
    "sigmoid": "values after a sigmoid",
    "softmax": "values after a softmax over the map",
}


@dataclass(frozen=True, eq=False)
class Settings:
    """How predictions are to be taken.

    files       FILE[:DATASET] each, of one or several sizes
    flipped     maps of the mirrored input, one per file, or none
    read_as     a key of PREDICTED_AS
    shift       move flipped maps one cell to the right, as HRNet does on its ``stride`` grid
    accumulate  mean | sum, of several files
    grid        the size to bring several sizes to; None: the largest
    channels    joint names of the channels, where the order is not the skeleton's
    swap        pairs of joints that mirror each other, in place of the skeleton's
    """

    files: Sequence[str]
    flipped: Sequence[str] = ()
    read_as: str = "labels"
    shift: bool = False
    accumulate: str = "mean"
    grid: Size | None = None
    channels: Sequence[str] | None = None
    swap: Sequence[tuple[str, str]] = ()


def as_settings(predictions: Settings | str | Path | None) -> Settings | None:
    """Return the settings of the file of that name, or those given; SpecError for anything else.

    >>> as_settings("out.npy").files
    ['out.npy']
    """
    todo = (
        'give the name of a file, "out.npy"; arrays go to kp2heat.decode(maps, like=shards.levels["28x28"])'
    )
    check_type("predictions", predictions, (Settings, str, Path, type(None)), todo)
    return Settings([str(predictions)]) if isinstance(predictions, str | Path) else predictions


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions aligned with their shards: ``maps(start, stop)`` gives raw maps on the grid ``level``."""

    level: Level
    skeleton: Skeleton
    input_size: Size
    labels: LevelInfo | Spec
    settings: Settings
    sources: tuple[tuple[Predictions, Ints, bool], ...]

    @property
    def unknown(self) -> int:
        """Rows of the files that are of no sample here."""
        return sum(predicted.shape[0] - int((order >= 0).sum()) for predicted, order, _ in self.sources)

    def maps(self, start: int, stop: int) -> tuple[Maps, Bools, Bools]:
        """Return (N, K, H, W), absent (N,): rows no file has; bad (N, K): maps with a value that is not finite.

        Both come back as NaN, which no decoder takes for a peak.
        """
        absent = np.any([order[start:stop] < 0 for _, order, _ in self.sources], axis=0)
        parts = (
            self._one(predicted, np.maximum(order[start:stop], 0), mirrored)
            for predicted, order, mirrored in self.sources
        )
        total = next(parts)
        for maps in parts:
            total = total + maps
        bad = ~np.isfinite(total).all(axis=(2, 3))
        if self.settings.accumulate == "mean":
            total = total / np.float32(len(self.sources))
        total[bad] = np.nan
        total[absent] = np.nan
        return total, absent, bad & ~absent[:, None]

    def _one(self, predicted: Predictions, rows: Ints, mirrored: bool) -> Maps:
        """Return one file's maps, brought to the grid."""
        values = predicted.rows(rows)
        names = self.settings.channels or predicted.channels
        if names is not None:
            picked = joint_channels(names, self.skeleton.names)
            values = values if picked is None else values[:, picked]
        size = (values.shape[3], values.shape[2])
        source = alignment(self.level.alignment.name, self.input_size, size)
        sigma = self.level.sigma * self.level.alignment.stride[0] / source.stride[0]
        with np.errstate(invalid="ignore", over="ignore"):
            maps = to_raw(values, self.settings.read_as, self.labels, sigma)
        swap = np.array(self.skeleton.swap)
        if mirrored and self.settings.shift:
            maps = shift_right(np.asarray(maps[:, swap, :, ::-1]))
        elif mirrored:
            maps = unflip(maps, source, self.input_size, swap)
        if size == self.level.size:
            return maps
        return regrid(maps, source, self.level.alignment, self.level.size)


def align_predictions(
    settings: Settings,
    skeleton: Skeleton,
    input_size: Size,
    levels: Mapping[str, Level],
    labels: LevelInfo | Spec,
    ids: NDArray[np.generic],
    wanted: str | None = None,
) -> Predicted:
    """Open the files and check that they fit.

    skeleton: the joints, or the groups of joints, that have a map;
    levels: the labels' grids by name; labels: how they are normalised; ids (N,): the samples' ids, of annotations or images;
    wanted: the level the predictions are of, where their size does not tell. InputError or SpecError where
    sizes, channels or rows do not fit.
    """
    check_choice("--predicted-as", settings.read_as, PREDICTED_AS)
    if settings.accumulate not in ("mean", "sum"):
        raise SpecError("--accumulate", f"'{settings.accumulate}' is not known", "use mean or sum")
    if settings.swap:
        skeleton = swapped(skeleton, settings.swap, "--swap")
    files = ((settings.files, False), (settings.flipped, True))
    opened = [(open_predictions(name), mirrored) for names, mirrored in files for name in names]
    for predicted, _ in opened:
        _check_channels(predicted, settings, skeleton)
    sizes = {(predicted.shape[3], predicted.shape[2]) for predicted, _ in opened}
    base = _base_level(levels, sizes, wanted, opened[0][0].name)
    size = settings.grid or max(sizes, key=lambda s: s[0] * s[1])
    _check_shift(settings, base.alignment.name)
    grid = alignment(base.alignment.name, input_size, size)
    sigma = base.sigma * (base.alignment.stride[0] / grid.stride[0])
    sources = tuple((predicted, row_order(predicted, ids), mirrored) for predicted, mirrored in opened)
    return Predicted(Level(size, sigma, grid), skeleton, input_size, labels, settings, sources)


def _check_shift(settings: Settings, name: str) -> None:
    """Refuse a shift by a whole cell but on ``stride`` grids, where it makes up for the mirror's offset."""
    if settings.shift and name not in ("stride", "mmpose-stride"):
        raise SpecError(
            "--flip-shift", f"the maps lie on a {name} grid", "leave it out: flips are exact there"
        )


def _check_channels(predicted: Predictions, settings: Settings, skeleton: Skeleton) -> None:
    names = settings.channels or predicted.channels
    count = predicted.shape[1]
    if names is not None:
        missing = set(skeleton.names) - set(names)
        if len(names) != count or missing:
            problem = f"{len(names)} channel names for {count} maps"
            raise InputError(
                predicted.name,
                f"has no map of {sorted(missing)[0]}" if missing else problem,
                "name every channel",
            )
    elif count != len(skeleton):
        if predicted.shape[3] == len(skeleton):
            raise InputError(
                predicted.name,
                f"has shape {predicted.shape}, channels last",
                "transpose it: maps.transpose(0, 3, 1, 2)",
            )
        counts = f"holds {count} maps per sample; the labels have {len(skeleton)}"
        raise InputError(predicted.name, counts, "give --channels with a name for every map")


def _base_level(levels: Mapping[str, Level], sizes: set[Size], wanted: str | None, name: str) -> Level:
    """Return the labels' level that the predictions are of."""
    if wanted is not None:
        if wanted not in levels:
            raise SpecError("level", f"the shards hold no level '{wanted}'", f"they hold {', '.join(levels)}")
        return levels[wanted]
    for size in sorted(sizes, reverse=True):
        if show_size(size) in levels:
            return levels[show_size(size)]
    shown = ", ".join(sorted(show_size(s) for s in sizes))
    sizes_found = f"holds {shown} maps; the labels hold {', '.join(levels)}"
    todo = "give predictions of one of these sizes, or say which level they are of with --level"
    raise InputError(name, sizes_found, todo)
