"""Pictures for previews: found by the annotations' file names, turned as their annotations count."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kp2heat.arrays import Bytes
from kp2heat.formats.images.store import image_folder


class Pictures:
    """The images of a folder or store; ``notes`` says which could not be shown and why, each name once."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = image_folder(folder)
        self.notes: dict[str, str] = {}

    def load(self, name: str, size: tuple[int, int]) -> Bytes | None:
        """Return (h, w, 3) RGB of the size the annotations state, (0, 0) if they state none; None with a note else.

        EXIF's orientation is followed unless the annotations state the size of the picture as stored.
        """
        from PIL import Image, ImageOps, UnidentifiedImageError

        path = self.folder.find(name)
        if path is None:
            self.notes[name] = "is not in the folder of images"
            return None
        try:
            with Image.open(path) as opened:
                turned = ImageOps.exif_transpose(opened)
                chosen = turned if size in ((0, 0), turned.size) else opened
                if size not in ((0, 0), chosen.size):
                    w, h = turned.size
                    self.notes[name] = f"is {w}x{h} px, the annotations state {size[0]}x{size[1]}"
                    return None
                return np.array(chosen.convert("RGB"))
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
            self.notes[name] = f"cannot be read ({error})"
            return None
