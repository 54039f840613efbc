"""What can go wrong for a user, each kind with the exit code the command line gives it.

An error is built from three phrases, *where* (file, row, JSON path, option), what was *found*, and
what *to do*; the sentence is put together in ``__str__`` so that every error survives pickling on its
way out of a worker process.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Kp2heatError(Exception):
    """Base of every error a user can cause or meet."""

    exit_code = 1

    def __init__(self, where: str, found: str, todo: str = "") -> None:
        super().__init__(where, found, todo)
        self.where, self.found, self.todo = where, found, todo

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.found}"
        whole = f"{sentence}; {self.todo}" if self.todo else sentence
        return " ".join(whole.splitlines())


class InputError(Kp2heatError):
    """An annotation file, an image or an array of the user's cannot be read as it is."""


class SpecError(Kp2heatError):
    """A setting is unknown, impossible, or does not fit the data."""

    exit_code = 2


class ShardError(Kp2heatError):
    """A shard or manifest is broken, foreign, or of a newer format."""


class OutputError(Kp2heatError):
    """The output cannot be written where it was asked for."""


class DependencyError(Kp2heatError):
    """A library that this step needs is missing or does not load."""


class GateFailed(Kp2heatError):
    """A quality gate (``--fail-above``) was not met."""

    exit_code = 4


class Interrupted(Kp2heatError):
    """The user, or the system, asked a run to stop; what is finished is kept."""

    exit_code = 130


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown name: the one most like it, or all there are."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"use one of {', '.join(names)}"
