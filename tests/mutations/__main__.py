"""Change one place of the package at a time, and see whether a test notices.

``python -m tests.mutations --count 300 --seed 1`` runs in three steps: the fast tests once, under a plugin that
writes which test calls which function; a seeded sample of single changes; for each change the tests that call the
changed function, nearest and quickest first, until one fails. It lists the changes that no test noticed. A change
that can make no difference is one of them: it takes a person to tell. With ``--work FOLDER`` an interrupted run
goes on where it stopped, and another seed uses the same record of the tests.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutations.changes import ROOT, Change, sample
from tests.mutations.trial import Reach, noticed_by, try_change

COPIED = ("kp2heat", "tests", "configs", "sample_data", "pyproject.toml", "README.md", "LICENSE")
PRELOADED = ("numpy", "scipy.optimize", "scipy.ndimage", "h5py", "cv2", "click", "tqdm", "matplotlib.figure")
"""What every trial needs: imported once, before the trials are forked."""


def record(work: Path, workers: int) -> None:
    """Run the fast tests once under the plugin that writes what they call."""
    if any(work.glob("reach-*.json")):
        return
    command = [sys.executable, "-m", "pytest", "-n", str(workers), "-p", "tests.mutations.reach"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "REACH": str(work)}, check=False)


def copied(work: Path, number: int) -> Path:
    """Return a fresh copy of the project for one worker."""
    copy = work / f"copy-{number}"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for name in COPIED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(ROOT / name, copy / name)
    return copy


def known(log: Path) -> dict[int, dict[str, object]]:
    """Return the outcomes that an earlier run left, by their number in the sample."""
    lines = log.read_text().splitlines() if log.exists() else []
    return {line["number"]: line for line in map(json.loads, lines)}


def work_through(changes: list[tuple[int, Change]], work: Path, log: Path, number: int) -> None:
    """Try one worker's part of the sample, a line of the log per change."""
    for name in PRELOADED:
        importlib.import_module(name)
    reach, copy = Reach.read(work), copied(work, number)
    quickest = sorted(reach.seconds, key=reach.seconds.__getitem__)[:20]
    if noticed := noticed_by(quickest, copy, limit=300):
        raise SystemExit(f"{noticed}: fails in a copy that nothing was changed in")
    for index, change in changes:
        start = time.monotonic()
        outcome = try_change(change, reach, copy)
        line = {
            "number": index,
            "place": f"{change.file}:{change.line}",
            "change": f"{change.old} -> {change.new}",
            **outcome,
            "seconds": round(time.monotonic() - start, 1),
        }
        with log.open("a") as out:
            out.write(json.dumps(line) + "\n")


def main() -> None:
    """Sample, run, and list what no test noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder of the record, the copies and the log")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="mutations-"))
    record(work, options.workers)
    log = work / f"seed-{options.seed}.jsonl"
    changes = list(enumerate(sample(options.count, options.seed)))
    left = [pair for pair in changes if pair[0] not in known(log)]
    processes = []
    for number in range(options.workers):
        process = os.fork()
        if not process:
            try:
                work_through(left[number :: options.workers], work, log, number)
            finally:
                os._exit(0)
        processes.append(process)
    for process in processes:
        os.waitpid(process, 0)
    outcomes = [known(log)[number] for number, _ in changes]
    for line in outcomes:
        if not line["noticed"]:
            print(f"{line['place']}: {line['change']} ({line['ran']} of {line['reaching']} tests)")
    noticed = sum(bool(line["noticed"]) for line in outcomes)
    print(f"{noticed} of {len(outcomes)} changes were noticed; {log}")


if __name__ == "__main__":
    main()
