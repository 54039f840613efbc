"""Which single changes there are: the places in a source file and what they become."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTRAS = (
    "torch/",
    "engines/dask",
    "files/storage",
    "shards/reading/remote",
    "pipeline/encoding/remote",
    "zarr",
)
"""Parts of paths whose tests run under a marker of their own: they are not sampled."""

FLIPPED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
STATEMENTS = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Change:
    """One changed place: its file, line and function, the old and the new text, and the whole new file."""

    file: str
    line: int
    function: int
    old: str
    new: str
    text: str


def changed(node: ast.AST) -> str | None:
    """Return the text that takes the place of a node, or None where nothing is changed."""
    match node:
        case ast.Compare(left, [kind, *more], others) if type(kind) in FLIPPED:
            return f"({ast.unparse(ast.Compare(left, [FLIPPED[type(kind)](), *more], others))})"
        case ast.BinOp(left, kind, right) if type(kind) in FLIPPED:
            return f"({ast.unparse(ast.BinOp(left, FLIPPED[type(kind)](), right))})"
        case ast.BoolOp(kind, values):
            return f"({ast.unparse(ast.BoolOp(FLIPPED[type(kind)](), values))})"
        case ast.UnaryOp(ast.Not(), operand):
            return f"({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            return str(not value)
        case ast.Constant(int(value) | float(value)):
            return str(value + 1)
        case ast.Expr(ast.Call()):
            return "pass"
        case _ if isinstance(node, STATEMENTS):
            return "pass"
    return None


def _is_typing_block(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def places(node: ast.AST, function: int = 0) -> Iterator[tuple[ast.AST, int]]:
    """Yield (node, first line of the function round it) of what can change and is no type and no text."""
    if isinstance(node, ast.JoinedStr) or _is_typing_block(node):
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        function = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    if changed(node) is not None:
        yield node, function
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from places(child, function)


def _change(file: str, source: bytes, node: ast.AST, function: int) -> Change:
    """Return the change with every other byte of the file, and every line number, as it was."""
    lines = source.splitlines(keepends=True)
    first, last = node.lineno - 1, node.end_lineno - 1  # type: ignore[attr-defined]
    start = sum(map(len, lines[:first])) + node.col_offset  # type: ignore[attr-defined]
    end = sum(map(len, lines[:last])) + node.end_col_offset  # type: ignore[attr-defined]
    old, new = source[start:end], changed(node) or ""
    padding = b"\\\n" * old.count(b"\n")
    if padding and isinstance(node, ast.expr):
        new, padding = new[:-1], b"\n" * old.count(b"\n") + b")"
    elif padding:
        new, padding = "(\nNone".replace("\n", "\n" * old.count(b"\n")), b")"
    text = source[:start] + new.encode() + padding + source[end:]
    return Change(file, first + 1, function, old.decode(), changed(node) or "", text.decode())


def sample(count: int, seed: int) -> list[Change]:
    """Return a seeded sample of the package's changes."""
    found = []
    for path in sorted((ROOT / "kp2heat").rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        if any(part in file for part in EXTRAS):
            continue
        source = path.read_bytes()
        found += [(file, source, *place) for place in places(ast.parse(source))]
    return [_change(*chosen) for chosen in random.Random(seed).sample(found, min(count, len(found)))]
