"""Change one place of the package at a time, and see whether a test notices.

``python -m tests.mutations --count 300 --seed 1`` takes a seeded sample of single changes. For each the tests run
until one fails: first those of the changed module's own file and its neighbours, then, for a change that these do
not notice, all other fast ones. It lists the changes that no test noticed. A change that can make no difference
is one of them: it takes a person to tell. With ``--work FOLDER`` an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from tests.mutations.changes import ROOT, Change, sample
from tests.mutations.trial import noticed_by, prepare, try_change

COPIED = ("kp2heat", "tests", "configs", "sample_data", "pyproject.toml", "README.md", "LICENSE")


def copied(work: Path, number: int) -> Path:
    """Return a fresh copy of the project for one worker."""
    copy = work / f"copy-{number}"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in COPIED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(ROOT / name, copy / name)
    return copy


def known(log: Path) -> dict[int, dict[str, object]]:
    """Return the outcomes that an earlier run left, by their number in the sample."""
    lines = log.read_text().splitlines() if log.exists() else []
    return {line["number"]: line for line in map(json.loads, lines)}


def work_through(changes: list[tuple[int, Change]], copy: Path, log: Path, widely: bool) -> int:
    """Try one worker's part of the sample, a line of the log per change; return 1 where tests fail without one."""
    prepare(copy)
    if noticed_by(["tests/test_scene.py", "tests/metrics"], copy, 300):
        return 1
    for index, change in changes:
        start = time.monotonic()
        outcome = try_change(change, copy, widely)
        place, words = f"{change.file}:{change.line}", f"{change.old} -> {change.new}"
        line = {"number": index, "place": place, "change": words, **outcome}
        with log.open("a") as out:
            out.write(json.dumps({**line, "seconds": round(time.monotonic() - start, 1)}) + "\n")
    return 0


def main() -> None:
    """Sample, run, and list what no test noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder of the copies and the log")
    parser.add_argument("--near", action="store_true", help="only the tests of the module and its neighbours")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="mutations-"))
    log = work / f"seed-{options.seed}.jsonl"
    changes = list(enumerate(sample(options.count, options.seed)))
    left = [pair for pair in changes if pair[0] not in known(log)]
    left.sort(key=lambda pair: "/compiled/" in pair[1].file)  # they are compiled anew: slow, and the last
    processes = []
    for number in range(options.workers):
        copy, part = copied(work, number), left[number :: options.workers]
        process = os.fork()
        if not process:
            code = 1
            try:
                code = work_through(part, copy, log, not options.near)
            finally:
                os._exit(code)
        processes.append(process)
    ended = [os.waitpid(process, 0)[1] for process in processes]
    if any(ended):
        raise SystemExit("a worker ended before its part was done: tests fail where nothing was changed")
    outcomes = [known(log)[number] for number, _ in changes if number in known(log)]
    for line in outcomes:
        if not line["noticed"]:
            print(f"{line['place']}: {line['change']}")
    noticed = sum(bool(line["noticed"]) for line in outcomes)
    print(f"{noticed} of {len(outcomes)} changes were noticed; see {log}")


if __name__ == "__main__":
    main()
