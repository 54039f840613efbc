"""Kill a command at random instants, run it again, and compare the folder: run by ``test_kills``.

Usage: python -m tests.robust.kills KIND WORK KILLS SEED; KIND is encode, merge or repair. Each run is a fork of this
process, so that thousands of kills are affordable. Prints how many runs were struck, and how many ended the same.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import h5py  # noqa: F401 - loaded once for all forks, as is what follows

import kp2heat.cli.encode
import kp2heat.cli.merge
import kp2heat.cli.verify
import kp2heat.pipeline.array_jobs.decode_parts
import kp2heat.pipeline.array_jobs.merging
import kp2heat.pipeline.verification.run  # noqa: F401
from kp2heat.cli import main
from tests.robust.sets import coco, sums

ENCODE = ("--fit", "stretch", "--input-size", "48x64", "--stride", "4", "--shard-rows", "64", "-q")
PEOPLE = 4 * 64


def start(words: list[str]) -> int:
    """Run a command in a fork that prints nothing; return its process id."""
    child = os.fork()
    if child:
        return child
    silent = os.open(os.devnull, os.O_RDWR)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    try:
        main(words)
    except SystemExit as ended:
        os._exit(int(ended.code or 0))
    finally:
        os._exit(70)


def prepared(kind: str, work: Path) -> tuple[Path | None, list[str]]:
    """Return the folder that a run begins with, None for an empty one, and the words of the command."""
    rows, out = str(work / "a.json"), str(work / "out")
    if kind == "encode":
        return None, ["encode", rows, out, *ENCODE]
    begun = work / "begun"
    if kind == "merge":
        for part in ("1/3", "2/3", "3/3"):
            assert end(start(["encode", rows, str(begun), *ENCODE, "--part", part])) == 0
        return begun, ["merge", out]
    assert end(start(["encode", rows, str(begun), *ENCODE])) == 0
    for shard in sorted(begun.glob("*.h5"))[::2]:
        shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    return begun, ["verify", out, "--no-isolate", "--repair", rows]


def end(child: int) -> int:
    """Wait for a fork; return its exit code, minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def reset(begun: Path | None, out: Path) -> None:
    """Put the folder back to how a run begins."""
    shutil.rmtree(out, ignore_errors=True)
    if begun is not None:
        shutil.copytree(begun, out)


def kill_often(kind: str, work: Path, kills: int, seed: int) -> None:
    """Kill as often as asked, and print the counts."""
    coco(work / "a.json", PEOPLE)
    whole = work / "whole"
    assert end(start(["encode", str(work / "a.json"), str(whole), *ENCODE])) == 0
    begun, words = prepared(kind, work)
    out, expected, chance = work / "out", sums(whole), random.Random(seed)
    reset(begun, out)
    began = time.monotonic()
    assert end(start(words)) == 0
    length = time.monotonic() - began
    struck = same = trials = 0
    while struck < kills:
        reset(begun, out)
        child = start(words)
        time.sleep(chance.uniform(0, length))
        os.kill(child, signal.SIGKILL)
        struck += end(child) == -signal.SIGKILL
        trials += 1
        assert end(start(words)) == 0, f"trial {trials}"
        ended = sums(out)
        same += ended == expected
        if ended != expected:
            print(f"trial {trials}: other are", sorted(dict(ended.items() ^ expected.items())), flush=True)
        if trials % 50 == 0:
            print(f"{trials} kills, {struck} of them of a running {kind}: {same} ended the same", flush=True)
    print(f"{trials} kills, {struck} of them of a running {kind}: {same} ended the same")
    assert same == trials


if __name__ == "__main__":
    kill_often(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
