"""The five kinds of interchangeable part: what each is given and what it gives back.

Every part is a frozen record of plain functions on arrays. The folder of its kind (``codecs/``,
``decoders/``, ``metrics/``, ``formats/``, ``engines/``) holds a literal table from name to record;
adding a part is one file and one line there. Importing a part changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.frame import Alignment
from kp2heat.peaks import Peaks
from kp2heat.skeleton import Skeleton

Planes = Mapping[str, NDArray[Any]]
"""Named arrays of one level: ``heatmaps`` (N, C, H, W), ``weights`` (N, K), and a codec's further planes."""


@dataclass(frozen=True)
class Level:
    """One output grid. size (W, H) in cells; sigma in cells; alignment: how the input lies under it."""

    size: tuple[int, int]
    sigma: float
    alignment: Alignment

    @property
    def name(self) -> str:
        """``WxH``, the group's name in a shard."""
        return f"{self.size[0]}x{self.size[1]}"


def joint_names(skeleton: Skeleton, **_: Any) -> tuple[str, ...]:
    """One heatmap channel a joint, in the skeleton's order."""
    return skeleton.names


def peak_one(_size: tuple[int, int], _sigma: float) -> float:
    """Greatest value of a map whose blobs have peak 1."""
    return 1.0


@dataclass(frozen=True)
class Codec:
    """Keypoints -> label planes.

    encode(scene, level, dtype, *, scale=1.0, **params) -> planes
        ``heatmaps`` (S, C, H, W) in the dtype asked for, rounded to it once (uint8: counts of ``scale``);
        ``weights`` (S, K) float32; further planes (S, ...) in a float dtype of the codec's choice. An empty
        scene (S = 0) gives the planes' shapes.
    place(scene, level, dtype, *, scale=1.0, **params) -> Placed | Kinds | None
        the blobs of its heatmaps before they are painted, and its weights: given by codecs that draw nothing
        else, for scenes that have at most one blob a map. Painted, they are what encode gives.
    channels(skeleton, **params) -> names of the C heatmap channels, in order: joint names, and words such as
        ``background`` or ``center``; decoding looks up the joints' maps by name.
    params    the settings it takes, with their defaults
    planes    the names it gives
    align     its own alignment (``literal_align``: that of the published code)
    sigma(size, stride) -> default sigma in cells; None: the common rule, by the map's size
    bound(size, sigma) -> the greatest value a map can hold, which uint8 counts are scaled to
    shift     cells to add to a peak of a map to get the joint (0.5 where centres are floored)
    decoder   the decoder that is exact for its clean labels: what ``auto`` means
    company   whether a person's sample is drawn with the other people of its image behind it
    source    the publication and the code it follows
    """

    name: str
    encode: Callable[..., dict[str, NDArray[Any]]]
    align: str
    literal_align: str
    source: str
    params: Mapping[str, Any] = field(default_factory=dict)
    planes: tuple[str, ...] = ("heatmaps", "weights")
    shift: float = 0.0
    company: bool = False
    decoder: str = "lsq"
    sigma: Callable[[tuple[int, int], tuple[float, float]], float] | None = None
    bound: Callable[[tuple[int, int], float], float] = peak_one
    channels: Callable[..., tuple[str, ...]] = joint_names
    place: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Decoder:
    """Label planes -> peaks in cells.

    decode(planes, level, **params) -> Peaks
        ``planes["heatmaps"]`` is (N, K, H, W) float32 with every normalisation undone. Never NaN out of
        finite maps except for a map without a peak (nothing above 0), whose xy is NaN and score 0.
    needs     the planes it reads
    source    the publication it follows
    absolute  a plane tells it where in its cell a joint lies: the codec's shift is not added to its answer
    halves    without ``literal`` it takes float16 maps too, and answers as for their float32 values
    """

    name: str
    decode: Callable[..., Peaks]
    source: str
    params: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ("heatmaps",)
    absolute: bool = False
    halves: bool = False


@dataclass(frozen=True)
class Scores:
    """What a metric found: numbers by name, overall and as (K,) float64 per joint; NaN where undefined."""

    overall: Mapping[str, float]
    joints: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """measure(pairs, **params) -> Scores; ``unit`` says of what, ``source`` whose definition it is.

    pairs: the truth and the predictions, row by row (``kp2heat.metrics.pairs.Pairs``).
    """

    name: str
    measure: Callable[..., Scores]
    unit: str
    source: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """An annotation file's way of being written.

    sniff(head) -> bool                     does a file that begins with these bytes look like this?
    parse(content, options) -> Raw          its columns as written (``formats/raw.py``)
    write(annotations) -> bytes             the same, the other way, where there is one
    """

    name: str
    title: str
    sniff: Callable[[bytes], bool]
    parse: Callable[..., Any]
    write: Callable[[Annotations], bytes] | None = None


@dataclass(frozen=True)
class Engine:
    """run(work, jobs, workers, held=()) -> results in the order of the jobs, whatever ran where.

    ``work(job)()`` is a job's result: the second call finishes it, and may run beside the next job's first.
    ``jobs`` is read as workers come free; ``held`` are descriptors that stay open until the last worker ends.
    """

    name: str
    run: Callable[..., Generator[Any, None, None]]
