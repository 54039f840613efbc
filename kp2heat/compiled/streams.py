"""zlib-ng asked from compiled loops: many streams are inflated, or their CRC-32 is taken, in one call.

Asked from Python, each stream makes a thread wait for Python's lock, and what is inflated is copied once more. zlib-ng's
own functions and its ``zng_stream`` (``zlib-ng.h``, version 2) are in the library of the Python package; where
they are not, there are no such loops.
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
_crc32: Any = types.ExternalFunction("zng_crc32_z", types.uint32(types.uint32, _pointer, types.uintp))


@jit
def _place(data: Any, byte: int) -> Any:
    """Return the address of a byte of an array (n,) uint8."""
    return data.ctypes.data + np.uintp(byte)


@jit
def _inflated(stream: Any, data: Any, starts: Any, sizes: Any, out: Any, places: Any, size: int) -> int:
    """Do what ``every_inflated`` does; stream (WORDS,) is of the caller, who keeps it for as long as zlib-ng uses it."""
    at, left = stream.ctypes.data, stream.view(np.uint32)
    if _start(at) != OK:
        return 0
    count = 0
    while count < len(starts):
        _again(at)
        stream[NEXT_IN], left[LEFT_IN] = _place(data, starts[count]), sizes[count]
        stream[NEXT_OUT], left[LEFT_OUT] = _place(out, places[count]), size
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


@jit
def _every_crc32(data: Any, sizes: Any) -> Any:
    """Return the CRC-32 (n,) of each of n streams of ``sizes`` (n,) bytes, which follow each other in ``data``."""
    out, start = np.empty(len(sizes), np.uint32), np.int64(0)
    for i in range(len(sizes)):
        out[i] = _crc32(0, _place(data, start), sizes[i])
        start += sizes[i]
    return out


def _found() -> bool:
    """Have the loops find zlib-ng's functions; False where they are not to be found, or may be of another version."""
    try:
        library = ctypes.CDLL(zlib_ng.__file__)
        places = {f.symbol: getattr(library, f.symbol) for f in (_start, _again, _inflate, _end, _crc32)}
    except (AttributeError, OSError):
        return False
    if not str(zlib_ng.ZLIBNG_VERSION).startswith("2.") or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    for name, function in places.items():
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    return True


every_inflated, every_crc32 = (_every_inflated, _every_crc32) if _found() else (None, None)
