"""A plugin of pytest that writes which test calls which function of the package, and how long it takes.

A function of the package that a fixture of a wider scope calls is called by every test that uses the fixture.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

PACKAGE = str(Path(__file__).parents[2] / "kp2heat") + os.sep

entered: set[CodeType] = set()
by_fixture: dict[Any, set[CodeType]] = {}
tests: dict[str, dict[str, Any]] = {}


def _enter(frame: FrameType, _event: str, _argument: object) -> None:
    entered.add(frame.f_code)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[None]:
    """Keep what the setup of a fixture enters."""
    before = set(entered)
    entered.clear()
    try:
        return (yield)
    finally:
        by_fixture[fixturedef] = set(entered)
        entered.update(before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note the functions of the package that one test enters, its fixtures' included."""
    entered.clear()
    threading.settrace(_enter)
    sys.settrace(_enter)
    start = time.process_time()
    try:
        return (yield)
    finally:
        sys.settrace(None)
        seconds = time.process_time() - start
        codes = set(entered)
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            codes.update(*(by_fixture.get(d, ()) for d in definitions))
        functions = {
            f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_firstlineno}"
            for code in codes
            if code.co_filename.startswith(PACKAGE)
        }
        tests.setdefault(item.nodeid, {}).update(seconds=round(seconds, 3), functions=sorted(functions))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note a failure: such a test notices nothing."""
    if report.outcome != "passed":
        tests.setdefault(report.nodeid, {})["left_out"] = True


def pytest_sessionfinish() -> None:
    """Write one file per process."""
    if tests:
        folder = Path(os.environ["REACH"])
        (folder / f"reach-{os.getpid()}.json").write_text(json.dumps(tests))
