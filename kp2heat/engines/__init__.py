"""Where jobs run: in this process, or in several. Results come in the order of the jobs."""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.contracts import Engine
from kp2heat.engines.processes import run_processes
from kp2heat.engines.serial import run_serial

ENGINES: Mapping[str, Engine] = {
    "serial": Engine("serial", run_serial),
    "processes": Engine("processes", run_processes),
}
