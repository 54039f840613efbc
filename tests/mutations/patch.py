"""A change of a function takes effect in a process that has imported its module already."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

Codes = dict[tuple[str, int], CodeType]


def _functions(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _functions(constant)


def _is_body(code: CodeType) -> bool:
    """Whether the code belongs to a class or a module, which ran when the module was imported."""
    return not code.co_flags & 0x2  # CO_NEWLOCALS is set for functions


def _plain(code: CodeType) -> tuple[object, ...]:
    return code.co_code, code.co_names, [c for c in code.co_consts if not isinstance(c, CodeType)]


def patched(path: Path, before: str, after: str) -> bool:
    """Give the imported functions of a file their new code; False where the module must be imported again."""
    old, new = (compile(text, str(path), "exec") for text in (before, after))
    bodies = [[_plain(code) for code in (top, *_functions(top)) if _is_body(code)] for top in (old, new)]
    if bodies[0] != bodies[1]:
        return False
    codes = {(code.co_qualname, code.co_firstlineno): code for code in _functions(new)}
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == str(path):
            code = function.__code__
            function.__code__ = codes.get((code.co_qualname, code.co_firstlineno), code)
    return True


def forget(package: str) -> None:
    """Let a package be imported again."""
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
