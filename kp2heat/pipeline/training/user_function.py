"""A function of the user's own, named as MODULE:FUNCTION or FILE.py:FUNCTION."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from kp2heat.errors import InputError
from kp2heat.files.input_file import MOST_SETTINGS, check_regular


def load_function(name: str) -> Callable[..., Any]:
    """Import and return the function; modules are looked for in the current folder too.

    InputError where the name is not of this form, the module cannot be imported, or has no such function.

    >>> load_function("math:hypot")(3, 4)
    5.0
    """
    module_name, _, function_name = name.rpartition(":")
    if not module_name or not function_name:
        raise InputError(name, "is not MODULE:FUNCTION", "write package.module:function or file.py:function")
    if module_name.endswith(".py") and not Path(module_name).exists():
        raise InputError(name, f"there is no file '{module_name}'", "check the path")
    try:
        module = _from_file(Path(module_name)) if module_name.endswith(".py") else _from_name(module_name)
    except InputError:
        raise
    except Exception as error:  # whatever the user's module raises while it is imported
        todo = "check the name" if isinstance(error, ModuleNotFoundError) else "correct the module"
        raise InputError(name, f"cannot be imported: {type(error).__name__}: {error}", todo) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise InputError(name, f"{module_name} has no function '{function_name}'", "check the name")
    loaded: Callable[..., Any] = function
    return loaded


def _from_name(name: str) -> Any:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return import_module(name)
    finally:
        sys.path.pop(0)


def _from_file(path: Path) -> Any:
    check_regular(path, MOST_SETTINGS)
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
