"""The standard deviation of a Gaussian, with its unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt

from kp2heat.errors import SpecError
from kp2heat.frame import Size


@dataclass(frozen=True)
class Sigma:
    """A standard deviation in cells (unit "cell") or input px (unit "px").

    >>> Sigma(8, "px").cells((4, 4))
    2.0
    """

    value: float
    unit: str = "cell"

    def __post_init__(self) -> None:
        if not 1e-3 <= self.value < 1e6:
            raise _not_a_sigma(self)

    def cells(self, stride: tuple[float, float]) -> float:
        """Return it in cells of a level with this stride (the geometric mean of the axes where they differ)."""
        return self.value / sqrt(stride[0] * stride[1]) if self.unit == "px" else self.value

    def __str__(self) -> str:
        return repr(float(self.value)).removesuffix(".0") + ("px" if self.unit == "px" else "")


def _not_a_sigma(found: object) -> SpecError:
    return SpecError("sigma", f"'{found}' is not a sigma", "write cells (2) or input pixels (8px)")


def parse_sigma(text: object) -> Sigma:
    """Return the sigma written ``2``, ``2cells`` or ``8px``; SpecError for anything else.

    >>> parse_sigma("8px")
    Sigma(value=8.0, unit='px')
    """
    if isinstance(text, Sigma):
        return text
    match = re.fullmatch(r"\s*([0-9.]+(?:e-?\d+)?)\s*(px|cells?|)\s*", str(text))
    try:
        return Sigma(float(match[1]), "px" if match[2] == "px" else "cell") if match else Sigma(0)
    except (ValueError, SpecError):
        raise _not_a_sigma(text) from None


def default_sigma(size: Size) -> float:
    """Return the default in cells: the square root of the longer side over 16, in halves, and at least 1.

    >>> [default_sigma((n, n)) for n in (14, 28, 64)]
    [1.0, 1.5, 2.0]
    """
    return max(1.0, round(2 * sqrt(max(size) / 16)) / 2)
