"""What can go wrong for a user, each kind with the exit code the command line gives it.

An error is built from three phrases, *where* (file, row, JSON path, option), what was *found*, and
what *to do*; the sentence is put together in ``__str__`` so that every error survives pickling on its
way out of a worker process.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
ENDLESS = re.compile(r"\S{1001,}")


def printable(text: str) -> str:
    r"""Return a text in one line, without control characters that a terminal obeys, and without endless words.

    >>> printable("no such\nfile: '\x1b[31m'")
    "no such file: '?[31m'"
    """
    shown = CONTROL.sub("?", " ".join(text.splitlines()).replace("\t", " "))
    return ENDLESS.sub(lambda word: f"{word[0][:60]}...{word[0][-30:]}", shown)


class Kp2heatError(Exception):
    """Base of every error a user can cause or meet.

    >>> error = Kp2heatError("a.csv, line 2", "'abc' is not a number", "correct the cell")
    >>> str(error), error.where, error.exit_code
    ("a.csv, line 2: 'abc' is not a number; correct the cell", 'a.csv, line 2', 1)
    """

    exit_code = 1

    def __init__(self, where: str, found: str, todo: str = "") -> None:
        super().__init__(where, found, todo)
        self.where, self.found, self.todo = where, found, todo

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.found}"
        whole = f"{sentence}; {self.todo}" if self.todo else sentence
        return printable(whole)


class InputError(Kp2heatError):
    """An annotation file, an image or an array of the user's cannot be read as it is."""


class SpecError(Kp2heatError):
    """A setting is unknown, impossible, or does not fit the data."""

    exit_code = 2


class NoSuchSample(InputError, IndexError):
    """A sample beyond the last one: an IndexError too, by which Python's loops know where a sequence ends."""


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


def check_type(where: str, value: Any, kinds: type | tuple[type, ...], todo: str) -> None:
    """Raise a SpecError unless a value of the library's face is of one of these types.

    >>> check_type("spec", "coco-udp-256x192", int, "give a Spec")
    Traceback (most recent call last):
    kp2heat.errors.SpecError: spec: 'coco-udp-256x192' is of type str; give a Spec
    """
    if not isinstance(value, kinds):
        shown = repr(value)
        found = f"{shown} is" if isinstance(value, str | int | float) and len(shown) < 60 else "is"
        raise SpecError(where, f"{found} of type {type(value).__name__}", todo)


MOST_SUGGESTIONS = 5


def same_name(word: str, known: Iterable[str], aliases: Mapping[str, str] | None = None) -> str | None:
    """Return the known name that a word means, ignoring case and `_` or a blank for `-`; None if there is none.

    >>> same_name("HRNet", ["msra", "hrnet"])
    'hrnet'
    >>> same_name("SimpleBaseline", ["msra", "hrnet"], {"simplebaseline": "msra"})
    'msra'
    """
    plain = _plain(word)
    for name in known:
        if _plain(name) == plain:
            return name
    return (aliases or {}).get(plain)


def close_names(word: str, known: Iterable[str]) -> list[str]:
    """Return up to five known names for a word.

    These are the equal one, else those that begin with it, else those with its words in them, else the most
    similar ones.

    >>> close_names("coco-hrnet", ["coco-udp-256x192", "coco-hrnet-w32-256x192"])
    ['coco-hrnet-w32-256x192']
    """
    names, plain = list(known), _plain(word)
    equal = same_name(word, names)
    if equal is not None or not plain:
        return [equal] if equal is not None else []
    words = [part for part in plain.split("-") if part]
    prefixed = [name for name in names if _plain(name).startswith(plain)]
    holding = [name for name in names if all(part in _plain(name).split("-") for part in words)]
    return (prefixed or holding or _similar(plain, names))[:MOST_SUGGESTIONS]


def _similar(word: str, names: list[str]) -> list[str]:
    ratio = {name: difflib.SequenceMatcher(None, word, _plain(name)).ratio() for name in names}
    best = max(ratio.values(), default=0.0)
    close = [name for name in names if ratio[name] >= max(0.5, best - 0.05)]
    return sorted(close, key=lambda name: -ratio[name])


def _plain(word: object) -> str:
    return str(word).strip().lower().replace("_", "-").replace(" ", "-")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return what to do about an unknown name: the names most like it, or all there are.

    >>> did_you_mean("drak", ["dark", "argmax"])
    "did you mean 'dark'?"
    """
    names = list(known)
    close = [f"'{name}'" for name in close_names(word, names)]
    if not close:
        return f"use one of {', '.join(names)}"
    return f"did you mean {', '.join(close[:-1])}{' or ' * (len(close) > 1)}{close[-1]}?"


def check_choice(key: str, value: str, choices: Collection[str], found: str = "is not known") -> None:
    """Raise a SpecError unless the value of a setting is one of the choices.

    >>> check_choice("rule", "hrnet", ("hrnet", "mmpose"))
    """
    if value not in choices:
        raise SpecError(key, f"'{value}' {found}", f"use one of {', '.join(choices)}")


def following(kind: str, word: str, sources: Mapping[str, str], aliases: Iterable[str] = ()) -> str:
    """Return what to do about an unknown name: those that follow a project of that name, else those most like it.

    kind     the command that lists them; ``sources``: what each known name follows

    >>> following("codecs", "mmpose", {"udp": "mmpose 1.3.2", "paf": "OpenPose"})
    'codecs that follow it: udp (see kp2heat codecs mmpose)'
    """
    found = [name for name, source in sources.items() if word.lower() in source.lower()]
    if len(word) > 2 and found:
        shown = ", ".join(found[:5]) + ", ..." * (len(found) > 5)
        return f"{kind} that follow it: {shown} (see kp2heat {kind} {word})"
    hint = did_you_mean(word, [*sources, *aliases])
    return hint if hint.startswith("did") else f"kp2heat {kind} lists all of them"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "joint"), plural(2, "joint"), plural(2, "person")
    ('1 joint', '2 joints', '2 people')
    """
    several = "people" if noun == "person" else f"{noun}s"
    return f"{count} {noun if count == 1 else several}"
