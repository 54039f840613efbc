"""Detect a file's format by its content, not by its suffix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from kp2heat.contracts import Format, Mapper
from kp2heat.errors import InputError, SpecError, did_you_mean
from kp2heat.formats.content import Content, gc_paused
from kp2heat.formats.json_files import coco
from kp2heat.formats.options import ReadOptions
from kp2heat.formats.parsed import NotByBlocksError, ParsedFile
from kp2heat.formats.reading.by_blocks import BlockedFile
from kp2heat.formats.unsupported import unsupported_tool


def parse(
    content: Content, formats: Mapping[str, Format], options: ReadOptions, name: str | None = None
) -> ParsedFile:
    """Return the file's columns as written, by the format of this name or by the one detected."""
    with gc_paused():
        parsed: ParsedFile = detect(content, formats, _named(options, name)).parse(content, options)
    return parsed


def blocked_file(
    content: Content,
    formats: Mapping[str, Format],
    options: ReadOptions,
    name: str | None = None,
    mapper: Mapper = map,
    *,
    one_pass: bool = False,
) -> BlockedFile:
    """Return the file as one that is read block by block; NotByBlocksError where it has to be read whole.

    one_pass  whether that is refused where it takes more than one pass, which is slower than reading whole
    """
    form = detect(content, formats, _named(options, name))
    if form.blocks is None or (one_pass and form.passes > 1):
        raise NotByBlocksError(f"{form.name} files are read whole")
    return BlockedFile(content, partial(form.blocks, mapper=mapper), options)


def _named(options: ReadOptions, name: str | None) -> str | None:
    return "csv" if options.columns and name is None else name


def detect(content: Content, formats: Mapping[str, Format], name: str | None = None) -> Format:
    """Return the format of a file, by its name or by how the content begins.

    InputError for an unknown name, for a file of a tool that is known but not read, and for any other file.
    """
    if name is not None:
        if name not in formats:
            raise SpecError("format", f"'{name}' is not a format", did_you_mean(name, formats))
        return formats[name]
    head = content.head
    match = next((form for form in formats.values() if form.sniff(head)), None)
    certain = match is not None and (match.name != "coco" or content.contains(*coco.KEYS))
    tool = None if certain else unsupported_tool(head)
    if tool is not None:
        raise InputError(content.name, f"is {tool.title}, which is not read", tool.todo)
    if match is not None:
        return match
    shown = re.sub(rb"[^\x20-\x7e]+", b" ", head[:40]).decode().strip()
    found = f"is neither COCO keypoints JSON nor a keypoint CSV (it begins '{shown}')"
    raise InputError(content.name, found, "convert it, or name its format with --format")
