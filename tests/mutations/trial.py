"""One trial: the tests that call the changed function run on a copy of the project, until one fails."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path, PurePosixPath

import pytest

from tests.mutations.changes import ROOT, Change

NEAR = 5.0
"""Recorded seconds of the tests that run first; the others run for a change that these do not notice."""
FAR = 40.0
"""Recorded seconds of all the tests that one change may take."""


@dataclass(frozen=True)
class Reach:
    """Recorded seconds per test, and the tests per function (``file:line``) and per file of the package."""

    seconds: dict[str, float]
    by_function: dict[str, list[str]]
    by_file: dict[str, list[str]]

    @classmethod
    def read(cls, folder: Path) -> Reach:
        """Read what the plugin `tests.mutations.reach` wrote; a test that failed there is left out."""
        seconds: dict[str, float] = {}
        by_function: dict[str, set[str]] = {}
        by_file: dict[str, set[str]] = {}
        for part in sorted(folder.glob("reach-*.json")):
            for name, test in json.loads(part.read_text()).items():
                if test.get("left_out") or "seconds" not in test:
                    continue
                seconds[name] = test["seconds"]
                for function in test["functions"]:
                    by_function.setdefault(function, set()).add(name)
                    by_file.setdefault(function.partition(":")[0], set()).add(name)
        return cls(seconds, _sorted(by_function), _sorted(by_file))

    def tests(self, change: Change) -> list[str]:
        """Return the tests that may notice a change: the nearest by path first, then the quickest.

        Compiled functions and the top level of a module are not called by name: there, and after the tests
        that call the function, come those that call any function of the file, and those of its own test file.
        """
        file = change.file.removeprefix("kp2heat/")
        direct = self.by_function.get(f"{file}:{change.function}", [])
        mirror = f"tests/{_mirror(file)}"
        others = {*self.by_file.get(file, ()), *(t for t in self.seconds if t.startswith(f"{mirror}.py::"))}
        if not others:
            folder = mirror.rpartition("/")[0]
            others = {t for t in self.seconds if t.startswith(f"{folder}/")}
        return [*self._nearest(direct, mirror), *self._nearest(others - set(direct), mirror)]

    def _nearest(self, tests: Iterable[str], mirror: str) -> list[str]:
        return sorted(tests, key=lambda t: (-_shared_parts(t, mirror), self.seconds[t], t))


def _sorted(groups: dict[str, set[str]]) -> dict[str, list[str]]:
    return {name: sorted(tests) for name, tests in groups.items()}


def _mirror(file: str) -> str:
    path = PurePosixPath(file)
    name = path.parent.name if path.stem == "__init__" else path.stem
    return str(path.parent / f"test_{name}")


def _shared_parts(test: str, mirror: str) -> int:
    pairs = zip(test.partition("::")[0].removesuffix(".py").split("/"), mirror.split("/"), strict=False)
    return len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])


@dataclass
class Chosen:
    """A plugin of pytest that runs the tests with these names, in this order, and keeps the one that fails."""

    names: list[str]
    failed: list[str] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the chosen tests."""
        rank = {name: number for number, name in enumerate(self.names)}
        items[:] = sorted((i for i in items if i.nodeid in rank), key=lambda item: rank[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of a test that fails."""
        if report.failed:
            self.failed.append(report.nodeid)


def _run_tests(names: list[str], copy: Path, result: Path) -> None:
    """Run in a process that was forked for it, and write the test that failed; never return."""
    code = 1
    try:
        os.setsid()
        os.chdir(copy)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(quiet, stream)
        sys.path[:] = [str(copy), *(p for p in sys.path if Path(p).resolve() != ROOT)]
        for module in [m for m in sys.modules if m.partition(".")[0] == "tests"]:
            del sys.modules[module]
        sys.dont_write_bytecode = True
        os.environ.update(PYTHONPATH=str(copy), PYTHONDONTWRITEBYTECODE="1")
        os.environ["NUMBA_CACHE_DIR"] = str(result.parent / "numba")
        chosen = Chosen(names)
        files = dict.fromkeys(name.partition("::")[0] for name in names)
        code = pytest.main(["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *files], plugins=[chosen])
        result.write_text(json.dumps({"code": int(code), "failed": chosen.failed}))
    finally:
        os._exit(int(code != 0))


def noticed_by(names: list[str], copy: Path, limit: float) -> str | None:
    """Return the test that fails, "time" where the tests hang, or None where all pass."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        process = os.fork()
        if not process:
            _run_tests(names, copy, result)
        end = time.monotonic() + limit
        while os.waitpid(process, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
                return "time"
            time.sleep(0.05)
        if not result.exists():
            return "crash"
        written = json.loads(result.read_text())
        if written["code"] == 5:
            return None
        return (written["failed"] or ["collection"])[0] if written["code"] else None


def try_change(change: Change, reach: Reach, copy: Path) -> dict[str, object]:
    """Return what noticed a change (None: nothing), and how many of how many tests ran."""
    path = copy / change.file
    before, times = path.read_bytes(), path.stat()
    tests = reach.tests(change)
    noticed, ran, spent = None, 0, 0.0
    path.write_text(change.text, encoding="utf-8")
    try:
        for budget in (NEAR, FAR):
            part = []
            while ran < len(tests) and (spent + reach.seconds[tests[ran]] <= budget or not (ran or part)):
                spent += reach.seconds[tests[ran]]
                part.append(tests[ran])
                ran += 1
            if part and noticed is None:
                noticed = noticed_by(part, copy, limit=120 + 20 * budget)
            if noticed:
                break
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return {"noticed": noticed, "ran": ran, "reaching": len(tests)}
