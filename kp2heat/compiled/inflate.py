"""zlib-ng asked from a compiled loop: many streams are inflated in one call, straight to where they are wanted.

Asked from Python, each stream makes a thread wait for Python's lock, and its bytes are copied once more. zlib-ng's own
functions and its ``zng_stream`` (``zlib-ng.h``, version 2) are in the library of the Python package; where they
are not, there is no such loop.
"""

from __future__ import annotations

import ctypes
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import types
from zlib_ng import zlib_ng

from kp2heat.compiled.jit import jit

NEXT_IN, NEXT_OUT, LEFT_IN, LEFT_OUT, WORDS = 0, 3, 2, 8, 16
"""Where a ``zng_stream`` holds what it reads and writes next, in words of 8 bytes, and how many bytes are left of both, in
words of 4; more words of 8 than it has."""
FINISH, OK, STREAM_END = 4, 0, 1

_pointer: Any = types.voidptr
_code: Any = types.int32
_start: Any = types.ExternalFunction("zng_inflateInit", _code(_pointer))
_again: Any = types.ExternalFunction("zng_inflateReset", _code(_pointer))
_inflate: Any = types.ExternalFunction("zng_inflate", _code(_pointer, _code))
_end: Any = types.ExternalFunction("zng_inflateEnd", _code(_pointer))


@jit
def _inflated(stream: Any, data: Any, starts: Any, sizes: Any, out: Any, places: Any, size: int) -> int:
    """Do what ``every_inflated`` does; stream (WORDS,) is of the caller, who keeps it for as long as zlib-ng uses it."""
    at, left = stream.ctypes.data, stream.view(np.uint32)
    if _start(at) != OK:
        return 0
    count = 0
    while count < len(starts):
        _again(at)
        stream[NEXT_IN], left[LEFT_IN] = data.ctypes.data + starts[count], sizes[count]
        stream[NEXT_OUT], left[LEFT_OUT] = out.ctypes.data + places[count], size
        if _inflate(at, FINISH) != STREAM_END or left[LEFT_OUT] != 0:
            break
        count += 1
    _end(at)
    return count


@jit
def _every_inflated(data: Any, starts: Any, sizes: Any, out: Any, places: Any, size: int) -> int:
    """Inflate zlib streams of ``data``, from ``starts`` (n,) on, to ``size`` bytes each at ``places`` (n,) of ``out``.

    Returns how many, from the first on, are of that size and fit their Adler-32.
    """
    inflated: int = _inflated(np.zeros(WORDS, np.uint64), data, starts, sizes, out, places, size)
    return inflated


def _found() -> bool:
    """Have the loop find zlib-ng's functions; False where they are not to be found, or may be of another version."""
    try:
        library = ctypes.CDLL(zlib_ng.__file__)
        places = {f.symbol: getattr(library, f.symbol) for f in (_start, _again, _inflate, _end)}
    except (AttributeError, OSError):
        return False
    if not str(zlib_ng.ZLIBNG_VERSION).startswith("2.") or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    for name, function in places.items():
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    return True


every_inflated = _every_inflated if _found() else None
