"""A folder has one writer, and a dead one does not count."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kp2heat.errors import OutputError
from kp2heat.shards.lock import LOCK, locked
from tests.robust.sets import ROOT


def test_the_second_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    with locked(tmp_path, {}):
        with (
            pytest.raises(OutputError, match=f"process {os.getpid()} on {socket.gethostname()}, for 0 s"),
            locked(tmp_path, {}),
        ):
            pass
        assert (tmp_path / LOCK).exists()
    assert not any(tmp_path.iterdir())
    with locked(tmp_path, {}) as again:
        assert again.left is None


def record(folder: Path, **fields: object) -> None:
    owner = {"host": socket.gethostname(), "pid": 1, "since": time.time(), "about": {"sigma": 2}, **fields}
    (folder / LOCK).write_text(json.dumps(owner))


def test_a_dead_owner_leaves_the_folder_and_what_it_was_doing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    record(tmp_path, pid=int(ended.stdout))
    with locked(tmp_path, {"sigma": 3}) as held:
        assert held.left == {"sigma": 2}


def test_a_lock_file_of_nonsense_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text('{"pid": ')
    with locked(tmp_path, {}) as held:
        assert held.left is None


def test_where_the_file_system_has_no_locks_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with locked(tmp_path, {}) as held:
        assert held.note is None
    monkeypatch.setattr(fcntl, "flock", without)
    with locked(tmp_path, {}) as held:
        assert held.note is not None
        assert "no file locks" in held.note


def test_the_lock_of_a_killed_run_ends_with_it(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib\nfrom kp2heat.shards.lock import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), {'sigma': 2}):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match=f"process {process.pid} on"), locked(tmp_path, {}):
            pass
        process.kill()
        process.wait()
    with locked(tmp_path, {}) as held:
        assert held.left == {"sigma": 2}


def test_a_link_under_the_lock_s_name_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / LOCK).symlink_to(outside)
    with pytest.raises(OutputError, match="cannot be locked"), locked(folder, {}):
        pass
    assert outside.read_text() == "precious"


def test_a_lock_on_a_file_that_its_last_owner_removed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened before the other run ended and locked after it: such a lock would hold nothing."""
    real, removed = fcntl.flock, []

    def flock(descriptor: int, operation: int) -> None:
        if not removed:
            (tmp_path / LOCK).unlink()
            removed.append(descriptor)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(tmp_path, {}):
        monkeypatch.setattr(fcntl, "flock", real)
        assert (tmp_path / LOCK).exists()
        with pytest.raises(OutputError), locked(tmp_path, {}):
            pass


def test_a_full_disk_leaves_no_lock_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _data: bytes, _place: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(OutputError, match="No space left"), locked(tmp_path, {}):
            pass
    assert not any(tmp_path.iterdir())
    with locked(tmp_path, {}) as again:
        assert again.left is None
