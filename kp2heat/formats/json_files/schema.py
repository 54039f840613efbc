"""The parts of a COCO keypoints file that matter here, and how they are decoded.

Fields that are not named, ``segmentation`` above all, are skipped while parsing and never become objects.
The values are taken as they come (``Any``): what real files hold there is judged by column, not by row.
"""

from __future__ import annotations

import json
import re
from mmap import mmap
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from kp2heat.errors import InputError
from kp2heat.formats.content import Content

T = TypeVar("T")
NAME_FIELDS = ("file_name", "filename", "image_name", "image")
"""How results name their image; the first that does counts."""


class Image(Struct, gc=False):
    """One row of ``images``."""

    id: Any = None
    file_name: Any = None
    width: Any = None
    height: Any = None
    crowdIndex: Any = None  # noqa: N815


class Category(Struct, gc=False):
    """One row of ``categories``."""

    id: Any = None
    name: Any = None
    keypoints: Any = None
    skeleton: Any = None


class Annotation(Struct, gc=False):
    """One row of ``annotations``, or of a results list; the ``_kpts`` are COCO-WholeBody's.

    ``file_name`` and its synonyms name the image of a result.
    """

    id: Any = None
    image_id: Any = None
    category_id: Any = None
    keypoints: Any = None
    bbox: Any = None
    area: Any = None
    iscrowd: Any = None
    is_crowd: Any = None
    num_keypoints: Any = None
    score: Any = None
    center: Any = None
    scale: Any = None
    foot_kpts: Any = None
    face_kpts: Any = None
    lefthand_kpts: Any = None
    righthand_kpts: Any = None
    head_box: Any = None
    head_x: Any = None
    head_y: Any = None
    head_w: Any = None
    head_h: Any = None
    file_name: Any = None
    filename: Any = None
    image_name: Any = None
    image: Any = None

    def named_image(self) -> str | None:
        """Return the file name of the image, by whichever field has it; None where none has."""
        names = (getattr(self, field) for field in NAME_FIELDS)
        return next((name for name in names if isinstance(name, str) and name), None)


class TextAnnotation(Annotation):
    """The same with its lists of numbers left as they are written; no text where it has none."""

    keypoints: msgspec.Raw = msgspec.Raw()
    bbox: msgspec.Raw = msgspec.Raw()
    foot_kpts: msgspec.Raw = msgspec.Raw()
    face_kpts: msgspec.Raw = msgspec.Raw()
    lefthand_kpts: msgspec.Raw = msgspec.Raw()
    righthand_kpts: msgspec.Raw = msgspec.Raw()


class CocoFile(Struct):
    """The whole file; a part that is absent is None."""

    images: list[Image] | None = None
    annotations: list[Annotation] | None = None
    categories: list[Category] | None = None


EXPECTED = re.compile("Expected `(.+)`, got `(.+)`")
"""What msgspec says of a value of another type."""

WORDS = {
    "array": "a list",
    "object": "an object",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
}
"""msgspec's name of a type -> ours."""


def decode(content: Content, kind: type[T]) -> T:
    """Return the JSON text as ``kind``; InputError where it is no JSON, or where a part has another shape."""
    return decoded(content.name, content.take(), kind)


def decoded(source: str, data: bytes | mmap, kind: type[T]) -> T:
    """Return JSON text as ``kind``, as :func:`decode` does.

    What msgspec refuses, the standard library may still read: it knows the literals NaN and Infinity, and
    it says where a text is wrong.
    """
    cut = False
    try:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError as problem:
            cut = "truncated" in str(problem)
            return msgspec.convert(json.loads(data[:]), kind)
    except msgspec.ValidationError as problem:
        found, _, path = str(problem).partition(" - at ")
        where = f"{source}, {path.strip('`').removeprefix('$').removeprefix('.')}" if path else source
        raise InputError(where, _in_words(found), "compare it with the COCO format") from None
    except json.JSONDecodeError as problem:
        where = f"{source}, line {problem.lineno}, column {problem.colno}"
        if cut:
            raise InputError(
                where, "unexpected end of file", "the JSON text is truncated: copy the file again"
            ) from None
        raise InputError(where, f"this is not JSON ({problem.msg})", "correct the text here") from None
    except RecursionError:
        raise InputError(source, "is nested too deeply", "give a COCO keypoints file") from None
    except ValueError as problem:
        raise InputError(source, f"is not JSON text ({problem})", "save it as UTF-8 JSON") from None


def _in_words(found: str) -> str:
    """Return what msgspec found in our words: "is an object, not a list" for "Expected `array | null`, got `object`"."""
    match = EXPECTED.fullmatch(found)
    if match is None:
        return found.replace("`", "")
    wanted, got = match.groups()
    names = [WORDS.get(name, name) for name in wanted.split(" | ") if name != "null"]
    return f"is {WORDS.get(got, got)}, not {' or '.join(names)}"
