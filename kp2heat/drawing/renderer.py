"""A prepared renderer: levels, alignments and tables are made once, so that drawing one person takes microseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kp2heat import compiled, gaussian
from kp2heat.annotations import to_floats
from kp2heat.arrays import Floats, Ints
from kp2heat.codecs.gaussian.blobs import SLACK, floor
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.draw import chosen_row
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.contracts import Level
from kp2heat.drawing import person as one_person
from kp2heat.drawing.person import placing
from kp2heat.drawing.planes import draw, scale_factor
from kp2heat.drawing.vectors import PEOPLE, Person, Planes, vector_drawing
from kp2heat.errors import InputError, check_type
from kp2heat.frame import Size, parse_size
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton
from kp2heat.spec import DTYPES, NEEDS_SPEC, Spec

ROUNDINGS = ("none", "nearest", "floor", "trunc")
"""Those of ``codecs.gaussian.switches`` that the compiled loop knows, by its numbers."""

LEAST_SIGMA = 0.5
"""Cells. A joint in the input is at most one cell beyond the map: from this sigma on, all dtypes keep its greatest value,
and its window may end where values are 0 once stored."""

LOOP_TAKES = (
    *("sigma", "rounding", "cut", "trim", "least", "merge", "decoder", "shift", "masked", "literal"),
    *("groups", "overlap"),
)
"""Fields of a convention in which rows may differ and be drawn by the compiled loop; the others are as they are."""


@dataclass(frozen=True, eq=False)
class Renderer:
    """Draws the labels of people in input px, all levels at once: the same bits as ``kp2heat.encode``.

    Made by :func:`renderer`. Picklable; what is compiled is loaded by each process when it draws for the first time.

    >>> from kp2heat import Spec
    >>> draw = renderer(Spec(sizes=((8, 8),), dtype="f32"), (32, 32), 1)
    >>> float(draw([[9.5, 21.5]])["8x8"]["heatmaps"][0, 5, 2].round(4))
    1.0
    """

    spec: Spec
    input_size: Size
    skeleton: Skeleton
    levels: tuple[Level, ...]

    def __call__(
        self, xy: ArrayLike, visible: ArrayLike | None = None, bbox: ArrayLike | None = None
    ) -> dict[str, Planes]:
        """Return the planes of every level, by its name.

        xy (K, 2) of one person or (N, K, 2), float64 input px; visible (K,) or (N, K) COCO's 0/1/2, by default
        2 where xy is finite; bbox (4,) or (N, 4) in input px. One person's planes have no axis of samples.
        InputError where a shape does not fit.
        """
        points = to_floats(xy, "xy")
        flags = np.where(np.isfinite(points).all(axis=-1), 2, 0) if visible is None else np.asarray(visible)
        if points.shape[-2:] != (len(self.skeleton), 2) or points.ndim not in (2, 3):
            raise InputError("xy", f"has shape {points.shape}", f"give (N, {len(self.skeleton)}, 2)")
        if flags.shape != points.shape[:-1]:
            raise InputError("visible", f"has shape {flags.shape}", f"give {points.shape[:-1]}, as xy has")
        if self._fast is not None:
            return self.person(points, flags.astype(np.float64))
        if points.ndim == 3:
            return self.scene(self._scene(points, flags, bbox))
        box = None if bbox is None else to_floats(bbox, "bbox", "(N, 4)")[None]
        return of_the_only_sample(self.scene(self._scene(points[None], flags[None], box)))

    def person(self, xy: Floats, visible: Floats) -> dict[str, Planes]:
        """Return the planes of one person, or of N, unchecked, where labels depend on the joints alone.

        xy (K, 2) or (N, K, 2) input px and visible (K,) or (N, K), both float64 in C order.
        """
        return {
            level.name: one(xy, visible) for level, one in zip(self.levels, self._fast or (), strict=True)
        }

    @cached_property
    def takes_joints_only(self) -> bool:
        """Whether labels depend on the joints alone, and not on a box."""
        return self._fast is not None

    def scene(self, scene: Scene) -> dict[str, Planes]:
        """Return the planes of every level for a scene, samples along the first axis."""
        return {level.name: draw(self.spec, level, scene) for level in self.levels}

    def _scene(self, xy: Floats, visible: NDArray[Any], bbox: ArrayLike | None) -> Scene:
        box = None if bbox is None else to_floats(bbox, "bbox", "(4,)")
        hidden, outside = self.spec.hidden, self.spec.outside
        return make_scene(
            self.skeleton, self.input_size, xy, visible, bbox=box, hidden=hidden, outside=outside
        )

    @cached_property
    def _fast(self) -> list[Person] | None:
        """What draws one person, a function per level; None where the codec does more than place blobs."""
        drawings = [person_drawing(self.spec, self.input_size, level) for level in self.levels]
        return [one for one in drawings if one is not None] if None not in drawings else None

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_fast"}


def of_the_only_sample(levels: Mapping[str, Planes]) -> dict[str, Planes]:
    """Return the planes of levels with one sample, without the axis of samples."""
    return {name: {key: plane[0] for key, plane in planes.items()} for name, planes in levels.items()}


def renderer(spec: Spec, input_size: Size, joints: Skeleton | int = 17) -> Renderer:
    """Return a renderer for this spec and input size (w, h): ``draw(xy, visible)`` gives a person's labels.

    joints: the skeleton, or how many joints there are. SpecError where the spec cannot be drawn.

    >>> from kp2heat import Spec
    >>> draw = renderer(Spec(sizes=((16, 16),)), (64, 64), 1)
    >>> draw(np.array([[30.0, 20.0]]), np.array([2]))["16x16"]["heatmaps"].shape
    (1, 16, 16)
    """
    check_type("spec", spec, Spec, NEEDS_SPEC)
    size = parse_size(input_size, "input_size")
    return Renderer(replace(spec, input_size=size), size, Skeleton.of(joints), spec.levels(size))


def simple_row(spec: Spec) -> Convention | None:
    """Return the spec's row of the Gaussian table where its maps are one blob each at most, of the level's sigma."""
    convention = CONVENTIONS.get(spec.codec)
    params = spec.params
    if convention is None or spec.normalize != "none" or spec.outside == "error":
        return None
    row = chosen_row(convention, **params)
    loop_takes = {field: getattr(row, field) for field in LOOP_TAKES}
    plain = Convention(row.name, row.source, row.align, **loop_takes)
    known = row == plain and row.rounding in ROUNDINGS and not row.composed
    return row if known and not row.groups else None


@dataclass(frozen=True, eq=False)
class PeopleDrawing:
    """Draws people on one level: what ``Renderer.person`` is made of.

    into(maps (M, H, W), xy (M, 2), visible (M,), floor) -> weights (M,), of joints each in its own map; values below
    ``floor`` are drawn as 0
    """

    into: Callable[[NDArray[Any], Floats, Floats, float], NDArray[np.float32]]
    least: float
    size: Size
    dtype: np.dtype[Any]

    def __call__(self, xy: Floats, visible: Floats) -> Planes:
        """Return the planes of one person, xy (K, 2) and visible (K,), or of N."""
        maps = np.zeros((*visible.shape, *self.size[::-1]), self.dtype)
        if visible.ndim == 1:
            return {"heatmaps": maps, "weights": self.into(maps, xy, visible, self.least)}
        return {"heatmaps": maps, "weights": self.over(maps, xy, visible)}

    def over(
        self, maps: NDArray[Any], xy: Floats, visible: Floats, floor: float | None = None
    ) -> NDArray[np.float32]:
        """Draw the windows of N people over maps (N, K, H, W), in place; return their weights (N, K).

        With ``floor=inf`` the windows are cleared.
        """
        weights = np.empty(visible.shape, np.float32)
        for start in range(0, len(xy), PEOPLE):
            part = slice(start, start + PEOPLE)
            stack = maps[part].reshape(-1, *maps.shape[2:])
            joints = xy[part].reshape(-1, 2), visible[part].reshape(-1)
            drawn = self.into(stack, *joints, self.least if floor is None else floor)
            weights[part] = drawn.reshape(-1, visible.shape[1])
        return weights


def person_drawing(spec: Spec, input_size: Size, level: Level) -> Person | None:
    """Return what draws people on this level as ``Renderer.person`` does; None where the codec does more."""
    row = simple_row(spec)
    if row is not None:
        return _person(compiled.prepared_loops() or one_person, row, spec, input_size, level)
    return vector_drawing(spec, input_size, level)


def _person(loops: Any, row: Convention, spec: Spec, input_size: Size, level: Level) -> PeopleDrawing:
    """Return the drawing of people on this level."""
    dtype, scale, sigma = np.dtype(DTYPES[spec.dtype]), scale_factor(spec, level), level.sigma
    reach = np.inf if row.cut is None else row.cut * sigma - row.trim + SLACK
    near = spec.outside in ("drop", "clip") and sigma >= LEAST_SIGMA
    far = sigma * gaussian.reach_of(gaussian.least(dtype, scale) if near else gaussian.TINIEST)
    across, down = (int(min(cells, 2 * min(reach, far) + 1)) for cells in level.size)
    size, grid, policy = placing(spec, input_size, level, ROUNDINGS.index(row.rounding))
    put, blob = _put(loops, dtype, scale), np.array([[sigma, reach, far]] * 2)

    def into(maps: NDArray[Any], xy: Floats, visible: Floats, least: float) -> NDArray[np.float32]:
        index, x0, y0, z, weights = loops.person(xy, visible, size, grid, blob, policy, across, down)
        put(np.exp(z, out=z), across, least, index, x0, y0, weights, maps)
        return cast("NDArray[np.float32]", weights)

    return PeopleDrawing(into, floor(row), level.size, dtype)


def _put(loops: Any, dtype: np.dtype[Any], scale: float) -> Callable[..., None]:
    """Return what multiplies profiles, rounds the products, and puts them into maps; loops are compiled without halves."""
    if loops is not one_person and dtype == np.float32:
        return cast("Callable[..., None]", loops.put_floats)
    if loops is not one_person and dtype == np.float16:

        def put_halves(*blobs: Any) -> None:
            loops.put_halves(*blobs[:-1], blobs[-1].view(np.uint16))

        return put_halves
    words = np.dtype(f"u{dtype.itemsize}")

    def put(
        z: Floats, across: int, least: float, index: Ints, x0: Ints, y0: Ints, weights: Any, maps: Any
    ) -> None:
        values = gaussian.stored(loops.patches(z, across, least, index, weights), dtype, scale)
        loops.put(maps.view(words), index, x0, y0, values.view(words))

    return put
