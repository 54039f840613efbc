"""All compiled loops, by name; ``compiled`` says when they are used.

Their results are, bit for bit, those of the NumPy code that they replace.
"""

from kp2heat.compiled.deflate import lookup3, prepared, windows
from kp2heat.compiled.drawing import cleared, exponents, extent, greatest, half_products, halves, products
from kp2heat.compiled.peaks import blurred, climbed, greatest_cell, shares
from kp2heat.compiled.person import patches, person, put, put_floats, put_halves

__all__ = [
    "blurred",
    "cleared",
    "climbed",
    "exponents",
    "extent",
    "greatest",
    "greatest_cell",
    "half_products",
    "halves",
    "lookup3",
    "patches",
    "person",
    "prepared",
    "products",
    "put",
    "put_floats",
    "put_halves",
    "shares",
    "windows",
]
