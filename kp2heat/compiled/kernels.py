"""All compiled loops, by name; ``compiled`` says when they are used.

What they answer is, bit for bit, what the NumPy beside them answers.
"""

from kp2heat.compiled.digits import numbers
from kp2heat.compiled.drawing import exponents, extent, greatest, halves, products
from kp2heat.compiled.inflate import chunk, chunks
from kp2heat.compiled.peaks import blurred, climbed, greatest_cell, shares
from kp2heat.compiled.streams import lookup3, prepared, windows

__all__ = [
    "blurred",
    "chunk",
    "chunks",
    "climbed",
    "exponents",
    "extent",
    "greatest",
    "greatest_cell",
    "halves",
    "lookup3",
    "numbers",
    "prepared",
    "products",
    "shares",
    "windows",
]
