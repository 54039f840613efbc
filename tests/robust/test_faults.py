"""The n-th write, flush or rename fails, for every n: each file is whole or absent, and a rerun completes it.

The faults come from a library put before libc, so that HDF5's own writes are struck too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.robust.sets import SMALL, coco, kp2heat, sums

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int struck(const char *path) {
    static long count = 0;
    const char *folder = getenv("FAULT_FOLDER"), *at = getenv("FAULT_AT");
    if (!folder || !at || !path || !strstr(path, folder)) return 0;
    if (++count < atol(at)) return 0;
    if (count == atol(at)) { FILE *mark = fopen(getenv("FAULT_MARK"), "w"); if (mark) fclose(mark); }
    errno = atoi(getenv("FAULT_ERRNO"));
    return count == atol(at) || getenv("FAULT_STAYS") != NULL;
}
static int struck_fd(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return struck(path);
}
#define WRAP(type, name, params, args, fails) \
    type name params { static type (*real) params; if (!real) real = dlsym(RTLD_NEXT, #name); \
                       return fails ? -1 : real args; }
WRAP(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), struck_fd(fd))
WRAP(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), struck_fd(fd))
WRAP(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o), struck_fd(fd))
WRAP(int, ftruncate, (int fd, off_t n), (fd, n), struck_fd(fd))
WRAP(int, ftruncate64, (int fd, off64_t n), (fd, n), struck_fd(fd))
WRAP(int, fsync, (int fd), (fd), struck_fd(fd))
WRAP(int, rename, (const char *a, const char *b), (a, b), struck(b))
WRAP(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), struck(b))
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler to make the failing libc with")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "faults.c").write_text(SHIM)
    made = [compiler, "-shared", "-fPIC", "-o", folder / "faults.so", folder / "faults.c", "-ldl"]
    if subprocess.run(made, capture_output=True, check=False).returncode:
        pytest.skip("the failing libc does not compile here")
    return folder / "faults.so"


@pytest.mark.parametrize("stays", [False, True], ids=["once", "from-then-on"])
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_whatever_fails_every_file_is_whole_or_absent(
    tmp_path: Path, shim: Path, every: int, stays: bool
) -> None:
    rows, out, mark = coco(tmp_path / "a.json", 150), tmp_path / "out", tmp_path / "mark"
    words = ("encode", rows, out, *SMALL)
    assert kp2heat("encode", rows, tmp_path / "whole", *SMALL).returncode == 0
    whole = sums(tmp_path / "whole")
    preload = {"LD_PRELOAD": str(shim), "FAULT_FOLDER": str(out), "FAULT_MARK": str(mark)}
    at, struck = 1, 0
    while True:
        shutil.rmtree(out, ignore_errors=True)
        mark.unlink(missing_ok=True)
        fault = {"FAULT_AT": str(at), "FAULT_ERRNO": str((28, 5)[at % 2])} | (
            {"FAULT_STAYS": "1"} if stays else {}
        )
        ran = kp2heat(*words, env={**os.environ, **preload, **fault})
        assert "Traceback" not in ran.stderr, f"fault {at}: {ran.stderr}"
        standing = sums(out)
        assert {n: s for n, s in standing.items() if n in whole}.items() <= whole.items(), f"fault {at}"
        assert set(standing) <= {*whole, "encode.lock"}, f"fault {at}: {set(standing)}"
        if not mark.exists():
            assert ran.returncode == 0, ran.stderr
            break
        struck += 1
        assert ran.returncode in (0, 1), ran.stderr
        if ran.returncode == 0:
            assert standing == whole, f"fault {at} went unnoticed"
        again = kp2heat(*words)
        assert again.returncode == 0, f"after fault {at}: {again.stderr}"
        assert sums(out) == whole, f"after fault {at}"
        at += every
    print(f"{struck} faults struck, the last possible one is number {at - 1}")
    assert struck * every >= 16, "three shards and a manifest: a write, two flushes and a rename each"
