"""Change one place of the package at a time, and see whether a test notices.

``python -m tests.mutations --count 300 --seed 1`` runs in three steps: the fast tests once under coverage, which
says which tests reach which line; a seeded sample of single changes; for each change the tests that reach its
line. It lists the changes that no test noticed. A change that can make no difference is one of them: it takes
a person to tell.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parent.parent
COPIED = ("kp2heat", "tests", "configs", "sample_data", "pyproject.toml", "README.md")
LIMIT = 600
"""Seconds that the tests of one change may take: a change that makes them hang is noticed."""

FLIPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One changed place: the file below the root, its line, the words for it, and the file's new text."""

    file: str
    line: int
    words: str
    text: str


def replacements(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Yield (old node, new node, words) for every change of this node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in FLIPPED:
        new = ast.Compare(node.left, [FLIPPED[type(node.ops[0])](), *node.ops[1:]], node.comparators)
        yield node, new, "comparison"
    elif isinstance(node, ast.BinOp) and type(node.op) in FLIPPED:
        yield node, ast.BinOp(node.left, FLIPPED[type(node.op)](), node.right), "operator"
    elif isinstance(node, ast.BoolOp):
        yield node, ast.BoolOp(FLIPPED[type(node.op)](), node.values), "and/or"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, node.operand, "not"
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield node, ast.Constant(node.value + 1), "constant"
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield node, ast.Constant(not node.value), "truth value"
    elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)) or isinstance(
        node, (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)
    ):
        yield node, ast.Pass(), "statement"


class Replace(ast.NodeTransformer):
    """Put one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the new node for the old one, and any other as it is."""
        if node is self.old:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def changes(reached: dict[str, dict[int, list[str]]], count: int, seed: int) -> list[Change]:
    """Return a seeded sample of changes on lines that a test reaches."""
    places = []
    for file, lines in sorted(reached.items()):
        for index, node in enumerate(ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))):
            if getattr(node, "lineno", 0) in lines and any(replacements(node)):
                places.append((file, index))
    chosen = random.Random(seed).sample(places, min(count, len(places)))
    sample = []
    for file, index in chosen:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        old, new, words = next(replacements(list(ast.walk(tree))[index]))
        shown = f"{words}: {ast.unparse(old)[:60]}"
        text = ast.unparse(ast.fix_missing_locations(Replace(old, new).visit(tree)))
        sample.append(Change(file, old.lineno, shown, text))  # type: ignore[attr-defined]
    return sample


def reached_lines(work: Path) -> dict[str, dict[int, list[str]]]:
    """Return file -> line -> tests that run it, from the fast tests under coverage."""
    settings = work / "coveragerc"
    settings.write_text(
        f"[run]\ndynamic_context = test_function\nsource = {ROOT / 'kp2heat'}\ndata_file = {work / 'data'}\n"
        f"[json]\nshow_contexts = True\noutput = {work / 'lines.json'}\n"
    )
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "run", f"--rcfile={settings}", "-m", "pytest", "-q"], cwd=ROOT, check=False)
    subprocess.run([*coverage, "json", f"--rcfile={settings}", "-q"], cwd=ROOT, check=True)
    files = json.loads((work / "lines.json").read_text())["files"]
    return {
        name: {
            int(line): tests
            for line, names in file["contexts"].items()
            if (tests := list(filter(None, names)))
        }
        for name, file in files.items()
    }


def node_id(context: str) -> str:
    """Return ``tests/a/test_b.py::test_c`` for coverage's ``tests.a.test_b.test_c``."""
    parts = context.split(".")
    file = next(n for n, part in enumerate(parts) if part.startswith("test_"))
    return "/".join(parts[: file + 1]) + ".py::" + "::".join(parts[file + 1 :])


def is_noticed(change: Change, tests: list[str], copy: Path) -> bool:
    """Run the tests on a copy of the project with the change in it."""
    path = copy / change.file
    before = path.read_text(encoding="utf-8")
    path.write_text(change.text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *sorted(map(node_id, set(tests))),
    ]
    try:
        environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        ran = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=LIMIT, check=False
        )
        return ran.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(before, encoding="utf-8")


def main() -> None:
    """Sample, run, and list what no test noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        reached = reached_lines(work)
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.workers):
            copy = work / str(number)
            copy.mkdir()
            for name in COPIED:
                (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
            copies.put(copy)

        def run(change: Change) -> bool:
            copy = copies.get()
            try:
                return is_noticed(change, reached[change.file][change.line], copy)
            finally:
                copies.put(copy)

        sample = changes(reached, options.count, options.seed)
        with ThreadPoolExecutor(options.workers) as pool:
            noticed = list(pool.map(run, sample))
    for change, seen in zip(sample, noticed, strict=True):
        if not seen:
            print(f"{change.file}:{change.line}: {change.words}")
    print(f"{sum(noticed)} of {len(sample)} changes were noticed")


if __name__ == "__main__":
    main()
