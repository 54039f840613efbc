"""The five kinds of interchangeable part: codecs, decoders, metrics, formats and engines.

Every part is a frozen record of plain functions on arrays. The folder of its kind (``codecs/``,
``decoders/``, ``metrics/``, ``formats/``, ``engines/``) holds a literal table from name to record;
adding a part takes one file and one line in that table. Importing a part changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from inspect import signature
from typing import Any

from numpy.typing import NDArray

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bools, Floats
from kp2heat.frame import Alignment, show_size
from kp2heat.peaks import Peaks
from kp2heat.scene import Scene
from kp2heat.skeleton import Skeleton

Planes = Mapping[str, NDArray[Any]]
"""Named arrays of one level: ``heatmaps`` (N, C, H, W), ``weights`` (N, K), and further planes of a codec."""


def defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the parameters of a part's function with their defaults.

    Of a ``partial``, only those that the function itself has a default for: the others are fixed.

    >>> defaults(lambda planes, *, top=1: None)
    {'top': 1}
    """
    whole = signature(function).parameters
    while isinstance(function, partial):
        function = function.func
    own = signature(function).parameters
    return {name: p.default for name, p in whole.items() if own[name].default is not p.empty}


@dataclass(frozen=True)
class Level:
    """One output grid.

    size       (W, H) in cells
    sigma      standard deviation of the blobs, in cells
    alignment  the mapping from input pixels to cells

    >>> from kp2heat.frame import alignment
    >>> Level((48, 64), 2.0, alignment("stride", (192, 256), (48, 64))).name
    '48x64'
    """

    size: tuple[int, int]
    sigma: float
    alignment: Alignment

    @property
    def name(self) -> str:
        """Return ``WxH``, the name of the level's group in a shard."""
        return show_size(self.size)


def joint_names(skeleton: Skeleton, **_: Any) -> tuple[str, ...]:
    """Return the channel names of a codec that draws one heatmap per joint.

    >>> joint_names(Skeleton(("nose", "tail")))
    ('nose', 'tail')
    """
    return skeleton.names


def peak_one(_size: tuple[int, int], _sigma: float) -> float:
    """Return 1.0, the greatest value of a map whose blobs have peak 1."""
    return 1.0


def drawn_joints(scene: Scene, _level: Level, *_: Any, **__: Any) -> Bools:
    """Return (M, K): which joints of a scene are drawn, for codecs whose planes hold every drawn joint."""
    return scene.drawn


@dataclass(frozen=True)
class Codec:
    """One way to turn keypoints into label planes.

    encode(scene, level, dtype, *, scale=1.0, **params) -> planes
        ``heatmaps`` (S, C, H, W) in the dtype asked for, rounded to it once (uint8: counts of ``scale``);
        ``weights`` (S, K) float32; further planes (S, ...) in a float dtype chosen by the codec. An empty
        scene (S = 0) gives arrays of the right shapes.
    place(scene, level, dtype, *, scale=1.0, **params) -> PlacedBlobs | BlobKinds | None
        The same heatmaps as blobs that are not painted yet, with the weights. Only codecs that draw
        heatmaps and nothing else have it. It returns None for a scene with several blobs in one map.
        Painted, the blobs are bit for bit what ``encode`` returns.
    channels(skeleton, **params) -> names
        Names of the C heatmap channels, in order: joint names, group names, and words such as
        ``background`` or ``center``. Decoding finds the map of a joint by its name.
    row_params        parameters with their defaults, where a convention's row decides which ``encode`` has
    planes            names of the planes that ``encode`` returns
    align             name of the alignment used by default
    literal_align     name of the alignment of the published code, used with ``literal=True``; by default the same
    sigma(size, stride) default sigma in cells; None for the common rule, which depends on the size of the map
    bound(size, sigma) largest value that a map can hold; it becomes 255 in uint8
    shift             cells to add to the peak of a map to get the joint: 0.5 where centres are floored
    decoder           name of the decoder that is exact for clean labels of this codec (``auto`` uses it)
    draws_bystanders  whether the sample of a person also shows the other people of the image
    holds(scene, level, dtype, *, scale=1.0, **params) -> (M, K) bool
        Whether a map holds something of the joint once stored; by default, whether the joint is drawn.
    draws_groups      whether the codec is meant to draw groups of joints, one map per group
    source            publication and code that the codec follows
    convention        how it draws keypoints, in one line

    >>> from kp2heat.codecs import CODECS
    >>> CODECS["msra"].decoder, CODECS["msra"].align
    ('lsq', 'stride')
    """

    name: str
    encode: Callable[..., dict[str, NDArray[Any]]]
    align: str
    source: str
    literal_align: str = ""
    row_params: Mapping[str, Any] | None = None
    planes: tuple[str, ...] = ("heatmaps", "weights")
    shift: float = 0.0
    draws_bystanders: bool = False
    decoder: str = "lsq"
    sigma: Callable[[tuple[int, int], tuple[float, float]], float] | None = None
    bound: Callable[[tuple[int, int], float], float] = peak_one
    channels: Callable[..., tuple[str, ...]] = joint_names
    place: Callable[..., Any] | None = None
    holds: Callable[..., Bools] = drawn_joints
    draws_groups: bool = False
    convention: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "literal_align", self.literal_align or self.align)

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """The parameters with their defaults."""
        if self.row_params is not None:
            return self.row_params
        return {k: v for k, v in defaults(self.encode).items() if k not in ("dtype", "scale")}


@dataclass(frozen=True)
class Decoder:
    """One way to turn label planes into peaks in cells.

    decode(planes, level, **params) -> Peaks
        ``planes["heatmaps"]`` is (N, K, H, W) float32 with every normalisation undone. Finite maps give
        finite coordinates, except a map with nothing above 0: its xy is NaN and its score 0.
    needs             names of the planes it reads
    source            publication that it follows
    absolute          whether a plane gives the position of the joint within its cell; if so, the codec's
                      ``shift`` is not added
    accepts_float16   whether it decodes float16 maps too (not ``literal``), to the result of their float32 values

    >>> from kp2heat.decoders import DECODERS
    >>> DECODERS["argmax"].needs
    ('heatmaps',)
    """

    name: str
    decode: Callable[..., Peaks]
    source: str
    needs: tuple[str, ...] = ("heatmaps",)
    absolute: bool = False
    accepts_float16: bool = False

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """The parameters with their defaults."""
        return defaults(self.decode)


@dataclass(frozen=True)
class Scores:
    """The numbers of one metric: overall by name, and per joint as (K,) float64; NaN where undefined.

    >>> Scores({"mean": 1.5}).overall["mean"]
    1.5
    """

    overall: Mapping[str, float]
    joints: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """One way to compare predictions with the truth.

    measure(pairs, **params) -> Scores
        ``pairs`` holds truth and predictions, row by row (``kp2heat.metrics.pairing.pairs.Pairs``).
    unit              unit of the numbers
    source            whose definition it is

    >>> from kp2heat.metrics import METRICS
    >>> METRICS["pck"].name
    'pck'
    """

    name: str
    measure: Callable[..., Scores]
    unit: str
    source: str

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """The parameters with their defaults."""
        return defaults(self.measure)


@dataclass(frozen=True)
class Format:
    """One annotation file format.

    title                           its name in messages
    sniff(head) -> bool             whether a file that begins with these bytes looks like this format
    parse(content, options)         the columns of the file as written, before they become ``Annotations``
    blocks(content, options, mapper)  the same in parts, where rows do not depend on each other; None where they may
    passes                          over the file, before all of its blocks have been read
    write(annotations) -> bytes     the content of a file; None where the format can only be read
    """

    name: str
    title: str
    sniff: Callable[[bytes], bool]
    parse: Callable[..., Any]
    write: Callable[[Annotations], bytes] | None = None
    blocks: Callable[..., Any] | None = None
    passes: int = 1


Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Engine:
    """A way to run jobs: a ``Mapper``, shaped like ``map``, with a number of workers.

    run(function, jobs, workers) -> results in the order of the jobs, which are read as workers become free
    """

    name: str
    run: Callable[..., Iterator[Any]]
