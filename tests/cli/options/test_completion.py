"""The shell completes names of presets, codecs, methods, metrics and skeletons."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("kp2heat encode a.json out --preset coco-udp-2", "coco-udp-256x192"),
        ("kp2heat encode a.json out --codec darkp", "darkpose"),
        ("kp2heat decode out --method dark,quart", "dark,quarter"),
        ("kp2heat evaluate r.json --metric epe,pckh", "epe,pckh"),
        ("kp2heat validate a.json --skeleton coco-w", "coco-wholebody"),
        ("kp2heat enc", "encode"),
    ],
)
def test_a_name_is_completed(words: str, expected: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "kp2heat"],
        env={
            **os.environ,
            "_KP2HEAT_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"plain,{expected}" in ran.stdout.splitlines()
