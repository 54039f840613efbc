"""Every error is one sentence, keeps its parts through pickle, and has its exit code."""

from __future__ import annotations

import pickle

import pytest

from kp2heat import errors

EXIT_CODES = {
    errors.Kp2heatError: 1,
    errors.InputError: 1,
    errors.NoSuchSample: 1,
    errors.SpecError: 2,
    errors.ShardError: 1,
    errors.OutputError: 1,
    errors.DependencyError: 1,
    errors.GateFailed: 4,
    errors.Interrupted: 130,
}
KINDS = pytest.mark.parametrize("kind", EXIT_CODES, ids=lambda kind: kind.__name__)


def test_the_table_names_every_error() -> None:
    defined = {e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)}
    assert defined == set(EXIT_CODES)


@KINDS
def test_the_sentence_is_where_found_and_what_to_do(kind: type[errors.Kp2heatError]) -> None:
    assert str(kind("a.json, row 3", "no 'bbox'", "add one")) == "a.json, row 3: no 'bbox'; add one"


@KINDS
def test_without_advice_the_sentence_ends_at_what_was_found(kind: type[errors.Kp2heatError]) -> None:
    assert str(kind("a.json", "is empty")) == "a.json: is empty"


@KINDS
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_comes_out_of_a_worker_as_it_went_in(kind: type[errors.Kp2heatError], protocol: int) -> None:
    error = kind("a: b", "c; d", "e")
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is kind
    assert (back.where, back.found, back.todo) == ("a: b", "c; d", "e")
    assert str(back) == str(error)


@KINDS
def test_exit_codes(kind: type[errors.Kp2heatError]) -> None:
    assert kind("where", "found").exit_code == EXIT_CODES[kind]


@KINDS
def test_one_handler_catches_them_all(kind: type[errors.Kp2heatError]) -> None:
    with pytest.raises(errors.Kp2heatError, match=r"^here: found; mend it$"):
        raise kind("here", "found", "mend it")
