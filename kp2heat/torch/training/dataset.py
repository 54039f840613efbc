"""Pictures and labels together, labels drawn when they are read: a map-style data set for ``DataLoader``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bytes, Floats
from kp2heat.contracts import Level
from kp2heat.errors import InputError, SpecError, check_type
from kp2heat.pipeline.training.augment import Augment, augment_preset
from kp2heat.pipeline.training.augment_geometry import compose
from kp2heat.pipeline.training.augment_samples import augmented_frame, check_recipe
from kp2heat.shards.reading.dataset import Shards
from kp2heat.spec import Spec
from kp2heat.torch.training.inputs import Inputs
from kp2heat.torch.training.pictures import to_tensor
from kp2heat.torch.training.sources import open_source

Item = dict[str, Any]
Planes = dict[str, dict[str, NDArray[Any]]]
Person = tuple[Floats, Bytes]


class PoseDataset(Dataset[Item | None]):
    """Samples of annotations or shards as tensors.

    An item is a dict::

        "image"      (3, h, w): the input, RGB, where there are images; float32, 0 to 1 or normalised by mean and std, or
                     uint8, as ``image_dtype`` says
        "mask"       (h, w) uint8, where it is asked for: 1 where the input shows the image, 0 beyond it, 2 where people
                     are not labelled: in the box of a crowd region, or of a person without a labelled joint
        "48x64"      per level a dict of planes: "heatmaps" (C, H, W) and "weights" (K,) float32, further planes
        "frame"      (2, 3) float64: image px -> input px, augmentation included
        "xy"         (K, 2) float64 input px and "visible" (K,): the joints, where a sample is one person
        "image_id", "annotation_id" (where a sample is one person), "index"

    source       annotations, shards, or a path of either
    spec         how to encode annotations (shards carry their own); its dtype is not used: labels are drawn as f32
    images       a folder, zip or tar; or a function name -> (h, w, 3) uint8 RGB; shards may hold the pictures themselves
    augment      a recipe (``Augment``), or the name of a published one: labels are drawn at the moved joints
    seed         with the epoch and the sample's id it decides what the recipe draws, whatever the worker
    photometric  (h, w, 3) uint8 crop -> the same, changed in its values: colour, blur, noise; with ``mask``
                 it is called with the crop and its mask
    mask         whether items hold a mask, cut by the same affine as the picture (shards hold no crowd regions)
    mean, std    of the three channels, for pictures of 0 to 1
    image_dtype  "float32"; or "uint8": a quarter of the bytes, for ``normalize_images`` to turn into floats on the device
    draw         False: items hold joints and no planes, for ``render``, which draws a batch in the collate or on the device
    on_error     "fail", or "skip": samples whose image is missing are left out and named in ``skipped``; one that
                 cannot be read becomes None, which ``kp2heat.torch.collate`` leaves out

    InputError where images are missing, SpecError on settings that cannot be.

    >>> from kp2heat import Spec
    >>> spec = Spec(codec="msra", input_size=(48, 64), strides=(4,), fit="crop")
    >>> data = PoseDataset("sample_data/annotations.json", spec, images="sample_data/images")
    >>> len(data), tuple(data[0]["image"].shape), tuple(data[0]["12x16"]["heatmaps"].shape)
    (50, (3, 64, 48), (17, 16, 12))
    """

    def __init__(
        self,
        source: Annotations | Shards | str | Path,
        spec: Spec | None = None,
        *,
        images: str | Path | Callable[[str], Bytes] | None = None,
        augment: Augment | str | None = None,
        seed: int = 0,
        photometric: Callable[..., Bytes] | None = None,
        mask: bool = False,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        image_dtype: str = "float32",
        draw: bool = True,
        on_error: str = "fail",
    ) -> None:
        self.labels, self._shards = open_source(source, spec, on_error)
        self.augment = augment_preset(augment) if isinstance(augment, str) else augment
        if self.augment is not None:
            check_type("augment", self.augment, Augment, "give the name of a recipe, or an Augment")
            check_recipe(self.augment, self.labels.spec)
        if photometric is not None and not callable(photometric):
            raise SpecError(
                "photometric", f"{photometric!r} cannot be called", "give a function of a picture"
            )
        check_type("mask", mask, (bool, np.bool_), "give True or False")
        self.seed, self.photometric, self.on_error, self.draw = seed, photometric, on_error, draw
        if not draw and self.labels.spec.sample != "instance":
            raise SpecError("draw", "False needs samples of one person", 'use sample="instance"')
        self.inputs = Inputs.of(self.labels, self._shards, images, mask)
        self._rows, self.skipped = self.inputs.available(on_error)
        self._to_tensor = to_tensor(image_dtype, mean, std)
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def levels(self) -> dict[str, Level]:
        """The output grids by name."""
        return {level.name: level for level in self.labels.renderer.levels}

    def set_epoch(self, epoch: int) -> None:
        """Draw the augmentation of this epoch from now on, in workers that are running too."""
        self._epoch.fill_(epoch)

    def __getitem__(self, index: int) -> Item | None:
        i = int(self._rows[index])
        moved = self._augmented(i)
        matrix = self._frame(i) if moved is None else moved
        try:
            shown = self.inputs(i, matrix)
        except InputError as error:
            if self.on_error != "skip":
                raise
            warnings.warn(f"sample {i} is skipped: {error}", stacklevel=2)
            return None
        person = self._person(i, moved)
        item = self._item(i, index, matrix, shown, self._planes(i, moved, person))
        return self._with_joints(item, i, person)

    def flip(self, index: int) -> Item:
        """Return the item mirrored in the input, x -> w - 1 - x and partners swapped, as flip averaging needs it.

        The labels are those of the mirrored joints, to the last bit; nothing is augmented.
        """
        i = int(self._rows[index])
        frame, width = self._frame(i), self.labels.samples.frame.input_size[0]
        mirror = compose(np.array([[-1.0, 0, width - 1], [0, 1, 0]]), frame)
        mirrored = {name: np.ascontiguousarray(p[:, ::-1]) for name, p in self.inputs(i, frame).items()}
        planes, person = self.labels.flip(i) if self.draw else {}, self._person(i, mirror)
        return self._with_joints(self._item(i, index, mirror, mirrored, planes), i, person)

    def _frame(self, i: int) -> Floats:
        return np.asarray(self.labels.samples.frame.matrix[i])

    def _augmented(self, i: int) -> Floats | None:
        """Return the sample's frame, augmented; None where nothing is."""
        if self.augment is None:
            return None
        labels, epoch = self.labels, int(self._epoch)
        return augmented_frame(
            labels.annotations, labels.samples, labels.spec, i, self.augment, self.seed, epoch
        )

    def _person(self, i: int, moved: Floats | None) -> Person | None:
        return self.labels.person(i, moved) if self.labels.spec.sample == "instance" else None

    def _planes(self, i: int, moved: Floats | None, person: Person | None) -> Planes:
        if not self.draw:
            return {}
        if self._shards is None or self.augment is not None or not self._shards.stores_maps:
            return self.labels.draw(i, moved, person)
        stored = self._shards[i]
        scales = {name: np.float32(info.scale_factor) for name, info in self._shards.levels.items()}
        for name, scale in scales.items():
            if stored[name].get("heatmaps", np.empty(0)).dtype == np.uint8:
                stored[name]["heatmaps"] = stored[name]["heatmaps"] * scale
        return {name: stored[name] for name in scales}

    def _item(self, i: int, index: int, matrix: Floats, shown: dict[str, Bytes], planes: Planes) -> Item:
        item: Item = dict(self._tensors(**shown)) if shown else {}
        for name, level in planes.items():
            item[name] = {key: _float32(plane) for key, plane in level.items()}
        item["frame"] = torch.from_numpy(np.array(matrix))
        images, samples = self.labels.annotations.images, self.labels.samples
        item["image_id"], item["index"] = images.id[samples.image[i]].item(), index
        return item

    def _with_joints(self, item: Item, i: int, person: Person | None) -> Item:
        """Return the item with the joints and the id of its person, where a sample is one."""
        labels = self.labels
        if person is not None:
            xy, visible = person
            item["xy"], item["visible"] = torch.from_numpy(xy.copy()), torch.from_numpy(visible.copy())
            item["annotation_id"] = labels.annotations.id[labels.samples.row[i]].item()
        return item

    def _tensors(self, image: Bytes, mask: Bytes | None = None) -> dict[str, Tensor]:
        hook = self.photometric
        if mask is None:
            return {"image": self._to_tensor(image if hook is None else hook(image))}
        changed = image if hook is None else hook(image, mask)
        return {"image": self._to_tensor(changed), "mask": torch.from_numpy(mask)}


def _float32(plane: NDArray[Any]) -> Tensor:
    """Return floats as float32, integers as they are."""
    if plane.dtype.kind == "f" and plane.dtype != np.float32:
        plane = plane.astype(np.float32)
    return torch.from_numpy(plane)
