"""One trial: the tests that may notice a change run in a forked process, on a copy of the project, until one fails."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.mutations.changes import EXTRAS, ROOT, Change
from tests.mutations.nearness import module_name, near, wide
from tests.mutations.patch import forget, patched

MOST_NEAR = 8
"""Files of tests that run for every change; the others run for a change that these do not notice."""
NEAR_SECONDS, WIDE_SECONDS = 8, 60
"""Processor seconds after which no further test of a change is begun."""
HANGING = 60
"""Processor seconds more after which a test hangs: that is noticed."""
PRELOADED = ("numpy", "scipy.optimize", "scipy.ndimage", "h5py", "cv2", "click", "tqdm", "matplotlib.figure")
PLUGINS = ("-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin")


@dataclass(eq=False)
class Failed:
    """A plugin of pytest that keeps the names of the tests that fail, and begins none when the time is over."""

    seconds: float
    names: list[str] = field(default_factory=list)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """End the session where the time is over."""
        if time.process_time() > self.seconds:
            item.session.shouldstop = "the time is over"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of a test that fails."""
        if report.failed:
            self.names.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the name of a file that cannot be imported."""
        if report.failed:
            self.names.append(report.nodeid)


def prepare(copy: Path) -> None:
    """Import what the trials need once, before they are forked; the package from the copy."""
    os.environ.update(
        PYTHONPATH=str(copy),
        PYTHONDONTWRITEBYTECODE="1",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        OMP_NUM_THREADS="1",
    )
    sys.dont_write_bytecode = True
    sys.path[:] = [str(copy), *(p for p in sys.path if Path(p).resolve() != ROOT)]
    for name in PRELOADED:
        importlib.import_module(name)
    package = importlib.import_module("kp2heat")
    for module in pkgutil.walk_packages(package.__path__, "kp2heat."):
        file = f"{module.name.replace('.', '/')}.py"
        if not any(extra in file for extra in (*EXTRAS, "compiled", "__main__")):
            with suppress(ImportError):
                importlib.import_module(module.name)


def _run(
    arguments: list[str], copy: Path, result: Path, seconds: int, change: Change | None, again: bool
) -> None:
    """Run tests in the process that was forked for them, write the names of those that fail, and end it."""
    try:
        os.setsid()
        begun = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (begun + seconds + HANGING,) * 2)
        os.chdir(copy)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(quiet, stream)
        forget("tests")
        os.environ["NUMBA_CACHE_DIR"] = str(result.parent / "numba")
        if change and (
            again or not patched(copy / change.file, (ROOT / change.file).read_text(), change.text)
        ):
            forget("kp2heat")
        failed = Failed(begun + seconds)
        code = pytest.main(["-x", "-q", *PLUGINS, *arguments], plugins=[failed])
        result.write_text(
            json.dumps(failed.names[0] if failed.names else None if code in (0, 2, 5) else "error")
        )
    finally:
        os._exit(0)


def noticed_by(
    arguments: list[str], copy: Path, seconds: int, change: Change | None = None, *, again: bool = False
) -> str | None:
    """Return the test that fails, "time" or "crash" where none comes to an end, or None where all pass.

    ``again`` imports the package again: needed for what runs when a module is imported.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        process = os.fork()
        if not process:
            _run(arguments, copy, result, seconds, change, again)
        end = time.monotonic() + 20 * (seconds + HANGING)
        while os.waitpid(process, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.killpg(process, signal.SIGKILL)
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # what a test left behind
        return json.loads(result.read_text()) if result.exists() else "crash or time"


def try_change(change: Change, copy: Path, widely: bool = True) -> dict[str, object]:
    """Return what noticed a change (None: nothing), and how many files of tests ran."""
    path = copy / change.file
    before, times = path.read_bytes(), path.stat()
    path.write_text(change.text, encoding="utf-8")
    example = f"tests/test_doctests.py::test_examples[{module_name(change.file)}]"
    examples = [example] if ">>> " in change.text else []
    nearest, others = near(change.file), wide(change.file)
    first, later = [*examples, *nearest[:MOST_NEAR]], [*nearest[MOST_NEAR:], *others]
    try:
        noticed, ran = noticed_by(first, copy, NEAR_SECONDS, change), len(first)
        if not noticed and widely:
            noticed, ran = (
                noticed_by([*first, *later], copy, WIDE_SECONDS, change, again=True),
                ran + len(later),
            )
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return {"noticed": noticed, "files": ran}
