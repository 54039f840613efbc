"""Give the options of every command values that nobody means, each in a fork: run by ``test_options``.

Usage: python -m tests.robust.option_cases FOLDER COUNT SEED. Prints a line for each of a sample of COUNT cases (0: all)
that does not end as it should, and at last how many there were by exit code.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from pathlib import Path

import click

from kp2heat.cli import COMMANDS, group
from tests.robust.forks import outcome
from tests.robust.test_circumstances import WORDS, clear

VALUES = (
    *("", " ", "0", "-1", "1", "2", "1e308", "-1e-308", "nan", "inf", "-0", "99999999999999999999"),
    *("0x0", "1x1", "8x8", "60000x60000", "-5x5", "28x28,28x28", ",", ",,", "a=b", "=", "a=", "none", "auto"),
    *("/", ".", "/dev/null", "/dev/full", "/nonexistent/x.json", "no such name", "\udcff", "é" * 300),
    *("{}/a.json", "{}/labels", "{}/results.json", "{}/transform.py", "[", "{", "%s%n", "-h"),
)
"""``{}`` is the folder of the files."""
SECONDS = 30
"""Of the processor, that a command may take."""
CODES = ("0", "1", "2", "3", "4")
Case = tuple[str, str, str | None]


def cases() -> list[Case]:
    """Return every command, option and value; a flag has none."""
    found: list[Case] = []
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option):
                values = (None,) if option.is_flag or option.count else VALUES
                found += [(name, max(option.opts, key=len), value) for value in values]
    return found


def wrong(case: Case, place: Path) -> tuple[str, str]:
    """Try a case; return how it ended, and what is wrong with that."""
    name, option, value = case
    words = WORDS[name].split()
    if option in words:
        del words[words.index(option) : words.index(option) + 2]
    words += [option] if value is None else [option, value]
    clear(place)
    ended, text = outcome([word.replace("{}", str(place)) for word in words], SECONDS)
    told = any(line.startswith(("kp2heat", "warning: ")) for line in text.splitlines())
    return ended, "" if ended == "0" or (ended in CODES and told) else text


if __name__ == "__main__":
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    everything = cases()
    chosen = random.Random(seed).sample(everything, count) if count else everything
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    ends: Counter[str] = Counter()
    for case in chosen:
        ended, problem = wrong(case, folder)
        ends[ended] += 1
        if problem:
            print(ascii(case), ended, *problem.splitlines()[-3:], sep=" | ", flush=True)
    print(dict(ends))
