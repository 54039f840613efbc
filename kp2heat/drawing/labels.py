"""Labels drawn when they are read: the planes of one sample, through its own frame or an augmented one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.drawing.mirror import joint_order, mirror_scene, mirrored
from kp2heat.drawing.renderer import Renderer, of_the_only_sample, renderer
from kp2heat.drawing.samples import Samples, scene_of
from kp2heat.frame import Frame, affine
from kp2heat.scene import Scene
from kp2heat.spec import Spec

Levels = dict[str, dict[str, NDArray[Any]]]


@dataclass(frozen=True, eq=False)
class LabelSource:
    """The samples of an encoding, whose labels are drawn on request.

    annotations, samples   as planned, or as the truth in shards tells them
    spec                   with its input size

    >>> from kp2heat.pipeline.training.on_read import from_annotations
    >>> import kp2heat
    >>> rows = kp2heat.read("sample_data/annotations.json")
    >>> source = from_annotations(rows, Spec(input_size=(192, 256), strides=(4,)))
    >>> source.draw(0)["48x64"]["heatmaps"].shape
    (17, 64, 48)
    """

    annotations: Annotations
    samples: Samples
    spec: Spec

    def __len__(self) -> int:
        return len(self.samples)

    @cached_property
    def renderer(self) -> Renderer:
        """What draws a person."""
        return renderer(self.spec, self.samples.frame.input_size, self.annotations.skeleton)

    @cached_property
    def _one_person(self) -> bool:
        """Whether every sample is one person whose labels depend on the joints alone."""
        return self.spec.sample == "instance" and self.renderer.takes_joints_only

    @cached_property
    def _people(self) -> tuple[Floats, Bytes]:
        """The person of every sample, xy (S, K, 2) input px and visible (S, K)."""
        rows, frame = self.samples.row, self.samples.frame.take(slice(None))
        xy, visible = self.annotations.xy[rows], self.annotations.visible[rows]
        order = joint_order(self.annotations.skeleton, frame.matrix)
        if order is not None:
            xy = np.take_along_axis(xy, order[..., None], axis=1)
            visible = np.take_along_axis(visible, order, axis=1)
        return frame.to_input(xy), visible

    @cached_property
    def _swap(self) -> Ints:
        return np.asarray(self.annotations.skeleton.swap)

    def person(self, i: int, matrix: Floats | None = None) -> tuple[Floats, Bytes]:
        """Return the joints of the one person of sample i, xy (K, 2) input px and visible (K,); read-only by agreement.

        matrix (2, 3): another frame, image px to input px; where it mirrors, left and right joints change places.
        """
        if matrix is None:
            everyone, flags = self._people
            return everyone[i], flags[i]
        row = self.samples.row[i]
        xy, visible = self.annotations.xy[row], self.annotations.visible[row]
        if mirrored(matrix):
            xy, visible = xy[self._swap], visible[self._swap]
        return affine(matrix, xy), visible

    def draw(
        self, i: int, matrix: Floats | None = None, person: tuple[Floats, Bytes] | None = None
    ) -> Levels:
        """Return the planes of every level of sample i, without an axis of samples.

        matrix (2, 3): another frame, image px to input px, in place of the sample's own. Where it mirrors, left
        and right joints change places. The bits are those that an encoding with this frame stores.
        person: what :meth:`person` gives of both, where it is known already.
        """
        if self._one_person:
            xy, visible = self.person(i, matrix) if person is None else person
            return self.renderer.person(xy, visible.astype(np.float64))
        return of_the_only_sample(self.renderer.scene(self.scene(i, matrix)))

    def flip(self, i: int) -> Levels:
        """Return the planes of sample i mirrored in the input: those of the joints at (w - 1 - x, y), partners swapped."""
        return of_the_only_sample(self.renderer.scene(mirror_scene(self.scene(i))))

    def scenes(self, start: int, stop: int) -> Scene:
        """Return the scene of samples start..stop."""
        return scene_of(self.annotations, self.samples.take(start, stop), self.spec)

    def scene(self, i: int, matrix: Floats | None = None) -> Scene:
        """Return the scene of sample i."""
        samples = self.samples.take(i, i + 1)
        if matrix is not None:
            samples = replace(samples, frame=Frame(matrix[None], samples.frame.input_size))
        return scene_of(self.annotations, samples, self.spec)
