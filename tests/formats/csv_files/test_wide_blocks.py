"""A wide CSV read block by block is the file read whole: every bit, and every word of how it was understood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import Kp2heatError
from kp2heat.formats import open_blocks
from kp2heat.formats.csv_files import text
from kp2heat.formats.parsed import NotByBlocksError
from tests.formats.blocks import refused_by_blocks, same_by_blocks

COUNT, JOINTS = 40, 4
SPOILED = 33
"""The row that a test changes: beyond the first block."""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 300)


NAMED = ("image", "image_id", "width", "height")
LINE = ",".join


def csv_file(
    path: Path,
    *,
    leave_out: tuple[str, ...] = (),
    change: dict[str, str] | None = None,
    end: str = "\n",
    **more: str,
) -> Path:
    """COUNT rows, two an image, of which row SPOILED is changed; ``more``: cells of further columns."""
    random = np.random.default_rng(0)
    rows: list[dict[str, str]] = []
    for n in range(COUNT):
        xy, v = random.uniform(1, 50, (JOINTS, 2)).round(1).astype(str), random.integers(0, 3, JOINTS)
        image = {"image": f"{n // 2}.png", "image_id": f"{n // 2}", "width": "64", "height": f"{48 + n // 2}"}
        box = {f"bbox_{side}": cell for side, cell in zip("xywh", ("1", "2", f"{30 + n}", "40"), strict=True)}
        joints = {
            f"j{k}_{axis}": cell if v[k] or n % 5 else ""
            for k in range(JOINTS)
            for axis, cell in zip("xyv", (*xy[k], str(v[k])), strict=True)
        }
        of_row = {"annotation_id": f"{100 + n}", "score": "" if n % 3 else "0.5"}
        rows.append(
            {**image, **of_row, **box, "area": f"{n / 4}", "iscrowd": f"{int(n % 7 == 0)}", **more, **joints}
        )
    rows[SPOILED].update(change or {})
    header = [name for name in rows[0] if name not in leave_out]
    lines = [LINE(header), *(LINE(row[name] for name in header) for row in rows)]
    path.write_bytes((end.join(lines) + end).encode())
    return path


CHANGES = [
    {},
    {"j1_x": "", "j1_y": "", "j1_v": ""},
    {"j1_x": "-5"},
    {"j0_x": "9000"},
    {"image": "0.png", "image_id": "0"},
    {"image": '"16.png"', "j1_x": '" 1.5"', "score": '""'},
    {"image": '"a, ""b"".png"', "image_id": "99"},
    {"image": '5".png', "image_id": "99"},
    {"image": "é.png", "image_id": "99"},
    {"bbox_w": "", "area": "nan", "score": " 0.25"},
    {"width": "640"},
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "leave_out",
    [
        (),
        ("annotation_id",),
        ("image_id",),
        ("image",),
        NAMED,
        ("height", "iscrowd", "area"),
        tuple(f"j{k}_v" for k in range(JOINTS)),
    ],
)
def test_a_csv_in_blocks_is_the_csv_in_one(
    tmp_path: Path, change: dict[str, str], leave_out: tuple[str, ...]
) -> None:
    same_by_blocks(csv_file(tmp_path / "a.csv", leave_out=leave_out, change=change))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("end", ["\r\n", "\r\n\r\n", "\r"])
def test_lines_may_end_in_any_way(tmp_path: Path, change: dict[str, str], end: str) -> None:
    same_by_blocks(csv_file(tmp_path / "a.csv", change=change, end=end))


@pytest.mark.parametrize("leave_out", [(), NAMED])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_that_is_named_has_its_line_in_the_file(
    tmp_path: Path, leave_out: tuple[str, ...], end: str
) -> None:
    path = csv_file(tmp_path / "a.csv", leave_out=leave_out, change={"j1_v": "0.7"}, end=end)
    same_by_blocks(path)
    assert "line 35 (id 133" in formats.read(path).reading


@pytest.mark.parametrize("word", ["score", "likelihood"])
@pytest.mark.parametrize("leave_out", [(), ("annotation_id",)])
def test_scores_of_joints_are_read_by_blocks(tmp_path: Path, word: str, leave_out: tuple[str, ...]) -> None:
    """Their fractions are no visibilities, whose rows a note would name."""
    path = csv_file(tmp_path / "a.csv", leave_out=leave_out)
    header, *rows = (line.split(",") for line in path.read_text().splitlines())
    third = [name.endswith("_v") for name in header]
    lines = (
        [re.sub("_v$", f"_{word}", name) for name in header],
        *(
            [f"0.{cell}5" if of and cell else cell for of, cell in zip(third, row, strict=True)]
            for row in rows
        ),
    )
    path.write_text("\n".join(map(LINE, lines)))
    same_by_blocks(path)


@pytest.mark.parametrize("change", [{"category": "cat"}, {"category_id": "2", "category": "dog"}])
@pytest.mark.parametrize("leave_out", [(), ("category_id",), ("category",)])
def test_categories_of_all_rows_are_known(
    tmp_path: Path, change: dict[str, str], leave_out: tuple[str]
) -> None:
    """Of two names of one category the last counts, wherever it is."""
    path = csv_file(
        tmp_path / "a.csv", leave_out=leave_out, change=change, category_id="1", category="person"
    )
    same_by_blocks(path)


@pytest.mark.parametrize(
    ("before", "options"),
    [
        ("sep=;\n", {}),
        (f"{COUNT}\n", {}),
        ("", {"columns": "name,a_x,a_y,b_x,b_y,c"}),
        ("", {"coords": "percent"}),
    ],
)
def test_what_stands_before_the_rows_is_read_once(
    tmp_path: Path, before: str, options: dict[str, Any]
) -> None:
    path = csv_file(tmp_path / "a.csv")
    text, columns = path.read_text(), options.get("columns")
    if columns:
        text = "".join(f"{n}.png,{n},2.5,{n + 1},{n / 4},x\n" for n in range(COUNT))
        options = {**options, "columns": tuple(columns.split(","))}
    path.write_text(before + (text.replace(",", ";") if ";" in before else text))
    same_by_blocks(path, **options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"annotation_id": "101"}, "id 101 was used by an earlier annotation"),
        ({"j1_x": "oops"}, "a.csv, line 35, column .*'oops' is not a number"),
        ({"width": "oops"}, "a.csv, line 35, column 3: 'oops' is not a number"),
        ({"j1_v": "7"}, "7 is not a visibility"),
        ({"j3_v": "2,5"}, "line 35: holds 25 cells where 24 are named"),
        ({"image": "999.png"}, "image id 16 was used by an earlier image"),
        ({"j1_x": "inf", "j1_v": "2"}, "line 35 .*is not a position"),
    ],
)
def test_what_is_wrong_in_a_csv_is_found_in_the_words_of_the_whole(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    path = csv_file(tmp_path / "a.csv", change=change)
    refused_by_blocks(path)
    with pytest.raises(Kp2heatError, match=words):
        formats.read(path)


@pytest.mark.parametrize(
    ("change", "leave_out", "options"),
    [
        ({"image": '"a.png'}, (), {}),
        ({"annotation_id": "first"}, (), {}),
        ({"j1_v": "0.7"}, ("annotation_id",), {}),
        ({}, (), {"category": "1"}),
        ({}, (), {"size_from_joints": True}),
    ],
)
def test_a_csv_whose_rows_are_not_alone_is_read_whole(
    tmp_path: Path, change: dict[str, str], leave_out: tuple[str, ...], options: dict[str, Any]
) -> None:
    path = csv_file(tmp_path / "a.csv", change=change, leave_out=leave_out, category_id="1")
    refused_by_blocks(path, **options)


def test_several_instances_in_a_row_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("image,inst0.a_x,inst0.a_y,inst1.a_x,inst1.a_y\n" + "a.png,1,2,,\n" * COUNT)
    with pytest.raises(NotByBlocksError):
        open_blocks(path)


@pytest.mark.parametrize(("rows", "cut"), [([SPOILED], False), (range(COUNT), True)])
def test_quoted_cells_may_take_several_lines(tmp_path: Path, rows: Iterable[int], cut: bool) -> None:
    """Where a block would end within a cell the file is read whole."""
    path = csv_file(tmp_path / "a.csv", leave_out=("image_id", "annotation_id"))
    lines = path.read_text().splitlines()
    for row in rows:
        lines[row + 1] = (
            '"' + "folder\n" * (20 if cut else 1) + lines[row + 1].replace(".png", '.png\n\n"', 1)
        )
    path.write_text("\n".join(lines))
    if cut:
        with pytest.raises(NotByBlocksError, match="unexpected end of data"):
            open_blocks(path)
    else:
        same_by_blocks(path)


def test_quotes_in_the_header_alone_are_read_fast(tmp_path: Path) -> None:
    """As R writes them."""
    path = csv_file(tmp_path / "a.csv")
    header, rest = path.read_text().split("\n", 1)
    path.write_text(LINE(f'"{name}"' for name in header.split(",")) + "\n" + rest)
    same_by_blocks(path)
