"""Option values that no command can use are refused before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import SAMPLE, run

Capture = pytest.CaptureFixture[str]
TRUTH = SAMPLE / "annotations.json"


@pytest.mark.parametrize("limit", ["nan", "-1", "1parsec"])
def test_a_gate_that_cannot_fail_is_no_gate(capfd: Capture, limit: str) -> None:
    ran = run(capfd, "evaluate", TRUTH, "--truth", TRUTH, f"--fail-above={limit}")
    assert ran.code == 2
    assert f"'{limit}' is not a number of pixels" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("decode", "labels", "--min-score", "nan"),
        ("evaluate", TRUTH, "--truth", TRUTH, "--min-score", "none"),
        ("evaluate", TRUTH, "--truth", TRUTH, "--least-oks", "nan"),
        ("validate", TRUTH, "--min-likelihood", "nan"),
    ],
)
def test_a_threshold_is_a_number(capfd: Capture, words: tuple[object, ...]) -> None:
    """All scores compare alike with NaN: it would let all of them pass."""
    ran = run(capfd, *words)
    assert ran.code == 2
    assert f"'{words[-1]}' is not a number; write 0.2" in ran.err


@pytest.mark.parametrize("size", ["0", "0.1B", "many"])
def test_a_shard_holds_some_bytes(tmp_path: Path, capfd: Capture, size: str) -> None:
    ran = run(capfd, "encode", TRUTH, tmp_path / "out", "--size", "7x7", "--shard-size", size)
    assert ran.code == 2
    assert f"'{size}' is not a size" in ran.err


@pytest.mark.parametrize(
    ("name", "code", "said"), [("no/such/r.json", 1, "does not exist"), ("r.txt", 2, "neither .json nor")]
)
def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capfd: Capture, name: str, code: int, said: str
) -> None:
    for words in (("decode", tmp_path / "not yet"), ("evaluate", TRUTH, "--truth", TRUTH)):
        ran = run(capfd, *words, "-o", tmp_path / name)
        assert (ran.code, ran.out) == (code, ""), ran.err
        assert said in ran.err
        assert ran.err.count("\n") == 1
