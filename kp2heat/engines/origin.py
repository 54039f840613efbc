"""Imported first by the process that workers are forked from: it ends with the one that wants them.

It would end by itself, but only when all is loaded: until then it held the output that others wait for.
"""

from __future__ import annotations

import ctypes
import signal

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Linux kills this process when its parent ends; processes forked from it are left alone (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


end_with_parent()
