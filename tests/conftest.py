"""How tests are shared out to processes (``pytest -n auto``), and examples have no deadline; an S3 server for ``remote``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kp2heat.files import storage

settings.register_profile("kp2heat", deadline=None)  # an example takes long where others use the machine too
settings.load_profile("kp2heat")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file's tests in one process, in order: its fixtures are made, and its loops compiled, only once."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def no_flushing() -> Iterator[None]:
    """Nobody cuts the power: waiting for the disk some thousand times would take half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # which fails as well where a file is closed
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """An S3 server in a thread; the environment leads there."""
    pytest.importorskip("s3fs", reason="needs kp2heat[remote]")
    server = pytest.importorskip("moto.server", reason="needs moto[server]").ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables["AWS_ENDPOINT_URL"]
    server.stop()


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a folder in a new bucket."""
    import s3fs

    monkeypatch.setenv("KP2HEAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(storage, "WAIT", 0.01)
    storage._opened.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()
    bucket = f"b{abs(hash(request.node.nodeid)) % 10**12}"
    s3fs.S3FileSystem(endpoint_url=server).mkdir(bucket)
    return f"s3://{bucket}/labels"
