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


def test_every_error_has_its_exit_code_and_one_handler_catches_them_all() -> None:
    defined = {e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)}
    assert {kind: kind("where", "found").exit_code for kind in defined} == EXIT_CODES
    assert all(issubclass(kind, errors.Kp2heatError) for kind in defined)


def test_the_sentence_is_where_found_and_what_to_do() -> None:
    assert (
        str(errors.InputError("a.json, row 3", "no 'bbox'", "add one")) == "a.json, row 3: no 'bbox'; add one"
    )
    assert str(errors.InputError("a.json", "is empty")) == "a.json: is empty"
    assert str(errors.InputError("a.json", "line one\nline two")) == "a.json: line one line two"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_comes_out_of_a_worker_as_it_went_in(protocol: int) -> None:
    for kind in EXIT_CODES:
        error = kind("a: b", "c; d", "e")
        back = pickle.loads(pickle.dumps(error, protocol))
        assert type(back) is kind
        assert (back.where, back.found, back.todo) == ("a: b", "c; d", "e")
        assert str(back) == str(error)


def test_a_message_is_one_line_that_no_terminal_obeys() -> None:
    shown = str(errors.InputError("a\x1b[2J\nb.json", f"has {'x' * 5000} and {'y' * 900}", "remove\ud800 it"))
    assert shown == f"a?[2J b.json: has {'x' * 60}...{'x' * 30} and {'y' * 900}; remove? it"
