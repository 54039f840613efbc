"""All compiled loops, by name; ``compiled`` says when they are used.

Their results are, bit for bit, those of the NumPy code that they replace.
"""

# ruff: noqa: F401 - whoever loads this module finds the loops in it
from kp2heat.compiled.deflate import lookup3, prepared, windows
from kp2heat.compiled.drawing import cleared, exponents, extent, greatest, half_products, halves, products
from kp2heat.compiled.fits import (
    blob_exponents,
    blob_steps,
    bounded_steps,
    weighted_exponents,
    weighted_steps,
)
from kp2heat.compiled.peak_windows import around, blurred, climbed, shares
from kp2heat.compiled.peaks import peak_cells
from kp2heat.compiled.person import patches, person, put, put_floats, put_halves, put_vectors
from kp2heat.compiled.pictures import looked_up
from kp2heat.compiled.streams import every_crc32, every_inflated
from kp2heat.compiled.taylor import split_peaks, taylor_steps
