"""One sample of shards: its label planes, its row of the sample table, its ground truth and its frame."""

from __future__ import annotations

from typing import Any

from kp2heat.frame import Frame
from kp2heat.shards.reading.people import Truth
from kp2heat.shards.reading.shard import Shard


class Sample(dict[str, Any]):
    """What ``shards[i]`` returns: a dict of arrays without an axis of samples.

    Under each level's name lies a dict of its planes as they are stored::

        sample["48x64"]["heatmaps"]      (C, H, W) float16, float32 or uint8
        sample["48x64"]["weights"]       (K,) float32, and further planes of the codec
        sample["sample"]["frame"]        (2, 3) float64: image px -> input px
        sample["sample"]["image_size"]   (2,) int32: width and height of the image in px
        sample["sample"]["file_name"]    str, as the annotations spell it
        sample["sample"]["image_id"]     int or str
        sample["sample"]["annotation_id"]  int or str, where a sample is one person's

    ``truth`` and ``frame`` are read when they are asked for. A copy is a plain dict, which is what the collate
    function of a PyTorch DataLoader makes batches from.

    >>> import tempfile, kp2heat
    >>> spec = kp2heat.Spec(input_size=(64, 64), sizes=((16, 16),), fit="crop")
    >>> out = tempfile.mkdtemp()
    >>> _ = kp2heat.encode_dataset(kp2heat.read("sample_data/annotations.json"), out, spec)
    >>> sample = kp2heat.open(out)[0]
    >>> sample["16x16"]["heatmaps"].shape, sample.truth.xy.shape, sample.frame.input_size
    ((17, 16, 16), (1, 17, 2), (64, 64))
    >>> sample.frame.to_input(sample.truth.xy).shape  # where the joints are in the network's input
    (1, 17, 2)
    """

    def __init__(self, values: dict[str, Any], shard: Shard, row: int) -> None:
        super().__init__(values)
        self._shard, self._row = shard, row

    @property
    def truth(self) -> Truth:
        """Return the annotated people of the sample: xy (P, K, 2) image px, visible (P, K), bbox (P, 4), ..."""
        return self._shard.truth.take(self._row, self._row + 1)

    @property
    def frame(self) -> Frame:
        """Return the mapping from image px to input px: ``kp2heat.crop_image(image, sample.frame)`` cuts the input."""
        return self._shard.frame.take(slice(self._row, self._row + 1))

    def __copy__(self) -> dict[str, Any]:
        """Return a plain dict, so that a batch never keeps the truth of its first sample."""
        return dict(self)
