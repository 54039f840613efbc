"""What the user may say about a file that the file itself does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from kp2heat.errors import SpecError, check_type, did_you_mean
from kp2heat.frame import parse_size


@dataclass(frozen=True)
class ReadOptions:
    """Settings of a reading; every one has a value that means "as the file says".

    category        name or id: keep the annotations of this category only
    image_size      (w, h) px of every image whose size nothing else tells
    images          folder or URL searched for the images' sizes
    coords          pixel | normalised | percent; None: as the format has it
    origin          "0": integers are pixel centres, counted from 0; "1": counted from 1; "corner": 0 is the
                    outer edge of the first pixel; None: "0" for pixels, "corner" for normalised and percent
    visibility      what the third number of a joint is: auto | coco (0, 1, 2) | flag (0, 1) | score
    skeleton        a known skeleton or a TOML file: names the joints, and must have as many
    swap            pairs of joint names that mirror each other
    names           names for joints that the file leaves nameless
    size_from_joints   an image of unknown size reaches to its farthest joint
    columns         names of the columns of a CSV that does not name them
    on_error        fail | skip: what becomes of a file in which some annotations cannot be read
    min_likelihood  joints that score less count as unlabelled
    """

    category: str | None = None
    image_size: tuple[int, int] | None = None
    images: Path | str | None = None
    coords: Literal["pixel", "normalised", "percent"] | None = None
    origin: Literal["0", "1", "corner"] | None = None
    visibility: Literal["auto", "coco", "flag", "score"] = "auto"
    skeleton: str | Path | None = None
    swap: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    size_from_joints: bool = False
    columns: tuple[str, ...] | None = None
    on_error: Literal["fail", "skip"] = "fail"
    min_likelihood: float = 0.0

    def __post_init__(self) -> None:
        if self.image_size is not None:
            object.__setattr__(self, "image_size", parse_size(self.image_size, "image_size"))
        if isinstance(self.category, int):
            object.__setattr__(self, "category", str(self.category))
        for name, (kinds, todo) in TYPES.items():
            check_type(name, getattr(self, name), (*kinds, type(None)), todo)
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                known = ", ".join(c for c in choices if c)
                raise SpecError(name, f"'{value}' is not known", f"use one of {known}")


CHOICES: dict[str, tuple[str | None, ...]] = {
    "on_error": ("fail", "skip"),
    "coords": ("pixel", "normalised", "percent", None),
    "origin": ("0", "1", "corner", None),
    "visibility": ("auto", "coco", "flag", "score"),
}

TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "category": ((str, int), "give a category's name or id"),
    "images": ((str, Path), "give the folder of the images"),
    "skeleton": ((str, Path), "give a skeleton's name or a .toml file"),
    "swap": ((list, tuple), 'give pairs of names: [("left_eye", "right_eye")]'),
    "names": ((list, tuple), 'give a list of names: ["nose", "tail"]'),
    "columns": ((list, tuple), 'give a list of names: ["file", "x0", "y0"]'),
    "min_likelihood": ((int, float), "give a number"),
}
"""Option -> the types it may have besides None, and what to do where it has another."""


def read_options(given: Mapping[str, Any]) -> ReadOptions:
    """Return the options of these keywords; SpecError for an unknown one.

    >>> read_options({"image_size": (640, 480)}).image_size
    (640, 480)
    """
    known = [field.name for field in fields(ReadOptions)]
    for key in given:
        if key not in known:
            raise SpecError("read", f"there is no option '{key}'", did_you_mean(key, known))
    return ReadOptions(**given)
