"""What arrays have no operation for: one memcpy, whatever the items, and asking for memory before it is read.

The first does not check where its memory ends.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _memcpy(_context: Any, out: Any, at: Any, data: Any, start: Any, count: Any) -> Any:  # noqa: ARG001 - by their types
    """Generate (out, at, data, start, count): copy ``count`` bytes of ``data`` from byte ``start`` on, to byte ``at`` of ``out``.

    A loop over slices costs many times that: rows of windows are some 50 bytes long.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> None:
        to = _place(context, builder, signature.args[0], args[0], args[1])
        of = _place(context, builder, signature.args[2], args[2], args[3])
        cgutils.raw_memcpy(builder, to, of, args[4], 1)  # type: ignore[no-untyped-call]

    return types.void(out, types.intp, data, types.intp, types.intp), generate


def _prefetch(_context: Any, data: Any, at: Any) -> Any:  # noqa: ARG001 - by their types
    """Generate (data, at): bring the line of byte ``at`` of ``data``, or behind it, nearer; nothing is read or changed."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> None:
        place, number = _place(context, builder, signature.args[0], *args), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        to_read, kept_close, values = number(0), number(3), number(1)
        asked = builder.module.declare_intrinsic("llvm.prefetch", [cgutils.voidptr_t], kind)
        builder.call(asked, [place, to_read, kept_close, values])

    return types.void(data, types.intp), generate


def _place(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    base = context.make_array(kind)(context, builder, array).data
    return builder.gep(builder.bitcast(base, cgutils.voidptr_t), [offset])


move: Any = intrinsic(_memcpy)
prefetch: Any = intrinsic(_prefetch)
