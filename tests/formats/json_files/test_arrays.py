"""JSON arrays are taken apart where their elements end, however the text is cut."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from kp2heat.formats.json_files import arrays
from kp2heat.formats.json_files.arrays import JsonArray, array_of, arrays_in

ODD: list[Any] = [
    {},
    {"id": 1},
    {"id": 2, "text": '}, {"id": 3}, {', "other": [{"a": 1}, {"b": [{}, {}]}]},
    {"id": 3, "rle": {"counts": "x]},{", "size": [1, 2]}, "more": 1.5},
    {"text": "\\", "name": 'é"'},
    {"long": "}, {" * 40},
    {"id": 4},
]


@pytest.fixture(params=[4, 16, 50, 1 << 21])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(arrays, "PIECE", request.param)
    return int(request.param)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("elements", [[], ODD[:1], ODD, 5 * ODD])
def test_the_elements_are_those_of_the_standard_library(
    elements: list[Any], indent: int | None, piece: int
) -> None:
    file = {"info": {"images": [1, {"x": []}]}, "images": elements, "n": -1.5e3, "annotations": elements}
    text = json.dumps({**file, "none": None, "last": []}, indent=indent, ensure_ascii=False).encode()
    found = arrays_in(text, ("images", "annotations", "none", "missing"))
    assert [*found] == ["images", "annotations"]
    for array in (*found.values(), array_of(json.dumps(elements, indent=indent).encode() + b"\n")):
        assert [one for block in array.blocks(dict) for one in block] == elements
        assert array.count == len(elements)
        rows = range(0, len(elements), 3)
        assert array.pick([*rows], dict) == {n: elements[n] for n in rows}
        numbered = [*array.numbered(dict, range(array.pieces))]
        assert [first for first, _ in numbered] == [
            sum(len(block) for _, block in numbered[:n]) for n in range(array.pieces)
        ]
    if piece < 1 << 21 and len(elements) > 7:
        assert found["images"].pieces > 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "{",
        "7",
        '{"images": [{}, {}',
        '{"images": [{} {}]}',
        '{"images": [{},]}',
        '{"images": [{}]} x',
        '{"images": [{}], }',
        '{"images": [1, 2]}',
        '{"images": {}}',
        '{"images": [{}] "n": 1}',
        '{"n": tru}',
        '{"a\\u0062": 1}',
    ],
)
@pytest.mark.usefixtures("piece")
def test_what_is_no_such_file_is_left_to_the_full_decoding(text: str) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        arrays_in(text.encode(), ("images",))


def test_the_last_of_two_members_of_one_name_counts() -> None:
    found = arrays_in(b'{"images": [{}], "images": [{}, {}]}', ("images",))
    assert found["images"].count == 2
    assert arrays_in(b'{"images": [{}], "images": null}', ("images",)) == {}


def test_an_array_is_one_text() -> None:
    with pytest.raises(ValueError, match="more than an array"):
        array_of(b"[{}] [{}]")
    assert JsonArray(b"[ ]", 1).count == 0
