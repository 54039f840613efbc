"""Map sizes by the stride of the input."""

from __future__ import annotations

from kp2heat.errors import SpecError
from kp2heat.frame import Size, show_size


def strided(input_size: Size, stride: float) -> Size:
    """Return the map size (W, H) of an input at this stride; SpecError where it does not divide the input.

    >>> strided((192, 256), 4)
    (48, 64)
    """
    width, height = input_size[0] / stride, input_size[1] / stride
    if (
        width != int(width)
        or height != int(height)
        or not 1 <= min(width, height) <= max(width, height) <= 65536
    ):
        raise SpecError(
            "stride",
            f"{stride:g} does not divide the {show_size(input_size)} input",
            "choose another --input-size, or name the maps with --size",
        )
    return int(width), int(height)
