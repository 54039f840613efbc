"""Object stores, by a server that speaks S3 on loopback: whatever fails in between, the store ends as one run leaves it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kp2heat
from kp2heat.errors import InputError, OutputError
from kp2heat.files import storage
from kp2heat.files.storage import Store
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.encoding import remote
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.pipeline.encoding.remote import merge_remote, run_remote
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.pipeline.verification.run import verify_dataset
from kp2heat.spec import Spec
from tests.pipeline.encoding.test_output_folder import SETTINGS, people
from tests.robust.sets import SMALL, coco
from tests.robust.sets import kp2heat as command
from tests.s3 import REAL, content

pytestmark = [pytest.mark.remote, pytest.mark.filterwarnings("default")]
SHARDS = 4


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(
        people(SHARDS * 64 - 9), Spec.from_fields({**SETTINGS, "compress": "single"}, "test"), shard_rows=64
    )


@pytest.fixture(scope="module")
def whole(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run in a folder."""
    folder = tmp_path_factory.mktemp("whole")
    run_plan(planned, folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def put_through(patch: pytest.MonkeyPatch, fault: Callable[[str, str], str]) -> None:
    """Let uploads go through a function that is given source and target, and gives the file to be sent, or raises."""
    import s3fs

    real = REAL.setdefault("put", s3fs.S3FileSystem._put_file)

    async def put(self: Any, lpath: str, rpath: str, *words: Any, **more: Any) -> None:
        await real(self, fault(lpath, rpath), rpath, *words, **more)

    patch.setattr(s3fs.S3FileSystem, "_put_file", put)
    s3fs.S3FileSystem.clear_instance_cache()
    storage._opened.cache_clear()


def test_a_run_leaves_the_files_of_a_run_in_a_folder(
    url: str, planned: Plan, whole: dict[str, bytes]
) -> None:
    rows: list[int] = []
    report = run_remote(planned, url, progress=rows.append)
    assert (report.kept, sum(rows)) == (0, SHARDS * 64 - 9)
    assert content(url) == whole
    assert run_remote(planned, url).kept == SHARDS
    Store(url).remove(["shard-00001.h5"])
    assert run_remote(planned, url).kept == SHARDS - 1
    assert content(url) == whole


def test_what_is_read_back_is_what_was_drawn(url: str, planned: Plan, tmp_path: Path) -> None:
    run_remote(planned, url)
    run_plan(planned, tmp_path / "local")
    shards, local = kp2heat.open(url), kp2heat.open(tmp_path / "local")
    assert (shards[3]["12x16"]["heatmaps"] == local[3]["12x16"]["heatmaps"]).all()
    one = kp2heat.open(f"{url}/shard-00001.h5")
    assert len(one) == 64
    assert kp2heat.decode_dataset(url).to_json() == kp2heat.decode_dataset(tmp_path / "local").to_json()


def test_a_damaged_shard_or_manifest_is_not_trusted(url: str, planned: Plan, tmp_path: Path) -> None:
    run_remote(planned, url)
    for name, damaged in (("shard-00001.h5", 1000), ("manifest.json", 100)):
        data = bytearray(content(url)[name])
        data[damaged] ^= 1
        (tmp_path / name).write_bytes(data)
        Store(url).upload(tmp_path / name)
        with pytest.raises(kp2heat.Kp2heatError, match=r"differs|damaged|not a manifest"):
            kp2heat.open(url)
    with pytest.raises(kp2heat.Kp2heatError, match=r"damaged|not a manifest"):
        run_remote(planned, url)


def test_a_failed_upload_is_tried_again_and_then_said(
    url: str, planned: Plan, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [0]

    def failing(every: int, forever: bool) -> Callable[[str, str], str]:
        def fault(source: str, _target: str) -> str:
            calls[0] += 1
            if calls[0] % every == 0 or (forever and calls[0] > every):
                raise OSError("503 Slow Down")
            return source

        return fault

    put_through(monkeypatch, failing(6, True))
    with pytest.raises(OutputError, match=r"cannot be uploaded \(503 Slow Down\); what is finished is kept"):
        run_remote(planned, url)
    assert 0 < sum(name.endswith(".h5") for name in Store(url).sizes()) < SHARDS
    assert "manifest.json" not in Store(url).sizes()
    calls[0] = 0
    put_through(monkeypatch, failing(2, False))
    assert run_remote(planned, url).kept >= 1
    assert content(url) == whole


def test_a_truncated_upload_is_noticed(
    url: str, planned: Plan, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    struck = []

    def truncated(source: str, target: str) -> str:
        if not target.endswith("shard-00002.h5") or struck:
            return source
        struck.append(target)
        (tmp_path / "short").write_bytes(Path(source).read_bytes()[:-10])
        return str(tmp_path / "short")

    put_through(monkeypatch, truncated)
    run_remote(planned, url)
    assert struck
    assert content(url) == whole


def test_a_run_that_ends_before_the_manifest_is_continued(
    url: str, planned: Plan, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(remote, "_upload_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            run_remote(planned, url)
    with pytest.raises(InputError, match="cannot be read"):
        kp2heat.open(url)
    assert run_remote(planned, url).kept == SHARDS
    assert content(url) == whole


def test_parts_and_their_merge(url: str, planned: Plan, whole: dict[str, bytes]) -> None:
    run_remote(planned, url, part=Part(2, 2))
    with pytest.raises(OutputError, match="lacks 2 of 4 shards"):
        merge_remote(url)
    run_remote(planned, url, part=Part(1, 2))
    assert merge_remote(url).shards == SHARDS
    assert content(url) == whole
    assert merge_remote(url).parts == 0


def test_other_settings_and_other_things_are_refused(url: str, planned: Plan, tmp_path: Path) -> None:
    run_remote(planned, url)
    other = plan(people(SHARDS * 64 - 9), Spec.from_fields({**SETTINGS, "sigma": 3}, "test"), shard_rows=64)
    with pytest.raises(OutputError, match="sigma was not set, is 3"):
        run_remote(other, url)
    assert run_remote(other, url, overwrite=True).kept == 0
    (tmp_path / "thesis.tex").write_text("precious")
    Store(url + "2").upload(tmp_path / "thesis.tex")
    with pytest.raises(OutputError, match=r"is not empty \(it holds 'thesis\.tex'\)"):
        run_remote(planned, url + "2")


def test_the_command_line(url: str, tmp_path: Path) -> None:
    rows = coco(tmp_path / "a.json", 150)
    store = Store(url.rsplit("/", 1)[0])
    store.upload(rows)
    environment = {**os.environ}
    ran = command(
        "encode", f"{store.url}/a.json", url, *(w for w in SMALL if w != "-q"), "--check", env=environment
    )
    assert ran.returncode == 0, ran.stderr
    assert f"{url}: 150 samples" in ran.stdout
    decoded = command("decode", url, env=environment)
    assert decoded.returncode == 0, decoded.stderr
    shown = command("inspect", url, env=environment)
    assert shown.returncode == 0, shown.stderr
    assert "samples: 150" in shown.stdout
    gone = command("encode", f"{store.url}/b.json", url, *SMALL, env=environment)
    assert gone.returncode == 1
    assert "Traceback" not in gone.stderr
    assert "cannot be read" in gone.stderr


def test_verify_reads_a_store(url: str, planned: Plan) -> None:
    run_remote(planned, url)
    report = verify_dataset(url)
    assert (report.shards, report.samples, report.defects) == (SHARDS, SHARDS * 64 - 9, ())
    assert report.redrawn > 0
    assert report.error
    Store(url).remove(["shard-00001.h5"])
    assert verify_dataset(url).broken == ["shard-00001.h5"]
    ran = command("verify", url, env={**os.environ})
    assert ran.returncode == 1, ran.stderr
    assert "shard-00001.h5" in ran.stdout


def test_a_process_killed_between_upload_and_manifest(
    url: str, planned: Plan, whole: dict[str, bytes], tmp_path: Path
) -> None:
    program = (
        "import os, pickle, sys; from kp2heat.pipeline.encoding import remote;"
        "remote._upload_manifest = lambda *_: os._exit(9);"
        "remote.run_remote(pickle.load(open(sys.argv[1], 'rb')), sys.argv[2])"
    )
    (tmp_path / "plan").write_bytes(pickle.dumps(planned))
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path / "plan"), url], check=False)
    assert killed.returncode == 9
    assert sum(name.endswith(".h5") for name in Store(url).sizes()) == SHARDS
    assert "manifest.json" not in Store(url).sizes()
    assert run_remote(planned, url).kept == SHARDS
    assert content(url) == whole
