"""A folder has one writer, and a dead one does not count."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kp2heat.errors import OutputError
from kp2heat.shards import lock
from kp2heat.shards.lock import LOCK, locked


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


def test_an_owner_elsewhere_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WATCH", 0.3)
    record(tmp_path, host="elsewhere")
    began = time.monotonic()
    with locked(tmp_path, {}) as held:
        assert time.monotonic() - began > 0.3
        assert held.left == {"sigma": 2}
    record(tmp_path, host="elsewhere")
    beat = "import os,sys,time\nfor i in range(100): os.utime(sys.argv[1]); time.sleep(.02)"
    with subprocess.Popen([sys.executable, "-c", beat, str(tmp_path / LOCK)]) as living:
        with pytest.raises(OutputError, match="process 1 on elsewhere"), locked(tmp_path, {}):
            pass
        living.kill()


def test_without_kernel_locks_the_record_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_flock", lambda *_, **__: None)
    record(tmp_path, pid=os.getpid())
    with pytest.raises(OutputError, match="is being written"), locked(tmp_path, {}):
        pass


def test_a_link_under_the_lock_s_name_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / LOCK).symlink_to(outside)
    with pytest.raises(OutputError, match="cannot be locked"), locked(folder, {}):
        pass
    assert outside.read_text() == "precious"
