"""Where jobs run: in this process, or in several. Results come in the order of the jobs."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from kp2heat.contracts import Engine
from kp2heat.engines.serial import run_serial


def _in_processes(*words: Any, **more: Any) -> Generator[Any, None, None]:
    """``run_processes``, loaded on use: importing multiprocessing takes as long as a small job."""
    from kp2heat.engines.processes import run_processes

    return run_processes(*words, **more)


ENGINES: Mapping[str, Engine] = {
    "serial": Engine("serial", run_serial),
    "processes": Engine("processes", _in_processes),
}
