"""Which test files may notice a change of a module, the nearest first."""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile
from pathlib import PurePosixPath

from tests.mutations.changes import ROOT

ELSEWHERE = ("robust", "torch", "benchmarks", "golden", "mutations")
"""Folders of tests that are slow, or need an extra, or measure speed."""


@cache
def _test_files() -> dict[str, str]:
    paths = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    return {p.as_posix(): (ROOT / p).read_text() for p in paths if p.parts[1] not in ELSEWHERE}


def module_name(file: str) -> str:
    """Return the name of the module in a file.

    >>> module_name("kp2heat/frame/__init__.py")
    'kp2heat.frame'
    """
    return file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def mirror(file: str) -> str:
    """Return the test file of a module, whether there is one or not.

    >>> mirror("kp2heat/metrics/pck.py")
    'tests/metrics/test_pck.py'
    """
    path = PurePosixPath(file)
    name = path.parent.name if path.stem == "__init__" else path.stem
    return str("tests" / path.relative_to("kp2heat").parent / f"test_{name}.py")


def near(file: str) -> list[str]:
    """Return the test file of a module, then those that import it, then the rest of its folder."""
    own, imported = mirror(file), _imports(file)
    folder = own.rpartition("/")[0]
    rank = {
        test: (test != own, not imported.search(text), -_common(test, own), len(text))
        for test, text in _test_files().items()
        if test == own or imported.search(text) or test.rpartition("/")[0] == folder
    }
    return sorted(rank, key=rank.__getitem__)


def wide(file: str) -> list[str]:
    """Return all other test files: those of the module's room, the command line's, and the rest."""
    own, nearest = mirror(file), set(near(file))
    room = own.split("/")[:2]
    rest = [test for test in _test_files() if test not in nearest]
    return sorted(rest, key=lambda t: (-_common(t, own), t.split("/")[:2] != room, "/cli/" not in t, t))


def _imports(file: str) -> re.Pattern[str]:
    name = re.escape(module_name(file))
    parent, _, last = name.rpartition(r"\.")
    return re.compile(rf"{name}\b|from {parent} import [^\n]*\b{last}\b")


def _common(test: str, own: str) -> int:
    pairs = zip(test.split("/"), own.split("/"), strict=False)
    return len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])
