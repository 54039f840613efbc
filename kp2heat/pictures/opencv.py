"""OpenCV, imported where a picture is warped or drawn and nowhere else."""

from __future__ import annotations

from typing import Any

from kp2heat.errors import DependencyError


def opencv() -> Any:
    """Return the cv2 module; DependencyError with the install line where it does not load (a server without libGL)."""
    try:
        import cv2
    except ImportError as error:
        if "failed to map segment" in str(error):  # the installation is well
            raise MemoryError from error
        raise DependencyError(
            "cv2", f"does not load ({error})", "pip install --force-reinstall opencv-python-headless"
        ) from None
    return cv2
