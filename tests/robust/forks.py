"""Run a command on many files, each in a fork of this process: run by ``test_hostile_shards``.

Usage: python -m tests.robust.forks SECONDS FILES.. -- WORDS..; ``{}`` among the words stands for the file. A line per
file: its exit code, minus the signal that ended it, or ``slow`` (more than
SECONDS of processor time) or ``traceback``.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

import kp2heat.pipeline.decoding.run
import kp2heat.pipeline.describe  # noqa: F401 - loaded once for all forks
from kp2heat.cli import main


def outcome(words: list[str], seconds: int) -> tuple[str, str]:
    """Return how a command ends in a fork, and what it printed."""
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            try:
                main(words)
            except SystemExit as ended:
                sys.stdout.flush()
                os._exit(int(ended.code or 0))
            except BaseException:
                os.write(2, b"Traceback")
            os._exit(70)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        printed.seek(0)
        text = printed.read().decode(errors="replace")
        if "Traceback" in text:
            return "traceback", text
        return "slow" if status == -signal.SIGXCPU else str(status), text


if __name__ == "__main__":
    border = sys.argv.index("--")
    for name in sys.argv[2:border]:
        ended, _ = outcome([word.replace("{}", name) for word in sys.argv[border + 1 :]], int(sys.argv[1]))
        print(Path(name).name, ended, flush=True)
