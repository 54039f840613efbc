"""Libraries that some steps need and the core does not: loaded there, with the install line where they are missing."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from kp2heat.errors import DependencyError
from kp2heat.machine.room import has_room

INSTALL = {
    "cv2": "pip install --force-reinstall opencv-python-headless",
    "distributed": "pip install 'kp2heat[dask]'",
    "faster_coco_eval": "pip install 'kp2heat[eval]'",
    "jinja2": "pip install 'kp2heat[plots]'",
    "matplotlib.figure": "pip install 'kp2heat[plots]'",
    "scipy.io": "pip install 'kp2heat[eval]'",
    "scipy.optimize": "pip install 'kp2heat[eval]'",
}

ROOM_TO_LOAD = 400_000_000
"""Bytes of address space; with less OpenCV may crash as it loads, and SciPy loops for ever (364 and 176 MB)."""


def library(name: str, wanted_by: str) -> Any:
    """Import and return a module of ``INSTALL``; DependencyError where it does not load, MemoryError where it cannot.

    >>> library("cv2", "preview").__name__
    'cv2'
    """
    if name not in sys.modules and not has_room(ROOM_TO_LOAD):
        raise MemoryError
    try:
        return import_module(name)
    except ImportError as error:
        if "failed to map segment" in str(error):  # the installation is well
            raise MemoryError from error
        raise DependencyError(
            wanted_by, f"{name.split('.')[0]} does not load ({error})", INSTALL[name]
        ) from None


def opencv() -> Any:
    """Return the cv2 module; DependencyError where it does not load, as on a server without libGL."""
    return library("cv2", "OpenCV")
